"""One message on its way: found at the provider if an earlier attempt may have sent it, or else sent."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from activities.breaker import Breakers
from activities.claims import Standing
from activities.gate import Gate
from activities.throttle import Leave, Throttle
from domain import addressing, circulation, several, voice
from domain import messages as words
from domain.addressing import Message
from domain.circulation import Circular
from domain.messages import Situation
from domain.names import Channel
from domain.priority import Priority, as_handed_out
from domain.sending import AlertRequest, SendStatus, Sent
from notifiers.errors import OutcomeUnknown, ProviderUnavailable, Undeliverable
from notifiers.interface import Notification, Notifier, Receipt
from notifiers.registry import Notifiers

SEND_PATIENCE = 8.0
"""Seconds that one send may take."""

VALID_FOR = timedelta(minutes=15)
"""A text not delivered by then would be about a past that the ladder has left behind."""

ASKING_WHILE_OUT = 2.0
"""Seconds for asking a provider that is known to be down; the person's next channel waits for the answer."""

CLOCK_SLACK = timedelta(minutes=10)
"""How far the provider's clock and ours may differ when a lost message is looked for."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Sends messages by their notifiers, as breakers and throttles allow. What became of each comes back as data."""

    notifiers: Notifiers
    breakers: Breakers
    throttle: Throttle
    public_url: str

    async def send(
        self, request: AlertRequest, message: Message, standing: Standing, gate: Gate, leave: Leave, *, again: bool
    ) -> tuple[Sent, Receipt | None]:
        """Send a message on its own, or as one text with others that are due to the same phone."""
        if leave.carried_by and (known := await self.throttle.outcome_of(leave.carried_by)):
            return sent_as(message, SendStatus.ACCEPTED), Receipt(provider="twilio", provider_id=known, found=True)
        together = await self.throttle.gathered(message.notification_id) if leave.gathers else []
        sent, receipt = await self._deliver(request, message, standing, gate, again=again, together=together)
        if leave.gathers:
            taken = receipt.provider_id if receipt else standing.accepted_as
            await self.throttle.tell_riders(message.notification_id, taken)
        return sent, receipt

    async def _deliver(
        self,
        request: AlertRequest,
        message: Message,
        standing: Standing,
        gate: Gate,
        *,
        again: bool,
        together: Sequence[str] = (),
    ) -> tuple[Sent, Receipt | None]:
        if standing.accepted_as:
            return sent_as(message, SendStatus.ACCEPTED), None
        notification = replace(self._notification(request, message, standing, together), last_look=gate.check)
        try:
            async with asyncio.timeout(SEND_PATIENCE + 1):
                priority = as_handed_out(request)
                receipt = await self._find_or_send(
                    message.channel, notification, gate, again=again or standing.started, priority=priority
                )
        except Undeliverable as error:
            return sent_as(message, SendStatus.UNDELIVERABLE, code=error.code), None
        except ProviderUnavailable as error:
            return sent_as(message, SendStatus.UNAVAILABLE, code=error.code), None
        except (OutcomeUnknown, TimeoutError) as error:
            return sent_as(message, SendStatus.UNKNOWN, code=getattr(error, "code", None)), None
        return sent_as(message, SendStatus.ACCEPTED), receipt

    async def _find_or_send(
        self, channel: Channel, notification: Notification, gate: Gate, *, again: bool, priority: Priority
    ) -> Receipt:
        notifier = self.notifiers.get(channel)
        if notifier is None:
            raise Undeliverable("this installation has no such channel")
        breaker = self.breakers[channel]
        if again:
            found = await _ask(notifier, notification, patience=ASKING_WHILE_OUT if breaker.outage else SEND_PATIENCE)
            if found is not None:
                return found
        gate.check()
        return await breaker.send(notification.address, lambda: notifier.send(notification), priority=priority)

    def _notification(
        self, request: AlertRequest, message: Message, standing: Standing, together: Sequence[str]
    ) -> Notification:
        zone = ZoneInfo(request.timezone)
        told = replace(message, code=standing.code or message.code)
        link = f"{self.public_url}/episodes/{request.alias}-{request.episode}" if request.episode else None
        situation = addressing.situation(
            request,
            told,
            at=_local(request.due_at, zone),
            next_at=_local(request.next_at, zone) if request.next_at else None,
            link=link,
            answer_link=f"{self.public_url}/a/{standing.link}" if standing.link else None,
        )
        email = message.channel is Channel.EMAIL
        short = several.sms(situation, together) if together else words.sms(situation)
        return Notification(
            notification_id=message.notification_id,
            address=message.address,
            text=_email(situation, request.circular) if email else short,
            subject=words.subject(situation),
            fingerprint=f"#{situation.tag}",
            valid_for=VALID_FOR,
            about=voice.packed(situation) if message.channel is Channel.VOICE else "",
        )


async def _ask(notifier: Notifier, notification: Notification, *, patience: float) -> Receipt | None:
    """Ask the provider for a message that may have been sent; no answer counts as no: when in doubt, send."""
    try:
        async with asyncio.timeout(patience):
            return await notifier.find(notification, since=datetime.now(UTC) - CLOCK_SLACK)
    except (ProviderUnavailable, OutcomeUnknown, TimeoutError):
        return None


def _email(situation: Situation, circular: Circular | None) -> str:
    return words.email(situation) if circular is None else circulation.email(situation, circular)


def _local(at: datetime, zone: ZoneInfo) -> str:
    return f"{at.astimezone(zone):%H:%M}"


def sent_as(message: Message, status: SendStatus, *, code: int | None = None) -> Sent:
    """What became of a message."""
    return Sent(
        person_id=message.person_id,
        channel=message.channel,
        status=status,
        notification_id=message.notification_id,
        code=code,
    )
