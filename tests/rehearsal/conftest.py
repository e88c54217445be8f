"""One rehearsal of a short policy, with all real parts, for all that is asked of it."""

import tempfile
from asyncio.subprocess import Process
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from config.policy import load
from domain.policy import Policy
from rehearsal import server
from rehearsal.heard import Told
from rehearsal.rehearse import rehearse
from rehearsal.situations import Beginning
from tests.scenarios.engine_room import temporal_program

SHORT = Path(__file__).with_name("short.toml")


@dataclass
class Traces:
    """What a rehearsal could leave behind."""

    directory: Path
    servers: list[Process]

    def nothing_is_left(self) -> bool:
        """Whether every server has ended and the directory is empty."""
        return not list(self.directory.iterdir()) and all(one.returncode is not None for one in self.servers)


@dataclass
class Rehearsed:
    """A rehearsal that is over."""

    policy: Policy
    nights: dict[str, Told]
    traces: Traces


@pytest.fixture(scope="package")
def short() -> Policy:
    """The policy."""
    return load(SHORT.read_text("utf-8"), source=SHORT.name)


@pytest.fixture(scope="package")
def traces(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traces]:
    """Where rehearsals put their files, and the servers that they start."""
    found = Traces(tmp_path_factory.mktemp("rehearsals"), [])
    start = server._start  # noqa: SLF001 - to know which processes are its own

    async def noted(program: str, port: int) -> Process:
        process = await start(program, port)
        found.servers.append(process)
        return process

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(found.directory))
        patch.setattr(server, "_start", noted)
        yield found


@pytest.fixture(scope="package")
async def rehearsed(short: Policy, traces: Traces) -> Rehearsed:
    """An hour, from a check that is not recorded."""
    nights = await rehearse(short, temporal=temporal_program(), beginning=Beginning.DUE, length=timedelta(hours=1))
    return Rehearsed(short, {night.situation.key: night for night in nights}, traces)
