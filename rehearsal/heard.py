"""What was heard in a night: who, when, on which channel, in which words, and what became of it. Pure.

Instants are those of the workflow's own facts, as the time since the night's beginning: a rung's is when it fired, a
message's is when the workflow learned that the provider had taken it, or had not.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.facts import FactKind
from domain.journey import LATE
from domain.names import Channel, Role, Template
from domain.policy import Policy
from domain.state import DeliveryKind
from rehearsal.night import Played
from rehearsal.situations import Situation
from store.facts import StoredFact

CIRCULAR = "circular"
"""How a message of a broadcast is marked in the record."""

PROMPT = timedelta(seconds=1)
"""A rung that fires this close to its time has not been held back by anybody."""


@dataclass(frozen=True, slots=True)
class Firing:
    """A rung went out, for the first time or again."""

    rung: int | None
    """Its number in the policy; None: the end of the ladder, repeated."""
    times: int
    planned: timedelta
    after: timedelta
    police: bool
    held: bool
    """Somebody had the episode in hand when its time came."""
    late: timedelta
    """How long after its time, or after the end of the lease that held it back."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One message to one person, or the failure to get one out."""

    after: timedelta
    firing: Firing
    role: Role
    channel: Channel
    template: Template
    words: str
    """The text, or the e-mail's subject; empty if nothing has left."""
    became: str
    """The provider's last word on it, such as `delivered`; or `failed`."""
    code: int | None
    then: Channel | None
    """After a failure, the channel on which the person was reached."""

    @property
    def failed(self) -> bool:
        """Whether it did not get out."""
        return self.became == "failed"


@dataclass(frozen=True, slots=True)
class Lease:
    """Somebody had it in hand, from when until when."""

    role: Role
    begins: timedelta
    ends: timedelta


@dataclass(frozen=True, slots=True)
class Told:
    """A night as it is told."""

    situation: Situation
    began_at: datetime
    heard: tuple[Heard, ...]
    firings: tuple[Firing, ...]
    leases: tuple[Lease, ...]
    reached_nobody: tuple[timedelta, ...]
    """When a rung had reached nobody."""
    given_up: tuple[tuple[timedelta, Role], ...]
    """Who could not be reached on any channel, and when that was said."""

    @property
    def police(self) -> Firing | None:
        """When people were first told to ring the police."""
        return next((one for one in self.firings if one.police), None)

    @property
    def longest_delay(self) -> timedelta:
        """The most that any rung came after its time."""
        return max((one.late for one in self.firings), default=timedelta(0))

    @property
    def late(self) -> list[Firing]:
        """The rungs that went out so late that their messages say so."""
        return [one for one in self.firings if one.late > LATE]


def told(situation: Situation, policy: Policy, played: Played) -> Told:
    """Tell a night from what it has left behind."""
    facts = sorted(played.facts, key=lambda fact: fact.n or 0)
    leases = tuple(_leases(facts, played))
    firings = tuple(_firings(facts, policy, played, leases))
    return Told(
        situation=situation,
        began_at=played.began_at,
        heard=_with_next_channels(list(_messages(facts, policy, played, firings))),
        firings=firings,
        leases=leases,
        reached_nobody=tuple(_after(one, played) for one in facts if one.kind is FactKind.RUNG_REACHED_NOBODY),
        given_up=tuple(
            (_after(one, played), played.roles[str(one.data["person"])])
            for one in facts
            if one.kind is FactKind.MESSAGE_GIVEN_UP
        ),
    )


def _when(fact: StoredFact, played: Played) -> timedelta:
    """When a message was sent. A circular has a broadcast with a clock of its own, whose word on it counts."""
    return fact.at - played.began_at if fact.data.get("message") == CIRCULAR else _after(fact, played)


def _after(fact: StoredFact, played: Played) -> timedelta:
    return fact.recorded_at - played.began_at


def _leases(facts: Iterable[StoredFact], played: Played) -> Iterator[Lease]:
    for fact in facts:
        if fact.kind is FactKind.TAKEN and fact.actor.role is not None:
            until = datetime.fromisoformat(str(fact.data["until"]))
            yield Lease(fact.actor.role, _after(fact, played), until - played.began_at)


def _firings(
    facts: Iterable[StoredFact], policy: Policy, played: Played, leases: tuple[Lease, ...]
) -> Iterator[Firing]:
    last: dict[int, timedelta] = {}
    for fact in facts:
        after = _after(fact, played)
        if fact.kind is FactKind.LADDER_REPEATED:
            yield Firing(None, _number(fact.data["again"]), after, after, police=False, held=False, late=timedelta(0))
        elif fact.kind is FactKind.RUNG_FIRED:
            number = _number(fact.data["rung"])
            yield _firing(fact, number, policy, played, leases, last.get(number))
            last[number] = after


def _firing(
    fact: StoredFact,
    number: int,
    policy: Policy,
    played: Played,
    leases: tuple[Lease, ...],
    before: timedelta | None,
) -> Firing:
    rung, after = policy.rung[number], _after(fact, played)
    planned = fact.at - played.began_at
    if before is not None and rung.is_police and rung.every is not None:
        planned = before + rung.every
    holding = next((one for one in leases if one.begins <= planned < one.ends and after - planned > PROMPT), None)
    free = holding.ends if holding is not None else planned
    return Firing(
        rung=number,
        times=_number(fact.data.get("again", 1)),
        planned=planned,
        after=after,
        police=rung.is_police,
        held=holding is not None,
        late=max(after - free, timedelta(0)),
    )


def _messages(
    facts: Iterable[StoredFact], policy: Policy, played: Played, firings: tuple[Firing, ...]
) -> Iterator[Heard]:
    for fact in facts:
        if fact.kind not in (FactKind.MESSAGE_ACCEPTED, FactKind.MESSAGE_FAILED):
            continue
        firing = _belongs_to(fact, policy, played, firings)
        if firing is not None:
            yield _message(fact, firing, policy, played)


def _message(fact: StoredFact, firing: Firing, policy: Policy, played: Played) -> Heard:
    row, message = played.rows.get(str(fact.data["notification"])), played.messages.get(str(fact.data["notification"]))
    planned = policy.rung[firing.rung].template if firing.rung is not None else Template.STILL_OPEN
    accepted = fact.kind is FactKind.MESSAGE_ACCEPTED
    code = fact.data.get("code")
    return Heard(
        after=_when(fact, played),
        firing=firing,
        role=played.roles[str(fact.data["person"])],
        channel=Channel(str(fact.data["channel"])),
        template=Template(row.template) if row is not None else planned,
        words=(message.subject or message.body) if message is not None and accepted else "",
        became=(message.status if message is not None else "accepted") if accepted else "failed",
        code=_number(code) if code is not None else None,
        then=None,
    )


def _belongs_to(fact: StoredFact, policy: Policy, played: Played, firings: tuple[Firing, ...]) -> Firing | None:
    """The latest firing before the message of the rung that its row names; without a row, of one that names the role.

    What has no number belongs to the end of the ladder.
    """
    row, role = played.rows.get(str(fact.data["notification"])), played.roles[str(fact.data["person"])]

    def fits(firing: Firing) -> bool:
        if fact.data.get("message") == CIRCULAR:
            return firing.rung is not None and policy.rung[firing.rung].template is Template.NEIGHBOUR_ALERT
        if row is not None:
            return firing.rung == (int(row.rung) if row.rung.isdecimal() else None)
        if firing.rung is None or fact.data.get("message") == DeliveryKind.REPEAT:
            return firing.rung is None and fact.data.get("message") == DeliveryKind.REPEAT
        return role in policy.rung[firing.rung].roles

    after = _when(fact, played)
    return next((one for one in reversed(firings) if one.after <= after and fits(one)), None)


def _with_next_channels(heard: list[Heard]) -> tuple[Heard, ...]:
    reached: dict[tuple[Firing, Role], Channel] = {}
    for one in heard:
        if not one.failed:
            reached.setdefault((one.firing, one.role), one.channel)
    return tuple(replace(one, then=reached.get((one.firing, one.role))) if one.failed else one for one in heard)


def _number(value: object) -> int:
    """A number of a fact's data, whichever JSON has made of it."""
    return int(str(value))
