"""The control API over HTTP, the page, and what outlives a restart."""

import json
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from notifiers.sms import TwilioSms
from simulator.config import SimulatorConfig, from_environment, port_from_environment
from simulator.journal import Journal
from simulator.messages import Message, MessageBook
from simulator.signing import SendGridKey
from simulator.testing import RunningSimulator, running_simulator
from tests.notifiers.story import MAILBOX, SHIFT_LEAD, a_text
from tests.simulator.application import Application


@pytest.fixture
async def http(simulator: RunningSimulator) -> AsyncIterator[httpx.AsyncClient]:
    """A test in another process would do this."""
    async with httpx.AsyncClient(base_url=simulator.url) as session:
        yield session


async def send(simulator: RunningSimulator, fingerprint: str = "K7QX") -> None:
    """Send one text."""
    sms = TwilioSms(
        account_sid=simulator.config.account_sid,
        auth_token=simulator.config.auth_token,
        from_number=simulator.config.from_number,
        base_url=simulator.url,
    )
    await sms.send(a_text(fingerprint))
    await sms.close()


async def test_messages_are_listed_from_an_index_on(simulator: RunningSimulator, http: httpx.AsyncClient) -> None:
    """A drill reads on where it stopped, and can look at one person only."""
    await send(simulator, "AAAA")
    first = (await http.get("/control/messages")).json()["messages"]
    await send(simulator, "BBBB")
    await simulator.settle()
    newer = (await http.get("/control/messages", params={"since": first[-1]["index"]})).json()["messages"]
    assert [message["history"] for message in newer] == [["queued", "sent", "delivered"]]
    assert newer[0]["person"] == SHIFT_LEAD
    mine = (await http.get("/control/messages", params={"person": MAILBOX})).json()
    assert mine == {"messages": []}
    one = (await http.get(f"/control/messages/{newer[0]['id']}")).json()
    assert one["body"] == a_text("BBBB").text


async def test_faults_are_set_counted_and_taken_away(simulator: RunningSimulator, http: httpx.AsyncClient) -> None:
    """A fault for one number with a count strikes that often, then no more."""
    asked = {"kind": "no_callback", "address": SHIFT_LEAD, "count": 1, "channel": "sms"}
    answer = await http.post("/control/faults", json=asked)
    assert answer.status_code == 201
    fault_id = answer.json()["id"]
    await send(simulator)
    await simulator.settle()
    (fault,) = (await http.get("/control/faults")).json()["faults"]
    assert (fault["id"], fault["used"]) == (fault_id, 1)
    assert (await http.delete(f"/control/faults/{fault_id}")).status_code == 204
    assert (await http.delete(f"/control/faults/{fault_id}")).status_code == 404
    assert (await http.delete("/control/faults")).status_code == 204


@pytest.mark.parametrize("body", [{"kind": "earthquake"}, {"kind": "reject", "count": 0}, {}, {"kind": "hang", "x": 1}])
async def test_a_mistaken_fault_is_refused(http: httpx.AsyncClient, body: dict[str, object]) -> None:
    """A fault test that sets nothing would prove nothing."""
    answer = await http.post("/control/faults", json=body)
    assert answer.status_code == 422
    assert answer.json()["errors"]


async def test_other_origins_can_not_act(http: httpx.AsyncClient) -> None:
    """A form on any web page could post to this machine; only JSON is taken, which a browser asks about first."""
    answer = await http.post("/control/inbound", data={"from": SHIFT_LEAD, "text": "Y"})
    assert answer.status_code == 415


async def test_a_person_texts_and_phones_have_names(
    simulator: RunningSimulator, application: Application, http: httpx.AsyncClient
) -> None:
    """What the page does: names for the cards, a reply box on each phone."""
    application.twiml = "<Response><Message>Thanks.</Message></Response>"
    names = {"names": {SHIFT_LEAD: "Shift lead (demo)"}}
    assert (await http.put("/control/phones", json=names)).json() == names
    answer = (await http.post("/control/inbound", json={"from": SHIFT_LEAD, "text": "Y"})).json()
    assert (answer["status"], answer["replies"][0]["body"]) == (200, "Thanks.")
    state = (await http.get("/control/state")).json()
    assert state["names"] == names["names"]
    assert [message["body"] for message in state["messages"]] == ["Y", "Thanks."]
    assert simulator.messages


async def test_the_page_says_that_no_phone_will_ring(http: httpx.AsyncClient) -> None:
    """Nobody may take it for the real thing; scripts and styles come from files only."""
    answer = await http.get("/")
    page = answer.text
    assert "no real phone will ring" in page
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    for name in ("phones.css", "phones.js"):
        assert f"/static/{name}" in page
        assert (await http.get(f"/static/{name}")).status_code == 200


async def test_the_page_is_told_of_every_change(simulator: RunningSimulator, http: httpx.AsyncClient) -> None:
    """Server-sent events, one for each status."""
    async with http.stream("GET", "/control/stream") as stream:
        lines = (line async for line in stream.aiter_lines() if line)
        assert await anext(lines) == "retry: 1000"
        await send(simulator)
        seen = [json.loads((await anext(lines)).removeprefix("data: ")) for _ in range(3)]
        await lines.aclose()
    assert [change["status"] for change in seen] == ["queued", "sent", "delivered"]


async def test_the_providers_paths_offer_nothing_more(http: httpx.AsyncClient, simulator: RunningSimulator) -> None:
    """What works here must work at Twilio: nothing to delete, nothing to list at SendGrid, no way in without a key."""
    base = f"/2010-04-01/Accounts/{simulator.config.account_sid}/Messages.json"
    answer = await http.get(base)
    assert (answer.status_code, answer.json()["code"]) == (401, 20003)
    assert (await http.delete(base)).status_code == 405
    assert (await http.get("/v3/messages")).status_code == 404
    assert (await http.post("/v3/mail/send", json={})).status_code == 401


def crash_while_writing(data_dir: Path) -> None:
    """Leave a line cut short."""
    with next(data_dir.glob("*.jsonl")).open("a") as file:
        file.write('{"message": {"cut sho')


async def test_phones_and_keys_survive_a_restart(tmp_path: Path) -> None:
    """`make run` starts again later with nothing lost; a text that was under way arrives after the restart."""
    config = SimulatorConfig(data_dir=tmp_path, step_seconds=0.0)
    async with running_simulator(config) as before:
        await send(before, "AAAA")
        await before.settle()
        before.fault("held", seconds=60)
        await send(before, "BBBB")
        key = before.public_key
    crash_while_writing(tmp_path)
    async with running_simulator(config) as after:
        assert after.public_key == key
        await after.wait_for(to=SHIFT_LEAD, containing="BBBB", status="delivered")
        assert [message.status for message in after.messages] == ["delivered", "delivered"]
        await send(after, "CCCC")
        assert [message.index for message in after.messages] == [1, 2, 3]


def test_the_journal_stays_short(tmp_path: Path) -> None:
    """However long a demonstration runs, its file holds little more than the messages that are kept."""
    book = MessageBook()
    journal = Journal(tmp_path, lambda: (book.since(0), {"+44": "Shift lead"}), lines=50)
    journal.open()
    message = book.add(Message("sms", "SM1", "+441", "+442", "hello", "queued"))
    for _ in range(500):
        journal.write_message(message)
    journal.close()
    (file,) = tmp_path.iterdir()
    assert len(file.read_text().splitlines()) <= 51
    again = Journal(tmp_path, lambda: ([], {}))
    assert again.open() == ([message], {"+44": "Shift lead"})
    again.close()


def test_the_signing_key_is_for_its_owner_only(tmp_path: Path) -> None:
    """Whoever has it can forge delivery reports."""
    assert SendGridKey(tmp_path).public_key == SendGridKey(tmp_path).public_key
    (file,) = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_simulator_reads_the_applications_variables(tmp_path: Path) -> None:
    """So that both agree on credentials and addresses without being told twice."""
    environment = {
        "TWILIO_ACCOUNT_SID": "AC1",
        "GOLDENHOUR_PUBLIC_URL": "http://127.0.0.1:8000",
        "GOLDENHOUR_DATA_DIR": str(tmp_path),
        "GOLDENHOUR_SIMULATOR_PORT": "8011",
    }
    config = from_environment(environment)
    assert (config.account_sid, config.public_url, config.data_dir) == ("AC1", "http://127.0.0.1:8000", tmp_path)
    assert port_from_environment(environment) == 8011
    assert port_from_environment({}) == 8010
