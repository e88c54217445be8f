"""When a channel is out, the record says when and why, once; and when it was back."""

from datetime import timedelta

import pytest

from config.policy import built_in
from domain import modes
from domain.facts import Fact, FactKind
from domain.names import Channel
from domain.sending import AlertResult, Outage, SendStatus, Sent
from domain.story import sentence
from tests.domain.world import START, World

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
