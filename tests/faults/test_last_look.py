"""A process may stand still between any two of its lines: what it looks at last is looked at as it writes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest

from activities.alert import STILLNESS
from activities.gate import BEAT, PASSING_ON, TOLD_EVERY, Superseded
from notifiers.email import SendGridEmail
from notifiers.interface import Notification
from notifiers.sms import TwilioSms
from simulator.testing import running_simulator
from worker import HEARTBEATS

HEARTBEAT_LIMIT = 5.0
"""Seconds after which the server gives an alert to another worker (workflows/errands.py)."""


@dataclass
class Ear:
    """A provider that never answers."""

    url: str = ""
    connections: int = 0
    heard: bytes = b""

    async def listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take whatever comes."""
        self.connections += 1
        self.heard += await reader.read()
        writer.close()


@asynccontextmanager
async def listening() -> AsyncIterator[Ear]:
    """On a free port."""
    ear = Ear()
    server = await asyncio.start_server(ear.listen, "127.0.0.1", 0)
    ear.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield ear


def text(address: str) -> Notification:
    """A message of an attempt that has just found out that it does not count any more."""
    return Notification(
        notification_id="018f0000-0000-7000-8000-000000000001",
        address=address,
        text="Ref HERON-42: 21:30 welfare check not recorded. #ABC",
        subject="OFFICIAL-SENSITIVE ref HERON-42",
        fingerprint="#ABC",
        valid_for=timedelta(minutes=15),
        last_look=_too_late,
    )


def _too_late() -> None:
    raise Superseded


async def test_a_text_is_held_back_though_its_connection_stands_already() -> None:
    """Waking up between connecting and writing, a worker writes nothing: another one has the task by then."""
    async with listening() as ear:
        sms = TwilioSms(account_sid="AC" + "0" * 32, auth_token="t", from_number="+447700900000", base_url=ear.url)
        with pytest.raises(Superseded):
            await sms.send(text("+447700900101"))
        await sms.close()
        await asyncio.sleep(0.1)

    assert ear.connections == 1, "it looks when the connection stands, not before"
    assert ear.heard == b""


async def test_an_e_mail_is_held_back_in_its_thread() -> None:
    """It may have waited there for others; SendGrid could not be asked about a second one."""
    async with running_simulator() as simulator:
        email = SendGridEmail(api_key="SG.simulated", from_email="goldenhour@example.org", base_url=simulator.url)
        with pytest.raises(Superseded):
            await email.send(text("lead@example.org"))
        await email.close()

        assert simulator.messages == []


def test_a_worker_stops_sending_before_the_server_gives_its_alert_to_another() -> None:
    """The server last heard of it up to one beat, and one passing on, before it last beat itself."""
    assert STILLNESS + HEARTBEATS.total_seconds() < HEARTBEAT_LIMIT
    assert STILLNESS > 2 * BEAT
    assert TOLD_EVERY + BEAT < STILLNESS + PASSING_ON < HEARTBEAT_LIMIT
