"""Whom a rung has reached, and when it has reached nobody.

What a provider has accepted counts as heard until it says otherwise. A rung of which nobody is left who may have heard
is loud, and the next one fires now.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from domain import ladder, ledger, surety
from domain.facts import FactKind
from domain.names import Channel, Role
from domain.sending import AlertResult, SendStatus
from domain.state import Delivery, DeliveryKind, Episode, PlacementState, RungRun


def settle(state: PlacementState, episode: Episode, delivery: Delivery, result: AlertResult, now: datetime) -> None:
    """Take in what became of a rung's messages, and whether it has reached anybody."""
    if delivery.kind not in (DeliveryKind.RUNGS, DeliveryKind.FOLLOW_UP) or delivery.epoch != episode.epoch:
        return
    accepted = [(one.person_id, one.channel) for one in result.sent if one.status is SendStatus.ACCEPTED]
    for number in delivery.rungs:
        run = episode.rungs.get(number)
        if run is None:
            continue
        for person_id in on_rung(state, episode, number, delivery.skip):
            run.heard.setdefault(person_id, [])
        for person_id in on_rung(state, episode, number, (person for person, _ in accepted)):
            _heard(run, person_id, [channel for person, channel in accepted if person == person_id])
        if not run.settled:
            judge(state, episode, number, now)


def _heard(run: RungRun, person_id: str, channels: list[Channel]) -> None:
    """A provider's report of failure may have overtaken the send's own answer: then that channel brought nothing."""
    arrived = [channel for channel in channels if channel not in run.failed.get(person_id, ())]
    if arrived:
        run.heard[person_id] = list(dict.fromkeys([*run.heard.get(person_id, ()), *arrived]))
        run.reached = len(run.heard)


def unheard(state: PlacementState, run: RungRun, person_id: str, channel: Channel) -> None:
    """A message that was accepted has not arrived. If nobody is left who has surely heard, the rung is open again."""
    was_sure = _is_sure(state, run)
    run.failed[person_id] = list(dict.fromkeys([*run.failed.get(person_id, ()), channel]))
    if person_id in run.heard:
        left = [one for one in run.heard.pop(person_id) if one is not channel]
        if left:
            run.heard[person_id] = left
    run.reached = len(run.heard)
    if not run.heard or (was_sure and not _is_sure(state, run)):
        run.settled = False


def overtaken_by_failure(episode: Episode, delivery: Delivery, person_id: str, channel: Channel) -> bool:
    """Whether a message that has just been accepted has been reported as failed already."""
    if delivery.attempt or delivery.epoch != episode.epoch:
        return False
    runs = [episode.rungs[number] for number in delivery.rungs if number in episode.rungs]
    return any(channel in run.failed.get(person_id, ()) for run in runs)


def was_not_alerted_there(
    state: PlacementState, episode: Episode, person_id: str, channel: Channel, *, is_news: bool
) -> None:
    """Whom no alert has reached on a channel is not disturbed there by hearing that it is over.

    In doubt they are: if anything else went there that may have arrived, or was tried there again.
    """
    told = next((one for one in episode.told if one.person_id == person_id), None)
    runs = [run for number, run in episode.rungs.items() if on_rung(state, episode, number, [person_id])]
    once = not episode.epoch and not episode.repeats and all(run.times == 1 for run in runs)
    gone = bool(runs) and all(channel in run.failed.get(person_id, ()) for run in runs)
    if told is not None and once and gone and (is_news or all(run.heard.get(person_id) for run in runs)):
        told.channels = [one for one in told.channels if one is not channel]


def judge(state: PlacementState, episode: Episode, number: int, now: datetime) -> None:
    """Whether the rung has surely reached anybody. If it can't any more, it is said, and the next one fires now."""
    run = episode.rungs[number]
    is_sure = _is_sure(state, run)
    run.settled = is_sure or not on_rung(state, episode, number, _being_tried(state, episode, number))
    if run.settled and not run.heard:
        _reached_nobody(state, episode, number, run, now)
    elif run.settled and not is_sure:
        surety.reached_unsurely(state, episode, number, now)


def _is_sure(state: PlacementState, run: RungRun) -> bool:
    """Whether somebody may have heard by a contact that is known to be theirs."""
    heard = [(person, channel) for person, channels in run.heard.items() for channel in channels]
    before = [person for person, channels in run.heard.items() if not channels]
    return bool(surety.surely_heard(state.contacts, heard, before))


def on_rung(state: PlacementState, episode: Episode, number: int, people: Iterable[str]) -> list[str]:
    """Those of these people whom the rung names, each once."""
    roles = set(ladder.roles_asked(episode, number))
    everyone = Role.EVERYONE_ALERTED in roles
    return [one for one in dict.fromkeys(people) if everyone or roles.intersection(roles_of(state, one))]


def roles_of(state: PlacementState, person_id: str) -> Sequence[Role]:
    """What somebody is to the placement, as last resolved."""
    return next((one.roles for one in state.contacts if one.person_id == person_id), ())


def _being_tried(state: PlacementState, episode: Episode, number: int) -> list[str]:
    """Who is being followed up for this rung; what is tried for a third time is waited for by nobody."""
    return [
        person
        for one in state.deliveries
        if number in one.rungs and one.episode == episode.number and one.attempt <= 1
        for person, _ in one.recipients
    ]


def _reached_nobody(state: PlacementState, episode: Episode, number: int, run: RungRun, now: datetime) -> None:
    """A rung that reaches nobody is loud, and moves on at once, unless a later one is on its way already."""
    ledger.note(
        state,
        FactKind.RUNG_REACHED_NOBODY,
        now,
        episode=episode.number,
        rung=number,
        roles=[role.value for role in episode.policy.rung[number].roles],
        scheduled_at=run.scheduled_at.isoformat(),
    )
    if ladder.climbs(episode) and not _is_overtaken(episode, number, run):
        ladder.pull_next(episode, now, paced=True)


def _is_overtaken(episode: Episode, number: int, run: RungRun) -> bool:
    """Whether people of a later rung have been told, or are being told: then nobody more is woken for this one."""
    return any(
        other.last_at > run.last_at and (other.heard or not other.settled)
        for one, other in episode.rungs.items()
        if one != number
    )
