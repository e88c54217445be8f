"""Redis is wiped and the store is locked for a minute in the middle of an episode (`make test-faults`)."""

from collections.abc import Callable

import pytest

from tests.faults.house import POSTGRESQL, SQLITE, House
from tests.faults.stores_gone import stores_are_gone

MINUTE = 60.0


@pytest.mark.timeout(300)
@pytest.mark.parametrize("database_url", [SQLITE, POSTGRESQL], indirect=True)
async def test_with_redis_wiped_and_the_store_locked_for_a_minute_nothing_is_lost(
    house: House, request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> None:
    """Every rung of the ladder falls due within that minute, and each goes out; four people's answers are taken."""
    words = await stores_are_gone(house, MINUTE)
    record_property("fault", f"{request.node.callspec.params['database_url']}: {words}")
