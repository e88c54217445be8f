"""How long a child may be gone: a bar for each row of the check plan, until the next check, then until the police."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from config.wording import checks_in_words, days_in_words, in_words
from config.worst_cases import WorstCase
from domain.policy import CheckPlanRow, Policy
from drawing.text import OFFSET, SMALL, WHAT, WHO, Text, paragraph, width

BAR = 24
BETWEEN = 8
PART_ROOM = 96
"""Room to the left of a bar for the part of the day."""

TOTAL_ROOM = 132
"""Room to the right of the longest bar for its total."""


@dataclass(frozen=True, slots=True)
class Bar:
    """The wait until the next check is due, and the ladder until somebody is told to call the police."""

    x: float
    y: float
    wait: float
    ladder: float
    texts: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Waits:
    """The check plan, ready to be drawn."""

    texts: tuple[Text, ...]
    bars: tuple[Bar, ...]
    bottom: float


def waits(policy: Policy, cases: tuple[WorstCase, ...], *, x: float, y: float, room: float) -> Waits:
    """Lay out the check plan: words on the left, bars to one scale on the right."""
    words_room = room * 0.42
    bars_x = x + words_room + PART_ROOM
    scale = (room - words_room - PART_ROOM - TOTAL_ROOM) / max(case.longest for case in cases).total_seconds()
    texts: list[Text] = []
    bars: list[Bar] = []
    for row, case in zip(policy.check_plan, cases, strict=True):
        said = list(_words(policy, row, only=len(cases) == 1, x=x, y=y, room=words_room))
        drawn = [
            _bar(part, wait, total, x=bars_x, y=y + number * (BAR + BETWEEN), scale=scale)
            for number, (part, wait, total) in enumerate(_parts(case))
        ]
        texts += said
        bars += drawn
        y = max(said[-1].y + 24, drawn[-1].y + BAR + 20)
    return Waits(tuple(texts), tuple(bars), y - 14)


def _parts(case: WorstCase) -> list[tuple[str, timedelta, timedelta]]:
    if (case.waking, case.waking_wait) == (case.sleeping, case.sleeping_wait):
        return [("", case.waking_wait, case.waking)]
    return [("waking", case.waking_wait, case.waking), ("sleeping", case.sleeping_wait, case.sleeping)]


def _words(policy: Policy, row: CheckPlanRow, *, only: bool, x: float, y: float, room: float) -> Iterator[Text]:
    yield from (lines := paragraph(days_in_words(row, only=only), x=x, y=y + 16, room=room, style=OFFSET))
    below = lines[-1].y + WHO.leading
    yield from (lines := paragraph(f"seen {checks_in_words(row)}", x=x, y=below, room=room, style=WHAT))
    small = f"overdue {in_words(row.grace)} after due"
    if row.remind_before:
        small += f"; the home's screen prompts {in_words(row.remind_before)} before"
    if not row.times and row.waking != row.sleeping:
        small += f"; waking hours from {policy.day.waking_from:%H:%M}, sleeping from {policy.day.sleeping_from:%H:%M}"
    yield from paragraph(small, x=x, y=lines[-1].y + SMALL.leading + 1, room=room, style=SMALL)


def _bar(part: str, wait: timedelta, total: timedelta, *, x: float, y: float, scale: float) -> Bar:
    """One bar, with its numbers inside where they fit, and the total beside it."""
    first, second = wait.total_seconds() * scale, (total - wait).total_seconds() * scale
    inside = [(in_words(wait), x, first), (in_words(total - wait), x + first, second)]
    texts = [
        Text(round(left + room / 2, 1), y + 17, words, SMALL, "middle")
        for words, left, room in inside
        if width(words, SMALL) + 8 <= room
    ]
    texts.append(Text(round(x + first + second + 10, 1), y + 17, in_words(total), OFFSET))
    if part:
        texts.append(Text(x - 10, y + 17, part, SMALL, "end"))
    return Bar(x, y, round(first, 1), round(second, 1), tuple(texts))
