"""Each part killed at three moments of a climb, and three times in the middle of 200 alerts (`make test-faults`)."""

from collections.abc import Callable

import pytest

from domain.names import Role
from simulator.faults import FaultKind
from tests.faults.burst import Burst
from tests.faults.climb import CLIMBING, climbing
from tests.faults.house import PARTS, POSTGRESQL, SQLITE, WORKER, House

type_of_record = Callable[[str, object], None]
pytestmark = pytest.mark.timeout(400)
EACH_PART = pytest.mark.parametrize(
    ("part", "database_url"),
    [(part, database) for part in PARTS for database in (SQLITE, POSTGRESQL)],
    indirect=["database_url"],
)


@EACH_PART
async def test_an_episode_climbs_on_though_a_part_is_killed_three_times(
    house: House, part: str, record_property: type_of_record
) -> None:
    """Between two rungs; with a text accepted and not yet answered; with a text on its way and not yet accepted.

    No retry doubles such a text, and none loses it: what the provider has is found there, what it has not is sent.
    """
    async with climbing(house) as climb:
        accepted = house.simulator.fault(FaultKind.ACCEPT_THEN_HANG, climb.number(Role.ON_CALL_MANAGER), count=1)
        on_its_way = house.simulator.fault(FaultKind.HANG, climb.number(Role.REGISTERED_MANAGER), count=1)
        await climb.reaches(Role.KEY_WORKER)
        await house.killed_for(1, part)
        for held in (accepted, on_its_way):
            await climb.meets(held)
            await house.killed_for(1, part)
        for role in CLIMBING:
            await climb.reaches(role)
        late = await climb.everyone_heard_once()
        each = ", ".join(f"{seconds:.1f}" for seconds in late[2:])
        record_property("fault", f"{part} killed 3 times in a climb: 0 lost, 0 doubled; rungs 3 to 5 late by {each} s")
        await climb.child_is_seen()


@EACH_PART
async def test_of_200_alerts_none_is_lost_and_none_doubled_though_a_part_is_killed_three_times(
    house: House, part: str, record_property: type_of_record
) -> None:
    """C70: healthchecks loses 2 to 4 of 200 this way."""
    burst = Burst(house, 200)
    await burst.arrives()
    for arrived in (40, 90, 140):
        await burst.texts(arrived)
        await house.killed_for(0.5, part)
    seconds = await burst.everyone_heard_once()
    record_property(
        "fault", f"{part} killed 3 times in a burst of 200: 0 lost, 0 doubled; last text after {seconds:.1f} s"
    )


async def test_with_the_providers_list_away_as_well_a_text_may_come_twice_but_nobody_is_left_out(
    house: House, record_property: type_of_record
) -> None:
    """Rule 5: when in doubt, send. A second text has the same reference and the same mark as the first."""
    house.simulator.fault(FaultKind.UNAVAILABLE, on="find")
    house.simulator.fault(FaultKind.SLOW, seconds=0.5)
    burst = Burst(house, 100)
    await burst.arrives()
    for arrived in (20, 50):
        await burst.texts(arrived)
        await house.killed_for(0.5, WORKER)
    heard = await burst.everyone_heard()
    twice = [phone for phone, times in heard.items() if times > 1]
    for phone in twice:
        assert len({_reference_and_mark(message.body) for message in house.simulator.to(phone)}) == 1
    record_property("fault", f"{WORKER} killed twice and no list: 0 of 100 lost, {len(twice)} doubled, marks the same")


def _reference_and_mark(text: str) -> tuple[str, str]:
    """What tells a reader that two texts are one: `Ref HERON-42` and `#ABC`."""
    return text.split(":", maxsplit=1)[0], text.rsplit("#", 1)[1]
