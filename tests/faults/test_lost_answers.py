"""C69: of 200 alerts one provider's answer in ten is lost (`make test-faults`). healthchecks: 221 texts for 200."""

from collections.abc import Callable

import pytest

from domain.names import Channel
from tests.faults.burst import Burst, address
from tests.faults.house import POSTGRESQL, SQLITE, House
from tests.faults.lost_answers import QUIET, is_the_same, lose_one_answer_in_ten

SIZE = 200
LOST = SIZE // 10

pytestmark = pytest.mark.timeout(400)
type_of_record = Callable[[str, object], None]


@pytest.mark.parametrize("database_url", [SQLITE, POSTGRESQL], indirect=True)
async def test_of_200_texts_none_is_lost_and_none_doubled_though_one_answer_in_ten_is(
    house: House, record_property: type_of_record
) -> None:
    """C69, rule 5: the provider is asked what it has, by the message's own mark, before anything is sent again."""
    burst = Burst(house, SIZE)
    faults = lose_one_answer_in_ten(house.simulator, [address(burst.ways[0][0], one) for one in burst.numbers])
    await burst.arrives()
    seconds = await burst.everyone_heard_once(quiet=QUIET)
    assert [fault.used for fault in faults] == [1] * LOST
    record_property(
        "fault", f"{LOST} of {SIZE} answers about texts lost: 0 not told, 0 doubled; last text after {seconds:.1f} s"
    )


@pytest.mark.parametrize("database_url", [SQLITE], indirect=True)
async def test_of_200_mails_none_is_lost_and_each_that_comes_twice_says_the_same(
    house: House, record_property: type_of_record
) -> None:
    """C69, rule 5: who can't be asked is sent to again; a double has the same reference, code, link and mark."""
    burst = Burst(house, SIZE, ways=((Channel.EMAIL,),))
    faults = lose_one_answer_in_ten(house.simulator, [address(burst.ways[0][0], one) for one in burst.numbers])
    await burst.arrives()
    heard = await burst.everyone_heard(quiet=QUIET)
    assert [fault.used for fault in faults] == [1] * LOST
    doubled = {address: times for address, times in heard.items() if times > 1}
    assert set(doubled) <= {fault.address for fault in faults}, "only whose answer was lost"
    assert set(doubled.values()) <= {2}, "and once"
    assert all(is_the_same(house.simulator.to(address)) for address in doubled)
    record_property(
        "fault",
        f"{LOST} of {SIZE} answers about e-mails lost: 0 not told, {len(doubled)} doubled, each word for word the same",
    )
