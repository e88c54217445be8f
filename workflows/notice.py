"""A message to one person that belongs to no episode: what they reported and could not be kept."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from domain.sending import AlertRequest, AlertResult
    from workflows import signatures


@workflow.defn(name="NoticeWorkflow")
class NoticeWorkflow:
    """One alert, tried until it has been handed to a provider or an hour has passed."""

    @workflow.run
    async def run(self, request: AlertRequest) -> AlertResult:
        """Send it."""
        result: AlertResult = await workflow.execute_activity(
            signatures.ALERT,
            request,
            result_type=AlertResult,
            task_queue=signatures.URGENT,
            schedule_to_close_timeout=timedelta(hours=1),
            start_to_close_timeout=timedelta(seconds=30),
            heartbeat_timeout=timedelta(seconds=5),
            retry_policy=RetryPolicy(initial_interval=timedelta(seconds=2), maximum_interval=timedelta(seconds=60)),
            summary=request.template.value.replace("_", " "),
        )
        return result
