"""Payloads of a workflow are sealed for that workflow: asking the sandbox each time for whom costs more than sealing.

The SDK enters the sandbox several times for each payload, to ask to which workflow or activity it belongs. The answer
of ours differs only for what goes to another workflow; everything else is bound to this one (engine/codec.py).

And a workflow keeps of the message that started it only what it reads later (`engine.first_message`).
"""

from typing import Any

from temporalio.api.enums.v1 import CommandType
from temporalio.converter import SerializationContext, StorageDriverStoreContext, WorkflowSerializationContext
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner
from temporalio.workflow import Info

from engine.first_message import Activation, let_go, own

NOWHERE = StorageDriverStoreContext(target=None)
"""No payload is kept outside of Temporal."""

OWN = frozenset({CommandType.COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK, CommandType.COMMAND_TYPE_START_TIMER})
"""Commands whose payloads stay with the workflow."""


class OneContextInstance(WorkflowInstance):
    """A sandboxed workflow that knows without entering the sandbox whose its payloads are."""

    def __init__(self, sandboxed: WorkflowInstance, info: Info) -> None:
        self._sandboxed = sandboxed
        self._own = WorkflowSerializationContext(namespace=info.namespace, workflow_id=info.workflow_id)

    def activate(self, act: Any) -> Any:  # noqa: ANN401 - the SDK's own protobuf, which it does not publish
        """Let the workflow run on. It keeps its own answer until it is asked again, but not what sealing adds to it."""
        told: Any = Activation(act)
        return own(self._sandboxed.activate(told))

    def get_serialization_context(self, command_info: Any) -> SerializationContext | None:  # noqa: ANN401 - as above
        """Whose a payload is."""
        if command_info is None or command_info.command_type in OWN:
            return self._own
        return self._sandboxed.get_serialization_context(command_info)

    def get_external_store_context(self, command_info: Any) -> StorageDriverStoreContext:  # noqa: ANN401, ARG002 - as above
        """Where a payload is kept."""
        return NOWHERE

    def get_info(self) -> Info:
        """What the workflow knows of itself."""
        return self._sandboxed.get_info()

    def get_thread_id(self) -> int | None:
        """The thread that it runs on just now."""
        return self._sandboxed.get_thread_id()


class OneContextRunner(SandboxedWorkflowRunner):
    """The SDK's sandbox, with such instances."""

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """A workflow in a sandbox of its own."""
        return OneContextInstance(super().create_instance(let_go(det)), det.info)
