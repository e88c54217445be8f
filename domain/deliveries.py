"""The placement's outbox: what goes to whom, and what follows from what became of it.

Delivery receipts are evidence; only a human answer stops a rung. What failed moves to the person's next
channel at once.
"""

from datetime import datetime, timedelta

from domain import carried_people, drill, episodes, holding, ladder, ledger, modes, next_channel, reach
from domain.facts import FactKind
from domain.names import Anchor, Stage, Template
from domain.sending import AlertResult, SendStatus, Sent
from domain.state import Delivery, DeliveryKind, Episode, PlacementState

HOLD = timedelta(seconds=5)
"""How long an alert waits for a queued check-in before it looks again."""

LONGEST_HOLD = 12
"""How often it looks: a minute in all. Then the alarm goes out."""


def get(state: PlacementState, number: int) -> Delivery | None:
    """A delivery that is still in the outbox."""
    return next((one for one in state.deliveries if one.number == number), None)


def may_leave(state: PlacementState, delivery: Delivery, now: datetime) -> bool:
    """Whether it is this delivery's time.

    Once somebody has the child in hand, nobody else is woken by a message that had failed to reach them before. It
    waits for the end of the lease, as rungs do; what follows up the police rung waits for nothing.
    """
    if delivery.in_flight or delivery.not_before > now:
        return False
    episode = _episode(state, delivery)
    waits = delivery.kind is DeliveryKind.FOLLOW_UP or delivery.held
    if not waits or episode is None or not ladder.climbs(episode):
        return True
    return not ladder.held(episode, now) or any(episode.policy.rung[number].is_police for number in delivery.rungs)


def lost(state: PlacementState, number: int, now: datetime) -> None:
    """An alert ended without an answer (no worker, a crash, a time-out): decide anew, with the same message ids."""
    delivery = get(state, number)
    if delivery is None:
        return
    delivery.in_flight = False
    delivery.attempt += 1
    delivery.not_before = now + next_channel.retry_after(delivery.attempt)
    # The facts that rode on it may be lost as well: the next occasion takes them along again.
    state.chores.pop(ledger.RECORD, None)
    if any(_is_repeated_by(one, delivery) for one in state.deliveries):
        state.deliveries.remove(delivery)
        return
    climbing = episodes.active(state)
    if delivery.kind is DeliveryKind.STAND_DOWN and climbing is not None and ladder.climbs(climbing):
        episodes.take_back_stand_downs(state, climbing)


def _is_repeated_by(later: Delivery, delivery: Delivery) -> bool:
    """Whether a later delivery says the same to the same roles: a repeat overtakes what it repeats."""
    same = (later.kind, later.episode, later.epoch, later.rungs) == (
        delivery.kind,
        delivery.episode,
        delivery.epoch,
        delivery.rungs,
    )
    return same and later.times > delivery.times and delivery.kind in (DeliveryKind.RUNGS, DeliveryKind.REPEAT)


def done(state: PlacementState, number: int, result: AlertResult, now: datetime) -> None:
    """An alert has come back: note what became of each message, and follow up what failed."""
    if result.stored:
        ledger.confirm(state, result.stored)
    delivery = get(state, number)
    if delivery is None:
        return
    delivery.in_flight = False
    episode = _episode(state, delivery)
    if result.held:
        _hold(state, episode, delivery, now)
        return
    state.deliveries.remove(delivery)
    if result.real_alert and state.ended_at is None:
        drill.end(state, now, reason=drill.REAL_ALERT)
        return
    _learn(state, delivery, result, now)
    _became(state, episode, delivery, result.sent, now)
    if episode is not None:
        reach.settle(state, episode, delivery, result, now)


def _became(
    state: PlacementState, episode: Episode | None, delivery: Delivery, every: list[Sent], now: datetime
) -> None:
    """Note what became of each message, and follow up what failed. What is held back has neither failed nor told."""
    tried, held = holding.parted(every)
    for sent in tried:
        if sent.status is SendStatus.ACCEPTED or delivery.attempt <= 1:
            _note_sent(state, delivery, sent, now)
    _overtake(state, delivery, {sent.person_id for sent in tried})
    holding.overtake(state, delivery, every)
    if tried or not held:
        _told(state, episode, delivery, tried, now)
    if not is_moot(state, episode, delivery):
        holding.keep(state, episode, delivery, held, now)
        waiting = {one.person_id for one in held}
        next_channel.follow_up(state, episode, delivery, [one for one in tried if one.person_id not in waiting], now)


def _learn(state: PlacementState, delivery: Delivery, result: AlertResult, now: datetime) -> None:
    """What an alert has found out about people, channels and numbers, whatever became of its messages."""
    carried_people.merge(state, result.contacts, now)
    modes.take_in(state, delivery.episode, result, now)
    carried_people.forget_what_never_works(state, result.sent, now)
    if result.carried:
        ledger.note(state, FactKind.USED_CARRIED_PEOPLE, now, episode=delivery.episode)


def _hold(state: PlacementState, episode: Episode | None, delivery: Delivery, now: datetime) -> None:
    """Wait for the check-in; if it has come while the alert was looking, there is nothing left to say."""
    if is_moot(state, episode, delivery):
        state.deliveries.remove(delivery)
        return
    if delivery.attempt == 0:
        ledger.note(state, FactKind.RUNG_HELD_FOR_QUEUED_CHECK_IN, now, episode=delivery.episode)
    delivery.attempt += 1
    delivery.not_before = now + HOLD


def _episode(state: PlacementState, delivery: Delivery) -> Episode | None:
    return next((one for one in state.episodes if one.number == delivery.episode), None)


def is_moot(state: PlacementState, episode: Episode | None, delivery: Delivery) -> bool:
    """Whether this is an alarm that is over, or good news that is none any more: nothing more of it is to go out."""
    if delivery.kind is DeliveryKind.STAND_DOWN:
        return any(ladder.climbs(one) for one in state.episodes)
    if episode is None or _is_about_the_return(episode, delivery):
        return False
    if delivery.template is Template.AWAY:
        return episode.stage is not Stage.AWAY
    return not ladder.climbs(episode)


def _note_sent(state: PlacementState, delivery: Delivery, sent: Sent, now: datetime) -> None:
    accepted = sent.status is SendStatus.ACCEPTED
    ledger.note(
        state,
        FactKind.MESSAGE_ACCEPTED if accepted else FactKind.MESSAGE_FAILED,
        now,
        episode=delivery.episode,
        person=sent.person_id,
        channel=sent.channel.value,
        status=None if accepted else sent.status.value,
        code=sent.code,
        notification=sent.notification_id,
        message=delivery.kind.value,
    )


def _told(state: PlacementState, episode: Episode | None, delivery: Delivery, sent: list[Sent], now: datetime) -> None:
    """Keep who was alerted on which channel. Whoever hears only after it was over is told that it is over."""
    accepted = [one for one in sent if one.status is SendStatus.ACCEPTED]
    if episode is None or _is_about_the_return(episode, delivery):
        return
    if delivery.kind is DeliveryKind.STAND_DOWN:
        people = {one.person_id for one in accepted}
        if people:
            number = episode.number
            ledger.note(state, FactKind.STOOD_DOWN, now, episode=number, people=len(people), messages=len(accepted))
        return
    heard = [
        one
        for one in sent
        if one.status in (SendStatus.ACCEPTED, SendStatus.UNKNOWN)
        and not reach.overtaken_by_failure(episode, delivery, one.person_id, one.channel)
    ]
    over = episode.ending is not None or episode.stage in (Stage.LOCATED, Stage.RETURNED)
    for one in heard:
        told = episodes.may_have_heard(episode, one.person_id, one.channel)
        told.roles, told.stood_down = list(reach.roles_of(state, one.person_id)), over
        if one.status is SendStatus.ACCEPTED:
            told.last_at = now
    if over and heard:
        episodes.enqueue(
            state,
            episode,
            DeliveryKind.STAND_DOWN,
            Template.STAND_DOWN,
            now,
            recipients=[(one.person_id, one.channel) for one in heard],
        )


def _overtake(state: PlacementState, delivery: Delivery, people: set[str]) -> None:
    """A newer message to a person overtakes older ones still being tried: no phone gets a backlog."""
    state.deliveries = [
        one
        for one in state.deliveries
        if one.in_flight
        or one.kind is not DeliveryKind.FOLLOW_UP
        or one.episode != delivery.episode
        or one.number > delivery.number
        or not people.issuperset(person for person, _ in one.recipients)
    ]


def _is_about_the_return(episode: Episode, delivery: Delivery) -> bool:
    """Whether these are tasks after a return: they alarm nobody, so nobody is stood down from them."""
    anchors = {episode.policy.rung[number].anchor for number in delivery.rungs}
    return anchors == {Anchor.RETURNED}
