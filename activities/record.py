"""Facts and histories for the ledger, and local times for the calendar: what can wait a little."""

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from datetime import datetime

import structlog
from google.protobuf.json_format import MessageToJson
from temporalio import activity
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory, WorkflowAlreadyStartedError

from domain import calendar
from domain.ledger import MANY
from domain.policy import from_text
from domain.sending import RecordRequest, RecordResult
from store.errors import StoreError
from store.repositories import Store
from workflows import signatures
from workflows.record import RecordWorkflow
from workflows.signatures import CalendarRequest, CalendarResult, ExportRequest, RecordStart

log = structlog.get_logger()

STORE_PATIENCE = 4.0
"""Seconds for one batch of facts."""

BACKLOG_PATIENCE = 1.0
"""Seconds when so many wait that the store has been away for a while: they are to be safe before there are more."""

PAGE = 200
"""Events of a history that are in memory at once."""


def _store_away(error: StoreError) -> ApplicationError:
    """Expected, and tried again by the engine: no news for the log."""
    return ApplicationError(
        f"the store is away ({type(error).__name__})", type="StoreAway", category=ApplicationErrorCategory.BENIGN
    )


class Recording:
    """The activities that write to the record."""

    def __init__(self, store: Store, client: Client) -> None:
        self._store = store
        self._client = client

    @activity.defn(name="record")
    async def record(self, request: RecordRequest) -> RecordResult:
        """Store facts; storing one twice stores it once.

        With the store away, and if asked to, hand them to a workflow of their own, which does not let go: then they
        are as safe as in the placement's own state, and that can stay small.
        """
        numbers = [fact.n for fact in request.facts]
        backlog = request.hand_over and len(request.facts) > 2 * MANY
        patience = BACKLOG_PATIENCE if backlog else STORE_PATIENCE
        try:
            await self._store.facts.insert(request.alias, request.facts, request.snapshot, timeout=patience)
        except StoreError as error:
            if not request.hand_over:
                raise _store_away(error) from None
            await self._hand_over(request)
        return RecordResult(stored=numbers)

    async def _hand_over(self, request: RecordRequest) -> None:
        log.warning(
            "store away: facts handed to a workflow of their own", alias=request.alias, facts=len(request.facts)
        )
        try:
            await self._client.start_workflow(
                RecordWorkflow.run,
                RecordStart(alias=request.alias, facts=request.facts, snapshot=request.snapshot),
                id=f"record/{request.alias}/{request.facts[0].n}-{request.facts[-1].n}",
                task_queue=signatures.WORKFLOWS,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                static_summary=f"{len(request.facts)} facts waiting for the ledger",
            )
        except WorkflowAlreadyStartedError:
            return

    @activity.defn(name="renew_calendar")
    async def renew_calendar(self, request: CalendarRequest) -> CalendarResult:
        """Resolve a policy's local times anew. Here a time zone may be asked; in a workflow it may not."""
        resolved = calendar.resolve(from_text(request.policy_text), datetime.fromisoformat(request.start))
        return CalendarResult(policy_text=request.policy_text, calendar=resolved)

    @activity.defn(name="export_history")
    async def export_history(self, request: ExportRequest) -> None:
        """Keep a finished run's history, which Temporal forgets after its retention."""
        handle = self._client.get_workflow_handle(request.workflow_id, run_id=request.run_id)
        pages = as_json(handle.fetch_history_events(page_size=PAGE))
        try:
            await self._store.histories.keep(request.alias, request.workflow_id, request.run_id, pages)
        except StoreError as error:
            raise _store_away(error) from None


async def as_json(events: AsyncIterable[HistoryEvent]) -> AsyncIterator[bytes]:
    """A history page by page; together, the JSON that Temporal's own tools read."""
    yield b'{"events":['
    before = b""
    async for page in _paged(events):
        # In a thread: alerts share this loop.
        yield before + await asyncio.to_thread(_listed, page)
        before = b","
    yield b"]}"


async def _paged(events: AsyncIterable[HistoryEvent]) -> AsyncIterator[list[HistoryEvent]]:
    page = list[HistoryEvent]()
    async for event in events:
        page.append(event)
        if len(page) == PAGE:
            yield page
            page = []
    if page:
        yield page


def _listed(page: list[HistoryEvent]) -> bytes:
    return ",".join(MessageToJson(event, indent=None) for event in page).encode()
