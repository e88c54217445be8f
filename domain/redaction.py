"""What a log line may hold of a person: nothing.

Two nets. Under a key that may hold personal data the value goes, whatever it is; in every other text, what looks like a
telephone number, an e-mail address, a date of birth or a token goes. Neither knows a name in free text: don't log it.
Too much redacted is a dull log line; too little is a child's name in a file that is kept for years.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from enum import Enum
from pathlib import PurePath
from uuid import UUID

REDACTED = "[redacted]"
LONGEST_TEXT = 16_000
DEEPEST = 8

_WORDS = """
    name names forename surname firstname lastname fullname address postcode street dob birth birthday birthdate
    note notes comment comments text body message content subject description reason input parameters
    to from recipient recipients sender number msisdn phone telephone mobile email mail contact contacts whatsapp
    nationality ethnicity gender religion photo latitude longitude location whereabouts
    token secret password passwd pin credential credentials authorization cookie cookies session key keys apikey
    signature nonce
"""
_PERSONAL_WORDS = frozenset(_WORDS.split())
"""A key is personal if one of its words is here: `home_name`, `fromNumber` and `X-Api-Key` are."""

_HARMLESS_KEYS = frozenset({"event", "func_name", "idempotency_key", "notification_id"})
"""Keys that the words above would catch by mistake. `event` is the log line's own text: it is searched, not dropped."""

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")

# Each pattern starts only where a run of its characters starts, so that no text takes more than linear time.
_QUERY = re.compile(r"([?&;])([\w-]{1,60})=([^&\s;\"'\[][^&\s;\"']*)")
_QUOTED = re.compile(r"(?<![\w-])([\w-]{1,60})(\\?[\"']?\s{0,3}[=:]\s{0,3})(\\?\"[^\"]*\"|\\?'[^']*')")
_EMAIL_PART = r"[^\s@<>\"'()\[\],;:=]"
_RULES = (
    (re.compile(r"(?<=://)[^/\s@]*@"), "[credentials]@"),
    (re.compile(r"(?i)\b(bearer|basic)\s+(?!\[)[\w.~+/=:-]{6,}"), r"\1 [token]"),
    (re.compile(rf"(?<!{_EMAIL_PART}){_EMAIL_PART}+(?:@|%40){_EMAIL_PART}+\.\w+"), "[email]"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*|\bSG\.[\w.-]{8,}|\bgh[a-z]?_\w{16,}"), "[token]"),
    (re.compile(r"(?<![\w+/])[A-Za-z0-9+/]{43}=(?![\w=])|(?<!\w)[0-9a-f]{32}(?!\w)"), "[token]"),
    (re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[a-z])(?=[\w-]*[A-Z])[\w-]{32,}"), "[token]"),
)
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}"
_KEEP = (
    r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"  # a UUID
    # An instant; midnight is more likely a date of birth that went through a datetime.
    r"|\d{4}-\d\d-\d\d[T ](?!00:00(?::00(?:\.0+)?)?(?![:\d.]))\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"
    r"|\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?"  # an IP address
)
_DATE = (
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d\d)"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?\s+(?:of\s+)?{_MONTH},?\s+\d{{4}}|{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?,?\s+\d{{4}}"
)
_GAP = r"[\s().\u00a0-]{0,3}"
_PHONE = rf"(?:\+|%2B)\s?\d(?:{_GAP}\d){{6,14}}|\(?0\d(?:{_GAP}\d){{8,13}}|\d{{10,15}}"
_DIGITS = re.compile(
    rf"(?i)(?<![0-9a-z])(?P<keep>{_KEEP})(?![0-9a-z])"
    rf"|(?<![0-9a-z])(?P<date>{_DATE})(?![0-9])|(?<![0-9])(?P<phone>{_PHONE})(?![0-9])"
)
_HARMLESS_TYPES = (bool, float, Decimal, datetime, time, timedelta, tzinfo, UUID, type(None))


def is_personal(key: str) -> bool:
    """Whether a value under this key may be personal, or a secret, whatever it looks like."""
    return key not in _HARMLESS_KEYS and any(word.lower() in _PERSONAL_WORDS for word in _WORD.findall(key))


def redact_text(text: str) -> str:
    """The text without telephone numbers, e-mail addresses, dates of birth and tokens; ids and instants stay."""
    if len(text) > LONGEST_TEXT:
        text = text[:LONGEST_TEXT].rsplit(maxsplit=1)[0] + " …"
    text = _QUERY.sub(_without_parameter, text)
    text = _QUOTED.sub(_without_quoted, text)
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return _DIGITS.sub(_without_digits, text)


def redact(value: object, *, depth: int = 0) -> object:
    """The same structure without what is personal. Objects that are not plain data become the name of their type."""
    if isinstance(value, str) and not isinstance(value, Enum):
        return redact_text(value)
    if isinstance(value, Enum | PurePath):
        return redact_text(str(value))
    if isinstance(value, _HARMLESS_TYPES):
        return value
    if isinstance(value, int):
        return value if redact_text(str(value)) == str(value) else REDACTED
    if isinstance(value, date):
        return "[date]"
    return _redact_container(value, depth)


def _redact_container(value: object, depth: int) -> object:
    if depth >= DEEPEST:
        return "[too deep]"
    if isinstance(value, Mapping):
        return {_key(key): redact_under(str(key), item, depth=depth) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple(redact(item, depth=depth + 1) for item in value)
    if isinstance(value, list):
        return [redact(item, depth=depth + 1) for item in value]
    if isinstance(value, set | frozenset):
        return sorted((redact(item, depth=depth + 1) for item in value), key=str)
    return f"<{type(value).__name__}>"


def redact_under(key: str, value: object, *, depth: int = 0) -> object:
    """A value in its place. Nothing (None, an empty text) says only that nothing was there, and stays."""
    if is_personal(key) and value not in (None, "", REDACTED):
        return REDACTED
    return redact(value, depth=depth + 1)


def _key(key: object) -> str:
    """A key can be an address as well."""
    return redact_text(str(key))


def _without_parameter(match: re.Match[str]) -> str:
    return f"{match[1]}{match[2]}={REDACTED}" if is_personal(match[2]) else match[0]


def _without_quoted(match: re.Match[str]) -> str:
    return f"{match[1]}{match[2]}'{REDACTED}'" if is_personal(match[1]) else match[0]


def _without_digits(match: re.Match[str]) -> str:
    if match["keep"]:
        return match["keep"]
    return "[date]" if match["date"] else "[phone]"
