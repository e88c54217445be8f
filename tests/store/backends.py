"""The databases that the same tests run on: SQLite and PostgreSQL.

Tables are made once; each test gets a copy.
"""

import asyncio
import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy.pool import NullPool

from store import tables
from store.database import create_engine, database_url
from store.migrate import upgrade


class SQLite:
    """A file; a copy of it is a new database."""

    def __init__(self, directory: Path) -> None:
        self._template = directory / "template.db"
        upgrade(f"sqlite:///{self._template}")

    async def make(self, directory: Path) -> str:
        """The address of a new database."""
        path = directory / "store.db"
        shutil.copy(self._template, path)
        return f"sqlite:///{path}"

    async def drop(self, url: str) -> None:
        """The test's directory goes by itself."""


class PostgreSQL:
    """A server; `CREATE DATABASE … TEMPLATE` copies."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._template = f"goldenhour_{secrets.token_hex(4)}"
        asyncio.run(administer(server, f"CREATE DATABASE {self._template}"))
        upgrade(_database_of(server, self._template))

    async def make(self, directory: Path) -> str:
        """The address of a new database."""
        del directory
        name = f"{self._template}_{secrets.token_hex(4)}"
        await administer(self._server, f"CREATE DATABASE {name} TEMPLATE {self._template}")
        return _database_of(self._server, name)

    async def drop(self, url: str) -> None:
        """Leave nothing behind."""
        await administer(self._server, f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    def remove(self) -> None:
        """The template too."""
        asyncio.run(self.drop(self._template))


@asynccontextmanager
async def empty_database(server: str) -> AsyncIterator[str]:
    """The address of a database of one's own on a PostgreSQL server, without tables."""
    name = f"goldenhour_{secrets.token_hex(4)}"
    await administer(server, f"CREATE DATABASE {name}")
    try:
        yield _database_of(server, name)
    finally:
        await administer(server, f"DROP DATABASE {name} WITH (FORCE)")


@asynccontextmanager
async def writers_held_up(url: str, *, readers_too: bool = False) -> AsyncIterator[None]:
    """Somebody else holds the lock that every writer needs, and does not let go. Readers go on.

    Args:
        url: of the database.
        readers_too: hold them up as well. PostgreSQL can; SQLite's log (WAL) knows nothing that stops a reader.
    """
    engine = create_engine(database_url(url), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            if connection.dialect.name == "sqlite":
                await connection.exec_driver_sql("PRAGMA busy_timeout=5000")
                await connection.exec_driver_sql("BEGIN EXCLUSIVE" if readers_too else "BEGIN IMMEDIATE")
            else:
                everything = ", ".join(tables.metadata.tables)
                mode = "ACCESS EXCLUSIVE" if readers_too else "EXCLUSIVE"
                await connection.exec_driver_sql(f"LOCK TABLE {everything} IN {mode} MODE")
            yield
            await connection.rollback()
    finally:
        await engine.dispose()


async def administer(server: str, statement: str) -> None:
    """What can't be done inside a transaction."""
    engine = create_engine(database_url(server), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.exec_driver_sql(statement)
    await engine.dispose()


def _database_of(server: str, name: str) -> str:
    return f"{server.rsplit('/', 1)[0]}/{name}"
