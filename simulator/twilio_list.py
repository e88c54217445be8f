"""Twilio's way of listing: its filters, its days, its pages."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date
from itertools import islice

from simulator.messages import Kind, Message, MessageBook

_DEFAULT_SIZE, _LARGEST_SIZE = 50, 1000
_DAY_LENGTH = len("2026-01-31")
_TOKEN = "PA"  # noqa: S105 - a page token's prefix, no secret


@dataclass(frozen=True, slots=True)
class Page:
    """One page of messages; `token` leads to the next, or is None."""

    messages: list[Message]
    number: int
    size: int
    token: str | None


def page_of(book: MessageBook, query: dict[str, str], kind: Kind = "sms") -> Page:
    """The messages or calls that a query asks for, newest first, at most 1,000 on a page whatever was asked."""
    size = min(max(_number(query.get("PageSize"), _DEFAULT_SIZE), 1), _LARGEST_SIZE)
    found = (message for message in book.newest_first(query.get("To")) if _matches(message, query, kind))
    messages = list(islice(_after(found, query.get("PageToken", "")), size + 1))
    token = _TOKEN + messages[size - 1].id if len(messages) > size else None
    return Page(messages[:size], _number(query.get("Page"), 0), size, token)


def _after(messages: Iterator[Message], token: str) -> Iterator[Message]:
    if token:
        last = token.removeprefix(_TOKEN)
        for message in messages:
            if message.id == last:
                break
    return messages


def _matches(message: Message, query: dict[str, str], kind: Kind) -> bool:
    if message.kind != kind or query.get("From", message.sender) != message.sender:
        return False
    if kind == "voice" and query.get("Status", message.status) != message.status:
        return False
    date_of = "StartTime" if kind == "voice" else "DateSent"
    comparisons: tuple[tuple[str, Callable[[date, date], bool]], ...] = (
        (date_of, lambda sent, asked: sent == asked),
        (f"{date_of}>", lambda sent, asked: sent >= asked),
        (f"{date_of}<", lambda sent, asked: sent <= asked),
    )
    return all(_sent_on(message, query[name], holds) for name, holds in comparisons if name in query)


def _sent_on(message: Message, asked: str, holds: Callable[[date, date], bool]) -> bool:
    """Days are compared, in GMT, as documented; a message that is still queued was not sent on any day."""
    day = date.fromisoformat(asked[:_DAY_LENGTH])
    return message.sent is not None and holds(message.sent.astimezone(UTC).date(), day)


def _number(text: str | None, default: int) -> int:
    return int(text) if text and text.isdecimal() else default
