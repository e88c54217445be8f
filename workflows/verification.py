"""A code or a link on its way to a number or a mailbox: tried again until it was sent, or would have expired."""

from contextlib import suppress
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from workflows import signatures
    from workflows.signatures import VerificationRequest


@workflow.defn(name="VerificationWorkflow")
class VerificationWorkflow:
    """One activity, retried. Its input is the verification's id: the code is made where it is sent."""

    @workflow.run
    async def run(self, request: VerificationRequest) -> None:
        """Send it."""
        with suppress(ActivityError):  # it has expired: whoever waits asks for another
            await workflow.execute_activity(
                signatures.SEND_VERIFICATION,
                request,
                result_type=str,
                task_queue=signatures.HOUSEKEEPING,
                schedule_to_close_timeout=timedelta(seconds=request.patience_seconds),
                start_to_close_timeout=timedelta(seconds=20),
                retry_policy=RetryPolicy(initial_interval=timedelta(seconds=2), maximum_interval=timedelta(seconds=30)),
                summary="a contact is verified",
            )
