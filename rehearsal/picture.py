"""A rehearsal as what `drawing.night` draws. Pure."""

from datetime import timedelta

from domain.names import Role
from domain.policy import Policy
from drawing.night import Band, Lane, Mark, Panel, Picture
from rehearsal.heard import Heard, Told
from rehearsal.situations import Beginning
from rehearsal.table import summary


def picture(policy: Policy, nights: list[Told], beginning: Beginning, length: timedelta) -> Picture:
    """The nights on one axis. Everybody has a lane in every panel, whether they heard or not, in the same order."""
    roles = list(dict.fromkeys(one.role for night in nights for one in night.heard))
    return Picture(
        title=f"Who hears what, when: {policy.title}",
        counted_from=beginning.in_words,
        minutes=_minutes(length),
        panels=tuple(_panel(night, roles, length) for night in nights),
    )


def _panel(night: Told, roles: list[Role], length: timedelta) -> Panel:
    return Panel(
        title=night.situation.title,
        note=" ".join(summary(night, length)),
        lanes=tuple(_lane(night, role) for role in roles),
        police=_minutes(night.police.after) if night.police is not None else None,
    )


def _lane(night: Told, role: Role) -> Lane:
    return Lane(
        label=role.label,
        marks=tuple(_mark(one) for one in night.heard if one.role is role),
        bands=tuple(Band(_minutes(one.begins), _minutes(one.ends)) for one in night.leases if one.role is role),
    )


def _mark(heard: Heard) -> Mark:
    return Mark(
        minute=_minutes(heard.after),
        channel=heard.channel,
        failed=heard.failed,
        held_from=_minutes(heard.firing.planned) if heard.firing.held else None,
    )


def _minutes(after: timedelta) -> float:
    return after.total_seconds() / 60
