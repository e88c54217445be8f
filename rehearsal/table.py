"""A night as a table: one line for each thing that several people heard together; what repeats is told once. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import groupby, pairwise
from statistics import median
from textwrap import wrap

from config.policy import in_words
from domain.names import Channel, Role
from rehearsal.heard import Heard, Told

WORDS = 50
"""Characters of a message that fit into a line."""

WHO = 40
"""Characters for the people of a line."""

NOTICEABLE = timedelta(seconds=15)
"""Messages of one rung that are further apart than this are told apart."""

UNEVEN = 30.0
"""Seconds by which the steps between repeats may differ and still be told as one pace."""

HEAD = ("after", "who", "how", "what", "what became of it")

CHANNELS = {Channel.SMS: "SMS", Channel.VOICE: "voice", Channel.EMAIL: "e-mail"}


@dataclass(frozen=True, slots=True)
class Line:
    """What some people heard at one moment."""

    after: timedelta
    who: str
    how: str
    words: str
    became: str
    repeats: tuple[timedelta, ...] = ()
    """When the same was heard again."""
    series: tuple[object, ...] | None = None
    """What this is a repeat of; None: it is the first time."""


def table(night: Told, length: timedelta) -> str:
    """The table of one night, and three lines that sum it up."""
    lines = sorted([*_folded(_lines(night)), *_happenings(night)], key=lambda line: line.after)
    rows = [HEAD, *(row for line in lines for row in _rows(line))]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    drawn = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)) for row in rows]
    return "\n".join(
        [
            night.situation.title,
            "",
            *(f"  {row}".rstrip() for row in drawn),
            "",
            *(f"  {line}" for line in summary(night, length)),
        ]
    )


def _rows(line: Line) -> list[tuple[str, str, str, str, str]]:
    """A line, and below it the people for whom there is no room in it."""
    who = wrap(line.who, WHO) or [""]
    first = (_when(line.after), who[0], line.how, line.words, _became(line))
    return [first, *(("", more, "", "", "") for more in who[1:])]


def summary(night: Told, length: timedelta) -> list[str]:
    """When the police rung went out, who heard, and whether anything was late."""
    return [_police(night, length), _reach(night), _lateness(night)]


def _police(night: Told, length: timedelta) -> str:
    rung = night.police
    if rung is None:
        return f"Within {in_words(length)} nobody was told to ring the police."
    return f'"Ring the police" went out at {_when(rung.after)}; planned for {_when(rung.planned)}.'


def _reach(night: Told) -> str:
    people = len({one.role for one in night.heard if not one.failed})
    failed = sum(one.failed for one in night.heard)
    sent = len(night.heard) - failed
    return f"{people} people heard, in {sent} messages; {failed or 'none'} failed."


def _lateness(night: Told) -> str:
    longest = night.longest_delay.total_seconds()
    if not night.late:
        return f"Nothing was late: the longest delay was {longest:.1f} s."
    return f"LATE: {len(night.late)} rungs, the worst by {in_words(night.longest_delay)}."


def _lines(night: Told) -> list[Line]:
    groups = groupby(sorted(night.heard, key=_together), key=_together)
    return [line for _, group in groups for moment in _moments(group) for line in _of(moment)]


def _together(heard: Heard) -> tuple[object, ...]:
    """What is told in one line: the same firing, words and fate; what failed comes before what went out instead."""
    firing = heard.firing
    rung = -1 if firing.rung is None else firing.rung
    fate = (not heard.failed, heard.became, heard.code or 0, heard.then or "")
    return firing.after, rung, firing.times, heard.template, fate


def _moments(heard: Iterable[Heard]) -> list[list[Heard]]:
    """Apart, where somebody heard noticeably later than others."""
    moments: list[list[Heard]] = []
    for one in heard:
        if moments and one.after - moments[-1][-1].after < NOTICEABLE:
            moments[-1].append(one)
        else:
            moments.append([one])
    return moments


def _of(heard: list[Heard]) -> Iterator[Line]:
    """One line; one for each channel, if not everybody heard on all of them."""
    pairs = {(one.role, one.channel) for one in heard}
    roles, channels = {role for role, _ in pairs}, {channel for _, channel in pairs}
    if len(pairs) == len(roles) * len(channels):
        yield _line(heard)
        return
    for channel in Channel:
        if mine := [one for one in heard if one.channel is channel]:
            yield _line(mine)


def _line(heard: list[Heard]) -> Line:
    first = heard[0]
    roles = [role for role in Role if any(one.role is role for one in heard)]
    channels = [channel for channel in Channel if any(one.channel is channel for one in heard)]
    again = first.firing.times > 1 or first.firing.rung is None
    fate = first.became if not first.failed else _failure(heard, tries=len(heard) // (len(roles) * len(channels)))
    return Line(
        after=min(one.after for one in heard),
        who=", ".join(role.label for role in roles),
        how=" and ".join(CHANNELS[channel] for channel in channels),
        words=_shortened(heard),
        became=fate + _held(first),
        series=(first.firing.rung, *roles, *channels, first.failed) if again else None,
    )


def _failure(heard: list[Heard], *, tries: int) -> str:
    code = f" ({heard[0].code})" if heard[0].code is not None else ""
    often = " twice" if tries == 2 else f" {tries} times" if tries > 2 else ""  # noqa: PLR2004 - as it is said
    then = f" -> {CHANNELS[heard[0].then]}" if heard[0].then else "; tried again"
    return f"failed{often}{code}{then}"


def _held(heard: Heard) -> str:
    firing = heard.firing
    return f"; held back from {_when(firing.planned)}" if firing.held else ""


def _shortened(heard: list[Heard]) -> str:
    """The first words without the reference, which is the same in all of them."""
    said = next((one.words for one in heard if one.words), "")
    if not said:
        return f"({heard[0].template.replace('_', ' ')})"
    said = re.sub(r"^.*?\bref \S+: ", "", said, flags=re.IGNORECASE)
    return said if len(said) <= WORDS else f"{said[: WORDS - 2].rstrip()} …"


def _folded(lines: Iterable[Line]) -> list[Line]:
    """Each repeat is told with the first of its kind."""
    folded: dict[object, Line] = {}
    for line in lines:
        key = line.series if line.series is not None else id(line)
        before = folded.get(key)
        folded[key] = line if before is None else replace(before, repeats=(*before.repeats, line.after))
    return list(folded.values())


def _became(line: Line) -> str:
    if not line.repeats:
        return line.became
    steps = [(later - earlier).total_seconds() for earlier, later in pairwise((line.after, *line.repeats))]
    even = max(steps) - min(steps) < UNEVEN
    often = f"every {in_words(timedelta(seconds=round(median(steps))))}" if even else "again"
    return f"{line.became}; {often}, {len(line.repeats) + 1} times, last at {_when(line.repeats[-1])}"


def _happenings(night: Told) -> Iterator[Line]:
    for lease in night.leases:
        yield Line(lease.begins, lease.role.label, "", f"takes it: has it until {_when(lease.ends)}", "")
        yield Line(lease.ends, lease.role.label, "", "nothing has followed: the lease ends", "")
    for after in night.reached_nobody:
        yield Line(after, "nobody", "", "this rung reached nobody", "the next one goes out now")
    for after, role in night.given_up:
        yield Line(after, role.label, "", "can't be reached on any channel", "given up")


def _when(after: timedelta) -> str:
    """Whole seconds, never rounded up: what is told as 5 min did not happen before."""
    return in_words(timedelta(seconds=int(after.total_seconds())))
