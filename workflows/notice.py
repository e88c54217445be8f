"""A message to one person that belongs to no episode: what they reported and could not be kept."""

import asyncio
from datetime import timedelta
from itertools import count

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from domain.sending import AlertRequest, AlertResult, SendStatus
    from workflows import signatures


PATIENCE = timedelta(hours=1)
LONGEST_WAIT = timedelta(seconds=60)


@workflow.defn(name="NoticeWorkflow")
class NoticeWorkflow:
    """One message to one person, on each of their channels in turn, until a provider has taken it or an hour passed."""

    @workflow.run
    async def run(self, request: AlertRequest) -> AlertResult:
        """Send it. What became of it comes back as data, so that trying again is ours."""
        until = workflow.now() + PATIENCE
        wait = timedelta(seconds=2)
        for attempt in count():
            result = await self._send(_on_next_channel(request, attempt))
            if any(one.status is SendStatus.ACCEPTED for one in result.sent) or workflow.now() >= until:
                return result
            await asyncio.sleep(wait.total_seconds())
            wait = min(wait * 2, LONGEST_WAIT)
        raise AssertionError("counting never ends")

    async def _send(self, request: AlertRequest) -> AlertResult:
        result: AlertResult = await workflow.execute_activity(
            signatures.ALERT,
            request,
            result_type=AlertResult,
            task_queue=signatures.URGENT,
            schedule_to_close_timeout=PATIENCE,
            start_to_close_timeout=timedelta(seconds=30),
            heartbeat_timeout=timedelta(seconds=5),
            retry_policy=RetryPolicy(initial_interval=timedelta(seconds=2), maximum_interval=LONGEST_WAIT),
            summary=request.template.value.replace("_", " "),
        )
        return result


def _on_next_channel(request: AlertRequest, attempt: int) -> AlertRequest:
    recipients = [
        (one.person_id, one.channels[attempt % len(one.channels)][0]) for one in request.contacts if one.channels
    ]
    return request.model_copy(update={"attempt": attempt, "recipients": recipients})
