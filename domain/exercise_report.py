"""What an exercise has shown: who was told when and how, who answered how fast, and what would have failed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from domain.exercise_lines import Failing, Failure, Member, MessageLine, PersonLine, Report, RungLine
from domain.facts import FactKind
from domain.names import Anchor, Channel, Role, Template
from domain.policy import Policy
from domain.story import Happening

ANSWERS = frozenset(
    {
        FactKind.TAKEN,
        FactKind.TAKE_REFUSED,
        FactKind.CANNOT,
        FactKind.CLAIMED_HERE,
        FactKind.CONFIRMED_MISSING,
        FactKind.ESCALATED_NOW,
        FactKind.HANDED_OVER,
        FactKind.POLICE_REPORTED,
        FactKind.CHECKED_IN,
        FactKind.AWAITS_SECOND_PERSON,
        FactKind.LOCATED,
        FactKind.RETURNED,
    }
)
"""What a person does who has heard: any of these counts, also that they cannot."""

DELIVERED = frozenset({"delivered", "read"})
FAILED = frozenset({"undelivered", "failed", "canceled", "undeliverable", "no_channel", "unavailable"})
ENOUGH_CHANNELS = 2

LATE_SECONDS = 60
"""A rung this much after its time is worth a look, unless somebody had the episode in hand until then."""


class Sent(Protocol):
    """A message as the store has it."""

    @property
    def notification_id(self) -> str: ...  # noqa: D102
    @property
    def person_id(self) -> str: ...  # noqa: D102
    @property
    def channel(self) -> Channel: ...  # noqa: D102
    @property
    def rung(self) -> str: ...  # noqa: D102
    @property
    def template(self) -> str: ...  # noqa: D102
    @property
    def status(self) -> str: ...  # noqa: D102
    @property
    def created_at(self) -> datetime: ...  # noqa: D102


class Written(Happening, Protocol):
    """A fact with the time at which the engine noted it."""

    @property
    def recorded_at(self) -> datetime: ...  # noqa: D102


def report(
    exercise_id: str,
    home_id: str,
    policy: Policy,
    facts: Sequence[Written],
    sent: Iterable[Sent],
    members: Mapping[str, Member],
) -> Report:
    """Put together what the record has.

    Args:
        exercise_id: its alias.
        home_id: where it was.
        policy: the ladder as it was rehearsed.
        facts: all of it, oldest first.
        sent: its messages; stand-downs are left out.
        members: the cast by person, as the directory knows them now.
    """
    begun = _first(facts, FactKind.EXERCISE_STARTED)
    over = _first(facts, FactKind.EXERCISE_ENDED)
    told_at = {str(one.data.get("notification")): one.recorded_at for one in facts if _is_accepted(one)}
    messages = [one for one in sent if one.template != Template.STAND_DOWN]
    people = _people(messages, told_at, facts, members)
    rungs = [_rung(policy, number, facts, messages, members) for number in _numbers(policy, facts)]
    return Report(
        exercise_id=exercise_id,
        home_id=home_id,
        policy=policy.id,
        scenario=str(begun.data.get("scenario", "")) if begun else "",
        started_at=begun.at if begun else None,
        until=datetime.fromisoformat(str(begun.data["until"])) if begun and "until" in begun.data else None,
        ended_at=over.at if over else None,
        ended_because=str(over.data.get("reason", "")) if over else None,
        rungs=rungs,
        people=people,
        failures=[*_of_rungs(rungs, facts), *_of_people(people, members)],
    )


def _first(facts: Iterable[Written], kind: FactKind) -> Written | None:
    return next((one for one in facts if one.kind is kind), None)


def _is_accepted(fact: Written) -> bool:
    return fact.kind is FactKind.MESSAGE_ACCEPTED


def _people(
    messages: Sequence[Sent], told_at: Mapping[str, datetime], facts: Sequence[Written], members: Mapping[str, Member]
) -> list[PersonLine]:
    lines = []
    for person_id in dict.fromkeys(one.person_id for one in messages):
        mine = [
            MessageLine(
                channel=one.channel,
                rung=one.rung,
                told_at=told_at.get(one.notification_id, one.created_at),
                status=one.status,
                delivered=one.status in DELIVERED,
            )
            for one in messages
            if one.person_id == person_id
        ]
        first = min(one.told_at for one in mine)
        answer = next((one for one in facts if one.kind in ANSWERS and one.actor.person_id == person_id), None)
        known = members.get(person_id)
        lines.append(
            PersonLine(
                person_id=person_id,
                name=known.name if known else "",
                roles=known.roles if known else [],
                messages=sorted(mine, key=lambda one: one.told_at),
                answer=answer.kind.value if answer else None,
                answered_after_seconds=_seconds(first, answer.recorded_at) if answer else None,
            )
        )
    return sorted(lines, key=lambda one: one.messages[0].told_at)


def _seconds(since: datetime, at: datetime) -> int:
    return max(0, int((at - since).total_seconds()))


def _anchors(facts: Iterable[Written]) -> dict[Anchor, datetime]:
    """When each ladder began to count."""
    found: dict[Anchor, datetime] = {}
    for one in facts:
        if one.kind is FactKind.CHECK_OVERDUE and "due_at" in one.data:
            found.setdefault(Anchor.DUE, datetime.fromisoformat(str(one.data["due_at"])))
        if one.kind is FactKind.REPORTED_NOT_HERE:
            found.setdefault(Anchor.DECLARED, one.at)
        if one.kind is FactKind.STAGE_CHANGED and one.data.get("stage") == "missing":
            found.setdefault(Anchor.OPENED, one.at)
    return found


def _numbers(policy: Policy, facts: Sequence[Written]) -> list[int]:
    """The rungs of the ladders that ran, and any others that fired, in the order of their times."""
    ran = _anchors(facts)
    fired = _fired(facts)
    wanted = [
        number
        for number, rung in enumerate(policy.rung)
        if number in fired or (rung.anchor in ran and rung.anchor in (Anchor.DUE, Anchor.DECLARED))
    ]
    return sorted(wanted, key=lambda number: (policy.rung[number].anchor, policy.rung[number].after, number))


def _fired(facts: Iterable[Written]) -> dict[int, Written]:
    """The first firing of each rung."""
    found: dict[int, Written] = {}
    for one in facts:
        if one.kind is FactKind.RUNG_FIRED:
            found.setdefault(int(str(one.data.get("rung", 0))), one)
    return found


def _rung(
    policy: Policy, number: int, facts: Sequence[Written], messages: Sequence[Sent], members: Mapping[str, Member]
) -> RungLine:
    rung = policy.rung[number]
    fired = _fired(facts).get(number)
    anchor_at = _anchors(facts).get(rung.anchor)
    told = _told(number, policy.rung[number].roles, facts, messages, members)
    answer = next((one for one in facts if fired and one.recorded_at >= fired.recorded_at and _by(one, told)), None)
    return RungLine(
        number=number,
        anchor=rung.anchor,
        after_seconds=int(rung.after.total_seconds()),
        roles=list(rung.roles),
        template=rung.template,
        planned_at=fired.at if fired else anchor_at + rung.after if anchor_at else None,
        fired_at=fired.recorded_at if fired else None,
        people_told=len(told),
        answered_by=answer.actor.role if answer else None,
        answered_after_seconds=_seconds(fired.recorded_at, answer.recorded_at) if answer and fired else None,
    )


def _told(
    number: int,
    roles: Sequence[Role],
    facts: Sequence[Written],
    messages: Sequence[Sent],
    members: Mapping[str, Member],
) -> set[str]:
    """Who heard of a rung: where several fire together a person gets one message, which bears the last one's number."""
    fired = _fired(facts)
    if number not in fired:
        return set()
    together = {str(one) for one, fact in fired.items() if fact.recorded_at == fired[number].recorded_at}
    heard = {one.person_id for one in messages if one.rung in together}
    own = {one.person_id for one in messages if one.rung == str(number)}
    return own | {one for one in heard if one in members and set(members[one].roles) & set(roles)}


def _by(fact: Written, people: Iterable[str]) -> bool:
    return fact.kind in ANSWERS and fact.actor.person_id in set(people)


def _of_rungs(rungs: Sequence[RungLine], facts: Sequence[Written]) -> list[Failure]:
    empty = {int(str(one.data.get("rung", -1))) for one in facts if one.kind is FactKind.RUNG_REACHED_NOBODY}
    held = any(one.kind in (FactKind.TAKEN, FactKind.EXTENDED) for one in facts)
    fired = [one for one in rungs if one.fired_at is not None]
    found = []
    for line in fired:
        roles = " and ".join(role.label for role in line.roles)
        if line.number in empty:
            detail = f"Nobody was told as {roles}."
            found.append(Failure(what=Failing.NOBODY_ON_RUNG, rung=line.number, sentence=detail))
        elif _unanswered(line, fired):
            detail = f"Nobody of {roles} answered before the next people were told."
            found.append(Failure(what=Failing.NOBODY_ANSWERED, rung=line.number, sentence=detail))
        late = _seconds(line.planned_at, line.fired_at) if line.planned_at and line.fired_at else 0
        if late > LATE_SECONDS and not held:
            detail = f"The message to {roles} went out {late // 60} min after its time."
            found.append(Failure(what=Failing.RUNG_LATE, rung=line.number, sentence=detail))
    return found


def _unanswered(line: RungLine, fired: Sequence[RungLine]) -> bool:
    """Whether the next rung went out before anybody of this one had answered."""
    later = [one.fired_at for one in fired if one.fired_at and line.fired_at and one.fired_at > line.fired_at]
    if not later or line.fired_at is None:
        return False
    return line.answered_after_seconds is None or line.answered_after_seconds > _seconds(line.fired_at, min(later))


def _of_people(people: Iterable[PersonLine], members: Mapping[str, Member]) -> list[Failure]:
    found = []
    for person in people:
        failed = sorted({one.channel.value for one in person.messages if one.status in FAILED})
        if failed:
            found.append(_failing(Failing.MESSAGE_FAILED, person, f"could not be reached by {', '.join(failed)}"))
    for member in members.values():
        if not member.verified:
            found.append(_failing(Failing.NO_VERIFIED_CONTACT, member, "has no contact that was ever tried"))
        elif member.channels < ENOUGH_CHANNELS:
            found.append(_failing(Failing.ONE_CHANNEL_ONLY, member, "can be reached in one way only"))
    return found


def _failing(what: Failing, who: PersonLine | Member, detail: str) -> Failure:
    role = who.roles[0].label if who.roles else "somebody"
    return Failure(what=what, person_id=who.person_id, sentence=f"{who.name or 'Somebody'} ({role}) {detail}.")
