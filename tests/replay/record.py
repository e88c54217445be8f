"""Record golden histories anew: `make histories`, or `make histories STORIES="cannot canary"` for some.

Plays each story on the real parts, takes the machine out of the histories, checks that they walked what they are to
guard, and only then writes them. When to do so, and when not to: docs/replay.md.
"""

import asyncio
import logging
import sys
import tempfile
import time
from pathlib import Path

from temporalio.client import Client, WorkflowHistory

from store.repositories import Store
from tests.replay import (
    files,
    guards,
    stories_of_answers,
    stories_of_circulars,
    stories_of_days,
    stories_of_episodes,
    stories_of_trouble,
)
from tests.replay import walked as walking
from tests.replay.files import Json
from tests.replay.policies import policies
from tests.replay.replay import leave
from tests.replay.scrub import scrub
from tests.replay.told import STORIES, Story
from tests.scenarios.engine_room import Room, engine_room
from tests.scenarios.story import Home

TOLD_IN = (stories_of_answers, stories_of_circulars, stories_of_days, stories_of_episodes, stories_of_trouble)
"""Importing them is what fills `STORIES`."""


async def record(names: list[str]) -> list[str]:
    """Record these stories; returns what went wrong, a line for each story that was not written."""
    wrong = []
    with tempfile.TemporaryDirectory() as directory:
        async with engine_room(Path(directory)) as room:
            await _publish(room.store)
            for name in names:
                began = time.monotonic()
                try:
                    sizes = await _record(room, name)
                except Exception as error:  # noqa: BLE001 - the other stories are still worth recording
                    wrong.append(f"{name}: {type(error).__name__}: {error}")
                    continue
                _say(f"{name:40} {time.monotonic() - began:5.1f} s  {sum(sizes) / 1000:6.1f} kB in {len(sizes)}")
    return wrong


async def _record(room: Room, name: str) -> list[int]:
    room.clock.skipped = type(room.clock.skipped)(0)
    home = await Home(room).open()
    told = Story(home)
    try:
        await STORIES[name](told)
        await told.settles()
        recorded = [one for workflow_id in told.keep for one in await _runs(room.client, workflow_id)]
    finally:
        room.simulator.faults.clear()
        await home.close()
    named = dict(zip(_stems(name, len(recorded)), recorded, strict=True))
    clean = {stem: await scrub(history, room.client.identity) for stem, history in named.items()}
    for stem, history in clean.items():
        guards.check(stem, await walking.of_history(history))
    for old in files.stems():
        if old == name or old.removeprefix(f"{name}-").isdigit():
            files.path_of(old).unlink()
    return [files.write(files.path_of(stem), history) for stem, history in clean.items()]


def _stems(name: str, runs: int) -> list[str]:
    return [name] if runs == 1 else [f"{name}-{run}" for run in range(1, runs + 1)]


async def _runs(client: Client, workflow_id: str) -> list[Json]:
    """The histories of all runs of a workflow, oldest first."""
    described = await client.get_workflow_handle(workflow_id).describe()
    run_id: str | None = described.raw_description.workflow_execution_info.first_run_id
    found = []
    while run_id:
        history = await client.get_workflow_handle(workflow_id, run_id=run_id).fetch_history()
        found.append(history.to_json_dict())
        run_id = _next_run(history)
    return found


def _next_run(history: WorkflowHistory) -> str | None:
    last = history.events[-1]
    if not last.HasField("workflow_execution_continued_as_new_event_attributes"):
        return None
    return last.workflow_execution_continued_as_new_event_attributes.new_execution_run_id


async def _publish(store: Store) -> None:
    for policy in policies():
        version = await store.policies.save_draft(policy, "", "tests")
        await store.policies.publish(policy.id, version, "tests", alone_allowed=True)


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - a command prints


def main() -> None:
    """Record the stories that are named, or all."""
    logging.disable(logging.WARNING)
    names = sys.argv[1:] or sorted(STORIES)
    if unknown := sorted(set(names) - set(STORIES)):
        sys.exit(f"no such story: {', '.join(unknown)}; there are: {', '.join(sorted(STORIES))}")
    began = time.monotonic()
    wrong = asyncio.run(record(names))
    _say(f"{len(names) - len(wrong)} of {len(names)} stories in {time.monotonic() - began:.0f} s")
    leave("\n".join(["Not written, the files are as they were:", *wrong]) if wrong else None)


if __name__ == "__main__":
    main()
