"""One of two workers stands still for a minute, in the middle of its sends, and goes on (`make test-faults`)."""

import asyncio
from collections.abc import Callable

import pytest

from domain.names import Role
from simulator.faults import FaultKind
from tests.faults.burst import Burst
from tests.faults.climb import climbing
from tests.faults.house import POSTGRESQL, SQLITE, WORKER, House

MINUTE = 60.0


@pytest.mark.timeout(400)
@pytest.mark.parametrize("database_url", [SQLITE, POSTGRESQL], indirect=True)
async def test_a_worker_that_stands_still_for_a_minute_and_wakes_up_sends_nothing_twice(
    house: House, record_property: Callable[[str, object], None]
) -> None:
    """The other one takes over what it held; waking up, it finds its gate closed."""
    await house.add_second_worker()
    house.simulator.fault(FaultKind.SLOW, seconds=0.3)
    burst = Burst(house, 60)
    await burst.arrives()
    async with climbing(house) as climb:
        await burst.texts(20)
        house.freeze(WORKER)
        try:
            await asyncio.sleep(MINUTE)
        finally:
            house.thaw(WORKER)
        await climb.reaches(Role.RESPONSIBLE_INDIVIDUAL)
        late = await climb.everyone_heard_once()
        seconds = await burst.everyone_heard_once()
        each = ", ".join(f"{one:.1f}" for one in late)
        record_property(
            "fault",
            f"one of two workers frozen for a minute: 0 of 60 lost, 0 doubled, last text after {seconds:.1f} s; "
            f"rungs late by {each} s",
        )
