"""An alert after a crash: the same people, and nobody twice."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis.asyncio import Redis
from temporalio.testing import ActivityEnvironment

from activities import rush
from activities.alert import Alerting
from activities.claims import Claims
from activities.outages import Outages
from activities.throttle import Throttle
from config.keys import KeyRing
from domain.names import Channel, Phase, Risk, Role, Template
from domain.sending import AlertRequest, AlertResult, RungCall, SendStatus
from domain.snapshot import Snapshot
from domain.state import Contact
from notifiers.registry import Notifiers, from_settings
from simulator.testing import RunningSimulator, running_simulator
from store.errors import StoreUnavailable
from store.migrate import upgrade
from store.repositories import Store
from tests.scenarios.engine_room import KEYS, running_redis, settings_for

NOW = datetime(2026, 3, 10, 21, 35, tzinfo=UTC)
LEAD = Contact(person_id="lead", roles=(Role.SHIFT_LEAD,), channels=((Channel.SMS, "+447700900777"),))
OTHER = Contact(person_id="other", roles=(Role.SHIFT_LEAD,), channels=((Channel.SMS, "+447700900778"),))


@pytest.fixture
async def simulator() -> AsyncIterator[RunningSimulator]:
    """The providers."""
    async with running_simulator() as running:
        yield running


@pytest.fixture
async def alerting(tmp_path: Path, simulator: RunningSimulator) -> AsyncIterator[Alerting]:
    """The activity on an empty directory: whoever is alerted was carried in the request or in a heartbeat."""
    async with running_redis(tmp_path) as redis_url, Redis.from_url(redis_url, decode_responses=True) as redis:
        settings = settings_for(tmp_path, redis_url, simulator, 9)
        await asyncio.to_thread(upgrade, settings.database_url)
        store = Store.open(settings.database_url, KeyRing.parse(KEYS))
        notifiers: Notifiers = from_settings(settings)
        yield Alerting(
            store,
            Claims(store.notifications, redis),
            notifiers,
            Outages(redis),
            Throttle(redis),
            public_url="http://127.0.0.1:9",
        )
        await notifiers.close()
        await store.close()


def request(**more: object) -> AlertRequest:
    """An alert to the shift lead about a check at 21:30."""
    rung = RungCall(
        number=0,
        roles=(Role.SHIFT_LEAD,),
        channels=(Channel.SMS,),
        template=Template.CHECK_NOT_RECORDED,
        scheduled_at=NOW,
    )
    fields: dict[str, object] = {
        "alias": "Heron-42",
        "home_id": "home",
        "placing_authority_id": "authority",
        "timezone": "Europe/London",
        "delivery": 1,
        "attempt": 0,
        "episode": 1,
        "template": Template.CHECK_NOT_RECORDED,
        "due_at": NOW,
        "scheduled_at": NOW,
        "now": NOW,
        "rungs": [rung],
        "contacts": [LEAD],
        "snapshot": Snapshot(alias="Heron-42", as_of_fact=0, as_of=NOW, phase=Phase.ARRIVAL, risk=Risk.HIGH),
    }
    return AlertRequest.model_validate(fields | more)


async def run(
    alerting: Alerting, asked: AlertRequest, *, attempt: int = 1, beaten: list[Contact] | None = None
) -> AlertResult:
    """Run the activity as Temporal would, with what an earlier attempt had heartbeated."""
    environment = ActivityEnvironment()
    details = [[one.model_dump(mode="json") for one in beaten]] if beaten is not None else []
    environment.info = environment.default_info().__class__(
        **{**environment.default_info().__dict__, "attempt": attempt, "heartbeat_details": details}
    )
    result: AlertResult = await environment.run(alerting.alert, asked)
    return result


async def test_a_retry_reaches_the_people_that_the_first_attempt_had_resolved(
    alerting: Alerting, simulator: RunningSimulator
) -> None:
    """Who is on duty may have changed in between; whoever was to hear, hears."""
    result = await run(alerting, request(), attempt=2, beaten=[OTHER])

    assert [one.person_id for one in result.sent] == ["other"]
    assert [message.to for message in simulator.messages] == ["+447700900778"]


async def test_a_retry_after_a_crash_sends_nothing_twice(alerting: Alerting, simulator: RunningSimulator) -> None:
    """The first attempt sent and died before it could say so: the second one finds the message and sends none."""
    await run(alerting, request(), beaten=[LEAD])
    result = await run(alerting, request(), attempt=2, beaten=[LEAD])

    assert [one.status for one in result.sent] == [SendStatus.ACCEPTED]
    assert len(simulator.messages) == 1


async def test_without_any_claim_the_provider_is_asked(alerting: Alerting, simulator: RunningSimulator) -> None:
    """Both stores lost the claim, or never had it: what the provider has is found by its tag."""
    simulator.fault("accept_then_drop", "+447700900777", count=1)
    first = await run(alerting, request(), beaten=[LEAD])
    second = await run(alerting, request(attempt=1), beaten=[LEAD])

    assert [one.status for one in first.sent] == [SendStatus.UNKNOWN]
    assert [one.status for one in second.sent] == [SendStatus.ACCEPTED]
    assert len(simulator.messages) == 1


async def test_a_repeat_is_a_message_of_its_own(alerting: Alerting, simulator: RunningSimulator) -> None:
    """The same words a minute later are not taken for the message that was sent before."""
    await run(alerting, request(times=1), beaten=[LEAD])
    await run(alerting, request(times=2), attempt=2, beaten=[LEAD])

    assert len(simulator.messages) == 2


async def test_two_people_on_one_rung_are_sent_to_at_once(alerting: Alerting, simulator: RunningSimulator) -> None:
    """One hanging request holds up nobody else, and comes back as data."""
    simulator.fault("hang", "+447700900777", seconds=30)
    task = asyncio.create_task(run(alerting, request(), beaten=[LEAD, OTHER]))
    await simulator.wait_for(to="+447700900778", within=2)
    result = await task

    assert {one.person_id: one.status for one in result.sent} == {
        "lead": SendStatus.UNKNOWN,
        "other": SendStatus.ACCEPTED,
    }


async def test_a_rung_that_names_nobody_waits_for_nobody(alerting: Alerting, simulator: RunningSimulator) -> None:
    """The rota is empty: the next rung is to fire now, however many other alerts are on their way out."""
    simulator.fault("hang", "+447700900778", seconds=30)
    hanging = asyncio.create_task(run(alerting, request(alias="Otter-17"), beaten=[OTHER]))
    await asyncio.sleep(0.2)
    began = asyncio.get_running_loop().time()
    result = await run(alerting, request(contacts=[]), beaten=[])

    assert result.sent == []
    assert asyncio.get_running_loop().time() - began < rush.HANGS / 2
    await hanging


async def test_a_text_that_failed_waits_for_nobody(alerting: Alerting, simulator: RunningSimulator) -> None:
    """The next channel is to be tried now; one that was accepted stands aside while others leave."""
    simulator.fault("hang", "+447700900778", seconds=30)
    hanging = asyncio.create_task(run(alerting, request(alias="Otter-17"), beaten=[OTHER]))
    await asyncio.sleep(0.2)
    loop = asyncio.get_running_loop()
    began = loop.time()
    accepted = await run(alerting, request(), beaten=[LEAD])
    aside = loop.time() - began
    simulator.fault("reject", "+447700900777", code=21211)
    began = loop.time()
    refused = await run(alerting, request(alias="Heron-43"), beaten=[LEAD])

    assert [one.status for one in accepted.sent + refused.sent] == [SendStatus.ACCEPTED, SendStatus.UNDELIVERABLE]
    assert aside >= (rush.HANGS - 0.2) * 0.9
    assert loop.time() - began < rush.HANGS / 2
    await hanging


MAIL = Contact(person_id="lead", roles=(Role.SHIFT_LEAD,), channels=((Channel.EMAIL, "lead@example.org"),))
SHARING = Contact(person_id="sharing", roles=(Role.SHIFT_LEAD,), channels=((Channel.EMAIL, "Lead@example.org"),))


async def test_a_message_carries_the_link_that_its_claim_has_made(
    alerting: Alerting, simulator: RunningSimulator
) -> None:
    """Which leads back to it."""
    await run(alerting, request(recipients=[("lead", Channel.EMAIL)], contacts=[MAIL]))

    link = simulator.messages[0].body.partition("http://127.0.0.1:9/a/")[2].split()[0]
    found = await alerting._store.links.find(link)  # noqa: SLF001
    assert found is not None
    assert (found.alias, found.episode, found.person_id) == ("Heron-42", 1, "lead")


async def test_with_the_store_away_there_is_no_link_and_the_message_goes_out(
    alerting: Alerting, simulator: RunningSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A link that would not be found is worse than none."""

    async def away(*_: object, **__: object) -> None:
        raise StoreUnavailable("locked")

    monkeypatch.setattr(alerting._store.notifications, "claim", away)  # noqa: SLF001
    await run(alerting, request(recipients=[("lead", Channel.EMAIL)], contacts=[MAIL]))

    assert "/a/" not in simulator.messages[0].body
    assert "To take this, sign in:" in simulator.messages[0].body


async def test_two_people_at_one_address_get_one_message_and_both_count(
    alerting: Alerting, simulator: RunningSimulator
) -> None:
    """A shared mailbox; a shared phone is no other."""
    named = [("lead", Channel.EMAIL), ("sharing", Channel.EMAIL)]
    result = await run(alerting, request(recipients=named, contacts=[MAIL, SHARING]))

    assert len(simulator.messages) == 1
    assert [(one.person_id, one.status) for one in result.sent] == [
        ("lead", SendStatus.ACCEPTED),
        ("sharing", SendStatus.ACCEPTED),
    ]
