"""`goldenhour drill`: start an exercise at a home, read what it has shown, end it."""

import json
from datetime import datetime
from typing import Any
from urllib.parse import quote

from cli.errors import MisuseError
from cli.web_api import WebApi
from domain.names import Role

NOT_DELIVERED = "not confirmed"


def start(home: str, wish: dict[str, Any], api: WebApi) -> None:
    """Start one at the home with this code.

    Raises:
        MisuseError: there is no such home among those that the caller sees.
        CommandError: the web app refused it.
    """
    homes = api.get_list("/api/v1/homes")
    home_id = next((str(one["id"]) for one in homes if str(one["code"]).casefold() == home.casefold()), None)
    if home_id is None:
        raise MisuseError(f"there is no home with the code {home} that this token may see")
    answer = api.post(f"/api/v1/homes/{home_id}/exercises", {key: value for key, value in wish.items() if value})
    alias = answer["exercise_id"]
    print(f"{alias} runs until {_clock(answer['until'])} at the latest. Every message says EXERCISE.")
    print(f"How it went:   goldenhour drill report {alias}")
    print(f"To end it now: goldenhour drill end {alias}")


def report(alias: str, api: WebApi, *, as_json: bool) -> None:
    """Print what an exercise has shown.

    Raises:
        CommandError: there is none, or it is not the caller's to read.
    """
    found = api.get(f"/api/v1/exercises/{quote(alias, safe='')}")
    if as_json:
        print(json.dumps(found, indent=2, ensure_ascii=False))
        return
    print("\n".join(lines(found)))


def end(alias: str, reason: str, api: WebApi) -> None:
    """End an exercise: everyone who was alerted hears that it is over."""
    api.post(f"/api/v1/exercises/{quote(alias, safe='')}/end", {"reason": reason})
    print(f"{alias} is over: everyone who was alerted hears it.")


def lines(found: dict[str, Any]) -> list[str]:
    """A report as a person reads it."""
    ended = found["ended_at"]
    state = f"ended {_clock(ended)}: {found['ended_because']}" if ended else "still runs"
    scenario = str(found["scenario"]).replace("_", " ")
    return [
        f"{found['exercise_id']}: {scenario}, {found['policy']}, began {_clock(found['started_at'])}, {state}.",
        "",
        "Rungs                               planned   told      people  answered",
        *(_rung(one) for one in found["rungs"]),
        "",
        "People",
        *(line for one in found["people"] for line in _person(one)),
        "",
        "What would have failed",
        *([f"  - {one['sentence']}" for one in found["failures"]] or ["  Nothing."]),
    ]


def _rung(one: dict[str, Any]) -> str:
    who = " and ".join(Role(role).label for role in one["roles"])
    answered = _answered(one["answered_after_seconds"])
    told = _clock(one["fired_at"]) if one["fired_at"] else "not told"
    name = f"{one['anchor']} +{_minutes(one['after_seconds'])} {who}"
    return f"  {name:33.33} {_clock(one['planned_at']):9} {told:9} {one['people_told']:>6}  {answered}"


def _person(one: dict[str, Any]) -> list[str]:
    roles = ", ".join(Role(role).label for role in one["roles"])
    answer = (
        f"{str(one['answer']).replace('_', ' ')} {_answered(one['answered_after_seconds'])}" if one["answer"] else ""
    )
    told = [
        f"    {_clock(sent['told_at'])} {sent['channel']:5} "
        f"{'delivered' if sent['delivered'] else NOT_DELIVERED + ' (' + sent['status'] + ')'}"
        for sent in one["messages"]
    ]
    return [f"  {one['name'] or one['person_id']} ({roles}): {answer or 'no answer'}", *told]


def _answered(seconds: int | None) -> str:
    return "no answer" if seconds is None else f"after {_minutes(seconds)}"


def _minutes(seconds: int) -> str:
    return f"{seconds // 60} min" if seconds % 60 == 0 else f"{seconds // 60}:{seconds % 60:02} min"


def _clock(written: str | None) -> str:
    """A time of day as this machine's clock shows it."""
    return f"{datetime.fromisoformat(written).astimezone():%H:%M:%S}" if written else "-"
