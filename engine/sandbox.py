"""The sandbox in which workflows run, and which workflows there are: for the worker, and for whoever replays."""

from temporalio.contrib.pydantic import pydantic_data_converter  # noqa: F401 - keeps the converter's module out of the sandbox
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions
from temporalio.workflow import SandboxImportNotificationPolicy

from engine import read_once
from engine.one_context import OneContextRunner
from workflows.broadcast import BroadcastWorkflow
from workflows.canary import CanaryWorkflow
from workflows.notice import NoticeWorkflow
from workflows.placement import PlacementWorkflow
from workflows.record import RecordWorkflow
from workflows.verification import VerificationWorkflow

WORKFLOWS: list[type] = [
    PlacementWorkflow,
    BroadcastWorkflow,
    CanaryWorkflow,
    RecordWorkflow,
    NoticeWorkflow,
    VerificationWorkflow,
]
"""Every workflow. Each has histories in tests/replay that it must be able to replay."""

OURS = ("domain", "workflows.errands", "workflows.screen", "workflows.signatures", "workflows.updates")
PASSED_THROUGH = (*OURS, "pydantic", "pydantic_core", "annotated_types", "typing_extensions")
"""What workflows use and the sandbox need not read again for every run; `domain` is held pure by lint."""


def sandbox() -> SandboxedWorkflowRunner:
    """The sandbox in which workflows run: a module that slips through it by mistake stops the worker's start."""
    read_once.install()
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
    return OneContextRunner(
        restrictions=restrictions.with_import_notification_policy(
            SandboxImportNotificationPolicy.RAISE_ON_UNINTENTIONAL_PASSTHROUGH
        )
    )
