"""What providers report of messages: signed or nothing, forward or nothing, and a failure goes to the engine once."""

import asyncio
from uuid import uuid4

import pytest

from domain.names import Channel, Template
from engine.errors import NoSuchPlacement, Unreachable
from simulator.signing import SendGridKey
from store.claims import Claim
from store.errors import StoreUnavailable
from tests.web.api.installation import NEXT_TOKEN, PHONE, Installation
from tests.web.webhooks.provider import alerted, post_sendgrid, post_twilio, sid, status_of
from web import news
from web.webhooks import receipts
from web.webhooks.signatures import FORGED


async def story(here: Installation, *, channel: Channel = Channel.SMS) -> tuple[str, str]:
    """A child, and a message to the shift lead."""
    heron = await here.admit()
    await here.open_episode(heron)
    return heron, await alerted(here, heron, here.directory.shift_lead, PHONE, channel=channel)


async def test_a_report_moves_a_message_forward(here: Installation) -> None:
    """Signed for the public address, whatever Host says; with today's token, or tomorrow's while it is changed."""
    heron, message = await story(here)
    path, text = f"/webhooks/twilio/message-status?n={message}", sid()
    for status, token in (("sent", None), ("delivered", NEXT_TOKEN)):
        form = {"MessageSid": text, "MessageStatus": status, "To": PHONE, "ErrorCode": ""}
        answer = await post_twilio(here, path, form, **({"token": token} if token else {}))
        assert answer.status_code == 204
        assert await status_of(here, heron, message) == status


async def test_reports_out_of_order_and_twice_change_nothing(here: Installation) -> None:
    """Also one that is posted again a month later."""
    heron, message = await story(here)
    path = f"/webhooks/twilio/message-status?n={message}"
    for status in ("delivered", "sent", "queued", "delivered", "unheard-of", ""):
        answer = await post_twilio(here, path, {"MessageSid": sid(), "MessageStatus": status})
        assert answer.status_code == 204
        assert await status_of(here, heron, message) == "delivered"
    assert not here.engine.failures


async def test_a_failed_message_is_told_to_the_engine_once(here: Installation) -> None:
    """It tries the person's next channel at once."""
    heron, message = await story(here)
    path = f"/webhooks/twilio/message-status?n={message}"
    form = {"MessageSid": sid(), "MessageStatus": "undelivered", "ErrorCode": "30003"}
    for _ in range(3):
        assert (await post_twilio(here, path, form)).status_code == 204
    assert len(here.engine.failures) == 1
    failed = here.engine.failures[0]
    assert failed.request_id == f"failed-{message}"
    assert (failed.episode, failed.person_id, failed.channel, failed.code) == (
        1,
        here.directory.shift_lead,
        "sms",
        30003,
    )
    assert await status_of(here, heron, message) == "undelivered"


async def test_a_hundred_failures_at_once_are_each_told_once(here: Installation) -> None:
    """A carrier goes down: each goes to its own placement, with the rung that it was for."""
    heron, _ = await story(here)
    messages = [
        await alerted(here, heron, here.directory.shift_lead, f"+4477009{each:05}", minutes=each) for each in range(100)
    ]
    form = {"MessageSid": sid(), "MessageStatus": "undelivered", "ErrorCode": "30008"}
    path = "/webhooks/twilio/message-status?n="
    answers = await asyncio.gather(*(post_twilio(here, path + one, form) for one in messages))
    assert {answer.status_code for answer in answers} == {204}
    assert sorted(one.notification_id for one in here.engine.failures) == sorted(messages)
    assert {one.rung for one in here.engine.failures} == {str(each) for each in range(100)}
    assert {one.reason for one in here.engine.failures} == {"transient"}


@pytest.mark.parametrize(("code", "in_use"), [("30005", False), ("30003", True), ("31337", True), ("30034", True)])
async def test_a_number_that_will_never_work_is_put_out_of_use(here: Installation, code: str, in_use: bool) -> None:  # noqa: FBT001
    """C67: by its code alone. Its owner hears on another channel, and their manager too, once; others keep theirs."""
    _, message = await story(here)
    path = f"/webhooks/twilio/message-status?n={message}"
    form = {"MessageSid": sid(), "MessageStatus": "undelivered", "ErrorCode": code}
    for _ in range(2):
        await post_twilio(here, path, form)
    person = await here.store.directory.person(here.directory.shift_lead)
    texts = next(one for one in person.contacts if one.channel is Channel.SMS)
    assert texts.in_use is in_use
    await news.tell(here.services)
    owner_and_manager = [here.directory.shift_lead, here.directory.manager]
    assert [one.contacts[0].person_id for one in here.engine.notices] == ([] if in_use else owner_and_manager)
    assert len(here.engine.failures) == 1, "and the next channel is tried, whatever the code"


async def test_a_number_that_wants_no_texts_is_not_dead(here: Installation) -> None:
    """21610 is a STOP: a START takes it back."""
    _, message = await story(here)
    form = {"MessageSid": sid(), "MessageStatus": "failed", "ErrorCode": "21610"}
    await post_twilio(here, f"/webhooks/twilio/message-status?n={message}", form)
    person = await here.store.directory.person(here.directory.shift_lead)
    texts = next(one for one in person.contacts if one.channel is Channel.SMS)
    assert texts.disabled_at is None
    assert texts.stopped_at is not None


async def test_a_mailbox_that_does_not_exist_is_put_out_of_use(here: Installation, sendgrid_key: SendGridKey) -> None:
    """5.1.1; a full one is not."""
    for status, in_use in (("4.2.2", True), ("5.1.1", False)):
        heron = await here.admit()
        address = "sam@example.org"
        message = await alerted(here, heron, here.directory.shift_lead, address, channel=Channel.EMAIL)
        bounce = {"event": "bounce", "type": "bounce", "notification_id": message, "status": status}
        assert (await post_sendgrid(here, [bounce], sendgrid_key)).status_code == 204
        person = await here.store.directory.person(here.directory.shift_lead)
        assert next(one for one in person.contacts if one.channel is Channel.EMAIL).in_use is in_use


async def test_the_engine_is_told_when_it_is_back(here: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    """The provider reports a failure once; what the engine did not take is ours to say again."""
    monkeypatch.setattr(receipts, "RETRY_SECONDS", 0.01)
    _, message = await story(here)
    here.engine.fails = Unreachable("away")
    form = {"MessageSid": sid(), "MessageStatus": "failed", "ErrorCode": "30008"}
    await post_twilio(here, f"/webhooks/twilio/message-status?n={message}", form)
    assert not here.engine.failures
    here.engine.fails = None
    await asyncio.sleep(0.1)
    assert len(here.engine.failures) == 1


async def test_what_was_reported_while_the_store_was_away_is_taken_when_it_is_back(
    here: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider has given up by then: 503 now, and kept. Until it is taken nobody counts silence."""
    monkeypatch.setattr(receipts, "RETRY_SECONDS", 0.01)
    heron, message = await story(here)
    form = {"MessageSid": sid(), "MessageStatus": "undelivered", "ErrorCode": "30003"}
    with monkeypatch.context() as locked:
        locked.setattr(here.store.database, "_timed", _silent)
        answer = await post_twilio(here, f"/webhooks/twilio/message-status?n={message}", form)
        assert answer.status_code == 503
        await asyncio.sleep(0.05)
        assert here.app.state.receipts.behind
        assert not here.engine.failures
    await asyncio.sleep(0.2)
    assert len(here.engine.failures) == 1
    assert await status_of(here, heron, message) == "undelivered"
    assert not here.app.state.receipts.behind


async def test_a_report_waits_for_the_claim_of_a_message_that_went_out_without_one(
    here: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store was away when it was sent: the claim is written a moment later."""
    monkeypatch.setattr(receipts, "RETRY_SECONDS", 0.01)
    heron = await here.admit()
    claim = Claim(
        notification_id=str(uuid4()),
        alias=heron,
        episode=1,
        rung="0",
        person_id=here.directory.shift_lead,
        channel=Channel.SMS,
        address=PHONE,
        template=Template.CHECK_NOT_RECORDED,
        code="4821",
        created_at=here.engine.now,
    )
    form = {"MessageSid": sid(), "MessageStatus": "undelivered", "ErrorCode": "30003"}
    path = f"/webhooks/twilio/message-status?n={claim.notification_id}"
    assert (await post_twilio(here, path, form)).status_code == 204
    assert not here.engine.failures
    await here.store.notifications.claim_late([claim])
    await asyncio.sleep(0.2)
    assert len(here.engine.failures) == 1


def _silent(*_: object, **__: object) -> None:
    raise StoreUnavailable("locked")


async def test_a_failure_for_a_placement_that_has_ended_is_the_end_of_it(here: Installation) -> None:
    """Nobody is to be told any more."""
    _, message = await story(here)
    here.engine.fails = NoSuchPlacement("gone")
    form = {"MessageSid": sid(), "MessageStatus": "failed"}
    assert (await post_twilio(here, f"/webhooks/twilio/message-status?n={message}", form)).status_code == 204


@pytest.mark.parametrize(
    "path",
    ["?n=01931e4a-7c1b-7a52-9d3e-5f6a7b8c9dff", "?n=nonsense", "", "?n=%27%3B--&n=2"],
)
async def test_an_unknown_message_is_passed_over(here: Installation, path: str) -> None:
    """A claim may have failed while the message went out."""
    form = {"MessageSid": sid(), "MessageStatus": "failed"}
    assert (await post_twilio(here, f"/webhooks/twilio/message-status{path}", form)).status_code == 204
    assert not here.engine.failures


@pytest.mark.parametrize("path", ["message-status", "call-status"])
async def test_a_look_at_the_doors_of_reports_changes_nothing(here: Installation, path: str) -> None:
    """C62: a GET, even with everything in its address that a report would say, is no report."""
    heron, message = await story(here)
    query = f"n={message}&MessageSid={sid()}&MessageStatus=failed&CallSid=CA{'0' * 32}&CallStatus=failed"
    for method in ("GET", "HEAD"):
        answer = await here.client.request(method, f"/webhooks/twilio/{path}?{query}")
        assert answer.status_code in {404, 405}
    assert await status_of(here, heron, message) == "accepted"
    assert not here.engine.failures


async def test_a_forged_report_changes_nothing_and_is_counted(here: Installation) -> None:
    """Wrong token, no signature, another address, another form: 403."""
    heron, message = await story(here)
    path = f"/webhooks/twilio/message-status?n={message}"
    form = {"MessageSid": sid(), "MessageStatus": "failed"}
    before = FORGED.labels("twilio")._value.get()  # noqa: SLF001 - the library offers no other way
    for forged in (
        {"token": "guessed"},
        {"signature": ""},
        {"signature": "c2lnbmVk"},
        {"base": "http://testserver"},
    ):
        assert (await post_twilio(here, path, form, **forged)).status_code == 403
    genuine = await post_twilio(here, path, form | {"MessageStatus": "sent"})
    assert genuine.status_code == 204
    signature = str(genuine.request.headers["x-twilio-signature"])
    assert (await post_twilio(here, path, form, signature=signature)).status_code == 403
    other = f"/webhooks/twilio/message-status?n={message}&x=1"
    assert (await post_twilio(here, other, form | {"MessageStatus": "sent"}, signature=signature)).status_code == 403
    assert FORGED.labels("twilio")._value.get() == before + 6  # noqa: SLF001
    assert await status_of(here, heron, message) == "sent"
    assert not here.engine.failures


async def test_a_returned_e_mail_is_told_to_the_engine(here: Installation, sendgrid_key: SendGridKey) -> None:
    """Bounced or dropped; opened and clicked say nothing; one that comes twice counts once."""
    heron, message = await story(here, channel=Channel.EMAIL)
    delivered = {"event": "delivered", "sg_event_id": "e1", "notification_id": message}
    bounce = {"event": "bounce", "sg_event_id": "e2", "notification_id": message, "status": "5.1.1"}
    noise = [{"event": "open", "notification_id": message}, {"event": "bounce"}, "text", {"event": 7}]
    assert (await post_sendgrid(here, [delivered, *noise], sendgrid_key)).status_code == 204
    assert await status_of(here, heron, message) == "delivered"
    for _ in range(2):
        assert (await post_sendgrid(here, [bounce, delivered], sendgrid_key)).status_code == 204
    assert [failed.channel for failed in here.engine.failures] == ["email"]
    assert await status_of(here, heron, message) == "failed"


async def test_forged_and_replayed_e_mail_events_change_nothing(here: Installation, sendgrid_key: SendGridKey) -> None:
    """Another key, a changed body, no base64, or a signature of eleven minutes ago."""
    heron, message = await story(here, channel=Channel.EMAIL)
    bounce = [{"event": "bounce", "sg_event_id": "e3", "notification_id": message}]
    answers = [
        await post_sendgrid(here, bounce, SendGridKey()),
        await post_sendgrid(here, bounce, sendgrid_key, changed=b" "),
        await post_sendgrid(here, bounce, sendgrid_key, signature="no base64!"),
        await post_sendgrid(here, bounce, sendgrid_key, signature="AAAA"),
        await post_sendgrid(here, bounce, sendgrid_key, ago=660),
        await post_sendgrid(here, bounce, sendgrid_key, ago=-660),
    ]
    assert [answer.status_code for answer in answers] == [403] * len(answers)
    assert await status_of(here, heron, message) == "accepted"
    assert not here.engine.failures
    assert (await post_sendgrid(here, {"event": "bounce"}, sendgrid_key)).status_code == 422
