"""All that the web and the command line know of Temporal: admit, ask, tell."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from datetime import timedelta
from typing import TypeVar

import structlog
from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowQueryFailedError,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from domain.requests import Admission, DeliveryFailed, Reply, Request
from domain.sending import AlertRequest
from domain.snapshot import Snapshot
from engine.errors import NoSuchPlacement, NotTaken, Unreachable
from workflows import signatures
from workflows.canary import CanaryWorkflow
from workflows.notice import NoticeWorkflow
from workflows.placement import PlacementWorkflow
from workflows.signatures import CanaryRequest, PlacementStart, VerificationRequest
from workflows.verification import VerificationWorkflow

PATIENCE = timedelta(seconds=2)
"""How long a person waits for the engine before they are told that what they recorded is queued."""

REFUSAL_DETAILS = 2
"""Field and reason."""

T = TypeVar("T")

log = structlog.get_logger()


class Engine:
    """The engine as the rest of the product sees it."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def admit(self, admission: Admission, *, patience: timedelta = PATIENCE) -> Reply:
        """A child enters care: start the placement and hear what was armed, in one call. Safe to repeat.

        Raises:
            Unreachable: no answer in time.
            NotTaken: a placement of this alias has been and gone.
        """
        start = WithStartWorkflowOperation(
            PlacementWorkflow.run,
            PlacementStart(admission=admission),
            id=signatures.workflow_id(admission.alias),
            task_queue=signatures.WORKFLOWS,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            static_summary=admission.alias,
        )
        # The start has brought the rest: sent twice it would be kept twice, in the history and in the worker's memory.
        asked = Request.model_validate(admission.model_dump(include=set(Request.model_fields)))
        call = self._client.execute_update_with_start_workflow(
            PlacementWorkflow.admit, asked, start_workflow_operation=start, id=admission.request_id
        )
        return await _answered(call, patience)

    async def ask(self, alias: str, update: str, request: Request, *, patience: timedelta = PATIENCE) -> Reply:
        """Send a request to a placement and hear its answer. The request's id makes it safe to repeat.

        Raises:
            Unreachable: no answer in time.
            NotTaken: it was refused, and has left no trace.
            NoSuchPlacement: there is none in hand.
        """
        handle = self._client.get_workflow_handle(signatures.workflow_id(alias))
        call = handle.execute_update(update, request, id=request.request_id, result_type=Reply)
        return await _answered(call, patience)

    async def tell_message_failed(self, alias: str, failed: DeliveryFailed) -> None:
        """A provider says that a message will not arrive. It needs no worker to be taken in.

        Raises:
            Unreachable: the engine did not take it.
            NoSuchPlacement: there is none in hand: nothing is to be done.
        """
        handle = self._client.get_workflow_handle(signatures.workflow_id(alias))
        call = handle.signal(PlacementWorkflow.message_failed, failed, rpc_timeout=PATIENCE)
        await _answered(call, PATIENCE)

    async def notify(self, notice_id: str, request: AlertRequest) -> None:
        """Send a message that belongs to no episode, once per notice id.

        Raises:
            Unreachable: the engine did not take it.
        """
        call = self._client.start_workflow(
            NoticeWorkflow.run,
            request,
            id=f"notice/{notice_id}",
            task_queue=signatures.WORKFLOWS,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            static_summary=request.template.value.replace("_", " "),
        )
        with suppress(NotTaken):
            await _answered(call, PATIENCE)

    async def verify(self, verification_id: str, *, patience: timedelta) -> None:
        """Send a code or a link, once per verification; `patience` is how long it is tried.

        Raises:
            Unreachable: the engine did not take it.
        """
        call = self._client.start_workflow(
            VerificationWorkflow.run,
            VerificationRequest(verification_id=verification_id, patience_seconds=patience.total_seconds()),
            id=f"verification/{verification_id}",
            task_queue=signatures.WORKFLOWS,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            static_summary="a contact is verified",
        )
        with suppress(NotTaken):
            await _answered(call, PATIENCE)

    async def look(self, alias: str) -> Snapshot:
        """The placement as the engine itself sees it now; needs a worker that answers.

        Raises:
            Unreachable: no answer in time.
            NoSuchPlacement: there is none in hand.
        """
        handle = self._client.get_workflow_handle(signatures.workflow_id(alias))
        return await _answered(handle.query(PlacementWorkflow.snapshot), PATIENCE)

    async def start_canary(self) -> None:
        """See to it that the canary flies; one that is flying goes on."""
        await self._client.start_workflow(
            CanaryWorkflow.run,
            CanaryRequest(round=1),
            id=signatures.CANARY_ID,
            task_queue=signatures.WORKFLOWS,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )

    async def is_reachable(self) -> bool:
        """Whether Temporal answers at all."""
        try:
            return await asyncio.wait_for(self._client.service_client.check_health(), PATIENCE.total_seconds())
        except (RPCError, RuntimeError, TimeoutError):
            return False


async def _answered(call: Awaitable[T], patience: timedelta) -> T:
    """Wait no longer than a person would, and say what went wrong in our own words."""
    try:
        return await asyncio.wait_for(call, patience.total_seconds())
    except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError):
        raise Unreachable("no answer in time") from None
    except WorkflowAlreadyStartedError:
        raise NotTaken("placement_id", "this placement has ended") from None
    except WorkflowQueryFailedError:
        raise Unreachable("the engine could not look") from None
    except WorkflowUpdateFailedError as error:
        raise _refusal(error) from None
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise NoSuchPlacement("no such placement in hand") from None
        raise Unreachable(f"the engine answered {error.status.name}: {error.message[:100]}") from None
    except RuntimeError:
        # What a client says that was made while nobody listened, and has never been connected since.
        raise Unreachable("the engine has not been reached yet") from None


def _refusal(error: WorkflowUpdateFailedError) -> NotTaken:
    """What the engine refused, and why. A mistake of ours counts as a refusal too: the person hears, and acts.

    Kept and tried for ever it would hold up everything else that is reported about this child.
    """
    cause = error.cause
    if isinstance(cause, ApplicationError) and cause.type == "Refused" and len(cause.details) == REFUSAL_DETAILS:
        return NotTaken(str(cause.details[0]), str(cause.details[1]))
    log.error("the engine could not take a request in", failure=getattr(cause, "type", None) or type(cause).__name__)
    return NotTaken("request", "the engine could not take this in: ring the on-call manager now")
