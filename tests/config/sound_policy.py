"""A small sound policy for tests to break, and what is said of it then."""

from datetime import date

import pytest

from config.policy import PolicyErrors, load

SOUND = """\
id = "small-home"
title = "A small home"
timezone = "Europe/London"

[lease]
first = "PT10M"

[[check_plan]]
days = [0, 0]
waking = "PT30M"
sleeping = "PT30M"
grace = "PT5M"
remind_before = "PT5M"

[[check_plan]]
times = [07:30:00, 16:00:00, 22:00:00]
grace = "PT15M"

[day]
waking_from = 07:00:00
sleeping_from = 22:00:00

[[rung]]
anchor = "due"
after = "PT15M"
stage = "overdue"
roles = ["shift_lead"]
channels = ["sms"]
template = "check_not_recorded"
answer_within = "PT5M"

[[rung]]
anchor = "due"
after = "PT20M"
stage = "unaccounted"
roles = ["registered_manager"]
channels = ["sms", "voice"]
template = "unaccounted"

[[rung]]
anchor = "due"
after = "PT30M"
stage = "missing"
roles = ["shift_lead", "everyone_alerted"]
channels = ["sms", "email"]
template = "call_the_police"
until = "police_reference"
every = "PT5M"

[[rung]]
anchor = "declared"
after = "PT0S"
stage = "missing"
roles = ["on_call_manager"]
channels = ["sms", "voice"]
template = "call_the_police"
until = "police_reference"
every = "PT2M"

[[rung]]
anchor = "declared"
after = "PT10M"
stage = "missing"
roles = ["neighbouring_authority"]
channels = ["sms", "email"]
template = "neighbour_alert"

[repeat]
every = "PT15M"
roles = ["everyone_alerted"]
"""

WINTER = date(2026, 1, 1)


def broken(*changes: tuple[str, str]) -> str:
    """The sound policy with one occurrence of each text replaced."""
    text = SOUND
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def mistakes_of(text: str) -> list[tuple[int | None, str, str]]:
    """Line, field and detail of every mistake."""
    with pytest.raises(PolicyErrors) as caught:
        load(text, source="small-home.toml")
    return [(error.line, error.field, error.detail) for error in caught.value.errors]


def marked_line(text: str) -> int:
    """The line that the test marked with `# here`."""
    return next(number for number, row in enumerate(text.split("\n"), start=1) if "# here" in row)


POLICE = 'until = "police_reference"\nevery = "PT5M"'
FIRST_RUNG_ROLES = 'roles = ["shift_lead"]'
SECOND_ROW = "times = [07:30:00, 16:00:00, 22:00:00]"
