"""People on their phones: texts in, answers back, STOP."""

import pytest
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]

from notifiers.errors import Undeliverable
from notifiers.sms import TwilioSms
from simulator.simulator import replies_in
from simulator.testing import RunningSimulator
from tests.notifiers.story import SHIFT_LEAD, a_text
from tests.simulator.application import Application


async def test_a_reply_reaches_the_application_and_its_answer_the_phone(
    simulator: RunningSimulator, application: Application
) -> None:
    """A signed form with the words, and the TwiML answer as a text on the same phone."""
    application.twiml = "<Response><Message>You have Heron-42 &amp; 10 minutes.</Message></Response>"
    exchange = await simulator.inbound(SHIFT_LEAD, "Y K7QX")
    (webhook,) = application.got
    assert webhook.path == "/webhooks/twilio/inbound-sms"
    assert (webhook.form["From"], webhook.form["Body"]) == (SHIFT_LEAD, "Y K7QX")
    assert webhook.form["MessageSid"] == exchange.message.id
    signature = webhook.headers["x-twilio-signature"]
    validator = RequestValidator(simulator.config.auth_token)
    assert validator.validate(application.url + webhook.path, webhook.form, signature)
    assert [reply.body for reply in exchange.replies] == ["You have Heron-42 & 10 minutes."]
    await simulator.wait_for(to=SHIFT_LEAD, containing="10 minutes", status="delivered")


@pytest.mark.parametrize(
    ("twiml", "texts"),
    [
        ("<Response><Message><Body>one</Body></Message><Message>two</Message></Response>", ["one", "two"]),
        ("<Response/>", []),
        ("", []),
        ("not xml", []),
    ],
)
def test_twiml_is_read_as_twilio_reads_it(twiml: str, texts: list[str]) -> None:
    """Any number of messages, with or without a body element; nonsense sends nothing."""
    assert replies_in(twiml) == texts


async def test_stop_ends_texts_to_that_phone_until_start(simulator: RunningSimulator) -> None:
    """Twilio acts on STOP by itself: later texts are refused with 21610, so the next channel is used."""
    sms = TwilioSms(
        account_sid=simulator.config.account_sid,
        auth_token=simulator.config.auth_token,
        from_number=simulator.config.from_number,
        base_url=simulator.url,
    )
    await simulator.inbound(SHIFT_LEAD, " Stop ")
    with pytest.raises(Undeliverable) as raised:
        await sms.send(a_text())
    assert raised.value.code == 21610
    await simulator.inbound(SHIFT_LEAD, "please stop")
    await simulator.inbound(SHIFT_LEAD, "START")
    await sms.send(a_text())
    await sms.close()


async def test_a_text_to_an_application_that_is_down_is_kept(simulator: RunningSimulator) -> None:
    """The person's phone has sent it; the control API says that nobody answered."""
    simulator.point_at("http://127.0.0.1:9")
    exchange = await simulator.inbound(SHIFT_LEAD, "Y")
    assert (exchange.status, exchange.replies) == (0, [])
    assert simulator.messages[-1].direction == "inbound"
