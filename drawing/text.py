"""Words on a picture: how wide they get, and where they break. A picture can't ask its reader's fonts."""

import re
from dataclasses import dataclass

NARROWEST = frozenset("ijl.,:;'|")
NARROW = frozenset("ftrI!()[]- \u00a0")
WIDE = frozenset("mwMW%@+")
LATIN = 0x24F
"""The last letter of the alphabets that the measures are taken from; beyond it, a letter counts as a wide one."""

NUMBER_AND_UNIT = re.compile(r"(?<=\d) (?=(?:min|h|d|s)\b)")


@dataclass(frozen=True, slots=True)
class Style:
    """A kind of text: its class in the drawing, its size in pixels, and how far lines are apart."""

    name: str
    size: float
    leading: float
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """One line at a place: `x` and `y` of its baseline."""

    x: float
    y: float
    words: str
    style: Style
    anchor: str = "start"


TITLE = Style("title", 28, 34, bold=True)
HEADING = Style("heading", 18, 24, bold=True)
OFFSET = Style("offset", 15, 20, bold=True)
WHO = Style("who", 14, 19, bold=True)
WHAT = Style("what", 13.5, 18)
SMALL = Style("small", 12.5, 17)


def width(words: str, style: Style) -> float:
    """About how many pixels a line takes in the widest of the usual fonts, so that it fits in all of them."""
    return sum(_ems(letter) for letter in words) * style.size * (1.13 if style.bold else 1)


def _ems(letter: str) -> float:
    if letter in NARROWEST:
        return 0.32
    if letter in NARROW:
        return 0.4
    if letter in WIDE or ord(letter) > LATIN:
        return 1.0
    return 0.7 if letter.isupper() else 0.63


def wrap(words: str, room: float, style: Style) -> list[str]:
    """Lines of at most `room` pixels; a single word that is wider is cut, a number stays with its unit."""
    lines: list[str] = []
    for word in NUMBER_AND_UNIT.sub("\u00a0", words).split(" "):
        joined = f"{lines[-1]} {word}" if lines else word
        if lines and width(joined, style) <= room:
            lines[-1] = joined
            continue
        left = word
        while width(left, style) > room:
            fits = next(n for n in range(len(left), 0, -1) if n == 1 or width(left[:n], style) <= room)
            lines.append(left[:fits])
            left = left[fits:]
        if left:
            lines.append(left)
    return lines or [""]


def paragraph(words: str, *, x: float, y: float, room: float, style: Style) -> list[Text]:
    """The wrapped lines from a first baseline on; the next free baseline is `y + len(lines) * leading`."""
    return [Text(x, y + number * style.leading, line, style) for number, line in enumerate(wrap(words, room, style))]
