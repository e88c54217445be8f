"""A house of real processes for each test; the whole set of kills only when asked for, by `make test-faults`."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.faults.house import SQLITE, House, running_house
from tests.store.backends import empty_database

FULL = os.environ.get("GOLDENHOUR_TEST_FAULTS") == "full"
"""Every part killed at three moments in a climb and in a burst of 200, a worker frozen for a minute, a power cut;
one provider's answer in ten lost of 200, a provider away for a minute in each way, each callback twice."""

AT_FULL_SIZE = (
    *("killed_three_times", "frozen_worker", "power_cut", "stores_gone", "undelivered"),
    *("lost_answers", "provider_away", "callbacks"),
)
collect_ignore = [] if FULL else [f"test_{name}.py" for name in AT_FULL_SIZE]


@pytest.fixture
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """The store that the house's parts share: SQLite, unless a test is parametrized (`indirect`) with PostgreSQL."""
    if getattr(request, "param", SQLITE) == SQLITE:
        yield f"sqlite:///{tmp_path / 'goldenhour.db'}"
        return
    async with empty_database(request.getfixturevalue("postgresql")) as url:
        yield url


@pytest.fixture
async def house(tmp_path: Path, database_url: str) -> AsyncIterator[House]:
    """Everything up and nobody in care yet."""
    async with running_house(tmp_path, database_url) as running:
        yield running


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was killed, and how late the latest text was: a table for whoever ran the tests to see."""
    rows = [
        dict(report.user_properties)["fault"]
        for report in terminalreporter.stats.get("passed", [])
        if report.when == "call" and "fault" in dict(report.user_properties)
    ]
    if rows:
        terminalreporter.section("faults")
        for row in rows:
            terminalreporter.write_line(row)
