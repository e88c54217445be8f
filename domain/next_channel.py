"""Whoever was not reached is tried on their next channel; when none is left, again on those that may yet work."""

from datetime import datetime, timedelta

from domain import addressing, episodes, ladder, ledger
from domain.carried_people import channels_of
from domain.facts import FactKind
from domain.names import Channel
from domain.sending import SendStatus, Sent
from domain.state import Delivery, DeliveryKind, Episode, PlacementState

GIVE_UP = timedelta(minutes=10)
"""An alert this old would only confuse: the ladder has long moved on."""

KEEP_TRYING = timedelta(hours=12)
"""What no ladder repeats is tried for longer: a stand-down, a concern, a known place, tasks after a return."""

RETRIES = (1, 2, 5, 10, *[30] * 20, 300)
"""Seconds from the beginning of one try to the next; the last for every further one."""

ALARM_AGAIN = timedelta(seconds=5)
"""The longest of these pauses for an alarm, for as long as it is tried at all.

Whoever has only one channel hears within ten seconds of its return, also after ten minutes: a try that meets a provider
that is out waits for it for ten seconds itself (`activities.waiting_room`), and one that hangs ends after nine.
"""

A_MOMENT = timedelta(milliseconds=100)
"""After a try that took longer than the pause. Never nothing: a history of the engine's has a timer there."""


def retry_after(attempt: int) -> timedelta:
    """How long after the beginning of a try to begin the next one, by how often it has been tried."""
    return timedelta(seconds=RETRIES[min(attempt, len(RETRIES)) - 1] if attempt > 0 else 0)


def follow_up(
    state: PlacementState, episode: Episode | None, delivery: Delivery, sent: list[Sent], now: datetime
) -> None:
    """Whoever was not reached on any channel is tried on their next one, each on their own."""
    reached = {one.person_id for one in sent if one.status is SendStatus.ACCEPTED}
    for person_id in dict.fromkeys(one.person_id for one in sent):
        if person_id in reached:
            continue
        mine = [one for one in sent if one.person_id == person_id]
        unknown = [one.channel for one in mine if one.status is SendStatus.UNKNOWN]
        if unknown and delivery.attempt == 0:
            _queue(state, episode, delivery, person_id, unknown[0], delivery.tried, now, attempt=1)
            continue
        tried = list(dict.fromkeys([*delivery.tried, *(one.channel for one in mine)]))
        if queue_next(state, episode, delivery, person_id, tried, now) is None:
            _try_again(state, episode, delivery, person_id, mine, now)


def queue_next(
    state: PlacementState,
    episode: Episode | None,
    delivery: Delivery,
    person_id: str,
    tried: list[Channel],
    now: datetime,
) -> Delivery | None:
    """Queue the person's next channel; None if there is none left."""
    left = [channel for channel in channels_of(state, person_id) if channel not in tried]
    if not left:
        return None
    return _queue(state, episode, delivery, person_id, left[0], tried, now, attempt=0)


def channels_until(state: PlacementState, person_id: str, channel: Channel) -> list[Channel]:
    """A person's channels in their own order, up to this one."""
    own = channels_of(state, person_id)
    return own[: own.index(channel) + 1] if channel in own else [channel]


def _queue(
    state: PlacementState,
    episode: Episode | None,
    before: Delivery,
    person_id: str,
    channel: Channel,
    tried: list[Channel],
    now: datetime,
    *,
    attempt: int,
) -> Delivery:
    if (same := _to_the_same_address(state, before, person_id, channel, tried, attempt)) is not None:
        same.recipients.append((person_id, channel))
        return same
    stand_down = before.kind is DeliveryKind.STAND_DOWN
    following = episodes.enqueue(
        state,
        episode,
        DeliveryKind.STAND_DOWN if stand_down else DeliveryKind.FOLLOW_UP,
        before.template,
        now,
        recipients=[(person_id, channel)],
        scheduled_at=before.scheduled_at,
    )
    following.tried = list(tried)
    following.attempt = attempt
    following.follows = before.follows or before.number
    following.rungs, following.times, following.late_from = list(before.rungs), before.times, before.late_from
    return following


def _to_the_same_address(
    state: PlacementState,
    before: Delivery,
    person_id: str,
    channel: Channel,
    tried: list[Channel],
    attempt: int,
) -> Delivery | None:
    """A message about the same that waits for somebody else on the same phone: they are told together."""
    follows = before.follows or before.number
    sharing = {(one, channel) for one in addressing.shared_with(state.contacts, person_id, channel)}
    waiting = (
        one
        for one in state.deliveries
        if (one.follows, one.rungs, one.times) == (follows, before.rungs, before.times)
        and one.attempt == attempt
        and one.tried == tried
        and not one.in_flight
    )
    return next((one for one in waiting if one.recipients and sharing.issuperset(one.recipients)), None)


def _is_newer_waiting(state: PlacementState, delivery: Delivery, person_id: str) -> bool:
    """Whether something newer is already on its way to this person."""
    return any(
        one.number > delivery.number
        and one.episode == delivery.episode
        and any(p == person_id for p, _ in one.recipients)
        for one in state.deliveries
    )


def _try_again(
    state: PlacementState,
    episode: Episode | None,
    delivery: Delivery,
    person_id: str,
    mine: list[Sent],
    now: datetime,
) -> None:
    """No channel is left. What may yet work is tried again, patiently; what never will is given up, and said."""
    if _is_newer_waiting(state, delivery, person_id):
        return
    asked = [one.channel for one in mine]
    hopeful = [one.channel for one in mine if one.status in (SendStatus.UNAVAILABLE, SendStatus.UNKNOWN)]
    if delivery.attempt <= 1:
        # The first round on all channels together: an earlier one may have failed for a moment only.
        hopeful += [channel for channel in delivery.tried if channel not in asked]
    is_alarm = episode is not None and ladder.climbs(episode)
    patience = GIVE_UP if is_alarm else KEEP_TRYING
    if not hopeful or now - delivery.scheduled_at > patience:
        ledger.note(state, FactKind.MESSAGE_GIVEN_UP, now, episode=delivery.episode, person=person_id)
        return
    attempt = max(delivery.attempt, 1) + 1
    tried = list(dict.fromkeys([*delivery.tried, *asked]))
    following = _queue(state, episode, delivery, person_id, hopeful[0], tried, now, attempt=attempt)
    following.recipients = [(person_id, channel) for channel in dict.fromkeys(hopeful)]
    pause = min(retry_after(attempt), ALARM_AGAIN) if is_alarm else retry_after(attempt)
    following.not_before = max(now + A_MOMENT, delivery.not_before + pause)
