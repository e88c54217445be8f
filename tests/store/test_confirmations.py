"""Messages of which nothing final was heard in time are found once, and nobody waits for what is settled."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from store.repositories import Store
from tests.store.test_notifications import CLAIM, MINUTE, NOON

WAITED_FOR = replace(CLAIM, confirm_by=NOON + MINUTE)
LATER = NOON + 2 * MINUTE
KEPT = LATER + timedelta(seconds=15)


async def found(store: Store) -> list[str]:
    """The messages whose time is over, a minute after it was."""
    return [one.notification_id for one in await store.confirmations.overdue(LATER, kept_until=KEPT)]


async def test_what_is_not_confirmed_in_time_is_found_with_what_it_was_for(store: Store) -> None:
    """Not before its time, and only what was waited for: a mail is not."""
    await store.notifications.claim([WAITED_FOR, replace(CLAIM, notification_id="n2", address="a@example.org")])
    await store.notifications.outcome([("n1", "accepted", "SM1", None, NOON)])
    assert await store.confirmations.overdue(NOON, kept_until=KEPT) == []
    (one,) = await store.confirmations.overdue(LATER, kept_until=KEPT)
    assert (one.notification_id, one.alias, one.episode, one.rung, one.person_id) == ("n1", "Heron-42", 1, "0", "p1")


@pytest.mark.parametrize("status", ["delivered", "read", "undelivered", "failed"])
async def test_what_is_settled_is_not_waited_for(store: Store, status: str) -> None:
    """It has arrived, or its failure has been told already."""
    await store.notifications.claim([WAITED_FOR])
    await store.notifications.apply_status("n1", "SM1", status, NOON)
    assert await found(store) == []


@pytest.mark.parametrize("status", ["unavailable", "unknown", "undeliverable"])
async def test_what_was_not_taken_is_followed_up_by_the_placement_itself(store: Store, status: str) -> None:
    """And is not looked at for ever."""
    await store.notifications.claim([WAITED_FOR])
    await store.notifications.outcome([("n1", status, None, None, NOON)])
    assert await found(store) == []
    assert await store.confirmations.overdue(KEPT + MINUTE, kept_until=KEPT + 2 * MINUTE) == []


@pytest.mark.parametrize("status", ["queued", "sending", "sent"])
async def test_on_its_way_is_not_arrived(store: Store, status: str) -> None:
    """A carrier that says nothing more for a minute may never do."""
    await store.notifications.claim([WAITED_FOR])
    await store.notifications.apply_status("n1", "SM1", status, NOON)
    assert await found(store) == ["n1"]


async def test_several_web_apps_find_each_message_once(store: Store) -> None:
    """Ten of them in one moment, a hundred messages."""
    rows = [replace(WAITED_FOR, notification_id=f"n{each}", address=f"+4477009{each:05}") for each in range(100)]
    await store.notifications.claim(rows)
    looks = await asyncio.gather(*(found(store) for _ in range(10)))
    assert sorted(one for look in looks for one in look) == sorted(row.notification_id for row in rows)


async def test_what_nobody_could_tell_is_found_again_and_what_was_told_is_not(store: Store) -> None:
    """The one that found it may have died."""
    await store.notifications.claim([WAITED_FOR])
    assert await found(store) == ["n1"]
    assert await found(store) == []
    again = await store.confirmations.overdue(KEPT, kept_until=KEPT + MINUTE)
    assert [one.notification_id for one in again] == ["n1"]
    await store.confirmations.told(["n1"])
    assert await store.confirmations.overdue(KEPT + 2 * MINUTE, kept_until=KEPT + 3 * MINUTE) == []


async def test_what_is_heard_later_is_evidence(store: Store) -> None:
    """It was delivered after all: the record says so, and it is no failure."""
    await store.notifications.claim([WAITED_FOR])
    await found(store)
    applied = await store.notifications.apply_status("n1", "SM1", "delivered", LATER)
    assert applied is not None
    assert (applied.status, applied.became_failed) == ("delivered", False)


async def test_where_a_message_went(store: Store) -> None:
    """So that a number that does not work can be put out of use."""
    await store.notifications.claim([WAITED_FOR])
    assert await store.confirmations.address("n1") == CLAIM.address
    assert await store.confirmations.address("n9") is None
