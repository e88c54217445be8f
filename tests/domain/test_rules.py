"""The rules that no change may break, for any policy and any night: rules 1, 2, 3 and 6 of DESIGN.md."""

from datetime import UTC, datetime, time, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.policy import built_in
from domain import ladder
from domain.names import Anchor, Channel, Ending, Outcome, Response, Role, Stage, Template
from domain.policy import CheckPlanRow, Lease, Policy, Repeat, Rung
from domain.sending import SendStatus
from domain.state import Episode, PlacementState
from tests.domain.world import START, World, people

MINUTES = st.integers(1, 90)
PERSON = st.sampled_from([Role.SHIFT_LEAD, Role.KEY_WORKER, Role.ON_CALL_MANAGER, Role.REGISTERED_MANAGER])
NIGHTS = st.sampled_from(
    [
        START,
        datetime(2026, 3, 28, 23, 40, tzinfo=UTC),  # clocks go forward at 01:00
        datetime(2026, 10, 24, 22, 40, tzinfo=UTC),  # clocks go back at 01:00
    ]
)
"""When a child arrives: an ordinary night, and the two on which local time jumps."""

OPEN = (Stage.OVERDUE, Stage.UNACCOUNTED, Stage.AWAY, Stage.MISSING, Stage.LOCATED)


@st.composite
def ladders(draw: st.DrawFn, anchor: Anchor) -> list[Rung]:
    """Two to six rungs with rising offsets, one of them the police rung."""
    offsets = sorted(draw(st.sets(st.integers(10, 200), min_size=2, max_size=6)))
    police = draw(st.integers(0, len(offsets) - 1))
    return [
        Rung(
            anchor=anchor,
            after=timedelta(minutes=after),
            stage=Stage.MISSING if number >= police else Stage.OVERDUE,
            roles=tuple(draw(st.sets(st.sampled_from(list(Role)[:-1]), min_size=1, max_size=3))),
            channels=(Channel.SMS,),
            template=Template.CALL_THE_POLICE if number == police else Template.CHECK_NOT_RECORDED,
            until="police_reference" if number == police else None,
            every=timedelta(minutes=5) if number == police else None,
        )
        for number, after in enumerate(offsets)
    ]


@st.composite
def intervals(draw: st.DrawFn) -> CheckPlanRow:
    """A check every so often, by day and by night."""
    return CheckPlanRow(
        waking=timedelta(minutes=draw(st.integers(15, 240))),
        sleeping=timedelta(minutes=draw(st.integers(15, 240))),
        grace=timedelta(minutes=draw(st.integers(0, 9))),
    )


@st.composite
def set_times(draw: st.DrawFn) -> CheckPlanRow:
    """Checks at local times of day, the hours in which clocks change included."""
    hours = draw(st.sets(st.integers(0, 23), min_size=1, max_size=8))
    return CheckPlanRow(times=tuple(time(hour, 30) for hour in sorted(hours)), grace=timedelta(minutes=9))


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    """Any policy that the linter would let through, and some that it would not."""
    return Policy(
        id="any",
        title="Any",
        lease=Lease(first=timedelta(minutes=draw(st.integers(1, 30))), extensions=draw(st.integers(0, 2))),
        check_plan=(draw(st.one_of(intervals(), set_times())),),
        rung=(*draw(ladders(Anchor.DUE)), *draw(ladders(Anchor.DECLARED))),
        repeat=Repeat(every=timedelta(minutes=draw(st.integers(1, 30)))),
    )


ANY_POLICY = st.one_of(policies(), st.sampled_from(sorted(built_in().values(), key=lambda policy: policy.id)))

NIGHT = st.lists(
    st.one_of(
        st.tuples(st.just("time"), MINUTES),
        st.tuples(st.just("outage"), MINUTES),
        st.tuples(st.just("check_in"), st.sampled_from(Outcome), st.integers(0, 40), PERSON),
        st.tuples(st.just("answer"), st.sampled_from(Response), PERSON),
        st.tuples(st.just("found"), PERSON, st.sampled_from([None, 5, 60])),
        st.tuples(st.just("absence"), MINUTES),
        st.tuples(st.just("close"), st.sampled_from(Ending), PERSON),
        st.tuples(st.just("providers"), st.sampled_from(SendStatus)),
        st.tuples(st.just("police"), PERSON),
    ),
    max_size=8,
)


def happens(world: World, event: tuple) -> None:  # type: ignore[type-arg]
    """One thing of a night."""
    match event:
        case ("time", minutes):
            world.time_passes(minutes)
        case ("outage", minutes):
            world.outage(minutes)
        case ("check_in", outcome, ago, by):
            world.check_in(outcome, ago=ago, by=by)
        case ("answer", kind, by):
            world.answer(kind, by, to="key_worker")
        case ("found", by, back_in):
            world.found(by, back_in=back_in)
        case ("absence", minutes):
            world.absence(minutes)
        case ("close", ending, by) if world.state.episodes:
            world.close(ending, by)
        case ("providers", status):
            world.fate = lambda _person, _channel: status
        case ("police", by) if world.state.episodes:
            world.police_told(by)


def is_watched(state: PlacementState) -> bool:
    """Rule 1: an armed expectation or an open episode, and a time at which somebody looks again where all is quiet."""
    episode = next((one for one in state.episodes if one.ending is None and one.stage in OPEN), None)
    if state.expectation is not None or episode is None:
        return state.expectation is not None
    return episode.stage not in (Stage.AWAY, Stage.LOCATED) or episode.expected_back_by is not None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(policy=ANY_POLICY, night=NIGHT, arrival=NIGHTS)
def test_a_child_in_care_is_always_watched(policy: Policy, night: list[tuple], arrival: datetime) -> None:  # type: ignore[type-arg]
    """Rule 1: an armed expectation or an open episode, never neither; and somebody will look again."""
    world = World(policy, now=arrival)
    for event in night:
        happens(world, event)
        if world.state.ended_at is None:
            assert is_watched(world.state)
            assert world.now >= world.state.arrived_at


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(policy=ANY_POLICY, night=NIGHT, arrival=NIGHTS)
def test_each_rung_fires_once_in_order_and_never_before_its_time(
    policy: Policy,
    night: list[tuple],  # type: ignore[type-arg]
    arrival: datetime,
) -> None:
    """Rule 2: once, whatever crashes; no message has the id of another one."""
    world = World(policy, now=arrival)
    for event in night:
        happens(world, event)
        for episode in world.state.episodes:
            in_order(episode)
    ids = [heard.notification_id for heard in world.heard]

    assert len(ids) == len(set(ids))


def in_order(episode: Episode) -> None:
    """No rung has fired before its time, and none before an earlier one of its anchor."""
    for anchor in Anchor:
        fired = [
            (rung, episode.rungs[number]) for number, rung in episode.policy.rungs(anchor) if number in episode.rungs
        ]
        missing = [rung for number, rung in episode.policy.rungs(anchor) if number not in episode.rungs]
        assert all(run.fired_at >= run.scheduled_at for _, run in fired)
        assert [run.fired_at for _, run in fired] == sorted(run.fired_at for _, run in fired)
        assert not fired or not missing or fired[-1][0].after <= missing[0].after


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(policy=ANY_POLICY, leases=st.lists(st.tuples(PERSON, st.sampled_from(Response), st.integers(0, 9)), max_size=20))
def test_nothing_people_answer_delays_the_police_rung(
    policy: Policy,
    leases: list[tuple[Role, Response, int]],
) -> None:
    """Rule 3: leases buy time, never past the call to ring the police."""
    world = World(policy)
    assert world.state.expectation is not None
    world.time_passes((world.state.expectation.overdue_at - world.now).total_seconds() / 60)
    due = world.episode.anchors[Anchor.DUE]
    police = min(rung.after for _, rung in policy.rungs(Anchor.DUE) if rung.is_police)
    for by, kind, minutes in leases:
        world.answer(kind, by, to="key_worker")
        world.time_passes(minutes)
    world.time_passes(max(0.0, (due + police - world.now).total_seconds() / 60))

    fired = [number for number in world.episode.rungs if policy.rung[number].is_police]
    assert fired
    assert min(world.episode.rungs[number].fired_at for number in fired) <= due + police


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(policy=ANY_POLICY, hours=st.integers(1, 3), taken=st.booleans())
def test_the_end_of_the_ladder_is_never_silent(policy: Policy, hours: int, taken: bool) -> None:  # noqa: FBT001
    """Rule 3: at the end it repeats for ever; a lease holds it up, and then it goes on."""
    world = World(policy)
    assert world.state.expectation is not None
    world.time_passes((world.state.expectation.overdue_at - world.now).total_seconds() / 60)
    world.time_passes(8 * 60)
    if taken:
        world.answer(Response.TAKE)
    world.time_passes(hours * 60)
    heard = len(world.heard)
    longest = max(policy.repeat.every, ladder.PACE) + 3 * policy.lease.first
    world.time_passes(longest.total_seconds() / 60 + 1)

    assert len(world.heard) > heard


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(policy=ANY_POLICY, night=NIGHT, first=PERSON, second=PERSON)
def test_found_stops_the_rungs_and_stands_down_everyone_who_was_alerted(
    policy: Policy,
    night: list[tuple],  # type: ignore[type-arg]
    first: Role,
    second: Role,
) -> None:
    """Rule 6: on the same channel; and after unaccounted it takes two people."""
    world = World(policy)
    for event in night:
        happens(world, event)
    world.fate = lambda _person, _channel: SendStatus.ACCEPTED
    world.time_passes(15)
    running = [one for one in world.state.episodes if ladder.climbs(one)]
    if not running:
        return
    episode = running[0]
    alone = episode.needs_second_person
    pending = [proposal.by.person_id for proposal in episode.proposals if proposal.kind == "returned"]
    outcomes = [world.found(first), world.found(second)]
    if alone and not pending and first is second:
        assert outcomes == ["awaits_second_person", "awaits_second_person"]
        assert ladder.climbs(episode)
        return
    if ladder.climbs(episode):
        assert pending, "only the person who had said so before is still alone"
        return
    owed = {(told.person_id, channel) for told in episode.told for channel in told.channels}
    stood_down = {(one.person, one.channel) for one in world.heard if one.template == "stand_down"}
    assert owed <= stood_down
    world.heard.clear()
    world.time_passes(9)
    climbing = [one for one in world.heard if one.template not in ("return_tasks", "stand_down", "check_not_recorded")]
    assert climbing == [] or len(world.state.episodes) > 1


def test_people_have_every_role() -> None:
    """The world of these tests is the one the rules are about."""
    assert {role for one in people() for role in one.roles} == set(Role) - {Role.EVERYONE_ALERTED}
