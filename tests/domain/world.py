"""The rules at work without an engine: a clock that we move, and messages that arrive, or don't, as the story says."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from domain import (
    actions,
    addressing,
    alerting,
    broadcast,
    broadcast_outcomes,
    calendar,
    circulating,
    deliveries,
    episodes,
    journey,
    ledger,
    placements,
)
from domain.broadcast_state import BroadcastState, LookUp, Send, Tell
from domain.circulation_orders import CirculationTaken, Desk, DesksResult
from domain.exercise import Exercise
from domain.facts import Fact, FactKind
from domain.names import CIRCULATED, Channel, Risk, Role
from domain.policy import Policy, to_text
from domain.requests import Admission
from domain.sending import AlertRequest, AlertResult, SendStatus, Sent
from domain.state import Contact, PlacementState
from tests.domain.asking import Asking

START = datetime(2026, 3, 10, 21, 0, tzinfo=UTC)
ROLES = [role for role in Role if role is not Role.EVERYONE_ALERTED]

Fate = Callable[[str, Channel], SendStatus]
"""What becomes of a message to this person on this channel."""


def all_arrive(_person: str, _channel: Channel) -> SendStatus:
    """Every message is accepted."""
    return SendStatus.ACCEPTED


def people(
    roles: Iterable[Role] = ROLES, *, channels: tuple[Channel, ...] = (Channel.SMS, Channel.EMAIL)
) -> list[Contact]:
    """One person for each role, with a telephone and a mailbox; they may be rung as well, in an order of their own."""

    def address(channel: Channel, role: Role, number: int) -> str:
        return f"{role.value}@example.org" if channel is Channel.EMAIL else f"+4477009{number:05}"

    return [
        Contact(
            person_id=role.value,
            roles=(role,),
            channels=tuple((channel, address(channel, role, number)) for channel in channels),
        )
        for number, role in enumerate(roles)
    ]


@dataclass(frozen=True)
class Heard:
    """A message that somebody got."""

    at: datetime
    person: str
    channel: Channel
    template: str
    rung: str
    late: bool
    notification_id: str


@dataclass
class World(Asking):
    """A placement under the real rules."""

    policy: Policy
    contacts: list[Contact] = field(default_factory=people)
    fate: Fate = all_arrive
    now: datetime = START
    heard: list[Heard] = field(default_factory=list)
    asked: int = 0
    codes: dict[Channel, int] = field(default_factory=dict)
    """The provider's code for whatever it does not accept on a channel."""
    answering: bool = True
    """Whether activities come back: False is an engine whose worker is away."""
    alias: str = "Heron-42"
    exercise: Exercise | None = None
    broadcasts: dict[tuple[int, int], BroadcastState] = field(default_factory=dict)
    """By episode and number, as their own workflows would carry them."""
    handed_over: dict[int, Fact] = field(default_factory=dict)
    """The facts that the ledger has, by number."""

    def __post_init__(self) -> None:
        """The child arrives."""
        admission = Admission(
            request_id="admission",
            actor=self.actor(Role.REGISTERED_MANAGER),
            received_at=self.now,
            alias=self.alias,
            home_id="home",
            placing_authority_id="authority",
            arrived_at=self.now,
            risk=Risk.HIGH,
            policy_text=to_text(self.policy),
            calendar=calendar.resolve(self.policy, self.now),
            contacts=self.contacts,
            exercise=self.exercise,
        )
        self.state: PlacementState = placements.begin(admission, self.now)
        self.settle()

    # ── time ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def time_passes(self, minutes: float = 0, *, seconds: float = 0) -> None:
        """Let time pass, waking when the rules asked to be woken."""
        end = self.now + timedelta(minutes=minutes, seconds=seconds)
        while True:
            wakes = [broadcast.decide(one, self.now).next_wake for one in self.broadcasts.values()]
            wakes += [journey.decide(self.state, self.now).next_wake]
            wake = min((at for at in wakes if at is not None), default=None)
            if wake is None or wake > end:
                break
            self.now = max(self.now, wake)
            self.settle()
        self.now = end
        self.settle()

    def outage(self, minutes: float) -> None:
        """The engine is down: time passes and nobody looks."""
        self.now += timedelta(minutes=minutes)
        self.settle()

    def settle(self) -> None:
        """Decide and act until nothing is left to do at this instant."""
        self._broadcast()
        for _ in range(500):
            plan = journey.decide(self.state, self.now)
            if not plan.actions:
                return
            for action in plan.actions:
                journey.carry_out(self.state, action, self.now)
                if isinstance(action, actions.Send):
                    self._deliver(action.delivery)
                elif isinstance(action, actions.Circulate):
                    self._circulate(action.episode, action.number)
                elif isinstance(action, actions.Record):
                    self.handed_over |= {fact.n: fact for fact in self.state.facts}
                    ledger.confirm(self.state, [fact.n for fact in self.state.facts])
                elif isinstance(action, actions.RenewCalendar):
                    self.state.calendar = calendar.resolve(self.policy, self.now)
                    self.state.chores.pop(ledger.CALENDAR, None)
        raise AssertionError("the rules never come to rest at one instant")

    def _deliver(self, number: int) -> None:
        """Send a delivery, and take in what became of it."""
        delivery = deliveries.get(self.state, number)
        if delivery is None or not self.answering:
            return
        request = alerting.request(self.state, delivery, self.now, facts=ledger.take_along(self.state, self.now))
        deliveries.done(self.state, number, self._alert(request), self.now)

    def _circulate(self, number: int, which: int) -> None:
        episode = episodes.get(self.state, number)
        circulation = circulating.get(episode, which)
        if circulation is None or not self.answering:
            return
        order = circulating.order(self.state, episode, circulation)
        known = self.broadcasts.get((number, which))
        if known is None and not order.over:
            self.broadcasts[number, which] = broadcast.begin(order, self.now)
        elif known is not None:
            broadcast.take(known, order)
        gone = (number, which) not in self.broadcasts or self.broadcasts[number, which].ended
        circulating.taken(episode, circulation, order.revision, CirculationTaken(gone=gone), self.now)
        self._broadcast()

    def _broadcast(self) -> None:
        for state in self.broadcasts.values():
            while (action := broadcast.decide(state, self.now).action) is not None:
                broadcast.carry_out(state, action, self.now)
                if isinstance(action, LookUp):
                    broadcast_outcomes.looked_up(state, DesksResult(desks=self._desks()), self.now)
                elif isinstance(action, Send) and state.message is not None:
                    request = broadcast.alert_request(state, state.message, self.now)
                    broadcast_outcomes.sent(state, self._alert(request), self.now)
                elif isinstance(action, Tell):
                    circulating.reported(self.state, state.reports[0], self.now)
                    broadcast_outcomes.told_placement(state)

    def _desks(self) -> list[Desk]:
        """Everybody next door, each at a desk of their own."""
        return [
            Desk(key=f"desk-{one.person_id}", name=one.person_id, role=one.roles[0], people=[one])
            for one in self.contacts
            if set(one.roles) <= set(CIRCULATED)
        ]

    def _alert(self, request: AlertRequest) -> AlertResult:
        wanted = set(addressing.roles_wanted(request))
        found = [
            one.model_copy(update={"roles": tuple(role for role in one.roles if role in wanted)})
            for one in self.contacts
            if wanted & set(one.roles) and not request.recipients
        ]
        sent = []
        contacts = addressing.with_named(request, found)
        for message in addressing.messages(request, contacts, list(Channel)):
            status = self.fate(message.person_id, message.channel)
            if status is SendStatus.ACCEPTED:
                # A phone that several people share rings once; its owners are all told.
                self.heard.append(
                    Heard(
                        self.now,
                        message.person_id,
                        message.channel,
                        message.template.value,
                        message.rung,
                        request.late_from is not None,
                        message.notification_id,
                    )
                )
            one = Sent(
                person_id=message.person_id,
                channel=message.channel,
                status=status,
                notification_id=message.notification_id,
                held_until=self.now + timedelta(minutes=1) if status is SendStatus.HELD else None,
                code=None if status is SendStatus.ACCEPTED else self.codes.get(message.channel),
            )
            sent += addressing.for_each(message, one)
        stored = [fact.n for fact in request.facts]
        self.handed_over |= {fact.n: fact for fact in request.facts}
        fresh = [] if request.recipients else contacts
        return AlertResult(sent=sent, contacts=fresh, skipped=len(set(request.skip)), stored=stored)

    # ── looking back ────────────────────────────────────────────────────────────────────────────────────────────────

    def said_to(self, role: Role) -> list[str]:
        """What this person heard, in order; the same thing on two channels at once counts once."""
        mine = dict.fromkeys((one.at, one.template, one.rung) for one in self.heard if one.person == role.value)
        return [template for _, template, _ in mine]

    def record(self, kind: FactKind) -> list[Fact]:
        """Everything of this kind that has been noted, handed to the ledger or not."""
        every = self.handed_over | {fact.n: fact for fact in self.state.facts}
        return [every[n] for n in sorted(every) if every[n].kind is kind]

    def facts(self, kind: FactKind) -> int:
        """How often something of this kind has been noted and not yet been handed to the ledger."""
        return sum(fact.kind is kind for fact in self.state.facts)
