"""The small ones: tokens, sessions, histories, the canary, webhook events."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from store.errors import NotFound
from store.ids import uuid7
from store.repositories import Store
from tests.store.pages import pages

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


async def test_a_token_works_until_it_is_revoked(store: Store) -> None:
    """Only its hash is kept."""
    secret = await store.tokens.create("p1", "Ward tablet", by="p2")
    token = await store.tokens.find(secret)
    assert token is not None
    assert (token.person_id, token.label, token.created_by) == ("p1", "Ward tablet", "p2")
    assert await store.tokens.list() == [token]
    assert await store.tokens.find(secret + "x") is None
    await store.tokens.revoke(token.id)
    assert await store.tokens.find(secret) is None
    assert await store.tokens.list() == []
    with pytest.raises(NotFound):
        await store.tokens.revoke("none")


async def test_a_session_ends_by_itself_or_by_hand(store: Store) -> None:
    """Expired ones are cleared away when the next begins."""
    now = datetime.now(UTC)
    secret = await store.sessions.create("p1", now + timedelta(hours=8))
    assert await store.sessions.find(secret) == "p1"
    assert await store.sessions.find(secret, now=now + timedelta(hours=9)) is None
    other = await store.sessions.create("p2", now - timedelta(hours=1))
    assert await store.sessions.find(other) is None
    await store.sessions.end(secret)
    assert await store.sessions.find(secret) is None


async def test_a_history_is_kept_once(store: Store) -> None:
    """Big ones too."""
    history = b'{"events": []}' * 50_000
    await store.histories.keep("Heron-42", "placement/Heron-42", "run-1", pages(history))
    await store.histories.keep("Heron-42", "placement/Heron-42", "run-1", pages(b"other"))
    assert await store.histories.get("run-1") == history
    assert await store.histories.get("run-2") is None
    assert await store.histories.runs("Heron-42") == ["run-1"]


async def test_the_canarys_last_flight_is_the_newest(store: Store) -> None:
    """A report that comes late does not make it look older."""
    assert await store.canary.last() is None
    await store.canary.flown(2, NOON)
    await store.canary.flown(1, NOON - timedelta(minutes=1))
    assert await store.canary.last() == NOON


async def test_a_webhook_event_is_new_once(store: Store) -> None:
    """Of twenty copies at once, one counts; another provider's key is another event; a week later it is forgotten."""
    answers = await asyncio.gather(*(store.webhooks.seen("twilio", "SM1/sent", NOON) for _ in range(20)))
    assert sum(answers) == 1
    assert await store.webhooks.seen("sendgrid", "SM1/sent", NOON)
    later = NOON + timedelta(days=8)
    assert await store.webhooks.seen("twilio", "other", later)
    assert await store.webhooks.seen("twilio", "SM1/sent", later)


def test_ids_sort_by_time() -> None:
    """To the microsecond, and they are UUIDs of version 7."""
    ids = [uuid7(NOON + timedelta(microseconds=each)) for each in range(3000)]
    assert ids == sorted(ids)
    assert {(each[14], each[19] in "89ab") for each in ids} == {("7", True)}
    assert len({uuid7(NOON) for _ in range(100)}) == 100
