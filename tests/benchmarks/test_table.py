"""The table and the chart that a person reads."""

import xml.etree.ElementTree as ET

from benchmarks.table import as_svg, as_text, number
from benchmarks.verdict import Measure

MET = Measure("one deadline", "ms", 15.0, 1.6, floor=10.0, spread=(14.0, 19.0), floor_spread=(9.0, 12.0))
MISSED = Measure("check-ins <by HTTP> & more", "/s", 4.0, 0.5, floor=10.0, sense="at least")
COUNT = Measure("history events", "events", 7.0, 8, beside=7.0)
SVG = "{http://www.w3.org/2000/svg}"


def test_each_measure_is_a_line_with_value_floor_ratio_bar_and_verdict() -> None:
    """Everything that the verdict stands on is in its line, the spread of the rounds included."""
    heading, _, one, other, count = as_text([MET, MISSED, COUNT]).splitlines()
    assert heading.split() == ["measure", "ours", "floor", "ratio", "bar", "verdict"]
    assert "15 ms (14\N{EN DASH}19)" in one
    assert "10 ms (9\N{EN DASH}12)" in one
    assert "1.50" in one
    assert one.split()[-6:] == ["at", "most", "1.6", "\N{MULTIPLICATION SIGN}", "floor", "met"]
    assert other.split()[-6:] == ["at", "least", "0.5", "\N{MULTIPLICATION SIGN}", "floor", "MISSED"]
    assert count.split("  ")[0] == "history events"
    assert count.count("7 events") == 2


def test_a_number_shows_three_digits_that_matter() -> None:
    """No false precision."""
    assert number(1234.567, "ms") == "1235 ms"
    assert number(12.3456, "ms") == "12.3 ms"
    assert number(0.123456, "s") == "0.123 s"
    assert number(0, "") == "0"


def test_the_chart_is_an_image_that_says_in_words_what_it_shows() -> None:
    """Met and missed differ in word and in pattern, never in colour alone; a screen reader hears all of it."""
    image = ET.fromstring(as_svg([MET, MISSED, COUNT], title="Speed"))  # noqa: S314 - made here
    said = " ".join(image.itertext())
    assert image.get("role") == "img"
    assert "check-ins <by HTTP> & more" in said
    assert said.count("MISSED") == 2
    fills = [one.get("fill") for one in image.findall(f"{SVG}rect")[1:]]
    assert fills[1] == "url(#missed)"
    assert fills[0] == fills[2] != fills[1]


def test_a_bar_of_the_chart_is_as_long_as_the_share_that_is_used_up() -> None:
    """Twice as near the bar is twice as long; the line marks the bar itself; what is far over is cut, and says so."""
    near = Measure("near", "ms", 16.0, 1.6, floor=10.0)
    half = Measure("half", "ms", 8.0, 1.6, floor=10.0)
    far = Measure("far", "ms", 900.0, 1.6, floor=10.0)
    image = ET.fromstring(as_svg([near, half, far], title="Speed"))  # noqa: S314 - made here
    widths = [float(one.get("width", "0")) for one in image.findall(f"{SVG}rect")[1:]]
    line = image.find(f"{SVG}line")
    assert widths[0] == 2 * widths[1]
    assert line is not None
    assert float(line.get("x1", "0")) == 20 + widths[0]
    assert "\N{HORIZONTAL ELLIPSIS} 90 " in " ".join(image.itertext())
