"""The whole journey in one question: given this state, at this instant, what is to be done, and when is the next look?

`decide` answers and changes nothing; `carry_out` makes one answer part of the state. A workflow is the loop around
them: decide, carry out, start what is to be sent, wait. Everything here is pure; `now` (UTC) is passed in.
"""

from datetime import datetime, timedelta

from domain import circulating, deliveries, drill, episodes, ladder, lapsing, ledger, ownership
from domain.actions import (
    Action,
    Circulate,
    EndExercise,
    Fire,
    LeaseEnds,
    NotBack,
    Overdue,
    Plan,
    Record,
    RenewCalendar,
    RepeatEnd,
    RepeatRung,
    Send,
)
from domain.facts import FactKind
from domain.ladder import Step
from domain.names import Anchor, Stage, Template
from domain.state import DeliveryKind, Episode, PlacementState, RungRun

LATE = timedelta(seconds=60)
"""A message that goes out this much after its time says so."""

RENEW_CALENDAR = timedelta(days=7)
"""The calendar is renewed when less than this is left of it."""


def decide(state: PlacementState, now: datetime) -> Plan:
    """What is to be done at this instant, in order, and when to look again."""
    if (reason := drill.reason_to_end(state, now)) is not None:
        return Plan((EndExercise(reason),), None)
    actions = [*_overdue(state, now)]
    for episode in state.episodes:
        actions += _in_episode(episode, now)
    actions += [Send(one.number) for one in state.deliveries if deliveries.may_leave(state, one, now)]
    actions += [Circulate(one.number, n) for one in state.episodes for n in circulating.to_hand_over(one, now)]
    if ledger.must_record(state, now):
        actions.append(Record())
    renew = state.ended_at is None and state.calendar.until - now < RENEW_CALENDAR
    if renew and not ledger.is_under_way(state, ledger.CALENDAR, now):
        actions.append(RenewCalendar())
    return Plan(tuple(actions), _next_wake(state, now))


def _overdue(state: PlacementState, now: datetime) -> list[Action]:
    expected = state.expectation
    return [Overdue()] if expected is not None and expected.overdue_at <= now else []


def _in_episode(episode: Episode, now: datetime) -> list[Action]:
    if episode.ending is not None:
        return []
    number = episode.number
    if episode.stage in (Stage.AWAY, Stage.LOCATED):
        late = episode.expected_back_by is not None and episode.expected_back_by <= now
        return [NotBack(number)] if late else []
    if episode.owner is not None and ownership.lapsed(episode.owner, now):
        return [LeaseEnds(number)]
    fire = ladder.passed(episode, now)
    if fire:
        return [Fire(number, tuple(fire))]
    if again := ladder.again(episode, now):
        return [RepeatRung(number, rung) for rung in again]
    end_at = ladder.repeats_at(episode)
    return [RepeatEnd(number)] if end_at is not None and end_at <= now and not ladder.held(episode, now) else []


def _next_wake(state: PlacementState, now: datetime) -> datetime | None:
    times = [state.expectation.overdue_at] if state.expectation else []
    if state.exercise is not None and state.ended_at is None:
        times.append(state.exercise.until)
    times += [one.not_before for one in state.deliveries if not one.in_flight]
    if (record_at := ledger.record_at(state)) is not None:
        times.append(record_at)
    for episode in state.episodes:
        times += circulating.wakes(episode)
        if episode.ending is None:
            times += _wakes(episode)
    return min((at for at in times if at > now), default=None)


def _wakes(episode: Episode) -> list[datetime]:
    if episode.stage in (Stage.AWAY, Stage.LOCATED):
        return [episode.expected_back_by] if episode.expected_back_by else []
    times = [step.at for step in ladder.steps(episode)]
    others = (
        episode.owner.until if episode.owner else None,
        ladder.police_repeats_at(episode),
        ladder.repeats_at(episode),
        *(at for at, _ in ladder.reviews_again(episode)),
    )
    return times + [at for at in others if at is not None]


def carry_out(state: PlacementState, action: Action, now: datetime) -> None:
    """Make an action part of the state. What is to be sent goes into the outbox; `Send` only marks it as started."""
    match action:
        case Send(number):
            _start(state, number)
        case Circulate(number, which):
            _hand_over(state, number, which)
        case Record():
            state.chores[ledger.RECORD] = now + ledger.CHORE_PATIENCE
        case RenewCalendar():
            state.chores[ledger.CALENDAR] = now + ledger.CHORE_PATIENCE
        case _:
            _climb(state, action, now)


def _climb(
    state: PlacementState,
    action: EndExercise | Overdue | NotBack | LeaseEnds | Fire | RepeatRung | RepeatEnd,
    now: datetime,
) -> None:
    match action:
        case EndExercise(reason):
            drill.end(state, now, reason=reason)
        case Overdue():
            _begin(state, now)
        case NotBack(number):
            _not_back(state, episodes.get(state, number), now)
        case LeaseEnds(number):
            lapsing.lease_ends(state, episodes.get(state, number), now)
        case Fire(number, steps):
            _fire(state, episodes.get(state, number), steps, now)
        case RepeatRung(number, rung):
            _repeat_rung(state, episodes.get(state, number), rung, now)
        case RepeatEnd(number):
            _repeat_end(state, episodes.get(state, number), now)


def _start(state: PlacementState, number: int) -> None:
    """Mark a delivery as started. An episode that began in this instant may have taken it back: a stand-down."""
    for delivery in state.deliveries:
        delivery.in_flight = delivery.in_flight or delivery.number == number


def _hand_over(state: PlacementState, number: int, which: int) -> None:
    """Mark an order as on its way."""
    circulation = circulating.get(episodes.get(state, number), which)
    if circulation is not None:
        circulation.in_flight = True


def _begin(state: PlacementState, now: datetime) -> None:
    expected = state.expectation
    if expected is None:
        return
    ledger.note(state, FactKind.CHECK_OVERDUE, now, at=expected.overdue_at, due_at=expected.due_at.isoformat())
    state.absence = None
    episodes.open_episode(state, Anchor.DUE, Stage.OVERDUE, now, at=expected.due_at)


def _not_back(state: PlacementState, episode: Episode, now: datetime) -> None:
    at = episode.expected_back_by or now
    ledger.note(state, FactKind.NOT_BACK_WHEN_EXPECTED, now, at=at, episode=episode.number)
    episodes.start_again(state, episode, at, now)
    episodes.set_stage(state, episode, Stage.MISSING, now, at=at)


def _fire(state: PlacementState, episode: Episode, steps: tuple[Step, ...], now: datetime) -> None:
    """Note that the rungs have fired, let the stage follow, and put one delivery for all of them into the outbox.

    A circular is not among them: it has a broadcast of its own.
    """
    rungs = [step.rung for step in steps]
    if any(rung.anchor in ladder.URGENT for rung in rungs):
        episode.pulled_at = None
    for step in steps:
        episode.rungs[step.number] = RungRun(scheduled_at=step.at, fired_at=now, last_at=now)
        ledger.note(
            state,
            FactKind.RUNG_FIRED,
            now,
            at=step.at,
            episode=episode.number,
            rung=step.number,
            anchor=step.rung.anchor.value,
            roles=[role.value for role in step.rung.roles],
        )
        if ladder.climbs(episode):
            episodes.set_stage(state, episode, ladder.later(episode.stage, step.rung.stage), now, at=step.at)
    circulars = [step for step in steps if circulating.is_circular(state, step.rung)]
    for step in circulars:
        circulating.begin(episode, now, rung=step.number)
    said = [step for step in steps if step not in circulars]
    if said:
        _say(state, episode, said, now)


def _say(state: PlacementState, episode: Episode, steps: list[Step], now: datetime) -> None:
    last = steps[-1]
    delivery = episodes.enqueue(
        state,
        episode,
        DeliveryKind.RUNGS,
        ladder.template_now(episode, last.rung),
        now,
        scheduled_at=last.at,
    )
    delivery.rungs = [step.number for step in steps]
    delivery.skip = ladder.told_since_declared(episode, [step.rung for step in steps])
    first = steps[0].at
    freed = episode.last_lease[1] if episode.last_lease else first
    if now - max(first, freed) > LATE:
        delivery.late_from = first


def _repeat_rung(state: PlacementState, episode: Episode, number: int, now: datetime) -> None:
    run = episode.rungs[number]
    run.times, run.last_at, run.heard, run.failed = run.times + 1, now, {}, {}
    ledger.note(state, FactKind.RUNG_FIRED, now, episode=episode.number, rung=number, again=run.times)
    if circulating.is_circular(state, episode.policy.rung[number]):
        circulating.begin(episode, now, rung=number)
        return
    delivery = episodes.enqueue(state, episode, DeliveryKind.RUNGS, episode.policy.rung[number].template, now)
    delivery.rungs, delivery.times = [number], run.times


def _repeat_end(state: PlacementState, episode: Episode, now: datetime) -> None:
    episode.repeats += 1
    episode.last_repeat_at, episode.pulled_at = now, None
    ledger.note(state, FactKind.LADDER_REPEATED, now, episode=episode.number, again=episode.repeats)
    delivery = episodes.enqueue(state, episode, DeliveryKind.REPEAT, Template.STILL_OPEN, now)
    delivery.times = episode.repeats
