from collections.abc import AsyncIterator

import pytest

from notifiers.email import SendGridEmail
from notifiers.sms import TwilioSms
from notifiers.twilio_http import TimeLimits
from simulator.testing import RunningSimulator, running_simulator
from tests.notifiers.story import FROM_EMAIL, IMPATIENT_SECONDS


@pytest.fixture(scope="session")
async def one_simulator() -> AsyncIterator[RunningSimulator]:
    """One simulator for all tests: starting and stopping takes 0.2 s."""
    async with running_simulator() as running:
        yield running


@pytest.fixture
async def simulator(one_simulator: RunningSimulator) -> RunningSimulator:
    """A simulator with nothing in it."""
    await one_simulator.reset()
    return one_simulator


@pytest.fixture
async def sms(simulator: RunningSimulator) -> AsyncIterator[TwilioSms]:
    """The real library, pointed at the simulator, with short limits."""
    notifier = TwilioSms(
        account_sid=simulator.config.account_sid,
        auth_token=simulator.config.auth_token,
        from_number=simulator.config.from_number,
        base_url=simulator.url,
        status_callback_url="http://127.0.0.1:9/webhooks/twilio/message-status",
        limits=TimeLimits(send=IMPATIENT_SECONDS, find=IMPATIENT_SECONDS),
    )
    yield notifier
    await notifier.close()


@pytest.fixture
async def email(simulator: RunningSimulator) -> AsyncIterator[SendGridEmail]:
    """The real library, pointed at the simulator, with a short limit."""
    notifier = SendGridEmail(
        api_key=simulator.config.sendgrid_api_key,
        from_email=FROM_EMAIL,
        base_url=simulator.url,
        send_within=IMPATIENT_SECONDS,
    )
    yield notifier
    await notifier.close()
