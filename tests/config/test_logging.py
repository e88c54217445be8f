"""No log line holds personal data: values under personal keys, patterns in texts, and exceptions' words."""

import io
import json
import logging
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from config.logging import TALKATIVE, configure_logging
from domain.redaction import redact, redact_text

CHILD = ("Mai", "Example", "+447700900123", "07700 900123", "mai@example.org", "2010-03-14")


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """Other tests keep pytest's own handlers."""
    root, hook = logging.getLogger(), sys.excepthook
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in TALKATIVE}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)
    sys.excepthook = hook
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


@pytest.fixture
def lines() -> io.StringIO:
    """What is logged as JSON."""
    stream = io.StringIO()
    configure_logging("json", stream=stream)
    return stream


def nothing_of_the_child_is_in(stream: io.StringIO) -> None:
    """The grep that the whole project is held to."""
    text = stream.getvalue()
    assert text
    assert not [word for word in CHILD if word in text], text


def test_a_log_call_with_a_number_an_address_and_a_name_shows_none(lines: io.StringIO) -> None:
    """Whatever somebody hands to a logger, at any depth."""
    structlog.contextvars.bind_contextvars(contact={"name": "Mai Example"})
    structlog.get_logger("goldenhour").warning(
        "sent to +447700900123, mai@example.org, born 2010-03-14",
        child_name="Mai Example",
        to="07700 900123",
        date_of_birth=date(2010, 3, 14),
        seen=[{"body": "Mai is here"}, ("+447700900123",)],
        placement_id="Heron-42",
    )
    structlog.contextvars.clear_contextvars()
    nothing_of_the_child_is_in(lines)
    line = json.loads(lines.getvalue())
    assert line["placement_id"] == "Heron-42"
    assert line["event"] == "sent to [phone], [email], born [date]"
    assert (line["level"], line["logger"]) == ("warning", "goldenhour")


def test_the_standard_library_goes_the_same_way(lines: io.StringIO) -> None:
    """A dependency's log lines are ours to answer for."""
    logging.getLogger("somebody.else").error("could not reach %s (%s)", "+447700900123", "mai@example.org")
    structlog.stdlib.get_logger("goldenhour").info("reached %s", "+447700900123")
    nothing_of_the_child_is_in(lines)
    assert [json.loads(line)["event"] for line in lines.getvalue().splitlines()] == [
        "could not reach [phone] ([email])",
        "reached [phone]",
    ]


class Child(BaseModel):
    """Something that fails to validate and says with what."""

    age: int


def test_an_exception_shows_its_type_and_place_but_not_the_input(lines: io.StringIO) -> None:
    """Validation errors and key errors repeat what they were given; ours and the system's may speak."""
    try:
        Child.model_validate({"age": "Mai Example"})
    except ValidationError as error:
        structlog.get_logger().exception("refused")
        logging.getLogger("x").exception("refused too")
        gone = ConnectionError("no route to +447700900123")
        gone.__cause__ = error
        structlog.get_logger().error("gone", exc_info=gone)
    structlog.get_logger().error("lost", exc_info=KeyError("Mai Example"))
    nothing_of_the_child_is_in(lines)
    told = [json.loads(line)["exception"] for line in lines.getvalue().splitlines()]
    assert "ValidationError" in told[0]
    assert "test_logging.py" in told[1]
    assert "builtins.ConnectionError: no route to [phone]" in told[2]
    assert "which led to" in told[2]


def test_an_exception_that_nobody_caught_is_redacted_too(lines: io.StringIO) -> None:
    """A process that dies writes no traceback with a child in it."""
    sys.excepthook(ValueError, ValueError("Mai Example"), None)
    nothing_of_the_child_is_in(lines)
    assert json.loads(lines.getvalue())["exception"] == "builtins.ValueError"


def test_readable_logs_are_redacted_as_well() -> None:
    """The other format is no way round."""
    stream = io.StringIO()
    configure_logging("console", stream=stream)
    structlog.get_logger().info("sent", recipient="Mai Example", seconds=3)
    nothing_of_the_child_is_in(stream)
    assert "seconds" in stream.getvalue()


@pytest.mark.usefixtures("lines")
@pytest.mark.parametrize("name", ["twilio.http_client", "python_http_client.client", "httpx"])
def test_libraries_that_log_addresses_are_held_back(name: str) -> None:
    """Twilio logs numbers at INFO, SendGrid's client the key at DEBUG."""
    assert not logging.getLogger(name).isEnabledFor(logging.INFO)


NUMBERS = st.from_regex(r"(\+44|0)7[0-9]{3}[ -]?[0-9]{3} ?[0-9]{3}", fullmatch=True)
ADDRESSES = st.from_regex(r"[a-z][a-z.+]{0,8}[a-z]@[a-z]{2,8}\.(org|example|co\.uk)", fullmatch=True)
BIRTHDAYS = st.dates(date(2005, 1, 1), date(2026, 1, 1)).flatmap(
    lambda day: st.sampled_from([f"{day:%Y-%m-%d}", f"{day:%d/%m/%Y}", f"{day:%d %B %Y}", f"{day:%d.%m.%y}"])
)
WORDS = st.text(alphabet="abc xyz,;()'\n", max_size=12)


@given(WORDS, st.one_of(NUMBERS, ADDRESSES, BIRTHDAYS), WORDS)
def test_no_number_address_or_birthday_survives_in_a_text(before: str, personal: str, after: str) -> None:
    """Wherever it stands; and what is redacted once stays as it is."""
    clean = redact_text(f"{before} {personal} {after}")
    assert personal not in clean
    assert redact_text(clean) == clean


NESTED = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=20), NUMBERS, ADDRESSES),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=12,
)


@given(NESTED, st.sampled_from(["name", "home_name", "toAddress", "note", "Body", "DOB", "phone-number"]))
def test_a_personal_key_hides_whatever_stands_under_it(value: object, key: str) -> None:
    """Structures keep their shape, and the value under such a key is gone whatever it is."""
    clean = redact({"other": [value], key: "Mai Example", "deep": {"er": {key: ["Mai", {"x": "Example"}]}}})
    assert isinstance(clean, dict)
    assert clean[key] == "[redacted]"
    assert clean["deep"] == {"er": {key: "[redacted]"}}


@pytest.mark.parametrize(
    "harmless",
    [
        "placement/Heron-42",
        "Heron-42#17",
        "018f4b8e-7c6a-7abc-8def-123456789012",
        "at 2026-11-22T13:34:22.123456+00:00",
        "127.0.0.1:7233",
        "rung 3 fired after 0:05:00, 12 people, 99.5 ms",
        "check_not_recorded",
    ],
)
def test_what_an_operator_needs_stays(harmless: str) -> None:
    """Aliases, ids, instants, addresses of machines, counts."""
    assert redact_text(harmless) == harmless


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Authorization: Bearer abc123def456", "abc123def456"),
        ("postgresql+asyncpg://gh:s3cret@db/x", "s3cret"),
        ("GET /e/1?token=s3cret&n=2", "s3cret"),
        ("SG.s3cret12.x", "s3cret12"),
        ("0123456789abcdef0123456789abcdef", "0123456789abcdef"),
        ('{"name": "Mai", "n": 1}', "Mai"),
        ("k1:" + "A" * 43 + "=", "AAAA"),
    ],
)
def test_tokens_and_quoted_personal_values_go(text: str, secret: str) -> None:
    """Secrets have shapes, too."""
    assert secret not in redact_text(text)


def test_plain_values_keep_their_type_and_objects_become_their_type_name() -> None:
    """A log line stays useful; an object's repr could say anything."""
    now = datetime(2026, 11, 22, tzinfo=UTC)
    number = UUID("018f4b8e-7c6a-7abc-8def-123456789012")
    assert redact({"at": now, "fact": number, "count": 3, "child": Child(age=3)}) == {
        "at": now,
        "fact": number,
        "count": 3,
        "child": "<Child>",
    }
    assert redact(447700900123) == "[redacted]"
