"""A disk that is full or may not be written, and a database of a newer version: one clear line, nothing half-done."""

import contextlib
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.pool import Pool

from cli.disk import UnusableDirectory, low_disk, make_usable
from cli.doctor import examine
from cli.part import Child, Part
from config.keys import KeyRing
from config.settings import CHECKOUT
from domain.facts import Actor, FactKind, type_of_value
from store.errors import StoreUnavailable
from store.migrate import upgrade
from store.repositories import Store
from tests.cli import test_doctor as doctor_tests
from tests.cli.demonstration import Demonstration
from tests.cli.test_supervisor import at_once
from tests.scenarios.engine_room import engine_room
from tests.scenarios.story import Home

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def one_line(text: str) -> str:
    """The only line there is."""
    lines = text.strip().splitlines()
    assert len(lines) == 1, text
    return lines[0]


# ── A database of a newer version ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Demonstration]:
    """An installation whose database a newer version has changed."""
    installation = Demonstration(tmp_path / "data")
    installation.data.mkdir()
    upgrade(f"sqlite:///{installation.data / 'goldenhour.db'}")
    with closing(sqlite3.connect(installation.data / "goldenhour.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    yield installation
    installation.kill()


@pytest.mark.parametrize("command", ["worker", "web", "watchdog", "migrate", "up"])
def test_every_start_on_a_newer_database_stops_with_one_line(house: Demonstration, command: str) -> None:
    """Going on with an old program could lose what the new one wrote."""
    database = house.data / "goldenhour.db"
    before = database.read_bytes()
    settings = doctor_tests.SOUND | {"DATABASE_URL": f"sqlite:///{database}"} if command != "up" else {}
    ended = house.goldenhour(command, *(["--demo"] if command == "up" else []), **settings)

    assert ended.returncode == 1
    told = one_line(ended.stderr)
    assert "the database is of a newer version of Golden Hour (revision 9999" in told
    assert told.endswith("update Golden Hour, or restore the backup made before; nothing was changed")
    assert database.read_bytes() == before


# ── A data directory that can't be used ────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def _without_privileges() -> Iterator[None]:
    """As a person who is not root: for root every directory can be written."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.usefixtures("_without_privileges")
def test_a_data_directory_of_somebody_else_is_told_in_one_line() -> None:
    """Before anything has been started."""
    with pytest.raises(UnusableDirectory) as told:
        make_usable(Path("/usr/goldenhour"))
    assert "/usr/goldenhour can't be used (Permission denied)" in one_line(str(told.value))


def test_up_with_a_file_in_the_place_of_its_directory_says_so(house: Demonstration, tmp_path: Path) -> None:
    """No stack trace, and nothing was started."""
    file = tmp_path / "file"
    file.write_text("not a directory")
    ended = house.goldenhour("up", "--demo", GOLDENHOUR_DATA_DIR=str(file))
    assert ended.returncode == 1
    assert "can't be used (File exists)" in one_line(ended.stderr)
    assert ended.stderr.strip().endswith("nothing was started")


# ── A disk that is filling up ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int], None]:
    """How much is free, of how much."""

    def left(free: int, total: int) -> None:
        usage = type(shutil.disk_usage("/"))(total, total - free, free)
        monkeypatch.setattr("cli.disk.shutil.disk_usage", lambda _: usage)

    return left


@pytest.mark.parametrize(
    ("free", "total", "words"),
    [
        (640_000_000, 20_000_000_000, "640 MB free of 20.0 GB"),
        (1_500_000_000, 20_000_000_000, "1.5 GB free of 20.0 GB"),
        (2_500_000_000, 20_000_000_000, None),
        (9_000_000_000, 2_000_000_000_000, "9.0 GB free of 2000.0 GB"),
        (12_000_000_000, 2_000_000_000_000, None),
    ],
)
def test_a_disk_is_low_below_a_gigabyte_or_a_tenth(
    left: Callable[[int, int], None], free: int, total: int, words: str | None
) -> None:
    """A tenth of a very large disk is enough for years."""
    left(free, total)
    told = low_disk(Path("/somewhere"))
    assert told == (f"{words} on the disk of /somewhere" if words else None)


async def test_doctor_warns_of_a_low_disk(
    left: Callable[[int, int], None], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """While there is time to make room."""
    for name, value in doctor_tests.SOUND.items():
        monkeypatch.setenv(name, value)
    left(100_000_000, 20_000_000_000)
    await examine()
    assert "warning  disk: 100 MB free of 20.0 GB" in capsys.readouterr().out


# ── A disk that is full ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("limit", [1_000, 120_000, 250_000])
def test_a_backup_to_a_full_disk_leaves_no_half_archive(tmp_path: Path, limit: int) -> None:
    """No file can grow beyond a size, which is what a full disk is to a program: at the copies, and at the archive."""
    data, target = tmp_path / "data", tmp_path / "backups"
    for directory in (data, target):
        directory.mkdir()
    upgrade(f"sqlite:///{data / 'goldenhour.db'}")
    with closing(sqlite3.connect(data / "temporal.db")) as connection, connection:
        connection.execute("CREATE TABLE large AS SELECT randomblob(200000) AS filling")
    (data / "encryption.keys").write_text(KeyRing.generate().to_setting())
    (data / "encryption.keys").chmod(0o600)
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("TEMPORAL", "DATABASE"))}
    ended = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-m", "cli.main", "backup", str(target)],
        cwd=CHECKOUT,
        env=plain | {"GOLDENHOUR_DATA_DIR": str(data)},
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert ended.returncode == 1
    assert f"no backup was made, and nothing of it is left at {target}: " in one_line(ended.stderr)
    assert list(target.iterdir()) == []


async def test_a_part_runs_without_a_log_and_without_a_note_of_its_number(tmp_path: Path) -> None:
    """On a full disk neither can be written: that must not keep the worker from coming back."""
    (tmp_path / "worker.log").mkdir()
    child = Child(Part("Worker", ("/bin/sleep", "30"), os.environ, at_once), logs=tmp_path, pids=tmp_path / "none")
    try:
        assert await child.start() < 5
        assert "it said nothing" in child.last_words()
    finally:
        await child.stop()


async def test_a_log_is_cut_even_if_there_is_no_room_to_keep_its_older_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is what has filled the disk."""
    monkeypatch.setattr("cli.part.LONGEST_LOG", 100)
    child = Child(Part("Worker", ("/bin/sleep", "1"), os.environ, at_once), logs=tmp_path, pids=tmp_path)
    child.log.write_bytes(bytes(1000))
    (tmp_path / "worker.log.1").mkdir()
    child.trim_log()
    assert child.log.stat().st_size == 0


@contextlib.contextmanager
def every_connection(statement: str) -> Iterator[None]:
    """Every connection to every database begins with this."""

    def prepare(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(statement).close()

    event.listen(Pool, "checkout", prepare)
    try:
        yield
    finally:
        event.remove(Pool, "checkout", prepare)


async def test_a_full_store_says_so_and_nothing_is_half_done(tmp_path: Path) -> None:
    """SQLite may take no further page: the transaction is undone, and the reason is one that an operator can mend."""
    url = f"sqlite:///{tmp_path / 'full.db'}"
    upgrade(url)
    store = Store.open(url, KeyRing.generate())
    large: dict[str, type_of_value] = {"note": "a note that is too long for the room there is " * 2000}
    try:
        with every_connection("PRAGMA max_page_count=1"), pytest.raises(StoreUnavailable) as told:
            await store.facts.insert_web("Heron-42", FactKind.CHECKED_IN, NOW, Actor(), large)
        assert one_line(str(told.value)) == "the store can't write: its disk is full (SQLITE_FULL)"
        assert await store.facts.timeline("Heron-42") == []
        with every_connection("PRAGMA max_page_count=1000000"):  # somebody has made room
            await store.facts.insert_web("Heron-42", FactKind.CHECKED_IN, NOW, Actor(), large)
        assert len(await store.facts.timeline("Heron-42")) == 1
    finally:
        await store.close()


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    """A home with all its people, on real parts."""
    async with engine_room(tmp_path) as room:
        opened = await Home(room).open()
        yield opened
        await opened.close()


async def test_with_a_store_that_takes_no_writes_the_alert_goes_out_and_a_check_in_counts(home: Home) -> None:
    """Rule 10: every write is refused at once, as on a full disk or one that the system has made read-only."""
    heron = await home.admit()
    with every_connection("PRAGMA query_only=ON"):
        await home.time_passes(minutes=5)
        answer = await home.check_in(heron)
        assert (answer["status"], answer["outcome"]) == (200, "done")
        await home.let_check_in_lapse(heron)
        await home.phones["shift lead"].expects("check not recorded")
    with every_connection("PRAGMA query_only=OFF"):  # somebody has mended it
        await home.recorded(heron, "checked_in")
        await home.recorded(heron, "message_accepted")
