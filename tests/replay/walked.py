"""What a history walked, read from the history itself: its steps in the engine, and the facts that it made."""

import asyncio
from dataclasses import dataclass
from functools import lru_cache

from domain.facts import Fact, FactKind
from tests.replay import files
from tests.replay.files import Json

FACT = {"n", "kind", "at", "recorded_at"}

DETAIL = {
    FactKind.STAGE_CHANGED: "stage",
    FactKind.EPISODE_OPENED: "stage",
    FactKind.EPISODE_ENDED: "ending",
    FactKind.MESSAGE_FAILED: "status",
    FactKind.MESSAGE_ACCEPTED: "message",
    FactKind.RUNG_FIRED: "anchor",
    FactKind.CHECKED_IN: "outcome",
    FactKind.AWAITS_SECOND_PERSON: "what",
    FactKind.RETURN_INTERVIEW: "state_of",
    FactKind.PLAN_CHANGED: "phase",
}
"""What of a fact tells one branch from another."""

CLOSED = {
    "EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW": "continued as new",
    "EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED": "completed",
    "EVENT_TYPE_ACTIVITY_TASK_FAILED": "activity failed",
    "EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT": "activity timed out",
    "EVENT_TYPE_MARKER_RECORDED": "patched",
}


@dataclass(frozen=True)
class Walked:
    """A run, in words."""

    workflow: str
    steps: tuple[str, ...]
    """In order: `activity alert`, `update found: returned`, `signal message_failed`, `continued as new`, …"""
    facts: tuple[str, ...]
    """Those made in this run, in order: the kind, and for some a detail, as in `stage_changed: missing`."""
    answers: tuple[str, ...]
    """The kinds of what alerted people answered."""
    events: int
    broken_tasks: int
    """Workflow tasks that failed. A recording with one of them is no good example."""


@lru_cache
def of_file(stem: str) -> Walked:
    """What a recorded history walked."""
    return asyncio.run(of_history(files.read(files.path_of(stem))))


async def of_history(history: Json) -> Walked:
    """What a history walked."""
    plain = await files.opened(history)
    events = plain["events"]
    return Walked(
        workflow=files.started(plain)["workflowType"]["name"],
        steps=tuple(_steps(events)),
        facts=tuple(word(fact) for fact in _facts(plain)),
        answers=tuple(_answers(events)),
        events=len(events),
        broken_tasks=sum(_is_broken(event) for event in events),
    )


def _is_broken(event: Json) -> bool:
    """A failed task; not one that the engine took back only because something had arrived meanwhile."""
    failed = event.get("workflowTaskFailedEventAttributes")
    return failed is not None and failed.get("cause") != "WORKFLOW_TASK_FAILED_CAUSE_UNHANDLED_COMMAND"


def word(fact: Fact) -> str:
    """A fact's kind, with the detail that tells one branch from another."""
    if fact.kind is FactKind.RUNG_FIRED and "again" in fact.data:
        return f"{fact.kind}: again"
    detail = fact.data.get(DETAIL[fact.kind]) if fact.kind in DETAIL else None
    return f"{fact.kind}: {detail}" if detail else str(fact.kind)


def _steps(events: list[Json]) -> list[str]:
    steps, updates = [], {}
    if files.started({"events": events}).get("continuedExecutionRunId"):
        steps.append("continues")
    for event in events:
        kind = event["eventType"]
        if kind == "EVENT_TYPE_ACTIVITY_TASK_SCHEDULED":
            steps.append(f"activity {event['activityTaskScheduledEventAttributes']['activityType']['name']}")
        elif kind == "EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED":
            steps.append(f"signal {event['workflowExecutionSignaledEventAttributes']['signalName']}")
        elif kind == "EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED":
            updates[event["eventId"]] = _request(event)["input"]["name"]
        elif kind == "EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED":
            steps.append(_answered(event, updates))
        elif kind in CLOSED:
            steps.append(CLOSED[kind])
    return steps


def _request(event: Json) -> Json:
    return event["workflowExecutionUpdateAcceptedEventAttributes"]["acceptedRequest"]


def _answered(event: Json, updates: dict[str, str]) -> str:
    attributes = event["workflowExecutionUpdateCompletedEventAttributes"]
    name = updates[attributes["acceptedEventId"]]
    answers = attributes["outcome"].get("success", {}).get("payloads")
    return f"update {name}: {answers[0].get('outcome', 'done')}" if answers else f"update {name} failed"


def _answers(events: list[Json]) -> list[str]:
    updates = [_request(one) for one in events if one["eventType"].endswith("_UPDATE_ACCEPTED")]
    return [one["input"]["args"]["payloads"][0]["kind"] for one in updates if one["input"]["name"] == "answer"]


def _facts(plain: Json) -> list[Fact]:
    """Every fact that stands in an answer, an activity's input or the next run's; those of earlier runs left out."""
    carried = max((fact.n for fact in _in(files.started(plain))), default=0)
    found = {fact.n: fact for event in plain["events"][1:] for fact in _in(event)}
    before = _fact_count(plain) or carried
    return [found[n] for n in sorted(found) if n > before]


def _fact_count(plain: Json) -> int:
    """How many facts the runs before this one had made."""
    start = files.started(plain)["input"]["payloads"][0]
    state = start.get("state") if isinstance(start, dict) else None
    return int(state["fact_count"]) if state else 0


def _in(node: Json) -> list[Fact]:
    if isinstance(node, dict):
        here = [Fact.model_validate(node)] if node.keys() >= FACT else []
        return here + [fact for value in node.values() for fact in _in(value)]
    return [fact for value in node for fact in _in(value)] if isinstance(node, list) else []
