"""What follows when an accepted message does not arrive: the person's next channel, then the next person, no timer.

1. an alarm goes to the person's next channel at once, in the words and with the id of its own rung
2. no channel is left, and nobody else of the rung may have heard: the next rung fires now
3. busy at two o'clock is not busy at half past: a later rung tries that channel again, unless it will never work
4. good news goes to the person's next channel as well, if no other channel has brought it
What fails at an address that several people share fails for all of them.
A report that comes twice, late, or after all is over is noted and disturbs nobody.
"""

from dataclasses import dataclass
from datetime import datetime

from domain import addressing, carried_people, circulating, deliveries, failures, ladder, ledger, next_channel, reach
from domain.facts import FactKind
from domain.names import Channel, Template
from domain.requests import DeliveryFailed
from domain.state import Delivery, DeliveryKind, Episode, PlacementState, Told

UNCONFIRMED = "unconfirmed"
"""The status of a message of which nothing final has been heard in the policy's time."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What a message belonged to, as its claim names it: a rung's number, or a template and its delivery."""

    rung: int | None = None
    template: Template | None = None
    delivery: int = 0


def origin(text: str) -> Origin:
    """Read what `addressing` wrote; nothing, for what it did not write."""
    if text.isdecimal():
        return Origin(rung=int(text))
    template, _, number = text.partition(".")
    if template not in set(Template) or not number.isdecimal():
        return Origin()
    return Origin(template=Template(template), delivery=int(number))


def failed_later(state: PlacementState, failed: DeliveryFailed, channel: Channel, now: datetime) -> None:
    """A provider says that an accepted message will not arrive, or has said nothing for too long."""
    episode = next((one for one in state.episodes if one.number == failed.episode), None)
    if failed.status == UNCONFIRMED and (episode is None or _is_settled(episode, failed.person_id)):
        return
    why = failures.Reason(failed.reason) if failed.reason else failures.reason(channel, failed.code)
    _note(state, failed, channel, why, now)
    people = [failed.person_id, *addressing.shared_with(state.contacts, failed.person_id, channel)]
    if failures.ends_the_channel(why):
        for person_id in people:
            carried_people.forget_channel(state, person_id, channel, now, code=failed.code, why=why)
    came_from = origin(failed.rung)
    if came_from.template is Template.STAND_DOWN:
        for person_id in people:
            _stand_down_failed(state, episode, person_id, channel, now)
    elif came_from.template in circulating.CIRCULARS:
        _circular_failed(episode, people, channel, came_from.template, why, now)
    elif came_from.template is not None:
        _other_failed(state, episode, failed.person_id, channel, came_from, now)
    elif episode is not None:
        is_news = _rung_failed(state, episode, people, channel, came_from.rung, now)
        for person_id in people if failed.status != UNCONFIRMED else ():
            reach.was_not_alerted_there(state, episode, person_id, channel, is_news=is_news)


def _circular_failed(
    episode: Episode | None,
    people: list[str],
    channel: Channel,
    template: Template,
    why: failures.Reason,
    now: datetime,
) -> None:
    for person_id in people:
        lost = (person_id, channel)
        circulating.find_another_way(episode, template, lost, now, for_good=failures.ends_the_channel(why))


def _is_settled(episode: Episode, person_id: str) -> bool:
    """Silence of a provider means nothing once the alarm is off, or if the person has answered."""
    answered = episode.owner is not None and episode.owner.actor.person_id == person_id
    return answered or not ladder.climbs(episode)


def _note(state: PlacementState, failed: DeliveryFailed, channel: Channel, why: failures.Reason, now: datetime) -> None:
    ledger.note(
        state,
        FactKind.MESSAGE_FAILED,
        now,
        episode=failed.episode,
        person=failed.person_id,
        channel=channel.value,
        status=failed.status,
        code=failed.code,
        why=why.value,
        notification=failed.notification_id,
    )


def _rung_failed(
    state: PlacementState, episode: Episode, people: list[str], channel: Channel, number: int | None, now: datetime
) -> bool:
    """Go on to the next channel, or the next rung; False: it was known."""
    number = _latest(episode, people[0], channel) if number is None else number
    run = episode.rungs.get(number) if number is not None else None
    if number is None or run is None or channel in run.failed.get(people[0], ()):
        return False
    touched = set[int]()
    for person_id in people:
        together = _gone_out_together(state, episode, number, person_id)
        touched.update(together)
        for one in together:
            reach.unheard(state, episode.rungs[one], person_id, channel)
        if together:
            _next_channel(state, episode, person_id, number, together, now)
    if ladder.climbs(episode):
        for one in sorted(touched):
            if not episode.rungs[one].settled:
                reach.judge(state, episode, one, now)
    return True


def _next_channel(
    state: PlacementState, episode: Episode, person_id: str, number: int, together: list[int], now: datetime
) -> None:
    """One message to this person, for all the rungs for which the lost one spoke."""
    run, rung = episode.rungs[together[-1]], episode.policy.rung[number]
    before = _again(episode, DeliveryKind.RUNGS, ladder.template_now(episode, rung), now)
    before.rungs, before.times = together, episode.rungs[number].times
    if deliveries.is_moot(state, episode, before):
        return
    on_their_way = _being_sent(state, before, person_id)
    tried = [*run.failed[person_id], *run.heard.get(person_id, ()), *on_their_way]
    if next_channel.queue_next(state, episode, before, person_id, tried, now) is not None:
        return
    if not run.heard.get(person_id) and not on_their_way:
        ledger.note(state, FactKind.MESSAGE_GIVEN_UP, now, episode=episode.number, person=person_id)


def _latest(episode: Episode, person_id: str, channel: Channel) -> int | None:
    """The rung of a report that names none (an older web app's): the last one that told them so."""
    heard = [(run.last_at, one) for one, run in episode.rungs.items() if channel in run.heard.get(person_id, ())]
    return max(heard, default=(None, None))[1]


def _gone_out_together(state: PlacementState, episode: Episode, number: int, person_id: str) -> list[int]:
    """The rungs that fired in one instant and name this person: one message of the last spoke for all of them."""
    run = episode.rungs[number]
    same = [
        one
        for one, other in sorted(episode.rungs.items())
        if one == number or (other.fired_at, other.times, run.times) == (run.fired_at, 1, 1)
    ]
    return [one for one in same if reach.on_rung(state, episode, one, [person_id])]


def _again(episode: Episode | None, kind: DeliveryKind, template: Template, now: datetime) -> Delivery:
    """The delivery that a message was part of, as far as what follows it needs to know."""
    return Delivery(
        number=0,
        kind=kind,
        episode=episode.number if episode else None,
        epoch=episode.epoch if episode else 0,
        template=template,
        scheduled_at=now,
        not_before=now,
    )


def _being_sent(state: PlacementState, before: Delivery, person_id: str) -> list[Channel]:
    """The channels on which the same is on its way to this person."""
    return [
        channel
        for one in state.deliveries
        if (one.episode, one.epoch, one.times) == (before.episode, before.epoch, before.times)
        and set(before.rungs) & set(one.rungs)
        for person, channel in one.recipients
        if person == person_id
    ]


def _other_failed(
    state: PlacementState, episode: Episode | None, person_id: str, channel: Channel, came_from: Origin, now: datetime
) -> None:
    """A concern, or a known place: the next channel after this one, if it still matters. An end's repeat used all."""
    if came_from.template not in (Template.CONCERN, Template.AWAY):
        return
    before = _again(episode, DeliveryKind.CONCERN, came_from.template, now)
    before.follows = came_from.delivery
    if (episode is None) is not (came_from.template is Template.CONCERN) or deliveries.is_moot(state, episode, before):
        return
    earlier = next_channel.channels_until(state, person_id, channel)
    if next_channel.queue_next(state, episode, before, person_id, earlier, now) is None:
        ledger.note(state, FactKind.MESSAGE_GIVEN_UP, now, episode=before.episode, person=person_id)


def _stand_down_failed(
    state: PlacementState, episode: Episode | None, person_id: str, channel: Channel, now: datetime
) -> None:
    """Nobody is left alarmed because a text was lost: the next channel, unless another one has brought it."""
    told = _stood_down(episode, person_id)
    if episode is None or told is None or channel in told.failed or any(ladder.climbs(one) for one in state.episodes):
        return
    told.failed.append(channel)
    if set(told.channels) - set(told.failed):
        return
    before = _again(episode, DeliveryKind.STAND_DOWN, Template.STAND_DOWN, now)
    if next_channel.queue_next(state, episode, before, person_id, told.failed, now) is None:
        ledger.note(state, FactKind.MESSAGE_GIVEN_UP, now, episode=episode.number, person=person_id)


def _stood_down(episode: Episode | None, person_id: str) -> Told | None:
    told = episode.told if episode is not None else []
    return next((one for one in told if one.person_id == person_id and one.stood_down), None)
