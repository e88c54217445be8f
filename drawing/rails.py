"""One ladder as a ladder: two rails, time downwards and to scale, a rung at each moment, and a card for who hears what.

Rungs stand where their time is. Cards need more room than five minutes have, so they are moved apart and tied to their
rung by a line.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby

from config.wording import in_words, message_in_words, roles_in_words
from domain.names import Stage
from domain.policy import Policy, Rung
from drawing.text import HEADING, OFFSET, SMALL, WHAT, WHO, Text, paragraph

TICKS_X, LEFT, RIGHT, CARD_X = 54, 66, 94, 126
"""Where the scale's numbers end, the rails stand and the cards begin, from the left edge of a ladder."""

PAD = 12
GAP = 10
TICK_STEPS = [15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400]
"""Seconds that a scale may count by."""

CLOSEST_TICKS = 44
"""Pixels."""


@dataclass(frozen=True, slots=True)
class Card:
    """Who hears what at one moment."""

    x: float
    y: float
    width: float
    height: float
    texts: tuple[Text, ...]
    stage: Stage | None = None
    police: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """A rung across the rails, and the line to its card."""

    y: float
    card_y: float
    police: bool


@dataclass(frozen=True, slots=True)
class Zone:
    """A stretch of the rails in one stage."""

    y: float
    height: float
    stage: Stage


@dataclass(frozen=True, slots=True)
class Rails:
    """One ladder, ready to be drawn."""

    x: float
    top: float
    bottom: float
    """Where the scale ends; the rails go on, dashed, to `end`."""
    end: float
    height: float
    headings: tuple[Text, ...]
    ticks: tuple[Text, ...] = ()
    steps: tuple[Step, ...] = ()
    zones: tuple[Zone, ...] = ()
    cards: tuple[Card, ...] = field(default=())

    @property
    def left(self) -> float:
        """The left rail."""
        return self.x + LEFT

    @property
    def right(self) -> float:
        """The right rail."""
        return self.x + RIGHT

    @property
    def card_x(self) -> float:
        """Where the cards begin."""
        return self.x + CARD_X


def rails(policy: Policy, rungs: Sequence[Rung], *, heading: str, x: float, y: float, room: float) -> Rails:
    """Lay a ladder out in a column that begins at `x`, `y` and is `room` wide."""
    headings, top = _headings(heading, x, y, room)
    drafts = [_card(after, list(group), room) for after, group in groupby(rungs, key=lambda rung: rung.after)]
    last = rungs[-1].after or timedelta(minutes=1)
    length = max(sum(card.height + GAP for card in drafts), 200)
    offsets = [rung.after for (rung,) in ((next(group),) for _, group in groupby(rungs, key=lambda rung: rung.after))]
    at = [top + length * (after / last) for after in offsets]
    places = spread([one - PAD - OFFSET.leading / 2 for one in at], [card.height for card in drafts], top - PAD)
    cards = [_moved(card, x + CARD_X, place) for card, place in zip(drafts, places, strict=True)]
    closing = _moved(_closing(policy, room), x + CARD_X, max(cards[-1].y + cards[-1].height + GAP, top + length + GAP))
    steps = [Step(one, card.y + PAD + OFFSET.leading / 2, card.police) for one, card in zip(at, cards, strict=True)]
    return Rails(
        x=x,
        top=top,
        bottom=top + length,
        end=closing.y + PAD + OFFSET.leading / 2,
        height=closing.y + closing.height - y,
        headings=tuple(headings),
        ticks=tuple(_ticks(x, top, length, last)),
        steps=tuple(steps),
        zones=tuple(_zones(rungs, top, length, last)),
        cards=(*cards, closing),
    )


def spread(wanted: Sequence[float], heights: Sequence[float], top: float) -> list[float]:
    """Places for things of these heights, in order and `GAP` apart, each as near as can be to where it is wanted.

    Things that would overlap share one shift, the mean of theirs (isotonic regression); nothing is above `top`.
    """
    stacked = [0.0]
    for height in heights[:-1]:
        stacked.append(stacked[-1] + height + GAP)
    blocks: list[tuple[float, int]] = []
    for want, before in zip(wanted, stacked, strict=True):
        shift, count = max(want - before, top), 1
        while blocks and blocks[-1][0] > shift:
            other, others = blocks.pop()
            shift, count = (shift * count + other * others) / (count + others), count + others
        blocks.append((shift, count))
    shifts = [shift for shift, count in blocks for _ in range(count)]
    return [round(shift + before, 1) for shift, before in zip(shifts, stacked, strict=True)]


def offset_in_words(after: timedelta) -> str:
    """`at once`, `+5 min`."""
    return f"+{in_words(after)}" if after else "at once"


def _headings(heading: str, x: float, y: float, room: float) -> tuple[list[Text], float]:
    said, _, counted = heading.partition(" (")
    lines = paragraph(said, x=x, y=y + HEADING.leading, room=room, style=HEADING)
    below = lines[-1].y + SMALL.leading + 3
    lines += paragraph(f"{counted.rstrip(')')}; to scale", x=x, y=below, room=room, style=SMALL)
    return lines, lines[-1].y + 34


def _card(after: timedelta, rungs: list[Rung], room: float) -> Card:
    """A card at 0, 0: the offset, and for each rung of that moment who and what."""
    wide = room - CARD_X
    texts = [Text(PAD, PAD + 15, offset_in_words(after), OFFSET)]
    y = PAD + OFFSET.leading
    for rung in rungs:
        for style, words in ((WHO, roles_in_words(rung.roles)), (WHAT, message_in_words(rung))):
            lines = paragraph(words, x=PAD, y=y + style.leading - 4, room=wide - 2 * PAD, style=style)
            texts += lines
            y += len(lines) * style.leading
        y += 6
    police = any(rung.is_police for rung in rungs)
    return Card(0, 0, wide, y - 6 + PAD, tuple(texts), rungs[-1].stage, police)


def _closing(policy: Policy, room: float) -> Card:
    """What goes on after the last rung."""
    wide, repeat = room - CARD_X, policy.repeat
    texts = [Text(PAD, PAD + 15, f"then every {in_words(repeat.every)}, for ever", OFFSET)]
    y: float = PAD + OFFSET.leading
    said = '"still open", for as long as nobody knows that the child is safe'
    for style, words in ((WHO, roles_in_words(repeat.roles)), (WHAT, said)):
        lines = paragraph(words, x=PAD, y=y + style.leading - 4, room=wide - 2 * PAD, style=style)
        texts += lines
        y += len(lines) * style.leading
    return Card(0, 0, wide, y + PAD, tuple(texts))


def _moved(card: Card, x: float, y: float) -> Card:
    texts = tuple(Text(text.x + x, text.y + y, text.words, text.style, text.anchor) for text in card.texts)
    return Card(x, y, card.width, card.height, texts, card.stage, card.police)


def _ticks(x: float, top: float, length: float, last: timedelta) -> list[Text]:
    """The scale beside the left rail: round numbers, not too close."""
    seconds = last.total_seconds()
    step = next((one for one in TICK_STEPS if length * one / seconds >= CLOSEST_TICKS), TICK_STEPS[-1])
    numbers = [timedelta(seconds=one) for one in range(0, int(seconds) + 1, step)]
    return [Text(x + TICKS_X, round(top + length * (at / last) + 4, 1), _short(at), SMALL, "end") for at in numbers]


def _short(at: timedelta) -> str:
    """A tick's number, short enough for the margin: `45 s`, `1:15`, `90 min`, `2:30 h`."""
    minutes, seconds = divmod(int(at.total_seconds()), 60)
    if seconds:
        return f"{minutes}:{seconds:02}" if minutes else f"{seconds} s"
    hours, rest = divmod(minutes, 60)
    if hours < 2:  # noqa: PLR2004 - up to two hours people count in minutes
        return f"{minutes} min"
    return f"{hours}:{rest:02} h" if rest else f"{hours} h"


def _zones(rungs: Sequence[Rung], top: float, length: float, last: timedelta) -> list[Zone]:
    """The stages along the rails, each from its first rung to the next stage's."""
    starts = [(next(group).after, stage) for stage, group in groupby(rungs, key=lambda rung: rung.stage)]
    ends = [*starts[1:], (last, starts[-1][1])]
    zones = []
    for (start, stage), (end, _) in zip(starts, ends, strict=True):
        zones.append(Zone(round(top + length * (start / last), 1), round(length * ((end - start) / last), 1), stage))
    return zones
