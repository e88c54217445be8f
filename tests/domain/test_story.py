"""Every fact can be told to somebody who was not there."""

import re
from datetime import UTC, datetime

import pytest

from domain.facts import Actor, Fact, FactKind, type_of_value
from domain.names import Ending, Method, Outcome, Role, Stage
from domain.story import ENDINGS, METHODS, OUTCOMES, STAGES, clock, in_words, sentence

AT = datetime(2026, 6, 1, 20, 35, tzinfo=UTC)
LATER = datetime(2026, 6, 1, 20, 45, tzinfo=UTC)
SAM = Actor(person_id="sam", role=Role.SHIFT_LEAD)
NAMES = {"sam": "Sam Reed, shift lead", "kim": "Kim Doyle, key worker"}
JARGON = re.compile(r"abscon|awol|uasc|traffick|\bNone\b|_", re.IGNORECASE)


def told(kind: FactKind, data: dict[str, type_of_value] | None = None, *, actor: Actor = SAM) -> str:
    """The sentence of a fact of 21:35 in London."""
    return sentence(Fact(n=1, kind=kind, at=AT, recorded_at=AT, actor=actor, data=data or {}), lambda one: NAMES[one])


@pytest.mark.parametrize("kind", FactKind)
def test_every_fact_has_a_sentence_even_with_nothing_known_about_it(kind: FactKind) -> None:
    """A fact of an older version lacks particulars; it is told nevertheless, in words and without jargon."""
    for actor in (SAM, Actor(via="engine"), Actor(role=Role.POLICE), Actor()):
        words = told(kind, actor=actor)
        assert words[0].isupper()
        assert words.endswith(".")
        assert ".." not in words
        assert not JARGON.search(words), words


def test_every_stage_ending_outcome_and_method_has_words() -> None:
    """No screen falls back on a word of the program."""
    assert set(STAGES) == set(Stage)
    assert set(ENDINGS) == set(Ending)
    assert set(OUTCOMES) == set(Outcome)
    assert set(METHODS) == set(Method)


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        (FactKind.CHECK_OVERDUE, {"due_at": "2026-06-01T20:30:00+00:00"}, "Check due 21:30 was not recorded."),
        (FactKind.MESSAGE_ACCEPTED, {"person": "kim", "channel": "sms"}, "Kim Doyle, key worker was texted."),
        (
            FactKind.MESSAGE_ACCEPTED,
            {"person": "kim", "channel": "email", "message": "stand_down"},
            "Kim Doyle, key worker was e-mailed that it is over.",
        ),
        (
            FactKind.MESSAGE_FAILED,
            {"person": "kim", "channel": "sms", "status": "undelivered", "code": 30003},
            "The text to Kim Doyle, key worker did not arrive (code 30003). The next way to reach them is used.",
        ),
        (FactKind.TAKEN, {"until": LATER.isoformat()}, "Sam Reed, shift lead took this; held until 21:45."),
        (
            FactKind.LEASE_ENDED,
            {"person": "kim", "role": "key_worker"},
            "Kim Doyle, key worker recorded no outcome within the time held: the ladder climbs again.",
        ),
        (
            FactKind.POLICE_REPORTED,
            {"reference": "CAD 1234", "force": "Ashvale Police"},
            "Police told by Sam Reed, shift lead: reference CAD 1234, force Ashvale Police.",
        ),
        (
            FactKind.CHECKED_IN,
            {"outcome": "seen_well", "method": "seen", "note": "Watching a film.", "queued": True},
            (
                "Sam Reed, shift lead recorded the child seen and well, in person: Watching a film. "
                "It had waited for the engine."
            ),
        ),
        (
            FactKind.RUNG_FIRED,
            {"rung": 1, "roles": ["key_worker", "on_call_manager"]},
            "Time to tell: key worker and on-call manager.",
        ),
        (FactKind.STAGE_CHANGED, {"stage": "unaccounted"}, "The child now counts as unaccounted for."),
        (
            FactKind.AWAITS_SECOND_PERSON,
            {"what": "returned"},
            "Sam Reed, shift lead said that the child is back. A second person must confirm it.",
        ),
        (
            FactKind.REFUSED,
            {"asked": "check_in", "why": "this time is in the future"},
            "Sam Reed, shift lead tried to record a check. It was refused: this time is in the future.",
        ),
        (
            FactKind.LOCATED,
            {"back_by": "2026-06-02T08:00:00+00:00", "how_known": "rang the aunt"},
            (
                "Sam Reed, shift lead recorded where the child is; they are to be back by 09:00 on 2 June 2026. "
                "How this is known: rang the aunt."
            ),
        ),
    ],
)
def test_the_story_reads_as_a_person_would_tell_it(kind: FactKind, data: dict[str, type_of_value], words: str) -> None:
    """Names, local times and what people wrote; the date only where it is another day."""
    assert told(kind, data) == words


def test_who_is_not_known_by_name_is_known_by_role() -> None:
    """A fact of a person who has left the directory still says what they were."""
    assert told(FactKind.CANNOT, actor=Actor(role=Role.KEY_WORKER)) == "The key worker cannot take this."


def test_times_are_local_and_dated_when_it_was_another_day() -> None:
    """London is an hour ahead of UTC in June."""
    assert clock(AT, beside=LATER) == "21:35"
    assert clock(AT) == "21:35 on 1 June 2026"


def test_times_that_are_near_have_their_seconds() -> None:
    """In a demonstration a minute decides; in a night it does not."""
    assert clock(AT.replace(second=7), beside=AT) == "21:35:07"
    assert clock(AT.replace(second=7), beside=AT.replace(hour=19)) == "21:35"


def test_roles_are_listed_as_in_speech() -> None:
    """One, two, three."""
    assert in_words(["police"]) == "police"
    assert in_words(["police", "key_worker", "head_of_service"]) == "police, key worker and head of service"
