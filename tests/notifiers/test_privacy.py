"""Rule 8: no address and no words in a log line or an exception's text, whatever goes wrong."""

import logging
import traceback

import pytest

from notifiers.email import SendGridEmail
from notifiers.errors import NotifierError
from notifiers.sms import TwilioSms
from simulator.testing import RunningSimulator
from tests.notifiers.story import MAILBOX, SHIFT_LEAD, WORDS, a_text, an_email

FAULTS = ["reject", "throttle", "unavailable", "accept_then_drop", "hang", "garble"]


def secrets_of(simulator: RunningSimulator) -> list[str]:
    """What must not be seen: numbers in both spellings, the address, the words, the credentials."""
    number = SHIFT_LEAD.removeprefix("+")
    return [number, MAILBOX, WORDS[:20], simulator.config.auth_token, simulator.config.sendgrid_api_key]


def told(error: BaseException | None) -> str:
    """Everything an exception would print, with all that it drags along."""
    text = ""
    while error is not None:
        text += "".join(traceback.format_exception_only(error)) + repr(error.args)
        error = error.__cause__ or error.__context__
    return text


@pytest.mark.parametrize("fault", FAULTS)
async def test_nothing_personal_in_logs_or_errors(
    simulator: RunningSimulator, sms: TwilioSms, email: SendGridEmail, caplog: pytest.LogCaptureFixture, fault: str
) -> None:
    """The libraries would log recipient, key and text at DEBUG and INFO; their own errors name the number."""
    caplog.set_level(logging.DEBUG)
    simulator.fault(fault)
    seen = ""
    for attempt in (sms.send(a_text()), email.send(an_email())):
        with pytest.raises(NotifierError) as raised:
            await attempt
        seen += told(raised.value)
    simulator.faults.clear()
    await sms.send(a_text())
    await email.send(an_email())
    seen += caplog.text + repr(sms) + repr(email)
    assert [secret for secret in secrets_of(simulator) if secret in seen] == []
