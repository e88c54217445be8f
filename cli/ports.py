"""Before anything starts: is this data directory free, and is every port?"""

import asyncio
import fcntl
import os
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cli.part import leftovers

LEFTOVERS_END_WITHIN = 20.0
"""Seconds: parts whose `up` was killed are told to end by the system, and may be draining."""


class NotFree(Exception):  # noqa: N818 - it is told as it stands
    """Something that `up` needs is in use. The text is one line: what, by whom, what to do."""


@dataclass(frozen=True, slots=True)
class NeededPort:
    """A port, what for, and the setting that moves it."""

    port: int
    purpose: str
    setting: str


@contextmanager
def only_one(data_dir: Path) -> Iterator[None]:
    """Hold the data directory: a second `up` on it would write to the same files.

    Raises:
        NotFree: another one runs.
    """
    with (data_dir / "up.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip() or "unknown"
            raise NotFree(
                f"Golden Hour already runs on {data_dir} (process {holder}): stop that one first, "
                "or set GOLDENHOUR_DATA_DIR and other ports for a second one"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


async def wait_for_leftovers(pids: Path, *, within: float = LEFTOVERS_END_WITHIN) -> None:
    """Give the parts of a killed `up` time to end.

    Raises:
        NotFree: one is still there.
    """
    deadline = asyncio.get_running_loop().time() + within
    while left := leftovers(pids):
        if asyncio.get_running_loop().time() > deadline:
            names = ", ".join(f"{name} ({pid})" for name, pid in left.items())
            numbers = " ".join(str(pid) for pid in left.values())
            raise NotFree(f"left over from an earlier run: {names}. End them with `kill {numbers}`, then start again")
        await asyncio.sleep(0.2)


def check_ports(needed: Iterable[NeededPort]) -> None:
    """Find a taken port before anything has started.

    Raises:
        NotFree: naming the port and the setting that changes it; or two of ours on one port.
    """
    purposes: dict[int, NeededPort] = {}
    for wanted in needed:
        other = purposes.setdefault(wanted.port, wanted)
        if other is not wanted:
            raise NotFree(f"port {wanted.port} is set twice: change {wanted.setting} or {other.setting}")
        if _taken(wanted.port):
            raise NotFree(
                f"port {wanted.port} ({wanted.purpose}) is taken by another program: stop it, or set {wanted.setting}"
            )


def _taken(port: int) -> bool:
    with socket.socket() as attempt:
        # As servers do: a connection that is only closing does not hold a port.
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind(("127.0.0.1", port))
            attempt.listen(1)
        except OSError:
            return True
    return False
