"""The way to the database: short, timed, and with one kind of error when it does not answer.

An alert waits for nothing here longer than it says: a locked file, a hung server and a full pool all end in
`StoreUnavailable` within the caller's own timeout.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager, nullcontext
from functools import partial
from typing import Any

import aiosqlite
from sqlalchemy import event, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from config.keys import KeyRing
from store import one_hop, tables
from store.address import check_query, for_the_driver
from store.dialect import insert_absent
from store.errors import StoreError, StoreUnavailable
from store.sealing import Index, Seals

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}
_SYNCHRONOUS = ("normal", "full", "extra")
BUSY_SECONDS = 0.25
"""How long SQLite itself waits for a lock. Short: it waits in a thread that can't be called back."""
_SQLITE = {"timeout": BUSY_SECONDS, "async_creator_fn": one_hop.connect}
_RETRY_SECONDS = 0.01
RECYCLE_SECONDS = 180
"""How old a connection to PostgreSQL gets: many networks forget one, silently, that was idle for four minutes."""
_LET_GO = """
SELECT set_config(name, wanted.value, false)
FROM (VALUES ('statement_timeout', '30s'), ('idle_in_transaction_session_timeout', '10s'),
             ('client_connection_check_interval', '1s')) AS wanted (name, value)
JOIN pg_settings USING (name)
WHERE name <> 'client_connection_check_interval' OR version() LIKE '%linux%'
"""
"""What the server is told of us: longer than any of our own timeouts, and that it may notice when we are gone."""
_WORDS = {
    "SQLITE_FULL": "can't write: its disk is full",
    "53100": "can't write: its disk is full",  # PostgreSQL's disk_full
    "28": "refuses this user or password",  # PostgreSQL's invalid_authorization_specification and _password
    "3D000": "can't be opened: there is no such database",
    "SQLITE_READONLY": "can't write: its file may only be read",
    "SQLITE_CANTOPEN": "can't be opened",
    "SQLITE_NOTADB": "can't be read: its file is no SQLite database",
    "SQLITE_CORRUPT": "can't be read: its file is damaged",
}
"""What an operator can mend, by the beginning of the driver's name for it."""
_INDEX_KEY = "address_index_key"


def database_url(url: str) -> URL:
    """The address with the driver we use: `sqlite:///path` and `postgresql://…` are enough.

    Raises:
        StoreError: neither SQLite nor PostgreSQL, or something after the `?` that can't be done.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise StoreError("DATABASE_URL can't be read: expected sqlite:///path or postgresql://…") from None
    driver = _DRIVERS.get(parsed.drivername)
    if driver is None or (driver.startswith("sqlite") and not parsed.database):
        raise StoreError("DATABASE_URL: expected sqlite:///path or postgresql://…")
    if driver.startswith("postgresql"):
        check_query(parsed)
    elif others := parsed.query.keys() - {"synchronous"}:
        raise StoreError(f"DATABASE_URL: {min(others)} is not known here: leave it out")
    elif _synchronous(parsed) not in _SYNCHRONOUS:
        raise StoreError(f"DATABASE_URL: synchronous: expected one of {', '.join(_SYNCHRONOUS)}")
    return parsed.set(drivername=driver)


def create_engine(url: URL, **options: Any) -> AsyncEngine:  # noqa: ANN401 - SQLAlchemy's own options
    """An engine whose errors never show what was stored."""
    sqlite = url.get_backend_name() == "sqlite"
    synchronous = _synchronous(url)
    url, arguments = (url.difference_update_query(["synchronous"]), _SQLITE) if sqlite else for_the_driver(url)
    engine = create_async_engine(url, hide_parameters=True, connect_args=arguments, **options)
    engine.dialect.do_terminate = _hang_up  # type: ignore[assignment, method-assign]
    if sqlite:
        event.listen(engine.sync_engine, "connect", partial(_prepare_sqlite, synchronous))
    return engine


def _hang_up(connection: Any) -> None:  # noqa: ANN401 - SQLAlchemy's wrapper of a driver's connection
    """Let go of a connection whose caller's time is up, without waiting for it.

    SQLAlchemy's own way says goodbye first: two seconds to a silent server, for ever to a disk that hangs.
    """
    driver = connection.driver_connection
    if isinstance(driver, aiosqlite.Connection):
        driver.stop()
    else:
        driver.terminate()


def _synchronous(url: URL) -> str:
    """What is on the disk when SQLite says that it is: `sqlite:///path?synchronous=full` outlives a power cut."""
    return str(url.query.get("synchronous", "normal")).lower()


def _prepare_sqlite(synchronous: str, connection: Any, _record: object) -> None:  # noqa: ANN401 - a driver's connection
    """Transactions are begun by us: left to itself the driver begins them too late to be consistent."""
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (f"synchronous={synchronous}", "foreign_keys=ON", "recursive_triggers=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _prepare_postgresql(connection: Any, _record: object) -> None:  # noqa: ANN401 - a driver's connection
    """Whoever we hang up on, the server does not keep: it would go on waiting for a lock, and hold those it has."""
    cursor = connection.cursor()
    cursor.execute(_LET_GO)
    cursor.close()
    connection.commit()


class Database:
    """The engine, the seals, and the time each caller is willing to wait."""

    def __init__(self, url: str, keys: KeyRing, *, timeout: float = 5.0) -> None:
        """Nothing is connected yet: a part can start while the database is away.

        Args:
            url: `sqlite:///path` or `postgresql://…`.
            keys: seal and open what is personal.
            timeout: seconds for a whole operation whose caller names none.
        """
        parsed = database_url(url)
        self.sqlite = parsed.get_backend_name() == "sqlite"
        self.seals = Seals(keys)
        self._timeout = timeout
        self._engine = create_engine(parsed, pool_size=5, max_overflow=5, pool_timeout=timeout, **self._care())
        if not self.sqlite:
            event.listen(self._engine.sync_engine, "connect", _prepare_postgresql)
        # SQLite has one writer. Those of this process queue up here, in order and without polling.
        self._writer = asyncio.Lock() if self.sqlite else None
        self._index: Index | None = None

    def __repr__(self) -> str:
        return f"<Database({self._engine.dialect.name})>"

    async def close(self) -> None:
        """Give back connections and threads."""
        await self._engine.dispose()

    def transaction(self, *, timeout: float | None = None) -> AbstractAsyncContextManager[AsyncConnection]:
        """A transaction that may write: all of it happens, or nothing.

        Raises:
            StoreUnavailable: not done within `timeout` seconds, or the database is away.
        """
        return self._timed(timeout, writes=True)

    def reading(self, *, timeout: float | None = None) -> AbstractAsyncContextManager[AsyncConnection]:
        """A transaction that only reads; on SQLite no writer holds it up.

        Raises:
            StoreUnavailable: not done within `timeout` seconds, or the database is away.
        """
        return self._timed(timeout, writes=False)

    async def index(self, connection: AsyncConnection) -> Index:
        """The address index. Its key is made once for the installation, kept sealed, and outlives every key change.

        Raises:
            Unreadable: the key in the ring is another installation's.
        """
        if self._index is None:
            stored = await self._index_key(connection)
            if stored is None:
                # Not remembered yet: this transaction may still fail, and another process may have been faster.
                await self._make_index_key(connection)
                return Index(await self._index_key(connection) or b"")
            self._index = Index(stored)
        return self._index

    async def _index_key(self, connection: AsyncConnection) -> bytes | None:
        query = select(tables.meta).where(tables.meta.c.name == _INDEX_KEY)
        row = (await connection.execute(query)).one_or_none()
        return self.seals.open("meta.value", _INDEX_KEY, row.key_id, row.value_sealed) if row is not None else None

    async def _make_index_key(self, connection: AsyncConnection) -> None:
        fresh = self.seals.seal("meta.value", _INDEX_KEY, secrets.token_bytes(32))
        row = {"name": _INDEX_KEY, "value_sealed": fresh, "key_id": self.seals.key_id}
        await connection.execute(insert_absent(connection, tables.meta), row)

    @asynccontextmanager
    async def _timed(self, timeout: float | None, *, writes: bool) -> AsyncIterator[AsyncConnection]:
        seconds = self._timeout if timeout is None else timeout
        with store_errors():
            async with asyncio.timeout(seconds):
                async with self._turn(writes=writes), self._engine.connect() as connection, connection.begin():
                    if self.sqlite:
                        await _begin_sqlite(connection, writes=writes)
                    yield connection

    def _care(self) -> dict[str, Any]:
        """A server that was restarted is noticed before an alert relies on its connection; a file needs no asking."""
        return {} if self.sqlite else {"pool_pre_ping": True, "pool_recycle": RECYCLE_SECONDS}

    def _turn(self, *, writes: bool) -> AbstractAsyncContextManager[Any]:
        return self._writer if writes and self._writer else nullcontext()


async def _begin_sqlite(connection: AsyncConnection, *, writes: bool) -> None:
    """Begin, and with it take the write lock: asking for it later fails at once whenever somebody wrote meanwhile.

    Other processes hold the lock for a millisecond or so; it is asked for again until the caller's time is up.
    """
    if not writes:
        await connection.exec_driver_sql("BEGIN")
        return
    while True:
        try:
            await connection.exec_driver_sql("BEGIN IMMEDIATE")
        except OperationalError as error:
            if not is_busy(error):
                raise
            await asyncio.sleep(_RETRY_SECONDS)
        else:
            return


def is_busy(error: DBAPIError) -> bool:
    """Whether another process holds the SQLite file."""
    return reason_of(error).startswith("SQLITE_BUSY")


def reason_of(error: DBAPIError) -> str:
    """What the driver calls it: SQLite's error name or PostgreSQL's SQLSTATE, never a text with values in it."""
    for cause in (error.orig, getattr(error.orig, "__cause__", None)):
        for name in ("sqlite_errorname", "sqlstate"):
            known = getattr(cause, name, None)
            if known:
                return str(known)
    return type(error.orig).__name__


def _in_words(reason: str) -> str:
    return next((words for name, words in _WORDS.items() if reason.startswith(name)), "did not answer")


@contextmanager
def store_errors() -> Iterator[None]:
    """Turn every error of the database into one of ours; none of them shows a value."""
    try:
        yield
    except (TimeoutError, PoolTimeoutError):
        raise StoreUnavailable("the store did not answer in time") from None
    except DBAPIError as error:
        reason = reason_of(error)
        raise StoreUnavailable(f"the store {_in_words(reason)} ({reason})") from None
    except OSError as error:
        raise StoreUnavailable(f"the store can't be reached ({type(error).__name__})") from None
    except SQLAlchemyError as error:
        raise StoreError(f"the store could not do this ({type(error).__name__})") from None
