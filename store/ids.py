"""Ids that sort by the time they were made."""

import secrets
import uuid
from datetime import UTC, datetime

_SUB_MILLISECOND_BITS = 12


def uuid7(at: datetime) -> str:
    """A UUIDv7 (RFC 9562) of that instant; ids of later microseconds sort after it.

    Args:
        at: an aware instant.
    """
    microseconds = int(at.timestamp() * 1_000_000)
    milliseconds, rest = divmod(microseconds, 1000)
    fraction = (rest << _SUB_MILLISECOND_BITS) // 1000
    value = milliseconds << 80 | 7 << 76 | fraction << 64 | 2 << 62 | secrets.randbits(62)
    return str(uuid.UUID(int=value))


def new_id() -> str:
    """A UUIDv7 of now."""
    return uuid7(datetime.now(UTC))
