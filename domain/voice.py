"""What a call says, and what its keys mean. A call is for the ear, at night, to somebody who was asleep a moment ago.

The words are made from a `Situation`, like those of every message: its type can hold no name, address, date of birth,
home or nationality. They are made when a person has answered, not when the call is placed, because only then is it
known that no machine listens. What the call is about travels with it in its address, so that it can be spoken while the
store is away; `packed` and `unpacked` are the only way in and out of there, and let nothing else through.
"""

import re
from collections.abc import Sequence

from domain.messages import Situation, happened, what_to_do
from domain.names import Ending, Response, Role, Stage, Template
from domain.words import WORDS

TAKE, CANNOT, NUMBER = "1", "2", "3"
"""The keys of the menu."""

ANSWERS = {TAKE: Response.TAKE, CANNOT: Response.CANNOT}
"""The keys that answer for the child; the third only tells a number."""

MENU = "Press 1 to take it, 2 if you cannot, 3 to hear the number to ring."

_DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_EMERGENCY = re.compile(r"\b(999|101)\b")
_FOR_THE_EAR = (("their ref.", "their reference."), ("tap Not here.", "report that the child is not here."))
_REFERENCE = re.compile(r"([A-Z]{2,12}(-[A-Z0-9]{1,12}){0,2})?", re.ASCII)
"""Empty for a notice, which is about no child."""
_TIME = re.compile(r"([01]\d|2[0-3])[0-5]\d", re.ASCII)
_BETWEEN = "."
_EXERCISE = "exercise"


def script(situation: Situation) -> str:
    """Everything that is spoken before the menu: the reference, what is due, what to do."""
    told = happened(situation)
    opening = "This is an exercise. " if situation.exercise else ""
    about = f"Reference {reference_for_the_ear(situation.reference)}. " if situation.reference else ""
    return (
        f"{opening}This is Golden Hour. {about}"
        f"{_for_the_ear(told[:1].upper() + told[1:])} {_for_the_ear(what_to_do(situation))}"
    )


def who(roles: Sequence[Role]) -> str:
    """What a phone is asked that several people share, before an answer counts: who of them it is, by role."""
    keys = ", ".join(f"{key} if you are the {role.label}" for key, role in enumerate(roles, start=1))
    return f"Several people share this phone. Press {keys}."


def is_answerable(template: Template) -> bool:
    """Whether a key can be pressed: to take a stand-down would mean nothing."""
    return WORDS[template].answerable


def reference_for_the_ear(reference: str) -> str:
    """HERON-42 as `Heron, four, two`: forty-two and forty-three sound alike on a bad line."""
    spoken: list[str] = []
    for part in reference.split("-"):
        spoken += [_DIGITS[int(digit)] for digit in part] if _is_number(part) else [part.capitalize()]
    return ", ".join(spoken)


def number_for_the_ear(number: str) -> str:
    """A telephone number digit by digit, as it is dialled in the United Kingdom."""
    dialled = "0" + number.removeprefix("+44") if number.startswith("+44") else number
    opening = "plus, " if dialled.startswith("+") else ""
    return opening + ", ".join(_DIGITS[int(digit)] for digit in dialled if _is_number(digit))


def packed(situation: Situation) -> str:
    """What a call is about, as a part of its address: reference, template, time, and how it stands. Nothing else.

    Only letters, digits, `-`, `_` and `.`: the address is signed as it is written, and nobody on its way may quote it
    in a way of their own.
    """
    return _BETWEEN.join(
        (
            situation.reference,
            situation.template,
            situation.at.replace(":", ""),
            situation.stage or "",
            situation.ending or "",
            _EXERCISE if situation.exercise else "",
        )
    )


def unpacked(text: str) -> Situation | None:
    """What `packed` wrote; None for anything else."""
    parts = text.split(_BETWEEN)
    if len(parts) != len(("reference", "template", "at", "stage", "ending", "exercise")):
        return None
    reference, template, at, stage, ending, exercise = parts
    if not _REFERENCE.fullmatch(reference) or not _TIME.fullmatch(at) or exercise not in {"", _EXERCISE}:
        return None
    try:
        return Situation(
            template=Template(template),
            reference=reference,
            at=f"{at[:2]}:{at[2:]}",
            stage=Stage(stage) if stage else None,
            ending=Ending(ending) if ending else None,
            exercise=bool(exercise),
        )
    except ValueError:
        return None


def _for_the_ear(words: str) -> str:
    """As it is to be heard: 999 is three nines and no thousand, and nobody taps a call."""
    for written, spoken in _FOR_THE_EAR:
        words = words.replace(written, spoken)
    return _EMERGENCY.sub(lambda number: ", ".join(_DIGITS[int(digit)] for digit in number[0]), words)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal()
