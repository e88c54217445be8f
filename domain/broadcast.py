"""The broadcast of a circular: whom to tell, chase, and tell that it is over. Pure; the workflow only interprets.

1. the desks are looked up, and told once; those that nobody has acknowledged are told again: every quarter of an hour
   or at the policy's pace for an hour, then every hour, never silent
2. what has changed is sent to all of them as an update
3. found: everybody who was told hears on the same channel that it is cancelled; after 72 hours, that it has expired
One message is on its way at a time: only when it has come back is it known who has to hear that it is over.
"""

from datetime import datetime, timedelta

from domain.broadcast_outcomes import report
from domain.broadcast_state import (
    Action,
    Begin,
    BroadcastState,
    End,
    LookUp,
    Message,
    Plan,
    Send,
    Target,
    Tell,
    people_at,
    waiting,
)
from domain.circulation import EXPIRES_AFTER
from domain.circulation_orders import LAST, TEMPLATES, CirculationOrder, DesksRequest, What
from domain.ladder import PACE
from domain.priority import Priority
from domain.sending import AlertRequest
from domain.state import Contact

QUICK_CHASES = 4
"""So often a desk is told again at the policy's pace; then every hour."""

SELDOM = timedelta(hours=1)

PRIORITIES = {What.CHASED: Priority.AGAIN, What.CANCELLED: Priority.STATUS, What.EXPIRED: Priority.STATUS}


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
    if state.ending is not None or state.told_at is None or not waiting(state):
        return None
    pace = min(max(state.order.pace, PACE), SELDOM) if state.chases < QUICK_CHASES else SELDOM
    return state.told_at + pace


def _channels(state: BroadcastState, person: Contact) -> list[Target]:
    """The order's channels that the person has and that work for them; none of them: the first that does."""
    own = [(person.person_id, channel) for channel, _ in person.channels]
    own = [one for one in dict.fromkeys(own) if one not in state.order.failed] or list(dict.fromkeys(own))
    return [one for one in own if one[1] in state.order.channels] or own[:1]


def _not_arrived(state: BroadcastState) -> list[Target]:
    """Other ways to those whose every message has turned out not to arrive."""
    dead = state.order.failed
    heard = {one[0] for one in state.reached if one not in dead}
    people = people_at(waiting(state))
    lost = dict.fromkeys(one[0] for one in dead if one not in state.failed)
    return [
        (person_id, channel)
        for person_id in lost
        if person_id in people and person_id not in heard
        for channel, _ in people[person_id].channels
        if (person_id, channel) not in dead
    ]


def carry_out(state: BroadcastState, action: Action, now: datetime) -> None:
    """Make an action part of the state; what comes of the others `domain.broadcast_outcomes` takes in."""
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
        report(state, state.message, [], now, sent=[], over=True)
        state.message = None


def _targets(state: BroadcastState, what: What) -> list[Target]:
    if what in LAST:
        return list(state.reached)
    if what is What.TOLD and state.content_told:
        return _not_arrived(state)
    desks = waiting(state) if what is What.CHASED else state.desks
    return [target for person in people_at(desks).values() for target in _channels(state, person)]


def desks_request(state: BroadcastState) -> DesksRequest:
    """Whose desks are to be looked up."""
    order = state.order
    return DesksRequest(home_id=order.home_id, placing_authority_id=order.placing_authority_id, contacts=order.contacts)


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
        contacts=[one for person_id, one in people_at(state.desks).items() if person_id in wanted],
        priority=PRIORITIES.get(message.what, Priority.CLIMB),
        circular=order.circular if message.what not in LAST else None,
    )
