"""The floor's worker process: `python -m benchmarks.bare_worker READY_FILE METRICS_PORT`."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import aiohttp
from temporalio import activity
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig
from temporalio.worker import Worker

from benchmarks.bare import QUEUE, SEND, BareCheckIn, BareDeadline
from benchmarks.bare_messages import BareMessage
from worker import ALERTS, CACHED_WORKFLOWS, REMEMBERED

PATIENCE = aiohttp.ClientTimeout(total=30)


async def main(ready: Path, metrics_port: int) -> None:
    """Poll until SIGTERM."""
    account, token = os.environ["TWILIO_ACCOUNT_SID"], os.environ["TWILIO_AUTH_TOKEN"]
    url = f"{os.environ['TWILIO_API_BASE_URL']}/2010-04-01/Accounts/{account}/Messages.json"
    metrics = PrometheusConfig(bind_address=f"127.0.0.1:{metrics_port}")
    client = await Client.connect(
        os.environ["TEMPORAL_ADDRESS"],
        data_converter=pydantic_data_converter,
        runtime=Runtime(telemetry=TelemetryConfig(metrics=metrics)),
    )
    headers = {"Authorization": aiohttp.encode_basic_auth(account, token)}
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, headers=headers, timeout=PATIENCE) as session:

        @activity.defn(name=SEND)
        async def send(message: BareMessage) -> str:
            async with session.post(url, data=message.form) as answer:
                answer.raise_for_status()
                return str((await answer.json())["sid"])

        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        worker = Worker(
            client,
            task_queue=QUEUE,
            workflows=[BareDeadline, BareCheckIn],
            activities=[send],
            max_cached_workflows=CACHED_WORKFLOWS,
            sticky_queue_schedule_to_start_timeout=REMEMBERED,
            max_concurrent_activities=ALERTS,
        )
        async with worker:
            await asyncio.to_thread(ready.touch)
            await stop.wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
    # The SDK's threads can outlive the loop, and abort a process that is taking down its interpreter.
    os._exit(0)
