"""The replay gate can fail, and says what to do; and doing it helps."""

import shutil
from pathlib import Path

import pytest

from tests.replay import files, guards
from tests.replay.fresh import CHECKOUT, replayed

BEFORE = "        self._export()\n        while not self._is_finished():"
RECORDS = "                self._record()\n"
EXTRA_TIMER = "        await asyncio.sleep(1)\n"
GUARDED = "        if workflow.patched('a-moment-first'):\n            await asyncio.sleep(1)\n"


def changed(directory: Path, file: str, old: str, new: str) -> Path:
    """A copy of the workflows in which one thing is different."""
    shutil.copytree(CHECKOUT / "workflows", directory / "workflows", ignore=shutil.ignore_patterns("__pycache__"))
    path = directory / "workflows" / file
    text = path.read_text("utf-8")
    assert text.count(old) == 1, f"what this test changes stands in workflows/{file} no more: change something else"
    path.write_text(text.replace(old, new), "utf-8")
    return directory


@pytest.mark.parametrize(
    ("stem", "file", "old", "new", "at"),
    [
        ("quiet-day", "placement.py", BEFORE, EXTRA_TIMER + BEFORE, "(timer canceled)"),
        ("seen-late", "signatures.py", 'ALERT = "alert"', 'ALERT = "alarm"', "(activity task scheduled alert)"),
        ("seen-late", "placement.py", RECORDS, RECORDS.replace("self._record()", "pass"), "task scheduled record)"),
    ],
    ids=["an extra timer", "an activity renamed", "an activity left out"],
)
def test_a_change_of_order_fails_and_says_what_to_do(
    tmp_path: Path, stem: str, file: str, old: str, new: str, at: str
) -> None:
    """Which history, where they part, what it means for runs that are alive, and the three ways out."""
    said = replayed(files.path_of(stem), code=changed(tmp_path, file, old, new)).stderr

    assert f"PlacementWorkflow can no longer replay {stem}.json.gz" in said
    assert f"It guards: {guards.GUARDS[stem].what}" in said
    assert at in next(line for line in said.splitlines() if line.startswith("Where: in the task that began at event "))
    assert "What differs: [TMPRL1100] Nondeterminism error: " in said
    for advice in ("ladder that stands still", "workflow.patched(", f"make histories STORIES={stem}", "docs/replay.md"):
        assert advice in said


def test_a_change_behind_patched_replays(tmp_path: Path) -> None:
    """The way out that the explanation offers is one: the same change as above."""
    done = replayed(files.path_of("quiet-day"), code=changed(tmp_path, "placement.py", BEFORE, GUARDED + BEFORE))

    assert done.returncode == 0, done.stderr


def test_a_workflow_that_raises_where_it_did_not_fails_as_well(tmp_path: Path) -> None:
    """Not only a change of order: what it raised is named, and where."""
    broken = BEFORE.replace("self._export()", "raise KeyError('a mistake of ours')")
    done = replayed(files.path_of("seen-late"), code=changed(tmp_path, "placement.py", BEFORE, broken))

    assert done.returncode == 1
    assert "PlacementWorkflow can no longer replay seen-late.json.gz" in done.stderr
    assert "Where: in the task that began at event 3." in done.stderr
    assert "What differs: the workflow raises KeyError" in done.stderr
