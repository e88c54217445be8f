"""The table and the chart of a run."""

from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from benchmarks.verdict import Measure

HEADINGS = ("measure", "ours", "floor", "ratio", "bar", "verdict")
NONE = "-"
"""A cell with nothing in it."""
OF_FLOOR = "\N{MULTIPLICATION SIGN} floor"
TO = "\N{EN DASH}"
WIDEST = 1.6
"""Where a bar of the chart ends that is longer than this share of what is allowed."""

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


def number(value: float, unit: str) -> str:
    """A number as a person reads it: three digits that matter, and its unit."""
    text = f"{value:.0f}" if value >= 100 or value == int(value) else f"{value:.3g}"  # noqa: PLR2004 - three digits
    return f"{text} {unit}".rstrip()


def with_spread(value: float, unit: str, spread: tuple[float, float] | None) -> str:
    """A median with the smallest and the largest of its rounds behind it."""
    if spread is None or spread[0] == spread[1]:
        return number(value, unit)
    return f"{number(value, unit)} ({number(spread[0], '')}{TO}{number(spread[1], '')})"


def allowed(measure: Measure) -> str:
    """The bar in words."""
    of = f" {OF_FLOOR}" if measure.floor is not None else f" {measure.unit}".rstrip()
    return f"{measure.sense} {measure.bar:g}{of}"


def _floor(measure: Measure) -> str:
    if measure.floor is not None:
        return with_spread(measure.floor, measure.unit, measure.floor_spread)
    return NONE if measure.beside is None else number(measure.beside, measure.unit)


def row(measure: Measure) -> tuple[str, ...]:
    """A measure as the table shows it."""
    return (
        measure.name,
        with_spread(measure.value, measure.unit, measure.spread),
        _floor(measure),
        f"{measure.ratio:.2f}" if measure.floor is not None else NONE,
        allowed(measure),
        measure.verdict,
    )


def as_text(measures: Sequence[Measure]) -> str:
    """The table for people."""
    rows = [HEADINGS, *(row(one) for one in measures)]
    widths = [max(len(cells[column]) for cells in rows) for column in range(len(HEADINGS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip() for cells in rows]
    return "\n".join([lines[0], "  ".join("─" * width for width in widths), *lines[1:]]) + "\n"


def as_svg(measures: Sequence[Measure], *, title: str) -> str:
    """The chart: how much of what is allowed each measure uses up. What is missed is hatched and says so in words."""
    lines = [
        {
            "name": one.name,
            "share": min(one.used, WIDEST),
            "cut": one.used > WIDEST,
            "said": f"{number(one.ratio, OF_FLOOR if one.floor is not None else one.unit)}, {allowed(one)}",
            "met": one.met,
            "verdict": one.verdict,
        }
        for one in measures
    ]
    return _TEMPLATES.get_template("chart.svg.j2").render(title=title, lines=lines, widest=WIDEST)
