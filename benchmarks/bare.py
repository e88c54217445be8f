"""The floor: the least that Temporal needs for the same work, on the same server in the same run.

`BareDeadline` is one timer and one activity that makes the very request an alert makes, to the same simulator, report
address included. `BareCheckIn` is one update that moves a deadline and so restarts its timer. They run in a worker
process of their own, with the sandbox on, one queue, an activity that may start eagerly, and the same room as ours for
workflows and activities; pydantic payloads, read once a process and not encrypted. They claim nothing, record nothing
and recover from nothing.
"""

import asyncio
from datetime import datetime, timedelta

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from benchmarks.bare_messages import BareMessage, BareSighting

QUEUE = "bare"
SEND = "bare_send"
INTERVAL = timedelta(minutes=30)


@workflow.defn(name="BareDeadline")
class BareDeadline:
    """One timer, one activity."""

    @workflow.run
    async def run(self, message: BareMessage) -> None:
        """Wait, and send."""
        await asyncio.sleep((message.deadline - workflow.now()).total_seconds())
        await workflow.execute_activity(SEND, message, task_queue=QUEUE, start_to_close_timeout=timedelta(seconds=30))


@workflow.defn(name="BareCheckIn")
class BareCheckIn:
    """A deadline that an update moves: seven events and two billable actions, whoever does it."""

    @workflow.init
    def __init__(self, start: BareSighting) -> None:
        self._deadline = start.seen_at + INTERVAL
        self._changed = False

    @workflow.run
    async def run(self, start: BareSighting) -> None:  # noqa: ARG002 - the initialiser has taken it
        """Wait for ever, anew after every update."""
        while True:
            self._changed = False
            try:
                await workflow.wait_condition(lambda: self._changed, timeout=self._deadline - workflow.now())
            except TimeoutError:
                return

    @workflow.update(name="check_in")
    def check_in(self, sighting: BareSighting) -> datetime:
        """Move the deadline."""
        self._deadline = sighting.seen_at + INTERVAL
        self._changed = True
        return self._deadline
