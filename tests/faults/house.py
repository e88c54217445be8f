"""A whole house of real processes, each of which can be killed, stopped and started again.

Temporal's server, Redis, workers and the web app are started as `goldenhour up` starts them, with a database of the
test's own. The simulator is the world outside: it runs in the test itself and is never killed. Nothing outlives the
test: parts are ended by their own process ids, and by the system should the test run itself be killed.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from redis.asyncio import Redis
from temporalio.client import Client
from temporalio.testing import WorkflowEnvironment

from cli.embedded import redis_part, temporal_part
from cli.part import Child, Part
from cli.probes import listens, page_answers
from config.keys import KeyRing
from config.policy import parse
from config.settings import Places, Settings
from engine.codec import data_converter
from engine.facade import Engine
from simulator.testing import RunningSimulator, running_simulator
from store.migrate import upgrade
from store.repositories import Store
from tests.scenarios.engine_room import KEYS, Clock, Room, free_port
from web.services import Services

TEMPORAL, REDIS, WEB, WORKER, SECOND_WORKER = "Temporal", "Redis", "Web app", "Worker", "Second worker"
PARTS = (WORKER, WEB, TEMPORAL, REDIS)
"""What is killed, each in its turn."""
GROUND = frozenset({TEMPORAL, REDIS})
"""A worker that finds no Temporal ends; `up` would start it again, a house does not."""
SQLITE, POSTGRESQL = "sqlite", "postgresql"


class House:
    """The parts by name, and what stories need of them."""

    def __init__(self, directory: Path, database_url: str, simulator: RunningSimulator) -> None:
        self._directory = directory
        self.environment = _environment(directory, database_url, simulator)
        self.places = Places.load(self.environment)
        self.simulator = simulator
        self._children = {part.name: self._child(part) for part in self._parts()}
        self.room: Room
        """The house as the words of `tests.scenarios.story` know it."""

    def _parts(self) -> list[Part]:
        everything = self.environment
        web = page_answers(self.places.web_port, "/healthz")
        return [
            temporal_part(everything, self.places),
            redis_part(everything, self.places),
            self._worker(WORKER),
            Part(WEB, (sys.executable, "-m", "cli.main", "web"), everything, web),
        ]

    def _worker(self, name: str) -> Part:
        port = free_port()
        environment = self.environment | {"GOLDENHOUR_METRICS_PORT": str(port)}
        return Part(name, (sys.executable, "-m", "cli.main", "worker"), environment, listens(port))

    def _child(self, part: Part) -> Child:
        logs, pids = self._directory / "logs", self._directory / "run"
        for needed in (logs, pids):
            needed.mkdir(exist_ok=True)
        return Child(part, logs=logs, pids=pids)

    async def start(self, *names: str) -> None:
        """Start these parts and wait until each is ready: first what the others stand on, as `up` does."""
        for together in (GROUND & set(names), set(names) - GROUND):
            await asyncio.gather(*(self._children[name].start() for name in together))

    async def add_second_worker(self) -> None:
        """One worker more."""
        self._children[SECOND_WORKER] = self._child(self._worker(SECOND_WORKER))
        await self.start(SECOND_WORKER)

    async def kill(self, *names: str) -> None:
        """`kill -9`, as a power cut would: nothing is finished, nothing said goodbye to."""
        for name in names:
            self._children[name].kill()
        for name in names:
            await self._children[name].ended()

    async def killed_for(self, seconds: float, *names: str) -> None:
        """Killed, and started again that much later."""
        await self.kill(*names)
        await asyncio.sleep(seconds)
        await self.start(*names)

    def freeze(self, name: str) -> None:
        """SIGSTOP: it stands still, keeps its connections, and knows nothing of it."""
        os.kill(self._pid(name), signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        """SIGCONT: it goes on in the middle of the line where it stood."""
        os.kill(self._pid(name), signal.SIGCONT)

    def _pid(self, name: str) -> int:
        slug = name.lower().replace(" ", "-")
        return int((self._directory / "run" / f"{slug}.pid").read_text().split("\n")[0])

    async def end(self) -> None:
        """End every part at once."""
        for child in self._children.values():
            child.kill()
        for child in self._children.values():
            await child.ended()

    async def publish(self, policy_text: str) -> None:
        """A policy of the test's own."""
        policy = parse(policy_text, source="tests.toml")
        policies = self.room.store.policies
        version = await policies.save_draft(policy, "", "tests")
        await policies.publish(policy.id, version, "tests", alone_allowed=True)


@asynccontextmanager
async def running_house(directory: Path, database_url: str) -> AsyncIterator[House]:
    """Everything up, as after `goldenhour up`; everything gone afterwards."""
    async with AsyncExitStack() as stack:
        simulator = await stack.enter_async_context(running_simulator())
        house = House(directory, database_url, simulator)
        simulator.point_at(house.environment["GOLDENHOUR_PUBLIC_URL"])
        await asyncio.to_thread(upgrade, database_url)
        stack.push_async_callback(house.end)
        await house.start(*PARTS)
        house.room = await stack.enter_async_context(_room(house))
        yield house


@asynccontextmanager
async def _room(house: House) -> AsyncIterator[Room]:
    """The test's own hands: a client, a store, a Redis; the web app and the workers are in their processes."""
    settings = Settings.load(house.environment)
    keys = KeyRing.parse(KEYS)
    client = await Client.connect(house.environment["TEMPORAL_ADDRESS"], data_converter=data_converter(keys))
    async with AsyncExitStack() as stack:
        store = Store.open(settings.database_url, keys)
        stack.push_async_callback(store.close)
        redis = Redis.from_url(settings.redis_url, decode_responses=True, socket_timeout=2)
        stack.push_async_callback(redis.aclose)
        services = Services(settings=settings, keys=keys, store=store, engine=Engine(client), redis=redis)
        yield Room(
            env=WorkflowEnvironment.from_client(client),
            client=client,
            simulator=house.simulator,
            store=store,
            redis=redis,
            services=services,
            clock=Clock(),
            url=settings.public_url,
        )


def _environment(directory: Path, database_url: str, simulator: RunningSimulator) -> dict[str, str]:
    """The settings of every part, nothing left to a developer's `.env`."""
    web, redis, temporal = free_port(), free_port(), free_port()
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(directory),
        "PYTHONUNBUFFERED": "1",
        "DATABASE_URL": database_url,
        "REDIS_URL": f"redis://127.0.0.1:{redis}/0",
        "TEMPORAL_ADDRESS": f"127.0.0.1:{temporal}",
        "TEMPORAL_NAMESPACE": "default",
        "GOLDENHOUR_TEMPORAL_PORT": str(temporal),
        "GOLDENHOUR_TEMPORAL_UI_PORT": str(free_port()),
        "GOLDENHOUR_REDIS_PORT": str(redis),
        "GOLDENHOUR_WEB_PORT": str(web),
        "GOLDENHOUR_PUBLIC_URL": f"http://127.0.0.1:{web}",
        "GOLDENHOUR_DATA_DIR": str(directory),
        "GOLDENHOUR_ENCRYPTION_KEYS": KEYS,
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
