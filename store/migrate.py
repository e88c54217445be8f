"""Bring a database up to date: safe to run twice, and by two processes at once."""

import asyncio
import os
import threading
import time
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.pool import NullPool

from store.database import create_engine, database_url, is_busy, store_errors
from store.errors import StoreUnavailable
from store.revisions import refuse_newer

_MIGRATIONS = Path(__file__).parent / "migrations"
MOST_SECONDS = 600
"""A server that falls silent in the middle ends this too; what it had begun is rolled back."""
_WAIT_SECONDS = 30.0
_ADVISORY_LOCK = 4821
"""PostgreSQL: any number that nobody else in the database locks."""


def upgrade(url: str) -> None:
    """Make the tables, or bring them up to date. Waits up to 30 seconds for another process that is doing so.

    Raises:
        StoreUnavailable: the database is away, or stayed locked.
        StoreError: the address is wrong, or a newer version of Golden Hour has been at this database.
    """
    parsed = database_url(url)
    failures: list[BaseException] = []

    def run() -> None:
        try:
            asyncio.run(_upgrade(parsed))
        except BaseException as error:  # noqa: BLE001 - raised again below
            failures.append(error)

    # In a thread of its own: the caller may have an event loop already.
    thread = threading.Thread(target=run, name="migrations")
    thread.start()
    thread.join()
    if failures:
        raise failures[0]


async def _upgrade(url: URL) -> None:
    sqlite = url.get_backend_name() == "sqlite"
    if sqlite:
        _make_private_file(Path(url.database or ""))
    engine = create_engine(url, poolclass=NullPool)
    try:
        with store_errors():
            async with asyncio.timeout(MOST_SECONDS), engine.connect() as connection:
                if sqlite:
                    await _patiently(connection, "PRAGMA journal_mode=WAL")
                    await connection.rollback()
                async with connection.begin():
                    if sqlite:
                        await _patiently(connection, "BEGIN IMMEDIATE")
                    else:
                        await connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_WAIT_SECONDS:g}s'")
                        await connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_ADVISORY_LOCK})")
                    await connection.run_sync(_run_migrations)
    finally:
        await engine.dispose()


def _make_private_file(path: Path) -> None:
    """SQLite would make it readable to everybody on the machine."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StoreUnavailable(f"the database file can't be opened: {error.strerror}") from None


async def _patiently(connection: AsyncConnection, statement: str) -> None:
    """Another process may be at it: wait for it."""
    deadline = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            await connection.exec_driver_sql(statement)
        except OperationalError as error:
            if not is_busy(error) or time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.05)
        else:
            return


def alembic_config() -> Config:
    """Alembic's configuration, without an ini file. For a new migration: `python -m store.migrations.new "title"`."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _run_migrations(connection: Connection) -> None:
    for revision in MigrationContext.configure(connection).get_current_heads():
        refuse_newer(revision)
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
