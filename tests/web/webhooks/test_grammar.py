"""What tired people type, and what it means."""

# ruff: noqa: RUF001 - phones write such quotes and digits

import pytest

from domain.replies import Parsed, ReplyKind, parse

TAKE, CANNOT, CLAIM, HELP = ReplyKind.TAKE, ReplyKind.CANNOT, ReplyKind.CLAIM, ReplyKind.HELP
CARRIER, UNCLEAR = ReplyKind.CARRIER, ReplyKind.UNCLEAR

FORMS = [
    *((text, TAKE, None) for text in ("Y", "y", " yes ", "Yes.", "1", "ok", "OK!", "a", "ack", "k", "👍", "on it")),
    *((text, TAKE, None) for text in ("yes please", "I'll take it", "got it", "“Y”")),
    *((text, TAKE, "4821") for text in ("Y 4821", "Y4821", "y4821.", '"Y 4821"', "'y 4821'", "“Y 4821”", "Y-4821")),
    *((text, TAKE, "4821") for text in ("4821", " 4821 ", "4821 y", "4821 ok", "ack4821", "ack4821      ", "1 4821")),
    *((text, TAKE, "4821") for text in ("Y: 48 21", "Ｙ ４８２１", "y\n4821", "Y code 4821", "Y #4821", "yes 4821 ta")),
    *((text, CANNOT, None) for text in ("N", "no", "No.", "cannot", "can't", "CAN’T", "I cannot", "no sorry")),
    *((text, CANNOT, "4821") for text in ("N 4821", "n4821", "4821 no", "I can’t 4821")),
    *((text, CLAIM, None) for text in ("C", "c", "here", "child is here", "The child is here.", "She is here")),
    *((text, CLAIM, "4821") for text in ("C 4821", "c4821", "'4821c'", "4821 child is here")),
    *((text, HELP, None) for text in ("?", "??", "help", "HELP ME", "who is this", "What is this?")),
    *((text, CARRIER, None) for text in ("STOP", "stop", "Stop.", "START", "unstop", "CANCEL", "END", "quit")),
    *((text, UNCLEAR, None) for text in ("", " ", "please stop", "not here", "is she here?", "Y?", "maybe", "2")),
    *((text, UNCLEAR, None) for text in ("close 4", "100aa", "ack198", "14821", "Y 48211", "-", "١٢٣٤", "y" * 200)),
    ("not here 4821", UNCLEAR, "4821"),
    ("Y 4821 5932", UNCLEAR, None),
    ("2 4821 Y N", UNCLEAR, "4821"),
    ("don't take 4821", UNCLEAR, "4821"),
]


@pytest.mark.parametrize(("text", "kind", "code"), FORMS)
def test_a_reply_means_what_its_author_meant(text: str, kind: ReplyKind, code: str | None) -> None:
    """In any case, order and spacing, with quotes or without; anything else is not guessed at."""
    assert parse(text) == Parsed(kind, code)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Y 4821 2", Parsed(TAKE, "4821", who=2)),
        ("4821 2", Parsed(TAKE, "4821", who=2)),
        ("n 4821 1.", Parsed(CANNOT, "4821", who=1)),
        ("c 2", Parsed(CLAIM, who=2)),
        ("Y HERON-42 3", Parsed(TAKE, reference="HERON-42", who=3)),
        ("2", Parsed(UNCLEAR)),
        ("close 4", Parsed(UNCLEAR)),
        ("Y 4821 0", Parsed(UNCLEAR, "4821")),
        ("Y 4821 12", Parsed(UNCLEAR, "4821")),
    ],
)
def test_a_last_digit_says_who_of_those_who_share_a_phone(text: str, expected: Parsed) -> None:
    """Alone it says nothing: it may be a slip."""
    assert parse(text) == expected


def test_a_reference_stands_for_a_code() -> None:
    """People copy what they see."""
    assert parse("y heron-42") == Parsed(TAKE, reference="HERON-42")
    assert parse("C HERON-42.") == Parsed(CLAIM, reference="HERON-42")
    assert parse("HERON-42").kind is UNCLEAR
    assert parse("Y HERON-42 OTTER-17").kind is UNCLEAR


def test_no_text_takes_long() -> None:
    """A text comes from outside: it is cut before it is read."""
    assert parse("Y 4821 " * 100_000).kind is UNCLEAR
