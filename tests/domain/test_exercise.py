"""Exercises: the same ladder on real phones, and no way from it to the police or to a neighbour."""

from datetime import timedelta

import pytest
from pydantic import ValidationError

from config.policy import built_in
from domain import alerting, deliveries, exercise, placements, plans
from domain.drill import ANSWERED, REAL_ALERT, TIME_IS_UP
from domain.exercise import HOME_CAST, PLACING_CAST, Exercise, Scenario, is_exercise, rehearsed
from domain.facts import FactKind
from domain.names import Anchor, Channel, Ending, Outcome, Response, Role
from domain.priority import Priority
from domain.requests import PlacementEnd, PlanChange
from domain.sending import AlertRequest, AlertResult, ExerciseAlert, SendStatus
from domain.state import PlacementState
from tests.domain.world import START, Fate, World, all_arrive
from web.api import aliases

POLICIES = sorted(built_in())
OUTSIDE = set(Role) - HOME_CAST - PLACING_CAST - {Role.EVERYONE_ALERTED}


def drill(
    policy: str = "arrival-high",
    scenario: Scenario = Scenario.NOT_HERE,
    *,
    minutes: float = 240,
    authority: bool = False,
    fate: Fate = all_arrive,
) -> World:
    """An exercise in a world in which everybody, police and neighbours included, could be reached."""
    shape = Exercise(scenario=scenario, until=START + timedelta(minutes=minutes), authority_takes_part=authority)
    return World(built_in()[policy], alias="Exercise-482", exercise=shape, fate=fate)


def nobody(_person: str, _channel: Channel) -> SendStatus:
    """No message ever arrives: everybody is tried on every channel."""
    return SendStatus.UNDELIVERABLE


def provider_away(_person: str, _channel: Channel) -> SendStatus:
    """Every provider is down: everybody is tried on every channel, and again every few seconds."""
    return SendStatus.UNAVAILABLE


def only_observers(person: str, _channel: Channel) -> SendStatus:
    """The worst night: of everybody only the observer can be reached."""
    return SendStatus.ACCEPTED if person == Role.OBSERVER else SendStatus.UNDELIVERABLE


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("scenario", Scenario)
@pytest.mark.parametrize("authority", [True, False])
@pytest.mark.parametrize("fate", [all_arrive, nobody, only_observers])
def test_no_rung_repeat_or_follow_up_names_police_or_neighbours(
    policy: str, scenario: Scenario, fate: Fate, *, authority: bool
) -> None:
    """Four hours of every built-in ladder, with everything that goes wrong: who takes part, and nobody else."""
    _asks_only_who_takes_part(policy, scenario, fate, authority=authority, minutes=240)


@pytest.mark.parametrize("scenario", Scenario)
def test_while_every_provider_is_away_nobody_else_is_tried(scenario: Scenario) -> None:
    """The short ladder: each of its people is tried again and again."""
    _asks_only_who_takes_part("demonstration", scenario, provider_away, authority=True, minutes=20)


def _asks_only_who_takes_part(policy: str, scenario: Scenario, fate: Fate, *, authority: bool, minutes: float) -> None:
    asked: list[str] = []

    def noted(person: str, channel: Channel) -> SendStatus:
        asked.append(person)
        return fate(person, channel)

    world = drill(policy, scenario, authority=authority, fate=noted)
    world.time_passes(minutes / 5)
    world.answer(Response.TAKE)
    world.answer(Response.CONFIRM_MISSING)
    world.time_passes(minutes)

    allowed = {role.value for role in HOME_CAST | (PLACING_CAST if authority else frozenset())}
    assert asked
    assert set(asked) <= allowed
    assert Role.OBSERVER.value in asked


def test_the_observer_hears_what_police_and_neighbours_would_have_heard() -> None:
    """Their own templates, at their own times."""
    world = drill()
    world.time_passes(61)

    said = world.said_to(Role.OBSERVER)
    assert "police_alert" in said
    assert [one for one in said if "neighbour" in one]
    assert not {one.person for one in world.heard} & {role.value for role in OUTSIDE | PLACING_CAST}


def test_an_alert_of_an_exercise_cannot_be_made_out_to_the_police() -> None:
    """By type: neither a rung nor a carried person can have such a role."""
    world = drill()
    world.answering = False
    world.time_passes(40)
    delivery = world.state.deliveries[-1]
    made = alerting.request(world.state, delivery, world.now, facts=[])
    assert isinstance(made, ExerciseAlert)

    written = made.model_dump()
    for role in OUTSIDE:
        for part in ("rungs", "contacts"):
            first = written[part][0] | {"roles": (role,)}
            with pytest.raises(ValidationError, match="roles"):
                ExerciseAlert.of(AlertRequest.model_validate(written | {part: [first]}))
    with pytest.raises(ValidationError, match="exercise"):
        ExerciseAlert.of(AlertRequest.model_validate(written | {"exercise": False}))


@pytest.mark.parametrize("policy", POLICIES)
def test_a_rehearsed_policy_has_the_same_times_and_no_outsider(policy: str) -> None:
    """Only who hears it changes."""
    real = built_in()[policy]
    for authority in (True, False):
        played = rehearsed(real, authority=authority)
        named = {role for rung in played.rung for role in rung.roles} | set(played.repeat.roles)

        assert [(rung.anchor, rung.after, rung.template) for rung in played.rung] == [
            (rung.anchor, rung.after, rung.template) for rung in real.rung
        ]
        assert not named & OUTSIDE
        assert authority or not named & PLACING_CAST


def test_not_here_begins_at_once_and_a_missed_check_is_due_at_once() -> None:
    """Nobody waits half an hour for the first check of a child who is not there."""
    declared, missed = drill(), drill(scenario=Scenario.MISSED_CHECK)

    assert declared.episode.anchors == {Anchor.DECLARED: START, Anchor.OPENED: START}
    assert declared.heard
    assert missed.state.expectation is not None
    assert missed.state.expectation.due_at == START
    missed.time_passes(6)
    assert missed.said_to(Role.SHIFT_LEAD) == ["check_not_recorded"]


def ended(world: World) -> str:
    """Why the exercise ended, by its last fact."""
    assert world.state.ended_at is not None
    return next(str(one.data["reason"]) for one in world.state.facts if one.kind is FactKind.EXERCISE_ENDED)


def test_it_ends_by_itself_and_stands_everybody_down() -> None:
    """Nobody has to remember to stop it: at its time it is over, and nothing comes after the stand-down."""
    world = drill(minutes=25)
    world.time_passes(24)
    assert world.state.ended_at is None
    alerted = {one.person for one in world.heard}
    world.time_passes(2)

    assert world.state.ended_at == START + timedelta(minutes=25)
    assert {one.person for one in world.heard if one.template == "stand_down"} == alerted
    assert world.episode.ending is Ending.EXERCISE_OVER
    before = len(world.heard)
    world.time_passes(600)
    assert len(world.heard) == before


def test_it_ends_when_it_has_been_answered() -> None:
    """The child of the story is found by two people: the exercise is over, and no return tasks follow."""
    world = drill()
    world.time_passes(3)
    world.found(Role.SHIFT_LEAD)
    assert world.state.ended_at is None
    world.found(Role.KEY_WORKER)

    assert world.state.ended_at == world.now
    world.time_passes(600)
    assert "return_tasks" not in {one.template for one in world.heard}


def test_a_check_that_is_recorded_in_time_ends_it_too() -> None:
    """A missed check that was none: nobody was alerted, and nobody is."""
    world = drill(scenario=Scenario.MISSED_CHECK)
    world.time_passes(2)
    world.check_in()

    assert world.state.ended_at is not None
    world.time_passes(600)
    assert world.heard == []


def test_somebody_can_end_it() -> None:
    """By the same act that ends a placement, with a reason; a child's open episode would have stayed open."""
    world = drill()
    world.time_passes(3)
    end = PlacementEnd(
        request_id="end-of-it", actor=world.actor(Role.SHIFT_LEAD), received_at=world.now, reason="enough seen"
    )
    placements.end(world.state, end, world.now)
    assert ended(world) == "enough seen"
    world.settle()
    assert "stand_down" in world.said_to(Role.SHIFT_LEAD)


def test_a_real_child_comes_first() -> None:
    """An alert that finds a real episode at the home sends nothing, and the exercise is stood down."""
    world = drill()
    heard = len(world.heard)
    world.answering = False
    world.time_passes(30)
    waiting = [one.number for one in world.state.deliveries]
    deliveries.done(world.state, waiting[0], AlertResult(real_alert=True), world.now)
    world.answering = True
    assert ended(world) == REAL_ALERT
    world.settle()
    assert {one.template for one in world.heard[heard:]} <= {"stand_down"}


def test_an_exercise_keeps_its_plan() -> None:
    """No policy with police in it can be brought in by a change of plan."""
    world = drill()
    change = PlanChange(
        request_id="a-new-plan",
        actor=world.actor(Role.REGISTERED_MANAGER),
        received_at=world.now,
        policy_text=built_in()["arrival-high"].model_dump_json(),
        calendar=world.state.calendar,
        reason="to see whether it can be",
        second_person="another",
    )
    assert world._ask(lambda: plans.change_plan(world.state, change, world.now)) == "refused: placement_id"  # noqa: SLF001


def test_a_real_episode_never_ends_as_an_exercise() -> None:
    """Nobody can choose that ending, for a child or for an exercise."""
    real = World(built_in()["arrival-high"])
    real.check_in(Outcome.NOT_HERE)

    assert real.close(Ending.EXERCISE_OVER) == "refused: ending"
    assert drill().close(Ending.EXERCISE_OVER) == "refused: ending"


def test_an_exercise_is_known_by_its_name_and_no_child_has_one() -> None:
    """Two lists with no word in common; a request gets the same name whenever it is asked for."""
    assert not set(aliases.WORDS) & set(exercise.NAMES)
    assert all(is_exercise(alias) for alias in exercise.aliases("request"))
    assert is_exercise("EXERCISE-482")
    assert not any(is_exercise(f"{word}-42") for word in aliases.WORDS)
    assert next(exercise.aliases("one")) == next(exercise.aliases("one"))


def test_a_state_from_before_is_none() -> None:
    """What was carried as `exercise: false` is read as what it was."""
    world = World(built_in()["arrival-high"])
    carried = world.state.model_dump(mode="json") | {"exercise": False}

    assert PlacementState.model_validate(carried).exercise is None
    assert TIME_IS_UP != ANSWERED


def test_the_first_word_about_a_real_child_goes_before_an_exercise() -> None:
    """However new a rung of an exercise is, it never has the place of a child's first alert."""
    world = drill()
    world.answering = False
    world.time_passes(30)
    asked = [alerting.request(world.state, one, world.now, facts=[]).priority for one in world.state.deliveries]

    assert asked
    assert min(asked) == Priority.CLIMB
