"""Rules and workflows are held pure by lint; this shows that the lint would find it."""

import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[2]
RUFF = Path(sys.executable).with_name("ruff")

IMPURE = [
    "from datetime import datetime\nNOW = datetime.now()",
    "from datetime import UTC, datetime\nNOW = datetime.now(UTC)",
    "import time\nNOW = time.time()",
    "import random\nONE = random.random()",
    "from uuid import uuid4\nONE = uuid4()",
    "import os\nONE = os.environ['X']",
]


@pytest.mark.parametrize("room", ["domain", "workflows"])
@pytest.mark.parametrize("code", IMPURE)
def test_a_clock_randomness_or_the_environment_in_a_rule_is_a_lint_error(room: str, code: str) -> None:
    """Modules passed through the sandbox escape it: only lint stands between a clock and a replay."""
    checked = subprocess.run(  # noqa: S603
        [RUFF, "check", "--select", "TID251", "--stdin-filename", f"{room}/impure.py", "-"],
        input=code.encode(),
        cwd=CHECKOUT,
        capture_output=True,
        check=False,
    )

    assert checked.returncode == 1
    assert b"TID251" in checked.stdout
