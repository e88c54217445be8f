"""Codes and links: what they are, how long they hold, how often they may be asked for."""

from datetime import UTC, datetime, timedelta

import pytest

from domain import verification
from domain.messages import fits_sms
from domain.names import Channel

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
ID, OTHER = "01931e4a-7c1b-7a52-9d3e-5f6a7b8c9d01", "01931e4a-7c1b-7a52-9d3e-5f6a7b8c9d02"
KEY = b"k" * 32


def test_a_code_has_six_digits_and_is_its_verifications_own() -> None:
    """Nobody makes it without the key; noughts at the front count."""
    codes = {verification.code(KEY, str(number)) for number in range(3000)}
    assert all(len(one) == 6 and one.isascii() and one.isdecimal() for one in codes)
    assert any(one.startswith("0") for one in codes)
    assert len(codes) > 2900
    assert verification.code(KEY, ID) == verification.code(KEY, ID) != verification.code(b"x" * 32, ID)


@pytest.mark.parametrize("written", ["{}", " {} ", "{:.3} {}"])
def test_a_code_is_right_however_it_is_spaced(written: str) -> None:
    """As people type it from a phone."""
    code = verification.code(KEY, ID)
    typed = f"{code[:3]} {code[3:]}" if written.startswith("{:") else written.format(code)
    assert verification.is_right(KEY, ID, typed)
    assert not verification.is_right(KEY, OTHER, typed)


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "٤٨٢١٩٣", "\u202e", "💥"])
def test_anything_else_is_wrong_and_no_error(typed: str) -> None:
    """Also what is no digit at all."""
    assert not verification.is_right(KEY, ID, typed)


def test_an_altered_link_is_nobodys() -> None:
    """Another verification's signature, none, or one of another installation."""
    token = verification.token(KEY, ID)
    assert verification.verified_id(KEY, token) == ID
    for wrong in ("", ".", ID, f"{ID}.", token[:-1], f"{token}0", token.replace(ID, OTHER), "ü.ü"):
        assert verification.verified_id(KEY, wrong) is None
    assert verification.verified_id(b"x" * 32, token) is None
    assert verification.code(KEY, ID) not in token


def test_how_long_they_hold() -> None:
    """A code while somebody waits for it, a link until the mail is read."""
    assert verification.expires_at(Channel.SMS, NOW) - NOW == timedelta(minutes=10)
    assert verification.expires_at(Channel.VOICE, NOW) - NOW == timedelta(minutes=10)
    assert verification.expires_at(Channel.EMAIL, NOW) - NOW == timedelta(hours=24)


def test_nobody_can_be_pestered() -> None:
    """Three in an hour, ten in a day, to the second."""
    assert verification.too_many([NOW] * 2, NOW) is None
    assert "within the hour" in (verification.too_many([NOW] * 3, NOW) or "")
    assert verification.too_many([NOW - timedelta(hours=1)] * 3, NOW) is None
    assert "within a day" in (verification.too_many([NOW - timedelta(hours=2)] * 10, NOW) or "")


def test_the_words_fit_and_say_what_to_do() -> None:
    """One text; a call that spells; an e-mail with the link."""
    assert fits_sms(verification.text("000000", "23:59", "WWW"))
    assert "four, eight, two, one, nine, three" in verification.script("482193")
    assert "https://x.example/confirm/t" in verification.email("https://x.example/confirm/t")
    assert verification.SUBJECT.startswith("OFFICIAL-SENSITIVE")
