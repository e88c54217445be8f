"""A provider that fails again and again is not waited for, and is used again as soon as it takes a message."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from activities import breaker
from activities.breaker import Breaker, ChannelOut
from domain.names import Channel
from domain.priority import Priority
from notifiers.errors import NotifierError, OutcomeUnknown, ProviderUnavailable, Undeliverable


class Provider:
    """A provider that does what it is told, a clock that we move, and the breaker between us and it."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.breaker = Breaker(Channel.SMS, clock=lambda: self.now)
        self.fault: NotifierError | None = None
        self.asked = 0

    async def _answer(self) -> str:
        self.asked += 1
        if self.fault is not None:
            raise self.fault
        return "taken"

    async def gets(
        self, address: str = "one", *, urgent: bool = True, send: Callable[[], Awaitable[str]] | None = None
    ) -> str:
        """What becomes of a message, in a word."""
        try:
            priority = Priority.FIRST if urgent else Priority.AGAIN
            return await self.breaker.send(address, send or self._answer, priority=priority)
        except NotifierError as error:
            return type(error).__name__

    async def falls_ill(self, fault: NotifierError) -> None:
        """It fails until the breaker opens."""
        self.fault = fault
        for address in ("one", "two", "one"):
            await self.gets(address)
        assert self.breaker.outage is not None


@pytest.fixture
def provider() -> Provider:
    """One that is well."""
    return Provider()


@pytest.mark.parametrize("fault", [ProviderUnavailable("429", code=429), OutcomeUnknown("503"), OutcomeUnknown("lost")])
async def test_after_three_failures_in_a_row_nobody_waits_for_the_provider(
    provider: Provider, fault: NotifierError
) -> None:
    """Refused at once, and not asked: the person's next channel is tried in the same second. The code is kept."""
    await provider.falls_ill(fault)

    assert await provider.gets() == ChannelOut.__name__
    assert provider.asked == 3
    assert provider.breaker.outage is not None
    assert provider.breaker.outage.code == fault.code


async def test_a_refused_address_is_an_answer(provider: Provider) -> None:
    """However many numbers don't exist: the provider is well."""
    provider.fault = Undeliverable("no such number", code=21211)

    assert {await provider.gets(str(number)) for number in range(9)} == {"Undeliverable"}


async def test_one_telephones_trouble_is_not_the_providers(provider: Provider) -> None:
    """Failures for a single address prove nothing about the others."""
    provider.fault = OutcomeUnknown("lost")

    assert {await provider.gets("one") for _ in range(9)} == {"OutcomeUnknown"}


async def test_one_in_three_that_is_lost_is_no_outage(provider: Provider) -> None:
    """A message that was taken a moment ago shows that the provider is alive, however many fail beside it."""
    await provider.gets()
    for number in range(30):
        provider.fault = OutcomeUnknown("lost") if number % 6 < 3 else None
        await provider.gets(str(number))

    assert provider.breaker.outage is None
    assert provider.asked == 31


async def test_one_message_is_let_through_after_a_pause_and_brings_the_channel_back(provider: Provider) -> None:
    """By itself: nobody has to notice that the provider is well again."""
    await provider.falls_ill(OutcomeUnknown("lost"))
    provider.now += breaker.PAUSE - 0.1
    assert await provider.gets() == "ChannelOut"
    provider.now += 0.2
    assert await provider.gets() == "OutcomeUnknown", "it is still ill"
    assert await provider.gets() == "ChannelOut", "one message at a time"
    provider.fault = None
    provider.now += breaker.PAUSE
    assert await provider.gets() == "taken"
    assert await provider.gets(urgent=False) == "ChannelOut", "first words go first"
    provider.now += breaker.LONGEST
    assert await provider.gets(urgent=False) == "taken"
    assert provider.breaker.outage is None


async def test_a_first_alert_is_let_through_before_a_repeat(provider: Provider) -> None:
    """Who has not heard of the child at all has more to gain. On a night of repeats alone one of them goes."""
    await provider.falls_ill(ProviderUnavailable("429"))
    provider.fault = None
    provider.now += breaker.PAUSE
    assert await provider.gets(urgent=False) == "ChannelOut"
    assert await provider.gets(urgent=True) == "taken"

    await provider_falls_ill_later(provider)
    provider.now += breaker.REPEATS_PAUSE
    assert await provider.gets(urgent=False) == "taken"


async def provider_falls_ill_later(provider: Provider) -> None:
    """Once more, when what was taken before shows nothing any more."""
    provider.now += breaker.ALIVE
    await provider.falls_ill(ProviderUnavailable("429"))
    provider.fault = None


async def test_while_one_is_let_through_the_others_go_another_way(provider: Provider) -> None:
    """A provider that hangs costs one person the time-out, not everybody; and given up, it is tried again."""
    await provider.falls_ill(OutcomeUnknown("lost"))
    provider.fault = None
    provider.now += breaker.PAUSE
    hanging = asyncio.create_task(provider.gets(send=_never))
    await asyncio.sleep(0)
    assert await provider.gets() == "ChannelOut"
    hanging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hanging
    assert await provider.gets() == "taken"


async def test_a_request_that_never_ends_is_a_failure(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """Should a notifier's own limit not hold, this one does."""
    monkeypatch.setattr(breaker, "PATIENCE", 0.01)

    assert await provider.gets(send=_never) == "OutcomeUnknown"


async def test_failures_hours_apart_are_no_row(provider: Provider) -> None:
    """Three nights with a lost answer each are not an outage."""
    provider.fault = OutcomeUnknown("lost")
    for address in "abcdef":
        await provider.gets(address)
        provider.now += breaker.IN_A_ROW
    assert provider.breaker.outage is None


async def test_what_was_begun_before_the_provider_took_a_message_says_nothing_when_it_fails(provider: Provider) -> None:
    """It hung through the outage, and ends after it: the channel stays."""
    late = asyncio.Event()

    async def hangs() -> str:
        await late.wait()
        raise OutcomeUnknown("lost")

    hanging = [asyncio.create_task(provider.gets(address, send=hangs)) for address in "abcd"]
    await asyncio.sleep(0)
    provider.now += 1
    assert await provider.gets() == "taken"
    provider.now += breaker.ALIVE
    late.set()
    assert set(await asyncio.gather(*hanging)) == {"OutcomeUnknown"}
    assert provider.breaker.outage is None


async def _never() -> str:
    await asyncio.Event().wait()
    return ""
