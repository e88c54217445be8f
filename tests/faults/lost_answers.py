"""One provider's answer in ten is lost, in each of the ways in which that happens, after the message was accepted."""

from collections.abc import Sequence

from simulator.faults import Fault, FaultKind
from simulator.messages import Message
from simulator.testing import RunningSimulator

WAYS = (
    FaultKind.ACCEPT_THEN_DROP,
    FaultKind.ACCEPT_THEN_UNAVAILABLE,
    FaultKind.GARBLE,
    FaultKind.ACCEPT_THEN_HANG,
)
ONE_IN = 10
QUIET = 14.0
"""Seconds after the last message in which a second one would still come: a hanging answer is given up after eight."""


def lose_one_answer_in_ten(simulator: RunningSimulator, addresses: Sequence[str]) -> list[Fault]:
    """Every tenth address loses its first answer; the ways take turns."""
    unlucky = addresses[ONE_IN // 2 :: ONE_IN]
    return [simulator.fault(WAYS[number % len(WAYS)], address, count=1) for number, address in enumerate(unlucky)]


def is_the_same(messages: Sequence[Message]) -> bool:
    """Whether several messages to one person are one, word for word: the same reference, code, link and mark."""
    return len({(one.subject, one.body) for one in messages}) == 1
