"""The house of a rehearsal: the real parts on this machine only, in a directory that is gone afterwards.

Temporal's own server keeps its clock skippable and its data in memory; SQLite is a file in the directory; the simulator
stands in for both providers. Redis is left out: it holds only what may be lost (rule 10), and in an hour that is told
in seconds nothing is lost twice. So is the web app: nobody reports back, and receipts are read at the simulator.
"""

import asyncio
import base64
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from temporalio.client import Client
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from config.keys import KEY_BYTES, KeyRing
from config.settings import Settings
from engine import search_attributes
from engine.codec import data_converter
from engine.facade import Engine
from notifiers.registry import from_settings
from rehearsal.server import temporal_server
from simulator.faults import FaultKind
from simulator.testing import RunningSimulator, running_simulator
from store.migrate import upgrade
from store.repositories import Store
from worker import workers

NO_WEB_APP = "http://127.0.0.1:9"
"""Links in messages lead there. Nobody listens, and nobody follows them."""

_SKIPS = 1_000_000
"""By default skipping stops silently after a hundred timers."""


@dataclass(frozen=True, slots=True)
class House:
    """Everything that nights are played with."""

    clock: TimeSkipper
    """Skips a workflow's time, and knows what time it is there."""
    client: Client
    engine: Engine
    store: Store
    simulator: RunningSimulator


@asynccontextmanager
async def open_house(temporal: str, directory: Path) -> AsyncIterator[House]:
    """Start everything, and stop it again.

    Args:
        temporal: the program of Temporal's own server.
        directory: an empty one; whoever made it removes it.

    Raises:
        RehearsalError: Temporal's own server did not start.
    """
    keys = KeyRing.parse(_keys())
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(temporal_server(temporal, data_converter(keys)))
        simulator = await stack.enter_async_context(running_simulator())
        simulator.fault(FaultKind.NO_CALLBACK)
        settings = _settings(directory, simulator)
        await asyncio.to_thread(upgrade, settings.database_url)
        store = Store.open(settings.database_url, keys)
        stack.push_async_callback(store.close)
        redis = Redis(unix_socket_path=str(directory / "no-redis"), retry=Retry(NoBackoff(), 0))
        stack.push_async_callback(redis.aclose)
        notifiers = from_settings(settings)
        stack.push_async_callback(notifiers.close)
        await search_attributes.register(client)
        for part in workers(
            client, store=store, redis=redis, notifiers=notifiers, public_url=NO_WEB_APP, deadman_url=None
        ):
            await stack.enter_async_context(part)
        clock = TimeSkipper(client, config=TimeSkippingConfig(max_session_skip_count=_SKIPS))
        yield House(clock, client, Engine(client), store, simulator)


def _keys() -> str:
    """A key for this rehearsal only."""
    return f"rehearsal:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"


def _settings(directory: Path, simulator: RunningSimulator) -> Settings:
    """Settings that name nothing outside this process; none is read from the environment."""
    return Settings.load(
        {
            "DATABASE_URL": f"sqlite+aiosqlite:///{directory / 'rehearsal.db'}",
            "REDIS_URL": f"unix://{directory / 'no-redis'}",
            "GOLDENHOUR_ENCRYPTION_KEYS": _keys(),
            "GOLDENHOUR_PUBLIC_URL": NO_WEB_APP,
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
