"""What others rely on: the document, and the answers to "are you alive" and "could you alert"."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
from redis.asyncio import Redis
from sqlalchemy import update

from domain.requests import Reply
from engine.errors import Unreachable
from store.tables import intents
from tests.scenarios.engine_room import running_redis
from tests.web.api.installation import NOW, Installation
from web.api import document
from workflows.signatures import OUTAGE_MARK


def test_the_document_is_the_one_that_is_committed() -> None:
    """After a change of the API: `python -m web.api.document`, and a line in the changelog."""
    assert document.PATH.read_text("utf-8") == document.text()


def test_every_body_has_an_example() -> None:
    """The document can be read by somebody who has never called the API."""
    content = document.document()
    for path, item in content["paths"].items():
        for method, operation in item.items():
            for media in operation.get("requestBody", {}).get("content", {}).values():
                schema = media.get("schema", {})
                for option in schema.get("anyOf", [schema]):
                    name = option.get("$ref", "").rpartition("/")[2]
                    known = content["components"]["schemas"].get(name, {})
                    assert "example" in media or "examples" in known or option == {"type": "null"}, (method, path)


def test_every_post_wants_its_key() -> None:
    """The document says so."""
    for path, item in document.document()["paths"].items():
        if "post" in item:
            names = [parameter["name"] for parameter in item["post"]["parameters"]]
            assert "Idempotency-Key" in names, path


async def test_alive_is_not_ready(here: Installation) -> None:
    """Ready is: the engine answers, and the canary has flown within three minutes."""
    assert (await here.client.get("/healthz")).json() == {"status": "alive"}
    answer = await here.client.get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (503, False)
    assert "faults" not in answer.json()
    await here.store.canary.flown(1, NOW - timedelta(minutes=2))
    answer = await here.client.get("/readyz")
    assert answer.json() == {"ready": True, "simulated": "no real phone will ring"}
    here.engine.now = NOW + timedelta(minutes=2)
    assert (await here.client.get("/readyz")).status_code == 503


async def test_what_is_wrong_is_told_to_those_who_are_known(here: Installation) -> None:
    """An engine that is away, and reports that wait."""
    await here.store.canary.flown(1, NOW)
    heron = await here.admit()
    here.engine.fails = Unreachable("away")
    await here.send(
        "POST", f"/api/v1/placements/{heron}/check-ins", {"outcome": "seen_well"}, by=here.directory.shift_lead
    )
    here.engine.now = NOW + timedelta(seconds=90)
    answer = await here.send("GET", "/readyz")
    assert answer.json()["faults"] == ["Temporal does not answer", "what people reported waits for more than a minute"]


async def test_numbers_are_for_this_machine_or_with_a_token(here: Installation) -> None:
    """A proxy on this machine is not this machine."""
    assert (await here.client.get("/metrics")).status_code == 401
    assert (await here.send("GET", "/metrics")).status_code == 200
    local = httpx.ASGITransport(app=here.app, client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=local, base_url="http://127.0.0.1") as client:
        answer = await client.get("/metrics")
        assert "goldenhour_webhooks_forged" in answer.text
        assert (await client.get("/metrics", headers={"X-Forwarded-For": "192.0.2.7"})).status_code == 401


async def test_an_intent_whose_process_died_is_delivered(here: Installation) -> None:
    """It was written before the engine was asked: nothing that was reported is lost."""
    heron = await here.admit()
    here.engine.fails = ZeroDivisionError("as if the process died")
    body = {"outcome": "seen_well"}
    await here.send("POST", f"/api/v1/placements/{heron}/check-ins", body, by=here.directory.shift_lead)
    here.engine.fails = None
    here.engine.reply = Reply(outcome="done")
    here.engine.now = NOW + timedelta(minutes=1)
    await here.app.state.acts.sweep()
    assert [update for _, update, _ in here.engine.asked] == ["admit", "check_in"]


async def test_an_intent_that_can_not_be_read_holds_up_nobody_else(here: Installation) -> None:
    """Its own placement waits; the other child's report goes on."""
    heron, otter = await here.admit(), await here.admit(risk="medium")
    here.engine.fails = Unreachable("away")
    for alias in (heron, otter):
        path = f"/api/v1/placements/{alias}/check-ins"
        assert (
            await here.send("POST", path, {"outcome": "seen_well"}, by=here.directory.shift_lead)
        ).status_code == 202
        here.engine.now += timedelta(seconds=1)
    here.engine.fails = None
    poisoned = (await here.store.intents.queued())[0]
    async with here.store.database.transaction() as connection:
        await connection.execute(update(intents).where(intents.c.id == poisoned.id).values(kind="no_such_update"))
    await here.app.state.acts.sweep()
    assert [(alias, name) for alias, name, _ in here.engine.asked[2:]] == [(otter, "check_in")]


async def test_a_channel_that_is_out_is_told_to_those_who_are_known_and_is_no_fault(
    here: Installation, tmp_path: Path
) -> None:
    """Alerts go out by the other channels: the engine is ready."""
    await here.store.canary.flown(1, NOW)
    async with running_redis(tmp_path) as url, Redis.from_url(url, decode_responses=True) as redis:
        await redis.set(f"{OUTAGE_MARK}sms", NOW.isoformat())
        here.app.state.services = replace(here.services, redis=redis)
        answer = await here.send("GET", "/readyz")
        anonymous = await here.client.get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["channels_out"] == {"sms": NOW.isoformat()}
    assert "channels_out" not in anonymous.json()
