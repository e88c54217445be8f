"""What a routine check-in costs: the carer's wait, how many a home's wifi can send, and what the engine writes down."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client, WorkflowHandle

from benchmarks.bare import QUEUE, BareCheckIn
from benchmarks.bare_messages import BareSighting
from benchmarks.installation import Installation
from benchmarks.town import CALLERS, CHILDREN, Town
from workflows.signatures import workflow_id

BILLED = frozenset(
    {
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED,
        EventType.EVENT_TYPE_TIMER_STARTED,
        EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED,
        EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED,
        EventType.EVENT_TYPE_UPSERT_WORKFLOW_SEARCH_ATTRIBUTES,
        EventType.EVENT_TYPE_MARKER_RECORDED,
        EventType.EVENT_TYPE_START_CHILD_WORKFLOW_EXECUTION_INITIATED,
        EventType.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED,
    }
)
"""One billable action each, by Temporal Cloud's list; a continue-as-new is the start of the next run."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a workflow has written down, over all its runs."""

    events: int
    actions: int


class CheckIns:
    """Check-ins over HTTP, and bare updates."""

    def __init__(self, house: Installation, town: Town) -> None:
        self._house = house
        self._town = town

    async def child(self) -> str:
        """A child whose check-ins are measured."""
        return await self._town.admit((await self._town.homes(1))[0])

    async def bare_child(self) -> WorkflowHandle[BareCheckIn, None]:
        """The floor's counterpart."""
        start = BareSighting(seen_at=datetime.now(UTC))
        return await self._house.bare.start_workflow(
            BareCheckIn.run, start, id=f"bare/child-{uuid4()}", task_queue=QUEUE
        )

    async def alone(self, alias: str, count: int) -> list[float]:
        """One check-in after the other: the milliseconds that each took."""
        return [await _timed(lambda: self._town.check_in(alias)) for _ in range(count)]

    async def bare_alone(self, handle: WorkflowHandle[BareCheckIn, None], count: int) -> list[float]:
        """The same by a bare update."""
        return [await _timed(lambda: self._bare(handle)) for _ in range(count)]

    async def together(self, aliases: list[str], each: int) -> float:
        """Twenty callers at once, each with a child of their own: check-ins a second."""
        return await _rate([lambda alias=alias: self._town.check_in(alias) for alias in aliases], each)  # type: ignore[misc]

    async def bare_together(self, handles: list[WorkflowHandle[BareCheckIn, None]], each: int) -> float:
        """The same by bare updates."""
        return await _rate([lambda handle=handle: self._bare(handle) for handle in handles], each)  # type: ignore[misc]

    async def children(self) -> list[str]:
        """A child for each caller."""
        return await self._town.admit_many(await self._town.homes(-(-CALLERS // CHILDREN)), CALLERS)

    async def written(self, alias: str) -> Written:
        """What the engine has written down about a child."""
        return await written(self._house.client, workflow_id(alias))

    async def bare_written(self, handle: WorkflowHandle[BareCheckIn, None]) -> Written:
        """The same of the floor's counterpart."""
        return await written(self._house.bare, handle.id)

    async def _bare(self, handle: WorkflowHandle[BareCheckIn, None]) -> datetime:
        return await handle.execute_update(BareCheckIn.check_in, BareSighting(seen_at=datetime.now(UTC)))


async def written(client: Client, workflow: str) -> Written:
    """All events and billable actions of a workflow, run by run back to its first."""
    events = Counter[int]()
    run: str | None = None
    while True:
        history = await client.get_workflow_handle(workflow, run_id=run).fetch_history()
        events.update(event.event_type for event in history.events)
        run = _continued_from(history.events)
        if run is None:
            return Written(events.total(), sum(events[kind] for kind in BILLED))


def _continued_from(events: Iterable[HistoryEvent]) -> str | None:
    first = next(iter(events))
    return first.workflow_execution_started_event_attributes.continued_execution_run_id or None


async def _timed(job: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await job()
    return (time.perf_counter() - began) * 1000


async def _rate(callers: list[Callable[[], Awaitable[object]]], each: int) -> float:
    """How many a second when every caller does its job so often, as fast as it is answered."""

    async def caller(job: Callable[[], Awaitable[object]]) -> None:
        for _ in range(each):
            await job()

    began = time.perf_counter()
    await asyncio.gather(*(caller(job) for job in callers))
    return len(callers) * each / (time.perf_counter() - began)
