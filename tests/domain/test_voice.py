"""What a call says: for the ear, and nothing that could tell who the child is."""

import dataclasses
import re
from itertools import product

import pytest

from domain.messages import Situation
from domain.names import Ending, Role, Stage, Template
from domain.voice import MENU, is_answerable, number_for_the_ear, packed, reference_for_the_ear, script, unpacked

FORBIDDEN = ("traffick", "missing child", "name", "address", "born", "nationality")
FULL = Situation(
    template=Template.UNACCOUNTED,
    reference="HERON-42",
    at="21:30",
    tag="QQQ",
    code="4821",
    exercise=True,
    late_minutes=9999,
    lapsed_role=Role.RESPONSIBLE_INDIVIDUAL,
    lapsed_minutes=777,
    next_role=Role.NEIGHBOURING_AUTHORITY,
    next_at="22:22",
    link="https://alerts.example.org/episodes/Heron-42-1",
)
"""Everything that a situation can hold; of most of it a call says nothing."""


def situation(template: Template) -> Situation:
    """The fullest situation with these words."""
    return dataclasses.replace(FULL, template=template)


def test_a_call_says_the_reference_what_is_due_and_what_to_do() -> None:
    """In the order in which somebody wakes up."""
    assert script(dataclasses.replace(FULL, exercise=False)) == (
        "This is Golden Hour. Reference Heron, four, two. "
        "21:30 check still not recorded, unaccounted for. Ring the home, then take this."
    )
    assert script(FULL).startswith("This is an exercise. This is Golden Hour. ")


def test_the_police_number_is_three_nines() -> None:
    """Nobody dials nine hundred and ninety-nine."""
    spoken = script(dataclasses.replace(situation(Template.CALL_THE_POLICE), exercise=False))
    assert "nine, nine, nine if in danger, else one, zero, one." in spoken
    assert "their reference." in spoken


@pytest.mark.parametrize("template", Template)
def test_no_call_says_what_it_must_not(template: Template) -> None:
    """Rule 8: no code, link, role or tag either, and no digits but the time; it takes half a minute at most."""
    spoken = script(situation(template))
    assert [word for word in FORBIDDEN if word in spoken.lower()] == []
    assert [part for part in ("4821", "QQQ", "http", "{", "777", "9999") if part in spoken] == []
    assert re.findall(r"\d", spoken.replace("21:30", "")) == []
    assert len(f"{spoken} {MENU}".split()) < 70


def test_a_notice_by_call_names_no_reference() -> None:
    """There is none, on either side of its journey."""
    notice = Situation(template=Template.TEXTS_STARTED, reference="", at="21:30")
    assert unpacked(packed(notice)) == notice
    assert script(notice).startswith("This is Golden Hour. Somebody gets our texts again since 21:30.")


def test_only_what_can_be_taken_has_a_menu() -> None:
    """To take a stand-down would mean nothing."""
    assert is_answerable(Template.CHECK_NOT_RECORDED)
    assert not is_answerable(Template.STAND_DOWN)


@pytest.mark.parametrize(
    ("reference", "spoken"),
    [("HERON-42", "Heron, four, two"), ("OTTER-9070", "Otter, nine, zero, seven, zero"), ("WATCHDOG", "Watchdog")],
)
def test_a_reference_is_spelled(reference: str, spoken: str) -> None:
    """Forty-two and forty-three sound alike on a bad line."""
    assert reference_for_the_ear(reference) == spoken


@pytest.mark.parametrize(
    ("number", "spoken"),
    [
        ("+442079460018", "zero, two, zero, seven, nine, four, six, zero, zero, one, eight"),
        ("+35312345", "plus, three, five, three, one, two, three, four, five"),
        ("0161 496 0000", "zero, one, six, one, four, nine, six, zero, zero, zero, zero"),
        ("٣", ""),
    ],
)
def test_a_number_is_told_digit_by_digit(number: str, spoken: str) -> None:
    """As it is dialled."""
    assert number_for_the_ear(number) == spoken


@pytest.mark.parametrize("template", Template)
def test_what_a_call_is_about_survives_its_journey(template: Template) -> None:
    """The words are the same on the other side, and no character of it needs quoting in an address."""
    for stage, ending, exercise in product([None, *Stage], [None, *Ending], [True, False]):
        before = dataclasses.replace(FULL, template=template, stage=stage, ending=ending, exercise=exercise)
        text = packed(before)
        after = unpacked(text)
        assert after is not None
        assert script(after) == script(before)
        assert re.fullmatch(r"[A-Za-z0-9._-]+", text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "HERON-42",
        "Heron-42.unaccounted.2130...",
        "HERON-42.unaccounted.2460...",
        "HERON-42.unaccounted.2130..",
        "HERON-42.unaccounted.2130....",
        "HERON-42.unheard_of.2130...",
        "HERON-42.unaccounted.2130.gone..",
        "HERON-42.unaccounted.2130...drill",
        "Mary Smith.unaccounted.2130...",
        "HERON-٤٢.unaccounted.2130...",
        "HERON-42.unaccounted.٢١٣٠...",
    ],
)
def test_nothing_else_is_let_through(text: str) -> None:
    """Whoever signs an address can't make a call say words of their own."""
    assert unpacked(text) is None
