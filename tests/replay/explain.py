"""A replay that fails teaches its reader what it means and what to do."""

import re
from pathlib import Path

from tests.replay import files, guards
from tests.replay.files import Json

MESSAGE = re.compile(r'message: "((?:[^"\\]|\\.)*)"')
RAISED = re.compile(r'r#type: "(\w+)"')
"""How the SDK's own text holds what is of use to a reader."""

NOISE = ("WORKFLOW_TASK", "TIME_SKIPPING", "OPTIONS_UPDATED")

ADVICE = """\
What it means: every run of this workflow that is alive and has come this way does the same once this change is live.
Its tasks fail, again and again. For a child who is missing that is a ladder that stands still, until somebody rolls
this change back.

What to do, the first that fits:
1. Take the change of order back. Which activity or timer starts after which message is a promise to every run that is
   alive. What an activity is given, and what it does, may change freely.
2. Keep both ways, and let each run say which one it is on:
       if workflow.patched("what-changes"):
           ... the new way ...
       else:
           ... the way of runs that began before ...
   Ask in `workflows/`, never in `domain/`: hand the answer to the rule as an argument. The answer to an id is kept for
   a whole run: where the question comes again and again (in a loop), put a number into the id, as in
   f"what-changes-{{n}}", or a run that first passed it before the change never takes the new way. Then record a story
   that takes the new way under a new name, and keep this file: it guards the old way while a run may be on it.
3. Only if no run that could have walked this can be alive anywhere, on anybody's installation: record it anew,
       make histories STORIES={story}
   and say in the commit why no such run is alive.

More: docs/replay.md"""


def explain(path: Path, history: Json, failure: Exception, *, good: int, bad: int) -> str:
    """What differs between a history and today's workflows, what that means, and what to do.

    Cut after event `good` (its number) the history replays, cut after `bad` it does not: the task between is at fault.
    """
    stem = path.name.removesuffix(".json.gz")
    guard = guards.GUARDS.get(stem)
    lines = [
        f"{files.started(history)['workflowType']['name']} can no longer replay {path.name}.",
        *([f"It guards: {guard.what}"] if guard else []),
        f"Where: in the task that began at event {good}. As recorded, there followed: {_between(history, good, bad)}.",
        f"What differs: {_said(str(failure))}",
        "",
        ADVICE.format(story=story_of(stem)),
    ]
    return "\n".join(lines)


def story_of(stem: str) -> str:
    """The story that a file belongs to: several runs of one workflow are numbered."""
    return re.sub(r"-\d+$", "", stem)


def _said(failure: str) -> str:
    """What the SDK says, without what surrounds it. What workflows raise is sealed; its traceback is logged."""
    message, raised = MESSAGE.search(failure), RAISED.search(failure)
    if message is None:
        return failure
    if message[1] == "Encoded failure" and raised:
        return f"the workflow raises {raised[1]}, which it did not; the traceback stands above"
    return message[1]


def _between(history: Json, good: int, bad: int) -> str:
    events = [one for one in history["events"] if good < int(one["eventId"]) <= bad]
    told = [_described(one) for one in events if not any(word in one["eventType"] for word in NOISE)]
    return "; ".join(told) or "nothing but tasks"


def _described(event: Json) -> str:
    """An event in a few words: its number, its kind, and what it is about."""
    kind = event["eventType"].removeprefix("EVENT_TYPE_").replace("_", " ").lower()
    attributes: Json = next((value for key, value in event.items() if key.endswith("Attributes")), {})
    about = attributes.get("activityType") or {}
    name = about.get("name") or attributes.get("signalName") or ""
    return f"{event['eventId']} ({kind}{' ' + name if name else ''})"
