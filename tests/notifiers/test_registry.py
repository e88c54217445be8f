"""Which channels an installation has."""

from dataclasses import dataclass

from domain.names import Channel
from notifiers.registry import Notifiers, from_settings
from simulator.testing import RunningSimulator
from tests.notifiers.story import SHIFT_LEAD, a_text


@dataclass
class Settings:
    """As `config.settings` has them."""

    twilio_account_sid: str | None = None
    twilio_auth_token: str | None = None
    twilio_from_number: str | None = None
    twilio_voice_number: str | None = None
    twilio_messaging_service_sid: str | None = None
    twilio_api_base_url: str | None = None
    sendgrid_api_key: str | None = None
    sendgrid_from_email: str | None = None
    sendgrid_api_base_url: str | None = None
    public_url: str = "https://golden.example/"


def test_channels_exist_only_with_credentials() -> None:
    """An installation without SendGrid has no e-mail: people's next channels are used, nothing fails at send."""
    notifiers = from_settings(Settings(twilio_account_sid="AC", twilio_auth_token="t", twilio_from_number="+44"))
    assert notifiers.channels() == {Channel.SMS, Channel.VOICE}
    assert notifiers.get(Channel.EMAIL) is None
    assert repr(notifiers) == "Notifiers(sms, voice)"


def test_a_messaging_service_can_not_call_and_a_number_beside_it_can() -> None:
    """Texts from a service, calls from a number; without one there are texts only."""
    service = Settings(twilio_account_sid="AC", twilio_auth_token="t", twilio_messaging_service_sid="MG")
    assert from_settings(service).channels() == {Channel.SMS}
    service.twilio_voice_number = "+44"
    assert from_settings(service).channels() == {Channel.SMS, Channel.VOICE}


async def test_an_installation_sends_and_closes(simulator: RunningSimulator) -> None:
    """Made outside of any loop, used inside one, closed once; callbacks come to the public address."""
    notifiers = from_settings(
        Settings(
            twilio_account_sid=simulator.config.account_sid,
            twilio_auth_token=simulator.config.auth_token,
            twilio_from_number=simulator.config.from_number,
            twilio_api_base_url=simulator.url,
            sendgrid_api_key="k",
            sendgrid_from_email="a@b.example",
            sendgrid_api_base_url=simulator.url,
        )
    )
    sms = notifiers.get(Channel.SMS)
    assert sms is not None
    simulator.fault("no_callback")
    await sms.send(a_text())
    await notifiers.close()
    expected = "https://golden.example/webhooks/twilio/message-status?n="
    assert simulator.to(SHIFT_LEAD)[0].status_callback.startswith(expected)


async def test_no_provider_no_channels() -> None:
    """Nothing set, nothing made, nothing to close."""
    notifiers = Notifiers({})
    await notifiers.close()
    assert not notifiers.channels()
