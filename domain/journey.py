"""The whole journey in one question: given this state, at this instant, what is to be done, and when is the next look?

`decide` answers and changes nothing; `carry_out` makes one answer part of the state. A workflow is the loop around
them: decide, carry out, start what is to be sent, wait. Everything here is pure; `now` (UTC) is passed in.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain import circulating, deliveries, drill, episodes, holding, ladder, ledger, ownership, priority
from domain.facts import Actor, Fact, FactKind
from domain.ladder import Step
from domain.names import Anchor, Role, Stage, Template
from domain.sending import AlertRequest, ExerciseAlert, RungCall
from domain.snapshot import of as snapshot_of
from domain.state import Delivery, DeliveryKind, Episode, PlacementState, RungRun

LATE = timedelta(seconds=60)
"""A message that goes out this much after its time says so."""

RENEW_CALENDAR = timedelta(days=7)
"""The calendar is renewed when less than this is left of it."""


@dataclass(frozen=True, slots=True)
class Overdue:
    """A planned check was not recorded in time: an episode begins."""


@dataclass(frozen=True, slots=True)
class NotBack:
    """A child who was located, or away at a known place, is not back when expected: missing again."""

    episode: int


@dataclass(frozen=True, slots=True)
class LeaseEnds:
    """The owner's time is up and nothing has followed."""

    episode: int


@dataclass(frozen=True, slots=True)
class Fire:
    """These rungs fire together, one message a person."""

    episode: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class RepeatRung:
    """A rung goes out again: nobody has entered a police reference yet, or a review has come round."""

    episode: int
    number: int


@dataclass(frozen=True, slots=True)
class RepeatEnd:
    """The ladder is at its end: loud, again."""

    episode: int


@dataclass(frozen=True, slots=True)
class Send:
    """A delivery in the outbox is to be started."""

    delivery: int


@dataclass(frozen=True, slots=True)
class Circulate:
    """An order to the broadcast of a circular is to be handed over."""

    episode: int
    number: int


@dataclass(frozen=True, slots=True)
class Record:
    """Facts wait for the ledger."""


@dataclass(frozen=True, slots=True)
class RenewCalendar:
    """Local times are to be resolved anew."""


@dataclass(frozen=True, slots=True)
class EndExercise:
    """An exercise is over."""

    reason: str


Action = (
    EndExercise
    | Overdue
    | NotBack
    | LeaseEnds
    | Fire
    | RepeatRung
    | RepeatEnd
    | Send
    | Circulate
    | Record
    | RenewCalendar
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done now, and when to look again (UTC; None: only when something happens)."""

    actions: tuple[Action, ...]
    next_wake: datetime | None


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
            _lease_ends(state, episodes.get(state, number), now)
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


def _lease_ends(state: PlacementState, episode: Episode, now: datetime) -> None:
    owner = ownership.run_out(episode, now)
    holding.drop_repeats(state, episode.number)
    if owner is not None:
        ledger.note(
            state,
            FactKind.LEASE_ENDED,
            now,
            at=owner.until,
            episode=episode.number,
            person=owner.actor.person_id,
            role=owner.actor.role.value if owner.actor.role else None,
            outcome=", ".join(owner.outcomes) or None,
        )


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


def alert_request(state: PlacementState, delivery: Delivery, now: datetime, *, facts: list[Fact]) -> AlertRequest:
    """Everything an alert needs, so that it can go out while the store is away; `facts` ride along."""
    episode = next((one for one in state.episodes if one.number == delivery.episode), None)
    policy = episode.policy if episode else state.policy
    following = next(iter(ladder.steps(episode)), None) if episode else None
    lapsed = _lapsed(episode, now)
    request = AlertRequest(
        alias=state.alias,
        home_id=state.home_id,
        placing_authority_id=state.placing_authority_id,
        exercise=state.exercise is not None,
        timezone=policy.timezone,
        delivery=delivery.follows or delivery.number,
        attempt=delivery.attempt,
        episode=delivery.episode,
        epoch=delivery.epoch,
        times=delivery.times,
        template=delivery.template,
        stage=episode.stage if episode else None,
        ending=episode.ending if episode else None,
        due_at=_about(episode) if episode else delivery.scheduled_at,
        scheduled_at=delivery.scheduled_at,
        late_from=delivery.late_from,
        now=now,
        priority=priority.of_delivery(state, episode, delivery),
        rungs=_calls(state, episode, delivery),
        all_channels=delivery.kind is DeliveryKind.REPEAT,
        recipients=delivery.recipients,
        alerted=sorted(told.person_id for told in episode.told) if episode else [],
        skip=delivery.skip,
        confirm_within=_confirm_within(episode, delivery),
        look_for_check_in=_may_be_queued(episode, delivery),
        next_roles=list(following.rung.roles) if following else [],
        next_at=following.at if following else None,
        lapsed=lapsed[0] if lapsed else None,
        lapsed_minutes=lapsed[1] if lapsed else 0,
        police_reference=episode is not None and episode.police is not None,
        contacts=state.contacts,
        facts=facts,
        snapshot=snapshot_of(state, now),
    )
    return request if state.exercise is None else ExerciseAlert.of(request)


def _about(episode: Episode) -> datetime:
    return episode.anchors.get(Anchor.DECLARED) or episode.anchors.get(Anchor.DUE) or episode.began_at


def _lapsed(episode: Episode | None, now: datetime) -> tuple[Actor, int] | None:
    """Who had it and let it go with no outcome, and how many minutes ago they took it."""
    if episode is None or episode.owner is not None or episode.last_lease is None or episode.last_owner is None:
        return None
    if episode.last_lease_had_outcome:
        return None
    return episode.last_owner, int((now - episode.last_lease[0]).total_seconds() // 60)


def _confirm_within(episode: Episode | None, delivery: Delivery) -> timedelta | None:
    """An alarm that nobody hears of is tried on the next channel. The end's repeat has used them all."""
    alarms = delivery.kind in (DeliveryKind.RUNGS, DeliveryKind.FOLLOW_UP)
    return episode.policy.delivery.confirmed_within if alarms and episode and ladder.climbs(episode) else None


def _may_be_queued(episode: Episode | None, delivery: Delivery) -> bool:
    """Whether a check-in that waits for the engine could make this alert a false one: only while it climbs from due."""
    if episode is None or delivery.kind is not DeliveryKind.RUNGS or Anchor.DECLARED in episode.anchors:
        return False
    due = all(episode.policy.rung[number].anchor is Anchor.DUE for number in delivery.rungs)
    return due and Anchor.DUE in episode.anchors and delivery.attempt < deliveries.LONGEST_HOLD


def _calls(state: PlacementState, episode: Episode | None, delivery: Delivery) -> list[RungCall]:
    if delivery.kind is DeliveryKind.CONCERN:
        roles = (Role.SHIFT_LEAD, Role.KEY_WORKER) if delivery.template is Template.CONCERN else AWAY_ROLES
        channels = state.policy.rung[0].channels
        return [
            RungCall(
                number=-1,
                roles=roles,
                channels=channels,
                template=delivery.template,
                scheduled_at=delivery.scheduled_at,
            )
        ]
    if episode is None:
        return []
    policy = episode.policy
    if delivery.kind is DeliveryKind.REPEAT:
        return [
            RungCall(
                number=-1,
                roles=_at_the_end(episode),
                channels=(),
                template=delivery.template,
                scheduled_at=delivery.scheduled_at,
            )
        ]
    return [
        RungCall(
            number=number,
            roles=policy.rung[number].roles,
            channels=policy.rung[number].channels,
            template=ladder.template_now(episode, policy.rung[number]),
            scheduled_at=episode.rungs[number].scheduled_at if number in episode.rungs else delivery.scheduled_at,
            police=policy.rung[number].is_police,
        )
        for number in delivery.rungs
    ]


def _at_the_end(episode: Episode) -> tuple[Role, ...]:
    """Who hears the end of the ladder. If nobody has been alerted yet, `everyone_alerted` is nobody.

    Then whoever was to be told on the way up is looked for again: somebody may hold the role by now.
    """
    policy = episode.policy
    if episode.told:
        return policy.repeat.roles
    climbed = (policy.rung[number] for number in episode.rungs)
    wanted = [role for rung in climbed if rung.anchor in ladder.URGENT for role in rung.roles if role not in OUTSIDERS]
    return tuple(dict.fromkeys((*policy.repeat.roles, *wanted)))


OUTSIDERS = (Role.POLICE, Role.NEIGHBOURING_AUTHORITY)

AWAY_ROLES = (Role.SHIFT_LEAD, Role.ON_CALL_MANAGER, Role.SOCIAL_WORKER, Role.EMERGENCY_DUTY_TEAM)
"""A known-place absence: the social worker or emergency duty team hears within 30 minutes (practice notes 6.4)."""
