"""`goldenhour up`: everything on one machine, from nothing to an address to open."""

import asyncio
import importlib.util
import os
import signal
import sys
from collections.abc import Mapping

from cli.disk import UnusableDirectory, low_disk, make_usable
from cli.embedded import MissingTool, redis_part, simulator_part, temporal_is_embedded, temporal_part
from cli.environment import complete, simulates
from cli.paper import keep_on_paper
from cli.part import Part, PartFailed
from cli.ports import NeededPort, NotFree, check_ports, only_one, wait_for_leftovers
from cli.probes import listens, page_answers, survives_a_second
from cli.supervisor import Supervisor
from config.keys import SecretFileError
from config.settings import CHECKOUT, Places, Settings, SettingsError, read_environment

EXPECTED = (SettingsError, SecretFileError, MissingTool, NotFree, PartFailed, UnusableDirectory)
"""What can be wrong before all is up; each is told in one line."""


def say(line: str) -> None:
    """One line of progress, seen at once."""
    print(line, flush=True)


def run_up(*, demo: bool) -> None:
    """Start everything that is not set elsewhere, keep it running until Ctrl-C or SIGTERM, and stop it in order.

    Raises:
        SettingsError, SecretFileError, MissingTool, NotFree, PartFailed, UnusableDirectory: with one line for the
            person who started it.
    """
    os.umask(0o077)  # databases and logs are for their owner only
    given = read_environment()
    places = Places.load(given)
    places = places.model_copy(update={"data_dir": places.data_dir.resolve()})
    make_usable(places.data_dir)
    os.chdir(CHECKOUT)  # as the parts run: a relative DATABASE_URL is the same file to all of them
    with only_one(places.data_dir):
        asyncio.run(_Run(given, places, demo=demo).until_stopped())


class _Run:
    """One run of `up`."""

    def __init__(self, given: Mapping[str, str], places: Places, *, demo: bool) -> None:
        self._given, self._places, self._demo = given, places, demo
        self._supervisor = Supervisor(places.data_dir, say=say)
        self._stop = asyncio.Event()
        self._printing: asyncio.Task[None] | None = None

    async def until_stopped(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self._asked_to_stop)
        starting = asyncio.create_task(self._start())
        stopping = asyncio.create_task(self._stop.wait())
        trimming = asyncio.create_task(self._supervisor.trim_logs())
        try:
            await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                await stopping
        finally:
            for task in (starting, stopping, trimming):
                task.cancel()
            await asyncio.gather(starting, return_exceptions=True)
            if self._printing is not None:
                self._printing.cancel()
                await asyncio.gather(self._printing, return_exceptions=True)
            await self._supervisor.stop()

    def _asked_to_stop(self) -> None:
        if self._stop.is_set():
            say("Stopping at once")
            self._supervisor.kill()
        else:
            say("Stopping; what is under way is finished first. Ctrl-C again stops at once")
            self._stop.set()

    async def _start(self) -> None:
        simulated = simulates(self._given, demo=self._demo)
        if self._demo and not simulated:
            say("TWILIO_* or SENDGRID_* is set: the simulator stays off")
        if scarce := low_disk(self._places.data_dir):
            say(f"Warning: the disk is filling up, {scarce}. A full one stops checks and alerts: make room now")
        await wait_for_leftovers(self._places.data_dir / "run")
        check_ports(self._ports(simulated=simulated))
        environment = await asyncio.to_thread(complete, self._given, self._places, demo=self._demo)
        settings = Settings.load(environment)
        # In the order of their stopping, reversed: what others stand on comes first.
        ground = [temporal_part(environment, self._places)] if temporal_is_embedded(self._given) else []
        ground += [] if self._given.get("REDIS_URL") else [redis_part(environment, self._places)]
        ground += [simulator_part(environment, self._places)] if simulated else []
        say(f"Starting {', '.join(part.name for part in ground) or 'nothing of its own'}; data in {settings.data_dir}")
        migrating = asyncio.create_task(asyncio.to_thread(_migrate, settings.database_url))
        try:
            await self._supervisor.start(*ground)
            await migrating
        finally:
            migrating.cancel()
        await self._supervisor.start(*_own_parts(environment, settings))
        if self._demo:
            await self._seed(environment)
        say(_addresses(settings, embedded=temporal_is_embedded(self._given)))
        self._printing = asyncio.create_task(keep_on_paper(environment, settings.data_dir / "paper", say))

    def _ports(self, *, simulated: bool) -> list[NeededPort]:
        places = self._places
        needed = [
            NeededPort(places.web_port, "web app", "GOLDENHOUR_WEB_PORT"),
            NeededPort(places.metrics_port, "worker's metrics", "GOLDENHOUR_METRICS_PORT"),
        ]
        if temporal_is_embedded(self._given):
            needed.append(NeededPort(places.temporal_port, "Temporal", "GOLDENHOUR_TEMPORAL_PORT"))
            needed.append(NeededPort(places.temporal_ui_port, "Temporal UI", "GOLDENHOUR_TEMPORAL_UI_PORT"))
        if not self._given.get("REDIS_URL"):
            needed.append(NeededPort(places.redis_port, "Redis", "GOLDENHOUR_REDIS_PORT"))
        if simulated:
            needed.append(NeededPort(places.simulator_port, "simulator", "GOLDENHOUR_SIMULATOR_PORT"))
        return needed

    async def _seed(self, environment: Mapping[str, str]) -> None:
        """The demonstration's home, people and policy; running it again changes nothing."""
        if importlib.util.find_spec("web.demo") is None:
            return
        with (self._places.data_dir / "logs" / "demo.log").open("ab") as log:
            seeding = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "web.demo", cwd=CHECKOUT, env=dict(environment), stdout=log, stderr=log
            )
            try:
                code = await seeding.wait()
            finally:
                if seeding.returncode is None:
                    seeding.kill()
        say("Demonstration … ready" if code == 0 else f"Demonstration data were not loaded. Log: {log.name}")


def _migrate(database_url: str) -> None:
    """Bring the database to this version's shape, while the servers start."""
    from store.errors import StoreError  # noqa: PLC0415 - half a second, and the servers can start meanwhile
    from store.migrate import upgrade  # noqa: PLC0415 - the same

    try:
        upgrade(database_url)
    except StoreError as error:
        raise PartFailed(f"the database of DATABASE_URL can't be used: {error}") from None
    say("Database … ready")


def _own_parts(environment: Mapping[str, str], settings: Settings) -> list[Part]:
    """The worker, the watchdog and the web app."""

    def own(command: str) -> tuple[str, ...]:
        return (sys.executable, "-m", "cli.main", command)

    return [
        # A worker that drains lets its activities end: at most 60 s.
        Part("Worker", own("worker"), environment, listens(settings.metrics_port), stop_within=70),
        Part("Watchdog", own("watchdog"), environment, survives_a_second),
        Part("Web app", own("web"), environment, page_answers(settings.web_port, "/healthz")),
    ]


def _addresses(settings: Settings, *, embedded: bool) -> str:
    """What to open now."""
    rows = [("The home's page", settings.public_url + "/")]
    if settings.simulated:
        rows.append(("The page of phones", f"http://127.0.0.1:{settings.simulator_port}/"))
    if embedded:
        rows.append(("Temporal UI", f"http://127.0.0.1:{settings.temporal_ui_port}/"))
    table = "\n".join(f"  {name:<20}{address}" for name, address in rows)
    ringing = (
        "No real phone will ring: the providers are simulated." if settings.simulated else "Real phones will ring."
    )
    return f"\nGolden Hour is running. {ringing}\n\n{table}\n\n  Stop with Ctrl-C; data and logs: {settings.data_dir}\n"
