"""What went out while the store was away is written down when it is back."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import pytest

from activities import unwritten
from activities.unwritten import Unwritten
from config.keys import KeyRing
from domain.names import Channel
from store.claims import Claim
from store.errors import StoreUnavailable
from store.migrate import upgrade
from store.notifications import Notifications
from store.repositories import Store

PHONE = "+447700900101"


async def test_a_claim_and_its_outcome_are_written_once_the_store_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then its code works, a report can find it, and its silence counts from then."""
    monkeypatch.setattr(unwritten, "EVERY_SECONDS", 0.01)
    url = f"sqlite:///{tmp_path / 'store.db'}"
    await asyncio.to_thread(upgrade, url)
    store = Store.open(url, KeyRing.generate())
    sent_at = datetime.now(UTC) - timedelta(minutes=2)
    claim = claim_of("n1", sent_at)
    waiting = Unwritten(store.notifications)
    with monkeypatch.context() as away:
        away.setattr(store.database, "_timed", _silent)
        waiting.keep([claim])
        await asyncio.sleep(0.05)
        elsewhere = ("n2", "accepted", "SM2", None, sent_at)
        assert waiting.settle([("n1", "accepted", "SM1", None, sent_at), elsewhere]) == [elsewhere]
        assert len(waiting) == 1
    async with asyncio.timeout(5):
        while len(waiting) or waiting._outcomes:  # noqa: ASYNC110, SLF001 - it tells nobody when it is done
            await asyncio.sleep(0.01)

    assert [one.code for one in await store.notifications.open_codes(PHONE)] == ["4821"]
    (row,) = await store.notifications.for_episode("Heron-42", 1)
    assert (row.status, row.provider_id) == ("accepted", "SM1")
    now = datetime.now(UTC)
    assert await store.confirmations.overdue(now, kept_until=now + timedelta(seconds=15)) == []
    await store.close()


async def test_what_is_wrong_with_one_claim_is_not_wrong_with_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five hundred people were told while the store was away: one row that it will not take loses itself only."""
    monkeypatch.setattr(unwritten, "EVERY_SECONDS", 0.01)
    written: list[str] = []

    class Picky:
        """A store that will not take one of them."""

        async def claim_late(self, claims: Sequence[Claim], *, timeout: float) -> None:  # noqa: ASYNC109 - as the store's
            del timeout
            if "bad" in [one.notification_id for one in claims]:
                raise ValueError("what nobody thought of")
            written.extend(one.notification_id for one in claims)

    waiting = Unwritten(cast("Notifications", Picky()))
    waiting.keep([claim_of(one, datetime.now(UTC)) for one in ("n1", "bad", "n2")])
    async with asyncio.timeout(5):
        while len(waiting):  # noqa: ASYNC110 - it tells nobody when it is done
            await asyncio.sleep(0.01)

    assert written == ["n1", "n2"]


def claim_of(notification_id: str, sent_at: datetime) -> Claim:
    """A text to one phone."""
    return Claim(
        notification_id=notification_id,
        alias="Heron-42",
        episode=1,
        rung="0",
        person_id="p1",
        channel=Channel.SMS,
        address=PHONE,
        template="check_not_recorded",
        code="4821",
        created_at=sent_at,
        confirm_by=sent_at + timedelta(minutes=1),
    )


def _silent(*_: object, **__: object) -> None:
    raise StoreUnavailable("locked")
