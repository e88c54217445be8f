"""Messages that the throttles hold back: kept in the outbox, visible in the record, and overtaken by what is newer."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from domain import episodes, ledger
from domain.facts import FactKind
from domain.names import Channel
from domain.sending import SendStatus, Sent
from domain.state import Delivery, DeliveryKind, Episode, PlacementState

SHORTEST = timedelta(seconds=1)
"""Nothing is asked about again in the same instant."""


def parted(sent: Iterable[Sent]) -> tuple[list[Sent], list[Sent]]:
    """What was tried, and what is held back."""
    every = list(sent)
    tried = [one for one in every if one.status is not SendStatus.HELD]
    return tried, [one for one in every if one.status is SendStatus.HELD]


def keep(state: PlacementState, episode: Episode | None, delivery: Delivery, held: list[Sent], now: datetime) -> None:
    """Keep what is held back until its time. It is made anew then, from what is true by then, under the same id."""
    by_time: dict[datetime, list[tuple[str, Channel]]] = {}
    newer = {who for one in state.deliveries if one.held and _is_older(delivery, one) for who in one.recipients}
    for one in held:
        if (one.person_id, one.channel) in newer:
            continue
        until = max(one.held_until or now, now + SHORTEST)
        by_time.setdefault(until, []).append((one.person_id, one.channel))
        if not delivery.held:
            _note(state, delivery, one, until, now)
    for until, recipients in by_time.items():
        waiting = episodes.enqueue(
            state,
            episode,
            delivery.kind,
            delivery.template,
            now,
            recipients=recipients,
            scheduled_at=delivery.scheduled_at,
        )
        waiting.follows = delivery.follows or delivery.number
        waiting.rungs, waiting.times, waiting.late_from = delivery.rungs, delivery.times, delivery.late_from
        waiting.tried, waiting.epoch = delivery.tried, delivery.epoch
        waiting.held, waiting.not_before = True, until


def overtake(state: PlacementState, delivery: Delivery, sent: Iterable[Sent]) -> None:
    """A newer message to the same phone takes the place of an older one that waits: no phone gets a backlog.

    Not of a stand-down: that it is over is to be heard by everyone who was alerted.
    """
    newer = {(one.person_id, one.channel) for one in sent}
    for one in state.deliveries:
        if one.held and not one.in_flight and _is_older(one, delivery):
            one.recipients = [recipient for recipient in one.recipients if recipient not in newer]
    state.deliveries = [one for one in state.deliveries if one.recipients or not one.held]


def _is_older(one: Delivery, other: Delivery) -> bool:
    """Whether the other says what is newer, whichever of them has been held back more often."""
    same = one.episode == other.episode and DeliveryKind.STAND_DOWN not in (one.kind, other.kind)
    return same and (one.follows or one.number) < (other.follows or other.number)


def drop_repeats(state: PlacementState, episode: int) -> None:
    """What was held back while somebody had the child in hand is not said after it: the ladder says it anew."""
    state.deliveries = [
        one
        for one in state.deliveries
        if one.in_flight
        or not one.held
        or one.episode != episode
        or one.kind not in (DeliveryKind.RUNGS, DeliveryKind.REPEAT)
    ]


def _note(state: PlacementState, delivery: Delivery, held: Sent, until: datetime, now: datetime) -> None:
    ledger.note(
        state,
        FactKind.MESSAGE_HELD,
        now,
        episode=delivery.episode,
        person=held.person_id,
        channel=held.channel.value,
        message=delivery.kind.value,
        until=until.isoformat(),
        notification=held.notification_id,
    )
