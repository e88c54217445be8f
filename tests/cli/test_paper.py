"""`goldenhour paper ladder`, and the paper that `up` makes at its start and each night."""

import asyncio
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli import paper
from cli.errors import CommandError
from cli.paper import keep_on_paper, next_run, write_ladders
from config.keys import KeyRing
from store.migrate import upgrade
from store.repositories import Store
from tests.cli import test_doctor as doctor_tests
from web import demo


@pytest.fixture
async def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An installation with a home."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'own.db'}"
    environment = doctor_tests.SOUND | {"DATABASE_URL": url, "GOLDENHOUR_DATA_DIR": str(tmp_path)}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    await asyncio.to_thread(upgrade, url)
    store = Store.open(url, KeyRing.parse(environment["GOLDENHOUR_ENCRYPTION_KEYS"]))
    await demo.seed(store)
    await store.close()
    return environment


async def test_the_command_writes_a_paper_for_each_home(
    settings: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And says where it is."""
    del settings
    await asyncio.to_thread(write_ladders, "", str(tmp_path / "out"))
    assert capsys.readouterr().out == f"{tmp_path / 'out' / 'ladder-DEMO.pdf'}\n"
    assert (tmp_path / "out" / "ladder-DEMO.pdf").read_bytes().startswith(b"%PDF")


async def test_what_keeps_it_from_being_written_is_one_line(
    settings: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No such home; a place that can't be written; a store that is away; a key that is another's."""
    (tmp_path / "file").write_text("")
    with pytest.raises(CommandError, match="home: there is no home of this code"):
        await asyncio.to_thread(write_ladders, "H9", str(tmp_path / "out"))
    with pytest.raises(CommandError, match="File exists"):
        await asyncio.to_thread(write_ladders, "", str(tmp_path / "file"))
    monkeypatch.setenv("GOLDENHOUR_ENCRYPTION_KEYS", KeyRing.generate().to_setting())
    with pytest.raises(CommandError, match=r"no paper ladder was written: .*the seal is broken"):
        await asyncio.to_thread(write_ladders, "", str(tmp_path / "out"))
    monkeypatch.setenv("DATABASE_URL", settings["DATABASE_URL"].replace("own.db", "none/own.db"))
    with pytest.raises(CommandError, match="no paper ladder was written: there is no such file"):
        await asyncio.to_thread(write_ladders, "", str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("now", "wanted"),
    [
        ("2026-01-10 03:29", "2026-01-10 03:30"),
        ("2026-01-10 03:30", "2026-01-11 03:30"),
        ("2026-06-01 01:00", "2026-06-01 02:30"),
        ("2026-03-28 12:00", "2026-03-29 02:30"),  # clocks go forward at 01:00 that night
        ("2026-10-24 12:00", "2026-10-25 03:30"),  # and back
    ],
)
def test_the_nightly_hour_is_half_past_three_on_every_clock(now: str, wanted: str) -> None:
    """In UTC, winter and summer, and on the nights on which clocks change."""
    assert next_run(datetime.fromisoformat(now).replace(tzinfo=UTC)) == datetime.fromisoformat(wanted).replace(
        tzinfo=UTC
    )


async def test_up_writes_the_papers_at_its_start_and_again_each_night(
    settings: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failure is said, stops nothing, and leaves the last paper where it is."""
    said: asyncio.Queue[str] = asyncio.Queue()
    monkeypatch.setattr(paper, "GLANCE_SECONDS", 0.05)
    monkeypatch.setattr(paper, "next_run", lambda now: now + timedelta(seconds=0.1))
    out, environment = tmp_path / "paper", dict(os.environ) | settings
    keeping = asyncio.create_task(keep_on_paper(environment, out, said.put_nowait))
    try:
        async with asyncio.timeout(60):
            assert await said.get() == f"Paper ladder … in {out}: print it"
            environment["DATABASE_URL"] = environment["DATABASE_URL"].replace("own.db", "none/own.db")
            while "was not written" not in (told := await said.get()):
                assert (out / "ladder-DEMO.pdf").exists()
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
    assert f"the last one stays in {out}" in told
    assert "there is no such file" in told
    assert (out / "ladder-DEMO.pdf").read_bytes().startswith(b"%PDF")
