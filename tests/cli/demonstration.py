"""A real `goldenhour up --demo` with all its processes, on ports and in a directory of its own."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from config.settings import CHECKOUT
from tests.scenarios.engine_room import free_port
from web.demo import SHIFT_LEAD

TOKEN = "bootstrap-token-of-the-tests"
PORTS = ("WEB", "SIMULATOR", "TEMPORAL", "TEMPORAL_UI", "REDIS", "METRICS")
FOREIGN = ("TEMPORAL_", "TWILIO_", "SENDGRID_", "GOLDENHOUR_", "DATABASE_URL", "REDIS_URL")


@dataclass
class Demonstration:
    """One installation, through starts and ends."""

    data: Path
    ports: dict[str, int] = field(default_factory=lambda: {name: free_port() for name in PORTS})
    process: "subprocess.Popen[bytes] | None" = None
    token: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """Its settings, and nothing of the developer's own."""
        plain = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        ports = {f"GOLDENHOUR_{name}_PORT": str(port) for name, port in self.ports.items()}
        return plain | ports | {"GOLDENHOUR_DATA_DIR": str(self.data), "GOLDENHOUR_BOOTSTRAP_TOKEN": TOKEN}

    def start(self, *, within: float = 90) -> None:
        """Start everything, and wait for "is running"."""
        output = self.data.with_name(f"{self.data.name}.out")
        with output.open("wb") as out:
            command = [sys.executable, "-m", "cli.main", "up", "--demo"]
            self.process = subprocess.Popen(command, cwd=CHECKOUT, env=self.environment, stdout=out, stderr=out)  # noqa: S603
        running = self.process
        until(lambda: "is running" in output.read_text() or running.poll() is not None, within)
        if running.poll() is not None:
            raise AssertionError(output.read_text())

    def kill(self, *, within: float = 30) -> None:
        """As a power cut would: nobody is asked to finish."""
        if self.process is None:
            return
        numbers = [int(file.read_text().split()[0]) for file in (self.data / "run").glob("*.pid")]
        for number in [self.process.pid, *numbers]:
            try:
                os.kill(number, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait()
        until(lambda: not any(_runs(number) for number in numbers), within)
        self.process = None

    def goldenhour(self, *words: str, **settings: str) -> "subprocess.CompletedProcess[str]":
        """`goldenhour …` beside it."""
        return subprocess.run(  # noqa: S603 - our own words
            [sys.executable, "-m", "cli.main", *words],
            cwd=CHECKOUT,
            env=self.environment | settings,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def sign_in(self) -> None:
        """A token for the shift lead, who keeps it over a restore as the store does."""
        made = self.goldenhour("token", "create", "--person", SHIFT_LEAD)
        self.token = made.stdout.strip()
        assert self.token, made.stderr

    def get(self, path: str) -> Any:  # noqa: ANN401 - it is JSON
        """Ask the web app."""
        return self._ask("GET", path).json()

    def post(self, path: str, body: Mapping[str, object]) -> httpx.Response:
        """Tell the web app something."""
        return self._ask("POST", path, body)

    def _ask(self, method: str, path: str, body: Mapping[str, object] | None = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}", "Idempotency-Key": f"{time.monotonic_ns()}-of-the-test"}
        address = f"http://127.0.0.1:{self.ports['WEB']}{path}"
        answer = httpx.request(method, address, json=body, headers=headers, timeout=15)
        answer.raise_for_status()
        return answer

    def texts(self) -> list[str]:
        """What all phones and mailboxes have got since the simulator began."""
        answer = httpx.get(f"http://127.0.0.1:{self.ports['SIMULATOR']}/control/messages", timeout=5)
        return [message["body"] for message in answer.json()["messages"]]

    def alias(self) -> str:
        """The child who has just arrived."""
        told = (self.data / "logs" / "demo.log").read_text()
        found = re.findall(r"([A-Z][a-z]+-\d+) has just arrived", told)
        return str(found[-1])


def until(true: Callable[[], object], within: float) -> None:
    """Wait for something to be so.

    Raises:
        TimeoutError: it is not, after so many seconds.
    """
    deadline = time.monotonic() + within
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.1)


def _runs(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{number}/stat").read_text().rpartition(")")[2][:4]
