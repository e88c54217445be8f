"""A rehearsed night as a picture: one panel a situation, one lane a person, all on the same axis of minutes.

Shape tells the channel and a cross a failure; colour only helps. The picture follows its reader's light or dark screen.
Pure: plain data in, SVG out.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from domain.names import Channel

WIDTH = 1120.0
PLOT_LEFT, PLOT_RIGHT = 196.0, 1088.0
HEADER = 104.0
LANE = 22.0
PANEL_HEAD = 62.0
PANEL_FOOT = 44.0
BETWEEN = 5.0
"""Marks nearer than this, in pixels, melt into one stroke."""

STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 240, 360, 720, 1440)
"""Minutes from one tick to the next."""
MOST_TICKS = 13
HOUR = 60

OFFSETS = {Channel.SMS: -4.5, Channel.VOICE: 0.0, Channel.EMAIL: 4.5}
"""Within a lane texts run above, e-mails below, so that two at one instant don't hide each other."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A message to the lane's person, `minute` after the beginning."""

    minute: float
    channel: Channel
    failed: bool = False
    held_from: float | None = None
    """When it would have gone out, had nobody had the child's safety in hand."""


@dataclass(frozen=True, slots=True)
class Band:
    """The lane's person has it in hand."""

    begins: float
    ends: float


@dataclass(frozen=True, slots=True)
class Lane:
    """One person."""

    label: str
    marks: tuple[Mark, ...]
    bands: tuple[Band, ...] = ()


@dataclass(frozen=True, slots=True)
class Panel:
    """One situation."""

    title: str
    note: str
    """What it comes to, in a sentence or two."""
    lanes: tuple[Lane, ...]
    police: float | None = None
    """The minute at which people were told to ring the police."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that is drawn."""

    title: str
    counted_from: str
    """What the minutes count from, such as `the check was due`."""
    minutes: float
    """The length of the axis."""
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on the axis."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Stroke:
    """One mark, or several that are too near each other to be told apart."""

    left: float
    right: float
    y: float
    kind: str
    said: str
    """What a screen reader, or the pointer resting on it, tells."""
    held: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A lane in its place."""

    label: str
    y: float
    bands: tuple[tuple[float, float], ...]
    strokes: tuple[Stroke, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """A panel in its place."""

    title: str
    note: str
    top: float
    lanes_top: float
    bottom: float
    rows: tuple[Row, ...]
    police: float | None


def draw(picture: Picture) -> str:
    """The picture as SVG."""
    frames = tuple(_frames(picture))
    return (
        _templates()
        .get_template("night.svg.jinja")
        .render(
            picture=picture,
            frames=frames,
            ticks=_ticks(picture.minutes),
            width=WIDTH,
            height=frames[-1].bottom + PANEL_FOOT if frames else HEADER,
            left=PLOT_LEFT,
            right=PLOT_RIGHT,
            lane=LANE,
            described=" ".join(f"{panel.title}: {panel.note}" for panel in picture.panels),
        )
    )


def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _frames(picture: Picture) -> Iterator[Frame]:
    top = HEADER
    for panel in picture.panels:
        lanes_top = top + PANEL_HEAD
        bottom = lanes_top + LANE * len(panel.lanes)
        yield Frame(
            title=panel.title,
            note=panel.note,
            top=top,
            lanes_top=lanes_top,
            bottom=bottom,
            rows=tuple(
                _row(lane, lanes_top + LANE * (place + 0.5), picture.minutes) for place, lane in enumerate(panel.lanes)
            ),
            police=_x(panel.police, picture.minutes) if panel.police is not None else None,
        )
        top = bottom + PANEL_FOOT


def _row(lane: Lane, y: float, minutes: float) -> Row:
    return Row(
        label=lane.label,
        y=y,
        bands=tuple(
            (_x(band.begins, minutes), _x(min(band.ends, minutes), minutes))
            for band in lane.bands
            if band.begins <= minutes
        ),
        strokes=tuple(_strokes(lane, y, minutes)),
    )


def _strokes(lane: Lane, y: float, minutes: float) -> Iterator[Stroke]:
    kinds = sorted({(one.channel, one.failed) for one in lane.marks})
    for channel, failed in kinds:
        mine = sorted(
            (one for one in lane.marks if (one.channel, one.failed) == (channel, failed)), key=lambda one: one.minute
        )
        for group in _melted(mine, minutes):
            yield _stroke(group, lane.label, y + OFFSETS[channel], minutes)


def _melted(marks: Iterable[Mark], minutes: float) -> list[list[Mark]]:
    """Marks in groups: each nearer to the one before it than the eye can part."""
    groups: list[list[Mark]] = []
    for mark in marks:
        near = groups and _x(mark.minute, minutes) - _x(groups[-1][-1].minute, minutes) < BETWEEN
        if near:
            groups[-1].append(mark)
        else:
            groups.append([mark])
    return groups


def _stroke(group: list[Mark], label: str, y: float, minutes: float) -> Stroke:
    first, last = group[0], group[-1]
    channel = "e-mail" if first.channel is Channel.EMAIL else "voice call" if first.channel is Channel.VOICE else "SMS"
    failed = ", failed" if first.failed else ""
    when = f"{_minute(first.minute)}" + (f" to {_minute(last.minute)}, {len(group)} times" if len(group) > 1 else "")
    held = f", held back from {_minute(first.held_from)}" if first.held_from is not None else ""
    left, right = _x(first.minute, minutes), _x(last.minute, minutes)
    return Stroke(
        left=left,
        right=right if right - left >= BETWEEN else left,
        y=y,
        kind="failed" if first.failed else first.channel.value,
        said=f"{label}: {channel}{failed} at {when}{held}",
        held=_x(first.held_from, minutes) if first.held_from is not None else None,
    )


def _ticks(minutes: float) -> tuple[Tick, ...]:
    step = next((one for one in STEPS if minutes / one < MOST_TICKS), STEPS[-1])
    unit, word = (HOUR, "h") if step >= HOUR else (1, "min")
    return tuple(Tick(_x(at, minutes), f"{at // unit} {word}") for at in range(0, int(minutes) + 1, step))


def _minute(at: float) -> str:
    """A minute of the axis as people say it."""
    whole = int(at)
    if at < whole + 1 / 60:
        return f"{whole} min"
    return f"{whole} min {int((at - whole) * 60)} s"


def _x(minute: float, minutes: float) -> float:
    return round(PLOT_LEFT + (PLOT_RIGHT - PLOT_LEFT) * minute / minutes, 1)
