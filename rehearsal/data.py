"""A rehearsal as plain data, for whoever reads it by program. Times are seconds from the night's beginning. Pure."""

from datetime import timedelta
from typing import Any

from domain.policy import Policy
from rehearsal.heard import Firing, Heard, Told
from rehearsal.situations import Beginning


def as_data(policy: Policy, nights: list[Told], beginning: Beginning, length: timedelta) -> dict[str, Any]:
    """Everything, ready for JSON."""
    return {
        "policy": {"id": policy.id, "version": policy.version, "title": policy.title},
        "from": beginning.value,
        "seconds": length.total_seconds(),
        "situations": [_night(night) for night in nights],
    }


def _night(night: Told) -> dict[str, Any]:
    return {
        "situation": night.situation.key,
        "title": night.situation.title,
        "began_at": night.began_at.isoformat(),
        "police_rung": _seconds(night.police.after) if night.police is not None else None,
        "longest_delay": _seconds(night.longest_delay),
        "late_rungs": [one.rung for one in night.late],
        "rungs": [_firing(one) for one in night.firings],
        "heard": [_heard(one) for one in night.heard],
        "leases": [
            {"role": one.role.value, "begins": _seconds(one.begins), "ends": _seconds(one.ends)} for one in night.leases
        ],
        "reached_nobody": [_seconds(one) for one in night.reached_nobody],
        "given_up": [{"after": _seconds(after), "role": role.value} for after, role in night.given_up],
    }


def _firing(firing: Firing) -> dict[str, Any]:
    return {
        "rung": firing.rung,
        "times": firing.times,
        "planned": _seconds(firing.planned),
        "after": _seconds(firing.after),
        "police": firing.police,
        "held": firing.held,
        "late": _seconds(firing.late),
    }


def _heard(heard: Heard) -> dict[str, Any]:
    return {
        "after": _seconds(heard.after),
        "rung": heard.firing.rung,
        "times": heard.firing.times,
        "role": heard.role.value,
        "channel": heard.channel.value,
        "template": heard.template.value,
        "words": heard.words,
        "became": heard.became,
        "code": heard.code,
        "then": heard.then.value if heard.then is not None else None,
    }


def _seconds(after: timedelta) -> float:
    return round(after.total_seconds(), 3)
