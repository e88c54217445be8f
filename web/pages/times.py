"""Times as people read and type them: local, London's; recorded times are UTC."""

from datetime import UTC, datetime, timedelta, tzinfo

from domain.story import LONDON

MINUTE = timedelta(minutes=1)
SOON = 5
"""From this many minutes on, seconds are left out."""


class NoSuchTime(ValueError):  # noqa: N818 - it says what is wrong with the time
    """What was typed is no time; the text says what to do."""


def typed(text: str, now: datetime, *, zone: tzinfo = LONDON) -> datetime | None:
    """The instant (UTC) of a local time as a form sends it, such as `2026-06-01T21:35`; None if nothing was typed.

    A minute that is under way means this moment. When the clocks go back an hour comes twice: the one that lies nearer
    to now is meant.

    Raises:
        NoSuchTime: it can't be read, or the clocks skipped it.
    """
    if not text.strip():
        return None
    try:
        local = datetime.fromisoformat(text.strip())
    except ValueError:
        raise NoSuchTime("this is not a date and a time: use the form 2026-06-01 21:35") from None
    if local.tzinfo is not None:
        return local.astimezone(UTC)
    readings = [local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    if readings[0].astimezone(zone).replace(tzinfo=None) != local:
        raise NoSuchTime("the clocks went forward over this time: there was no such time that day")
    nearest = min(readings, key=lambda instant: abs(instant - now))
    return now if nearest <= now < nearest + MINUTE else nearest


def for_form(at: datetime, *, zone: tzinfo = LONDON) -> str:
    """The local time as a form shows it, to the minute."""
    return f"{at.astimezone(zone):%Y-%m-%dT%H:%M}"


def span(length: timedelta) -> str:
    """How long, in the words of a person in a hurry: `1 min 20 s`, `12 min`, `2 h 5 min`, `3 days`."""
    seconds = max(int(length.total_seconds()), 0)
    minutes, hours = seconds // 60, seconds // 3600
    if seconds < SOON * 60:
        parts = [(minutes, "min"), (seconds % 60, "s")]
    elif hours < 48:  # noqa: PLR2004 - two days
        parts = [(hours, "h"), (minutes % 60, "min")]
    else:
        parts = [(hours // 24, "days")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 s"


def until(at: datetime, now: datetime) -> str:
    """`in 12 min`, or `3 min ago`."""
    return f"in {span(at - now)}" if at > now else f"{span(now - at)} ago"
