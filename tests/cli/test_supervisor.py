"""`goldenhour up` keeps its parts running; told with real, small processes."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from cli.part import Child, Part, PartFailed, leftovers
from cli.ports import NeededPort, NotFree, check_ports, only_one, wait_for_leftovers
from cli.probes import listens, page_answers, redis_answers, succeeds
from cli.supervisor import Supervisor

SERVE = """
import http.server, sys
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), http.server.SimpleHTTPRequestHandler).serve_forever()
"""


@pytest.fixture
def port() -> int:
    """A port that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def said() -> list[str]:
    """What a person in front of the terminal reads."""
    return []


@pytest_asyncio.fixture
async def supervisor(tmp_path: Path, said: list[str]) -> AsyncIterator[Supervisor]:
    """A supervisor in a hurry."""
    supervisor = Supervisor(tmp_path, say=said.append, first_pause=0.05, longest_pause=0.2)
    yield supervisor
    await supervisor.stop()


async def at_once() -> bool:
    """A part that is ready as soon as it runs."""
    return True


async def never() -> bool:
    """A part that is not."""
    return False


def shell(name: str, script: str, *, ready: bool = True, **limits: float) -> Part:
    """A part that is a line of shell."""
    return Part(name, ("/bin/sh", "-c", script), os.environ, at_once if ready else never, **limits)


async def until(said: list[str], words: str) -> None:
    """Wait until it was said."""
    for _ in range(100):
        if any(words in line for line in said):
            return
        await asyncio.sleep(0.05)
    pytest.fail(f"nobody said {words!r}: {said}")


async def test_a_part_that_dies_is_started_again_and_said_so(
    supervisor: Supervisor, said: list[str], tmp_path: Path, port: int
) -> None:
    """Kill -9 on a part: it comes back by itself, on the same port, and a person reads why."""
    await supervisor.start(Part("Web", (sys.executable, "-c", SERVE, str(port)), os.environ, page_answers(port, "/")))
    assert said[0].startswith("Web … ready in ")
    first = int((tmp_path / "run" / "web.pid").read_text().split()[0])
    os.kill(first, signal.SIGKILL)
    await until(said, "Web … ready again")
    assert "Web died (signal SIGKILL); starting it again in 0.05 s" in said[1]
    assert int((tmp_path / "run" / "web.pid").read_text().split()[0]) != first


async def test_a_part_that_keeps_dying_is_tried_for_ever_with_longer_pauses(
    supervisor: Supervisor, said: list[str], tmp_path: Path
) -> None:
    """It is an alert engine: nobody gives up, and nobody spins."""
    mark = tmp_path / "ran-once"
    await supervisor.start(shell("Worker", f"test -e {mark} || {{ touch {mark}; sleep 0.4; }}; exit 3"))
    await until(said, "in 0.2 s")
    assert "Worker died (exit code 3); starting it again in 0.05 s" in said[1]


async def test_a_part_that_can_not_start_says_why_in_one_line(supervisor: Supervisor) -> None:
    """The last words of the part, and where the rest is."""
    with pytest.raises(PartFailed, match=r"Web did not start: DATABASE_URL is not set \(log: .*web.log\)"):
        await supervisor.start(shell("Web", "echo starting; echo DATABASE_URL is not set >&2; exit 1", ready=False))


async def test_a_part_that_is_never_ready_does_not_hold_up_the_start_for_ever(supervisor: Supervisor) -> None:
    """Readiness has a deadline."""
    with pytest.raises(PartFailed, match=r"Web is not ready after 0.3 s. Log: "):
        await supervisor.start(shell("Web", "sleep 30", ready=False, ready_within=0.3))


async def test_all_stop_in_reverse_order_each_with_time_to_finish(supervisor: Supervisor, said: list[str]) -> None:
    """The web app first, the ground it stands on last; what is under way is finished."""
    drain = "trap 'sleep 0.2; echo drained; exit 0' TERM; while :; do sleep 0.05; done"
    await supervisor.start(shell("Temporal", "sleep 30"), shell("Worker", drain))
    await supervisor.start(shell("Web", "sleep 30"))
    await asyncio.sleep(0.1)
    del said[:]
    await supervisor.stop()
    assert said == ["Web stopped", "Worker stopped", "Temporal stopped"]


async def test_a_part_that_does_not_stop_is_killed(supervisor: Supervisor, said: list[str], tmp_path: Path) -> None:
    """With everything it has started."""
    await supervisor.start(shell("Stubborn", "trap '' TERM; while :; do sleep 0.05; done", stop_within=0.2))
    await asyncio.sleep(0.1)
    pid = int((tmp_path / "run" / "stubborn.pid").read_text().split()[0])
    await supervisor.stop()
    assert "Stubborn stopped" in said
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_second_ctrl_c_waits_for_nobody(supervisor: Supervisor, said: list[str]) -> None:
    """Also not for the part that is just finishing its work."""
    await supervisor.start(shell("Ground", "sleep 30"), shell("Slow", "trap '' TERM; while :; do sleep 0.05; done"))
    await asyncio.sleep(0.1)
    stopping = asyncio.create_task(supervisor.stop())
    await asyncio.sleep(0.1)
    supervisor.kill()
    await asyncio.wait_for(stopping, 2)
    assert said[-2:] == ["Slow stopped", "Ground stopped"]


async def test_a_program_that_is_gone_is_told_in_one_line(supervisor: Supervisor) -> None:
    """And a restart tries again, in case it comes back."""
    with pytest.raises(PartFailed, match=r"Web can't be run: No such file or directory \(/no/such\)"):
        await supervisor.start(Part("Web", ("/no/such",), os.environ, at_once))


async def test_the_log_is_trimmed_while_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pilot runs for months; its logs do not fill the disk."""
    monkeypatch.setattr("cli.part.LONGEST_LOG", 100)
    child = Child(
        shell("Noisy", "while :; do echo a line of some length; sleep 0.01; done"), logs=tmp_path, pids=tmp_path
    )
    await child.start()
    await asyncio.sleep(0.3)
    child.trim_log()
    await asyncio.sleep(0.1)
    await child.stop()
    assert (tmp_path / "noisy.log.1").stat().st_size > 100
    assert child.log.read_bytes().startswith(b"a line")


async def test_parts_end_when_up_is_killed(tmp_path: Path) -> None:
    """Kill -9 on `up` itself leaves nothing behind."""
    script = f"""
import asyncio, os, pathlib, sys
from cli.supervisor import Supervisor
from cli.part import Part
async def ready(): return True
async def main():
    part = Part("Left", ("/bin/sleep", "60"), os.environ, ready)
    await Supervisor(pathlib.Path({str(tmp_path)!r}), say=lambda line: print(line, flush=True)).start(part)
    await asyncio.sleep(60)
asyncio.run(main())
"""
    up = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE)
    assert up.stdout is not None
    await asyncio.wait_for(up.stdout.readline(), 10)
    assert list(leftovers(tmp_path / "run")) == ["left"]
    up.kill()
    await up.wait()
    await wait_for_leftovers(tmp_path / "run", within=5)
    assert leftovers(tmp_path / "run") == {}


async def test_what_is_left_over_is_named_with_the_way_out(tmp_path: Path) -> None:
    """One line with the command that ends it; a number that now belongs to somebody else is no leftover."""
    sleeper = await asyncio.create_subprocess_exec("/bin/sleep", "30")
    (tmp_path / "temporal.pid").write_text(f"{sleeper.pid}\n/bin/sleep\n")
    (tmp_path / "redis.pid").write_text(f"{os.getpid()}\n/bin/sleep\n")
    try:
        with pytest.raises(NotFree, match=rf"temporal \({sleeper.pid}\). End them with `kill {sleeper.pid}`"):
            await wait_for_leftovers(tmp_path, within=0.1)
    finally:
        sleeper.kill()
        await sleeper.wait()


def test_a_taken_port_is_one_line_with_the_setting_that_moves_it(port: int) -> None:
    """Found before anything has started."""
    needed = [NeededPort(port, "web app", "GOLDENHOUR_WEB_PORT")]
    check_ports(needed)
    with socket.create_server(("127.0.0.1", port)), pytest.raises(NotFree) as refusal:
        check_ports(needed)
    assert str(refusal.value) == (
        f"port {port} (web app) is taken by another program: stop it, or set GOLDENHOUR_WEB_PORT"
    )


def test_two_parts_on_one_port_are_refused(port: int) -> None:
    """A mistake in the settings is told as such."""
    with pytest.raises(NotFree, match=f"port {port} is set twice: change B or A"):
        check_ports([NeededPort(port, "a", "A"), NeededPort(port, "b", "B")])


def test_a_second_up_on_the_same_data_is_refused_in_one_line(tmp_path: Path) -> None:
    """And the lock goes with its holder, however that ends."""
    refused = pytest.raises(NotFree, match=rf"already runs on {tmp_path} \(process {os.getpid()}\)")
    with only_one(tmp_path), refused, only_one(tmp_path):
        pass
    with only_one(tmp_path):
        pass


async def test_probes_tell_ready_from_not_ready(port: int) -> None:
    """A closed port is not ready, a wrong page neither, and a command's exit code counts."""
    with pytest.raises(ConnectionRefusedError):
        await listens(port)()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readline()
        writer.write(b"+PONG\r\n" if asked == b"PING\r\n" else b"HTTP/1.0 503 no\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", port):
        assert await listens(port)()
        assert await redis_answers(port)()
        assert not await page_answers(port, "/healthz")()
    assert await succeeds(("/bin/true",), os.environ)()
    assert not await succeeds(("/bin/false",), os.environ)()
