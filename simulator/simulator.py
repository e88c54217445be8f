"""The simulator as a whole: what it holds, how it starts and stops, and how people's texts come in."""

import asyncio
import xml.etree.ElementTree as ET
from dataclasses import dataclass

from simulator.calls import Switchboard, over
from simulator.carrier import Carrier
from simulator.config import SimulatorConfig
from simulator.faults import FaultBook
from simulator.journal import Journal
from simulator.messages import CallDetails, Message, MessageBook, new_id
from simulator.signing import SendGridKey
from simulator.webhooks import TWILIO_INBOUND, Webhooks

STOP_WORDS = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
START_WORDS = frozenset({"start", "yes", "unstop"})
"""Whole messages by which a person opts out of and into all texts of a sender; Twilio acts on them by itself."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A text that came in, what the application answered, and the texts that it sent back."""

    message: Message
    status: int
    replies: list[Message]


class Simulator:
    """Twilio and SendGrid in one, for one account."""

    def __init__(self, config: SimulatorConfig) -> None:
        self.config = config
        self.book = MessageBook()
        self.faults = FaultBook()
        self.key = SendGridKey(config.data_dir)
        self.webhooks = Webhooks(config, self.key)
        self.carrier = Carrier(config, self.book, self.faults, self.webhooks)
        self.switchboard = Switchboard(config, self.book, self.faults, self.webhooks)
        self.names: dict[str, str] = {}
        """What phones and mailboxes are called on the page."""
        self.opted_out: set[str] = set()
        self.closing = asyncio.Event()
        """Set when whoever waits is to stop waiting."""
        self._journal = Journal(config.data_dir, lambda: (self.book.since(0), self.names))

    async def start(self) -> None:
        """Take up what an earlier run left, messages under way included."""
        self.webhooks.open()
        messages, self.names = self._journal.open()
        for message in messages:
            self.book.restore(message)
            self._note_opting(message)
            if message.call is None:
                self.carrier.take(message)
            elif not over(message):
                self.book.move(message, "failed")  # its line was cut when the earlier run ended
        self.book.listen(self._journal.write_message)

    async def stop(self) -> None:
        """End every task and give everything back."""
        self.closing.set()
        await self.carrier.close()
        await self.switchboard.close()
        await self.webhooks.close()
        self._journal.close()

    def accept(self, message: Message) -> Message:
        """Take in a message that the application sends; its way begins at once."""
        self.book.add(message)
        self.carrier.take(message)
        return message

    def place(self, message: Message, call: CallDetails) -> Message:
        """Take in a call that the application places; it rings soon."""
        message.call = call
        self.book.add(message)
        self.switchboard.take(message, call)
        return message

    def name_phones(self, names: dict[str, str]) -> None:
        """Give phones and mailboxes names, next to those that have one."""
        self.names.update(names)
        self._journal.write_names(self.names)

    async def reset(self) -> None:
        """Forget everything: messages, calls, names, faults, who opted out."""
        await self.carrier.close()
        await self.switchboard.close()
        self.switchboard.behaviours.clear()
        self.book.clear()
        self.faults.clear()
        self.opted_out.clear()
        self.names.clear()
        self._journal.clear()

    async def inbound(self, sender: str, text: str, *, to: str | None = None) -> Exchange:
        """A person texts the application's number; what it answers goes back to their phone."""
        recipient = to or self.config.from_number
        incoming = Message("sms", new_id("SM"), sender, recipient, text, "received", direction="inbound")
        incoming.sent = incoming.created
        self.book.add(incoming)
        self._note_opting(incoming)
        if self.webhooks.public_url is None:
            return Exchange(incoming, 0, [])
        url = self.webhooks.public_url.rstrip("/") + TWILIO_INBOUND
        answer = await self.webhooks.twilio(url, self._inbound_form(incoming))
        replies = [
            self.accept(Message("sms", new_id("SM"), recipient, sender, reply, "queued", direction="outbound-reply"))
            for reply in replies_in(answer.body)
            if sender not in self.opted_out
        ]
        return Exchange(incoming, answer.status, replies)

    def _note_opting(self, message: Message) -> None:
        if message.direction != "inbound":
            return
        word = message.body.strip().lower()
        if word in STOP_WORDS:
            self.opted_out.add(message.sender)
        elif word in START_WORDS:
            self.opted_out.discard(message.sender)

    def _inbound_form(self, message: Message) -> dict[str, str]:
        return {
            "AccountSid": self.config.account_sid,
            "ApiVersion": "2010-04-01",
            "Body": message.body,
            "From": message.sender,
            "FromCountry": "GB",
            "MessageSid": message.id,
            "NumMedia": "0",
            "NumSegments": "1",
            "SmsMessageSid": message.id,
            "SmsSid": message.id,
            "SmsStatus": "received",
            "To": message.to,
            "ToCountry": "GB",
        }


def replies_in(twiml: str) -> list[str]:
    """The texts in a TwiML answer: each `<Message>`, with or without a `<Body>`; none if it is not TwiML."""
    try:
        document = ET.fromstring(twiml)  # noqa: S314 - our own application's answer, on this machine
    except ET.ParseError:
        return []
    texts = []
    for message in document.iter("Message"):
        body = message.find("Body")
        texts.append("".join((message if body is None else body).itertext()).strip())
    return [text for text in texts if text]
