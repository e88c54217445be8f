"""A workflow lets go of the message that started it, once it has read it.

The SDK keeps references into that message (headers, the last run's result and failure), and one reference holds all of
its memory: what a child's placement was started with, sealed and opened, for as long as it is cached. That was a
quarter of what a live placement held in a worker's memory. Each of these few is kept as a copy of its own instead, so
nothing that a workflow can ask for is missing.
"""

import dataclasses
from collections.abc import Coroutine
from typing import Any, TypeVar

from google.protobuf.message import Message
from temporalio.worker import ExecuteWorkflowInput, WorkflowInboundInterceptor, WorkflowInstanceDetails

M = TypeVar("M", bound=Message)


def own(message: M) -> M:
    """The same message in memory of its own."""
    alone = type(message)()
    alone.CopyFrom(message)
    return alone


class OwnMessage(WorkflowInboundInterceptor):
    """Headers that don't hold the message they came in, and arguments only for a workflow that still needs them."""

    def execute_workflow(self, input: ExecuteWorkflowInput) -> Coroutine[Any, Any, Any]:  # noqa: A002 - the SDK's name
        """Run the workflow; no frame is added, so this awaits nothing itself."""
        input.headers = {name: own(payload) for name, payload in input.headers.items()}
        if getattr(input.type, "READ_BY_INITIALISER", False):
            input.args = [None for _ in input.args]
        return self.next.execute_workflow(input)


class Activation:
    """What the engine tells a workflow, of which the workflow may keep parts without holding the rest."""

    def __init__(self, told: Any) -> None:  # noqa: ANN401 - the SDK's own protobuf, which it does not publish
        self._told = told
        self.available_internal_flags = list(told.available_internal_flags)
        self.deployment_version_for_current_task = own(told.deployment_version_for_current_task)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as above
        return getattr(self._told, name)


def let_go(det: WorkflowInstanceDetails) -> WorkflowInstanceDetails:
    """The same details, none of which holds the message that started the workflow."""
    info = dataclasses.replace(
        det.info,
        headers={name: own(payload) for name, payload in det.info.headers.items()},
        raw_memo={name: own(payload) for name, payload in det.info.raw_memo.items()},
    )
    return dataclasses.replace(
        det,
        info=info,
        last_completion_result=own(det.last_completion_result),
        last_failure=None if det.last_failure is None else own(det.last_failure),
        interceptor_classes=[*det.interceptor_classes, OwnMessage],
    )
