"""One part after the other is killed while an episode climbs; each rung is heard once, and nobody is left out.

The short form for every day; `make test-faults` kills each part at three moments (test_killed_three_times.py).
"""

from collections.abc import Callable

import pytest

from domain.names import Role
from tests.faults.climb import CLIMBING, climbing
from tests.faults.house import REDIS, TEMPORAL, WEB, WORKER, House

KILLED = (WEB, REDIS, TEMPORAL, WORKER)
"""The worker last: after it the ladder stands still for the longest."""


@pytest.mark.timeout(300)
async def test_the_ladder_climbs_on_whichever_part_is_killed_between_its_rungs(
    house: House, record_property: Callable[[str, object], None]
) -> None:
    """Rule 2 and C70 with real processes: the worker, the web app, Redis and Temporal's server, each killed once."""
    async with climbing(house) as climb:
        for role, part in zip(CLIMBING, KILLED, strict=False):
            await climb.reaches(role)
            await house.killed_for(0.5, part)
        await climb.reaches(Role.RESPONSIBLE_INDIVIDUAL)
        late = await climb.everyone_heard_once()
        after = ", ".join(f"{part} {seconds:.1f} s" for part, seconds in zip(KILLED, late[1:], strict=True))
        record_property("fault", f"killed between two rungs, how late the next text was: {after}")
        await climb.child_is_seen()
