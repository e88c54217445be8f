"""The ledger's facts: written once, by the caller and the workflow alike, and never changed."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.facts import Actor, Fact, FactKind, type_of_value
from domain.names import Stage
from domain.snapshot import Snapshot
from store.database import Database
from store.dialect import insert_absent, insert_into, type_of_insert
from store.ids import uuid7
from store.intents import Settled, settle
from store.reply_codes import free_codes
from store.repository import Repository
from store.tables import facts, snapshots
from store.together import PATIENCE, Together

_COLUMN = "facts.data"
_BATCH = 500
MANY = 64
"""So many facts of one placement are stored on their own: nobody else is to wait for them."""
_LADDER_STAGES = {Stage.OVERDUE, Stage.UNACCOUNTED, Stage.AWAY, Stage.MISSING, Stage.LOCATED}


@dataclass(frozen=True, slots=True)
class StoredFact:
    """A fact as the ledger has it."""

    id: str
    """`{alias}#{n}`, or a UUIDv7 for one that the engine never saw."""
    n: int | None
    origin: str
    """`workflow`, `web` or `provider`."""
    kind: FactKind
    at: datetime
    recorded_at: datetime
    actor: Actor
    episode: int | None
    data: dict[str, type_of_value]


@dataclass(frozen=True, slots=True)
class _Told:
    """What one placement has told."""

    alias: str
    facts: Sequence[Fact]
    snapshot: Snapshot | None
    answers: Settled | None


class Facts(Repository):
    """Facts and, with them, each placement's snapshot."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._inserting = Together(self._insert_all)

    async def insert(
        self,
        alias: str,
        facts: Sequence[Fact],
        snapshot: Snapshot | None = None,
        *,
        answers: Settled | None = None,
        timeout: float | None = None,
    ) -> list[int]:
        """Store numbered facts, each once however often it comes, and the snapshot unless a newer one is there.

        Args:
            alias: whose they are.
            facts: what happened.
            snapshot: the placement now.
            answers: the intent that they answer; it is closed in the same breath.
            timeout: seconds.

        Returns:
            The numbers that are stored now: all that were given.

        Raises:
            StoreUnavailable: nothing was stored.
        """
        told = _Told(alias, facts, snapshot, answers)
        if len(facts) > MANY:
            await self._insert_all([told], timeout=timeout)
        else:
            await self._inserting(told, {alias}, timeout=timeout)
        return [fact.n for fact in facts]

    async def _insert_all(self, placements: Sequence["_Told"], *, timeout: float | None = PATIENCE) -> list[None]:
        placements = sorted(placements, key=lambda one: one.alias)
        rows = [self._row(one.alias, fact) for one in placements for fact in one.facts]
        async with self._database.transaction(timeout=timeout) as connection:
            await _insert_rows(connection, rows)
            await _keep_snapshots(connection, [one.snapshot for one in placements if one.snapshot is not None])
            for one in placements:
                for episode, ended_at in _ended(one.facts).items():
                    # An episode that has ended gives its reply codes back, in the same breath.
                    await connection.execute(free_codes(one.alias, episode, ended_at))
            await settle(connection, [one.answers for one in placements if one.answers is not None])
        return [None] * len(placements)

    async def insert_web(
        self,
        alias: str | None,
        kind: FactKind,
        at: datetime,
        actor: Actor,
        data: dict[str, type_of_value],
        *,
        origin: str = "web",
        episode: int | None = None,
        timeout: float | None = None,
    ) -> str:
        """Store a fact that the engine never saw, such as a refusal; `origin` is `web` or `provider`.

        Returns:
            Its id.
        """
        now = datetime.now(UTC)
        fact_id = uuid7(now)
        row = {
            "id": fact_id,
            "alias": alias,
            "n": None,
            "origin": origin,
            "kind": kind,
            "at": at,
            "recorded_at": now,
            "episode": episode,
            "actor": actor.model_dump(mode="json"),
            "data_sealed": self._seals.seal_json(_COLUMN, fact_id, data),
            "key_id": self._seals.key_id,
        }
        async with self._database.transaction(timeout=timeout) as connection:
            await _insert_rows(connection, [row])
        return fact_id

    async def timeline(
        self, alias: str, episode: int | None = None, until: datetime | None = None, *, timeout: float | None = None
    ) -> list[StoredFact]:
        """What happened to a placement, or in one of its episodes, up to an instant.

        Numbered facts come in their order; one of another origin stands before the first fact recorded after it.
        """
        conditions: list[ColumnElement[bool]] = [facts.c.alias == alias]
        if episode is not None:
            conditions.append(facts.c.episode == episode)
        if until is not None:
            conditions.append(facts.c.at <= until)
        query = select(facts).where(*conditions).order_by(facts.c.recorded_at, facts.c.id)
        async with self._database.reading(timeout=timeout) as connection:
            rows = (await connection.execute(query)).all()
        return _in_order([self._fact(row) for row in rows])

    def _row(self, alias: str, fact: Fact) -> dict[str, Any]:
        fact_id = f"{alias}#{fact.n}"
        return {
            "id": fact_id,
            "alias": alias,
            "n": fact.n,
            "origin": "workflow",
            "kind": fact.kind,
            "at": fact.at,
            "recorded_at": fact.recorded_at,
            "episode": fact.episode,
            "actor": fact.actor.model_dump(mode="json"),
            "data_sealed": self._seals.seal_json(_COLUMN, fact_id, fact.data),
            "key_id": self._seals.key_id,
        }

    def _fact(self, row: Row[Any]) -> StoredFact:
        return StoredFact(
            id=row.id,
            n=row.n,
            origin=row.origin,
            kind=FactKind(row.kind),
            at=row.at,
            recorded_at=row.recorded_at,
            actor=Actor.model_validate(row.actor),
            episode=row.episode,
            data=self._seals.open_json(_COLUMN, row.id, row.key_id, row.data_sealed),
        )


def _ended(facts: Sequence[Fact]) -> dict[int, datetime]:
    """The episodes that have ended and were not opened again, as far as these facts tell, and when."""
    ended: dict[int, datetime] = {}
    for fact in sorted(facts, key=lambda fact: fact.n):
        if fact.episode is not None and fact.kind is FactKind.EPISODE_ENDED:
            ended[fact.episode] = fact.recorded_at
        elif fact.episode is not None and fact.kind is FactKind.REOPENED:
            ended.pop(fact.episode, None)
    return ended


def _in_order(stored: list[StoredFact]) -> list[StoredFact]:
    """Numbers decide; a clock that stepped back between two facts does not."""
    numbered = sorted((fact for fact in stored if fact.n is not None), key=lambda fact: fact.n or 0)
    others = [fact for fact in stored if fact.n is None]
    ordered: list[StoredFact] = []
    for fact in numbered:
        while others and others[0].recorded_at < fact.recorded_at:
            ordered.append(others.pop(0))
        ordered.append(fact)
    return ordered + others


async def _insert_rows(connection: AsyncConnection, rows: list[dict[str, Any]]) -> None:
    statement = insert_absent(connection, facts)
    for start in range(0, len(rows), _BATCH):
        await connection.execute(statement, rows[start : start + _BATCH])


async def _keep_snapshots(connection: AsyncConnection, fresh: Sequence[Snapshot]) -> None:
    """The newest wins, whichever way it came and however late."""
    if not fresh:
        return
    await connection.execute(_newest(connection.dialect.name), [_snapshot_row(snapshot) for snapshot in fresh])


@cache
def _newest(dialect: str) -> type_of_insert:
    statement = insert_into(dialect, snapshots)
    new = statement.excluded
    is_newer = (new.as_of_fact > snapshots.c.as_of_fact) | (
        (new.as_of_fact == snapshots.c.as_of_fact) & (new.as_of >= snapshots.c.as_of)
    )
    names = [column.name for column in snapshots.columns if column.name != "alias"]
    return statement.on_conflict_do_update(
        index_elements=["alias"], set_={name: new[name] for name in names}, where=is_newer
    )


def _snapshot_row(snapshot: Snapshot) -> dict[str, Any]:
    open_episodes = [episode for episode in snapshot.episodes if episode.ending is None]
    return {
        "alias": snapshot.alias,
        "as_of_fact": snapshot.as_of_fact,
        "as_of": snapshot.as_of,
        "overdue_at": snapshot.overdue_at,
        "ended": snapshot.ended,
        "episode_open": bool(open_episodes),
        "ladder_runs": any(episode.stage in _LADDER_STAGES for episode in open_episodes),
        "snapshot": json.loads(snapshot.model_dump_json()),
    }
