"""Things that go wrong on demand: at the provider's door, on a message's way, or in what is reported about it."""

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Literal

EVERYONE = "*"


class FaultKind(StrEnum):
    """Every fault there is."""

    REJECT = "reject"
    """Refused with `code` (Twilio's; for e-mail the HTTP status, 400 unless given)."""
    THROTTLE = "throttle"
    """429, with `seconds` as Retry-After."""
    UNAVAILABLE = "unavailable"
    """503; nothing accepted."""
    ACCEPT_THEN_UNAVAILABLE = "accept_then_unavailable"
    """503, although the message was accepted."""
    ACCEPT_THEN_DROP = "accept_then_drop"
    """Accepted, and the connection closed without an answer."""
    ACCEPT_THEN_HANG = "accept_then_hang"
    """Accepted, and no answer for `seconds`."""
    DROP = "drop"
    """Connection closed without an answer; nothing accepted."""
    HANG = "hang"
    """No answer for `seconds` (bounded); nothing accepted."""
    SLOW = "slow"
    """Accepted and answered, but only after `seconds`."""
    GARBLE = "garble"
    """Accepted; the answer can't be parsed."""

    UNDELIVERED = "undelivered"
    """Ends as undelivered (an e-mail: bounce; a call: no answer), with `code`."""
    FAILED = "failed"
    """Ends as failed (an e-mail: dropped), with `code`."""
    HELD = "held"
    """Stays queued for `seconds`; a text that is held beyond its validity period fails with 30036."""
    STUCK = "stuck"
    """Never gets beyond sent (an e-mail: processed)."""

    NO_CALLBACK = "no_callback"
    DUPLICATE_CALLBACKS = "duplicate_callbacks"
    OUT_OF_ORDER_CALLBACKS = "out_of_order_callbacks"
    """The last status is reported first."""
    DELAYED_CALLBACKS = "delayed_callbacks"
    """Each report comes `seconds` late."""
    FORGED_CALLBACKS = "forged_callbacks"
    """Signed with a key that is not the provider's."""


AT_THE_DOOR = frozenset(
    {
        FaultKind.REJECT,
        FaultKind.THROTTLE,
        FaultKind.UNAVAILABLE,
        FaultKind.ACCEPT_THEN_UNAVAILABLE,
        FaultKind.ACCEPT_THEN_DROP,
        FaultKind.ACCEPT_THEN_HANG,
        FaultKind.DROP,
        FaultKind.HANG,
        FaultKind.SLOW,
        FaultKind.GARBLE,
    }
)
ENDINGS = frozenset({FaultKind.UNDELIVERED, FaultKind.FAILED, FaultKind.STUCK})

Operation = Literal["send", "find"]


@dataclass(slots=True)
class Fault:
    """One thing to go wrong."""

    kind: FaultKind
    address: str = EVERYONE
    """A number or e-mail address, or `*`."""
    channel: Literal["sms", "email", "voice"] | None = None
    """None: all."""
    on: Operation = "send"
    """Whether sending goes wrong, or asking what was sent (Twilio only)."""
    count: int | None = None
    """How many times; None: until it is taken away."""
    code: int | None = None
    seconds: float | None = None
    id: str = field(default_factory=lambda: secrets.token_hex(4))
    used: int = 0
    """How often it has struck."""

    def as_json(self) -> dict[str, Any]:
        """Everything."""
        return asdict(self)

    def strikes(self, channel: str, address: str, operation: Operation) -> bool:
        """Whether it applies, and has strikes left."""
        return (
            self.on == operation
            and self.channel in {None, channel}
            and self.address in {EVERYONE, address}
            and (self.count is None or self.used < self.count)
        )


class FaultBook:
    """The faults that are set. The latest set wins where only one can be: at the door, and at the end."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def __iter__(self) -> Iterator[Fault]:
        return iter(list(self._faults))

    def add(self, fault: Fault) -> Fault:
        """Set a fault."""
        self._faults.append(fault)
        return fault

    def remove(self, fault_id: str) -> bool:
        """Take one away; False if there is none of that id."""
        before = len(self._faults)
        self._faults = [fault for fault in self._faults if fault.id != fault_id]
        return len(self._faults) < before

    def clear(self) -> None:
        """Take all away."""
        self._faults.clear()

    def take(
        self, kinds: Iterable[FaultKind], channel: str, address: str, operation: Operation = "send"
    ) -> Fault | None:
        """The fault of these kinds that strikes now, counted; or None."""
        wanted = frozenset(kinds)
        for fault in reversed(self._faults):
            if fault.kind in wanted and fault.strikes(channel, address, operation):
                fault.used += 1
                return fault
        return None
