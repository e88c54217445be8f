"""What has been sent and received: every text, every e-mail and every call, in order."""

import secrets
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

KEPT = 20_000
"""The latest messages that are remembered."""

TERMINAL = frozenset({"delivered", "undelivered", "failed", "received", "bounce", "dropped"})

CALL_OVER = frozenset({"completed", "busy", "no-answer", "failed", "canceled"})

Kind = Literal["sms", "email", "voice"]
Direction = Literal["inbound", "outbound-api", "outbound-reply"]


def now() -> datetime:
    """This moment, UTC."""
    return datetime.now(UTC)


def new_id(prefix: str) -> str:
    """An id as Twilio makes them: two letters and 32 hexadecimal digits."""
    return prefix + secrets.token_hex(16)


@dataclass(slots=True)
class CallDetails:
    """What the application asked for when it placed a call, and what came of it."""

    url: str
    """Where the words are fetched."""
    ring_seconds: int = 60
    events: list[str] = field(default_factory=list)
    """What is reported: initiated, ringing, answered, completed."""
    detects_machines: bool = False
    answered_by: str = ""
    keys: str = ""
    """Every key that was pressed."""
    requests: list[dict[str, Any]] = field(default_factory=list)
    """Twilio's events of this call: the request that placed it, and those to the application's webhooks."""


@dataclass(slots=True)
class Message:
    """One text, e-mail or call, with everything that became of it; a call's body is what its phone has heard so far."""

    kind: Kind
    id: str
    """Twilio's sid, or SendGrid's X-Message-Id."""
    sender: str
    to: str
    body: str
    status: str
    direction: Direction = "outbound-api"
    subject: str = ""
    index: int = 0
    """Its place in the order of arrival, from 1; given by the book."""
    created: datetime = field(default_factory=now)
    updated: datetime = field(default_factory=now)
    sent: datetime | None = None
    """Empty while it is queued, as at Twilio."""
    error_code: int | None = None
    status_callback: str = ""
    messaging_service: str = ""
    validity_seconds: int | None = None
    custom_args: dict[str, str] = field(default_factory=dict)
    history: list[str] = field(default_factory=list)
    """Every status so far, in order."""
    call: "CallDetails | None" = None
    """What only calls have."""

    @property
    def person(self) -> str:
        """The number or address of the person at the other end."""
        return self.sender if self.direction == "inbound" else self.to

    def as_json(self) -> dict[str, Any]:
        """Everything, with times in ISO 8601."""
        return {
            name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(self).items()
        } | {"person": self.person}


def from_json(record: dict[str, Any]) -> Message:
    """The message that `as_json` wrote."""
    fields = {name: value for name, value in record.items() if name != "person"}
    for name in ("created", "updated", "sent"):
        fields[name] = datetime.fromisoformat(fields[name]) if fields[name] else None
    if fields.get("call"):
        fields["call"] = CallDetails(**fields["call"])
    return Message(**fields)


class MessageBook:
    """All messages, newest last; the oldest are forgotten beyond `KEPT`."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._all: deque[Message] = deque()
        self._by_id: dict[str, Message] = {}
        self._by_recipient: dict[str, deque[Message]] = {}
        self._next_index = 1
        self._listeners: list[Callable[[Message], None]] = []

    def __len__(self) -> int:
        return len(self._all)

    def listen(self, listener: Callable[[Message], None]) -> Callable[[], None]:
        """Call this with every message that is new or has changed; returns how to stop."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def add(self, message: Message) -> Message:
        """Take in a new message."""
        message.index = self._next_index
        message.history.append(message.status)
        self._keep(message)
        self._tell(message)
        return message

    def restore(self, message: Message) -> None:
        """Take in a message that an earlier run has written down; nobody is told."""
        self._keep(message)

    def move(self, message: Message, status: str, *, error_code: int | None = None) -> None:
        """A message has come to another status."""
        message.status = status
        message.error_code = error_code
        message.updated = now()
        message.history.append(status)
        if status in {"sent", "ringing"} and message.sent is None:
            message.sent = message.updated
        self._tell(message)

    def hear(self, message: Message, words: str) -> None:
        """More has been said on a call, or a key was pressed."""
        message.body = f"{message.body}\n{words}".strip()
        message.updated = now()
        self._tell(message)

    def get(self, message_id: str) -> Message | None:
        """The message of this id, or None."""
        return self._by_id.get(message_id)

    def since(self, index: int) -> list[Message]:
        """Every message after this index, oldest first."""
        newer: list[Message] = []
        for message in reversed(self._all):
            if message.index <= index:
                break
            newer.append(message)
        return newer[::-1]

    def newest_first(self, to: str | None = None) -> Iterator[Message]:
        """Every message, or every one to this address."""
        return reversed(self._all if to is None else self._by_recipient.get(to, deque()))

    def clear(self) -> None:
        """Forget every message; indices go on, so that nobody who waits is confused."""
        self._all.clear()
        self._by_id.clear()
        self._by_recipient.clear()

    def _keep(self, message: Message) -> None:
        self._next_index = max(self._next_index, message.index + 1)
        self._all.append(message)
        self._by_id[message.id] = message
        self._by_recipient.setdefault(message.to, deque()).append(message)
        while len(self._all) > self._kept:
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        oldest = self._all.popleft()
        self._by_id.pop(oldest.id, None)
        siblings = self._by_recipient[oldest.to]
        siblings.popleft()
        if not siblings:
            del self._by_recipient[oldest.to]

    def _tell(self, message: Message) -> None:
        for listener in list(self._listeners):
            listener(message)
