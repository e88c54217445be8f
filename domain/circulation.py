"""A circular to neighbouring authorities and the voluntary sector: what it may say, to whom, and what became of it.

What leaves is a `Circular`, and it has no other field: no placement, no home, no name, no photo, nothing of why
(practice notes 6.6). It goes by secure e-mail; a text to a duty phone carries the reference only (`domain.messages`).
A circular has no mark for an exercise either: an exercise can't circulate.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

from domain.messages import MARKING, Situation, happened
from domain.names import AgeBand, Risk
from domain.redaction import redact_text
from domain.words import WORDS

EXPIRES_AFTER = timedelta(hours=72)
"""From when it was first sent; then whoever has it is told to destroy it (practice notes 6.6)."""

NUMBER_TO_RING = "101, or 999 if anybody is in danger"

UNTIL_WHEN = (
    "It expires 72 hours after it was first sent, or when you are told that it is cancelled. Then destroy it and every "
    "copy. Do not forward it."
)
NOT_YET = "not given yet; it follows as soon as it is"

AGES = {
    AgeBand.UNDER_10: "under 10",
    AgeBand.FROM_10_TO_12: "10 to 12",
    AgeBand.FROM_13_TO_15: "13 to 15",
    AgeBand.FROM_16_TO_17: "16 or 17",
    AgeBand.UNKNOWN: "not known",
}

_WHY = re.compile(
    r"traffick|exploit|county lines|asylum|immigra|refugee|migrant|nationalit|\bvisa\b|\bnrm\b|\buasc\b"
    r"|placement|children.?s home|care home|\bfoster|\bin care\b|\blooked after\b|\bpost ?code\b|\baddress\b",
    re.IGNORECASE,
)
_POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2}\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Circular:
    """Everything that a circular tells."""

    description: str
    """What the young person looks like and wears, in a person's words; may be empty."""
    age_band: AgeBand
    risk: Risk
    police_reference: str
    """Empty until somebody has entered one."""
    number_to_ring: str = NUMBER_TO_RING


def unfit(description: str) -> str | None:
    """Why a description may not be circulated, in words for the person who wrote it; None: nothing was found.

    A net, not a proof: whoever approves it reads it. It knows no names; the web, which does, looks for those.
    """
    if _WHY.search(description):
        return "only what the young person looks like: nothing of why, of status, or of where they live"
    if redact_text(description) != description or _POSTCODE.search(description):
        return "no telephone number, e-mail address, postcode or date of birth: only what the young person looks like"
    return None


def email(situation: Situation, circular: Circular) -> str:
    """The e-mail's plain text, marked at its top and its bottom."""
    words = WORDS[situation.template]
    ways = (
        f"by text with Y {situation.code}" if situation.code else "",
        f"on the page {situation.answer_link}" if situation.answer_link else "",
        f"signed in at {situation.link}" if situation.link else "",
    )
    how = ", or ".join(way for way in ways if way)
    told = [
        f"Description: {circular.description or NOT_YET}",
        f"Age: {AGES[circular.age_band]}",
        f"Risk: {circular.risk.value}",
        f"Police reference: {circular.police_reference or NOT_YET}",
        f"Number to ring: {circular.number_to_ring}",
    ]
    paragraphs = [
        MARKING,
        f"Ref {situation.reference}: {happened(situation)}",
        words.means,
        "\n".join(told),
        "Do not approach alone: call the police.",
        f"What to do now: tell those who are on duty in your area, and acknowledge this {how}.",
        UNTIL_WHEN,
        MARKING,
    ]
    return "\n\n".join(paragraphs) + "\n"
