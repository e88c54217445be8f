"""C70, the short form for every day: the worker is killed in the middle of fifty alerts.

`make test-faults` kills each part in the middle of 200 (test_killed_three_times.py).
"""

from collections.abc import Callable

import pytest

from tests.faults.burst import Burst
from tests.faults.house import POSTGRESQL, WORKER, House


@pytest.mark.timeout(300)
@pytest.mark.parametrize("database_url", [POSTGRESQL], indirect=True)
async def test_a_worker_killed_in_the_middle_of_fifty_alerts_loses_none_and_doubles_none(
    house: House, record_property: Callable[[str, object], None]
) -> None:
    """What it had sent and not yet said is asked for at the provider by the next worker, and not sent again."""
    burst = Burst(house, 50)
    await burst.arrives()
    await burst.texts(10)
    await house.killed_for(0.5, WORKER)
    seconds = await burst.everyone_heard_once()
    record_property("fault", f"worker killed in a burst of 50: 0 lost, 0 doubled, last text after {seconds:.1f} s")
