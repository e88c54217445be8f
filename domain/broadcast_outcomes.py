"""What has become of a broadcast's acts: taken in, and told to the placement."""

from datetime import datetime, timedelta
from typing import Any

from domain import broadcast_losses as losses
from domain.broadcast_state import BroadcastState, Held, Message, Target, people_at, waiting
from domain.circulation_orders import LAST, CirculationReport, Desk, DesksResult, What
from domain.ladder import PACE
from domain.sending import AlertResult, SendStatus, Sent

RETRIES = (10, 30, 60, 300)
"""Seconds between tries of what a provider did not take; the last for every further one."""

GIVE_UP = timedelta(hours=12)
"""So long it is tried to tell somebody that it is over."""

LISTENS = timedelta(minutes=20)
"""So long it is heard whether that it is over has arrived: a text is given up by its provider after fifteen minutes."""

SHORTEST = timedelta(seconds=1)
"""Nothing is asked about again in the same instant."""

MIGHT_HAVE_HEARD = (SendStatus.ACCEPTED, SendStatus.UNKNOWN)
SETTLED = (SendStatus.ACCEPTED, SendStatus.UNDELIVERABLE, SendStatus.NO_CHANNEL)
"""After every other outcome the same message may yet get through."""


def looked_up(state: BroadcastState, found: DesksResult | None, now: datetime) -> None:
    """Take in who is to be told. Nobody, or no answer: it is said, and looked up again."""
    if found is not None and found.desks:
        state.desks, state.carried = found.desks, found.carried
        return
    if found is not None and state.told_at is None:
        state.told_at = now
        report(state, None, [], now, sent=[], over=False)
    state.look_at = now + max(state.order.pace, PACE)


def sent(state: BroadcastState, result: AlertResult | None, now: datetime) -> None:
    """Take in what became of each message; None: no answer, so all of it is tried again, with the same ids."""
    message = state.message
    if message is None:
        return
    first, message.attempt = message.attempt == 0, message.attempt + 1
    message.not_before = now + timedelta(seconds=RETRIES[min(message.attempt, len(RETRIES)) - 1])
    held_before = [one.target for one in message.held]
    accepted = _take_in(state, message, result, now) if result is not None else []
    over = not (message.targets or message.held) or (message.what in LAST and now - message.began_at > GIVE_UP)
    if message.what in LAST:
        state.ends += [one for one in accepted if one not in state.ends]
        state.listens_until = now + LISTENS if state.ends else None
    news = _news(result.sent if result is not None else [], first=first, held_before=held_before)
    if over or accepted or news:
        report(state, message, accepted, now, sent=news, over=over)
    if over:
        state.message = None


def _news(sent: list[Sent], *, first: bool, held_before: list[Target]) -> list[Sent]:
    """What is worth a line in the record: each message that is out, and once that one failed, or is held back."""
    return [
        one
        for one in sent
        if one.status is SendStatus.ACCEPTED
        or (one.status is SendStatus.HELD and (one.person_id, one.channel) not in held_before)
        or (first and one.status is not SendStatus.HELD)
    ]


def _take_in(state: BroadcastState, message: Message, result: AlertResult, now: datetime) -> list[Target]:
    """Who has accepted it now; whoever was not reached stays a target, on a channel that may yet work."""
    became = {(one.person_id, one.channel): one.status for one in result.sent}
    accepted = [one for one in message.targets if became.get(one) is SendStatus.ACCEPTED]
    might = [one for one in message.targets if became.get(one) in MIGHT_HAVE_HEARD]
    state.reached += [one for one in might if one not in state.reached]
    message.accepted += accepted
    message.tried += [one for one in message.targets if one not in message.tried]
    message.targets = [one for one in message.targets if became.get(one, SendStatus.NO_CHANNEL) not in SETTLED]
    until = {(one.person_id, one.channel): one.held_until for one in result.sent if one.status is SendStatus.HELD}
    message.held += [
        Held(target=one, until=max(until[one] or now, now + SHORTEST)) for one in message.targets if one in until
    ]
    message.targets = [one for one in message.targets if one not in until]
    if message.what not in LAST:
        message.targets += _other_ways(state, message)
    return accepted


def _other_ways(state: BroadcastState, message: Message) -> list[Target]:
    """Whoever has not been reached on any channel is tried on their next one too. What is held has not failed."""
    reached = {person_id for person_id, _ in [*message.accepted, *(one.target for one in message.held)]}
    people = people_at(state.desks)
    unreached = [one for one in dict.fromkeys(person_id for person_id, _ in message.tried) if one not in reached]
    ways = [[(one, channel) for channel, _ in people[one].channels] for one in unreached if one in people]
    return [target for own in ways for target in [one for one in own if one not in message.tried][:1]]


def told_placement(state: BroadcastState) -> None:
    """The placement has heard of the oldest report, or is gone."""
    state.reports.pop(0)


def report(
    state: BroadcastState,
    message: Message | None,
    accepted: list[Target],
    now: datetime,
    *,
    sent: list[Sent],
    over: bool,
) -> None:
    """Say what a message has reached; that it is over, as the sum of all that has gone out to say so."""
    what = message.what if message is not None else What.TOLD
    desk_of = {person.person_id: desk.key for desk in state.desks for person in desk.people}
    so_far = _heard(state, message) if message is not None else []
    told = so_far if what in LAST else accepted
    people = {person_id: desk_of[person_id] for person_id, _ in told if person_id in desk_of}
    ever = {desk_of.get(person_id) for person_id, _ in so_far}
    concerned = _concerned(state, what, message.concerns if message is not None else [])
    to_come = len(message.targets) + len(message.held) if message is not None and not over else 0
    _put(
        state,
        what,
        now,
        desks={desk.key: desk.name for desk in concerned if desk.key in people.values()},
        people=people,
        unreached=[desk.name for desk in concerned if desk.key not in ever],
        lost=losses.never_heard(state.reached, state.order.failed),
        messages=len(state.ends if what in LAST else accepted),
        to_come=to_come,
        again=message is not None and message.attempt > 1,
        sent=sent,
        carried=state.carried,
        last=what in LAST and over and state.listens_until is None,
    )


def last_report(state: BroadcastState, now: datetime) -> None:
    """Nothing more has been heard: the placement need not wait any longer."""
    _put(state, state.ending or What.CANCELLED, now, silent=True, last=True)


def _put(state: BroadcastState, what: What, now: datetime, **said: Any) -> None:  # noqa: ANN401 - the report's own fields
    state.serial += 1
    state.reports.append(
        CirculationReport(
            episode=state.order.episode,
            number=state.order.number,
            serial=state.serial,
            what=what,
            after=now - state.began_at,
            **said,
        )
    )


def _heard(state: BroadcastState, message: Message) -> list[Target]:
    """Whom this message has reached, as far as is known; that it is over, whom any of those that say so has."""
    if message.what not in LAST:
        return message.accepted
    return [one for one in state.ends if one not in state.order.ends_failed]


def _concerned(state: BroadcastState, what: What, people: list[str]) -> list[Desk]:
    """The desks that a message is for: a chase, for those that wait; a last one, for those that were reached."""
    if what is What.CHASED:
        return waiting(state)
    wanted = {person_id for person_id, _ in state.reached} if what in LAST else set(people)
    if not wanted and what not in LAST:
        return state.desks
    return [desk for desk in state.desks if wanted.intersection(one.person_id for one in desk.people)]
