"""What was accepted does not arrive: the next channel within five seconds of the report (`make test-faults`).

One text and one e-mail; and a hundred texts at one instant. tests/scenarios/test_providers.py asks it of one daily.
"""

from collections.abc import Callable

import pytest

from domain.names import Channel
from tests.faults.burst import QUIET, Burst
from tests.faults.house import POSTGRESQL, SQLITE, House
from tests.faults.lost import BAR, Lost, summed_up

HUNDRED = 100


@pytest.mark.timeout(120)
async def test_a_text_that_is_undelivered_and_an_e_mail_that_bounces_are_followed_by_a_call_within_five_seconds(
    house: House, record_property: Callable[[str, object], None]
) -> None:
    """Rule 4 with real processes: from the provider's report to its having the request for the next channel."""
    burst = Burst(house, 2, ways=((Channel.SMS, Channel.VOICE), (Channel.EMAIL, Channel.VOICE)))
    lost = Lost(burst)
    await burst.arrives()
    text, mail = await lost.given_up_at_once()
    await lost.nobody_was_rung_twice(quiet=1)

    assert max(text, mail) <= BAR
    record_property("fault", f"undelivered: the person is rung {text:.2f} s after the report; bounced: {mail:.2f} s")


@pytest.mark.timeout(300)
@pytest.mark.parametrize("one_child", [False, True], ids=["a hundred children", "one child"])
@pytest.mark.parametrize("database_url", [SQLITE, POSTGRESQL], indirect=True)
async def test_of_a_hundred_texts_undelivered_at_once_each_is_followed_by_a_call_within_five_seconds(
    house: House,
    request: pytest.FixtureRequest,
    record_property: Callable[[str, object], None],
    *,
    one_child: bool,
) -> None:
    """A carrier that fails takes many down together: of a hundred children, or of one for whom a hundred look."""
    burst = Burst(house, HUNDRED, ways=((Channel.SMS, Channel.VOICE),), one_child=one_child)
    lost = Lost(burst)
    await burst.arrives()
    seconds = await lost.given_up_at_once()
    await lost.nobody_was_rung_twice(quiet=QUIET)

    whose = "one child's" if one_child else "as many children's"
    database = request.node.callspec.params["database_url"]
    record_property("fault", f"{HUNDRED} texts of {whose} undelivered at once, {database}: rung {summed_up(seconds)}")
    assert max(seconds) <= BAR
