"""Who has no other channel left waits in line for the provider, and first words go first when it is back."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from activities import breaker, waiting_room
from activities.breaker import Breakers, ChannelOut
from activities.waiting_room import WaitingRooms
from domain.names import Channel
from domain.priority import Priority
from notifiers.errors import NotifierError, OutcomeUnknown, ProviderUnavailable

DUE = datetime(2026, 11, 22, 3, tzinfo=UTC)
LONG = 5.0


class Night:
    """A provider that is out, a clock that we move, and those who wait."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.breakers = Breakers(clock=lambda: self.now)
        self.rooms = WaitingRooms(self.breakers, clock=lambda: self.now)
        self.out = True
        self.reached: list[str] = []

    async def _send(self, address: str) -> None:
        if self.out:
            raise ProviderUnavailable("429", code=429)
        self.reached.append(address)

    async def falls(self, channel: Channel = Channel.SMS) -> None:
        """It fails until the breaker opens."""
        for address in ("x", "y", "x"):
            with pytest.raises(ProviderUnavailable):
                await self.breakers[channel].send(address, lambda: self._send(""), priority=Priority.CLIMB)

    async def tell(
        self,
        address: str,
        *,
        priority: Priority = Priority.FIRST,
        due: int = 0,
        last_way: bool = True,
        patience: float = LONG,
        ways: tuple[Channel, ...] = (Channel.SMS,),
    ) -> str:
        """What becomes of a message, in a word."""
        order = (priority, DUE + timedelta(seconds=due))
        await self.rooms.turn([(way, address) for way in ways], order, last_way=last_way, patience=patience)
        try:
            await self.breakers[ways[0]].send(address, lambda: self._send(address), priority=priority)
        except NotifierError as error:
            return type(error).__name__
        return "taken"

    async def passes(self, seconds: float) -> None:
        """Time passes, and those who wait see it."""
        self.now += seconds
        await asyncio.sleep(3 * waiting_room.LOOK)


@pytest.fixture
async def night() -> Night:
    """Texts are out."""
    night = Night()
    await night.falls()
    return night


async def test_who_has_another_channel_does_not_wait(night: Night) -> None:
    """The next channel is tried in the same second."""
    began = asyncio.get_running_loop().time()
    assert await night.tell("one", last_way=False) == ChannelOut.__name__
    assert await night.tell("two", ways=(Channel.SMS, Channel.EMAIL)) == ChannelOut.__name__, "mail works"
    assert asyncio.get_running_loop().time() - began < 0.5


async def test_who_waits_long_enough_is_told_so_and_comes_back(night: Night) -> None:
    """Patience is the workflow's: it decides anew, and nobody is left in the line."""
    assert await night.tell("one", patience=0.01) == ChannelOut.__name__


async def test_the_first_in_line_looks_every_two_seconds_and_all_follow_in_order(night: Night) -> None:
    """The first word about a child before what was said before; of two children the one whose alert was due first."""
    waiting = [
        asyncio.create_task(night.tell("again", priority=Priority.AGAIN)),
        asyncio.create_task(night.tell("climbs", priority=Priority.CLIMB)),
        asyncio.create_task(night.tell("third", due=9)),
        asyncio.create_task(night.tell("second", due=5)),
        asyncio.create_task(night.tell("arrival", priority=Priority.ARRIVAL_FIRST, due=20)),
        asyncio.create_task(night.tell("first", due=1)),
    ]
    await night.passes(0)
    assert night.reached == []
    await night.passes(waiting_room.PAUSE)
    assert await waiting[4] == "ProviderUnavailable", "it looked, and the provider was still out"
    night.out = False
    await night.passes(waiting_room.PAUSE)
    await asyncio.gather(waiting[5], waiting[3], waiting[2])
    assert night.reached == ["first", "second", "third"]
    await night.passes(breaker.LONGEST)
    assert await asyncio.gather(*waiting[:2]) == ["taken", "taken"]
    assert night.reached[3:] == ["climbs", "again"]


async def test_for_a_moment_after_the_return_only_first_words_leave(night: Night) -> None:
    """Also before a repeat that has not waited in the line; a first word does not wait even for that."""
    night.out = False
    night.now += breaker.PAUSE
    assert await night.tell("one", last_way=False) == "taken"
    repeat = asyncio.create_task(night.tell("repeat", priority=Priority.AGAIN, last_way=False))
    await night.passes(0)
    assert await night.tell("two", last_way=False) == "taken"
    assert not repeat.done()
    await night.passes(breaker.FIRST_WORDS)
    assert await repeat == "taken"
    assert night.reached == ["one", "two", "repeat"]


async def test_what_was_said_before_waits_for_a_first_word_that_was_refused_and_is_on_its_way_back(
    night: Night,
) -> None:
    """The workflow needs a moment to try it again. If it went another way, six seconds are enough."""
    assert await night.tell("late", patience=0.01) == ChannelOut.__name__
    night.out = False
    night.now += breaker.PAUSE
    assert await night.tell("one", last_way=False) == "taken"
    repeat = asyncio.create_task(night.tell("repeat", priority=Priority.AGAIN))
    await night.passes(breaker.FIRST_WORDS)
    assert not repeat.done()
    assert await night.tell("late") == "taken"
    assert await repeat == "taken"
    assert night.reached == ["one", "late", "repeat"]


async def test_whoever_finds_the_room_full_is_told_so_at_once(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    """A place in which a worker alerts is not for waiting: others need it."""
    monkeypatch.setattr(waiting_room, "SEATS", 1)
    waits = asyncio.create_task(night.tell("one"))
    await night.passes(0)
    assert await night.tell("two", due=-1) == ChannelOut.__name__
    night.out = False
    await night.passes(waiting_room.PAUSE)
    assert await waits == "taken"


async def test_whoever_waits_for_two_channels_goes_by_the_one_that_is_back(night: Night) -> None:
    """And holds no place in the line of the other one."""
    await night.falls(Channel.EMAIL)
    waits = asyncio.create_task(night.tell("one", ways=(Channel.SMS, Channel.EMAIL)))
    await night.passes(0)
    assert not waits.done()
    night.out = False
    await night.passes(waiting_room.PAUSE)
    assert await waits == "taken"
    assert night.breakers[Channel.SMS].outage is None


async def test_one_that_hangs_is_not_waited_for_once_the_provider_is_back(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was lost with the outage: its person hears in a second, not after the time-out; and it is no new failure."""
    monkeypatch.setattr(breaker, "BELATED", 0.0)
    night.now += breaker.PAUSE
    channel = night.breakers[Channel.SMS]
    hanging = [asyncio.create_task(channel.send(one, asyncio.Event().wait, priority=Priority.FIRST)) for one in "a"]
    await asyncio.sleep(0)
    night.out = False
    waits = asyncio.create_task(night.tell("one"))
    await night.passes(waiting_room.PAUSE)
    assert await waits == "taken"
    night.now += breaker.ALIVE
    async with asyncio.timeout(1):
        (lost,) = await asyncio.gather(*hanging, return_exceptions=True)
    assert isinstance(lost, OutcomeUnknown)
    assert channel.outage is None
