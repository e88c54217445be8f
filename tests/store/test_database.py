"""A store that is away never holds up an alert. This is about SQLite's file; a server is in test_postgresql."""

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from config.keys import KeyRing
from store.database import Database, create_engine, database_url
from store.errors import StoreError, StoreUnavailable
from store.migrate import upgrade
from store.repositories import Store

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
async def url(tmp_path: Path) -> str:
    """The address of an empty store in a file."""
    upgrade(f"sqlite:///{tmp_path / 'store.db'}")
    return f"sqlite:///{tmp_path / 'store.db'}"


@pytest.fixture
def locked(url: str) -> Iterator[sqlite3.Connection]:
    """Somebody else's program holds the file."""
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    yield connection
    connection.close()


async def test_a_locked_file_is_unavailable_within_the_time_given(store: Store, locked: sqlite3.Connection) -> None:
    """Each call has its own patience."""
    del locked
    for patience in (0.1, 0.4):
        started = time.monotonic()
        with pytest.raises(StoreUnavailable):
            await store.canary.flown(1, NOON, timeout=patience)
        assert patience * 0.9 <= time.monotonic() - started < patience + 0.35


async def test_a_locked_file_can_still_be_read(store: Store, locked: sqlite3.Connection) -> None:
    """A backup or another writer delays no alert: who is to be told is only read."""
    del locked
    assert await store.canary.last(timeout=0.2) is None


async def test_a_lock_that_is_let_go_in_time_is_only_a_delay(store: Store, locked: sqlite3.Connection) -> None:
    """Other processes write too; nobody fails because of that."""
    asyncio.get_running_loop().call_later(0.2, locked.rollback)
    await store.canary.flown(1, NOON, timeout=3)
    assert await store.canary.last() == NOON


async def test_a_writer_that_was_locked_out_leaves_nothing_locked(store: Store, locked: sqlite3.Connection) -> None:
    """After the lock, everything works as before."""
    answers = await asyncio.gather(
        *(store.canary.flown(number, NOON, timeout=0.1) for number in range(12)), return_exceptions=True
    )
    assert all(isinstance(answer, StoreUnavailable) for answer in answers)
    locked.rollback()
    await store.canary.flown(1, NOON)
    assert await store.canary.last() == NOON


async def test_a_disk_that_hangs_is_let_go(store: Store) -> None:
    """The thread may be stuck; its caller is not."""
    started = time.monotonic()
    with pytest.raises(StoreUnavailable):
        await _read_from_a_hanging_disk(store)
    assert time.monotonic() - started < 0.4
    assert await store.canary.last() is None
    await asyncio.sleep(0.7)


async def _read_from_a_hanging_disk(store: Store) -> None:
    async with store.database.reading(timeout=0.1) as connection:
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        await driver.create_function("hang", 1, time.sleep)
        await connection.execute(text("SELECT hang(0.6)"))


async def test_an_error_shows_no_value(store: Store) -> None:
    """What was to be stored never stands in an exception: it would end in a log."""
    with pytest.raises(StoreUnavailable) as caught:
        async with store.database.transaction() as connection:
            await connection.execute(text("INSERT INTO nowhere VALUES (:name)"), {"name": "Ngoc Anh"})
    assert "Ngoc" not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert str(caught.value) == "the store did not answer (SQLITE_ERROR)"


async def test_a_naive_instant_is_refused(store: Store) -> None:
    """Without a time zone it would move a deadline."""
    with pytest.raises(StoreError):
        await store.canary.flown(1, NOON.replace(tzinfo=None))


async def test_a_database_that_is_not_there_is_unavailable(tmp_path: Path, keys: KeyRing) -> None:
    """Opening says nothing yet: a part starts while the database is away."""
    database = Database(f"sqlite:///{tmp_path}/missing/store.db", keys)
    with pytest.raises(StoreUnavailable):
        async with database.reading():
            pass
    await database.close()


@pytest.mark.parametrize(
    ("given", "driver"),
    [
        ("sqlite:////var/store.db", "sqlite+aiosqlite"),
        ("sqlite+aiosqlite:////var/store.db", "sqlite+aiosqlite"),
        ("postgres://host/store", "postgresql+asyncpg"),
        ("postgresql://host/store", "postgresql+asyncpg"),
        ("postgresql+asyncpg://host/store", "postgresql+asyncpg"),
    ],
)
def test_plain_addresses_are_enough(given: str, driver: str) -> None:
    """Operators need not know our drivers."""
    assert database_url(given).drivername == driver


@pytest.mark.parametrize("given", ["mysql://host/store", "sqlite://", "secret", ""])
def test_other_addresses_are_refused_without_being_shown(given: str) -> None:
    """An address can hold a password."""
    with pytest.raises(StoreError, match="DATABASE_URL") as caught:
        database_url(given)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(("query", "level"), [("", 1), ("?synchronous=normal", 1), ("?synchronous=FULL", 2)])
async def test_the_address_says_how_sqlite_writes(tmp_path: Path, query: str, level: int) -> None:
    """Full: what is committed is on the disk, also after a power cut."""
    engine = create_engine(database_url(f"sqlite:///{tmp_path / 'store.db'}{query}"))
    async with engine.connect() as connection:
        assert await connection.scalar(text("PRAGMA synchronous")) == level
    await engine.dispose()


def test_another_way_of_writing_is_refused_in_one_line() -> None:
    """A slip of the pen must not switch safety off."""
    with pytest.raises(StoreError, match="synchronous: expected one of normal, full, extra"):
        database_url("sqlite:///store.db?synchronous=off")
