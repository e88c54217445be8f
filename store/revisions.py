"""Which version of the tables a database has, and whether this version of Golden Hour knows it.

Asked at every start, so it is quick: one query, and no Alembic. The migrations themselves are in `store.migrate`.
"""

import asyncio
import contextlib
from pathlib import Path

from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.pool import NullPool

from store.database import create_engine, database_url, store_errors
from store.errors import StoreError, StoreUnavailable

VERSIONS = Path(__file__).parent / "migrations" / "versions"
PATIENCE_SECONDS = 3.0
"""A part starts while the database is away: it does not wait long to ask."""


def known_revisions() -> set[str]:
    """The revisions that this version brings; a migration's file name begins with its own."""
    return {file.name.partition("_")[0] for file in VERSIONS.glob("[0-9]*_*.py")}


def newest_revision() -> str:
    """The revision that this version's tables have."""
    return max(known_revisions())


def refuse_newer(revision: str) -> None:
    """Leave a database alone that a newer version has changed.

    Raises:
        StoreError: this version does not know the revision.
    """
    if revision not in known_revisions():
        raise StoreError(
            f"the database is of a newer version of Golden Hour (revision {revision}, ours is {newest_revision()}): "
            "update Golden Hour, or restore the backup made before; nothing was changed"
        )


def check_revision(url: str) -> None:
    """Stop a part that would work on a newer database. One that is away, or has no tables yet, stops nothing.

    Raises:
        StoreError: the address is wrong, or a newer version of Golden Hour has been at this database.
    """
    if is_missing(url):
        return
    with contextlib.suppress(StoreUnavailable):
        revision = asyncio.run(_read(database_url(url)))
        if revision is not None:
            refuse_newer(revision)


def is_missing(url: str) -> bool:
    """Whether it is a SQLite file that is not there. Asked first: connecting would make an empty one.

    Raises:
        StoreError: the address is wrong.
    """
    parsed = database_url(url)
    return parsed.get_backend_name() == "sqlite" and not Path(parsed.database or "").exists()


async def _read(url: URL) -> str | None:
    engine = create_engine(url, poolclass=NullPool)
    try:
        with store_errors():
            async with asyncio.timeout(PATIENCE_SECONDS), engine.connect() as connection:
                return await _version(connection)
    finally:
        await engine.dispose()


async def _version(connection: AsyncConnection) -> str | None:
    found = await connection.exec_driver_sql("SELECT version_num FROM alembic_version")
    version = found.scalar()
    return str(version) if version is not None else None
