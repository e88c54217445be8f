"""Placements as lists and boards show them. The engine is where they live."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.exercise import is_exercise
from domain.snapshot import EpisodeSnapshot, Snapshot
from store.authorities import known
from store.database import Database
from store.dialect import insert_absent
from store.errors import Conflict, NotFound
from store.repository import Repository
from store.tables import homes, placements, snapshots
from store.together import PATIENCE, Together

_COLUMN = "placements.child"


_PLACEMENTS = select(placements, snapshots.c.snapshot).outerjoin(snapshots, snapshots.c.alias == placements.c.alias)
_NAMED = _PLACEMENTS.where(placements.c.alias.in_(bindparam("aliases", expanding=True)))


@dataclass(frozen=True, slots=True)
class PlacementRow:
    """A placement and what was last known of it."""

    alias: str
    home_id: str
    placing_authority_id: str
    policy_id: str
    admitted_at: datetime
    request_id: str
    snapshot: Snapshot | None
    as_of: datetime | None
    """How old the snapshot is; None: the engine has not said anything yet."""


class Placements(Repository):
    """Placements by alias."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._getting = Together(self._get_all)

    async def reserve(
        self,
        alias: str,
        home_id: str,
        placing_authority_id: str,
        policy_id: str,
        admitted_at: datetime,
        request_id: str,
        child_details: dict[str, Any],
        *,
        timeout: float | None = None,
    ) -> PlacementRow:
        """Take an alias for ever, and keep what is personal about the child, sealed, beside it.

        Returns:
            The placement that this request made: the earlier one if the request came before (then its alias may be
            another than the one proposed now).

        Raises:
            Conflict: `alias` is taken, now or in the past.
            NotFound: `home_id` or `placing_authority_id` is unknown.
        """
        row = {
            "alias": alias,
            "home_id": home_id,
            "placing_authority_id": placing_authority_id,
            "policy_id": policy_id,
            "admitted_at": admitted_at,
            "request_id": request_id,
            "child_sealed": self._seals.seal_json(_COLUMN, alias, child_details),
            "key_id": self._seals.key_id,
        }
        async with self._database.transaction(timeout=timeout) as connection:
            earlier = await connection.execute(_PLACEMENTS.where(placements.c.request_id == request_id))
            found = earlier.one_or_none()
            if found is not None:
                return _placement(found)
            await _check(connection, home_id, placing_authority_id)
            # No error is caught here: it would not say whether the alias is taken or this request came twice at once.
            await connection.execute(insert_absent(connection, placements), row)
            made = await connection.execute(_PLACEMENTS.where(placements.c.request_id == request_id))
            found = made.one_or_none()
        if found is None:
            raise Conflict("alias", "taken: aliases are unique for ever; choose another")
        return _placement(found)

    async def get(self, alias: str, *, timeout: float | None = None) -> PlacementRow | None:
        """One placement."""
        row = await self._getting(alias, (), timeout=timeout)
        return _placement(row) if row is not None else None

    async def _get_all(self, aliases: Sequence[str]) -> list[Row[Any] | None]:
        async with self._database.reading(timeout=PATIENCE) as connection:
            found = {row.alias: row for row in await connection.execute(_NAMED, {"aliases": sorted(set(aliases))})}
        return [found.get(alias) for alias in aliases]

    async def child_details(self, alias: str) -> dict[str, Any]:
        """What is personal about the child, for those who may see it.

        Raises:
            NotFound: there is no such placement.
        """
        query = select(placements.c.child_sealed, placements.c.key_id).where(placements.c.alias == alias)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            raise NotFound("placement_id", "there is no such placement")
        details: dict[str, Any] = self._seals.open_json(_COLUMN, alias, row.key_id, row.child_sealed)
        return details

    async def open_episodes(self) -> list[tuple[PlacementRow, EpisodeSnapshot]]:
        """Every episode that has not ended, longest running first."""
        query = _PLACEMENTS.where(snapshots.c.episode_open)
        async with self._database.reading() as connection:
            rows = [_placement(row) for row in await connection.execute(query)]
        found = [
            (row, episode)
            for row in rows
            if row.snapshot is not None
            for episode in row.snapshot.episodes
            if episode.ending is None
        ]
        return sorted(found, key=lambda pair: (pair[1].began_at, pair[0].alias, pair[1].number))

    async def real_episode_open(self, home_id: str, *, timeout: float | None = None) -> bool:
        """Whether a child of this home is looked for, or is away: an exercise gives way. Exercises don't count.

        Raises:
            StoreUnavailable: nobody knows now.
        """
        query = (
            select(placements.c.alias)
            .join(snapshots, snapshots.c.alias == placements.c.alias)
            .where(placements.c.home_id == home_id, snapshots.c.ladder_runs)
        )
        async with self._database.reading(timeout=timeout) as connection:
            return not all(is_exercise(alias) for alias in await connection.scalars(query))

    async def overdue(self, now: datetime, beyond: timedelta, *, timeout: float | None = None) -> list[str]:
        """Aliases whose check fell overdue `beyond` ago or earlier, and yet no ladder runs: the watchdog's question."""
        query = select(snapshots.c.alias).where(
            snapshots.c.ended.is_(False),
            snapshots.c.ladder_runs.is_(False),
            snapshots.c.overdue_at <= now - beyond,
        )
        async with self._database.reading(timeout=timeout) as connection:
            return list(await connection.scalars(query.order_by(snapshots.c.overdue_at, snapshots.c.alias)))

    async def climbing(self, *, timeout: float | None = None) -> list[Snapshot]:
        """The placements of which an episode is open that nobody has closed, as last known: the watchdog's question."""
        query = select(snapshots.c.snapshot).where(snapshots.c.ladder_runs).order_by(snapshots.c.alias)
        async with self._database.reading(timeout=timeout) as connection:
            return [Snapshot.model_validate(one) for one in await connection.scalars(query)]

    async def list(self, home_id: str | None = None) -> list[PlacementRow]:
        """All placements, or those of a home, earliest admission first."""
        query = _PLACEMENTS.order_by(placements.c.admitted_at, placements.c.alias)
        if home_id is not None:
            query = query.where(placements.c.home_id == home_id)
        async with self._database.reading() as connection:
            return [_placement(row) for row in await connection.execute(query)]


def _placement(row: Row[Any]) -> PlacementRow:
    snapshot = Snapshot.model_validate(row.snapshot) if row.snapshot is not None else None
    return PlacementRow(
        alias=row.alias,
        home_id=row.home_id,
        placing_authority_id=row.placing_authority_id,
        policy_id=row.policy_id,
        admitted_at=row.admitted_at,
        request_id=row.request_id,
        snapshot=snapshot,
        as_of=snapshot.as_of if snapshot else None,
    )


async def _check(connection: AsyncConnection, home_id: str, placing_authority_id: str) -> None:
    """What a constraint could only refuse without saying which field is wrong."""
    if not await connection.scalar(select(homes.c.id).where(homes.c.id == home_id)):
        raise NotFound("home_id", "there is no such home")
    if not await known(connection, [placing_authority_id]):
        raise NotFound("placing_authority_id", "there is no such authority")
