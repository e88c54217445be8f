"""The canary: every minute through every part, and out to a dead-man's switch that pages when it stops."""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from workflows import signatures
    from workflows.signatures import CanaryRequest

EVERY = timedelta(seconds=60)
ROUNDS = 120
"""Rounds of one run; then it continues as new."""


@workflow.defn(name="CanaryWorkflow")
class CanaryWorkflow:
    """A continue-as-new loop, not a schedule: a schedule's id suffix would break the binding of its payloads."""

    @workflow.run
    async def run(self, request: CanaryRequest) -> None:
        """Fly a round a minute. A round that fails is not retried beyond its minute: its absence is the alarm."""
        for flown in range(ROUNDS):
            started = workflow.now()
            try:
                await workflow.execute_activity(
                    signatures.CANARY,
                    CanaryRequest(round=request.round + flown),
                    task_queue=signatures.URGENT,
                    schedule_to_close_timeout=timedelta(seconds=50),
                    start_to_close_timeout=timedelta(seconds=20),
                    retry_policy=RetryPolicy(initial_interval=timedelta(seconds=5), backoff_coefficient=1.0),
                    summary="through every part",
                )
            except ActivityError:
                workflow.logger.warning("a canary round failed")
            await asyncio.sleep((EVERY - min(workflow.now() - started, EVERY - timedelta(seconds=1))).total_seconds())
        workflow.continue_as_new(CanaryRequest(round=request.round + ROUNDS))
