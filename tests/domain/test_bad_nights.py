"""Nights on which two things meet: an alert under way and a child who is found, a new policy, a dead phone."""

from typing import Any

import pytest

from config.policy import built_in
from domain import deliveries, placements
from domain.names import Anchor, Channel, Outcome, Role
from domain.policy import to_text
from domain.requests import PlacementEnd, PlanChange
from domain.sending import AlertResult, SendStatus
from tests.domain.world import World, people


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


def changes_plan(world: World, **change: Any) -> str:  # noqa: ANN401 - whatever a plan change takes
    """A manager changes the plan, and a second person signs."""
    request = PlanChange(
        request_id="plan-change",
        actor=world.actor(Role.REGISTERED_MANAGER),
        received_at=world.now,
        reason="review",
        second_person="social_worker",
        **change,
    )
    outcome = placements.change_plan(world.state, request, world.now)
    world.settle()
    return outcome


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


def test_a_policy_that_changes_a_running_episode_finds_alerts_under_way(world: World) -> None:
    """Fewer rungs than before: what is on its way by the old numbers neither breaks the placement nor is lost."""
    world.fate = lambda _person, _channel: SendStatus.UNAVAILABLE
    world.time_passes(60)
    short = built_in()["arrival-high"]
    rungs = [rung for rung in short.rung if rung.anchor in (Anchor.DUE, Anchor.RETURNED)][:2]
    shorter = short.model_copy(update={"rung": tuple(rungs), "version": 2})
    world.answering = False
    world.time_passes(1)
    changes_plan(
        world, policy_text=to_text(shorter), calendar=world.state.calendar, apply_to_episode=world.episode.number
    )
    world.answering = True
    world.fate = lambda _person, _channel: SendStatus.ACCEPTED
    for number in under_way(world):
        deliveries.lost(world.state, number, world.now)
    world.time_passes(30)

    assert world.said_to(Role.SHIFT_LEAD)


def test_a_new_policy_does_not_swallow_the_next_calls_to_the_police(world: World) -> None:
    """A repeat that is counted from one again would have the id of a message that has long been sent."""
    world.check_in(Outcome.NOT_HERE)
    world.time_passes(60)
    changes_plan(
        world,
        policy_text=to_text(world.policy.model_copy(update={"version": 2})),
        calendar=world.state.calendar,
        apply_to_episode=world.episode.number,
    )
    world.time_passes(60)
    ids = [one.notification_id for one in world.heard]

    assert len(ids) == len(set(ids))


def test_after_the_placement_has_ended_a_return_arms_nothing(world: World) -> None:
    """The child has moved and is found: the old home is not expected to see them."""
    world.check_in(Outcome.NOT_HERE)
    placements.end(
        world.state,
        PlacementEnd(
            request_id="the-move", actor=world.actor(Role.REGISTERED_MANAGER), received_at=world.now, reason="moved"
        ),
        world.now,
    )
    world.found(Role.SHIFT_LEAD)
    assert world.found(Role.KEY_WORKER) == "returned"
    world.heard.clear()
    world.time_passes(60)

    assert world.state.expectation is None
    assert "check_not_recorded" not in world.said_to(Role.SHIFT_LEAD)


def test_a_person_with_two_roles_is_carried_with_both() -> None:
    """Rule 10: resolved for one rung, they are still known for the next when the store falls silent."""
    lead = people([Role.SHIFT_LEAD])[0].model_copy(update={"roles": (Role.SHIFT_LEAD, Role.REGISTERED_MANAGER)})
    world = World(built_in()["arrival-high"], contacts=[lead])
    world.time_passes(35)

    assert set(world.state.contacts[0].roles) == {Role.SHIFT_LEAD, Role.REGISTERED_MANAGER}
