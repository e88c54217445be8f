"""`python -m benchmarks [--full]`: measure, print a table, draw a chart, and fail where a bar is missed."""

import argparse
import asyncio
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime

from benchmarks.installation import BUILD
from benchmarks.plan import MEASUREMENTS, NINETY_DAYS, Run, Size, measure
from benchmarks.table import as_svg, as_text
from benchmarks.verdict import MISSED, as_json, exit_code
from cli.part import PartFailed
from config.settings import SettingsError

TITLE = "Golden Hour, held against a bare Temporal"


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure everything, or what is named; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--full", action="store_true", help="also 1,000 deadlines at one instant and 90 virtual days")
    parser.add_argument("--small", action="store_true", help="a try-out in a minute or two; its numbers mean little")
    parser.add_argument("--only", nargs="+", choices=[*MEASUREMENTS, NINETY_DAYS], help="these measurements")
    asked = parser.parse_args(arguments)
    size = Size.FULL if asked.full else Size.SMALL if asked.small else Size.USUAL
    began = time.monotonic()
    try:
        run = asyncio.run(measure(size, only=asked.only))
    except (PartFailed, SettingsError) as failure:
        print(f"nothing measured: {failure}", file=sys.stderr)
        return MISSED
    _write(run, size, minutes=(time.monotonic() - began) / 60)
    return exit_code(run.measures, run.failures)


def _write(run: Run, size: Size, *, minutes: float) -> None:
    """The table on the screen, and table, numbers and chart as files."""
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[1]:.1f}"
    about = f"{size.value} run of {minutes:.0f} minutes; {machine}"
    failures = "".join(f"NOT MEASURED  {failure}\n" for failure in run.failures)
    text = f"{TITLE}\n{about}\n\n{as_text(run.measures)}{failures}"
    BUILD.mkdir(parents=True, exist_ok=True)
    (BUILD / "table.txt").write_text(text, "utf-8")
    (BUILD / "chart.svg").write_text(as_svg(run.measures, title=TITLE), "utf-8")
    content = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "about": about,
        "measures": as_json(run.measures),
        "failures": run.failures,
    }
    (BUILD / "numbers.json").write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print(f"\n{text}\nTable, numbers and chart: {BUILD.relative_to(BUILD.parent.parent)}")


if __name__ == "__main__":
    sys.exit(main())
