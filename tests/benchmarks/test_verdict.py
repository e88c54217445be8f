"""What numbers come to: ratios, bars, and the exit code that a pipeline reads."""

import json
import math

import pytest

from benchmarks.verdict import Measure, as_json, exit_code, of_rounds


def _measure(value: float, floor: float | None = 10.0, bar: float = 1.6, **more: object) -> Measure:
    return Measure("a deadline", "ms", value, bar, floor=floor, **more)  # type: ignore[arg-type]


def test_a_ratio_is_ours_beside_the_floor_of_the_same_run() -> None:
    """A slow machine is slow for both."""
    assert _measure(15.0).ratio == 1.5
    assert _measure(150.0, floor=100.0).ratio == 1.5


def test_the_bar_itself_is_still_met_and_a_little_more_is_missed() -> None:
    """At most means at most."""
    assert _measure(16.0).met
    assert not _measure(16.1).met


def test_a_throughput_must_reach_its_bar() -> None:
    """At least: more is better."""
    assert _measure(5.0, bar=0.5, sense="at least").met
    assert not _measure(4.9, bar=0.5, sense="at least").met


def test_without_a_floor_the_number_itself_is_held_against_the_bar() -> None:
    """Four seconds are four seconds; what a bare workflow comes to is only shown beside it."""
    assert _measure(3.9, floor=None, bar=4.0).met
    assert not _measure(4.1, floor=None, bar=4.0, beside=9.0).met


def test_nobody_lost_leaves_no_room() -> None:
    """A bar of nought is met by nought alone."""
    assert _measure(0, floor=None, bar=0).met
    assert not _measure(1, floor=None, bar=0).met
    assert _measure(1, floor=None, bar=0).used > 1


def test_what_is_no_number_meets_nothing() -> None:
    """A burst of which no text ever came has no last text: that is a miss, not a pass."""
    assert not _measure(math.nan).met
    assert not _measure(math.nan, sense="at least").met


def test_rounds_come_to_their_median_so_that_one_disturbed_round_decides_nothing() -> None:
    """A noisy neighbour in one of three rounds is seen in the spread, and nowhere else."""
    measure = of_rounds("burst", "s", [3.0, 90.0, 3.2], 1.6, [2.0, 2.1, 60.0])
    assert (measure.value, measure.floor) == (3.2, 2.1)
    assert (measure.spread, measure.floor_spread) == ((3.0, 90.0), (2.0, 60.0))
    assert measure.met


def test_no_round_is_no_measure() -> None:
    """Nothing measured can't be within a bar."""
    with pytest.raises(ValueError, match="burst: nothing was measured"):
        of_rounds("burst", "s", [], 1.6)


def test_used_says_how_near_the_bar_is_whichever_way_it_points() -> None:
    """One is exactly the bar, for what must stay below as for what must be reached."""
    assert _measure(8.0).used == 0.5
    assert _measure(10.0, bar=0.5, sense="at least").used == 0.5
    assert _measure(0.0, bar=0.5, sense="at least").used == math.inf


def test_the_exit_code_is_nought_only_when_every_bar_is_met_and_everything_was_measured() -> None:
    """Neither a miss, nor a measurement that failed, nor an empty run passes for a success."""
    good, bad = _measure(15.0), _measure(17.0)
    assert exit_code([good, good]) == 0
    assert exit_code([good, bad]) == 1
    assert exit_code([good], ["memory: not all were cached"]) == 1
    assert exit_code([]) == 1


def test_the_numbers_are_json_with_ratio_and_verdict() -> None:
    """What a later run is compared with."""
    (line,) = json.loads(json.dumps(as_json([_measure(15.0)])))
    assert (line["name"], line["ratio"], line["bar"], line["met"]) == ("a deadline", 1.5, 1.6, True)
