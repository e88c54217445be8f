"""One Temporal worker process: `python worker.py` or `goldenhour worker`.

It refuses to start on a broken setting with one clear line, registers the search attributes before it polls, and on
SIGTERM finishes what is under way before it leaves.
"""

import asyncio
import os
import signal
import sys
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import NoReturn

import structlog
from redis.asyncio import Redis
from temporalio.client import Client
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig
from temporalio.worker import Worker

from activities.alert import Alerting
from activities.canary import Canary
from activities.circulation import Circulating
from activities.claims import Claims
from activities.outages import Outages
from activities.record import Recording
from activities.throttle import Throttle
from activities.verifying import Verifying
from config.keys import KeyRing
from config.logging import configure_logging
from config.settings import Settings, SettingsError
from engine import search_attributes
from engine.client import connect
from engine.facade import Engine
from engine.sandbox import WORKFLOWS, sandbox
from notifiers.registry import Notifiers, from_settings
from store.repositories import Store
from workflows import signatures

log = structlog.get_logger()

DRAIN = timedelta(seconds=25)
"""How long activities may finish after SIGTERM: below the half minute after which most supervisors kill."""

HEARTBEATS = timedelta(seconds=1)
"""The longest that a heartbeat is kept back before it is passed on. The default, four fifths of the server's limit of
five seconds, leaves a busy server one second before it takes an alert for dead that is alive, and sends it twice."""

CACHED_WORKFLOWS = 2500
"""Workflows that a worker keeps in memory between their tasks, a hundred kilobytes each; others are replayed. With
as many as there are children or fewer, each would push out the next one whose turn it is."""

ALERTS = 1000
"""Alerts that one worker has under way at once: most of them stand aside in a rush, with nothing left but to be written
down (`activities/rush.py`)."""

REMEMBERED = timedelta(seconds=20)
"""How long a task waits for the worker that has its workflow in memory, before any worker may replay it. Temporal's
default is ten. Of a thousand deadlines at one instant the last four hundred waited longer than that, and were replayed
one by one: the last text came after 37 s instead of 19. A worker that dies holds its own next tasks back as long."""


def workers(
    client: Client,
    *,
    store: Store,
    redis: Redis,
    notifiers: Notifiers,
    public_url: str,
    deadman_url: str | None,
    max_cached_workflows: int = CACHED_WORKFLOWS,
) -> list[Worker]:
    """The two queues of a worker process: workflows with what reaches people, and housekeeping.

    With `max_cached_workflows=0` each task rebuilds its workflow from the history, as after a crash: for tests.
    """
    alerting = Alerting(
        store,
        Claims(store.notifications, redis),
        notifiers,
        Outages(redis),
        Throttle(redis),
        public_url=public_url,
    )
    canary = Canary(store, redis, deadman_url=deadman_url)
    circulating = Circulating(store, client)
    recording = Recording(store, client)
    verifying = Verifying(store, notifiers, public_url=public_url)
    return [
        Worker(
            client,
            task_queue=signatures.WORKFLOWS,
            workflows=WORKFLOWS,
            workflow_runner=sandbox(),
            max_cached_workflows=max_cached_workflows,
            sticky_queue_schedule_to_start_timeout=REMEMBERED,
            activities=[
                alerting.alert,
                alerting.follow_up,
                alerting.alert_exercise,
                circulating.circulate,
                circulating.look_up_desks,
                canary.canary,
            ],
            max_concurrent_activities=ALERTS,
            max_heartbeat_throttle_interval=HEARTBEATS,
            graceful_shutdown_timeout=DRAIN,
        ),
        Worker(
            client,
            task_queue=signatures.HOUSEKEEPING,
            activities=[
                recording.record,
                recording.renew_calendar,
                recording.export_history,
                verifying.send_verification,
            ],
            max_concurrent_activities=20,
            graceful_shutdown_timeout=DRAIN,
        ),
    ]


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Connect, register, poll, until told to stop; then drain.

    Raises:
        RuntimeError: Temporal does not answer.
        Unregistered: search attributes are missing, and only an operator may make them.
    """
    keys = KeyRing.parse(settings.encryption_keys)
    metrics = PrometheusConfig(bind_address=f"127.0.0.1:{settings.metrics_port}")
    client = await connect(keys, runtime=Runtime(telemetry=TelemetryConfig(metrics=metrics)))
    await search_attributes.register(client)
    async with AsyncExitStack() as stack:
        store = Store.open(settings.database_url, keys)
        stack.push_async_callback(store.close)
        redis = Redis.from_url(settings.redis_url, decode_responses=True, socket_timeout=2, socket_connect_timeout=1)
        stack.push_async_callback(redis.aclose)
        notifiers = from_settings(settings)
        stack.push_async_callback(notifiers.close)
        parts = workers(
            client,
            store=store,
            redis=redis,
            notifiers=notifiers,
            public_url=settings.public_url,
            deadman_url=settings.deadman_url,
        )
        for part in parts:
            await stack.enter_async_context(part)
        await Engine(client).start_canary()
        log.info("worker polling", queues=[part.task_queue for part in parts])
        await stop.wait()
        log.info("worker draining")
    log.info("worker stopped")


async def _until_signalled(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    await run(settings, stop)


def main() -> None:
    """Start a worker, or say in one line why not."""
    try:
        settings = Settings.load()
    except SettingsError as error:
        sys.exit(f"goldenhour worker: {error}")
    configure_logging(settings.log_format)
    try:
        asyncio.run(_until_signalled(settings))
    except RuntimeError:
        # What the Temporal client raises when nobody answers at its address.
        _leave(1, "goldenhour worker: Temporal does not answer: is it running, and is TEMPORAL_ADDRESS right?")
    except search_attributes.Unregistered as error:
        _leave(1, f"goldenhour worker: {error}")
    _leave(0)


def _leave(code: int, why: str = "") -> NoReturn:
    """End the process without the interpreter's own finale.

    The Temporal SDK's threads can outlive the loop, and abort a process that is taking down its interpreter; all that
    was ours is closed by now.
    """
    if why:
        print(why, file=sys.stderr)  # noqa: T201 - the one line an operator reads
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
