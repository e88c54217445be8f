"""Who hears that it is over: whom an alert has reached, or may have reached, and where; nobody else is disturbed."""

import pytest

from domain.facts import Fact, FactKind
from domain.names import Channel, Outcome, Role
from tests.domain.cases.night import ladder_of, rung, told
from tests.domain.test_fail_over import ALL, SHORT, SMS, VOICE, fails, ways
from tests.domain.world import World, people


@pytest.fixture
def world() -> World:
    """Three rungs at 35, 40 and 45 minutes after arrival; everybody has a phone that can be rung, and a mailbox."""
    return World(ladder_of(*SHORT), people(channels=ALL))


def stood_down(world: World) -> list[tuple[str, Channel]]:
    """Who hears that it is over, and where, once the child is seen."""
    world.heard.clear()
    world.check_in()
    return sorted((one.person, one.channel) for one in world.heard if one.template == "stand_down")


def test_whom_the_alert_never_reached_is_not_disturbed_by_its_end(world: World, record: list[Fact]) -> None:
    """The text to the shift lead came back, the call was heard: the end is told by a call, and no text is tried."""
    world.time_passes(35)
    fails(world, Role.SHIFT_LEAD, SMS, code=30003)
    assert stood_down(world) == [("shift_lead", VOICE)]
    assert told(record, FactKind.STOOD_DOWN) == ["Told that it is over: people 1, messages 1."]


def test_whom_nothing_ever_reached_hears_of_no_end(world: World, record: list[Fact]) -> None:
    """Neither telephone nor mailbox has brought it: those who were told instead are stood down, and counted."""
    world.time_passes(35)
    for channel in ALL:
        fails(world, Role.SHIFT_LEAD, channel, status="failed")
    assert [one.person for one in world.heard if one.person == "key_worker"] == ["key_worker"]
    assert stood_down(world) == [("key_worker", SMS)]
    assert told(record, FactKind.STOOD_DOWN) == ["Told that it is over: people 1, messages 1."]


def test_in_doubt_the_end_is_told(world: World) -> None:
    """Nothing was heard of the text, so it may have arrived; and of two texts to a phone one may have."""
    world.time_passes(35)
    fails(world, Role.SHIFT_LEAD, SMS, status="unconfirmed")
    assert ("shift_lead", SMS) in stood_down(world)

    twice = World(ladder_of(SHORT[0], rung(10, Role.SHIFT_LEAD), SHORT[2]), people(channels=ALL))
    twice.time_passes(40)
    fails(twice, Role.SHIFT_LEAD, SMS)
    assert ("shift_lead", SMS) in stood_down(twice)


def test_nothing_heard_and_then_undelivered_is_no_alert(world: World) -> None:
    """The provider says so at last."""
    world.time_passes(35)
    fails(world, Role.SHIFT_LEAD, SMS, status="unconfirmed", which=0)
    fails(world, Role.SHIFT_LEAD, SMS, which=0)
    assert stood_down(world) == [("shift_lead", VOICE)]


def test_whose_phone_failed_after_the_report_is_told_by_the_rung_that_follows() -> None:
    """Told of "not here" and never reached: a rung of the missed check is not kept from them."""
    policy = ladder_of(rung(5, Role.SHIFT_LEAD), rung(10, Role.KEY_WORKER), rung(15, Role.SHIFT_LEAD))
    world = World(policy, people(channels=(SMS,)))
    world.time_passes(36)
    world.check_in(Outcome.NOT_HERE)
    world.time_passes(1)
    fails(world, Role.SHIFT_LEAD, SMS)
    before = len(ways(world, Role.SHIFT_LEAD))
    world.time_passes(15)
    assert len(ways(world, Role.SHIFT_LEAD)) > before
