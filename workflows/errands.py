"""Activities as workflows start them: each of the two kinds with its queue, its limits and its patience.

These hold no state, so the sandbox lets them through, as it does `workflows.updates`.
"""

from datetime import timedelta
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import Priority, RetryPolicy
from temporalio.exceptions import ActivityError

from workflows import signatures

AT_ONCE = RetryPolicy(initial_interval=timedelta(milliseconds=500), backoff_coefficient=1.0)
PATIENT = RetryPolicy(initial_interval=timedelta(seconds=2), maximum_interval=timedelta(seconds=10))

IN_ALL = timedelta(seconds=60)
"""So long an errand is tried. Then whoever sent it decides anew."""

ALERTING = timedelta(seconds=90)
"""The same of an alert: of a thousand children's at once, the last people hear after a minute."""

HEARTBEAT = timedelta(seconds=5)
"""A worker that says nothing of its alert for so long is taken for dead, and another one takes the alert over."""

R = TypeVar("R")


def urgent(
    name: str,
    request: Any,  # noqa: ANN401 - each activity has a request of its own
    answer: type[R],
    *,
    summary: str,
    in_all: timedelta = IN_ALL,
    within: timedelta = timedelta(seconds=10),
    heartbeat: timedelta | None = None,
    priority: int | None = None,
) -> "workflow.ActivityHandle[R]":
    """What reaches people: tried again at once, `within` each time."""
    return workflow.start_activity(
        name,
        request,
        result_type=answer,
        task_queue=signatures.URGENT,
        schedule_to_close_timeout=in_all,
        start_to_close_timeout=within,
        heartbeat_timeout=heartbeat,
        retry_policy=AT_ONCE,
        priority=Priority.default if priority is None else Priority(priority_key=priority),
        summary=summary,
    )


def alert(
    name: str,
    request: Any,  # noqa: ANN401 - an exercise's is of another type
    answer: type[R],
    *,
    summary: str,
    priority: int | None = None,
) -> "workflow.ActivityHandle[R]":
    """A message to people. It says that it lives, so its one try may take all the time there is."""
    return urgent(
        name,
        request,
        answer,
        summary=summary,
        in_all=ALERTING,
        within=ALERTING,
        heartbeat=HEARTBEAT,
        priority=priority,
    )


def chore(
    name: str,
    request: Any,  # noqa: ANN401 - each activity has a request of its own
    answer: type[R],
    *,
    summary: str,
    within: int,
) -> "workflow.ActivityHandle[R]":
    """What can wait a little: tried again patiently. Each try has `within` seconds."""
    return workflow.start_activity(
        name,
        request,
        result_type=answer,
        task_queue=signatures.HOUSEKEEPING,
        schedule_to_close_timeout=IN_ALL,
        start_to_close_timeout=timedelta(seconds=within),
        retry_policy=PATIENT,
        summary=summary,
    )


async def outcome(handle: "workflow.ActivityHandle[R]") -> R | None:
    """What came of it; None if it ended without an answer: no worker, a crash, a time-out."""
    try:
        return await handle
    except ActivityError:
        return None
