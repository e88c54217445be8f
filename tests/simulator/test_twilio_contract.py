"""The simulator against the real `twilio` library: what it accepts, refuses and lists is what Twilio would."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from twilio.base.exceptions import TwilioRestException  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

from notifiers.twilio_http import BoundedHttpClient, TimeLimits
from simulator.segments import segments
from simulator.testing import RunningSimulator
from tests.notifiers.story import SHIFT_LEAD


@pytest.fixture
async def client(simulator: RunningSimulator) -> AsyncIterator[Client]:
    """The library, as a stranger would use it."""
    config = simulator.config
    client = Client(config.account_sid, config.auth_token, http_client=BoundedHttpClient(TimeLimits()))
    client.api.base_url = simulator.url
    yield client
    await client.http_client.close()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"to": "07700 900123"}, 21211),
        ({"to": "+0"}, 21211),
        ({"to": ""}, 21604),
        ({"body": ""}, 21602),
        ({"body": "x" * 1601}, 21617),
        ({"from_": "+15005550000"}, 21606),
        ({"validity_period": 36_001}, 90007),
        ({"status_callback": "nowhere"}, 21609),
    ],
)
async def test_what_twilio_refuses_is_refused_with_its_code(
    simulator: RunningSimulator, client: Client, change: dict[str, object], code: int
) -> None:
    """A mistake of ours shows in a test, not first at night with a real account."""
    request: dict[str, object] = {"to": SHIFT_LEAD, "from_": simulator.config.from_number, "body": "hello"}
    with pytest.raises(TwilioRestException) as raised:
        await client.messages.create_async(**(request | change))
    assert raised.value.code == code
    assert not simulator.messages


async def test_the_library_reads_every_field(simulator: RunningSimulator, client: Client) -> None:
    """Created and fetched, a message is what was sent; it has no date of sending until it was sent."""
    simulator.fault("held", seconds=30)
    sender = simulator.config.from_number
    created = await client.messages.create_async(to=SHIFT_LEAD, from_=sender, body="hello €")
    assert (created.status, created.date_sent, created.direction) == ("queued", None, "outbound-api")
    fetched = await client.messages(created.sid).fetch_async()
    assert (fetched.to, fetched.from_, fetched.body, fetched.num_segments) == (SHIFT_LEAD, sender, "hello €", "1")
    assert abs(fetched.date_created - datetime.now(UTC)) < timedelta(seconds=5)


async def test_an_unknown_message_is_404(client: Client) -> None:
    """With Twilio's own code."""
    with pytest.raises(TwilioRestException) as raised:
        await client.messages("SM" + "0" * 32).fetch_async()
    assert (raised.value.status, raised.value.code) == (404, 20404)


async def test_lists_are_paged_newest_first(simulator: RunningSimulator, client: Client) -> None:
    """The library follows the pages to the end, and gets each message once."""
    for number in range(7):
        await client.messages.create_async(to=SHIFT_LEAD, from_=simulator.config.from_number, body=f"text {number}")
    listed = await client.messages.list_async(page_size=3)
    assert [message.body for message in listed] == [f"text {number}" for number in range(6, -1, -1)]
    page = await client.messages.page_async(page_size=5000)
    assert "PageSize=1000" in page._payload["first_page_uri"]  # noqa: SLF001 - the library shows it nowhere else


async def test_lists_are_filtered_by_number_and_day(simulator: RunningSimulator, client: Client) -> None:
    """Days in GMT, whatever the hour asked for; what is still queued was sent on no day."""
    sender = simulator.config.from_number
    simulator.fault("held", SHIFT_LEAD, seconds=30, count=1)
    await client.messages.create_async(to=SHIFT_LEAD, from_=sender, body="queued")
    await client.messages.create_async(to=SHIFT_LEAD, from_=sender, body="sent")
    await client.messages.create_async(to="+447700900555", from_=sender, body="other")
    await simulator.wait_for(containing="sent", status="delivered")
    today = datetime.now(UTC)

    async def bodies(**filters: object) -> list[str | None]:
        return [message.body for message in await client.messages.list_async(to=SHIFT_LEAD, **filters)]

    assert await bodies() == ["sent", "queued"]
    assert await bodies(from_=sender) == ["sent", "queued"]
    assert await bodies(from_="+15005550000") == []
    assert await bodies(date_sent=today) == ["sent"]
    assert await bodies(date_sent_after=today) == ["sent"]
    assert await bodies(date_sent_after=today + timedelta(days=1)) == []
    assert await bodies(date_sent_before=today - timedelta(days=1)) == []


@pytest.mark.parametrize(
    ("text", "count"),
    [("a" * 160, 1), ("a" * 161, 2), ("€" * 80, 1), ("€" * 81, 2), ("ż" * 70, 1), ("ż" * 71, 2), ("😀" * 36, 2)],
)
def test_segments_are_counted_as_networks_do(text: str, count: int) -> None:
    """One letter outside of GSM-7 more than halves what fits."""
    assert segments(text) == count
