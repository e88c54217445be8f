"""The words in which the stories of golden histories are told; each becomes one recorded file, or one for each run."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from temporalio.service import RPCError

from tests.scenarios.engine_room import Room
from tests.scenarios.phones import Phone
from tests.scenarios.story import Home, Refused
from workflows import signatures

Telling = Callable[["Story"], Awaitable[None]]

STORIES: dict[str, Telling] = {}
"""By the name of their files."""


def story(telling: Telling) -> Telling:
    """Have this one recorded, under its function's name."""
    STORIES[telling.__name__.replace("_", "-")] = telling
    return telling


@dataclass
class Story:
    """A home with a child in it, and what happens there."""

    home: Home
    alias: str = ""
    number: int = 1
    """Of the episode that is spoken of."""
    keep: list[str] = field(default_factory=list)
    """Which workflows are recorded; unless the story says so, the placement's."""

    @property
    def room(self) -> Room:
        """The real parts."""
        return self.home.room

    def phone(self, role: str) -> Phone:
        """Somebody's phone."""
        return self.home.phones[role]

    def breaks(self, kind: str, role: str, **details: Any) -> None:  # noqa: ANN401
        """Something goes wrong at the provider with this person's texts."""
        self.room.simulator.fault(kind, self.phone(role).number, **details)

    # ── what people do ──────────────────────────────────────────────────────────────────────────────────────────────

    async def arrives(self, policy: str = "golden") -> None:
        """A child enters care."""
        self.alias = await self.home.admit(policy)
        self.keep.append(signatures.workflow_id(self.alias))

    async def rehearses(self, policy: str = "golden", **more: Any) -> None:  # noqa: ANN401
        """A manager starts an exercise."""
        self.alias = await self.home.exercise(policy_id=policy, **more)
        self.keep.append(signatures.workflow_id(self.alias))

    async def is_seen(self, outcome: str = "seen_well", **more: Any) -> str:  # noqa: ANN401
        """A carer records a check-in; returns one word for what followed."""
        return str((await self.home.check_in(self.alias, outcome, **more))["outcome"])

    async def does(self, what: str, *, by: str = "shift lead", **body: Any) -> str:  # noqa: ANN401
        """Somebody does something about the placement."""
        return str((await self.home.post(f"/placements/{self.alias}/{what}", body, by=by))["outcome"])

    async def reports(self, what: str, *, by: str = "shift lead", **body: Any) -> str:  # noqa: ANN401
        """Somebody does something about the episode."""
        return str((await self.home.post(f"/episodes/{self.alias}-{self.number}/{what}", body, by=by))["outcome"])

    async def answers(self, kind: str, *, by: str = "shift lead", **body: Any) -> str:  # noqa: ANN401
        """Somebody who was alerted answers."""
        return await self.reports("responses", by=by, kind=kind, **body)

    async def is_refused(self, asked: Awaitable[str]) -> None:
        """What is asked is refused.

        Raises:
            AssertionError: it was done.
        """
        try:
            done = await asked
        except Refused:
            return
        raise AssertionError(f"this was to be refused, and was {done}")

    async def two_people_find_the_child(self) -> None:
        """One says it, and another confirms."""
        assert await self.reports("returned", seen_at=self.now(), how_known="at the door") == "awaits_second_person"
        told = await self.reports("returned", by="key worker", seen_at=self.now(), how_known="in the room")
        assert told == "returned"

    async def police_are_told(self) -> None:
        """A person enters what proves it."""
        entered = {"reference": "NC-0000-01012026", "force": "Test Police", "reported_at": self.now()}
        await self.reports("police-reports", **entered)

    async def is_closed(self) -> None:
        """The episode is over."""
        assert await self.reports("close", by="registered manager", reason="Back, well.") == "closed"

    async def leaves(self) -> None:
        """The placement ends, and with it the run, once nothing is open."""
        await self.does("end", by="registered manager", reason="Moved on.")

    # ── time ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def now(self, *, ahead: timedelta = timedelta(0)) -> str:
        """The engine's virtual time, as the API takes it."""
        return (self.room.clock() + ahead).isoformat()

    async def passes(self, *, minutes: float = 0, days: float = 0) -> None:
        """Time goes by."""
        await self.home.time_passes(minutes=minutes + days * 24 * 60)

    def days_in_care(self) -> float:
        """How long it has been."""
        return self.room.clock.skipped / timedelta(days=1)

    async def nobody_checks(self) -> None:
        """A check-in is missed, and its grace runs out."""
        await self.passes(minutes=35.1)

    async def settles(self) -> None:
        """What is under way comes back, and facts that wait a few seconds for company go to the ledger."""
        with suppress(RPCError):  # the run is complete: there is nothing left to settle
            for _ in range(2):
                await self.home.time_passes(seconds=10)

    async def waits_for(self, event: str) -> None:
        """Until the placement's history holds something of this name: an activity's failure, a signal.

        Raises:
            TimeoutError: it does not come.
        """
        async with asyncio.timeout(10):
            while event not in str(await self.home.history(self.alias)):  # noqa: ASYNC110 - the engine offers no event
                await asyncio.sleep(0.05)

    async def waits_for_workflow(self, prefix: str) -> str:
        """The id of the first workflow that begins so, once there is one.

        Raises:
            TimeoutError: there is none.
        """
        async with asyncio.timeout(20):
            while True:
                async for found in self.room.client.list_workflows(f"WorkflowId STARTS_WITH '{prefix}'"):
                    return found.id
                await asyncio.sleep(0.1)

    async def has_continued(self, workflow_id: str) -> bool:
        """Whether a workflow is in a later run than its first."""
        handle = self.room.client.get_workflow_handle(workflow_id)
        info = (await handle.describe()).raw_description.workflow_execution_info
        return bool(info.first_run_id != info.execution.run_id)
