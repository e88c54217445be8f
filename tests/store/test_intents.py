"""Intents: what a person reported is written down once, and is never lost."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from store.errors import IdempotencyMismatch, NotFound
from store.ids import uuid7
from store.intents import CHECK_IN, Intent, IntentStatus
from store.repositories import Store

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


async def claim(
    store: Store,
    key: str,
    *,
    body: bytes = b"{}",
    at: datetime = NOON,
    alias: str | None = "Heron-42",
    route: str = "/check-ins",
) -> Intent:
    """Somebody reports a check-in."""
    digest = str(hash(body))
    return await store.intents.claim(uuid7(at), key, "p1", route, alias, CHECK_IN, body, digest, at)


async def test_the_same_request_twice_is_one_intent(store: Store) -> None:
    """A phone that repeats itself gets the first answer again."""
    first = await claim(store, "k1", body=b'{"note": "well"}')
    assert (first.status, first.response) == (IntentStatus.NEW, None)
    assert await store.intents.answered(first.id, 201, {"next_due_at": "13:00"})
    again = await claim(store, "k1", body=b'{"note": "well"}')
    assert (again.id, again.status, again.status_code) == (first.id, IntentStatus.ANSWERED, 201)
    assert (again.body, again.response) == (b'{"note": "well"}', {"next_due_at": "13:00"})


async def test_twenty_at_once_are_one_intent(store: Store) -> None:
    """Whoever comes first, all hear of the same one."""
    claimed = await asyncio.gather(*(claim(store, "k1") for _ in range(20)))
    assert len({intent.id for intent in claimed}) == 1


async def test_one_key_with_two_requests_is_refused(store: Store) -> None:
    """Another body, or another route: neither may be taken for the other. Another asker's key is their own."""
    await claim(store, "k1")
    with pytest.raises(IdempotencyMismatch):
        await claim(store, "k1", body=b"other")
    with pytest.raises(IdempotencyMismatch):
        await claim(store, "k1", route="/absences")
    other = await store.intents.claim(uuid7(NOON), "k1", "p2", "/x", None, CHECK_IN, b"", "h", NOON)
    assert other.asker == "p2"


async def test_what_was_queued_waits_in_the_order_in_which_it_was_reported(store: Store) -> None:
    """And the longest wait is known."""
    assert await store.intents.oldest_queued_at() is None
    for place in (3, 1, 2):
        intent = await claim(store, f"k{place}", at=NOON + place * SECOND)
        assert await store.intents.queue(intent.id)
    waiting = await store.intents.queued()
    assert [intent.key for intent in waiting] == ["k1", "k2", "k3"]
    assert [intent.key for intent in await store.intents.queued(limit=1)] == ["k1"]
    assert await store.intents.oldest_queued_at() == NOON + SECOND
    assert await store.intents.answered(waiting[0].id, 200, {})
    assert await store.intents.refuse(waiting[1].id, 409, {"detail": "the placement has ended"})
    assert [intent.key for intent in await store.intents.queued()] == ["k3"]


async def test_what_is_settled_stays_settled(store: Store) -> None:
    """An update given up on may land later as well: the first answer stands."""
    intent = await claim(store, "k1")
    assert await store.intents.refuse(intent.id, 422, {"detail": "no"})
    assert not await store.intents.answered(intent.id, 200, {})
    assert not await store.intents.queue(intent.id)
    settled = await store.intents.get(intent.id)
    assert settled is not None
    assert (settled.status, settled.status_code) == (IntentStatus.REFUSED, 422)
    with pytest.raises(NotFound):
        await store.intents.answered("nothing", 200, {})


async def test_a_check_in_that_waits_holds_an_alarm_back(store: Store) -> None:
    """Queued ones always; one in somebody's hands for a minute; none that was answered or is another child's."""
    intent = await claim(store, "k1", at=NOON)
    assert await store.intents.pending_check_in("Heron-42", now=NOON + 59 * SECOND)
    assert not await store.intents.pending_check_in("Heron-42", now=NOON + 61 * SECOND)
    await store.intents.queue(intent.id)
    assert await store.intents.pending_check_in("Heron-42", now=NOON + 3600 * SECOND)
    assert not await store.intents.pending_check_in("Merlin-7", now=NOON)
    await store.intents.answered(intent.id, 200, {})
    assert not await store.intents.pending_check_in("Heron-42", now=NOON)


async def test_what_a_crash_left_in_nobodys_hands_is_queued(store: Store) -> None:
    """The web app died between writing it down and delivering it."""
    await claim(store, "old")
    await claim(store, "young", at=NOON + 50 * SECOND)
    await claim(store, "home", alias=None)
    assert await store.intents.queue_abandoned(NOON + 30 * SECOND) == 1
    assert [intent.key for intent in await store.intents.queued()] == ["old"]
