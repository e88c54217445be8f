"""Nights on which two things meet: an alert under way and a child who is found, a new policy, a dead phone."""

import pytest

from config.policy import built_in
from domain import deliveries
from domain.names import Channel
from domain.sending import AlertResult, SendStatus
from tests.domain.world import World


@pytest.fixture
def world() -> World:
    """A child has just arrived at 21:00."""
    return World(built_in()["arrival-high"])


def under_way(world: World) -> list[int]:
    """The deliveries whose activities have been started and have not come back."""
    return [one.number for one in world.state.deliveries if one.in_flight]


def comes_back(world: World, number: int) -> None:
    """An activity that was under way reaches people, or does not, as the story says, and comes back."""
    world.answering = True
    world._deliver(number)  # noqa: SLF001 - the world's own way of sending
    world.settle()


def test_an_alert_that_was_held_for_a_check_in_does_not_go_out_once_the_check_in_is_there(world: World) -> None:
    """The alert looks, sees a queued check-in, and comes back just after that was delivered: nobody is disturbed."""
    world.answering = False
    world.time_passes(35)
    [alert] = under_way(world)
    assert world.check_in() == "seen_late"
    world.answering = True
    deliveries.done(world.state, alert, AlertResult(held=True), world.now)
    world.time_passes(5)

    assert world.heard == []


def test_a_message_that_failed_while_the_child_was_found_is_not_followed_up(world: World) -> None:
    """Found stops what has not gone out: nobody hears an alarm that is over on their next channel."""
    world.fate = lambda _person, channel: SendStatus.UNDELIVERABLE if channel is Channel.SMS else SendStatus.ACCEPTED
    world.answering = False
    world.time_passes(35)
    [alert] = under_way(world)
    world.check_in()
    comes_back(world, alert)

    assert world.heard == []
