"""One part of a running Golden Hour: a child process with its log, its readiness and its end."""

import asyncio
import contextlib
import ctypes
import os
import shutil
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from config.settings import CHECKOUT

LONGEST_LOG = 20_000_000
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None

Probe = Callable[[], Awaitable[bool]]


class PartFailed(Exception):  # noqa: N818 - it is told as it stands
    """A part did not come up. The text is one line: what, why, where to read more."""


@dataclass(frozen=True, slots=True)
class Part:
    """How a part is started, how one knows that it is ready, and how long it may take to end."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    is_ready: Probe
    ready_within: float = 60.0
    """Seconds from its start."""
    stop_within: float = 15.0
    """Seconds from SIGTERM to SIGKILL: enough to drain."""


class Child:
    """The process of a part, now and after every restart."""

    def __init__(self, part: Part, *, logs: Path, pids: Path) -> None:
        self.part = part
        slug = part.name.lower().replace(" ", "-")
        self.log = logs / f"{slug}.log"
        self._pid_file = pids / f"{slug}.pid"
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> float:
        """Start the process and wait until it is ready; the seconds that took.

        Raises:
            PartFailed: it ended, or was not ready in time. It may still run: `stop` it.
        """
        started = time.monotonic()
        log_began = self._log_size()
        process = await self._spawn()
        while True:
            answers = await self._answers()
            # Asked after the probe: what answered may have been another program on the same port.
            if process.returncode is not None:
                raise PartFailed(f"{self.part.name} did not start: {self.last_words(log_began)}")
            if answers:
                return time.monotonic() - started
            if time.monotonic() - started > self.part.ready_within:
                raise PartFailed(f"{self.part.name} is not ready after {self.part.ready_within:g} s. Log: {self.log}")
            await asyncio.sleep(0.1)

    async def ended(self) -> str:
        """Wait for the end of the process, and say how it ended."""
        if self._process is None:
            return "was never started"
        code = await self._process.wait()
        return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"

    async def stop(self) -> None:
        """SIGTERM, time to finish, then SIGKILL for its whole group."""
        process = self._process
        if process is not None and process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), self.part.stop_within)
            except TimeoutError:
                self.kill()
                await process.wait()
        self._pid_file.unlink(missing_ok=True)

    def kill(self) -> None:
        """End it at once, with whatever it has started."""
        if self._process is not None and self._process.returncode is None:
            os.killpg(self._process.pid, signal.SIGKILL)

    def trim_log(self) -> None:
        """Keep the log and the one before it, each about 20 MB at most; the process writes on to the same file."""
        if self._log_size() > LONGEST_LOG:
            older = self.log.with_suffix(".log.1")
            try:
                shutil.copyfile(self.log, older)
            except OSError:
                with contextlib.suppress(OSError):
                    older.unlink()  # a full disk: room matters more than old lines
            os.truncate(self.log, 0)

    def last_words(self, since: int = 0) -> str:
        """The last line it wrote, for a person who has to find out why it ended."""
        lines: list[str] = []
        with contextlib.suppress(OSError), self.log.open("rb") as file:
            file.seek(max(since, self._log_size() - 4096))
            lines = [line.strip() for line in file.read().decode(errors="replace").splitlines() if line.strip()]
        return f"{lines[-1][:300]} (log: {self.log})" if lines else f"it said nothing (log: {self.log})"

    async def _spawn(self) -> asyncio.subprocess.Process:
        with self._open_log() as log:
            try:
                self._process = await asyncio.create_subprocess_exec(
                    *self.part.command,
                    cwd=CHECKOUT,
                    env=dict(self.part.environment),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    # Its own session: Ctrl-C reaches `up` alone, which stops the parts in order.
                    start_new_session=True,
                    preexec_fn=partial(_end_with_parent, os.getpid()),
                )
            except OSError as error:
                raise PartFailed(f"{self.part.name} can't be run: {error.strerror} ({error.filename})") from None
        # Neither a log nor a note of its number is worth a part that alerts: on a full disk it runs without them.
        with contextlib.suppress(OSError):
            self._pid_file.write_text(f"{self._process.pid}\n{self.part.command[0]}\n")
        return self._process

    def _open_log(self) -> IO[bytes]:
        try:
            return self.log.open("ab")
        except OSError:
            return Path(os.devnull).open("ab")

    async def _answers(self) -> bool:
        try:
            return await asyncio.wait_for(self.part.is_ready(), 5)
        except (OSError, TimeoutError):
            return False

    def _log_size(self) -> int:
        return self.log.stat().st_size if self.log.exists() else 0


def leftovers(pids: Path) -> dict[str, int]:
    """Parts of an earlier `up` that still run, by name: it was killed, and they have not ended yet."""
    found = {}
    for file in sorted(pids.glob("*.pid")):
        pid, _, program = file.read_text().strip().partition("\n")
        if pid.isdecimal() and _runs(int(pid), program):
            found[file.stem] = int(pid)
        else:  # also one that a full disk has cut short
            file.unlink(missing_ok=True)
    return found


def _runs(pid: int, program: str) -> bool:
    """Whether that process is alive and is still that program, not another that got its number."""
    try:
        os.kill(pid, 0)
        return os.fsencode(program) in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except FileNotFoundError:
        return not Path("/proc/self").exists()  # no /proc here: being alive has to do
    except OSError:
        return False


def _end_with_parent(parent: int) -> None:
    """In the child, before its program: SIGTERM when `up` is gone, however it went (Linux only)."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)
