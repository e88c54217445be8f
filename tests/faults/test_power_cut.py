"""Everything dies at once and comes back later than a minute; no report on its way is lost (`make test-faults`)."""

import asyncio
import re
from collections.abc import Callable

import httpx
import pytest

from domain.names import Role
from tests.faults.climb import CLIMBING, climbing
from tests.faults.house import PARTS, TEMPORAL, WEB, House

OUTAGE = 85.0
"""Seconds: whatever rung had fallen due in the first of them is more than a minute late."""


@pytest.mark.timeout(300)
async def test_after_a_power_cut_each_phone_gets_one_message_that_says_how_late_it_is(
    house: House, record_property: Callable[[str, object], None]
) -> None:
    """Rule 2: three rungs have fallen due meanwhile, the shift lead stands on two of them, and no phone gets two."""
    async with climbing(house) as climb:
        await climb.reaches(Role.KEY_WORKER)
        await asyncio.sleep(1)
        before = {role: len(climb.texts(role)) for role in CLIMBING}
        await house.killed_for(OUTAGE, *PARTS)
        for role in CLIMBING:
            await climb.reaches(role)
        await climb.everyone_heard_once()

        fresh = {role: climb.texts(role)[before[role] :] for role in CLIMBING}
        assert {role: len(texts) for role, texts in fresh.items()} == dict.fromkeys(CLIMBING, 1) | {Role.KEY_WORKER: 0}
        assert all(re.search(r"[1-9] min late", text.body) for texts in fresh.values() for text in texts)
        record_property(
            "fault", f"power cut of {OUTAGE:.0f} s over three rungs: one message a phone, each says how late"
        )
        await climb.child_is_seen()


@pytest.mark.timeout(300)
async def test_a_check_in_is_not_lost_with_the_web_app_that_had_just_taken_it(house: House) -> None:
    """Rule 12: the intent was written first. The carer's page has no answer, and the engine gets the sighting."""
    async with climbing(house) as climb:
        house.freeze(TEMPORAL)
        try:
            tap = asyncio.create_task(climb.home.check_in(climb.alias))
            await asyncio.sleep(1)
            await house.kill(WEB)
        finally:
            house.thaw(TEMPORAL)
        with pytest.raises(httpx.TransportError):
            await tap
        await house.start(WEB)

        facts = await climb.home.recorded(climb.alias, "checked_in", within=60, skipping=False)
        assert len(facts) == 1
