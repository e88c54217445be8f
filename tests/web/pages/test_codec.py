"""The codec's door: a signed-in operator reads payloads in the Temporal UI; nobody else does."""

import httpx
import pytest
from fastapi import FastAPI
from google.protobuf import json_format
from temporalio.api.common.v1 import Payload, Payloads
from temporalio.converter import WorkflowSerializationContext

from config.keys import KeyRing
from engine.codec import EncryptionCodec
from store.repositories import Store
from tests.web.pages.house import Browser
from web import demo

UI = "http://127.0.0.1:8233"
WORDS = b'{"alias":"Heron-42"}'


async def sealed(keys: KeyRing) -> str:
    """A payload of placement/Heron-42 as the Temporal UI has it."""
    context = WorkflowSerializationContext(namespace="default", workflow_id="placement/Heron-42")
    codec = EncryptionCodec(keys).with_context(context)
    payloads = await codec.encode([Payload(metadata={"encoding": b"json/plain"}, data=WORDS)])
    return json_format.MessageToJson(Payloads(payloads=payloads))


async def ask(client: httpx.AsyncClient, body: str, *, path: str = "/codec/decode", **headers: str) -> httpx.Response:
    """Post JSON as the UI does."""
    sent = {"content-type": "application/json", "origin": UI} | headers
    return await client.post(path, content=body, headers=sent)


async def test_a_signed_in_operator_reads_a_payload(browser: Browser, app: FastAPI) -> None:
    """Sealed for its workflow, opened by what its metadata say."""
    await browser.sign_in("Priya Nair")
    answer = await ask(browser.client, await sealed(app.state.services.keys))
    assert answer.status_code == 200
    opened = json_format.Parse(answer.content, Payloads()).payloads
    assert [payload.data for payload in opened] == [WORDS]
    assert answer.headers["access-control-allow-origin"] == UI
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert answer.headers["cache-control"] == "no-store"


async def test_a_token_reads_it_too(browser: Browser, app: FastAPI, store: Store) -> None:
    """For the command line of Temporal."""
    token = await store.tokens.create(demo.SHIFT_LEAD, "test", by=demo.SHIFT_LEAD)
    body = await sealed(app.state.services.keys)
    assert (await ask(browser.client, body, authorization=f"Bearer {token}")).status_code == 200


async def test_without_a_session_nobody_reads_anything(browser: Browser, app: FastAPI) -> None:
    """401, which the UI may read."""
    answer = await ask(browser.client, await sealed(app.state.services.keys))
    assert answer.status_code == 401
    assert answer.headers["access-control-allow-origin"] == UI


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8010", "https://127.0.0.1:8233", "http://evil.example", "null"])
async def test_another_origin_gets_no_leave(browser: Browser, origin: str) -> None:
    """Its browser shows it nothing."""
    await browser.sign_in("Priya Nair")
    answer = await ask(browser.client, "{}", origin=origin)
    asked = await browser.client.options("/codec/decode", headers={"origin": origin})
    for one in (answer, asked):
        assert not [name for name in one.headers if name.startswith("access-control")]
        assert one.headers["vary"] == "Origin"


@pytest.mark.parametrize("origin", [UI, "http://localhost:8233"])
async def test_the_ui_may_ask(browser: Browser, origin: str) -> None:
    """By either name of one's own machine."""
    answer = await browser.client.options(
        "/codec/decode", headers={"origin": origin, "access-control-request-method": "POST"}
    )
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == origin
    assert "content-type" in answer.headers["access-control-allow-headers"]


async def test_what_cannot_be_read_is_a_problem_without_insides(browser: Browser) -> None:
    """Another key, another body, another type: 400, one sentence."""
    await browser.sign_in("Priya Nair")
    foreign = await sealed(KeyRing.generate("other"))
    for body in (foreign, "nonsense", '{"payloads": 3}', "[" * 99_999):
        answer = await ask(browser.client, body)
        assert answer.status_code == 400, body
        assert answer.json()["title"] == "Not readable"
        assert "other" not in answer.text
    form = await ask(browser.client, foreign, **{"content-type": "text/plain"})
    assert form.status_code == 400


async def test_what_is_sealed_here_is_bound_to_no_workflow(browser: Browser, app: FastAPI) -> None:
    """It can be opened here; a worker would refuse it."""
    await browser.sign_in("Priya Nair")
    plain = Payloads(payloads=[Payload(metadata={"encoding": b"json/plain"}, data=WORDS)])
    answer = await ask(browser.client, json_format.MessageToJson(plain), path="/codec/encode")
    payload = json_format.Parse(answer.content, Payloads()).payloads[0]
    assert WORDS not in payload.data
    assert payload.metadata["goldenhour-workflow"] == b""
    assert (await EncryptionCodec(app.state.services.keys).decode([payload]))[0].data == WORDS
