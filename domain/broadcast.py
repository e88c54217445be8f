"""The broadcast of a circular: whom to tell, chase, and tell that it is over. Pure; the workflow only interprets.

1. the desks are looked up, and told once; those that nobody has acknowledged are told again: every quarter of an hour
   or at the policy's pace for an hour, then every hour, never silent
2. what has changed is sent to all of them as an update
3. found: everybody who was told hears on the same channel that it is cancelled; after 72 hours, that it has expired
One message is on its way at a time: only when it has come back is it known who has to hear that it is over.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field

from domain.circulation import EXPIRES_AFTER
from domain.circulation_orders import (
    LAST,
    TEMPLATES,
    CirculationOrder,
    CirculationReport,
    Desk,
    DesksRequest,
    DesksResult,
    What,
)
from domain.ladder import PACE
from domain.names import Channel
from domain.priority import Priority
from domain.sending import AlertRequest, AlertResult, SendStatus, Sent
from domain.state import Contact

QUICK_CHASES = 4
"""So often a desk is told again at the policy's pace; then every hour."""

SELDOM = timedelta(hours=1)

RETRIES = (10, 30, 60, 300)
"""Seconds between tries of what a provider did not take; the last for every further one."""

GIVE_UP = timedelta(hours=12)
"""So long it is tried to tell somebody that it is over."""

MIGHT_HAVE_HEARD = (SendStatus.ACCEPTED, SendStatus.UNKNOWN)
SETTLED = (SendStatus.ACCEPTED, SendStatus.UNDELIVERABLE, SendStatus.NO_CHANNEL)
"""After every other outcome the same message may yet get through."""

PRIORITIES = {What.CHASED: Priority.AGAIN, What.CANCELLED: Priority.STATUS, What.EXPIRED: Priority.STATUS}

Target = tuple[str, Channel]
"""A person and a channel."""


class _State(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Message(_State):
    """The message that is being delivered."""

    what: What
    number: int
    began_at: datetime
    targets: list[Target]
    """Who has not been reached by it yet, and how they are to be."""
    tried: list[Target] = Field(default_factory=list)
    accepted: list[Target] = Field(default_factory=list)
    attempt: int = 0
    not_before: datetime


class BroadcastState(_State):
    """One circulation, as its workflow carries it. All instants are UTC, by the broadcast's own clock."""

    order: CirculationOrder
    began_at: datetime
    look_at: datetime
    """When the desks are looked up, if none is known."""
    desks: list[Desk] = Field(default_factory=list)
    carried: bool = False
    content_told: int = 0
    reached: list[Target] = Field(default_factory=list)
    """Who has heard, or may have, and so is to hear that it is over."""
    failed: list[Target] = Field(default_factory=list)
    chases: int = 0
    told_at: datetime | None = None
    message: Message | None = None
    messages: int = 0
    reports: list[CirculationReport] = Field(default_factory=list)
    serial: int = 0
    ending: What | None = None
    ended: bool = False


@dataclass(frozen=True, slots=True)
class LookUp:
    """The desks are to be looked up."""


@dataclass(frozen=True, slots=True)
class Begin:
    """A message is to begin; it takes the place of one that is still being tried."""

    what: What


@dataclass(frozen=True, slots=True)
class Send:
    """The message is to be sent to those whom it has not reached."""


@dataclass(frozen=True, slots=True)
class Tell:
    """The placement is to hear what happened."""


@dataclass(frozen=True, slots=True)
class End:
    """Nobody is left to be told."""


Action = LookUp | Begin | Send | Tell | End


@dataclass(frozen=True, slots=True)
class Plan:
    """The next thing to do, and when to look again if there is none now (UTC)."""

    action: Action | None
    next_wake: datetime | None


def begin(order: CirculationOrder, now: datetime) -> BroadcastState:
    """A placement wants this to be circulated."""
    return BroadcastState(order=order, began_at=now, look_at=now)


def take(state: BroadcastState, order: CirculationOrder) -> None:
    """A newer order takes the place of the last one; an older one, or the same again, changes nothing."""
    if order.revision > state.order.revision:
        state.order = order


def decide(state: BroadcastState, now: datetime) -> Plan:
    """What is to be done at this instant; nothing is changed."""
    if state.reports:
        return Plan(Tell(), None)
    if state.ended:
        return Plan(None, None)
    if (action := _action(state, now)) is not None:
        return Plan(action, None)
    times = [_expires_at(state) if state.ending is None else None, _chase_at(state)]
    times += [state.message.not_before] if state.message else []
    times += [state.look_at] if not state.desks else []
    return Plan(None, min((at for at in times if at is not None and at > now), default=None))


def _action(state: BroadcastState, now: datetime) -> Action | None:
    if state.ending is None and (action := _while_it_stands(state, now)) is not None:
        return action
    if state.message is None:
        return End() if state.ending is not None else None
    return Send() if state.message.not_before <= now else None


def _while_it_stands(state: BroadcastState, now: datetime) -> Action | None:
    """Something that takes the place of what is being tried."""
    if state.order.over or now >= _expires_at(state):
        return Begin(What.CANCELLED if state.order.over else What.EXPIRED)
    if not state.desks:
        return LookUp() if state.look_at <= now else None
    if state.content_told < state.order.content:
        return Begin(What.UPDATED if state.content_told else What.TOLD)
    if state.message is None and _not_arrived(state):
        return Begin(What.TOLD)
    chase_at = _chase_at(state)
    return Begin(What.CHASED) if chase_at is not None and chase_at <= now else None


def _expires_at(state: BroadcastState) -> datetime:
    return state.began_at + EXPIRES_AFTER


def _chase_at(state: BroadcastState) -> datetime | None:
    if state.ending is not None or state.told_at is None or not _waiting(state):
        return None
    pace = min(max(state.order.pace, PACE), SELDOM) if state.chases < QUICK_CHASES else SELDOM
    return state.told_at + pace


def _waiting(state: BroadcastState) -> list[Desk]:
    """The desks that nobody has acknowledged for."""
    return [desk for desk in state.desks if desk.key not in state.order.acknowledged]


def _people(desks: list[Desk]) -> dict[str, Contact]:
    return {person.person_id: person for desk in desks for person in desk.people}


def _channels(state: BroadcastState, person: Contact) -> list[Target]:
    """The order's channels that the person has and that work for them; none of them: the first that does."""
    own = [(person.person_id, channel) for channel, _ in person.channels]
    own = [one for one in dict.fromkeys(own) if one not in state.order.failed] or list(dict.fromkeys(own))
    return [one for one in own if one[1] in state.order.channels] or own[:1]


def _not_arrived(state: BroadcastState) -> list[Target]:
    """Other ways to those whose every message has turned out not to arrive."""
    dead = state.order.failed
    heard = {one[0] for one in state.reached if one not in dead}
    people = _people(_waiting(state))
    lost = dict.fromkeys(one[0] for one in dead if one not in state.failed)
    return [
        (person_id, channel)
        for person_id in lost
        if person_id in people and person_id not in heard
        for channel, _ in people[person_id].channels
        if (person_id, channel) not in dead
    ]


def carry_out(state: BroadcastState, action: Action, now: datetime) -> None:
    """Make an action part of the state; what comes of `LookUp`, `Send` and `Tell` is taken in by functions below."""
    match action:
        case Begin(what):
            _begin(state, what, now)
        case End():
            state.ended = True
        case _:
            pass


def _begin(state: BroadcastState, what: What, now: datetime) -> None:
    state.messages += 1
    state.message = Message(
        what=what, number=state.messages, began_at=now, targets=_targets(state, what), not_before=now
    )
    state.failed = list(state.order.failed)
    if what in LAST:
        state.ending = what
    elif what is What.CHASED:
        state.chases += 1
        state.told_at = now
    else:
        state.content_told = state.order.content
        state.told_at = now
    if not state.message.targets:
        _report(state, state.message, [], now, sent=[], over=True)
        state.message = None


def _targets(state: BroadcastState, what: What) -> list[Target]:
    if what in LAST:
        return list(state.reached)
    if what is What.TOLD and state.content_told:
        return _not_arrived(state)
    desks = _waiting(state) if what is What.CHASED else state.desks
    return [target for person in _people(desks).values() for target in _channels(state, person)]


def desks_request(state: BroadcastState) -> DesksRequest:
    """Whose desks are to be looked up."""
    order = state.order
    return DesksRequest(home_id=order.home_id, placing_authority_id=order.placing_authority_id, contacts=order.contacts)


def looked_up(state: BroadcastState, found: DesksResult | None, now: datetime) -> None:
    """Take in who is to be told. Nobody, or no answer: it is said, and looked up again."""
    if found is not None and found.desks:
        state.desks, state.carried = found.desks, found.carried
        return
    if found is not None and state.told_at is None:
        state.told_at = now
        _report(state, None, [], now, sent=[], over=False)
    state.look_at = now + max(state.order.pace, PACE)


def alert_request(state: BroadcastState, message: Message, now: datetime) -> AlertRequest:
    """The message as an alert sends it: the same ids, claims and channels as every other."""
    order = state.order
    wanted = {person for person, _ in message.targets}
    return AlertRequest(
        alias=order.alias,
        home_id=order.home_id,
        placing_authority_id=order.placing_authority_id,
        timezone=order.timezone,
        delivery=message.number,
        attempt=message.attempt,
        episode=order.episode,
        epoch=order.number,
        template=TEMPLATES[message.what],
        due_at=order.since,
        scheduled_at=message.began_at,
        now=now,
        recipients=message.targets,
        contacts=[one for person_id, one in _people(state.desks).items() if person_id in wanted],
        priority=PRIORITIES.get(message.what, Priority.CLIMB),
        circular=order.circular if message.what not in LAST else None,
    )


def sent(state: BroadcastState, result: AlertResult | None, now: datetime) -> None:
    """Take in what became of each message; None: no answer, so all of it is tried again, with the same ids."""
    message = state.message
    if message is None:
        return
    first, message.attempt = message.attempt == 0, message.attempt + 1
    message.not_before = now + timedelta(seconds=RETRIES[min(message.attempt, len(RETRIES)) - 1])
    accepted = _take_in(state, message, result) if result is not None else []
    over = not message.targets or (message.what in LAST and now - message.began_at > GIVE_UP)
    if over or accepted or (first and result is not None):
        news = [one for one in result.sent if first or one.status is SendStatus.ACCEPTED] if result is not None else []
        _report(state, message, accepted, now, sent=news, over=over)
    if over:
        state.message = None


def _take_in(state: BroadcastState, message: Message, result: AlertResult) -> list[Target]:
    """Who has accepted it now; whoever was not reached stays a target, on a channel that may yet work."""
    became = {(one.person_id, one.channel): one.status for one in result.sent}
    accepted = [one for one in message.targets if became.get(one) is SendStatus.ACCEPTED]
    might = [one for one in message.targets if became.get(one) in MIGHT_HAVE_HEARD]
    state.reached += [one for one in might if one not in state.reached]
    message.accepted += accepted
    message.tried += [one for one in message.targets if one not in message.tried]
    message.targets = [one for one in message.targets if became.get(one, SendStatus.NO_CHANNEL) not in SETTLED]
    if message.what not in LAST:
        message.targets += _other_ways(state, message)
    return accepted


def _other_ways(state: BroadcastState, message: Message) -> list[Target]:
    """Whoever has not been reached on any channel is tried on their next one too."""
    reached = {person_id for person_id, _ in message.accepted}
    people = _people(state.desks)
    unreached = [one for one in dict.fromkeys(person_id for person_id, _ in message.tried) if one not in reached]
    ways = [[(one, channel) for channel, _ in people[one].channels] for one in unreached if one in people]
    return [target for own in ways for target in [one for one in own if one not in message.tried][:1]]


def told_placement(state: BroadcastState) -> None:
    """The placement has heard of the oldest report, or is gone."""
    state.reports.pop(0)


def _report(
    state: BroadcastState,
    message: Message | None,
    accepted: list[Target],
    now: datetime,
    *,
    sent: list[Sent],
    over: bool,
) -> None:
    """Say what a message has reached; it is the last report if nobody is left to hear that it is over."""
    what = message.what if message is not None else What.TOLD
    desk_of = {person.person_id: desk.key for desk in state.desks for person in desk.people}
    people = {person_id: desk_of[person_id] for person_id, _ in accepted if person_id in desk_of}
    ever = {desk_of.get(person_id) for person_id, _ in message.accepted} if message is not None else set()
    concerned = _concerned(state, what)
    state.serial += 1
    state.reports.append(
        CirculationReport(
            episode=state.order.episode,
            number=state.order.number,
            serial=state.serial,
            what=what,
            after=now - state.began_at,
            desks={desk.key: desk.name for desk in concerned if desk.key in people.values()},
            people=people,
            unreached=[desk.name for desk in concerned if desk.key not in ever],
            messages=len(accepted),
            sent=sent,
            carried=state.carried,
            last=what in LAST and over,
        )
    )


def _concerned(state: BroadcastState, what: What) -> list[Desk]:
    """The desks that a message is for: a chase, for those that wait; a last one, for those that were reached."""
    if what is What.CHASED:
        return _waiting(state)
    if what in LAST:
        heard = {person_id for person_id, _ in state.reached}
        return [desk for desk in state.desks if heard.intersection(one.person_id for one in desk.people)]
    return state.desks
