"""A mistake of ours may stop a task; it may not be silent, and it may not lose what people report."""

import asyncio

import pytest
from temporalio.client import WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError

from domain import deliveries
from engine.errors import NotTaken
from engine.facade import _refusal
from tests.scenarios.phones import Phones
from tests.scenarios.story import Home


async def test_a_mistake_in_taking_in_an_outcome_is_loud_and_heals_with_a_better_worker(
    home: Home, phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The task fails where an operator sees it, instead of a ladder that stands still; mended, the ladder goes on."""

    def mistaken(*_: object) -> None:
        raise KeyError("a mistake of ours")

    heron = await home.admit()
    with monkeypatch.context() as patched:
        patched.setattr(deliveries, "done", mistaken)
        await home.let_check_in_lapse(heron)
        await phones["shift lead"].expects("check not recorded")
        async with asyncio.timeout(10):
            while not await task_has_failed(home, heron):  # noqa: ASYNC110 - the engine's history offers no event
                await asyncio.sleep(0.1)
    answer = await home.tried_until_taken(heron)

    assert answer["outcome"] == "seen_late"
    await home.time_passes(minutes=1, seconds=1)  # the phone has just been texted
    await phones["shift lead"].expects("stand down")


async def task_has_failed(home: Home, alias: str) -> bool:
    """Whether an operator sees a failed task in the case."""
    return any(event.HasField("workflow_task_failed_event_attributes") for event in await home.history(alias))


def test_a_request_that_fails_by_a_mistake_of_ours_is_told_and_holds_nothing_up() -> None:
    """Tried for ever, it would keep every later report about this child waiting behind it."""
    told = _refusal(WorkflowUpdateFailedError(ApplicationError("boom", type="KeyError")))
    refused = _refusal(WorkflowUpdateFailedError(ApplicationError("x", "seen_at", "in the future", type="Refused")))

    assert isinstance(told, NotTaken)
    assert (told.field, "ring" in told.detail, "boom" in told.detail) == ("request", True, False)
    assert (refused.field, refused.detail) == ("seen_at", "in the future")
