"""The ledger: every fact once, in order, and never changed."""

import asyncio
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, func, select, text, update

from config.keys import KeyRing
from domain.facts import Actor, Fact, FactKind
from domain.names import Phase, Risk, Role
from domain.snapshot import Snapshot
from store.errors import StoreUnavailable, Unreadable
from store.repositories import Store
from store.tables import facts, snapshots

ALIAS = "Heron-42"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def fact(number: int, *, episode: int | None = None, minutes: int = 0) -> Fact:
    """A check-in."""
    at = NOON + timedelta(minutes=minutes)
    actor = Actor(person_id="p1", role=Role.SHIFT_LEAD)
    return Fact(
        n=number,
        kind=FactKind.CHECKED_IN,
        at=at,
        recorded_at=at,
        episode=episode,
        actor=actor,
        data={"note": f"note {number}", "late": False, "people": ["p1", "p2"]},
    )


def snapshot(as_of_fact: int, *, minutes: int = 0, risk: Risk = Risk.HIGH) -> Snapshot:
    """The placement at that fact."""
    at = NOON + timedelta(minutes=minutes)
    return Snapshot(alias=ALIAS, as_of_fact=as_of_fact, as_of=at, phase=Phase.ARRIVAL, risk=risk)


async def test_a_fact_comes_back_as_it_was(store: Store) -> None:
    """Kind, times, actor and data survive the sealing."""
    assert await store.facts.insert(ALIAS, [fact(1, episode=3)]) == [1]
    (stored,) = await store.facts.timeline(ALIAS)
    given = fact(1, episode=3)
    assert stored.id == "Heron-42#1"
    assert stored.origin == "workflow"
    assert (stored.kind, stored.at, stored.recorded_at) == (given.kind, given.at, given.recorded_at)
    assert (stored.actor, stored.episode, stored.data) == (given.actor, 3, given.data)


async def test_twenty_writers_at_once_store_each_fact_once(store: Store) -> None:
    """The caller and the workflow record the same facts; so do retries of both."""
    numbers = list(range(1, 31))
    batches = [[fact(number) for number in numbers[start % 10 :]] for start in range(20)]
    answers = await asyncio.gather(*(store.facts.insert(ALIAS, batch) for batch in batches))
    assert answers == [[each.n for each in batch] for batch in batches]
    assert [stored.n for stored in await store.facts.timeline(ALIAS)] == numbers


async def test_the_first_account_of_a_fact_stays(store: Store) -> None:
    """A number that comes again with other words changes nothing."""
    await store.facts.insert(ALIAS, [fact(1)])
    await store.facts.insert(ALIAS, [fact(1).model_copy(update={"data": {"note": "rewritten"}})])
    (stored,) = await store.facts.timeline(ALIAS)
    assert stored.data["note"] == "note 1"


async def test_a_day_of_facts_goes_in_at_once(store: Store) -> None:
    """5,000 facts waiting because the store was away: one call, nothing lost."""
    waiting = [fact(number) for number in range(1, 5001)]
    assert len(await store.facts.insert(ALIAS, waiting)) == 5000
    assert [fact.n for fact in await store.facts.timeline(ALIAS)][-3:] == [4998, 4999, 5000]


async def test_the_database_itself_refuses_to_change_a_fact(store: Store) -> None:
    """Not by us, not by an operator's own tool: corrections are new facts."""
    await store.facts.insert(ALIAS, [fact(1)])
    for statement in (update(facts).values(kind="taken"), delete(facts)):
        with pytest.raises(StoreUnavailable):
            async with store.database.transaction() as connection:
                await connection.execute(statement)
    async with store.database.reading() as connection:
        assert await connection.scalar(select(func.count()).select_from(facts)) == 1


async def test_replacing_a_fact_is_no_way_around(store: Store) -> None:
    """SQLite's INSERT OR REPLACE deletes without saying so, and PostgreSQL has TRUNCATE."""
    await store.facts.insert(ALIAS, [fact(1)])
    names = ", ".join(column.name for column in facts.columns)
    copied = ", ".join("'taken'" if column.name == "kind" else column.name for column in facts.columns)
    replace = f"INSERT OR REPLACE INTO facts ({names}) SELECT {copied} FROM facts"  # noqa: S608 - names of columns
    with nullcontext() if store.database.sqlite else pytest.raises(StoreUnavailable):
        async with store.database.transaction() as connection:
            await connection.execute(text(replace if store.database.sqlite else "TRUNCATE facts"))
    (stored,) = await store.facts.timeline(ALIAS)
    assert stored.kind is FactKind.CHECKED_IN


async def test_only_a_newer_snapshot_replaces_one(store: Store) -> None:
    """Two writers may arrive in either order; the board never goes back in time."""
    for arriving in (snapshot(5, minutes=5), snapshot(4, minutes=9, risk=Risk.MEDIUM)):
        await store.facts.insert(ALIAS, [], arriving)
    assert await _risk(store) == (5, Risk.HIGH)
    await store.facts.insert(ALIAS, [], snapshot(5, minutes=4, risk=Risk.MEDIUM))
    assert await _risk(store) == (5, Risk.HIGH)
    await store.facts.insert(ALIAS, [], snapshot(5, minutes=6, risk=Risk.MEDIUM))
    assert await _risk(store) == (5, Risk.MEDIUM)


async def _risk(store: Store) -> tuple[int, Risk]:
    async with store.database.reading() as connection:
        stored = Snapshot.model_validate(await connection.scalar(select(snapshots.c.snapshot)))
    return stored.as_of_fact, stored.risk


async def test_an_episode_has_its_own_timeline_up_to_an_instant(store: Store) -> None:
    """What a manager reads years later: this episode, and what was known at that time."""
    await store.facts.insert(ALIAS, [fact(1), fact(2, episode=1, minutes=1), fact(3, episode=1, minutes=9)])
    assert [each.n for each in await store.facts.timeline(ALIAS, 1)] == [2, 3]
    assert [each.n for each in await store.facts.timeline(ALIAS, 1, NOON + timedelta(minutes=5))] == [2]


async def test_a_refusal_that_the_engine_never_saw_stands_among_the_facts(store: Store) -> None:
    """It has no number, and stands where it was recorded."""
    await store.facts.insert(ALIAS, [fact(1)])
    await store.facts.insert_web(ALIAS, FactKind.REFUSED, NOON, Actor(person_id="p2"), {"detail": "too early"})
    later = datetime.now(UTC) + timedelta(hours=1)
    await store.facts.insert(ALIAS, [fact(2).model_copy(update={"recorded_at": later})])
    timeline = await store.facts.timeline(ALIAS)
    assert [(each.n, each.origin) for each in timeline] == [(1, "workflow"), (None, "web"), (2, "workflow")]
    assert timeline[1].data == {"detail": "too early"}


async def test_without_the_key_a_fact_is_unreadable_and_says_so(store: Store, url: str) -> None:
    """Losing a key is loud; the fact itself is untouched."""
    await store.facts.insert(ALIAS, [fact(1)])
    stranger = Store.open(url, KeyRing.generate("other"))
    with pytest.raises(Unreadable, match="add the key"):
        await stranger.facts.timeline(ALIAS)
    await stranger.close()
