"""The broadcast of a circular: whom to tell, chase, and tell that it is over. Pure; the workflow only interprets.

1. the desks are looked up, and told once; those that nobody has acknowledged are told again: every quarter of an hour
   or at the policy's pace for an hour, then every hour, never silent
2. what has changed is sent to all of them as an update
3. found: everybody who was told hears on the same channel that it is cancelled; after 72 hours, that it has expired
4. what was accepted and then did not arrive goes another way, also of the last message: for that it listens a while
One message is on its way at a time: only when it has come back is it known who has to hear that it is over. A text that
a throttle holds back waits for its own time; that it is over waits for nothing.
"""

from datetime import datetime, timedelta

from domain import broadcast_losses as losses
from domain.broadcast_outcomes import last_report, report
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
    times += [_send_at(state.message)] if state.message else [state.listens_until]
    times += [state.look_at] if not state.desks else []
    return Plan(None, min((at for at in times if at is not None and at > now), default=None))


def _action(state: BroadcastState, now: datetime) -> Action | None:
    if state.ending is None and (action := _while_it_stands(state, now)) is not None:
        return action
    if state.message is not None:
        return Send() if _send_at(state.message) <= now else None
    if state.ending is None:
        return None
    if losses.of_the_end(state):
        return Begin(state.ending)
    listens = state.listens_until is not None and now < state.listens_until
    return None if listens else End()


def _send_at(message: Message) -> datetime:
    """When the next of its texts may go."""
    times = [one.until for one in message.held] + ([message.not_before] if message.targets else [])
    return min(times, default=message.not_before)


def _while_it_stands(state: BroadcastState, now: datetime) -> Action | None:
    """Something that takes the place of what is being tried."""
    if state.order.over or now >= _expires_at(state):
        return Begin(What.CANCELLED if state.order.over else What.EXPIRED)
    if not state.desks:
        return LookUp() if state.look_at <= now else None
    if state.content_told < state.order.content:
        return Begin(What.UPDATED if state.content_told else What.TOLD)
    if state.message is None and losses.of_the_circular(state):
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
    """The order's channels that the person has and that may work for them; none of them: the first that may."""
    own = [(person.person_id, channel) for channel, _ in person.channels]
    own = [one for one in dict.fromkeys(own) if one not in state.order.dead] or list(dict.fromkeys(own))
    return [one for one in own if one[1] in state.order.channels] or own[:1]


def carry_out(state: BroadcastState, action: Action, now: datetime) -> None:
    """Make an action part of the state; what comes of the others `domain.broadcast_outcomes` takes in."""
    match action:
        case Begin(what):
            _begin(state, what, now)
        case Send() if state.message is not None:
            _let_go(state.message, now)
        case End():
            state.ended = True
            if state.listens_until is not None:
                last_report(state, now)
        case _:
            pass


def _let_go(message: Message, now: datetime) -> None:
    """What was held until now is asked about anew."""
    message.targets += [one.target for one in message.held if one.until <= now]
    message.held = [one for one in message.held if one.until > now]


def _begin(state: BroadcastState, what: What, now: datetime) -> None:
    state.messages += 1
    targets, concerns = _targets(state, what)
    state.message = Message(
        what=what, number=state.messages, began_at=now, targets=targets, concerns=concerns, not_before=now
    )
    state.failed, state.ends_failed = list(state.order.failed), list(state.order.ends_failed)
    if what in LAST:
        state.ending = what
    elif what is What.CHASED:
        state.chases += 1
        state.told_at = now
    elif not concerns:
        state.content_told = state.order.content
        state.told_at = now
    if not state.message.targets:
        report(state, state.message, [], now, sent=[], over=True)
        state.message = None


def _targets(state: BroadcastState, what: What) -> tuple[list[Target], list[str]]:
    """How who is told; and whom it concerns, if it is another way to those whom a message has not reached."""
    if what in LAST and state.ending is None:
        return list(state.reached), []
    if what in LAST or (what is What.TOLD and state.content_told):
        lost = losses.of_the_end(state) if what in LAST else losses.of_the_circular(state)
        return losses.other_ways(state, lost, over=what in LAST), lost
    desks = waiting(state) if what is What.CHASED else state.desks
    return [target for person in people_at(desks).values() for target in _channels(state, person)], []


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
        confirm_within=order.confirm_within if message.what not in LAST else None,
        circular=order.circular if message.what not in LAST else None,
    )
