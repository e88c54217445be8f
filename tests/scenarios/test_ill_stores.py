"""Redis, the SQL store or both are away: an alert goes out first."""

import asyncio
import os
from contextlib import AbstractAsyncContextManager

import pytest

from domain import ledger
from domain.names import Channel
from store.errors import StoreUnavailable
from tests.scenarios.phones import Phones
from tests.scenarios.story import Home
from tests.store.backends import writers_held_up
from web.webhooks.phones import EVERY_SECONDS

FACTS = int(os.environ.get("GOLDENHOUR_TEST_FACTS", "1000"))
"""How many wait: a thousand in every run of the tests, five thousand in `make test-faults`, which has the time."""

UNCACHED_PART = 4
"""A worker without a cache replays the whole run for each task: there it is a quarter of them."""

LONGEST_RUN = 20_000
"""Events of one run: far below the 51,200 at which Temporal ends a workflow."""


def locked(home: Home, *, readers_too: bool = False) -> AbstractAsyncContextManager[None]:
    """Another process holds what every writer of the store needs, and does not let go; readers go on, unless told."""
    return writers_held_up(home.room.services.settings.database_url, readers_too=readers_too)


async def test_with_the_store_locked_the_alert_goes_out_first(home: Home, phones: Phones) -> None:
    """Rule 5: a claim or a record that fails never fails a send."""
    heron = await home.admit()
    async with locked(home):
        await home.let_check_in_lapse(heron)
        await phones["shift lead"].expects("check not recorded")
    await phones.nobody_else_was_disturbed()
    await home.recorded(heron, "message_accepted")


async def test_with_the_store_silent_the_people_last_resolved_are_alerted(
    home: Home, phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rule 10: those carried since admission hear of it. SQLite can't be made to hang for readers: so, a mock."""
    heron = await home.admit()

    async def silent(*_: object, **__: object) -> None:
        raise StoreUnavailable("silent")

    monkeypatch.setattr(home.room.store.directory, "resolve", silent)
    await home.let_check_in_lapse(heron)
    await phones["shift lead"].expects("check not recorded")
    await phones.nobody_else_was_disturbed()
    await home.recorded(heron, "used_carried_people")


async def test_with_the_store_locked_a_check_in_goes_straight_to_the_engine(home: Home) -> None:
    """Nothing that a person reports is lost to an outage, and the answer is the real one."""
    heron = await home.admit()
    await home.time_passes(minutes=5)
    async with locked(home):
        answer = await home.check_in(heron)

    assert answer["status"] == 200
    assert answer["outcome"] == "done"
    await home.time_passes(minutes=29)
    await home.check_in(heron)
    await home.recorded(heron, "checked_in", times=2)


async def test_with_redis_wiped_and_the_store_locked_a_reply_code_works(home: Home, phones: Phones) -> None:
    """Rules 10 and 12: it is taken once, by whoever has answered. `make test-faults` does it with real processes."""
    heron = await home.admit()
    await home.let_check_in_lapse(heron)
    told = await phones["shift lead"].expects("check not recorded")
    await asyncio.sleep(EVERY_SECONDS)  # the web app reads ahead what codes mean
    async with locked(home, readers_too=True):
        await home.room.redis.flushall()
        assert "you have it until" in await told.replies("Y CODE")
    taken = await home.recorded(heron, "taken")

    assert len(taken) == 1
    assert "not known" in await told.replies("Y 0000")


async def test_without_redis_an_alert_goes_out(home: Home, phones: Phones) -> None:
    """Redis holds only what may be lost."""
    heron = await home.admit()
    await home.room.redis.config_set("maxclients", "1")
    await home.room.redis.client_kill_filter(_type="normal", skipme=True)
    try:
        await home.let_check_in_lapse(heron)
        await phones["shift lead"].expects("check not recorded")
    finally:
        await asyncio.sleep(0.1)
        await home.room.redis.config_set("maxclients", "10000")
    await phones.nobody_else_was_disturbed()


@pytest.mark.timeout(1200)
async def test_facts_of_a_whole_day_wait_for_the_store_and_none_is_lost(home: Home) -> None:
    """The store is away while thousands of facts are made: no task fails, no run grows too long, none is lost."""
    heron = await home.admit()
    facts = FACTS if home.room.max_cached_workflows else FACTS // UNCACHED_PART
    async with locked(home):
        await home.many_check_ins(heron, facts)
        history = await home.history(heron)
        assert not any(event.HasField("workflow_task_failed_event_attributes") for event in history)
        assert len(history) < LONGEST_RUN
    await home.recorded(heron, "checked_in", times=facts - ledger.MANY, within=120, skipping=False)
    await home.time_passes(minutes=16)
    await home.check_in(heron)
    await home.recorded(heron, "checked_in", times=facts + 1, within=30)
    numbers = [fact["n"] for fact in await home.timeline(heron) if fact["n"] is not None]

    assert numbers == list(range(1, max(numbers) + 1)), "no gap and nothing twice"


async def nothing_is_missing(home: Home, alias: str) -> None:
    """The record has every fact, once."""
    numbers = [fact["n"] for fact in await home.timeline(alias) if fact["n"] is not None]
    assert numbers == list(range(1, max(numbers) + 1)), "no gap and nothing twice"


async def test_with_the_store_locked_an_exercise_goes_on_and_its_report_is_whole(home: Home, phones: Phones) -> None:
    """Who was told meanwhile stands in the record and in the report afterwards."""
    alias = await home.exercise(scenario="missed_check", lasts="PT30M", policy_id="arrival-high")
    async with locked(home):
        await home.time_passes(minutes=6)
        await phones["shift lead"].expects("EXERCISE", "check not recorded")
    await home.post(f"/exercises/{alias}/end", {"reason": "seen enough"}, by="registered manager")
    await phones["shift lead"].expects("EXERCISE", "the exercise is over")
    for kind in ("message_accepted", "exercise_ended", "stood_down"):
        await home.recorded(alias, kind, within=30)
    await nothing_is_missing(home, alias)
    said = await home.get(f"/exercises/{alias}")
    told = {one["person_id"] for one in said["people"] if one["messages"]}
    assert phones["shift lead"].person_id in told


async def test_with_the_store_silent_an_exercise_rings_its_cast_and_nobody_else(
    home: Home, phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those carried since it began; that no child is looked for can't be asked, and nobody outside is rung for it."""
    alias = await home.exercise(scenario="missed_check", lasts="PT30M", policy_id="arrival-high")

    async def silent(*_: object, **__: object) -> None:
        raise StoreUnavailable("silent")

    monkeypatch.setattr(home.room.store.exercise_cast, "resolve", silent)
    monkeypatch.setattr(home.room.store.placements, "real_episode_open", silent)
    await home.time_passes(minutes=6)
    await phones["shift lead"].expects("EXERCISE", "check not recorded")
    await home.recorded(alias, "used_carried_people")
    await phones.nobody_else_was_disturbed()


async def test_with_the_store_locked_a_circular_leaves_and_is_in_the_record_afterwards(
    home: Home, phones: Phones
) -> None:
    """A claim that can't be written holds back no circular, and what became of it is kept until it can be."""
    neighbour = phones["neighbouring authority"]
    heron = await home.admit("arrival-high", risk="high")
    await home.check_in(heron, "not_here")
    await home.time_passes(minutes=29)
    async with locked(home):
        await home.time_passes(minutes=1, seconds=5)
        await home.broadcast(heron)
        await neighbour.expects("next area asks you to look out")
        await neighbour.expects("OFFICIAL-SENSITIVE", channel=Channel.EMAIL)
    (circulated,) = await home.recorded(heron, "circulated", within=30)
    assert circulated["data"]["messages"] == 2
    await nothing_is_missing(home, heron)
    phones.may_ring_on()


async def test_with_the_store_silent_a_circular_goes_to_the_desks_last_resolved(
    home: Home, phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rule 10, next door as well; the record says so."""
    neighbour = phones["neighbouring authority"]
    heron = await home.admit("arrival-high", risk="high")
    answer = await home.check_in(heron, "not_here")

    async def silent(*_: object, **__: object) -> None:
        raise StoreUnavailable("silent")

    monkeypatch.setattr(home.room.store.directory, "desks_next_door", silent)
    await home.post(f"/episodes/{answer['episode_id']}/circulation", {"description": "Slim"}, by="on-call manager")
    await home.broadcast(heron)
    await neighbour.expects("next area asks you to look out")
    await home.recorded(heron, "circulated", skipping=False)
    await home.recorded(heron, "used_carried_people", skipping=False)
    phones.may_ring_on()
