"""The few statements that SQLite and PostgreSQL share but SQLAlchemy spells for each."""

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

type_of_insert = sqlite.Insert | postgresql.Insert


def insert(connection: AsyncConnection, table: Table) -> type_of_insert:
    """An INSERT that can say what happens on a conflict."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def insert_absent(connection: AsyncConnection, table: Table) -> type_of_insert:
    """An INSERT that leaves rows alone that are there already."""
    return insert(connection, table).on_conflict_do_nothing()
