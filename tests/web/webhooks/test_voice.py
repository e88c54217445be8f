"""People answer calls with a key. What became of a call moves on to the next channel like any message."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote
from uuid import uuid4
from xml.etree import ElementTree as ET

import pytest
import uvicorn
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from domain.facts import Actor
from domain.messages import Situation
from domain.names import Channel, Response, Role, Template
from domain.requests import Answer, Reply
from domain.voice import MENU, packed, reference_for_the_ear
from engine.errors import NotTaken, Unreachable
from notifiers.interface import Notification
from notifiers.voice import TwilioVoice
from simulator.config import SimulatorConfig
from simulator.messages import Message
from simulator.testing import RunningSimulator, running_simulator
from store.errors import StoreUnavailable
from store.notifications import Notifications
from store.people import PersonContact
from tests.web.api.installation import AUTH_TOKEN, NOW, PHONE, PUBLIC, Installation
from tests.web.webhooks.provider import alerted, post_twilio, status_of
from web.webhooks import voice
from web.webhooks.signatures import FORGED
from web.webhooks.twiml import NO_KEY

TAKEN = Reply(outcome="taken", episode=1, until=NOW + timedelta(minutes=15))


class Call:
    """A call about a child to the shift lead, as Twilio speaks of it to us."""

    def __init__(self, here: Installation, alias: str, notification_id: str) -> None:
        self.here = here
        self.alias = alias
        self.notification_id = notification_id
        self.sid = f"CA{uuid4().hex}"
        situation = Situation(template=Template.CHECK_NOT_RECORDED, reference=alias.upper(), at="21:30")
        self.path = f"/webhooks/twilio/voice?n={notification_id}&s={quote(packed(situation), safe='')}"

    async def asks(self, path: str = "", **fields: str) -> ET.Element:
        """Twilio fetches words; the answer is TwiML."""
        form = {"CallSid": self.sid, "CallStatus": "in-progress", "To": PHONE, "AnsweredBy": "human"} | fields
        answer = await post_twilio(self.here, path or self.path, form)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("application/xml")
        return ET.fromstring(answer.text)  # noqa: S314 - our own answer

    async def press(self, key: str) -> ET.Element:
        """A key is pressed in the first menu."""
        return await self.asks(action(await self.asks()), Digits=key)

    async def reported(self, status: str, **fields: str) -> str:
        """Twilio reports a status; returns what is known of the message then."""
        path = f"/webhooks/twilio/call-status?n={self.notification_id}"
        form = {"CallSid": self.sid, "CallStatus": status, "To": PHONE} | fields
        assert (await post_twilio(self.here, path, form)).status_code == 204
        return await status_of(self.here, self.alias, self.notification_id)


def said(document: ET.Element) -> str:
    """Everything that is spoken."""
    return " ".join("".join(element.itertext()) for element in document.iter("Say"))


def action(document: ET.Element) -> str:
    """Where the first key goes: an absolute address of ours, without its host."""
    return (document.findall("Gather")[0].get("action") or "").removeprefix(PUBLIC)


@pytest.fixture
async def call(here: Installation) -> Call:
    """A child whose check is overdue, and whose shift lead is being rung."""
    alias = await here.admit()
    await here.open_episode(alias)
    notification_id = await alerted(here, alias, here.directory.shift_lead, PHONE, channel=Channel.VOICE)
    here.engine.reply = TAKEN
    return Call(here, alias, notification_id)


async def test_a_person_hears_the_reference_what_is_due_and_the_menu_twice(call: Call) -> None:
    """And nothing else; then goodbye. One key is waited for each time."""
    document = await call.asks()
    assert [element.tag for element in document] == ["Gather", "Gather", "Say", "Hangup"]
    first, second = document.findall("Gather")
    spoken = said(first)
    ear = reference_for_the_ear(call.alias.upper())
    assert spoken == (
        f"This is Golden Hour. Reference {ear}. 21:30 welfare check not recorded. "
        f"Record it now or report that the child is not here. {MENU}"
    )
    assert said(second) == spoken
    assert {first.get("numDigits"), second.get("numDigits")} == {"1"}
    assert await status_of(call.here, call.alias, call.notification_id) == "delivered"


async def test_1_takes_it(call: Call) -> None:
    """C46: a peer's key 4 acknowledges and 6 closes. Ours: 1 takes it as a text does, until when; none closes it."""
    document = await call.press("1")
    assert "You have it until 21:45." in said(document)
    assert document[-1].tag == "Hangup"
    alias, update, answer = call.here.engine.asked[-1]
    assert (alias, update) == (call.alias, "answer")
    assert isinstance(answer, Answer)
    assert (answer.kind, answer.episode) == (Response.TAKE, 1)
    assert answer.actor == Actor(person_id=call.here.directory.shift_lead, role=Role.SHIFT_LEAD, via="voice")
    assert await status_of(call.here, call.alias, call.notification_id) == "read"


async def test_2_says_that_the_next_is_told(call: Call) -> None:
    """C46: cannot moves on at once."""
    call.here.engine.reply = Reply(outcome="moved_on", episode=1)
    assert "The next person is being told now." in said(await call.press("2"))
    answer = call.here.engine.asked[-1][2]
    assert isinstance(answer, Answer)
    assert answer.kind is Response.CANNOT


async def test_3_tells_the_number_to_ring(call: Call) -> None:
    """The home's own, digit by digit, twice, and the menu again; without a number it says so."""
    document = await call.press("3")
    assert said(document).startswith(f"{voice.NO_NUMBER} {MENU}")

    directory = call.here.store.directory
    home = await directory.home(call.here.directory.home)
    await directory.put_home(replace(home, phone="+442079460018"))
    document = await call.press("3")
    digits = "zero, two, zero, seven, nine, four, six, zero, zero, one, eight"
    assert said(document.findall("Gather")[0]) == f"The number to ring is {digits}. Again: {digits}. {MENU}"
    assert not [one for one in call.here.engine.asked if one[1] == "answer"]
    assert "You have it" in said(await call.asks(action(document), Digits="1"))


@pytest.mark.parametrize("key", ["0", "4", "9", "*", "#", "11", "٣"])
async def test_any_other_key_brings_the_menu_again(call: Call, key: str) -> None:
    """C46: a key outside the menu is no error and no answer; a stuck one ends the call."""
    document = await call.press(key)
    assert said(document.findall("Gather")[0]) == MENU
    for _ in range(voice.MOST_TURNS - 2):
        document = await call.asks(action(document), Digits=key)
    document = await call.asks(action(document), Digits=key)
    assert [element.tag for element in document] == ["Say", "Hangup"]
    assert not [one for one in call.here.engine.asked if one[1] == "answer"]


async def test_a_key_counts_once_a_call(call: Call) -> None:
    """Twilio asks again when our answer was lost; a second thought in the same call is told that it was answered."""
    path = action(await call.asks())
    first = said(await call.asks(path, Digits="1"))
    assert said(await call.asks(path, Digits="1")) == first
    assert len([one for one in call.here.engine.asked if one[1] == "answer"]) == 1
    assert voice.TWICE in said(await call.asks(path, Digits="2"))
    assert len([one for one in call.here.engine.asked if one[1] == "answer"]) == 1


@pytest.mark.parametrize("who", ["machine_start", "machine_end_beep", "machine_end_silence", "fax"])
async def test_a_machine_hears_nothing_and_is_no_answer(call: Call, who: str) -> None:
    """A voicemail box may be listened to by anybody; the person's next channel is tried at once."""
    document = await call.asks(AnsweredBy=who)
    assert [element.tag for element in document] == ["Hangup"]
    assert await call.reported("completed", AnsweredBy=who) == "undelivered"
    assert [failed.channel for failed in call.here.engine.failures] == ["voice"]


async def test_who_can_not_be_told_from_a_machine_is_spoken_to(call: Call) -> None:
    """When in doubt, it is a person."""
    assert MENU in said(await call.asks(AnsweredBy="unknown"))


@pytest.mark.parametrize(
    ("status", "kept"),
    [("busy", "undelivered"), ("no-answer", "undelivered"), ("failed", "failed"), ("canceled", "canceled")],
)
async def test_a_call_that_reached_nobody_is_told_to_the_engine_once(call: Call, status: str, kept: str) -> None:
    """C62: busy, no answer, failed: the next channel, not the next timer. Twice, and out of order, changes nothing."""
    assert await call.reported("ringing") == "sent"
    for again in (status, status, "ringing", "initiated", "completed"):
        assert await call.reported(again) == kept
    assert [failed.request_id for failed in call.here.engine.failures] == [f"failed-{call.notification_id}"]


async def test_a_call_that_was_heard_is_no_failure(call: Call) -> None:
    """Nobody pressed a key: it was heard, which is evidence and no answer; the ladder goes on by its times."""
    for status, kept in (("initiated", "sending"), ("ringing", "sent"), ("in-progress", "sent")):
        assert await call.reported(status) == kept
    await call.asks()
    assert await call.reported("completed") == "delivered"
    assert not call.here.engine.failures


async def test_a_call_that_ended_before_a_word_was_heard_is_a_failure(call: Call) -> None:
    """Put down in the silence in which it is found out who answers, or our web was away."""
    await call.reported("in-progress")
    assert await call.reported("completed") == "undelivered"
    assert len(call.here.engine.failures) == 1


async def test_a_key_that_was_pressed_is_not_undone(call: Call) -> None:
    """A report of failure may still be on its way."""
    await call.press("1")
    assert await call.reported("failed") == "read"
    assert not call.here.engine.failures


@pytest.mark.parametrize("status", ["", "delivered", "read", "unheard-of", "QUEUED "])
async def test_a_status_that_calls_do_not_have_changes_nothing(call: Call, status: str) -> None:
    """Also one that texts have."""
    assert await call.reported(status) == "accepted"


@pytest.mark.parametrize("query", ["", "?n=nonsense", "?n=01931e4a-7c1b-7a52-9d3e-5f6a7b8c9dff", "?n=%27%3B--&k=x"])
async def test_unknown_calls_change_nothing(call: Call, query: str) -> None:
    """C62: somebody rings our number, or the address is none of ours: a sentence, and 2xx."""
    form = {"CallSid": call.sid, "CallStatus": "busy", "To": PHONE}
    document = await call.asks(f"/webhooks/twilio/voice{query}", Digits="1")
    assert said(document) == voice.UNKNOWN
    assert (await post_twilio(call.here, f"/webhooks/twilio/call-status{query}", form)).status_code == 204
    assert not call.here.engine.failures
    assert not [one for one in call.here.engine.asked if one[1] == "answer"]


async def test_a_call_whose_claim_was_not_written_is_spoken_all_the_same(call: Call) -> None:
    """Rule 5: a claim that fails never fails a send. Its keys are not known to anybody, and the person hears so."""
    call.path = call.path.replace(call.notification_id, str(uuid4()))
    assert MENU in said(await call.asks())
    assert voice.NOT_DONE in said(await call.press("1"))


async def test_the_store_away_holds_no_words_back(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rule 10: what the call is about is in its address. A key can't be kept, and the person is told to ring."""

    async def away(*_: object, **__: object) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(Notifications, "apply_status", away)
    assert MENU in said(await call.asks())
    assert voice.NOT_DONE in said(await call.press("1"))
    assert [element.tag for element in await call.asks(AnsweredBy="machine_start")] == ["Hangup"]
    form = {"CallSid": call.sid, "CallStatus": "busy"}
    path = f"/webhooks/twilio/call-status?n={call.notification_id}"
    assert (await post_twilio(call.here, path, form)).status_code >= 500


async def test_the_engine_away_or_unwilling_is_told(call: Call) -> None:
    """Nothing that a person reported is lost, and they hear whether it is done or queued."""
    call.here.engine.fails = NotTaken("episode", "it has ended")
    assert "Not done: it has ended." in said(await call.press("1"))
    call.sid = f"CA{uuid4().hex}"
    call.here.engine.fails = Unreachable("away")
    assert voice.QUEUED in said(await call.press("1"))


async def test_a_stand_down_asks_for_nothing(call: Call) -> None:
    """It is said twice, and then the phone is put down."""
    situation = Situation(template=Template.STAND_DOWN, reference=call.alias.upper(), at="21:30")
    path = f"/webhooks/twilio/voice?n={call.notification_id}&s={quote(packed(situation), safe='')}"
    for fields in ({}, {"Digits": "1"}):
        document = await call.asks(path, **fields)
        assert [element.tag for element in document] == ["Say", "Pause", "Say", "Hangup"]
        assert "Stand down." in said(document)
    assert not [one for one in call.here.engine.asked if one[1] == "answer"]


async def test_words_can_be_fetched_by_get(call: Call) -> None:
    """As Twilio does where a number is set so: everything is in the address, and signed with it."""
    path = f"{call.path}&CallSid={call.sid}&AnsweredBy=human"
    signature = RequestValidator(AUTH_TOKEN).compute_signature(PUBLIC + path, {})
    answer = await call.here.client.get(path, headers={"X-Twilio-Signature": signature})
    assert answer.status_code == 200
    assert MENU in answer.text
    assert (await call.here.client.get(path)).status_code == 403


async def test_forged_calls_change_nothing_and_are_counted(call: Call) -> None:
    """Without the token nobody can take an episode, hear of one, or fail a call."""
    before = FORGED.labels("twilio")._value.get()  # noqa: SLF001 - the library offers no other way
    status = f"/webhooks/twilio/call-status?n={call.notification_id}"
    for path, form in (
        (call.path, {"CallSid": call.sid}),
        (call.path, {"CallSid": call.sid, "Digits": "1"}),
        (status, {"CallSid": call.sid, "CallStatus": "busy"}),
    ):
        assert (await post_twilio(call.here, path, form, token="guessed")).status_code == 403
        assert (await post_twilio(call.here, path, form, signature="")).status_code == 403
    assert FORGED.labels("twilio")._value.get() == before + 6  # noqa: SLF001
    assert await status_of(call.here, call.alias, call.notification_id) == "accepted"
    assert not call.here.engine.failures


@pytest.fixture
async def address(here: Installation) -> AsyncIterator[str]:
    """Where the app really listens, and is known to."""
    server = uvicorn.Server(uvicorn.Config(here.app, host="127.0.0.1", port=0, log_level="error", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(10):
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
    url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    here.services.settings = here.services.settings.model_copy(update={"public_url": url})
    yield url
    server.should_exit = True
    await serving


@pytest.fixture
async def phones() -> AsyncIterator[RunningSimulator]:
    """Twilio, with the app's own token."""
    config = SimulatorConfig(auth_token=AUTH_TOKEN, step_seconds=0.0, callback_pause_seconds=0.01)
    async with running_simulator(config) as running:
        yield running


async def ring(call: Call, phones: RunningSimulator, address: str) -> Message:
    """Place the call with the real library, and wait until it is over; returns the call on the person's phone."""
    voice_channel = TwilioVoice(
        account_sid=phones.config.account_sid,
        auth_token=AUTH_TOKEN,
        from_number=phones.config.from_number,
        base_url=phones.url,
        voice_url=address + voice.PATH,
        status_callback_url=address + "/webhooks/twilio/call-status",
    )
    notification = Notification(
        notification_id=call.notification_id,
        address=PHONE,
        text="",
        subject="",
        fingerprint="",
        valid_for=timedelta(minutes=5),
        about=packed(Situation(template=Template.CHECK_NOT_RECORDED, reference=call.alias.upper(), at="21:30")),
    )
    await voice_channel.send(notification)
    await voice_channel.close()
    await phones.settle(within=20)
    return phones.to(PHONE)[-1]


async def test_a_real_call_from_ringing_to_taken(call: Call, phones: RunningSimulator, address: str) -> None:
    """Notifier, the real library, the simulator's phone, the app over HTTP: 9 is no key, 3 the number, 1 takes."""
    phones.phone("answer", keys="931")
    rung = await ring(call, phones, address)
    heard = rung.body.split("\n")
    assert heard[0].endswith(MENU)
    assert heard[1:5] == ["[9 pressed]", MENU, "[3 pressed]", f"{voice.NO_NUMBER} {MENU}"]
    assert heard[5] == "[1 pressed]"
    assert "You have it until 21:45." in heard[6]
    assert len(heard) == 7
    assert len([one for one in call.here.engine.asked if one[1] == "answer"]) == 1
    assert await status_of(call.here, call.alias, call.notification_id) == "read"
    assert not call.here.engine.failures


@pytest.mark.parametrize("habit", ["busy", "no_answer", "failed", "machine"])
async def test_a_real_call_that_nobody_answers(call: Call, phones: RunningSimulator, address: str, habit: str) -> None:
    """The engine is told once; a machine has recorded silence."""
    phones.phone(habit)
    phones.fault("duplicate_callbacks")
    rung = await ring(call, phones, address)
    assert rung.body == ""
    assert [failed.notification_id for failed in call.here.engine.failures] == [call.notification_id]


async def test_a_real_call_without_a_key_tells_nobody(call: Call, phones: RunningSimulator, address: str) -> None:
    """It is said twice, and goodbye; nothing is taken, and nothing has failed."""
    phones.phone("answer")
    heard = (await ring(call, phones, address)).body.split("\n")
    assert heard[0] == heard[1]
    assert heard[2:] == [NO_KEY]
    assert await status_of(call.here, call.alias, call.notification_id) == "delivered"
    assert not call.here.engine.failures
    assert not [one for one in call.here.engine.asked if one[1] == "answer"]


# ── a phone that several people share ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture
async def shared(here: Installation, call: Call) -> Call:
    """The shift lead's phone is the key worker's as well, for calls."""
    directory = here.store.directory
    for person_id in (here.directory.shift_lead, here.directory.key_worker):
        person = await directory.person(person_id)
        await directory.put_person(replace(person, contacts=(PersonContact(Channel.VOICE, PHONE),)))
    return call


@pytest.mark.parametrize(("key", "role"), [("1", Role.SHIFT_LEAD), ("2", Role.KEY_WORKER)])
async def test_on_a_shared_phone_a_second_key_says_who_answers(
    here: Installation, shared: Call, key: str, role: Role
) -> None:
    """By role; nothing is done before, and then it is that person's."""
    asked = await shared.press("1")
    assert "Press 1 if you are the shift lead, 2 if you are the key worker." in said(asked)
    assert here.engine.asked[-1][1] == "admit"
    assert "You have it until 21:45" in said(await shared.asks(action(asked), Digits=key))
    answer = here.engine.asked[-1][2]
    assert isinstance(answer, Answer)
    assert (answer.kind, answer.actor.role) == (Response.TAKE, role)


async def test_another_key_asks_a_shared_phone_again_and_not_for_ever(here: Installation, shared: Call) -> None:
    """A child who plays with the phone answers for nobody."""
    asked = await shared.press("2")
    for _ in range(voice.MOST_TURNS + 1):
        if asked.find("Gather") is None:
            break
        asked = await shared.asks(action(asked), Digits="9")
    assert said(asked) == voice.TURNS_OVER
    assert here.engine.asked[-1][1] == "admit"
