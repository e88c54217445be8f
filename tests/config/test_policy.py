"""A policy as text: every mistake of its shape at once, each with its line, and what it means in words."""

import json
from collections.abc import Mapping
from datetime import timedelta

import pytest

from config.explain import explain
from config.policy import PolicyErrors, built_in, load, parse, parse_json, worst_case
from domain.names import Stage
from domain.policy import Policy, to_text
from tests.config.sound_policy import (
    FIRST_RUNG_ROLES,
    SOUND,
    WINTER,
    broken,
    marked_line,
    mistakes_of,
)

EXAMPLE = """\
id = "arrival-high"
title = "Arrival, high risk"
timezone = "Europe/London"

[lease]                       # how long "I have it" holds, how often it may be extended with a reason
first = "PT10M"
extensions = 2

[[check_plan]]                # first matching row wins
days = [0, 0]                 # day of the placement, first and last
waking = "PT30M"
sleeping = "PT30M"
grace = "PT5M"
remind_before = "PT5M"

[[check_plan]]
waking = "PT30M"
sleeping = "PT60M"
grace = "PT5M"
remind_before = "PT5M"

[day]
waking_from = 07:00:00
sleeping_from = 22:00:00

[[rung]]
anchor = "due"                # due · declared · opened · returned
after = "PT5M"
stage = "overdue"             # the stage the episode is in from this rung on
roles = ["shift_lead"]
channels = ["sms"]            # the first that works for the person; several rungs up: ["sms", "voice"] sends both
template = "check_not_recorded"
answer_within = "PT5M"

[[rung]]
anchor = "due"
after = "PT30M"
stage = "missing"
roles = ["shift_lead", "on_call_manager"]
channels = ["sms", "voice"]
template = "call_the_police"
until = "police_reference"    # repeats every `every` until a person has entered it
every = "PT5M"
confirmations = 1

[repeat]                      # after the last rung, for ever
every = "PT15M"
roles = ["everyone_alerted", "responsible_individual"]
"""
"""The shape of a policy as the design shows it."""


def test_all_mistakes_of_shape_are_named_at_once() -> None:
    """A wrong word, a missing key, a number for a duration: one round of corrections is enough."""
    text = broken(
        ('title = "A small home"\n', ""),
        ('first = "PT10M"', "first = 10"),
        ('stage = "overdue"', 'stage = "overdu"'),
        ('answer_within = "PT5M"', 'anwser_within = "PT5M"'),
        ('anchor = "declared"\n', ""),
    )

    assert mistakes_of(text) == [
        (None, "title", "is missing"),
        (
            5,
            "lease.first",
            "10 is not a duration: write days, hours, minutes, seconds, such as PT15M or P1DT12H",
        ),
        (
            25,
            "rung[0].stage",
            f'"overdu" is not one of {", ".join(Stage)}; did you mean overdue?',
        ),
        (29, "rung[0].anwser_within", "there is no such key; did you mean answer_within?"),
        (49, "rung[3].anchor", "is missing"),
    ]


@pytest.mark.parametrize("duration", ["P5M", "P1Y", "P1W", "PT1.5S", "PT", "P", "-PT5M", "5m", "00:05:00"])
def test_a_duration_that_could_be_misread_is_refused(duration: str) -> None:
    """`P5M` is five months: a ladder would never fire, where its author meant five minutes."""
    text = broken(('after = "PT30M"', f'after = "{duration}" # here'))

    ((line, field, detail),) = mistakes_of(text)

    assert (line, field) == (marked_line(text), "rung[2].after")
    assert "is not a duration" in detail


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("waking_from = 07:00:00", "waking_from = 07:00 # here", "a time of day needs its seconds: 07:00:00"),
        ("waking_from = 07:00:00", "waking_from = 07:00:00 # here\nwaking_from = 07:00:00", "overwrite"),
        ('id = "small-home"', 'id = "small-home # here', "this is not TOML"),
    ],
)
def test_a_syntax_error_has_its_line(old: str, new: str, reason: str) -> None:
    """What can't be read at all is named where reading stopped."""
    text = broken((old, new))

    ((line, field, detail),) = mistakes_of(text)

    assert (field, reason in detail) == ("", True)
    assert line is not None
    assert line - marked_line(text) in (0, 1)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x = " + "[" * 5000, "nested too deeply"),
        ("a." * 20_000 + "b = 1", "nested too deeply"),
        ("x = 1\n" * 2500, "at most"),
        ("x" * 70_000, "at most"),
        ("x = " + "9" * 5000, "this is not TOML"),
    ],
)
def test_a_text_made_to_hurt_is_refused_like_any_other(text: str, reason: str) -> None:
    """A hostile text costs its author an error, not the service its life."""
    assert reason in mistakes_of(text)[0][2]


@pytest.mark.parametrize("text", ['{"title": "\\ud800"}', '{"\\ud800": 1}', '{"\\ud800": 1, "\\ud800": 1}'])
def test_half_a_character_is_named_in_words_that_can_be_sent(text: str) -> None:
    """JSON may hold what no answer can say."""
    with pytest.raises(PolicyErrors) as refused:
        parse_json(text, source="policy")
    assert "ud800" in str(refused.value).encode().decode()


def test_lines_are_found_past_values_of_many_lines() -> None:
    """Arrays over several lines, comments and inline tables don't shift the count."""
    text = broken(
        (FIRST_RUNG_ROLES, 'roles = [ # the shift\n  "shift_lead", # ]\n]'), ('"sms", "voice"]', '"sms"] # here')
    )
    inline = text.replace('[lease]\nfirst = "PT10M"', 'lease = { first = "PT40M" }', 1)

    assert mistakes_of(text)[0][0] == marked_line(text)
    assert [line for line, _, _ in mistakes_of(inline)] == [5, marked_line(inline)]


def test_a_single_table_where_a_list_belongs_teaches_the_fix() -> None:
    """One pair of brackets instead of two is the commonest slip."""
    head = SOUND.split("[[rung]]", maxsplit=1)[0]

    assert (23, "rung", "is a list: write [[rung]] with two brackets") in mistakes_of(head + "[rung]\n")


def test_json_is_the_same_policy() -> None:
    """A program may send the same shape as JSON; its mistakes have fields, and a syntax error has its line."""
    policy = parse(SOUND, source="x")

    assert parse_json(to_text(policy), source="x") == policy
    for text, line, reason in [
        ("{\n,}", 2, "this is not JSON"),
        ('{"id": "a1", "id": "a2"}', None, 'the key "id" stands there twice'),
        ("[]", None, "a policy is a JSON object"),
        ("[" * 100_000, None, "at most"),
        ("[" * 60_000, None, "nested too deeply"),
        (json.dumps({"day": {"waking_from": 7}}), None, "7 is not a time of day"),
    ]:
        with pytest.raises(PolicyErrors) as caught:
            parse_json(text, source="x")
        assert caught.value.errors[0].line == line
        assert reason in caught.value.errors[0].detail


def test_a_message_names_the_file_the_line_and_the_field() -> None:
    """What the command prints can be found in an editor at once."""
    with pytest.raises(PolicyErrors, match=r"^small-home\.toml: line 6: lease\.first: a lease holds for"):
        load(broken(('first = "PT10M"', 'first = "PT2H"')), source="small-home.toml")


def test_a_byte_order_mark_is_no_mistake() -> None:
    """Some editors put one at the start of the file."""
    assert load("\ufeff" + SOUND, source="x") == load(SOUND, source="x")


@pytest.fixture(scope="module")
def policies() -> Mapping[str, Policy]:
    """The policies that come with Golden Hour."""
    return built_in()


def test_the_worst_case_of_set_times_is_the_longest_night() -> None:
    """From 22:00 to 07:30 is 9.5 hours, and 10.5 in the night when the clocks go back."""
    policy = parse(SOUND, source="x")
    unchanging = policy.model_copy(update={"timezone": "Africa/Lagos"})

    assert worst_case(policy, 5, from_day=WINTER) == timedelta(hours=10, minutes=30) + timedelta(minutes=30)
    assert worst_case(unchanging, 5, from_day=WINTER) == timedelta(hours=9, minutes=30) + timedelta(minutes=30)


def test_a_policy_without_a_police_rung_has_no_worst_case() -> None:
    """It has no end, so no number is made up for it."""
    policy = parse(SOUND, source="x")
    calm = policy.model_copy(update={"rung": tuple(rung for rung in policy.rung if not rung.is_police)})

    with pytest.raises(ValueError, match="without end"):
        worst_case(calm)


def test_the_example_of_the_design_is_sound() -> None:
    """The shape shown to authors can be published as it stands."""
    assert load(EXAMPLE, source="design.toml").id == "arrival-high"


def test_a_policy_is_explained_in_plain_words(policies: Mapping[str, Policy]) -> None:
    """Whoever signs a policy reads who hears what, when, and how long a child may be gone by then."""
    said = explain(policies["arrival-high"])

    assert "Day 0: every 30 min, day and night; overdue 5 min after due." in said
    assert 'Worst case from leaving to "call the police": 60 min.' in said
    assert "All other days: every 30 min waking, 60 min sleeping" in said
    assert '  +5 min  overdue      shift lead: "check not recorded" by SMS, to answer within 5 min' in said
    assert (
        "again every 5 min, each time a rung further up, until a police reference is entered; no lease delays it"
        in said
    )
    assert "The child has returned" in said
    assert "every 15 min: everyone alerted, responsible individual" in said
    assert "again every 28 d for as long as the child is missing" in said
    assert "Ref HERON-42: not found since 21:30. Ring police now: 999 if in danger, else 101." in said
    assert "For demonstration homes only." in explain(policies["demonstration"])
    assert "Written for: arrival at medium risk; settling at high risk." in explain(policies["arrival-medium"])


def test_set_times_are_explained() -> None:
    """A settled child is seen at bed time, not every so often."""
    assert "All other days: at 07:30, 16:00, 22:00; overdue 15 min after due." in explain(parse(SOUND, source="x"))
