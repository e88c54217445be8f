"""Silence of a provider: the engine is told once, in time, by whichever web app finds it first."""

from datetime import timedelta
from uuid import uuid4

import pytest

from domain.names import Channel, Template
from engine.errors import NoSuchPlacement, Unreachable
from store.claims import Claim
from tests.web.api.conftest import furnished, here, sendgrid_key, settings
from tests.web.api.installation import NOW, Installation
from web.unconfirmed import KEPT, Silence

__all__ = ["furnished", "here", "sendgrid_key", "settings"]

MINUTE = timedelta(minutes=1)


async def texted(here: Installation, alias: str, *, number: int = 0) -> str:
    """A text has gone out, and something final of it is to be known within a minute."""
    claim = Claim(
        notification_id=str(uuid4()),
        alias=alias,
        episode=1,
        rung="2",
        person_id=here.directory.shift_lead,
        channel=Channel.SMS,
        address=f"+4477009{number:05}",
        template=Template.CHECK_NOT_RECORDED,
        code=None,
        created_at=NOW,
        confirm_by=NOW + MINUTE,
    )
    await here.store.notifications.claim([claim])
    await here.store.notifications.outcome([(claim.notification_id, "accepted", f"SM{uuid4().hex}", None, NOW)])
    return claim.notification_id


def looks(here: Installation, *, at: timedelta) -> Silence:
    """A web app that looks so long after the text went out."""
    return Silence(here.services, here.app.state.receipts, clock=lambda: NOW + at)


async def test_the_engine_is_told_of_what_nobody_confirms_and_once(here: Installation) -> None:
    """With the rung it was for, and that nobody has said anything: that is no fault of the number."""
    message = await texted(here, "Heron-42")
    await looks(here, at=MINUTE / 2).sweep()
    assert here.engine.failures == []
    for _ in range(3):
        await looks(here, at=MINUTE).sweep()
    (failed,) = here.engine.failures
    assert failed.request_id == f"unconfirmed-{message}"
    assert (failed.rung, failed.status, failed.reason, failed.code) == ("2", "unconfirmed", "transient", None)
    person = await here.store.directory.person(here.directory.shift_lead)
    assert all(one.in_use for one in person.contacts)


async def test_silence_does_not_count_while_reports_wait_for_the_store(
    here: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store was away: what nobody seems to have confirmed may have been, and nobody is woken for that."""
    await texted(here, "Heron-42")
    monkeypatch.setattr(type(here.app.state.receipts), "behind", True)
    await looks(here, at=MINUTE).sweep()
    assert here.engine.failures == []


async def test_a_hundred_at_once_are_told_in_one_look(here: Installation) -> None:
    """Two web apps look in the same second."""
    messages = {await texted(here, f"Heron-{number}", number=number) for number in range(100)}
    for _ in range(2):
        await looks(here, at=2 * MINUTE).sweep()
    assert {one.notification_id for one in here.engine.failures} == messages
    assert len(here.engine.failures) == 100


async def test_with_the_engine_away_it_is_told_when_it_is_back(here: Installation) -> None:
    """It is found again after a quarter of a minute."""
    await texted(here, "Heron-42")
    here.engine.fails = Unreachable("away")
    await looks(here, at=MINUTE).sweep()
    here.engine.fails = None
    await looks(here, at=MINUTE).sweep()
    assert here.engine.failures == [], "another one may be telling it"
    await looks(here, at=MINUTE + KEPT).sweep()
    assert len(here.engine.failures) == 1


async def test_nobody_is_told_of_a_placement_that_has_ended(here: Installation) -> None:
    """And it is not looked at again."""
    await texted(here, "Heron-42")
    here.engine.fails = NoSuchPlacement("gone")
    await looks(here, at=MINUTE).sweep()
    here.engine.fails = None
    await looks(here, at=2 * MINUTE).sweep()
    assert here.engine.failures == []
