"""STOP and START: the words by which a phone's owner ends texts and has them back. The carrier acts on them by itself.

They are Twilio's own, and they count only alone: `please stop` is not one of them. Calls and e-mail go on whatever is
texted: an alarm about a child has no way to be unsubscribed from, only a way to be spared the texts.
"""

from enum import StrEnum

from domain.replies import CARRIER_WORDS

TEXTS_STOPPED_CODE = 21610
"""Twilio's refusal of a text to a phone that has sent STOP: it means the same as the word."""


class Wish(StrEnum):
    """What the carrier was told."""

    STOP = "stop"
    START = "start"


START_WORDS = frozenset({"START", "UNSTOP", "YES"})
"""With YES a phone that had sent STOP gets texts again; from any other phone it is an answer like any other."""


def wish(text: str, opt_out_type: str = "") -> Wish | None:
    """What a text tells the carrier; None: nothing.

    Args:
        text: its words.
        opt_out_type: what Twilio itself made of them (`OptOutType`), where the installation has words of its own.
    """
    if opt_out_type.upper() in {"STOP", "START"}:
        return Wish(opt_out_type.lower())
    word = text.strip().upper()
    if word in START_WORDS:
        return Wish.START
    return Wish.STOP if word in CARRIER_WORDS else None


def is_for_the_carrier_alone(text: str, opt_out_type: str = "") -> bool:
    """Whether the text says nothing to us: YES does."""
    return wish(text, opt_out_type) is not None and text.strip().upper() != "YES"
