"""What a tired person texts back at night, and what they mean by it.

A reply is one word, with or without the code of its message, in either order: `Y`, `yes`, `Y 4821`, `y4821.`,
`"4821 ok"`, `4821`; on a shared phone a last digit says who: `Y 4821 2`. `N` says that they cannot, `C` that the child
is here, `?` asks for help. Everything else is not guessed at: a wrong guess could stop an alarm.
"""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class ReplyKind(StrEnum):
    """What a text asks for."""

    TAKE = "take"
    CANNOT = "cannot"
    CLAIM = "claim"
    HELP = "help"
    CARRIER = "carrier"
    """STOP, START and their like: the provider acts on them and answers them itself."""
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Parsed:
    """A reply, and which message it answers if it says so."""

    kind: ReplyKind
    code: str | None = None
    """Four digits."""
    reference: str | None = None
    """A placement's reference in capitals, such as HERON-42."""
    who: int | None = None
    """On a phone that several people share: which of them answers, as the question numbered them."""


MEANINGS = {
    ReplyKind.TAKE: (
        "Y YES YEP YEAH YE YS 1 OK OKAY K A ACK TAKE TAKEN MINE 👍",
        "I HAVE IT|I GOT IT|GOT IT|ON IT|IM ON IT|I AM ON IT|TAKE IT|ILL TAKE IT|I WILL TAKE IT|YES TAKE IT|OK YES",
    ),
    ReplyKind.CANNOT: (
        "N NO NOPE NAH CANNOT CANT UNABLE BUSY 👎",
        "I CANNOT|I CANT|CAN NOT|I CAN NOT|NOT ME|NO I CANT|NO I CANNOT|NO CANT|NO SORRY",
    ),
    ReplyKind.CLAIM: (
        "C CLAIM HERE",
        "CHILD HERE|CHILD IS HERE|THE CHILD IS HERE|IS HERE|SHE IS HERE|HE IS HERE|THEY ARE HERE|C HERE",
    ),
    ReplyKind.HELP: ("? HELP INFO H", "WHAT IS THIS|WHO IS THIS|WHAT DO I DO|HELP ME"),
}
"""Single words, and phrases. Nothing is matched inside a longer sentence: `not here` holds `here`."""

CARRIER_WORDS = frozenset("STOP STOPALL UNSUBSCRIBE CANCEL END QUIT REVOKE OPTOUT START UNSTOP".split())  # noqa: SIM905
"""The provider's own, if they stand alone: `please stop` is not one of them."""

POLITE = frozenset("PLEASE PLS THANKS THANK YOU THX TA SORRY REF CODE".split())  # noqa: SIM905

LONGEST = 160
"""Longer texts are stories, not answers."""

ANSWERING = frozenset({ReplyKind.TAKE, ReplyKind.CANNOT, ReplyKind.CLAIM})
"""What somebody says about a child: it matters who."""

_ONE_OF_SOME = frozenset("123456789")
_CODE = re.compile(r"(?<!\d)(\d{4}|\d\d \d\d)(?!\d)", re.ASCII)
_REFERENCE = re.compile(r"\b[A-Z]{2,12}-\d{2,4}\b", re.ASCII)
_APOSTROPHES = re.compile("['’‘`´]")  # noqa: RUF001 - phones write them so
_PUNCTUATION = re.compile(r"[^\w?👍👎-]+|_|(?<![A-Z])-|-(?!\d)")

_BY_WORDS = {
    phrase: kind for kind, (words, phrases) in MEANINGS.items() for phrase in (*words.split(), *phrases.split("|"))
}


def parse(text: str) -> Parsed:
    """Read a reply."""
    if len(text) > LONGEST:
        return Parsed(ReplyKind.UNCLEAR)
    plain = _plain(text)
    if plain in CARRIER_WORDS:
        return Parsed(ReplyKind.CARRIER)
    references = _REFERENCE.findall(plain)
    rest = _REFERENCE.sub(" ", plain)
    codes = {code.replace(" ", "") for code in _CODE.findall(rest)}
    if len(codes) > 1 or len(set(references)) > 1:
        return Parsed(ReplyKind.UNCLEAR)
    code = next(iter(codes), None)
    rest, who = _who(rest)
    kind = _meaning(_CODE.sub(" ", rest), has_code=code is not None)
    return Parsed(kind, code, references[0] if references else None, who if kind in ANSWERING else None)


def _plain(text: str) -> str:
    """Capitals, single spaces, no quotes; full-width letters and digits as ours."""
    capitals = _APOSTROPHES.sub("", unicodedata.normalize("NFKC", text)).upper()
    return " ".join(_PUNCTUATION.sub(" ", capitals).split())


def _who(plain: str) -> tuple[str, int | None]:
    """`Y 4821 2`: a single digit at the end, after something else, says who of those who share the phone."""
    before, _, last = plain.rpartition(" ")
    return (before, int(last)) if before.strip() and last in _ONE_OF_SOME else (plain, None)


def _meaning(rest: str, *, has_code: bool) -> ReplyKind:
    words = rest.replace("-", " ").replace("?", " ? ").split()
    phrase = " ".join(word for word in words if word not in POLITE)
    if not phrase:
        # The code alone: nobody types it for any other reason than to take it.
        return ReplyKind.TAKE if has_code else ReplyKind.UNCLEAR
    if set(phrase) <= {"?", " "}:
        return ReplyKind.HELP
    if _BY_WORDS.get(phrase.removesuffix(" ?")) is ReplyKind.HELP:
        # A question may have its mark. An answer may not: `Y?` is no answer.
        return ReplyKind.HELP
    return _BY_WORDS.get(phrase, ReplyKind.UNCLEAR)
