"""A finished run's history, page by page: what Temporal's own tools read."""

import json
from collections.abc import AsyncIterator

import pytest
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory

from activities.record import PAGE, as_json


async def _come(events: list[HistoryEvent]) -> AsyncIterator[HistoryEvent]:
    for event in events:
        yield event


@pytest.mark.parametrize("count", [0, 1, PAGE - 1, PAGE, PAGE + 1, 3 * PAGE])
async def test_a_history_in_pages_is_the_history_in_one_piece(count: int) -> None:
    """Whatever its length, and nothing between the pages is lost or doubled."""
    kind = EventType.EVENT_TYPE_TIMER_STARTED
    events = [HistoryEvent(event_id=number + 1, event_type=kind) for number in range(count)]
    written = b"".join([page async for page in as_json(_come(events))])

    whole = WorkflowHistory("placement/Heron-42", events)
    assert json.loads(written).get("events") == json.loads(whole.to_json()).get("events", [])
    assert list(WorkflowHistory.from_json("placement/Heron-42", written.decode()).events) == events
