"""What the throttles hold back is kept, is visible, and is said in the words that are true when it goes."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from config.policy import built_in
from domain.facts import Fact, FactKind
from domain.names import Channel, Response, Role
from domain.sending import SendStatus
from domain.state import DeliveryKind
from domain.story import sentence
from tests.domain.world import Fate, World


@pytest.fixture
def world() -> World:
    """A child has just arrived at 21:00; the first check is due at 21:30, overdue at 21:35."""
    return World(built_in()["arrival-high"])


def held(_person: str, _channel: Channel) -> SendStatus:
    """The phone has had as many as it may have."""
    return SendStatus.HELD


def texts_held(_person: str, channel: Channel) -> SendStatus:
    """Only texts and calls are held."""
    return SendStatus.ACCEPTED if channel is Channel.EMAIL else SendStatus.HELD


def told(world: World, kind: FactKind) -> list[str]:
    """The sentences of this kind of fact."""
    facts: list[Fact] = [fact for fact in world.state.facts if fact.kind is kind]
    return [sentence(fact, lambda person: f"({person})") for fact in facts]


def waiting(world: World) -> list[tuple[DeliveryKind, list[tuple[str, Channel]]]]:
    """What is kept in the outbox."""
    return [(one.kind, one.recipients) for one in world.state.deliveries if one.held]


def at_the_end_of_the_ladder(world: World, fate: Fate) -> None:
    """Everybody has been told; from now on it is all said again."""
    world.time_passes(35 + 60)
    world.fate = fate


def until(world: World, met: Callable[[], bool]) -> None:
    """Let minutes pass until it is so."""
    for _ in range(120):
        if met():
            return
        world.time_passes(1)
    raise AssertionError


def test_a_stand_down_that_is_held_is_heard_a_minute_later_and_counted(world: World) -> None:
    """C68: what a cap holds back is in the record, with until when; and it goes by itself, once."""
    world.time_passes(35.1)
    first = world.heard[-1]
    world.fate = held
    assert world.check_in() == "seen_late"
    assert waiting(world) == [(DeliveryKind.STAND_DOWN, [(first.person, Channel.SMS)])]
    (words,) = told(world, FactKind.MESSAGE_HELD)
    assert words.startswith("The text to (shift_lead) that it is over is held back until 21:36")
    assert words.endswith(": their phone has had as many as it may have. What is true by then is said then.")
    assert told(world, FactKind.STOOD_DOWN) == [], "nobody has heard it yet"

    world.fate = lambda _person, _channel: SendStatus.ACCEPTED
    world.time_passes(1)
    assert world.said_to(Role.SHIFT_LEAD) == ["check_not_recorded", "stand_down"]
    assert waiting(world) == []
    assert len(told(world, FactKind.STOOD_DOWN)) == 1


def test_what_is_held_twice_is_said_once_in_the_record_and_keeps_its_id(world: World) -> None:
    """A message that waits is the same message, however often it is asked about."""
    world.time_passes(35.1)
    world.fate = held
    world.check_in()
    world.time_passes(3.5)
    assert len(world.state.facts) == 0 or len(told(world, FactKind.MESSAGE_HELD)) <= 1
    (one,) = [one for one in world.state.deliveries if one.held]
    assert one.follows is not None
    assert one.follows < one.number


def test_a_repeat_that_is_held_is_overtaken_by_the_next_one(world: World) -> None:
    """No backlog: of each thing that is said again only the latest waits, and nobody gets two at once."""
    at_the_end_of_the_ladder(world, texts_held)
    world.time_passes(60)
    people = [(kind, person, channel) for kind, who in waiting(world) for person, channel in who]
    assert people, "something is held"
    assert len(people) == len(set(people))


def test_nobody_hears_that_nobody_has_it_in_hand_when_somebody_has(world: World) -> None:
    """C68: the next message says nothing false: under a lease a held repeat waits, and is not said after it."""
    world.time_passes(35)
    world.police_told()
    until(world, lambda: bool(world.episode.repeats))
    world.fate = texts_held
    until(world, lambda: any(kind is DeliveryKind.REPEAT for kind, _ in waiting(world)))
    world.answer(Response.TAKE, Role.ON_CALL_MANAGER)
    world.fate = lambda _person, _channel: SendStatus.ACCEPTED
    before = len(world.heard)
    world.time_passes(5)
    said = [one.template for one in world.heard[before:]]
    assert [one for one in said if not one.startswith("neighbour")] == []
    assert waiting(world), "it waits"
    world.time_passes(6)
    assert not any(kind is DeliveryKind.REPEAT for kind, _ in waiting(world))


def test_what_is_held_of_an_alarm_that_is_over_is_never_said(world: World) -> None:
    """The child is back: what was to be said again is taken away, and everyone hears that it is over."""
    at_the_end_of_the_ladder(world, texts_held)
    until(world, lambda: bool(waiting(world)))
    world.fate = lambda _person, _channel: SendStatus.ACCEPTED
    before = len(world.heard)
    world.found(Role.SHIFT_LEAD)
    world.found(Role.REGISTERED_MANAGER)
    world.time_passes(10)
    assert {one.template for one in world.heard[before:]} == {"stand_down", "neighbour_cancelled", "return_tasks"}


def test_who_is_held_on_one_channel_is_not_taken_to_be_out_of_reach(world: World) -> None:
    """Held is not failed: no next channel, no further rung, nobody given up."""
    at_the_end_of_the_ladder(world, held)
    failed = world.facts(FactKind.MESSAGE_FAILED), world.facts(FactKind.MESSAGE_GIVEN_UP)
    until(world, lambda: bool(waiting(world)))
    world.time_passes(2)
    assert (world.facts(FactKind.MESSAGE_FAILED), world.facts(FactKind.MESSAGE_GIVEN_UP)) == failed
    assert not any(one.kind is DeliveryKind.FOLLOW_UP for one in world.state.deliveries)
    assert timedelta(0) < min(one.not_before - world.now for one in world.state.deliveries if one.held)
