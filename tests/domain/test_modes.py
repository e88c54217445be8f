"""When a channel is out, the record says when and why, once; and when it was back."""

from datetime import timedelta

import pytest

from config.policy import built_in
from domain import modes
from domain.facts import Fact, FactKind
from domain.names import Channel, Role
from domain.sending import AlertResult, Outage, SendStatus, Sent
from domain.story import sentence
from tests.domain.cases.night import ladder_of, minutes, rung
from tests.domain.world import START, World, people

OUT = Outage(channel=Channel.SMS, since=START, code=503)


@pytest.fixture
def world() -> World:
    """A child has just arrived at 21:00."""
    return World(built_in()["arrival-high"])


def noted(world: World) -> list[str]:
    """The changes of mode, as a manager reads them."""
    kinds = (FactKind.CHANNEL_OUT, FactKind.CHANNEL_BACK)
    return [_told(fact) for fact in world.state.facts if fact.kind in kinds]


def _told(fact: Fact) -> str:
    return sentence(fact, lambda person: person)


def result(status: SendStatus, channel: Channel = Channel.SMS, *, out: tuple[Outage, ...] = ()) -> AlertResult:
    """What became of one message."""
    return AlertResult(sent=[Sent(person_id="lead", channel=channel, status=status)], out=list(out))


def test_a_change_of_mode_is_noted_once_each_way_with_its_reason(world: World) -> None:
    """However many messages are refused in between; what another channel takes changes nothing."""
    for _ in range(3):
        modes.take_in(world.state, None, result(SendStatus.UNAVAILABLE, out=(OUT,)), world.now)
    modes.take_in(world.state, None, result(SendStatus.ACCEPTED, Channel.EMAIL), world.now)
    modes.take_in(world.state, None, result(SendStatus.ACCEPTED), world.now + timedelta(minutes=5))
    modes.take_in(world.state, None, result(SendStatus.ACCEPTED), world.now + timedelta(minutes=6))

    out, back = noted(world)
    assert out.startswith("Texts do not go out: their provider refused several in a row (code 503). Until")
    assert back == "Texts go out again."


@pytest.mark.parametrize(
    ("out", "way"),
    [((), Channel.SMS), ((Channel.SMS,), Channel.VOICE), ((Channel.SMS, Channel.VOICE), Channel.EMAIL)],
)
def test_what_was_meant_for_a_text_goes_by_a_call_and_then_by_mail(out: tuple[Channel, ...], way: Channel) -> None:
    """In the same second, to each person by the next way of theirs; the ladder keeps its times."""
    every = people(channels=(Channel.SMS, Channel.VOICE, Channel.EMAIL))
    world = World(ladder_of(rung(5, Role.SHIFT_LEAD), rung(10, Role.KEY_WORKER)), every)
    world.fate = lambda _person, channel: SendStatus.UNAVAILABLE if channel in out else SendStatus.ACCEPTED
    world.time_passes(41)

    assert [(one.person, one.channel) for one in world.heard] == [("shift_lead", way), ("key_worker", way)]
    assert (minutes(world, Role.SHIFT_LEAD), minutes(world, Role.KEY_WORKER)) == ([35], [40])


def test_a_channel_that_is_out_is_not_back_because_one_text_had_been_taken_before(world: World) -> None:
    """Of two people one was texted before it broke."""
    mixed = AlertResult(
        sent=[
            Sent(person_id="lead", channel=Channel.SMS, status=SendStatus.ACCEPTED),
            Sent(person_id="other", channel=Channel.SMS, status=SendStatus.UNKNOWN),
        ],
        out=[OUT.model_copy(update={"code": None})],
    )
    modes.take_in(world.state, None, mixed, world.now)

    (out,) = noted(world)
    assert out.startswith("Texts do not go out: their provider did not answer several times in a row. Until")
