"""A worker starts only when it can do its work, says in one line why not, and finishes what it has begun."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from simulator.testing import running_simulator
from tests.faults.test_engine_outage import Server
from tests.scenarios.engine_room import KEYS, free_port, running_redis

CHECKOUT = Path(__file__).parents[2]


def environment(directory: Path, **changes: str | None) -> dict[str, str]:
    """A sound environment, with changes; None takes a variable away."""
    sound: dict[str, str | None] = {
        "PATH": os.environ["PATH"],
        "HOME": str(directory),
        "GOLDENHOUR_DATA_DIR": str(directory),
        "DATABASE_URL": f"sqlite:///{directory / 'goldenhour.db'}",
        "REDIS_URL": "redis://127.0.0.1:1",
        "GOLDENHOUR_ENCRYPTION_KEYS": KEYS,
        "GOLDENHOUR_METRICS_PORT": str(free_port()),
        "TEMPORAL_ADDRESS": "127.0.0.1:1",
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": "simulated-auth-token",
        "TWILIO_FROM_NUMBER": "+447700900000",
        "TWILIO_API_BASE_URL": "http://127.0.0.1:1",
        "SENDGRID_API_KEY": "SG.simulated",
        "SENDGRID_FROM_EMAIL": "goldenhour@example.org",
        "SENDGRID_API_BASE_URL": "http://127.0.0.1:1",
        "SENDGRID_WEBHOOK_PUBLIC_KEY": "key",
    }
    return {name: value for name, value in (sound | changes).items() if value is not None}


async def start(env: dict[str, str]) -> asyncio.subprocess.Process:
    """`python worker.py`, as an operator would."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "worker.py",
        cwd=CHECKOUT,
        env=env,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"GOLDENHOUR_ENCRYPTION_KEYS": None}, "GOLDENHOUR_ENCRYPTION_KEYS"),
        ({"GOLDENHOUR_ENCRYPTION_KEYS": "short:AAAA"}, "GOLDENHOUR_ENCRYPTION_KEYS"),
        ({"TWILIO_AUTH_TOKEN": None}, "TWILIO_AUTH_TOKEN"),
        ({"REDIS_URL": "nonsense"}, "REDIS_URL"),
        ({}, "Temporal does not answer"),
    ],
)
async def test_a_worker_that_cannot_work_says_why_in_one_line(
    tmp_path: Path, changes: dict[str, str | None], said: str
) -> None:
    """A missing key above all: without it nothing could be read, and nobody alerted."""
    process = await start(environment(tmp_path, **changes))
    _, stderr = await asyncio.wait_for(process.communicate(), 30)
    lines = stderr.decode().strip().splitlines()

    assert process.returncode == 1
    assert len(lines) == 1, lines
    assert said in lines[0]
    assert "AAAA" not in lines[0]


async def test_a_worker_polls_serves_metrics_and_drains_when_told_to_stop(tmp_path: Path) -> None:
    """It registers what it needs on a bare server, answers Prometheus, and leaves cleanly on SIGTERM."""
    server = Server(tmp_path)
    server.start()
    metrics = free_port()
    async with running_redis(tmp_path) as redis_url, running_simulator() as simulator:
        await server.client()
        env = environment(
            tmp_path,
            TEMPORAL_ADDRESS=server.address,
            REDIS_URL=redis_url,
            TWILIO_API_BASE_URL=simulator.url,
            SENDGRID_API_BASE_URL=simulator.url,
            GOLDENHOUR_METRICS_PORT=str(metrics),
        )
        process = await start(env)
        try:
            assert process.stderr is not None
            async with asyncio.timeout(30):
                while b"worker polling" not in await process.stderr.readline():
                    assert process.returncode is None
            reader, writer = await asyncio.open_connection("127.0.0.1", metrics)
            writer.write(b"GET /metrics HTTP/1.0\r\n\r\n")
            answered = await reader.read()
            writer.close()
            assert b"temporal_num_pollers" in answered
        finally:
            process.send_signal(signal.SIGTERM)
            _, err = await asyncio.wait_for(process.communicate(), 40)
            server.kill()
    assert b"worker stopped" in err
    assert process.returncode == 0
