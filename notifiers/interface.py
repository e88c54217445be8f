"""The one shape every channel has."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from domain.names import Channel


def nothing_in_the_way() -> None:
    """For a message that may leave whenever it is ready."""


@dataclass(frozen=True, slots=True)
class Notification:
    """One message to one person on one channel for one rung."""

    notification_id: str
    """The idempotency key (a UUID): the same id is the same message, however often it is tried."""

    address: str
    """A telephone number in E.164, or an e-mail address."""

    text: str
    """The words. Nothing personal about a child can be in them: domain.messages made them."""

    subject: str
    """For channels that have one; starts with the protective marking."""

    fingerprint: str
    """A part of `text` that no other message to this address has: how a lost message is recognised at the provider."""

    valid_for: timedelta
    """After this the provider is to drop the message rather than deliver it late."""

    about: str = ""
    """For calls: what the call is about, as `domain.voice.packed` writes it. The words are made when a person answers,
    so that a machine hears none."""

    last_look: Callable[[], None] = field(default=nothing_in_the_way, repr=False, compare=False)
    """Called with the connection open, in the moment in which the request is written: what it raises holds it back.

    A process may stand still between any two of its lines, and wake up when the message has long been sent by another.
    """


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider has accepted the message. It is not delivered yet, and nobody has read it."""

    provider: str
    """`twilio` or `sendgrid`."""

    provider_id: str
    """The provider's own id: what its status callbacks name."""

    found: bool = False
    """The message was found at the provider by asking, not sent by this call."""


class Notifier(Protocol):
    """One channel of one provider. It never retries: patience belongs to the workflow."""

    channel: Channel

    async def send(self, notification: Notification) -> Receipt:
        """Hand the message to the provider, at most once per call. Takes at most 8 seconds.

        Raises:
            Undeliverable: this address will never work; use the person's next channel.
            ProviderUnavailable: try again; nothing was sent.
            OutcomeUnknown: the answer was lost; ask the provider before sending again.
        """
        ...

    async def find(self, notification: Notification, *, since: datetime) -> Receipt | None:
        """Ask the provider whether a message with this fingerprint was accepted since then (UTC). At most 5 seconds.

        None means that it was not, or that this provider can't be asked: then the message is to be sent again,
        because a rare duplicate is better than silence.

        Raises:
            ProviderUnavailable: the provider did not answer.
        """
        ...

    async def close(self) -> None:
        """Give back connections and threads."""
        ...
