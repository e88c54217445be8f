"""Calls as Twilio makes them: they ring, somebody or something answers, our words are spoken, keys are pressed."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from twilio.base.exceptions import TwilioRestException  # type: ignore[import-untyped]
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

from notifiers.twilio_http import BoundedHttpClient, TimeLimits
from notifiers.voice import TwilioVoice
from simulator.config import SimulatorConfig
from simulator.messages import CALL_OVER, CallDetails, Message
from simulator.testing import RunningSimulator, running_simulator
from simulator.twiml import Gather, Hangup, NotTwiml, Pause, Redirect, Say, verbs_in
from tests.notifiers.story import SHIFT_LEAD, a_text
from tests.simulator.application import Application, Webhook

MENU = (
    '<Response><Gather numDigits="1" timeout="5" action="/webhooks/twilio/voice?k=1">'
    "<Say>Heron, four, two. Press 1.</Say></Gather><Say>Goodbye.</Say><Hangup/><Say>never</Say></Response>"
)
STATUS = "/webhooks/twilio/call-status"


@pytest.fixture
async def client(simulator: RunningSimulator) -> AsyncIterator[Client]:
    """The library, as a stranger would use it."""
    config = simulator.config
    client = Client(config.account_sid, config.auth_token, http_client=BoundedHttpClient(TimeLimits()))
    client.api.base_url = simulator.url
    yield client
    await client.http_client.close()


@pytest.fixture
async def http(simulator: RunningSimulator) -> AsyncIterator[httpx.AsyncClient]:
    """The control API, as a test in another process or the page would use it."""
    async with httpx.AsyncClient(base_url=simulator.url) as session:
        yield session


async def ring(simulator: RunningSimulator, application: Application, to: str = SHIFT_LEAD) -> Message:
    """Place a call by our own notifier."""
    voice = TwilioVoice(
        account_sid=simulator.config.account_sid,
        auth_token=simulator.config.auth_token,
        from_number=simulator.config.from_number,
        base_url=simulator.url,
        voice_url=application.url + "/webhooks/twilio/voice",
        status_callback_url=application.url + STATUS,
    )
    receipt = await voice.send(replace(a_text(to=to), about="HERON-42.check_not_recorded.2130..."))
    await voice.close()
    (message,) = [one for one in simulator.messages if one.id == receipt.provider_id]
    return message


def details(message: Message) -> CallDetails:
    """What only calls have."""
    assert message.call is not None
    return message.call


def reports(application: Application) -> list[str]:
    """What was reported, in order."""
    return [webhook.form["CallStatus"] for webhook in application.got if webhook.path.startswith(STATUS)]


def fetches(application: Application) -> list[Webhook]:
    """The requests for words, in order."""
    return [webhook for webhook in application.got if webhook.path.startswith("/webhooks/twilio/voice")]


async def test_a_phone_is_answered_and_a_key_pressed(simulator: RunningSimulator, application: Application) -> None:
    """The words are heard, the key goes to the action's address, and every request is signed as Twilio signs."""
    application.twiml = MENU
    simulator.phone("answer", keys="1")
    call = await ring(simulator, application)
    await simulator.settle()
    first, second = fetches(application)[:2]
    assert first.path == "/webhooks/twilio/voice?n=0197-K7QX&s=HERON-42.check_not_recorded.2130..."
    assert (first.form["CallSid"], first.form["AnsweredBy"]) == (call.id, "human")
    assert "Digits" not in first.form
    assert (second.path, second.form["Digits"]) == ("/webhooks/twilio/voice?k=1", "1")
    validator = RequestValidator(simulator.config.auth_token)
    for webhook in application.got:
        assert validator.validate(application.url + webhook.path, webhook.form, webhook.headers["x-twilio-signature"])
    assert call.body == (
        "Heron, four, two. Press 1.\n[1 pressed]\nHeron, four, two. Press 1.\nGoodbye."  # the second answer is the same
    )
    assert details(call).keys == "1"
    assert call.history == ["queued", "ringing", "in-progress", "completed"]
    assert reports(application) == ["initiated", "ringing", "in-progress", "completed"]


@pytest.mark.parametrize(("habit", "status"), [("busy", "busy"), ("no_answer", "no-answer"), ("failed", "failed")])
async def test_a_phone_that_is_not_answered(
    simulator: RunningSimulator, application: Application, habit: str, status: str
) -> None:
    """The end is reported, and no words are fetched."""
    simulator.phone(habit, address=SHIFT_LEAD)
    call = await ring(simulator, application)
    await simulator.settle()
    assert (call.status, call.body) == (status, "")
    assert reports(application) == ["initiated", "ringing", status]
    assert not fetches(application)


async def test_a_machine_answers(simulator: RunningSimulator, application: Application) -> None:
    """It is named as one, and hears only what the application wants it to."""
    application.twiml = "<Response><Hangup/></Response>"
    simulator.phone("machine")
    call = await ring(simulator, application)
    await simulator.settle()
    assert [webhook.form["AnsweredBy"] for webhook in fetches(application)] == ["machine_start"]
    assert (call.status, call.body) == ("completed", "")


async def test_a_person_answers_presses_and_puts_down(
    simulator: RunningSimulator, application: Application, http: httpx.AsyncClient
) -> None:
    """What the page of phones does, by the same address; a call that is over can't be touched."""
    application.twiml = MENU
    call = await ring(simulator, application)
    await simulator.wait_for(to=SHIFT_LEAD, status="ringing")
    path = f"/control/calls/{call.id}"
    assert (await http.post(path, json={"does": "press"})).status_code == 422
    assert (await http.post(path, json={"does": "answer"})).status_code == 200
    await simulator.wait_for(to=SHIFT_LEAD, containing="Press 1.")
    await http.post(path, json={"does": "press", "key": "7"})
    await simulator.wait_for(to=SHIFT_LEAD, containing="[7 pressed]")
    assert (await http.post(path, json={"does": "put_down"})).json()["id"] == call.id
    await simulator.settle()
    assert call.status == "completed"
    assert "Goodbye" not in call.body
    assert (await http.post(path, json={"does": "answer"})).status_code == 404
    shown = (await http.get("/control/messages", params={"kind": "voice"})).json()["messages"]
    assert [(one["id"], one["call"]["keys"]) for one in shown] == [(call.id, "7")]


async def test_a_person_rejects(simulator: RunningSimulator, application: Application, http: httpx.AsyncClient) -> None:
    """The red button: the caller hears that it is busy."""
    call = await ring(simulator, application)
    await http.post(f"/control/calls/{call.id}", json={"does": "reject"})
    await simulator.settle()
    assert reports(application)[-1] == "busy"


async def test_habits_are_set_from_outside(
    simulator: RunningSimulator, application: Application, http: httpx.AsyncClient
) -> None:
    """A drill scripts one phone; the others wait for a person, and mistakes are refused."""
    behaviour = {"address": SHIFT_LEAD, "habit": "no_answer"}
    assert (await http.put("/control/calls/behaviour", json=behaviour)).status_code == 204
    await ring(simulator, application)
    await simulator.settle()
    assert reports(application)[-1] == "no-answer"
    for wrong in ({"habit": "asleep"}, {"habit": "answer", "keys": "x"}, {"habit": "busy", "address": "me"}):
        assert (await http.put("/control/calls/behaviour", json=wrong)).status_code == 422
    assert (await http.delete("/control/calls/behaviour")).status_code == 204
    call = await ring(simulator, application)
    await simulator.wait_for(to=SHIFT_LEAD, status="ringing", after=call.index - 1)
    simulator.line(call.id).reject()


@pytest.mark.parametrize(
    ("fault", "reported"),
    [
        ("no_callback", []),
        ("duplicate_callbacks", ["initiated", "initiated", "ringing", "ringing", "busy", "busy"]),
        ("failed", ["initiated", "ringing", "failed"]),
        ("undelivered", ["initiated", "ringing", "no-answer"]),
    ],
)
async def test_calls_go_wrong_on_demand(
    simulator: RunningSimulator, application: Application, fault: str, reported: list[str]
) -> None:
    """The same faults as for texts."""
    simulator.phone("busy")
    simulator.fault(fault, SHIFT_LEAD, channel="voice")
    await ring(simulator, application)
    await simulator.settle()
    assert reports(application) == reported


async def test_a_forged_report_does_not_pass(simulator: RunningSimulator, application: Application) -> None:
    """Somebody who knows the address but not the token."""
    simulator.phone("busy")
    simulator.fault("forged_callbacks")
    await ring(simulator, application)
    await simulator.settle()
    validator = RequestValidator(simulator.config.auth_token)
    assert application.got
    for webhook in application.got:
        signature = webhook.headers["x-twilio-signature"]
        assert not validator.validate(application.url + webhook.path, webhook.form, signature)


@pytest.mark.parametrize("twiml", ["not xml", "<Html/>", "<Response><Dial>999</Dial></Response>"])
async def test_an_application_that_answers_nonsense_is_heard_to_fail(
    simulator: RunningSimulator, application: Application, twiml: str
) -> None:
    """Twilio says that an application error has occurred, and hangs up."""
    application.twiml = twiml
    simulator.phone("answer")
    call = await ring(simulator, application)
    await simulator.settle()
    assert (call.status, call.body) == ("completed", "(an application error has occurred)")


def test_twiml_is_read_as_twilio_reads_it() -> None:
    """The verbs that we use, with Twilio's defaults."""
    document = (
        "<Response><Say>a  b</Say><Pause/><Gather><Say>c</Say></Gather><Redirect>/x</Redirect><Hangup/></Response>"
    )
    gather = Gather(words="c", action="", digits=None, seconds=5.0)
    assert verbs_in(document) == [Say("a b"), Pause(1.0), gather, Redirect("/x"), Hangup()]
    with pytest.raises(NotTwiml, match="Dial"):
        verbs_in("<Response><Dial/></Response>")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"to": "07700 900123"}, 21211),
        ({"to": ""}, 21201),
        ({"from_": ""}, 21213),
        ({"from_": "+15005550000"}, 21210),
        ({"url": "nowhere"}, 21205),
        ({"status_callback": "nowhere"}, 21609),
    ],
)
async def test_what_twilio_refuses_is_refused_with_its_code(
    simulator: RunningSimulator, client: Client, change: dict[str, object], code: int
) -> None:
    """A mistake of ours shows in a test, not first at night with a real account."""
    request: dict[str, object] = {
        "to": SHIFT_LEAD,
        "from_": simulator.config.from_number,
        "url": "http://127.0.0.1:9/x",
    }
    with pytest.raises(TwilioRestException) as raised:
        await client.calls.create_async(**(request | change))
    assert raised.value.code == code
    assert not simulator.messages


async def test_the_library_reads_every_field(
    simulator: RunningSimulator, application: Application, client: Client
) -> None:
    """Created, fetched, listed and asked for its events; strangers and texts are not among calls."""
    simulator.phone("machine")
    application.twiml = "<Response/>"
    call = await ring(simulator, application)
    await simulator.settle()
    fetched = await client.calls(call.id).fetch_async()
    assert (fetched.to, fetched._from, fetched.status) == (  # noqa: SLF001 - the library has no other name for it
        SHIFT_LEAD,
        simulator.config.from_number,
        "completed",
    )
    assert (fetched.direction, fetched.answered_by) == ("outbound-api", "machine_start")
    assert abs(fetched.date_created - datetime.now(UTC)) < timedelta(seconds=5)
    assert [one.sid for one in await client.calls.list_async(to=SHIFT_LEAD, status="completed")] == [call.id]
    assert await client.calls.list_async(to=SHIFT_LEAD, status="busy") == []
    assert await client.messages.list_async(to=SHIFT_LEAD) == []
    events = await client.calls(call.id).events.list_async()
    assert "n=0197-K7QX" in events[0].request["parameters"]["Url"]
    assert any(event.request["url"].startswith(application.url + STATUS) for event in events)
    for unknown in (client.calls("CA" + "0" * 32), client.messages(call.id)):
        with pytest.raises(TwilioRestException) as raised:
            await unknown.fetch_async()
        assert raised.value.code == 20404


async def test_a_call_does_not_survive_the_simulators_end(tmp_path: Path) -> None:
    """Its line is cut: after a restart it has failed, and is still on the page."""
    config = SimulatorConfig(data_dir=tmp_path, step_seconds=0.0, callback_pause_seconds=0.01)
    async with running_simulator(config) as simulator:
        call = await ring(simulator, Application(url="http://127.0.0.1:9"))
        await simulator.wait_for(to=SHIFT_LEAD, status="ringing")
    async with running_simulator(config) as simulator:
        (again,) = simulator.to(SHIFT_LEAD)
        assert (again.id, again.status) == (call.id, "failed")
        assert again.status in CALL_OVER
        assert details(again).ring_seconds == 30
