"""A night that is cut short and restored: the alarm that was open goes on, with real processes."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.cli.demonstration import Demonstration, until


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Demonstration]:
    """A demonstration that is stopped at the end, however the test ends."""
    demonstration = Demonstration(tmp_path / "data")
    yield demonstration
    demonstration.kill()


@pytest.mark.timeout(240)
def test_an_open_alarm_goes_on_after_a_restore_and_nothing_recorded_before_is_lost(
    house: Demonstration, tmp_path: Path
) -> None:
    """A child is reported not here; a backup is made; the machine is lost; it is restored elsewhere."""
    house.start()
    house.sign_in()
    alias = house.alias()
    not_here = {"outcome": "not_here", "method": "seen", "seen_at": datetime.now(UTC).isoformat()}
    report = house.post(f"/api/v1/placements/{alias}/check-ins", not_here)
    episode = report.json()["episode_id"]
    until(lambda: any("Ring police now" in text for text in house.texts()), within=20)
    until(lambda: len(house.get(f"/api/v1/episodes/{episode}/timeline")["facts"]) > 2, within=20)

    made = house.goldenhour("backup", str(tmp_path / "night.tar.gz"), "--with-keys")
    assert made.returncode == 0, made.stderr
    before = house.get(f"/api/v1/episodes/{episode}/timeline")["facts"]
    refusal = house.goldenhour("restore", str(tmp_path / "night.tar.gz"), "--replace")
    assert refusal.returncode == 1
    assert "already runs" in refusal.stderr

    house.kill()
    shutil.rmtree(house.data)
    restored = house.goldenhour("restore", str(tmp_path / "night.tar.gz"))
    assert restored.returncode == 0, restored.stderr
    assert "What to do now" in restored.stdout
    house.start()

    # The simulator is new: every message on it is one that was sent after the restore.
    until(lambda: any("Ring police now" in text for text in house.texts()), within=90)
    assert house.get("/api/v1/episodes?state=open")["episodes"][0]["episode_id"] == episode
    facts = house.get(f"/api/v1/episodes/{episode}/timeline")["facts"]
    kinds = {fact["n"]: fact["kind"] for fact in facts}
    # Facts that were still on their way to the store may have been stored between the backup and the question.
    kept = [fact for fact in before if fact["n"] in kinds]
    assert len(kept) >= 3
    assert all(kinds[fact["n"]] == fact["kind"] for fact in kept)
    assert sorted(kinds) == list(range(min(kinds), max(kinds) + 1)), "no fact is missing between two others"
