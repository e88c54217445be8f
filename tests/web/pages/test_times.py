"""Times are typed and read as the wall clock in London has them; what is kept is UTC."""

from datetime import UTC, datetime, timedelta

import pytest

from web.pages.times import NoSuchTime, for_form, span, typed, until

NOW = datetime(2026, 6, 1, 20, 35, 20, tzinfo=UTC)


def test_a_summer_evening_is_an_hour_behind_in_utc() -> None:
    """And shown again as it was typed."""
    assert typed("2026-06-01T21:10", NOW) == datetime(2026, 6, 1, 20, 10, tzinfo=UTC)
    assert for_form(datetime(2026, 6, 1, 20, 10, tzinfo=UTC)) == "2026-06-01T21:10"


def test_the_minute_under_way_is_now() -> None:
    """A prefilled time must not lie before what has happened in this minute."""
    assert typed("2026-06-01T21:35", NOW) == NOW


def test_nothing_typed_is_nothing() -> None:
    """Not midnight."""
    assert typed("  ", NOW) is None


def test_the_hour_that_comes_twice_is_the_one_nearer_to_now() -> None:
    """25 October 2026, 01:30: first in summer time, then in winter time."""
    first = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert typed("2026-10-25T01:30", first + timedelta(minutes=5)) == first
    assert typed("2026-10-25T01:30", first + timedelta(minutes=65)) == first + timedelta(hours=1)


@pytest.mark.parametrize("text", ["2026-03-29T01:30", "half past", "2026-13-01T00:00"])
def test_a_time_that_never_was_is_refused(text: str) -> None:
    """The clocks skip 01:30 on 29 March 2026."""
    with pytest.raises(NoSuchTime):
        typed(text, NOW)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (20, "20 s"),
        (60, "1 min"),
        (80, "1 min 20 s"),
        (725, "12 min"),
        (7500, "2 h 5 min"),
        (259200, "3 days"),
    ],
)
def test_lengths_are_told_as_by_a_person_in_a_hurry(seconds: int, words: str) -> None:
    """Seconds only where they matter."""
    assert span(timedelta(seconds=seconds)) == words


def test_what_is_ahead_and_what_is_past() -> None:
    """In, and ago."""
    assert until(NOW + timedelta(minutes=12), NOW) == "in 12 min"
    assert until(NOW - timedelta(minutes=3), NOW) == "3 min ago"
