"""The watchdog: what it sees, when it barks, and that it says when it is over."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from cli.watchdog import Watchdog
from config.keys import KeyRing
from domain import vigilance
from domain.names import Phase, Risk
from domain.snapshot import Snapshot
from domain.vigilance import Bark, Sight
from engine.errors import Unreachable
from engine.facade import Engine
from notifiers.registry import from_settings
from simulator.testing import RunningSimulator, running_simulator
from store.migrate import upgrade
from store.repositories import Store
from tests.scenarios.engine_room import KEYS, settings_for

START = datetime(2026, 3, 10, 3, 0, tzinfo=UTC)
PHONE, MAILBOX = "+447700900888", "watchdog@example.org"


class SilentEngine(Engine):
    """An engine that does not answer: for a watchdog, what the store says stands."""

    def __init__(self) -> None:
        pass

    async def look(self, alias: str) -> Snapshot:
        """Nobody answers."""
        raise Unreachable(alias)


class Time:
    """A clock that we move."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        """Now, UTC."""
        return self.now


@pytest.fixture
async def simulator() -> AsyncIterator[RunningSimulator]:
    """The providers."""
    async with running_simulator() as running:
        yield running


@pytest.fixture
def time() -> Time:
    """The watchdog's clock."""
    return Time()


@pytest.fixture
async def watchdog(tmp_path: Path, simulator: RunningSimulator, time: Time) -> AsyncIterator[Watchdog]:
    """A watchdog whose Redis is away, on a store of its own."""
    settings = settings_for(tmp_path, "redis://127.0.0.1:1", simulator, 9)
    upgrade(settings.database_url)
    store = Store.open(settings.database_url, KeyRing.parse(KEYS))
    notifiers = from_settings(settings)
    async with Redis.from_url(settings.redis_url) as redis:
        yield Watchdog(store, redis, SilentEngine(), notifiers, (PHONE, MAILBOX), clock=time)
    await notifiers.close()
    await store.close()


async def test_a_canary_three_minutes_old_wakes_people_and_its_return_reassures_them(
    watchdog: Watchdog, simulator: RunningSimulator, time: Time
) -> None:
    """Once at three minutes, again every quarter of an hour, and once when it flies again."""
    await watchdog.store.canary.flown(1, time.now)
    assert await watchdog.look() == ()
    time.now += timedelta(minutes=2, seconds=59)
    await watchdog.look()
    assert simulator.messages == []
    time.now += timedelta(seconds=1)
    assert await watchdog.look() == ("canary",)
    await simulator.wait_for(to=PHONE, containing="may not be working since 03:03")
    await simulator.wait_for(to=MAILBOX, containing="Check on every child by hand now")
    time.now += timedelta(minutes=14)
    await watchdog.look()
    assert len(simulator.messages) == 2
    time.now += timedelta(minutes=1)
    await watchdog.look()
    assert len(simulator.messages) == 4
    await watchdog.store.canary.flown(2, time.now)
    assert await watchdog.look() == ()
    await simulator.wait_for(to=PHONE, containing="works again")
    assert len(simulator.messages) == 6


async def test_an_overdue_check_with_no_ladder_is_noticed(watchdog: Watchdog, time: Time) -> None:
    """Rule 1, watched from outside: a minute after overdue, and the engine does not say otherwise."""
    snapshot = Snapshot(
        alias="Heron-42",
        as_of_fact=1,
        as_of=time.now,
        phase=Phase.ARRIVAL,
        risk=Risk.HIGH,
        next_due_at=time.now,
        overdue_at=time.now + timedelta(minutes=5),
    )
    await watchdog.store.facts.insert("Heron-42", [], snapshot)
    await watchdog.store.canary.flown(1, time.now + timedelta(minutes=5))
    time.now += timedelta(minutes=5, seconds=59)
    assert await watchdog.look() == ()
    time.now += timedelta(seconds=1)

    assert await watchdog.look() == ("checks",)


@pytest.mark.parametrize(
    ("sight", "worries"),
    [
        (Sight(START, None, ()), ()),
        (Sight(None, None, ()), ()),
        (Sight(START, START - timedelta(seconds=60), ()), ("intents",)),
        (Sight(START, START - timedelta(seconds=59), ()), ()),
        (Sight(START, None, ("Heron-42",)), ("checks",)),
    ],
)
def test_what_is_worrying(sight: Sight, worries: tuple[str, ...]) -> None:
    """A report that waits a minute, a forgotten check; a watchdog that has just begun to look waits for its canary."""
    assert vigilance.worries(sight, START, START) == worries


def test_something_new_is_said_at_once() -> None:
    """And what has been said is not said again before its time."""
    bark = Bark(START, START, ("canary",))

    assert not vigilance.must_warn(bark, ("canary",), START + timedelta(minutes=14))
    assert vigilance.must_warn(bark, ("canary", "checks"), START + timedelta(minutes=1))
    assert vigilance.must_warn(bark, ("canary",), START + timedelta(minutes=15))
