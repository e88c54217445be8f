"""Placements: an alias is taken for ever, and the watchdog sees what nobody watches."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.names import Ending, Phase, Risk, Stage
from domain.snapshot import EpisodeSnapshot, Snapshot
from store.errors import Conflict, NotFound
from store.placements import PlacementRow
from store.repositories import Store
from tests.store.conftest import Town

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


async def reserve(store: Store, town: Town, alias: str, request_id: str) -> PlacementRow:
    """Admit a child."""
    return await store.placements.reserve(
        alias, town.home.id, town.placing.id, "arrival-high", NOON, request_id, {"name": "Ngoc Anh"}
    )


def snapshot(alias: str, *episodes: EpisodeSnapshot, **changes: Any) -> Snapshot:  # noqa: ANN401 - its fields
    """What the engine says of a placement."""
    return Snapshot(
        **{
            "alias": alias,
            "as_of_fact": 1,
            "as_of": NOON,
            "phase": Phase.ARRIVAL,
            "risk": Risk.HIGH,
            "episodes": list(episodes),
            **changes,
        }
    )


def episode(number: int, stage: Stage, *, ending: Ending | None = None, minutes: int = 0) -> EpisodeSnapshot:
    """An episode as a snapshot shows it."""
    return EpisodeSnapshot(number=number, stage=stage, began_at=NOON + minutes * MINUTE, ending=ending)


async def test_an_alias_is_taken_for_ever(store: Store, town: Town) -> None:
    """Another child never gets it."""
    await reserve(store, town, "Heron-42", "r1")
    with pytest.raises(Conflict) as caught:
        await reserve(store, town, "Heron-42", "r2")
    assert caught.value.field == "alias"


async def test_an_admission_that_is_tried_again_gets_its_own_alias_back(store: Store, town: Town) -> None:
    """A crash after the reservation makes no second child."""
    first = await reserve(store, town, "Heron-42", "r1")
    assert await reserve(store, town, "Heron-42", "r1") == first
    assert await reserve(store, town, "Merlin-7", "r1") == first
    assert [row.alias for row in await store.placements.list()] == ["Heron-42"]


async def test_an_admission_that_comes_many_times_at_once_makes_one_child(store: Store, town: Town) -> None:
    """A tap on a slow page, and the web app's two processes: whoever was late gets the first one's alias."""
    rows = await asyncio.gather(*(reserve(store, town, f"Heron-{number}", "r1") for number in range(8)))
    assert len({row.alias for row in rows}) == 1
    assert [row.alias for row in await store.placements.list()] == [rows[0].alias]


async def test_an_unknown_home_or_authority_is_named(store: Store, town: Town) -> None:
    """And the alias stays free."""
    for home_id, authority_id, field in (
        ("nowhere", town.placing.id, "home_id"),
        (town.home.id, "nowhere", "placing_authority_id"),
    ):
        with pytest.raises(NotFound) as caught:
            await store.placements.reserve("Heron-42", home_id, authority_id, "p", NOON, "r1", {})
        assert caught.value.field == field
    assert await store.placements.get("Heron-42") is None


async def test_a_placement_shows_its_newest_snapshot(store: Store, town: Town) -> None:
    """Before the engine has said anything it has none."""
    reserved = await reserve(store, town, "Heron-42", "r1")
    assert (reserved.snapshot, reserved.as_of) == (None, None)
    await store.facts.insert("Heron-42", [], snapshot("Heron-42"))
    found = await store.placements.get("Heron-42")
    assert found is not None
    assert found.snapshot == snapshot("Heron-42")
    assert (found.as_of, found.home_id, found.policy_id) == (NOON, town.home.id, "arrival-high")


async def test_the_childs_details_are_asked_for_on_their_own(store: Store, town: Town) -> None:
    """A list of placements can't show them by mistake."""
    row = await reserve(store, town, "Heron-42", "r1")
    assert "Ngoc" not in repr(row)
    assert await store.placements.child_details("Heron-42") == {"name": "Ngoc Anh"}
    with pytest.raises(NotFound):
        await store.placements.child_details("Merlin-7")


async def test_a_home_lists_its_own(store: Store, town: Town) -> None:
    """Another home's children are not its business."""
    await reserve(store, town, "Heron-42", "r1")
    assert [row.alias for row in await store.placements.list(town.home.id)] == ["Heron-42"]
    assert await store.placements.list("elsewhere") == []


async def test_open_episodes_are_those_without_an_ending(store: Store, town: Town) -> None:
    """The longest running first; a returned child's episode is still work in hand."""
    for alias in ("Heron-42", "Merlin-7"):
        await reserve(store, town, alias, alias)
    closed = episode(1, Stage.CLOSED, ending=Ending.SEEN_LATE)
    heron = snapshot("Heron-42", closed, episode(2, Stage.RETURNED, minutes=5))
    await store.facts.insert("Heron-42", [], heron)
    await store.facts.insert("Merlin-7", [], snapshot("Merlin-7", episode(1, Stage.MISSING, minutes=1)))
    found = await store.placements.open_episodes()
    assert [(row.alias, each.number) for row, each in found] == [("Merlin-7", 1), ("Heron-42", 2)]


async def test_the_watchdog_sees_a_check_that_nobody_climbs_a_ladder_for(store: Store) -> None:
    """Overdue for a minute, in care, and no ladder runs: the engine has missed it."""
    overdue = {"overdue_at": NOON}
    for given in (
        snapshot("Forgotten-1", **overdue),
        snapshot("After-1", episode(1, Stage.CLOSED, ending=Ending.SEEN_LATE), **overdue),
        snapshot("Back-1", episode(1, Stage.RETURNED), **overdue),
        snapshot("Watched-1", episode(1, Stage.OVERDUE), **overdue),
        snapshot("Located-1", episode(1, Stage.LOCATED), **overdue),
        snapshot("Ended-1", ended=True, **overdue),
        snapshot("Later-1", overdue_at=NOON + MINUTE),
        snapshot("Away-1"),
    ):
        await store.facts.insert(given.alias, [], given)
    assert await store.placements.overdue(NOON + MINUTE, MINUTE) == ["After-1", "Back-1", "Forgotten-1"]
    assert await store.placements.overdue(NOON + MINUTE / 2, MINUTE) == []
