"""Facts that the store was too ill to take: this workflow keeps them, and does not let go until it can."""

from datetime import timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy

with workflow.unsafe.imports_passed_through():
    from domain.sending import RecordRequest, RecordResult
    from workflows import signatures
    from workflows.signatures import RecordStart


@workflow.defn(name="RecordWorkflow")
class RecordWorkflow:
    """One activity, retried for as long as it takes; a retry costs the history nothing."""

    @workflow.run
    async def run(self, start: RecordStart) -> None:
        """Store the facts."""
        await workflow.execute_activity(
            signatures.RECORD,
            RecordRequest(alias=start.alias, facts=start.facts, snapshot=start.snapshot),
            result_type=RecordResult,
            task_queue=signatures.HOUSEKEEPING,
            start_to_close_timeout=timedelta(seconds=60),
            retry_policy=RetryPolicy(initial_interval=timedelta(seconds=5), maximum_interval=timedelta(seconds=60)),
            summary=f"{len(start.facts)} facts to the ledger",
        )
