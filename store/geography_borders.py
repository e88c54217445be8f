"""The borders of the geography, drawn into the directory beside those that people have added."""

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Executable, and_, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from config.geography import Border
from config.geography_lint import Touching
from store.tables import borders

Pair = tuple[str, str]
"""The ids of two authorities, the smaller one first."""


async def draw_borders(
    connection: AsyncConnection, drawn: Iterable[Border], ids: Mapping[str, str], kept: set[str]
) -> int:
    """Make the file's borders what the file says; those that people added stay, if only as theirs.

    Args:
        connection: within a transaction.
        drawn: the file's borders.
        ids: of the authorities, by code.
        kept: ids of authorities that the file no longer knows; their borders stay as they are.

    Returns:
        How many were added, removed, or are of another kind than before.
    """
    rows = {(row.first_id, row.second_id): row for row in await connection.execute(select(borders))}
    wanted: dict[Pair, Touching | None] = {
        _pair(ids[border.first], ids[border.second]): border.touching for border in drawn
    }
    dropped = {
        pair for pair, row in rows.items() if row.touching and pair not in wanted and not kept.intersection(pair)
    }
    new = [pair for pair in wanted if pair not in rows]
    removed = [pair for pair in dropped if not rows[pair].by_hand]
    # What people wanted too stays, and is theirs alone from now on.
    other = wanted | dict.fromkeys(dropped.difference(removed))
    changed = [pair for pair, touching in other.items() if pair in rows and rows[pair].touching != touching]
    here = and_(borders.c.first_id == bindparam("a"), borders.c.second_id == bindparam("b"))
    await each(connection, insert(borders), [_ends(pair) | {"touching": wanted[pair]} for pair in new])
    await each(connection, delete(borders).where(here), [{"a": a, "b": b} for a, b in removed])
    redrawn = update(borders).where(here).values(touching=bindparam("new"))
    await each(connection, redrawn, [{"a": pair[0], "b": pair[1], "new": other[pair]} for pair in changed])
    return len(new) + len(changed) + len(removed)


def _pair(one: str, other: str) -> Pair:
    return (one, other) if one < other else (other, one)


def _ends(pair: Pair) -> dict[str, Any]:
    return {"first_id": pair[0], "second_id": pair[1], "by_hand": False}


async def each(connection: AsyncConnection, statement: Executable, rows: list[dict[str, Any]]) -> None:
    """The statement once for each row; with no row, nothing."""
    if rows:
        await connection.execute(statement, rows)
