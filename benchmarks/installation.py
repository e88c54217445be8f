"""A whole Golden Hour of the benchmark's own, each part a process as in production, on free ports of the loopback."""

import asyncio
import os
import shutil
import socket
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import aiohttp
from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from cli.embedded import redis_part, simulator_part, temporal_part
from cli.environment import complete
from cli.part import Child, Part
from cli.probes import listens, page_answers
from config.keys import KeyRing
from config.settings import CHECKOUT, Places, Settings
from engine.codec import data_converter
from store.migrate import upgrade
from store.repositories import Store
from workflows import signatures

PORTS = ("WEB", "SIMULATOR", "TEMPORAL", "TEMPORAL_UI", "REDIS", "METRICS")
QUIET = 0.15
"""Seconds of processor time in a second: less is rest."""
LONGEST_UNREST = 90
LOOK_EVERY = 0.02
"""Seconds between two looks at whether a worker polls."""
POLLED = (
    (signatures.WORKFLOWS, TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW),
    (signatures.URGENT, TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY),
)


class MeasurementFailed(Exception):  # noqa: N818 - it is told as it stands
    """Something could not be measured. The text is one line: what, and why."""


@dataclass
class Installation:
    """The parts that run, and the ways to them."""

    places: Places
    environment: dict[str, str]
    settings: Settings
    keys: KeyRing
    store: Store
    http: aiohttp.ClientSession
    client: Client
    """As the product's own: payloads encrypted."""
    bare: Client
    """As the floor's: payloads plain."""
    bare_metrics_port: int
    children: dict[str, Child] = field(default_factory=dict)

    async def start(self, part: Part) -> float:
        """Start a part; the seconds until it was ready.

        Raises:
            PartFailed: it did not come up.
        """
        child = Child(part, logs=self.places.data_dir / "logs", pids=self.places.data_dir / "run")
        self.children[part.name] = child
        return await child.start()

    async def stop(self, *names: str) -> None:
        """Stop these parts, or all, the last started first."""
        for name in names or tuple(reversed(self.children)):
            child = self.children.pop(name, None)
            if child is not None:
                await child.stop()

    def pid(self, part: str) -> int:
        """The process of a part."""
        slug = part.lower().replace(" ", "-")
        return int((self.places.data_dir / "run" / f"{slug}.pid").read_text().splitlines()[0])

    def resident_kb(self, part: str) -> float:
        """The memory that a part holds now, in KB."""
        pages = int(Path(f"/proc/{self.pid(part)}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1000

    async def comes_to_rest(self) -> None:
        """Until all parts together use little of a core, a minute and a half at most.

        What one burst leaves to be done is not to be paid by the next.
        """
        for _ in range(LONGEST_UNREST):
            before = self._cpu_seconds()
            await asyncio.sleep(1)
            if self._cpu_seconds() - before < QUIET:
                return

    def _cpu_seconds(self) -> float:
        """The processor time of all parts since they were started."""
        ticks = os.sysconf("SC_CLK_TCK")
        stats = (Path(f"/proc/{self.pid(part)}/stat").read_text().rpartition(")")[2].split() for part in self.children)
        return sum((int(fields[11]) + int(fields[12])) / ticks for fields in stats)

    def worker(self) -> Part:
        """`goldenhour worker`."""
        return Part("Worker", _own("worker"), self.environment, listens(self.settings.metrics_port), stop_within=70)

    def web(self) -> Part:
        """`goldenhour web`."""
        return Part("Web app", _own("web"), self.environment, page_answers(self.settings.web_port, "/healthz"))

    def bare_worker(self) -> Part:
        """The floor's worker."""
        ready = self.places.data_dir / "bare-worker-polls"
        ready.unlink(missing_ok=True)

        async def is_ready() -> bool:
            return ready.exists()

        command = (sys.executable, "-m", "benchmarks.bare_worker", str(ready), str(self.bare_metrics_port))
        return Part("Bare worker", command, self.environment, is_ready)

    async def cold_start(self) -> float:
        """Start a worker; the seconds until the server has seen it poll for workflows and for alerts.

        Raises:
            PartFailed: it did not come up.
        """
        began = time.monotonic()
        starting = asyncio.create_task(self.start(self.worker()))
        pid_file = self.places.data_dir / "run" / "worker.pid"
        while not pid_file.exists():  # noqa: ASYNC110 - the file appears as the process does
            await asyncio.sleep(LOOK_EVERY)
        identity = f"{self.pid('Worker')}@{socket.gethostname()}"
        for queue, kind in POLLED:
            while identity not in await self._pollers(queue, kind):
                if starting.done():
                    starting.result()
                await asyncio.sleep(LOOK_EVERY)
        seconds = time.monotonic() - began
        await starting
        return seconds

    async def _pollers(self, queue: str, kind: "TaskQueueType.ValueType") -> set[str]:
        request = DescribeTaskQueueRequest(
            namespace=self.client.namespace, task_queue=TaskQueue(name=queue), task_queue_type=kind
        )
        answer = await self.client.workflow_service.describe_task_queue(request)
        return {poller.identity for poller in answer.pollers}


def _own(command: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "cli.main", command)


def _free_ports(count: int) -> list[int]:
    """Ports that nobody listens on; all are held until all are known, so that none is given twice."""
    listeners = [socket.socket() for _ in range(count)]
    try:
        for listener in listeners:
            listener.bind(("127.0.0.1", 0))
        return [int(listener.getsockname()[1]) for listener in listeners]
    finally:
        for listener in listeners:
            listener.close()


def _places(directory: Path) -> Places:
    ports = {f"GOLDENHOUR_{name}_PORT": str(port) for name, port in zip(PORTS, _free_ports(len(PORTS)), strict=True)}
    return Places.load({**ports, "GOLDENHOUR_DATA_DIR": str(directory)})


def _environment(places: Places) -> dict[str, str]:
    """What `goldenhour up --demo` would tell its parts, whatever this shell has set."""
    plain = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    ports = {f"GOLDENHOUR_{name}_PORT": str(getattr(places, f"{name.lower()}_port")) for name in PORTS}
    told = complete({**plain, "GOLDENHOUR_DATA_DIR": str(places.data_dir)}, places, demo=True)
    return {**told, **ports}


@asynccontextmanager
async def installation(directory: Path, *, more_for_temporal: Sequence[str] = ()) -> AsyncIterator[Installation]:
    """Temporal, Redis, the simulator and the database run; workers and the web app are started as they are measured.

    The directory is made, and removed at the end with everything in it.

    Raises:
        PartFailed: a part did not come up.
    """
    shutil.rmtree(directory, ignore_errors=True)
    for needed in ("logs", "run"):
        (directory / needed).mkdir(parents=True, mode=0o700)
    places = _places(directory)
    environment = await asyncio.to_thread(_environment, places)
    settings = Settings.load(environment)
    await asyncio.to_thread(upgrade, settings.database_url)
    keys = settings.key_ring
    temporal = temporal_part({"TEMPORAL_NAMESPACE": "", **environment, "TEMPORAL_ADDRESS": ""}, places)
    ground = [
        replace(temporal, command=(*temporal.command, *more_for_temporal)),
        redis_part(environment, places),
        simulator_part(environment, places),
    ]
    running: dict[str, Child] = {}
    store = Store.open(settings.database_url, keys, timeout=30)
    # Connections idle for longer are closed by the web app itself, in the middle of the next request.
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=3)
    http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60), connector=connector)
    try:
        for part in ground:
            running[part.name] = Child(part, logs=directory / "logs", pids=directory / "run")
            await running[part.name].start()
        address = environment["TEMPORAL_ADDRESS"]
        own = await Client.connect(address, data_converter=data_converter(keys))
        bare = await Client.connect(address, data_converter=pydantic_data_converter)
        made = Installation(places, environment, settings, keys, store, http, own, bare, _free_ports(1)[0], running)
        yield made
    finally:
        await http.close()
        await store.close()
        for child in reversed(running.values()):
            await child.stop()
        shutil.rmtree(directory, ignore_errors=True)


BUILD = CHECKOUT / "build" / "bench"
"""Where a run works and leaves its results."""
