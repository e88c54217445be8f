"""Replay one recorded history with today's workflows: `python -m tests.replay.replay FILE`.

One history for each process, as Python 3.11 can stumble over a module that is imported again. The converter, the
namespace, the sandbox and the list of workflows are those of production. Ends with 0, or with 1 and what to do.
"""

import asyncio
import logging
import os
import sys
from pathlib import Path
from typing import NoReturn

from temporalio.worker import Replayer

from config.keys import KeyRing
from engine.codec import data_converter
from engine.sandbox import WORKFLOWS, sandbox
from tests.replay import files
from tests.replay.explain import explain
from tests.replay.files import Json


async def replay(path: Path) -> str | None:
    """None: today's workflows take the same steps. Otherwise: what differs, and what to do about it."""
    history = files.read(path)
    failure = await _failure(history)
    if failure is None:
        return None
    logging.disable(logging.CRITICAL)  # what is wrong has been logged once; looking for the place says it again
    good, bad = await _where(history)
    return explain(path, history, failure, good=good, bad=bad)


async def _failure(history: Json) -> Exception | None:
    replayer = Replayer(
        workflows=WORKFLOWS,
        workflow_runner=sandbox(),
        namespace=files.NAMESPACE,
        data_converter=data_converter(KeyRing.parse(files.KEYS)),
    )
    result = await replayer.replay_workflow(files.as_workflow_history(history), raise_on_replay_failure=False)
    return result.replay_failure


async def _where(history: Json) -> tuple[int, int]:
    """The event up to which the replay goes well, and the one with which it fails: the SDK names no place.

    A history may be cut after any started task; the shortest cut that fails shows the place.
    """
    events = history["events"]
    cuts = [
        number for number, event in enumerate(events, 1) if event["eventType"] == "EVENT_TYPE_WORKFLOW_TASK_STARTED"
    ]
    cuts = [0, *cuts, len(events)]
    good, bad = 0, len(cuts) - 1
    while bad - good > 1:
        middle = (good + bad) // 2
        if await _failure({"events": events[: cuts[middle]]}) is None:
            good = middle
        else:
            bad = middle
    return cuts[good], cuts[bad]


def main() -> None:
    """Replay the history that is named."""
    leave(asyncio.run(replay(Path(sys.argv[1]))))


def leave(wrong: str | None) -> NoReturn:
    """End the process: with 1 and what is wrong, or with 0.

    Without the interpreter's own finale: the SDK's threads can outlive the loop, and now and then abort a process that
    is taking down its interpreter. A green replay would be read as a red one.
    """
    if wrong:
        print(wrong, file=sys.stderr)  # noqa: T201 - what a failing test shows
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
