"""Policies that the recorded stories run on: every anchor, and few rungs, so that histories stay small."""

from config.policy import parse
from domain.policy import Policy

GOLDEN = """
id = "golden"
title = "Every anchor, few rungs"
demonstration = true
{suits}

[lease]
first = "PT10M"
extensions = 1

[[check_plan]]
waking = "PT30M"
sleeping = "PT30M"
grace = "PT5M"
remind_before = "PT5M"

[[rung]]
anchor = "due"
after = "PT5M"
stage = "overdue"
roles = ["shift_lead"]
channels = ["sms"]
template = "check_not_recorded"

[[rung]]
anchor = "due"
after = "PT15M"
stage = "unaccounted"
roles = ["key_worker"]
channels = ["sms"]
template = "unaccounted"

[[rung]]
anchor = "due"
after = "PT30M"
stage = "missing"
roles = ["on_call_manager"]
channels = ["sms"]
template = "call_the_police"
until = "police_reference"
every = "PT5M"

[[rung]]
anchor = "declared"
after = "PT0S"
stage = "missing"
roles = ["on_call_manager"]
channels = ["sms"]
template = "call_the_police"
until = "police_reference"
every = "PT5M"

[[rung]]
anchor = "declared"
after = "PT10M"
stage = "missing"
roles = ["social_worker"]
channels = ["sms"]
template = "reported_not_here"

[[rung]]
anchor = "opened"
after = "P28D"
stage = "missing"
roles = ["head_of_service"]
channels = ["email"]
template = "missing_review"
every = "P28D"

[[rung]]
anchor = "returned"
after = "PT0S"
stage = "returned"
roles = ["key_worker"]
channels = ["sms"]
template = "return_tasks"

[[rung]]
anchor = "returned"
after = "PT1H"
stage = "returned"
roles = ["social_worker"]
channels = ["sms"]
template = "return_tasks"

[repeat]
every = "{repeat}"
"""

NEIGHBOURS = """
[[rung]]
anchor = "declared"
after = "PT1M"
stage = "missing"
roles = ["neighbouring_authority"]
channels = ["sms", "email"]
template = "neighbour_alert"

[repeat]
"""

ARRIVAL = """
[[suits]]
phase = "arrival"
risk = "high"
"""
"""So that arrival begins again with it after a return: published last, it is taken before those that we ship."""


def policies() -> list[Policy]:
    """Those of the stories: `golden`; one whose ladder repeats so seldom that months fit; one that tells neighbours."""
    golden = GOLDEN.format(suits=ARRIVAL, repeat="PT15M")
    months = GOLDEN.format(suits="", repeat="P14D").replace('"golden"', '"golden-months"')
    neighbours = GOLDEN.format(suits="", repeat="PT15M").replace('"golden"', '"golden-neighbours"')
    neighbours = neighbours.replace('after = "PT10M"', 'after = "PT45M"').replace("[repeat]\n", NEIGHBOURS)
    return [
        parse(golden, source="golden.toml"),
        parse(months, source="golden-months.toml"),
        parse(neighbours, source="golden-neighbours.toml"),
    ]
