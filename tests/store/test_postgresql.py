"""A PostgreSQL server that is restarted, hangs, or is locked: an alert never waits for it."""

import asyncio
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.pool import NullPool

from config.keys import KeyRing
from store import migrate
from store.database import create_engine, database_url
from store.errors import StoreError, StoreUnavailable
from store.migrate import upgrade
from store.repositories import Store
from tests.postgresql import Server, running_server
from tests.store.backends import administer, empty_database, writers_held_up

CHECKOUT = Path(__file__).resolve().parents[2]
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
AT_ONCE = 10
"""Connections that one process may have."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A server that these tests may ill-treat."""
    with running_server() as running:
        yield running


@pytest.fixture
async def empty(server: Server) -> AsyncIterator[str]:
    """The address of a database without tables."""
    async with empty_database(server.url) as url:
        yield url


@pytest.fixture
async def url(empty: str) -> str:
    """The address of an empty store."""
    upgrade(empty)
    return empty


async def used(store: Store) -> None:
    """Make it open every connection that it may have."""
    await asyncio.gather(*(store.canary.flown(number, NOON) for number in range(AT_ONCE)))


async def test_after_a_restart_the_next_operation_works(store: Store, server: Server) -> None:
    """Every connection was cut. Nobody hears of it: each is asked whether it lives before it is relied on."""
    await used(store)
    server.stop()
    server.start()
    await store.canary.flown(99, NOON, timeout=2)
    await used(store)
    assert await store.canary.last() == NOON


async def test_while_it_is_down_it_is_unavailable_at_once_and_works_again_afterwards(
    store: Store, server: Server
) -> None:
    """A part that started before the database, or outlives it, needs no restart of its own."""
    await used(store)
    server.stop()
    try:
        started = time.monotonic()
        for _ in range(AT_ONCE + 1):
            with pytest.raises(StoreUnavailable):
                await store.canary.last(timeout=2)
        assert time.monotonic() - started < 2
    finally:
        server.start()
    await store.canary.flown(1, NOON, timeout=2)
    assert await store.canary.last() == NOON


async def test_a_server_that_hangs_is_let_go_within_the_time_given(store: Store, server: Server) -> None:
    """Open connections and new ones alike; when it goes on, so do we."""
    await used(store)
    with server.silent():
        for patience in (0.1, 0.4):
            started = time.monotonic()
            answers = await asyncio.gather(
                *(store.canary.last(timeout=patience) for _ in range(2 * AT_ONCE)), return_exceptions=True
            )
            assert all(isinstance(answer, StoreUnavailable) for answer in answers)
            assert patience * 0.9 <= time.monotonic() - started < patience + 0.6
    await store.canary.flown(1, NOON, timeout=5)
    assert await store.canary.last() == NOON


async def test_whoever_gave_up_waiting_for_a_lock_does_not_stay_on_the_server(
    store: Store, url: str, server: Server
) -> None:
    """Left there, a minute of retries would use up all of the server's connections, and lock readers out."""
    async with writers_held_up(url):
        for _ in range(3):
            given_up = (store.canary.flown(number, NOON, timeout=0.1) for number in range(AT_ONCE))
            answers = await asyncio.gather(*given_up, return_exceptions=True)
            assert all(isinstance(answer, StoreUnavailable) for answer in answers)
        assert await store.canary.last(timeout=1) is None
        await gone(server, url)
    await store.canary.flown(1, NOON)


async def gone(server: Server, url: str) -> None:
    """Nobody waits for a lock any more.

    Raises:
        TimeoutError: somebody still does, after some seconds.
    """
    looking = Store.open(server.url, KeyRing.generate())
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = :name AND wait_event_type = 'Lock'"
    try:
        async with asyncio.timeout(5):
            while True:
                async with looking.database.reading() as connection:
                    if not await connection.scalar(text(query), {"name": url.rpartition("/")[2]}):
                        return
                await asyncio.sleep(0.1)
    finally:
        await looking.close()


async def test_an_error_shows_no_value(store: Store) -> None:
    """What was to be stored never stands in an exception: it would end in a log."""
    with pytest.raises(StoreUnavailable) as caught:
        async with store.database.transaction() as connection:
            await connection.execute(text("INSERT INTO nowhere VALUES (:name)"), {"name": "Ngoc Anh"})
    assert "Ngoc" not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert str(caught.value) == "the store did not answer (42P01)"


async def test_a_database_that_is_not_there_is_unavailable(server: Server, keys: KeyRing) -> None:
    """Opening says nothing yet; the first question does, and `migrate` the same."""
    url = server.url.replace("/postgres", "/nowhere").replace("postgresql:", "postgres:")
    opened = Store.open(url, keys)
    with pytest.raises(StoreUnavailable, match="3D000"):
        await opened.canary.last()
    with pytest.raises(StoreUnavailable, match="3D000"):
        upgrade(url)
    await opened.close()


def test_two_processes_migrate_at_once(empty: str) -> None:
    """Worker and web app start together: one does it, the other waits."""
    program = f"from store.migrate import upgrade; upgrade({empty!r})"
    command = [sys.executable, "-W", "error", "-c", program]
    started = [subprocess.Popen(command, cwd=CHECKOUT, stderr=subprocess.PIPE) for _ in range(3)]  # noqa: S603
    for process in started:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors.decode()


async def test_migrating_waits_for_another_process_but_not_for_ever(
    empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that hangs in the middle of it stops the others' start with a line, not silently."""
    monkeypatch.setattr(migrate, "_WAIT_SECONDS", 0.2)
    other = create_engine(database_url(empty), poolclass=NullPool)
    async with other.connect() as connection:
        await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({migrate._ADVISORY_LOCK})")  # noqa: SLF001
        with pytest.raises(StoreUnavailable, match="55P03"):
            await asyncio.to_thread(upgrade, empty)
    await other.dispose()
    upgrade(empty)


async def test_a_database_of_a_newer_version_is_refused(url: str) -> None:
    """Going on with an old program could lose what the new one wrote."""
    await administer(url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StoreError, match="newer version"):
        upgrade(url)
