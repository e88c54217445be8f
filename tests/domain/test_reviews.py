"""A child who stays missing is reviewed again and again; nobody can forget them."""

from datetime import timedelta

import pytest

from config.policy import built_in
from domain import ladder
from domain.names import Anchor, Response, Role
from domain.policy import Policy
from tests.domain.world import World

DAY = 24 * 60
MONTHLY = timedelta(days=28)


@pytest.fixture
def monthly() -> Policy:
    """Arrival-high, whose last review comes again every four weeks, and whose other rungs are quiet for the eye."""
    policy = built_in()["arrival-high"]
    last = max(number for number, rung in enumerate(policy.rung) if rung.anchor is Anchor.OPENED)
    rungs = list(policy.rung)
    rungs[last] = rungs[last].model_copy(update={"every": MONTHLY})
    return policy.model_copy(
        update={"rung": tuple(rungs), "repeat": policy.repeat.model_copy(update={"every": MONTHLY})}
    )


def reviews(world: World) -> list[float]:
    """The days since the missing episode opened on which the head of service heard of a review."""
    opened = world.episode.anchors[Anchor.OPENED]
    mine = {one.at for one in world.heard if one.person == Role.HEAD_OF_SERVICE and one.template == "missing_review"}
    return sorted((at - opened) / timedelta(days=1) for at in mine)


def test_after_28_days_the_review_comes_again_every_four_weeks_and_never_stops(monthly: Policy) -> None:
    """Practice notes 6.4: E+14 d, then E+28 d and monthly director review; an episode never closes itself."""
    world = World(monthly)
    world.time_passes(60)
    world.police_told()
    world.time_passes(150 * DAY)

    assert reviews(world)[-5:] == [28, 56, 84, 112, 140]


def test_after_an_outage_of_months_one_review_is_due_not_four(monthly: Policy) -> None:
    """Rule 2: no phone gets a backlog."""
    world = World(monthly)
    world.time_passes(60)
    world.police_told()
    world.time_passes(30 * DAY)
    world.outage(100 * DAY)
    world.time_passes(DAY)

    late = [day for day in reviews(world) if day > 30]
    assert len(late) == 1
    world.time_passes(28 * DAY)
    assert reviews(world)[-1] == 140


def test_a_lease_holds_a_review_until_it_ends(monthly: Policy) -> None:
    """Whoever has the child in hand is not interrupted; then it comes, once."""
    world = World(monthly)
    world.time_passes(60)
    world.police_told()
    opened = world.episode.anchors[Anchor.OPENED]
    world.time_passes((opened + 2 * MONTHLY - world.now) / timedelta(minutes=1) - 1)
    assert world.answer(Response.TAKE) == "taken"
    world.time_passes(5)
    assert reviews(world)[-1] == 28
    world.time_passes(6)

    assert reviews(world)[-1] == pytest.approx(56, abs=0.01)


def test_a_review_that_has_come_round_keeps_its_message_apart_from_the_last_one(monthly: Policy) -> None:
    """A message's id is its idempotency key: the same review a month later is another message."""
    world = World(monthly)
    world.time_passes(60)
    world.police_told()
    world.time_passes(90 * DAY)
    mine = [one for one in world.heard if one.person == Role.HEAD_OF_SERVICE]

    assert len({one.notification_id for one in mine}) == len(mine)
    assert ladder.reviews_again(world.episode)
