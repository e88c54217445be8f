"""A duty phone that several people share: it rings once for all of them, and all of them count as told."""

import pytest

from domain.names import Channel, Response, Role
from domain.sending import SendStatus
from tests.domain.cases.night import does_not_arrive, ladder_of, rung, share_a_phone
from tests.domain.world import World, all_arrive

LEAD, KEY, MANAGER = Role.SHIFT_LEAD, Role.KEY_WORKER, Role.ON_CALL_MANAGER


@pytest.fixture
def world() -> World:
    """A home with one phone for the shift lead, the key worker and the manager."""
    world = World(ladder_of(rung(5, LEAD, KEY), rung(10, LEAD, MANAGER), rung(60, MANAGER, police=True)))
    share_a_phone(world, LEAD, KEY, MANAGER)
    return world


def test_one_message_a_rung_and_all_are_told(world: World) -> None:
    """Two people are on the first rung, one of them and a third on the second."""
    world.time_passes(36)
    assert len(world.heard) == 1
    assert {told.person_id for told in world.episode.told} == {LEAD, KEY}
    world.time_passes(5)
    assert len(world.heard) == 2
    assert {told.person_id for told in world.episode.told} == {LEAD, KEY, MANAGER}
    assert {run.reached for run in world.episode.rungs.values()} == {2}


def test_rungs_that_fire_together_are_one_message_of_the_last(world: World) -> None:
    """After an outage too: no phone gets a backlog."""
    world.outage(41)
    assert [one.rung for one in world.heard] == ["1"]
    assert {told.person_id for told in world.episode.told} == {LEAD, KEY, MANAGER}


def test_it_is_stood_down_once_and_everybody_counts(world: World) -> None:
    """On the same channel."""
    world.time_passes(41)
    world.heard.clear()
    world.check_in()
    assert [(one.template, one.channel) for one in world.heard] == [("stand_down", Channel.SMS)]
    stood_down = next(fact for fact in reversed(world.state.facts) if fact.kind == "stood_down")
    assert stood_down.data["people"] == 3


def test_a_text_that_is_not_delivered_is_one_message_on_the_next_channel(world: World) -> None:
    """What fails for one of them has failed for all; their mailbox gets it once."""
    world.time_passes(36)
    world.heard.clear()
    does_not_arrive(world, LEAD)
    assert [one.channel for one in world.heard] == [Channel.EMAIL]
    assert world.episode.rungs[0].failed == {LEAD: [Channel.SMS], KEY: [Channel.SMS]}


def test_a_text_that_is_not_taken_is_one_message_on_the_next_channel(world: World) -> None:
    """The provider refuses the number: the shared mailbox, once."""
    world.fate = lambda _, channel: SendStatus.UNDELIVERABLE if channel is Channel.SMS else SendStatus.ACCEPTED
    world.time_passes(36)
    assert [one.channel for one in world.heard] == [Channel.EMAIL]
    assert {told.person_id for told in world.episode.told if Channel.EMAIL in told.channels} == {LEAD, KEY}
    world.fate = all_arrive


def test_a_person_with_a_phone_of_their_own_is_told_there(world: World) -> None:
    """Nobody else's messages are merged."""
    world.time_passes(96)
    told = {told.person_id for told in world.episode.told}
    assert told == {LEAD, KEY, MANAGER}
    assert world.answer(Response.TAKE, KEY) == "taken"
