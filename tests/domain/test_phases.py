"""Phases: which ladder a child is on, who signs that they move on, and that every return begins arrival again."""

from datetime import date, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.policy import built_in
from domain import answers, calendar, phases, placements, plans
from domain.check_plan import Expectation
from domain.errors import Refused
from domain.names import Ending, Outcome, Phase, Risk, Role
from domain.policy import CheckPlanRow, Day, Policy, Suit, to_text
from domain.requests import Admission, Found, PlanChange
from tests.domain.world import START, World

DAY = 24 * 60
MANAGER, SOCIAL_WORKER = (Role.REGISTERED_MANAGER,), (Role.SOCIAL_WORKER,)


def slower(policy: Policy, minutes: int, phase: Phase, risk: Risk) -> Policy:
    """A policy for a child who needs less watching."""
    every = timedelta(minutes=minutes)
    rows = tuple(row.model_copy(update={"waking": every, "sleeping": every}) for row in policy.check_plan)
    suits = (Suit(phase=phase, risk=risk),)
    return policy.model_copy(update={"id": f"{phase}-{risk}", "check_plan": rows, "suits": suits})


ARRIVAL = built_in()["arrival-high"].model_copy(update={"suits": (Suit(phase=Phase.ARRIVAL, risk=Risk.HIGH),)})
SETTLED = slower(ARRIVAL, 240, Phase.SETTLED, Risk.MEDIUM)


def admitted(policy: Policy = ARRIVAL, *, phase: Phase = Phase.ARRIVAL, risk: Risk = Risk.HIGH) -> World:
    """A child on a policy, with the arrival ladder at hand."""
    world = World(policy)
    admission = Admission(
        request_id="admission",
        actor=world.actor(Role.REGISTERED_MANAGER),
        received_at=world.now,
        alias="Heron-42",
        home_id="home",
        placing_authority_id="authority",
        arrived_at=START,
        risk=risk,
        phase=phase,
        policy_text=to_text(policy),
        arrival_policy_text=to_text(ARRIVAL),
        calendar=calendar.resolve(policy, START),
        contacts=world.contacts,
    )
    world.state = placements.begin(admission, world.now)
    world.settle()
    return world


def moves_on(
    world: World, phase: Phase, by: tuple[Role, ...] = MANAGER, second: tuple[Role, ...] = SOCIAL_WORKER
) -> str:
    """Two people sign that the child moves on; the field that is refused, if it is."""
    request = PlanChange(
        request_id=f"to-{phase}-{world.now}",
        actor=world.actor(by[0]),
        received_at=world.now,
        phase=phase,
        reason="review",
        second_person=second[0].value,
        actor_roles=by,
        second_roles=second,
    )
    try:
        return plans.change_plan(world.state, request, world.now)
    except Refused as refusal:
        return f"refused: {refusal.field}"


def quiet_days(world: World, days: float) -> None:
    """Days without an alarm: time goes by and the child is seen."""
    world.now += timedelta(days=days)
    world.state.expectation = Expectation(due_at=world.now, overdue_at=world.now, remind_at=world.now)
    world.check_in()


@pytest.mark.parametrize(
    ("phase", "risk", "expected"),
    [
        (Phase.ARRIVAL, Risk.HIGH, 0),
        (Phase.ARRIVAL, Risk.MEDIUM, 1),
        (Phase.SETTLING, Risk.HIGH, 1),
        (Phase.SETTLING, Risk.MEDIUM, 2),
        (Phase.SETTLED, Risk.HIGH, 2),
        (Phase.SETTLED, Risk.MEDIUM, 3),
    ],
)
def test_phase_and_risk_name_the_ladder_and_a_closer_watch_moves_it_one_column_left(
    phase: Phase, risk: Risk, expected: int
) -> None:
    """Practice notes 6.4: under 12, or medical dependency: one column left."""
    assert phases.column(phase, risk, closer_watch=False) == expected
    assert phases.column(phase, risk, closer_watch=True) == max(0, expected - 1)


def test_a_policy_suits_the_children_it_names_and_one_that_names_none_is_chosen_for_nobody() -> None:
    """Written for settled, medium: too loose for anybody else, and right for that."""
    assert phases.suits(SETTLED, Phase.SETTLED, Risk.MEDIUM, closer_watch=False)
    assert not phases.suits(SETTLED, Phase.SETTLED, Risk.MEDIUM, closer_watch=True)
    assert phases.too_loose(SETTLED, Phase.SETTLED, Risk.MEDIUM, closer_watch=True)
    assert not phases.too_loose(ARRIVAL, Phase.SETTLED, Risk.MEDIUM, closer_watch=False)
    own = ARRIVAL.model_copy(update={"suits": ()})
    assert not phases.suits(own, Phase.ARRIVAL, Risk.HIGH, closer_watch=False)
    assert not phases.too_loose(own, Phase.ARRIVAL, Risk.HIGH, closer_watch=False)


@pytest.mark.parametrize(
    ("born", "closer", "adult"),
    [
        (date(2014, 11, 23), True, False),
        (date(2014, 11, 22), False, False),
        (date(2012, 2, 29), False, False),
        (date(2008, 11, 23), False, False),
        (date(2008, 11, 22), False, True),
        (None, False, False),
    ],
    ids=["eleven", "twelve today", "leap day", "seventeen", "eighteen today", "not known"],
)
def test_age_decides_on_the_birthday_and_an_age_not_known_is_a_childs(
    born: date | None,
    closer: bool,  # noqa: FBT001 - a table's column
    adult: bool,  # noqa: FBT001
) -> None:
    """Modern Slavery Act 2015, section 51: reasonable grounds to think under 18 are enough."""
    today = date(2026, 11, 22)
    assert phases.needs_closer_watch(born, today, medical_dependency=False) is closer
    assert phases.needs_closer_watch(born, today, medical_dependency=True)
    assert phases.is_adult(born, today) is adult


@given(st.dates(date(1990, 1, 1), date(2026, 1, 1)), st.integers(0, 40))
def test_a_year_older_on_each_birthday(born: date, years: int) -> None:
    """Never a day early."""
    day = date(born.year + years, 3, 1) if (born.month, born.day) == (2, 29) else born.replace(year=born.year + years)
    assert phases.age_on(born, day) == years
    assert phases.age_on(born, day - timedelta(days=1)) == years - 1


def test_a_child_moves_on_by_two_named_people_one_of_either_side_and_never_by_a_timer() -> None:
    """Promotion needs the home's manager and the social worker."""
    world = admitted()
    quiet_days(world, 4)
    assert world.state.phase is Phase.ARRIVAL
    assert moves_on(world, Phase.SETTLING, MANAGER, MANAGER) == "refused: second_person"
    assert moves_on(world, Phase.SETTLING, (Role.SHIFT_LEAD,), SOCIAL_WORKER) == "refused: second_person"
    assert moves_on(world, Phase.SETTLING, MANAGER, (Role.RESPONSIBLE_INDIVIDUAL,)) == "refused: second_person"
    assert moves_on(world, Phase.SETTLING, SOCIAL_WORKER, (Role.SHIFT_LEAD, Role.REGISTERED_MANAGER)) == "changed"
    assert world.state.phase.value == "settling"


def test_arrival_lasts_72_hours_and_nobody_is_settled_before_day_28_whoever_signs() -> None:
    """Arrival: 0 to 72 hours; settling: to day 28. One step at a time."""
    world = admitted()
    quiet_days(world, 2.9)
    assert moves_on(world, Phase.SETTLING) == "refused: phase"
    quiet_days(world, 0.2)
    assert moves_on(world, Phase.SETTLED) == "refused: phase"
    assert moves_on(world, Phase.SETTLING) == "changed"
    quiet_days(world, 20)
    assert moves_on(world, Phase.SETTLED) == "refused: phase"
    quiet_days(world, 6)
    assert moves_on(world, Phase.SETTLED) == "changed"


def test_one_person_is_enough_to_watch_more_closely() -> None:
    """A hostile call, an unknown car: back to arrival at once, on one person's word."""
    world = admitted(SETTLED, phase=Phase.SETTLED, risk=Risk.MEDIUM)
    assert moves_on(world, Phase.ARRIVAL, (Role.SHIFT_LEAD,), (Role.SHIFT_LEAD,)) == "changed"
    assert world.state.phase_since == world.now


def plan_change(world: World, policy: Policy, second: str | None, **more: object) -> str:
    """Somebody names a plan; the field that is refused, if it is."""
    fields = {
        "request_id": f"plan-{policy.id}-{second}",
        "actor": world.actor(Role.SHIFT_LEAD),
        "received_at": world.now,
        "policy_text": to_text(policy),
        "calendar": calendar.resolve(policy, world.now),
        "reason": "review",
        "second_person": second,
    }
    try:
        return plans.change_plan(world.state, PlanChange.model_validate(fields | more), world.now)
    except Refused as refusal:
        return f"refused: {refusal.field}"


def test_naming_a_looser_plan_is_no_way_round_the_two_who_sign_that_a_child_moves_on() -> None:
    """Still in arrival by name and watched as if settled: nobody of the placing authority would have signed that."""
    world = admitted()
    assert plan_change(world, SETTLED, "key_worker") == "refused: policy_id"
    assert plan_change(world, SETTLED, "key_worker", risk=Risk.HIGH) == "refused: policy_id"
    assert world.state.policy.id == "arrival-high"

    settled = admitted(SETTLED, phase=Phase.SETTLED, risk=Risk.MEDIUM)
    assert plan_change(settled, SETTLED, None, closer_watch=True) == "refused: policy_id"
    assert plan_change(settled, SETTLED, None, phase=Phase.ARRIVAL) == "refused: policy_id"
    assert plan_change(settled, ARRIVAL, None, phase=Phase.ARRIVAL) == "changed"


def of_rows(*rows: CheckPlanRow) -> Policy:
    """A plan of one's own with these rows, for children of any phase."""
    return ARRIVAL.model_copy(update={"suits": (), "check_plan": rows})


def row(waking: int, sleeping: int, **more: object) -> CheckPlanRow:
    """Intervals in minutes."""
    fields = {
        "waking": timedelta(minutes=waking),
        "sleeping": timedelta(minutes=sleeping),
        "grace": timedelta(minutes=5),
    }
    return CheckPlanRow.model_validate(fields | more)


def at_times(*times: time) -> CheckPlanRow:
    """Set times."""
    return CheckPlanRow(times=times, grace=timedelta(minutes=30))


def without_rungs(policy: Policy, *rungs: int) -> Policy:
    """The same without some of its rungs."""
    kept = tuple(rung for number, rung in enumerate(policy.rung) if number not in rungs)
    return policy.model_copy(update={"suits": (), "rung": kept})


OWN = ARRIVAL.model_copy(update={"suits": ()})
EVENING = Day(waking_from=time(7), sleeping_from=time(16))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (of_rows(row(30, 60)), of_rows(row(60, 60))),
        (of_rows(row(30, 30, days=(0, 0)), row(30, 60)), of_rows(row(30, 60))),
        (of_rows(row(30, 60, days=(0, 6)), row(60, 120)), of_rows(row(30, 60, days=(0, 2)), row(60, 120))),
        (of_rows(at_times(time(7), time(16), time(22))), of_rows(at_times(time(22)))),
        (of_rows(row(30, 60)), of_rows(row(30, 60)).model_copy(update={"day": EVENING})),
        (OWN, without_rungs(OWN, 0)),
        (OWN, without_rungs(OWN, 9)),
    ],
    ids=["by day", "first day", "fewer days", "set times", "longer nights", "first message", "police after a report"],
)
def test_whatever_loosens_a_plan_takes_two_people(before: Policy, after: Policy) -> None:
    """A plan may be loosened in many places, and its longest interval may stay as it was."""
    assert plan_change(admitted(before), after, None) == "refused: second_person"
    assert plan_change(admitted(before), after, "registered_manager") == "changed"
    assert plan_change(admitted(after), before, None) == (
        "changed" if before.day == after.day else "refused: second_person"
    )


def test_each_built_in_ladder_is_closer_than_the_next_in_every_way() -> None:
    """One person is enough to move a child to the left."""
    ladders = ["arrival-high", "arrival-medium", "settling-medium", "settled-medium"]
    for closer, looser in pairwise(built_in()[one] for one in ladders):
        assert not phases.watches_less(closer, looser)
        assert phases.watches_less(looser, closer)


def test_a_return_to_a_plan_of_set_times_waits_no_day_for_its_calendar() -> None:
    """Local times are resolved anew after a return; until then the next check is as near as the plan's nearest two."""
    arrival = ARRIVAL.model_copy(update={"check_plan": (at_times(time(7), time(9), time(22)),)})
    world = admitted(SETTLED.model_copy(update={"check_plan": (at_times(time(7)),)}), phase=Phase.SETTLED)
    world.state.arrival_policy_text = to_text(arrival)
    world.check_in(Outcome.NOT_HERE)
    world.found(Role.SHIFT_LEAD)
    world.found(Role.SOCIAL_WORKER)
    expected = world.state.expectation
    assert world.state.policy.check_plan == arrival.check_plan
    assert expected is not None
    assert expected.due_at - world.now <= timedelta(hours=2)


def test_after_any_return_arrival_begins_again_at_high_risk_on_the_arrival_ladder() -> None:
    """72 hours of arrival again, watched every half hour by night as well, and with no store to ask."""
    world = admitted(SETTLED, phase=Phase.SETTLED, risk=Risk.MEDIUM)
    world.check_in(Outcome.NOT_HERE)
    world.time_passes(40)
    assert world.found(Role.SHIFT_LEAD) == "awaits_second_person"
    assert world.found(Role.SOCIAL_WORKER) == "returned"

    state = world.state
    assert (state.phase, state.risk, state.policy.id) == (Phase.ARRIVAL, Risk.HIGH, "arrival-high")
    assert state.expectation is not None
    assert state.expectation.due_at == world.now + timedelta(minutes=30)
    assert world.close(Ending.CLOSED_AFTER_RETURN) == "closed"
    quiet_days(world, 2.9)
    assert moves_on(world, Phase.SETTLING) == "refused: phase"
    quiet_days(world, 0.2)
    assert moves_on(world, Phase.SETTLING) == "changed"


def test_a_return_recorded_days_late_is_followed_by_72_hours_of_arrival_all_the_same() -> None:
    """Until it was recorded nobody was asked to look: those days were no arrival."""
    world = admitted(SETTLED, phase=Phase.SETTLED, risk=Risk.MEDIUM)
    world.check_in(Outcome.NOT_HERE)
    came_back = world.now
    world.time_passes(4 * DAY)
    for role in (Role.SHIFT_LEAD, Role.SOCIAL_WORKER):
        request = Found(
            request_id=f"back-says-{role}",
            actor=world.actor(role),
            received_at=world.now,
            episode=world.episode.number,
            located=False,
            seen_at=came_back,
        )
        outcome = answers.found(world.state, request, world.now)
    assert outcome == "returned"
    quiet_days(world, 0.1)
    assert moves_on(world, Phase.SETTLING) == "refused: phase"


def test_an_open_episode_keeps_the_ladder_it_began_with_when_a_return_changes_the_plan() -> None:
    """Rule 11: a policy changes a running episode only by an explicit act."""
    world = admitted(SETTLED, phase=Phase.SETTLED, risk=Risk.MEDIUM)
    world.check_in(Outcome.NOT_HERE)
    world.found(Role.SHIFT_LEAD)
    world.found(Role.SOCIAL_WORKER)

    assert world.episode.policy.id == "settled-medium"
    again = type(world.state).model_validate_json(world.state.model_dump_json())
    assert again == world.state


def test_a_return_never_loosens_a_plan_that_is_closer_than_arrivals() -> None:
    """A local plan with a check every ten minutes stays."""
    world = admitted(slower(ARRIVAL, 10, Phase.ARRIVAL, Risk.HIGH))
    world.check_in(Outcome.NOT_HERE)
    world.found(Role.SHIFT_LEAD)
    world.found(Role.SOCIAL_WORKER)
    expected = world.state.expectation
    assert expected is not None
    assert expected.due_at == world.now + timedelta(minutes=10)


def test_risk_and_ladder_never_fall_however_often_the_child_goes_missing() -> None:
    """Practice notes 2.1: risk does not fall because a child goes missing often."""
    world = admitted(SETTLED, phase=Phase.SETTLED, risk=Risk.MEDIUM)
    offsets = []
    for _ in range(4):
        world.check_in(Outcome.NOT_HERE)
        declared = world.now
        world.heard.clear()
        world.time_passes(90)
        offsets.append([(one.at - declared, one.person) for one in world.heard])
        world.found(Role.SHIFT_LEAD)
        world.found(Role.SOCIAL_WORKER)
        world.close(Ending.CLOSED_AFTER_RETURN)
        assert world.state.risk is Risk.HIGH
        quiet_days(world, 1)
    assert offsets[0] == offsets[1] == offsets[2] == offsets[3]


def test_nobody_moves_on_while_an_episode_is_open() -> None:
    """A child who is not back has not settled."""
    world = admitted()
    quiet_days(world, 4)
    world.check_in(Outcome.NOT_HERE)
    assert moves_on(world, Phase.SETTLING) == "refused: phase"


def test_a_closer_watch_is_taken_off_by_two_and_put_on_by_one() -> None:
    """The closer way is always one tap nearer."""
    world = admitted()

    def watch(*, closer: bool, second: str | None) -> str:
        request = PlanChange(
            request_id=f"watch-{closer}-{second}",
            actor=world.actor(Role.SHIFT_LEAD),
            received_at=world.now,
            closer_watch=closer,
            reason="review",
            second_person=second,
        )
        try:
            return plans.change_plan(world.state, request, world.now)
        except Refused as refusal:
            return f"refused: {refusal.field}"

    assert watch(closer=True, second=None) == "changed"
    assert world.state.closer_watch
    assert watch(closer=False, second=None) == "refused: second_person"
    assert watch(closer=False, second="social_worker") == "changed"
