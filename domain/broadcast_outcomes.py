"""What has become of a broadcast's acts: taken in, and told to the placement."""

from datetime import datetime, timedelta

from domain.broadcast_state import BroadcastState, Message, Target, people_at, waiting
from domain.circulation_orders import LAST, CirculationReport, Desk, DesksResult, What
from domain.ladder import PACE
from domain.sending import AlertResult, SendStatus, Sent

RETRIES = (10, 30, 60, 300)
"""Seconds between tries of what a provider did not take; the last for every further one."""

GIVE_UP = timedelta(hours=12)
"""So long it is tried to tell somebody that it is over."""

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
    accepted = _take_in(state, message, result) if result is not None else []
    over = not message.targets or (message.what in LAST and now - message.began_at > GIVE_UP)
    if over or accepted or (first and result is not None):
        news = [one for one in result.sent if first or one.status is SendStatus.ACCEPTED] if result is not None else []
        report(state, message, accepted, now, sent=news, over=over)
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
        return waiting(state)
    if what in LAST:
        heard = {person_id for person_id, _ in state.reached}
        return [desk for desk in state.desks if heard.intersection(one.person_id for one in desk.people)]
    return state.desks
