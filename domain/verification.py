"""Whether the right person answers at a number or a mailbox, found out by day: a code by text or call, a link by mail.

A code has six digits, holds for ten minutes and may be tried five times; a link holds for a day, because nobody waits
at a mailbox. Neither is ever kept: both are made from the verification's id with a key of the installation's own.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.messages import MARKING, SENDER
from domain.names import Channel
from domain.voice import number_for_the_ear

CODE_HOLDS = timedelta(minutes=10)
LINK_HOLDS = timedelta(hours=24)

MOST_TRIES = 5
"""Of five guesses in a million one is right in two hundred thousand."""

MOST_IN_AN_HOUR, MOST_IN_A_DAY = 3, 10
"""Sendings to one number or mailbox, whoever asks: nobody can be pestered by way of Golden Hour."""

REMEMBERED = timedelta(days=1)
"""How long a verification that is over is kept, to count by; then it is forgotten."""

CODE_LENGTH = 6
_MAC_LENGTH = 40

CALL = "code"
"""What a call is about that tells a code, as a part of its address. The code itself never stands there."""


class Standing(StrEnum):
    """How far a verification has come."""

    WAITING = "waiting"
    """On its way, or sent and not answered yet."""
    REFUSED = "refused"
    """The provider says that nothing can be sent there."""
    REPLACED = "replaced"
    """A later one was asked for: only the last counts."""
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an answer."""

    confirmed: bool
    why_not: str = ""
    """In plain words, with what to do now."""


NONE_OPEN = Answer(confirmed=False, why_not="no code is under way for this contact: ask for one")
EXPIRED = Answer(confirmed=False, why_not="this code has expired: ask for a new one")
NO_TRIES = Answer(confirmed=False, why_not=f"it was tried {MOST_TRIES} times: ask for a new one")
CHANGED = Answer(
    confirmed=False, why_not="this contact was changed or put out of use meanwhile: look at the entry again"
)


def expires_at(channel: Channel, now: datetime) -> datetime:
    """Until when it can be answered."""
    return now + (LINK_HOLDS if channel is Channel.EMAIL else CODE_HOLDS)


def too_many(sent_at: list[datetime], now: datetime) -> str | None:
    """Why nothing more is sent there now; None: it may be."""
    if sum(now - at < timedelta(hours=1) for at in sent_at) >= MOST_IN_AN_HOUR:
        return f"{MOST_IN_AN_HOUR} were sent there within the hour: wait, or ring the person"
    if sum(now - at < timedelta(days=1) for at in sent_at) >= MOST_IN_A_DAY:
        return f"{MOST_IN_A_DAY} were sent there within a day: try again tomorrow"
    return None


def code(key: bytes, verification_id: str) -> str:
    """The six digits."""
    number = int.from_bytes(_mac(key, "code", verification_id)[:8], "big")
    return f"{number % 10**CODE_LENGTH:0{CODE_LENGTH}}"


def token(key: bytes, verification_id: str) -> str:
    """The last part of the link: which verification it is, signed."""
    return f"{verification_id}.{_mac(key, 'link', verification_id).hex()[:_MAC_LENGTH]}"


def verified_id(key: bytes, written: str) -> str | None:
    """Which verification a link is for; None: it was altered, or never ours."""
    verification_id, _, _ = written.partition(".")
    genuine = hmac.compare_digest(token(key, verification_id).encode(), written.encode())
    return verification_id if genuine and verification_id else None


def is_right(key: bytes, verification_id: str, typed: str) -> bool:
    """Whether the right code was typed, however it was spaced."""
    plain = "".join(typed.split()).replace("-", "")
    return hmac.compare_digest(code(key, verification_id).encode(), plain.encode())


def text(secret: str, until: str, tag: str) -> str:
    """The text with the code; `until` is a local time, such as 21:40."""
    return (
        f"{SENDER}: your code is {secret}, until {until}. Give it to whoever enters your number, to nobody else. "
        f"Not expected? Do nothing. #{tag}"
    )


def script(secret: str) -> str:
    """What a call says, digit by digit, slowly."""
    return f"This is Golden Hour, with a code to confirm this number. The code is {number_for_the_ear(secret)}."


SUBJECT = f"{MARKING} {SENDER}: confirm that this mailbox is yours"


def email(link: str) -> str:
    """The e-mail with the link."""
    return (
        f"{SENDER} alerts people when a child in care may be missing. This mailbox is entered as a way to you.\n\n"
        f"To confirm that alerts sent here reach you, open this page and press the button:\n\n{link}\n\n"
        "The link holds for 24 hours and works once. If you did not expect this, do nothing.\n\n"
        f"{MARKING}\n"
    )


def _mac(key: bytes, what: str, verification_id: str) -> bytes:
    return hmac.new(key, f"verification/{what}/{verification_id}".encode(), hashlib.sha256).digest()
