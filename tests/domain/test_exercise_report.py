"""What an exercise has shown: told from its facts and messages alone."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from config.policy import built_in
from domain import exercise_report
from domain.exercise import rehearsed
from domain.exercise_lines import Failing, Member, Report
from domain.facts import Actor, Fact, FactKind, type_of_value
from domain.names import Anchor, Channel, Role, Template
from tests.domain.world import START

POLICY = rehearsed(built_in()["arrival-high"], authority=False)
DECLARED = [number for number, _ in POLICY.rungs(Anchor.DECLARED)]
FIRST, SECOND = DECLARED[0], next(n for n in DECLARED if POLICY.rung[n].after > POLICY.rung[DECLARED[0]].after)


@dataclass(frozen=True)
class Message:
    """One that was sent."""

    notification_id: str
    person_id: str
    channel: Channel
    rung: str
    template: str = Template.REPORTED_NOT_HERE
    status: str = "delivered"
    created_at = START


def fact(kind: FactKind, minutes: float, actor: Actor | None = None, *, late: float = 0, **data: type_of_value) -> Fact:
    """Something that happened so many minutes after the beginning."""
    at = START + timedelta(minutes=minutes)
    return Fact(n=1, kind=kind, at=at, recorded_at=at + timedelta(minutes=late), actor=actor or Actor(), data=data)


def member(person_id: str, role: Role, *, channels: int = 2, verified: bool = True) -> Member:
    """Somebody of the cast."""
    return Member(person_id=person_id, name=person_id.title(), roles=[role], channels=channels, verified=verified)


BEGUN = (
    fact(FactKind.EXERCISE_STARTED, 0, scenario="not_here", until=(START + timedelta(minutes=30)).isoformat()),
    fact(FactKind.REPORTED_NOT_HERE, 0),
    fact(FactKind.RUNG_FIRED, 0, rung=FIRST, anchor="declared"),
    fact(FactKind.MESSAGE_ACCEPTED, 0.05, notification="m1", person="lead"),
)
LEAD = member("lead", POLICY.rung[FIRST].roles[0])
TOLD = Message("m1", "lead", Channel.SMS, str(FIRST))


def told(*facts: Fact, messages: tuple[Message, ...] = (TOLD,), members: tuple[Member, ...] = (LEAD,)) -> Report:
    """The report of these."""
    known = {one.person_id: one for one in members}
    return exercise_report.report("Exercise-482", "home", POLICY, [*BEGUN, *facts], messages, known)


def failing(report: Report) -> set[Failing]:
    """What would have failed."""
    return {one.what for one in report.failures}


def test_an_answer_in_time_is_told_with_its_seconds() -> None:
    """Counted from when that person was told, and from when the rung went out."""
    report = told(fact(FactKind.TAKEN, 1.05, Actor(person_id="lead", role=Role.SHIFT_LEAD)))
    (person,) = report.people

    assert (person.answer, person.answered_after_seconds) == ("taken", 60)
    assert person.messages[0].delivered
    first = next(one for one in report.rungs if one.number == FIRST)
    assert (first.people_told, first.answered_after_seconds, first.answered_by) == (1, 63, Role.SHIFT_LEAD)
    assert first.planned_at == first.fired_at == START
    assert failing(report) == set()


def test_rungs_that_were_not_reached_are_there_with_their_planned_times() -> None:
    """The plan beside what happened, also where the exercise was over before."""
    report = told(fact(FactKind.EXERCISE_ENDED, 2, reason="its time was up"))
    second = next(one for one in report.rungs if one.number == SECOND)

    assert second.fired_at is None
    assert second.planned_at == START + POLICY.rung[SECOND].after
    assert (report.ended_because, report.ended_at) == ("its time was up", START + timedelta(minutes=2))
    assert {one.number for one in report.rungs} == set(DECLARED)


def test_a_rung_that_nobody_answers_before_the_next_would_have_failed() -> None:
    """An answer that comes after others were woken is too late for it."""
    after = POLICY.rung[SECOND].after.total_seconds() / 60
    next_rung = fact(FactKind.RUNG_FIRED, after, rung=SECOND, anchor="declared")
    late = fact(FactKind.TAKEN, after + 1, Actor(person_id="lead", role=Role.SHIFT_LEAD))
    in_time = fact(FactKind.CANNOT, after / 2, Actor(person_id="lead", role=Role.SHIFT_LEAD))

    assert Failing.NOBODY_ANSWERED in failing(told(next_rung))
    assert Failing.NOBODY_ANSWERED in failing(told(next_rung, late))
    assert Failing.NOBODY_ANSWERED not in failing(told(in_time, next_rung))


@pytest.mark.parametrize("status", ["undelivered", "failed", "unavailable"])
def test_a_message_that_did_not_arrive_is_named_with_its_channel(status: str) -> None:
    """The next channel may have reached them: the first one is to be put right all the same."""
    report = told(messages=(Message("m1", "lead", Channel.SMS, str(FIRST), status=status),))
    (failure,) = [one for one in report.failures if one.what is Failing.MESSAGE_FAILED]

    assert "sms" in failure.sentence
    assert failure.person_id == "lead"


def test_who_was_never_tried_or_has_one_channel_is_named_even_if_not_told() -> None:
    """By day it costs a call; at night a rung."""
    untried = member("untried", Role.KEY_WORKER, verified=False)
    single = member("single", Role.OBSERVER, channels=1)
    report = told(members=(LEAD, untried, single))

    assert {(one.what, one.person_id) for one in report.failures} == {
        (Failing.NO_VERIFIED_CONTACT, "untried"),
        (Failing.ONE_CHANNEL_ONLY, "single"),
    }


def test_a_rung_with_nobody_and_a_late_one_are_named() -> None:
    """The engine says itself that it reached nobody; a minute late is worth a look."""
    empty = fact(FactKind.RUNG_REACHED_NOBODY, 5, rung=SECOND)
    late = fact(FactKind.RUNG_FIRED, 5, rung=SECOND, anchor="declared", late=2)
    report = told(late, empty)

    assert {Failing.NOBODY_ON_RUNG, Failing.RUNG_LATE} <= failing(report)


def test_a_stand_down_is_no_alert() -> None:
    """Who only heard that it is over was not told of anything."""
    over = Message("m2", "other", Channel.SMS, "stand_down.3", template=Template.STAND_DOWN)

    assert [one.person_id for one in told(messages=(TOLD, over)).people] == ["lead"]
