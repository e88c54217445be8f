"""Phones and mailboxes in scenarios: who expects a message, and what they reply."""

import asyncio
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from domain.names import Channel, Role
from simulator.messages import CALL_OVER, Message
from simulator.phone_line import Habit
from store.people import PersonContact

if TYPE_CHECKING:
    from tests.scenarios.story import Home

SETTLE = 5.0
"""Seconds of real time in which what is due must have happened."""


@dataclass
class Phone:
    """Somebody's phone and mailbox: they expect a message, and reply."""

    home: "Home"
    role: Role
    person_id: str
    number: str
    mailbox: str
    token: str = ""
    read: set[int] = field(default_factory=set)

    @property
    def unread(self) -> list[Message]:
        """What has come and nobody has expected yet."""
        mine = (self.number, self.mailbox)
        return [
            message
            for message in self.home.room.simulator.messages
            if message.to in mine and message.index not in self.read
        ]

    async def expects(self, *words: str, channel: Channel = Channel.SMS, within: float = SETTLE) -> "Received":
        """The next message on this channel, with these words in it.

        Raises:
            AssertionError: it does not come, or says something else.
        """
        kinds = {Channel.SMS: "sms", Channel.VOICE: "voice", Channel.EMAIL: "email"}
        deadline = asyncio.get_running_loop().time() + within
        while not (waiting := [one for one in self.unread if one.kind == kinds[channel]]):
            assert asyncio.get_running_loop().time() < deadline, (
                f"{self.role.label}: no {channel} came, expected {words}"
            )
            await asyncio.sleep(0.02)
        message = waiting[0]
        self.read.add(message.index)
        text = f"{message.subject}\n{message.body}".lower()
        for word in words:
            assert word.lower() in text, f"{self.role.label} expected {word!r} and got {message.body!r}"
        return Received(self, message)

    async def is_rung(self, *words: str, within: float = SETTLE) -> Message:
        """The next call, once it is over; these words were heard in it, the keys that were pressed in brackets.

        Raises:
            AssertionError: nobody rings, or something else is said.
        """
        received = await self.expects(channel=Channel.VOICE, within=within)
        async with asyncio.timeout(within):
            while received.message.status not in CALL_OVER:  # noqa: ASYNC110 - the simulator changes it as it goes
                await asyncio.sleep(0.02)
        for word in words:
            assert word.lower() in received.message.body.lower(), f"{self.role.label} heard {received.message.body!r}"
        return received.message

    async def can_be_rung(self, habit: Habit | str, keys: str = "", *, first: bool = False) -> None:
        """From now on calls come to this phone as well, after texts or before; what it does with them.

        They are answered by a person who presses these keys, by a machine, or not at all.
        """
        directory = self.home.room.store.directory
        person = await directory.person(self.person_id)
        call = PersonContact(Channel.VOICE, self.number, verified_at=self.home.room.clock())
        contacts = (call, *person.contacts) if first else (person.contacts[0], call, *person.contacts[1:])
        await directory.put_person(replace(person, contacts=contacts))
        self.home.room.simulator.phone(habit, keys, address=self.number)

    async def expects_among_others(self, *words: str) -> None:
        """A text with these words, whatever else has come before it.

        Raises:
            AssertionError: none has come.
        """
        deadline = asyncio.get_running_loop().time() + SETTLE
        while not any(all(word in one.body.lower() for word in words) for one in self.unread if one.to == self.number):
            assert asyncio.get_running_loop().time() < deadline, f"{self.role.label}: nothing with {words}"
            await asyncio.sleep(0.02)

    def reads_everything(self) -> list[Message]:
        """Whatever else has come, read and accounted for."""
        messages = self.unread
        self.read |= {message.index for message in messages}
        return messages


@dataclass(frozen=True)
class Received:
    """A message in somebody's hand."""

    phone: Phone
    message: Message

    @property
    def code(self) -> str:
        """The reply code in it."""
        words = self.message.body.split("Reply Y ")
        return words[1][:4]

    async def replies(self, text: str) -> str:
        """Answer by text; `CODE` stands for the code. Returns what comes back."""
        exchange = await self.phone.home.room.simulator.inbound(self.phone.number, text.replace("CODE", self.code))
        for reply in exchange.replies:
            self.phone.read.add(reply.index)
        return "\n".join(reply.body for reply in exchange.replies)


class Phones:
    """Everybody's phones, by role."""

    def __init__(self, home: "Home") -> None:
        self._home = home
        self._by_role: dict[Role, Phone] = {}
        self._ring_on = False

    def __getitem__(self, label: str) -> Phone:
        """By the role in words, such as `shift lead`."""
        return next(phone for role, phone in self._by_role.items() if role.label == label)

    def add(self, phone: Phone) -> None:
        """One more."""
        self._by_role[phone.role] = phone

    def all(self) -> list[Phone]:
        """Every phone."""
        return list(self._by_role.values())

    def may_ring_on(self) -> None:
        """The rest of this story's messages are not what it is about."""
        self._ring_on = True

    async def nobody_else_was_disturbed(self) -> None:
        """Every message that came has been expected; each story ends with this.

        Raises:
            AssertionError: somebody got a message that nobody had expected.
        """
        if self._ring_on:
            return
        await asyncio.sleep(0.15)
        unexpected = [(phone.role.label, message.body) for phone in self.all() for message in phone.unread]
        assert unexpected == [], unexpected
