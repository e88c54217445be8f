"""Which channels there are, made from settings."""

from collections.abc import Mapping
from typing import Protocol

from domain.names import Channel
from notifiers.email import SendGridEmail
from notifiers.interface import Notifier
from notifiers.sms import TwilioSms
from notifiers.voice import TwilioVoice

MESSAGE_STATUS_PATH = "/webhooks/twilio/message-status"
VOICE_PATH = "/webhooks/twilio/voice"
CALL_STATUS_PATH = "/webhooks/twilio/call-status"


class ProviderSettings(Protocol):
    """What the channels need to know. A provider whose credentials are None has no channel."""

    @property
    def twilio_account_sid(self) -> str | None:
        """The account to send from."""

    @property
    def twilio_auth_token(self) -> str | None:
        """Its token."""

    @property
    def twilio_from_number(self) -> str | None:
        """The sender in E.164; this or the messaging service."""

    @property
    def twilio_voice_number(self) -> str | None:
        """The number that calls come from, if it is not the sender of texts."""

    @property
    def twilio_messaging_service_sid(self) -> str | None:
        """The service whose senders are used."""

    @property
    def twilio_api_base_url(self) -> str | None:
        """Where the API is, when not at Twilio."""

    @property
    def sendgrid_api_key(self) -> str | None:
        """A key that may send mail."""

    @property
    def sendgrid_from_email(self) -> str | None:
        """The verified sender."""

    @property
    def sendgrid_api_base_url(self) -> str | None:
        """Where the API is, when not at SendGrid."""

    @property
    def public_url(self) -> str:
        """Where providers reach the web app."""


class Notifiers:
    """The channels of this installation; connections are made at first use, inside the running loop."""

    def __init__(self, by_channel: Mapping[Channel, Notifier]) -> None:
        self._by_channel = dict(by_channel)

    def __repr__(self) -> str:
        return f"Notifiers({', '.join(self._by_channel)})"

    def get(self, channel: Channel) -> Notifier | None:
        """The notifier of this channel, or None if this installation has none: use the person's next channel."""
        return self._by_channel.get(channel)

    def channels(self) -> frozenset[Channel]:
        """The channels by which anyone can be reached at all."""
        return frozenset(self._by_channel)

    async def close(self) -> None:
        """Give back connections and threads of all channels, each even if another fails."""
        problems = []
        for notifier in self._by_channel.values():
            try:
                await notifier.close()
            except Exception as problem:  # noqa: BLE001 - every channel is to be closed; all are raised below
                problems.append(problem)
        if problems:
            raise ExceptionGroup("channels that did not close", problems)


def from_settings(settings: ProviderSettings) -> Notifiers:
    """The channels that these settings allow. Must not need a running loop."""
    made: list[Notifier] = []
    if settings.twilio_account_sid and settings.twilio_auth_token:
        made.append(
            TwilioSms(
                account_sid=settings.twilio_account_sid,
                auth_token=settings.twilio_auth_token,
                from_number=settings.twilio_from_number,
                messaging_service_sid=settings.twilio_messaging_service_sid,
                base_url=settings.twilio_api_base_url,
                status_callback_url=settings.public_url.rstrip("/") + MESSAGE_STATUS_PATH,
            )
        )
    calls = _voice(settings)
    if calls is not None:
        made.append(calls)
    if settings.sendgrid_api_key and settings.sendgrid_from_email:
        made.append(
            SendGridEmail(
                api_key=settings.sendgrid_api_key,
                from_email=settings.sendgrid_from_email,
                base_url=settings.sendgrid_api_base_url,
            )
        )
    return Notifiers({notifier.channel: notifier for notifier in made})


def _voice(settings: ProviderSettings) -> TwilioVoice | None:
    """Calls, if there is a number to call from: a messaging service has none."""
    number = settings.twilio_voice_number or settings.twilio_from_number
    if not (settings.twilio_account_sid and settings.twilio_auth_token and number):
        return None
    web = settings.public_url.rstrip("/")
    return TwilioVoice(
        account_sid=settings.twilio_account_sid,
        auth_token=settings.twilio_auth_token,
        from_number=number,
        base_url=settings.twilio_api_base_url,
        voice_url=web + VOICE_PATH,
        status_callback_url=web + CALL_STATUS_PATH,
    )
