"""A replay in a process of its own, as production's workers would do it after a deployment."""

import os
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
LONGEST = 100
"""Seconds; it takes one or two, on a machine that is busy with much else up to twenty."""


def replayed(history: Path, *, code: Path = CHECKOUT) -> "subprocess.CompletedProcess[str]":
    """Replay a history. `code` is where workflows are looked for first: the checkout, or a changed copy of a part."""
    return subprocess.run(  # noqa: S603 - our own interpreter, module and file
        [sys.executable, "-m", "tests.replay.replay", str(history)],
        cwd=code,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=LONGEST,
        check=False,
    )
