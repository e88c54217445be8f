"""Temporal itself is down while a home goes on working."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.testing import WorkflowEnvironment

from config.keys import KeyRing
from config.policy import parse
from engine.codec import data_converter
from tests.scenarios.engine_room import KEYS, Room, free_port, room_around, temporal_program
from tests.scenarios.story import Home
from tests.store.backends import empty_database

BRISK = """
id = "brisk"
title = "A check every minute"
demonstration = true

[[check_plan]]
waking = "PT60S"
sleeping = "PT60S"
grace = "PT2S"

[[rung]]
anchor = "due"
after = "PT2S"
stage = "overdue"
roles = ["shift_lead"]
channels = ["sms"]
template = "check_not_recorded"

[[rung]]
anchor = "due"
after = "PT90S"
stage = "missing"
roles = ["shift_lead", "on_call_manager"]
channels = ["sms", "email"]
template = "call_the_police"
until = "police_reference"
every = "PT60S"
"""
OVERDUE_IN_EIGHT_SECONDS = timedelta(seconds=60 + 2 - 8)
"""How long ago a child was seen whose next check falls overdue in eight seconds."""


@dataclass
class Server:
    """Temporal's own server on a file, which can be killed and started again."""

    directory: Path
    port: int = field(default_factory=free_port)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it on its file."""
        command = [temporal_program(), "server", "start-dev", "--headless", "--ip", "127.0.0.1", "--log-level", "never"]
        command += ["--port", str(self.port), "--db-filename", str(self.directory / "temporal.db")]
        command += ["--sqlite-pragma", "journal_mode=WAL"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603

    def kill(self) -> None:
        """As a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    async def client(self) -> Client:
        """Connect, once it listens."""
        for _ in range(200):
            try:
                return await Client.connect(self.address, data_converter=data_converter(KeyRing.parse(KEYS)))
            except (RuntimeError, RPCError):
                await asyncio.sleep(0.1)
        raise TimeoutError("Temporal did not start")


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    """A server of this test's own."""
    running = Server(tmp_path)
    running.start()
    yield running
    running.kill()


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """The address of the store; empty: the room's own SQLite."""
    if request.param == "sqlite":
        yield ""
        return
    async with empty_database(request.getfixturevalue("postgresql")) as url:
        yield url


@pytest.fixture
async def room(server: Server, tmp_path: Path, database: str) -> AsyncIterator[Room]:
    """The rest of the house around it."""
    client = await server.client()
    env = WorkflowEnvironment.from_client(client)
    async with room_around(client, env, tmp_path, database_url=database) as running:
        policy = parse(BRISK, source="brisk.toml")
        version = await running.store.policies.save_draft(policy, "", "tests")
        await running.store.policies.publish(policy.id, version, "tests", alone_allowed=True)
        yield running


@pytest.fixture
async def home(room: Room) -> AsyncIterator[Home]:
    """A home with all its people."""
    opened = await Home(room).open()
    yield opened
    await opened.close()


async def test_check_ins_during_an_outage_are_queued_told_delivered_in_order_and_raise_no_false_alarm(
    room: Room, home: Home, server: Server
) -> None:
    """Rule 12: the carer hears "queued"; when the engine is back its timers fire first, and nobody is woken.

    The sighting before the outage is almost a minute old: its deadline passes while nobody is there to notice. The
    deadlines of the later ones leave a slow machine a minute to start Temporal again.
    """
    now = room.clock()
    heron = await home.admit("brisk", arrived_at=(now - timedelta(minutes=5)).isoformat())
    await home.check_in(heron, note="before", seen_at=(room.clock() - OVERDUE_IN_EIGHT_SECONDS).isoformat())
    server.kill()
    answers = []
    for _ in range(4):
        answers.append(await home.check_in(heron, note="during"))
        await asyncio.sleep(3)
    assert [answer["status"] for answer in answers] == [202] * 4
    assert all(answer["queued"] for answer in answers)
    await asyncio.sleep(1)
    server.start()
    facts = await home.recorded(heron, "checked_in", times=5, within=40, skipping=False)

    assert [fact["data"].get("queued") for fact in facts] == [False, True, True, True, True]
    seen = [fact["n"] for fact in facts]
    assert seen == sorted(seen)
    await home.check_in(heron)
    await home.phones.nobody_else_was_disturbed()
