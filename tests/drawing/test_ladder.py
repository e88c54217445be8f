"""A policy's picture says what its text says, to every reader, whatever its author wrote."""

import re
from datetime import date
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.policy import built_in
from config.wording import in_words, roles_in_words
from domain.names import Anchor, Stage
from domain.policy import Policy
from drawing.ladder import draw
from drawing.rails import GAP, rails, spread
from drawing.text import TITLE, WHAT, WHO, Style, width, wrap

WINTER = date(2026, 1, 1)
POLICIES = built_in()
SVG = "{http://www.w3.org/2000/svg}"


def drawn(policy: Policy) -> ET.Element:
    """The picture, read as XML."""
    return ET.fromstring(draw(policy, from_day=WINTER))  # noqa: S314 - our own text


def words(picture: ET.Element) -> str:
    """Everything that can be read on it, in order."""
    return " ".join(text.text or "" for text in picture.iter(f"{SVG}text")).replace("\u00a0", " ")


@pytest.mark.parametrize("name", POLICIES)
def test_every_rung_is_on_the_picture(name: str) -> None:
    """Who, when and in which stage, for each anchor; and what is repeated for ever."""
    policy = POLICIES[name]
    picture = drawn(policy)
    said = words(picture)

    for rung in policy.rung:
        offset = f"+{in_words(rung.after)}" if rung.after else "at once"
        assert offset in said
        assert roles_in_words(rung.roles) in said
        assert f'"{rung.template.replace("_", " ")}" by' in said
    assert f"then every {in_words(policy.repeat.every)}, for ever" in said
    climbing = {rung.after for rung in policy.rung if rung.anchor is Anchor.DUE}
    climbing_here = {rung.after for rung in policy.rung if rung.anchor is Anchor.DECLARED}
    assert len(picture.findall(f".//{SVG}path[@class='tie']")) == len(climbing) + len(climbing_here) - 2


@pytest.mark.parametrize("name", POLICIES)
def test_whoever_cannot_see_it_hears_the_same(name: str) -> None:
    """A title, and a description with the worst case and every rung."""
    policy = POLICIES[name]
    picture = drawn(policy)
    described = picture.findtext(f"{SVG}desc") or ""

    assert (picture.get("role"), picture.get("aria-labelledby")) == ("img", "title desc")
    assert picture.findtext(f"{SVG}title") == f"{policy.title}: who hears what, when"
    assert 'Worst case from leaving to "call the police": ' in described
    assert described.count("after ") >= len(policy.rung)


def test_a_colour_is_never_alone() -> None:
    """Each card says its stage in words and by the shape of its mark; the police rung is thicker."""
    picture = drawn(POLICIES["arrival-high"])
    stages = [text.text for text in picture.iter(f"{SVG}text") if text.get("class") == "stage"]

    assert stages == ["overdue"] * 3 + ["unaccounted"] + ["missing"] * 10
    marks = {group.get("class"): [shape.tag.removeprefix(SVG) for shape in group] for group in picture.iter(f"{SVG}g")}
    assert (marks["overdue"], marks["unaccounted"], marks["missing"]) == (["circle"], ["circle", "path"], ["rect"])
    style = picture.findtext(f"{SVG}style") or ""
    assert ".rung.police { stroke: var(--missing); stroke-width: 9 }" in style
    assert "prefers-color-scheme: dark" in style


@pytest.mark.parametrize("name", POLICIES)
def test_nothing_comes_from_elsewhere(name: str) -> None:
    """It can be printed, mailed, kept for years: no font, script, image or link of another place."""
    text = draw(POLICIES[name], from_day=WINTER)

    assert re.findall(r"\b(?:https?:)?//[^\"' ]+", text) == ["http://www.w3.org/2000/svg"]
    assert re.findall(r"<script|<image|<foreignObject|href|@import|@font-face|\bon\w+=", text) == []
    assert draw(POLICIES[name], from_day=WINTER) == text


def test_what_an_author_wrote_is_text_and_nothing_else() -> None:
    """A title is no mark-up, whatever stands in it; a long one breaks."""
    title = '</title><script>alert("x")</script>&' + "W" * 75
    policy = POLICIES["demonstration"].model_copy(update={"title": title})
    picture = drawn(policy)

    assert (picture.findtext(f"{SVG}title") or "").startswith(title)
    assert list(picture.iter(f"{SVG}script")) == []
    assert len([text for text in picture.iter(f"{SVG}text") if text.get("class") == "title"]) > 1


def test_a_policy_without_the_other_ladders_has_one_column() -> None:
    """What is not there leaves no hole and no error."""
    policy = POLICIES["arrival-medium"]
    bare = policy.model_copy(update={"rung": tuple(rung for rung in policy.rung if rung.anchor is Anchor.DUE)})
    said = words(drawn(bare))

    assert "A check-in is not recorded" in said
    assert "reported not here" not in said


def test_rungs_stand_where_their_time_is() -> None:
    """The scale is true: half the time is half the way."""
    rungs = [rung for _, rung in POLICIES["arrival-high"].rungs(Anchor.DUE)]
    ladder = rails(POLICIES["arrival-high"], rungs, heading="A (b)", x=0, y=0, room=540)
    minutes = [5, 10, 15, 20, 30, 40, 60]

    way = [(step.y - ladder.top) / (ladder.bottom - ladder.top) for step in ladder.steps]
    assert way == pytest.approx([minute / 60 for minute in minutes])
    assert [step.police for step in ladder.steps] == [minute == 30 for minute in minutes]
    assert [zone.stage for zone in ladder.zones] == [Stage.OVERDUE, Stage.UNACCOUNTED, Stage.MISSING]


@given(
    st.lists(st.tuples(st.floats(0, 900), st.floats(20, 200)), min_size=1, max_size=25).map(
        lambda pairs: sorted(pairs, key=lambda pair: pair[0])
    )
)
def test_cards_never_overlap_and_never_change_places(pairs: list[tuple[float, float]]) -> None:
    """However close their times are, and however much each has to say."""
    wanted, heights = [want for want, _ in pairs], [height for _, height in pairs]
    places = spread(wanted, heights, 0)

    ends = [place + height for place, height in zip(places, heights, strict=True)]

    assert places[0] >= 0
    assert all(after >= end + GAP - 0.3 for end, after in pairwise_of(ends, places))


def pairwise_of(ends: list[float], places: list[float]) -> list[tuple[float, float]]:
    """Where each card but the last ends, and where the next begins."""
    return list(zip(ends[:-1], places[1:], strict=True))


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=160), st.sampled_from([TITLE, WHO, WHAT]))
def test_no_line_is_wider_than_its_room(text: str, style: Style) -> None:
    """A word of any length and alphabet is broken before it leaves its card; nothing is lost."""
    lines = wrap(text, 200, style)

    assert all(width(line, style) <= 200 for line in lines)
    assert re.sub(r"[ \u00a0]", "", "".join(lines)) == re.sub(r"[ \u00a0]", "", text)
