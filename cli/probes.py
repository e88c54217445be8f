"""Is a part ready? Each probe is one quick question; the supervisor repeats it."""

import asyncio
from collections.abc import Mapping
from functools import partial

from cli.part import Probe

LOOPBACK = "127.0.0.1"


def listens(port: int) -> Probe:
    """Ready when something accepts connections on the port."""
    return partial(_exchange, port, b"", b"")


def redis_answers(port: int) -> Probe:
    """Ready when Redis has read its files and answers."""
    return partial(_exchange, port, b"PING\r\n", b"+PONG")


def page_answers(port: int, path: str) -> Probe:
    """Ready when a GET of the path is answered with 200."""
    request = f"GET {path} HTTP/1.0\r\nHost: {LOOPBACK}:{port}\r\n\r\n".encode()
    return partial(_exchange, port, request, b" 200 ")


def succeeds(command: tuple[str, ...], environment: Mapping[str, str]) -> Probe:
    """Ready when the command ends well; it also does what it does, each time the part starts."""

    async def probe() -> bool:
        process = await asyncio.create_subprocess_exec(
            *command,
            env=dict(environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            return await process.wait() == 0
        finally:
            if process.returncode is None:
                process.kill()

    return probe


async def survives_a_second() -> bool:
    """For a part that listens nowhere: what is broken at start-up ends at once."""
    await asyncio.sleep(1)
    return True


async def _exchange(port: int, request: bytes, expected: bytes) -> bool:
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    try:
        if not request:
            return True
        writer.write(request)
        await writer.drain()
        return expected in await reader.readline()
    finally:
        writer.close()
