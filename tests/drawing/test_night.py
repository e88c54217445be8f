"""The picture of a rehearsed night: pure, readable without colours, and told in words as well."""

import ast
import xml.etree.ElementTree as ET
from pathlib import Path

from domain.names import Channel
from drawing import night
from drawing.night import Band, Lane, Mark, Panel, Picture, draw

SVG = "{http://www.w3.org/2000/svg}"


def a_picture(*lanes: Lane, minutes: float = 60, title: str = "Who hears what, when") -> Picture:
    """One panel with these lanes."""
    return Picture(title, "the check was due", minutes, (Panel("Nobody answers", "Nothing was late.", lanes, 30.0),))


def drawn(picture: Picture) -> ET.Element:
    """As a reader's browser parses it."""
    return ET.fromstring(draw(picture))  # noqa: S314 - our own


def said(root: ET.Element) -> list[str]:
    """What is told of each mark."""
    return [title.text or "" for group in root.iter(f"{SVG}g") for title in group.findall(f"{SVG}title")]


def test_the_same_night_is_the_same_picture() -> None:
    """No clock, no random, no environment: twice the same bytes."""
    picture = a_picture(Lane("shift lead", (Mark(5, Channel.SMS), Mark(5, Channel.EMAIL, failed=True))))
    assert draw(picture) == draw(picture)


def test_drawing_knows_nothing_but_words_and_paths() -> None:
    """It imports the rules' words and a template engine: nothing that could ask for the time or the network."""
    tree = ast.parse(Path(night.__file__).read_text("utf-8"))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert modules == {"collections.abc", "dataclasses", "pathlib", "jinja2", "domain.names"}
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import)]


def test_it_has_a_title_and_is_told_in_words() -> None:
    """For whoever can't see it."""
    root = drawn(a_picture(Lane("shift lead", ())))
    assert root.attrib["role"] == "img"
    assert root.findtext(f"{SVG}title") == "Who hears what, when"
    assert "Nobody answers: Nothing was late." in (root.findtext(f"{SVG}desc") or "")


def test_channels_and_failures_differ_in_shape() -> None:
    """Never colour alone: a disc, a square, a triangle, a cross, each with its words."""
    lane = Lane(
        "key worker",
        (
            Mark(10, Channel.SMS),
            Mark(20, Channel.EMAIL),
            Mark(30, Channel.VOICE),
            Mark(40, Channel.SMS, failed=True),
        ),
    )
    root = drawn(a_picture(lane))
    groups = {
        (group.findtext(f"{SVG}title") or ""): [child.tag.removeprefix(SVG) for child in group][1:]
        for group in root.iter(f"{SVG}g")
        if group.find(f"{SVG}title") is not None
    }
    assert groups == {
        "key worker: SMS at 10 min": ["circle"],
        "key worker: e-mail at 20 min": ["rect"],
        "key worker: voice call at 30 min": ["path"],
        "key worker: SMS, failed at 40 min": ["path"],
    }


def test_what_was_held_back_shows_when_it_would_have_gone() -> None:
    """A ring at its time, a dashed line to when it went."""
    lane = Lane("key worker", (Mark(25, Channel.SMS, held_from=10),), (Band(5, 25),))
    assert said(drawn(a_picture(lane))) == ["key worker: SMS at 25 min, held back from 10 min"]
    assert "key worker has it in hand" in draw(a_picture(lane))


def test_marks_too_near_to_part_become_one_stroke() -> None:
    """Three days of a call every five minutes are a line, with its number."""
    lane = Lane("shift lead", tuple(Mark(at, Channel.SMS) for at in range(30, 4320, 5)))
    assert said(drawn(a_picture(lane, minutes=4320))) == ["shift lead: SMS at 30 min to 4315 min, 858 times"]


def test_a_policy_s_words_can_t_break_the_picture() -> None:
    """A title is text, whatever is in it."""
    root = drawn(a_picture(title='<script>alert("x")</script> & more'))
    assert root.findtext(f"{SVG}title") == '<script>alert("x")</script> & more'


def test_the_axis_has_few_enough_ticks_to_be_read() -> None:
    """From a quarter of an hour to three days."""
    for minutes in (15.0, 60.0, 180.0, 1440.0, 4320.0):
        texts = [text.text or "" for text in drawn(a_picture(minutes=minutes)).iter(f"{SVG}text")]
        ticks = [text for text in texts if text.endswith((" min", " h")) and text[0].isdigit()]
        assert 4 <= len(ticks) <= 13, ticks
