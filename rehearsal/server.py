"""Temporal's own server, for one rehearsal: in memory, on a free port of the loopback, able to skip time."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from temporalio.client import Client
from temporalio.converter import DataConverter
from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter

from rehearsal.errors import RehearsalError

STARTS_WITHIN = 20.0
"""Seconds; a quiet machine takes less than one."""

ENDS_WITHIN = 5.0
"""Seconds; then it is killed: there is nothing in it to keep."""

_OPTIONS = {
    "frontend.WorkflowTimeSkippingEnabled": "true",
    # Without it each skipped timer takes a second of real time (measured).
    "history.timerProcessorMaxTimeShift": '"10ms"',
    "system.forceSearchAttributesCacheRefreshOnRead": "true",
    # A new run begins with its clock leaping ahead by all that was skipped before (measured): put it off.
    "limit.historyCount.suggestContinueAsNew": "40000",
    "limit.historySize.suggestContinueAsNew": str(40 * 1024 * 1024),
}


@asynccontextmanager
async def temporal_server(program: str, converter: DataConverter) -> AsyncIterator[Client]:
    """Run a server, and stop it at the end, however that comes.

    Raises:
        RehearsalError: it can't be started.
    """
    port = _free_port()
    try:
        process = await _start(program, port)
    except OSError as error:
        raise RehearsalError(f"Temporal's own server did not start: {error.strerror}: run `make setup`") from None
    try:
        yield await _connect(process, port, converter)
    finally:
        await _stop(process)


async def _start(program: str, port: int) -> asyncio.subprocess.Process:
    words = ["server", "start-dev", "--headless", "--ip", "127.0.0.1", "--port", str(port), "--log-level", "never"]
    for key, value in _OPTIONS.items():
        words += ["--dynamic-config-value", f"{key}={value}"]
    return await asyncio.create_subprocess_exec(
        program,
        *words,
        # Settings that name another server are not for this one.
        env={name: value for name, value in os.environ.items() if not name.startswith("TEMPORAL_")},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        # Ctrl-C reaches the whole terminal: this one is stopped last, by us.
        start_new_session=True,
    )


async def _connect(process: asyncio.subprocess.Process, port: int, converter: DataConverter) -> Client:
    # The SDK's core warns of every delay on stderr; a rehearsal says itself what was late.
    quiet = LoggingConfig(filter=TelemetryFilter(core_level="ERROR", other_level="ERROR"))
    runtime = Runtime(telemetry=TelemetryConfig(logging=quiet))
    deadline = asyncio.get_running_loop().time() + STARTS_WITHIN
    while process.returncode is None and asyncio.get_running_loop().time() < deadline:
        try:
            return await Client.connect(f"127.0.0.1:{port}", data_converter=converter, runtime=runtime)
        except RuntimeError:  # what the client says while nobody listens yet
            await asyncio.sleep(0.05)
    raise RehearsalError("Temporal's own server did not start: run `make setup`, then try again")


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), ENDS_WITHIN)
    except TimeoutError:
        process.kill()
        await process.wait()


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
