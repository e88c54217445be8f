"""What a person says to the police: made of what is known, and of nothing else."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.facts import Actor, Fact, FactKind, type_of_value
from domain.names import Risk, Role
from domain.police_call import PoliceCall, police_call

NINE = datetime(2026, 6, 1, 20, 0, tzinfo=UTC)
"""21:00 in London."""
LEAD = Actor(person_id="lead", role=Role.SHIFT_LEAD)


def fact(kind: FactKind, minutes: float, episode: int | None = 1, **data: type_of_value) -> Fact:
    """Something that happened so many minutes after nine."""
    at = NINE + timedelta(minutes=minutes)
    return Fact(n=1, kind=kind, at=at, recorded_at=at, episode=episode, actor=LEAD, data=data)


def call(*facts: Fact, force: str = "Northshire Police") -> PoliceCall:
    """The call about these facts, at ten."""
    return police_call(
        "HERON-42",
        Risk.HIGH,
        facts,
        episode=1,
        now=NINE + timedelta(hours=1),
        force=force,
        zone=ZoneInfo("Europe/London"),
    )


def test_it_says_what_the_police_ask_first() -> None:
    """Why you are worried, and what has been done; when the child was last seen, in local time."""
    said = " ".join(
        call(
            fact(FactKind.CHECKED_IN, 0, None, outcome="seen_well"),
            fact(FactKind.CHECK_OVERDUE, 35, None),
            fact(FactKind.REPORTED_NOT_HERE, 40),
            fact(FactKind.MESSAGE_ACCEPTED, 41, person="lead"),
            fact(FactKind.MESSAGE_ACCEPTED, 41, person="lead"),
            fact(FactKind.MESSAGE_ACCEPTED, 46, person="manager"),
        ).say
    )
    assert "Our reference is HERON-42." in said
    assert "last seen by staff at 21:00." in said
    assert said.index("missed; we noticed at 21:35") < said.index("not here at 21:40")
    assert "Why we are worried" in said
    assert "Our own grade of risk is high." in said
    assert "2 people have been alerted." in said


def test_sightings_of_this_episode_are_told_the_newest_three() -> None:
    """With the time at which each was heard; those of an earlier episode are another story."""
    heard = [fact(FactKind.SIGHTING, minute, text=f"seen at {minute}", source="x") for minute in (41, 42, 43, 44)]
    said = " ".join(call(fact(FactKind.SIGHTING, -500, 2, text="long ago"), *heard).say)
    assert "We were told at 21:44: seen at 44" in said
    assert "seen at 41" not in said
    assert "long ago" not in said


def test_what_is_not_known_is_not_said() -> None:
    """Nobody reads out a guess; a check that found nobody is no sighting."""
    made = call(fact(FactKind.CHECKED_IN, 0, None, outcome="not_here"), force="")
    assert "last seen" not in " ".join(made.say)
    assert "people have been alerted" not in " ".join(made.say)
    assert made.force == ""


def test_it_ends_with_what_counts() -> None:
    """Reference, force and time: without them the police are not told."""
    assert "reference" in call().ask[0]
    assert "count as not told" in call().then
    assert "999" in call().ring
    assert "101" in call().ring
