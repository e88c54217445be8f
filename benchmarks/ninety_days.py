"""Ninety virtual days of one child: what a placement carries must not grow with the time that it lasts.

The worker is a process of its own, as always. The web app runs in here: it has to live in the same virtual time.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import uvicorn
from redis.asyncio import Redis
from temporalio.client import Client
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from benchmarks.installation import BUILD, Installation, installation
from benchmarks.town import Town
from benchmarks.verdict import Measure
from engine.facade import Engine
from engine.search_attributes import register
from web.app import create_app
from web.services import Services
from workflows.signatures import workflow_id

SKIPPING = ("--dynamic-config-value", "frontend.WorkflowTimeSkippingEnabled=true")
A_DAY = 48
STEP = timedelta(days=1) / A_DAY
EVENTS_BAR, STATE_BAR, GROWTH_BAR = 4096, 256, 1.1
"""A history's events; KB carried from run to run; and the worker's memory at the end, in parts of that on day two: the
same, as far as a process's memory can be read."""
SETTLED_DAY = 2


@dataclass
class Clock:
    """The child's virtual time: the wall clock, and what has been skipped."""

    skipped: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        """Now, UTC."""
        return datetime.now(UTC) + self.skipped


@dataclass(frozen=True, slots=True)
class Carried:
    """The largest of all runs."""

    events: int
    state_kb: float


async def ninety_days(days: int) -> list[Measure]:
    """Check-ins every half hour for so many days, and what has become of history, state and memory."""
    clock = Clock()
    async with installation(BUILD / "run", more_for_temporal=SKIPPING) as house:
        skipper = TimeSkipper(house.client, config=TimeSkippingConfig(max_session_skip_count=1_000_000))
        await register(house.client)
        await house.start(house.worker())
        async with _web(house, skipper.client, clock):
            town = await Town(house, clock=clock).found()
            with skipper.with_time_skipping_disabled():
                alias = await town.admit((await town.homes(1))[0])
            handle = skipper.client.get_workflow_handle(workflow_id(alias))
            held: list[float] = []
            for _ in range(days):
                for _ in range(A_DAY):
                    await skipper.fast_forward(handle, STEP)
                    clock.skipped += STEP
                    await town.check_in(alias)
                held.append(house.resident_kb("Worker") / 1000)
        carried = await _carried(house.client, workflow_id(alias))
    name = f"{days} days at {A_DAY} check-ins a day"
    return [
        Measure(f"{name}: longest history", "events", carried.events, EVENTS_BAR),
        Measure(f"{name}: largest state carried", "KB", carried.state_kb, STATE_BAR),
        Measure(
            f"{name}: worker's memory, of day 2", "MB", held[-1], GROWTH_BAR, floor=held[min(days, SETTLED_DAY) - 1]
        ),
    ]


@asynccontextmanager
async def _web(house: Installation, client: Client, clock: Clock) -> AsyncIterator[None]:
    """The web app, in the child's time."""
    async with Redis.from_url(house.settings.redis_url, decode_responses=True, socket_timeout=2) as redis:
        services = Services(
            settings=house.settings, keys=house.keys, store=house.store, engine=Engine(client), redis=redis, clock=clock
        )
        config = uvicorn.Config(
            create_app(services), host="127.0.0.1", port=house.settings.web_port, log_config=None, lifespan="on"
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110 - uvicorn offers a flag, no event
            await asyncio.sleep(0.02)
        try:
            yield
        finally:
            server.should_exit = True
            await serving


async def _carried(client: Client, workflow: str) -> Carried:
    """The longest history of all runs, and the most that one has handed to the next."""
    events, largest = 0, 0
    run: str | None = None
    while True:
        history = await client.get_workflow_handle(workflow, run_id=run).fetch_history()
        started = history.events[0].workflow_execution_started_event_attributes
        events, largest = max(events, len(history.events)), max(largest, started.input.ByteSize())
        run = started.continued_execution_run_id or None
        if run is None:
            return Carried(events, largest / 1000)
