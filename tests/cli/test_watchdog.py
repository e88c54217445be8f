"""The watchdog: what it sees, when it barks, and that it says when it is over."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis.asyncio import Redis

from cli.watchdog import Watchdog
from config.keys import KeyRing
from domain import vigilance
from domain.names import Phase, Risk, Stage
from domain.snapshot import EpisodeSnapshot, Snapshot
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


class AwakeEngine(Engine):
    """An engine that answers."""

    def __init__(self, seen: Snapshot) -> None:
        self._seen = seen

    async def look(self, alias: str) -> Snapshot:
        """The placement, as it is now."""
        assert alias == self._seen.alias
        return self._seen


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


async def test_a_ladder_that_stands_still_is_noticed(watchdog: Watchdog, time: Time) -> None:
    """C102: an episode is open, its next rung is five minutes late, and the engine does not say otherwise."""
    climbing = EpisodeSnapshot(
        number=1, stage=Stage.OVERDUE, began_at=time.now, next_rung_at=time.now + timedelta(minutes=10)
    )
    snapshot = Snapshot(
        alias="Heron-42", as_of_fact=3, as_of=time.now, phase=Phase.ARRIVAL, risk=Risk.HIGH, episodes=[climbing]
    )
    await watchdog.store.facts.insert("Heron-42", [], snapshot)
    time.now += timedelta(minutes=14, seconds=59)
    await watchdog.store.canary.flown(1, time.now)
    assert await watchdog.look() == ()
    time.now += timedelta(seconds=1)

    assert await watchdog.look() == ("ladders",)


async def test_an_engine_that_says_the_ladder_goes_on_is_believed(watchdog: Watchdog, time: Time) -> None:
    """C102: it is asked once more before anybody is woken; the store only had not heard of the last rung."""
    late = EpisodeSnapshot(number=1, stage=Stage.OVERDUE, began_at=START, next_rung_at=START)
    of_placement = Snapshot(
        alias="Heron-42", as_of_fact=3, as_of=START, phase=Phase.ARRIVAL, risk=Risk.HIGH, episodes=[late]
    )
    await watchdog.store.facts.insert("Heron-42", [], of_placement)
    time.now += timedelta(minutes=6)
    await watchdog.store.canary.flown(1, time.now)
    gone_on = late.model_copy(update={"next_rung_at": time.now + timedelta(minutes=4)})
    watchdog.engine = AwakeEngine(of_placement.model_copy(update={"episodes": [gone_on], "as_of_fact": 4}))

    assert await watchdog.look() == ()
    assert [one.as_of_fact for one in await watchdog.store.placements.climbing()] == [4]


@pytest.mark.parametrize(
    ("sight", "worries"),
    [
        (Sight(START, None, ()), ()),
        (Sight(None, None, ()), ()),
        (Sight(START, START - timedelta(seconds=60), ()), ("intents",)),
        (Sight(START, START - timedelta(seconds=59), ()), ()),
        (Sight(START, None, ("Heron-42",)), ("checks",)),
        (Sight(START, None, (), ("Heron-42",)), ("ladders",)),
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


async def test_an_exercise_wakes_no_operator(watchdog: Watchdog, time: Time) -> None:
    """Its check is overdue and its ladder stands still: no child is at risk."""
    still = EpisodeSnapshot(number=1, stage=Stage.OVERDUE, began_at=time.now, next_rung_at=time.now)
    for alias, episodes in (("Exercise-482", []), ("Training-731", [still])):
        snapshot = Snapshot(
            alias=alias,
            as_of_fact=1,
            as_of=time.now,
            phase=Phase.ARRIVAL,
            risk=Risk.HIGH,
            overdue_at=None if episodes else time.now,
            exercise=True,
            episodes=episodes,
        )
        await watchdog.store.facts.insert(alias, [], snapshot)
    time.now += timedelta(minutes=15)
    await watchdog.store.canary.flown(1, time.now)

    assert await watchdog.look() == ()
