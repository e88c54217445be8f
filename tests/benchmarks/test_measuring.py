"""The parts of the measuring that could deceive: who came, who did not, and in what order work is done."""

import asyncio
import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.deadlines import REFERENCE, of_burst
from benchmarks.memory import CACHED
from benchmarks.plan import MEASUREMENTS, SIZES, Size
from benchmarks.town import in_turns

CHECKOUT = Path(__file__).resolve().parents[2]
AT = datetime(2026, 11, 22, 21, 30, tzinfo=UTC)


def _after(*seconds: float) -> list[datetime]:
    return [AT + timedelta(seconds=one) for one in seconds]


def test_a_burst_lasts_until_the_last_placements_first_text() -> None:
    """Not until the first one's, and not until somebody's second."""
    burst = of_burst({"HERON-42", "WREN-17"}, {"HERON-42": _after(1, 9), "WREN-17": _after(3, 4)}, AT, 2)
    assert (burst.last, burst.lost, burst.twice) == (3, 0, 0)


def test_who_was_left_out_and_who_heard_twice_are_counted() -> None:
    """Of three placements with one person each: one text, none, and two."""
    came = {"HERON-42": _after(1), "ROBIN-9": _after(1, 2)}
    burst = of_burst({"HERON-42", "WREN-17", "ROBIN-9"}, came, AT, 1)
    assert (burst.lost, burst.twice) == (1, 1)


def test_a_burst_of_which_nothing_came_has_no_last_text() -> None:
    """No number, and so no bar that it could meet."""
    burst = of_burst({"HERON-42"}, {}, AT, 1)
    assert burst.last != burst.last
    assert burst.lost == 1


def test_a_reference_is_read_from_a_text_as_people_get_it() -> None:
    """The placement's name in capitals, or the bare workflow's."""
    found = REFERENCE.search("HERON-42: check due 21:30 not recorded. Reply Y 4821 if you have it. #ABC")
    assert found is not None
    assert found[1] == "HERON-42"


async def test_turns_are_taken_by_so_many_callers_and_answers_keep_their_order() -> None:
    """Twenty callers are never twenty-one, whoever is quick."""
    under_way, most = 0, 0

    async def job(number: int) -> int:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.001 * (number % 3))
        under_way -= 1
        return number

    answers = await in_turns([lambda n=n: job(n) for n in range(50)], callers=7)  # type: ignore[misc]
    assert answers == list(range(50))
    assert most == 7


def test_the_cache_is_read_from_what_the_worker_tells_of_itself() -> None:
    """The gauge, one line for each queue."""
    told = '# TYPE temporal_sticky_cache_size gauge\ntemporal_sticky_cache_size{namespace="default",x="y"} 998\n'
    assert CACHED.findall(told) == ["998"]


def test_the_usual_size_measures_everything_but_the_long_runs() -> None:
    """Two hundred deadlines, a thousand live placements; a thousand deadlines and ninety days are for the full run."""
    assert (SIZES[Size.USUAL].bursts, SIZES[Size.USUAL].live, SIZES[Size.USUAL].days) == ((200,), 1000, 0)
    assert (SIZES[Size.FULL].bursts, SIZES[Size.FULL].live, SIZES[Size.FULL].days) == ((200, 1000), 1000, 90)
    assert list(MEASUREMENTS) == [
        *("cold-start", "deadline", "check-ins", "fail-over", "answers"),
        *("bursts", "memory"),
    ]


def test_both_make_targets_run_it() -> None:
    """`make bench`, and all of it with `make bench-full`."""
    for target, arguments in (("bench", ""), ("bench-full", " --full")):
        command = ["make", "--dry-run", target]
        done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=True)  # noqa: S603
        assert re.search(rf"python -m benchmarks{arguments}$", done.stdout, flags=re.MULTILINE)
