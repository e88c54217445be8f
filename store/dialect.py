"""The few statements that SQLite and PostgreSQL share but SQLAlchemy spells for each."""

from functools import cache

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

type_of_insert = sqlite.Insert | postgresql.Insert


def insert(connection: AsyncConnection, table: Table) -> type_of_insert:
    """An INSERT that can say what happens on a conflict."""
    return insert_into(connection.dialect.name, table)


def insert_into(dialect: str, table: Table) -> type_of_insert:
    """The same by the dialect's name, for a statement that is built once and kept."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def insert_absent(connection: AsyncConnection, table: Table) -> type_of_insert:
    """An INSERT that leaves rows alone that are there already."""
    return _insert_absent(connection.dialect.name, table)


@cache
def _insert_absent(dialect: str, table: Table) -> type_of_insert:
    """Built once: building a statement takes longer than SQLite takes to do it."""
    return insert_into(dialect, table).on_conflict_do_nothing()
