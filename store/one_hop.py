"""SQLite with one trip to its thread for a statement, instead of four.

`aiosqlite` runs SQLite in a thread of its own, and makes, executes, reads and closes a cursor in four trips there. A
trip costs more than SQLite's own work, so that a carer's tap and an alert spent most of their time on the way. The
answers here are small: they are fetched whole by the trip that executes.
"""

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, Self, TypeVar

import aiosqlite
from aiosqlite.core import _STOP_RUNNING_SENTINEL

T = TypeVar("T")

BEGIN = "BEGIN"
"""Takes no lock before the first statement, so it travels with that."""


class OneHopCursor:
    """What SQLAlchemy asks of a cursor."""

    def __init__(self, connection: "OneHopConnection") -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, sql: str, parameters: Sequence[Any] = ()) -> Self:
        """Execute a statement, and fetch what it answers."""
        if sql == BEGIN:
            self._connection.begin_with_the_next()
        else:
            await self._connection.visit(lambda raw: self._take(raw.execute(sql, parameters)))
        return self

    async def executemany(self, sql: str, parameters: Iterable[Sequence[Any]]) -> Self:
        """Execute a statement for each of these parameters."""
        await self._connection.visit(lambda raw: self._take(raw.executemany(sql, parameters)))
        return self

    async def fetchall(self) -> list[Any]:
        """What the statement answered."""
        return self._rows

    async def close(self) -> None:
        """Nothing is open any more."""

    def _take(self, cursor: sqlite3.Cursor) -> None:
        """In SQLite's thread."""
        self.description = cursor.description
        self._rows = cursor.fetchall() if cursor.description else []
        self.rowcount, self.lastrowid = cursor.rowcount, cursor.lastrowid
        cursor.close()


class OneHopConnection(aiosqlite.Connection):
    """A connection whose cursors need one trip, and which is not asked to undo what was never begun."""

    _to_begin = False
    _trips = 0
    """Under way: after a caller has given up, the thread may still be at work."""

    def cursor(self) -> OneHopCursor:  # type: ignore[override]
        """A cursor; it costs nothing before it executes."""
        return OneHopCursor(self)

    def stop(self) -> None:
        """End the thread, and tell nobody: whoever hangs up does not wait, and their loop may be closed by then."""
        self._running = False
        self._tx.put_nowait((None, self._close_and_stop))

    def _close_and_stop(self) -> object:
        """In SQLite's thread."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        return _STOP_RUNNING_SENTINEL

    def begin_with_the_next(self) -> None:
        """Begin a transaction by the trip of its first statement."""
        self._to_begin = True

    async def visit(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Do this in SQLite's thread."""
        begin, self._to_begin = self._to_begin, False
        done: T = await self._execute(partial(_work, self._conn, work, begin=begin))
        return done

    async def commit(self) -> None:
        """Keep what the transaction did."""
        await self._end(sqlite3.Connection.commit)

    async def rollback(self) -> None:
        """Undo what the transaction did."""
        await self._end(sqlite3.Connection.rollback)

    async def _end(self, how: Callable[[sqlite3.Connection], None]) -> None:
        self._to_begin = False
        if self._trips or self._conn.in_transaction:
            await self._execute(partial(how, self._conn))

    async def _execute(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - whatever it returns
        """Count the trips that have not ended, whether or not anybody still waits for them."""
        self._trips += 1

        def counted() -> Any:  # noqa: ANN401 - the same
            try:
                return fn(*args, **kwargs)
            finally:
                self._trips -= 1

        try:
            return await super()._execute(counted)  # type: ignore[no-untyped-call]
        except ValueError:
            # It never left: the connection is closed.
            self._trips = 0
            raise


def _work(raw: sqlite3.Connection, work: Callable[[sqlite3.Connection], T], *, begin: bool) -> T:
    if begin:
        raw.execute(BEGIN)
    return work(raw)


def connect(database: str, **options: Any) -> OneHopConnection:  # noqa: ANN401 - sqlite3's own options
    """A connection that is made when it is awaited, as by `aiosqlite.connect`."""
    made = OneHopConnection(partial(sqlite3.connect, database, **options), 64)
    made._thread.daemon = True  # noqa: SLF001 - as SQLAlchemy does with one that it makes itself
    return made
