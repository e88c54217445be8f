"""Migrations: from nothing, again, and by two processes at once."""

import asyncio
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, make_url

from store.address import for_the_driver
from store.errors import StoreError, StoreUnavailable
from store.migrate import upgrade
from store.repositories import Store
from store.tables import metadata

CHECKOUT = Path(__file__).resolve().parents[2]


def tables_of(path: Path) -> set[str]:
    """The names of the tables in a file."""
    connection = sqlite3.connect(path)
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    connection.close()
    return names


async def test_from_nothing_and_again(tmp_path: Path) -> None:
    """Also from inside a running loop; only the owner may read the file."""
    path = tmp_path / "store.db"
    for _ in range(2):
        upgrade(f"sqlite:///{path}")
    assert tables_of(path) == set(metadata.tables) | {"alembic_version"}
    assert path.stat().st_mode & 0o777 == 0o600


def test_two_processes_at_once(tmp_path: Path) -> None:
    """Worker and web app start together: one does it, the other waits."""
    path = tmp_path / "store.db"
    program = f"from store.migrate import upgrade; upgrade('sqlite:///{path}')"
    command = [sys.executable, "-W", "error", "-c", program]
    started = [subprocess.Popen(command, cwd=CHECKOUT, stderr=subprocess.PIPE) for _ in range(3)]  # noqa: S603
    for process in started:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors.decode()
    assert tables_of(path) == set(metadata.tables) | {"alembic_version"}


async def test_the_migrations_make_exactly_the_tables_that_the_code_expects(store: Store) -> None:
    """A table changed without a migration is caught here: write one in store/migrations/versions."""

    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    async with store.database.reading() as connection:
        assert await connection.run_sync(differences) == []


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    """Going on with an old program could lose what the new one wrote."""
    path = tmp_path / "store.db"
    upgrade(f"sqlite:///{path}")
    connection = sqlite3.connect(path)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    with pytest.raises(StoreError, match="newer version"):
        upgrade(f"sqlite:///{path}")


def test_a_place_that_can_not_be_written_is_said(tmp_path: Path) -> None:
    """One line, no trace of Alembic."""
    with pytest.raises(StoreUnavailable, match="can't be opened"):
        upgrade(f"sqlite:///{tmp_path}/missing/store.db")


async def test_a_server_that_takes_a_connection_and_says_nothing_is_not_waited_for_for_ever() -> None:
    """Every outward call has a timeout: ten seconds, or what the address says."""
    assert for_the_driver(make_url("postgresql://u@127.0.0.1/x"))[1]["timeout"] == 10
    released = asyncio.Event()

    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await released.wait()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    began = time.monotonic()
    with pytest.raises(StoreUnavailable):
        await asyncio.to_thread(upgrade, f"postgresql://u@127.0.0.1:{port}/x?sslmode=disable&connect_timeout=1")
    assert time.monotonic() - began < 8
    released.set()
    server.close()
