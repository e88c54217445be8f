"""A policy as a picture for somebody who is to sign it: who hears what, when, and how long a child may be gone by then.

Pure: the same policy and day give the same SVG, byte for byte. Nothing in it comes from elsewhere (no font, no script,
no link), a shape or a word says whatever a colour says, and it follows its reader's light or dark screen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from config.wording import (
    HEADINGS,
    LEASES_INCLUDED,
    in_words,
    message_in_words,
    roles_in_words,
    suits_in_words,
    worst_in_words,
)
from config.worst_cases import WorstCase, worst_cases
from domain.names import Anchor
from domain.policy import Policy, Rung
from drawing.rails import Rails, offset_in_words, rails
from drawing.text import HEADING, OFFSET, SMALL, TITLE, WHAT, WHO, Text, paragraph
from drawing.waits import Waits, waits

WIDTH = 1200
MARGIN = 36
BETWEEN = 40
COLUMN = (WIDTH - 2 * MARGIN - BETWEEN) / 2
OFFSET_ROOM = 84
"""For the offsets of a list."""


@dataclass(frozen=True, slots=True)
class Panel:
    """A list of what comes in hours and days, in a frame."""

    x: float
    y: float
    width: float
    height: float
    texts: tuple[Text, ...]
    rules: tuple[float, ...]
    """Where a line parts one moment from the next."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """All that is on the picture."""

    width: int
    height: float
    title: str
    described: str
    texts: tuple[Text, ...]
    waits: Waits
    waits_top: float
    ladders: tuple[Rails, ...]
    panels: tuple[Panel, ...]


def draw(policy: Policy, *, from_day: date | None = None) -> str:
    """Draw a linted policy as SVG.

    Args:
        policy: a policy without mistakes.
        from_day: the day from which set times are held against clock changes; None is today (UTC).
    """
    sheet = _sheet(policy, worst_cases(policy, from_day=from_day))
    return _templates().get_template("ladder.svg.jinja").render(sheet=sheet, margin=MARGIN)


def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _sheet(policy: Policy, cases: tuple[WorstCase, ...]) -> Sheet:
    head = list(_head(policy))
    waits_top = head[-1].y + 26
    checks = waits(policy, cases, x=MARGIN + 20, y=waits_top + 62, room=WIDTH - 2 * MARGIN - 40)
    y = checks.bottom + 40
    ladders = tuple(_ladders(policy, y))
    y = max(one.height for one in ladders) + y + 36
    panels = tuple(_panels(policy, y))
    y = max((panel.y + panel.height for panel in panels), default=y - 24) + 30
    foot = list(_foot(policy, y))
    return Sheet(
        width=WIDTH,
        height=round(foot[-1].y + 30),
        title=f"{policy.title}: who hears what, when",
        described=_described(policy, cases),
        texts=(*head, *foot),
        waits=checks,
        waits_top=waits_top,
        ladders=ladders,
        panels=panels,
    )


def _head(policy: Policy) -> Sequence[Text]:
    room = WIDTH - 2 * MARGIN
    lines = paragraph(policy.title, x=MARGIN, y=MARGIN + TITLE.size, room=room, style=TITLE)
    said = f"{policy.id}, version {policy.version}; local times in {policy.timezone}"
    if policy.suits:
        said += f"; written for {suits_in_words(policy).replace('; ', ' and ')}"
    if policy.demonstration:
        said += "; for demonstration homes only"
    return [*lines, *paragraph(said, x=MARGIN, y=lines[-1].y + 26, room=room, style=WHAT)]


def _ladders(policy: Policy, y: float) -> Sequence[Rails]:
    """The two ladders of the first hours, side by side."""
    laid: list[Rails] = []
    for anchor in (Anchor.DUE, Anchor.DECLARED):
        if rungs := [rung for _, rung in policy.rungs(anchor)]:
            x = MARGIN + len(laid) * (COLUMN + BETWEEN)
            laid.append(rails(policy, rungs, heading=HEADINGS[anchor], x=x, y=y, room=COLUMN))
    return laid


def _panels(policy: Policy, y: float) -> Sequence[Panel]:
    """The lists of the hours and days after it."""
    panels: list[Panel] = []
    for anchor in (Anchor.OPENED, Anchor.RETURNED):
        if rungs := [rung for _, rung in policy.rungs(anchor)]:
            panels.append(_panel(rungs, HEADINGS[anchor], x=MARGIN + len(panels) * (COLUMN + BETWEEN), y=y))
    return panels


def _panel(rungs: Sequence[Rung], heading: str, *, x: float, y: float) -> Panel:
    said, _, counted = heading.partition(" (")
    texts = paragraph(said, x=x + 18, y=y + 32, room=COLUMN - 36, style=HEADING)
    texts += paragraph(counted.rstrip(")"), x=x + 18, y=texts[-1].y + 20, room=COLUMN - 36, style=SMALL)
    at, rules = texts[-1].y + 20, []
    for number, rung in enumerate(rungs):
        if not number or rung.after != rungs[number - 1].after:
            rules.append(at)
            texts.append(Text(x + 18 + OFFSET_ROOM, at + 23, offset_in_words(rung.after), OFFSET, "end"))
        at += 8
        for style, words in ((WHO, roles_in_words(rung.roles)), (WHAT, message_in_words(rung))):
            left = x + 18 + OFFSET_ROOM + 18
            lines = paragraph(words, x=left, y=at + 15, room=x + COLUMN - 18 - left, style=style)
            texts += lines
            at += len(lines) * style.leading
        at += 7
    return Panel(x, y, COLUMN, at - y + 8, tuple(texts), tuple(rules))


def _foot(policy: Policy, y: float) -> Sequence[Text]:
    lease = policy.lease
    said = (
        f'"I have it" holds the ladder back for {in_words(lease.first)}, and can be extended {lease.extensions} times '
        f"with a reason; then what was held back goes out at once. {LEASES_INCLUDED}"
    )
    return paragraph(said, x=MARGIN, y=y, room=WIDTH - 2 * MARGIN, style=WHAT)


def _described(policy: Policy, cases: tuple[WorstCase, ...]) -> str:
    """The picture in words, for whoever hears it."""
    worst = "; ".join(worst_in_words(case) for case in cases)
    said = [f'Worst case from leaving to "call the police": {worst}.']
    for anchor in Anchor:
        steps = [
            f"after {in_words(rung.after)}, {roles_in_words(rung.roles)}: {message_in_words(rung)}"
            for _, rung in policy.rungs(anchor)
        ]
        if steps:
            said.append(f"{HEADINGS[anchor]}: {'; '.join(steps)}.")
    return " ".join(said)
