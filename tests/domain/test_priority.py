"""What goes first when not everything can go at once."""

import pytest

from config.policy import built_in
from domain import alerting
from domain.facts import FactKind
from domain.names import Phase, Response, Role
from domain.priority import Priority, as_handed_out, goes_first
from domain.state import DeliveryKind
from tests.domain.world import World


@pytest.fixture
def world() -> World:
    """A child has just arrived at 21:00."""
    return World(built_in()["arrival-high"])


def of_all(world: World, minutes: float) -> dict[DeliveryKind, set[Priority]]:
    """The priorities of what leaves in so many minutes, by kind."""
    seen: dict[DeliveryKind, set[Priority]] = {}
    before = world._deliver  # noqa: SLF001 - the one place through which all leaves

    def watch(number: int) -> None:
        delivery = next(one for one in world.state.deliveries if one.number == number)
        request = alerting.request(world.state, delivery, world.now, facts=[])
        seen.setdefault(delivery.kind, set()).add(Priority(request.priority))
        before(number)

    world._deliver = watch  # type: ignore[method-assign]  # noqa: SLF001
    world.time_passes(minutes)
    return seen


def test_the_first_alert_about_a_child_who_has_just_arrived_goes_before_everything(world: World) -> None:
    """The golden hour; about a child who is settled, it goes before all but that."""
    assert world.state.phase is Phase.ARRIVAL
    assert of_all(world, 36) == {DeliveryKind.RUNGS: {Priority.ARRIVAL_FIRST}}
    settled = World(world.policy)
    settled.state.phase = Phase.SETTLED
    assert of_all(settled, 36) == {DeliveryKind.RUNGS: {Priority.FIRST}}


def test_a_new_rung_goes_before_what_was_said_before_and_that_before_it_is_over(world: World) -> None:
    """Only what has been said before, or that it is over, can wait."""
    world.time_passes(36)
    climbing = of_all(world, 200)
    assert Priority.CLIMB in climbing[DeliveryKind.RUNGS]
    assert climbing[DeliveryKind.REPEAT] == {Priority.AGAIN}
    assert Priority.AGAIN in climbing[DeliveryKind.RUNGS], "the call to ring the police is repeated"
    assert [one for one in Priority if one.can_wait] == [Priority.AGAIN, Priority.STATUS]


def test_nothing_about_a_child_steps_aside_for_an_exercise(world: World) -> None:
    """The engine hands it out last, whatever it is, and no repeat about a child gives way to it."""
    world.answering = False
    world.time_passes(36)
    real = alerting.request(world.state, world.state.deliveries[0], world.now, facts=[])
    rehearsed = real.model_copy(update={"exercise": True, "priority": Priority.CLIMB})

    assert (goes_first(real), as_handed_out(real)) == (True, Priority.ARRIVAL_FIRST)
    assert (goes_first(rehearsed), as_handed_out(rehearsed)) == (False, Priority.STATUS)


def test_a_stand_down_comes_last(world: World) -> None:
    """Nobody is in danger because of it."""
    world.time_passes(36)
    world.answering = False
    world.answer(Response.TAKE, Role.SHIFT_LEAD)
    world.check_in()
    waiting = world.state.deliveries[-1]
    request = alerting.request(world.state, waiting, world.now, facts=[])

    assert waiting.kind is DeliveryKind.STAND_DOWN
    assert request.priority == Priority.STATUS
    assert world.facts(FactKind.EPISODE_ENDED)
