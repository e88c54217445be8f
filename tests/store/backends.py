"""The databases that the same tests run on: SQLite always, PostgreSQL where `GOLDENHOUR_TEST_POSTGRESQL` names one.

Tables are made once; each test gets a copy.
"""

import asyncio
import os
import secrets
import shutil
from pathlib import Path

from sqlalchemy.pool import NullPool

from store.database import create_engine, database_url
from store.migrate import upgrade

POSTGRESQL = os.environ.get("GOLDENHOUR_TEST_POSTGRESQL", "")
"""`postgresql://user@host:port/postgres`, whose user may create databases."""
NAMES = ["sqlite", "postgresql"] if POSTGRESQL else ["sqlite"]


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

    def __init__(self) -> None:
        self._template = f"goldenhour_{secrets.token_hex(4)}"
        asyncio.run(self._administer(f"CREATE DATABASE {self._template}"))
        upgrade(self._address(self._template))

    async def make(self, directory: Path) -> str:
        """The address of a new database."""
        del directory
        name = f"{self._template}_{secrets.token_hex(4)}"
        await self._administer(f"CREATE DATABASE {name} TEMPLATE {self._template}")
        return self._address(name)

    async def drop(self, url: str) -> None:
        """Leave nothing behind."""
        await self._administer(f"DROP DATABASE {url.rsplit('/', 1)[1]} WITH (FORCE)")

    def remove(self) -> None:
        """The template too."""
        asyncio.run(self.drop(self._address(self._template)))

    def _address(self, name: str) -> str:
        return f"{POSTGRESQL.rsplit('/', 1)[0]}/{name}"

    async def _administer(self, statement: str) -> None:
        engine = create_engine(database_url(POSTGRESQL), poolclass=NullPool, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.exec_driver_sql(statement)
        await engine.dispose()
