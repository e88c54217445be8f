"""`goldenhour backup` and `restore`: all or nothing, checked before anything is touched."""

import hashlib
import io
import json
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

import pytest

from cli.backup import back_up, copy_databases
from cli.errors import CommandError
from cli.manifest import versions
from cli.ports import only_one
from cli.restore import restore
from config.keys import KeyRing
from store.migrate import upgrade
from store.revisions import newest_revision
from store.sealing import Seals

KEYS = KeyRing.generate().to_setting()
Change = Callable[[dict[str, object]], None]


@pytest.fixture(autouse=True)
def _environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An embedded set-up, and nothing of the developer's own."""
    for name in ("DATABASE_URL", "TEMPORAL_ADDRESS", "TEMPORAL_PROFILE", "GOLDENHOUR_ENCRYPTION_KEYS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GOLDENHOUR_DATA_DIR", str(tmp_path / "data"))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory as `up` leaves it, with a fact in each database."""
    directory = tmp_path / "data"
    directory.mkdir()
    upgrade(f"sqlite:///{directory / 'goldenhour.db'}")
    for name in ("goldenhour.db", "temporal.db"):
        with closing(sqlite3.connect(directory / name)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("CREATE TABLE story (line TEXT)")
            connection.execute("INSERT INTO story VALUES ('before')")
            connection.commit()
    for name, secret in (("encryption.keys", KEYS), ("bootstrap.token", "a-token-of-this-test")):
        (directory / name).write_text(secret + "\n")
        (directory / name).chmod(0o600)
    (directory / "logs").mkdir()
    return directory


@pytest.fixture
def archive(data: Path, tmp_path: Path) -> Path:
    """A backup that holds its keys."""
    del data
    return back_up(str(tmp_path / "backup.tar.gz"), with_keys=True)


@pytest.fixture
def tampered(archive: Path, tmp_path: Path) -> Callable[[Change], Path]:
    """The same backup with another manifest."""

    def tampered(change: Change) -> Path:
        other = tmp_path / "tampered.tar.gz"
        with tarfile.open(archive) as old, tarfile.open(other, "w:gz") as new:
            for entry in old:
                content = (old.extractfile(entry) or io.BytesIO()).read()
                if entry.name == "manifest.json":
                    manifest = json.loads(content)
                    change(manifest)
                    content = json.dumps(manifest).encode()
                    entry.size = len(content)
                new.addfile(entry, io.BytesIO(content))
        return other

    return tampered


def story(file: Path) -> list[str]:
    """What a database tells."""
    with closing(sqlite3.connect(file)) as connection:
        return [line for (line,) in connection.execute("SELECT line FROM story")]


def names(archive: Path) -> list[str]:
    """What is in an archive."""
    with tarfile.open(archive) as tar:
        return tar.getnames()


def leavings(directory: Path) -> list[str]:
    """Hidden files that an interrupted command could have left."""
    return [entry.name for entry in directory.iterdir() if entry.name.startswith(".")]


def test_a_backup_can_be_put_back_whole(data: Path, archive: Path, tmp_path: Path) -> None:
    """Databases, keys and token are as they were; what came after the backup is kept beside, not lost."""
    with closing(sqlite3.connect(data / "goldenhour.db")) as connection, connection:
        connection.execute("INSERT INTO story VALUES ('after')")
    restore(str(archive), replace=True, keys_file="")

    assert story(data / "goldenhour.db") == story(data / "temporal.db") == ["before"]
    assert (data / "encryption.keys").read_text().strip() == KEYS
    assert {entry.stat().st_mode & 0o777 for entry in data.iterdir() if entry.is_file()} == {0o600}
    kept = next(tmp_path.glob("data-before-*"))
    assert story(kept / "goldenhour.db") == ["before", "after"]
    assert not leavings(tmp_path)


def test_a_backup_says_what_it_is_and_only_its_owner_may_read_it(archive: Path) -> None:
    """The manifest comes first, with versions, revision, the time in UTC, sizes and hashes, and no key."""
    assert archive.stat().st_mode & 0o777 == 0o600
    assert names(archive) == ["manifest.json", "goldenhour.db", "temporal.db", "encryption.keys", "bootstrap.token"]
    with tarfile.open(archive) as tar:
        manifest = json.load(tar.extractfile("manifest.json") or io.BytesIO())
    assert manifest["revision"] == newest_revision()
    assert manifest["made_at"].endswith("Z")
    assert (manifest["goldenhour"], manifest["temporal"]) == tuple(versions().values())
    assert {len(member["sha256"]) for member in manifest["members"].values()} == {64}
    assert KEYS.partition(":")[2] not in json.dumps(manifest)


def test_without_being_asked_a_backup_holds_no_secret_and_says_where_the_keys_are(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A stolen backup is unreadable; a person who will need it is told what else to keep."""
    made = back_up(str(tmp_path), with_keys=False)
    assert made.name.startswith("goldenhour-2")
    assert names(made) == ["manifest.json", "goldenhour.db", "temporal.db"]
    told = capsys.readouterr().out
    assert "WITHOUT THEM NOTHING IN IT CAN BE READ" in told
    assert str(data / "encryption.keys") in told


def test_both_databases_are_of_one_instant_while_both_are_written(data: Path, tmp_path: Path) -> None:
    """The engine is never older than the store: what the store has, the engine knew before; like a power cut."""
    done = threading.Event()

    def work() -> None:
        """As a placement does: the engine first, then its fact, then the engine forgets."""
        with (
            closing(sqlite3.connect(data / "temporal.db", timeout=30)) as engine,
            closing(sqlite3.connect(data / "goldenhour.db", timeout=30)) as store,
        ):
            while not done.is_set():
                for database in (engine, store):
                    database.execute("INSERT INTO story VALUES ('now')")
                    database.commit()

    worker = threading.Thread(target=work)
    worker.start()
    try:
        for round_ in range(5):
            scratch = tmp_path / f"scratch-{round_}"
            scratch.mkdir()
            copy_databases(data, scratch)
            ahead = len(story(scratch / "temporal.db")) - len(story(scratch / "goldenhour.db"))
            assert ahead in {0, 1}
    finally:
        done.set()
        worker.join()
    assert len(story(data / "goldenhour.db")) > 3, "nothing was written meanwhile"


def test_a_copy_is_taken_without_keeping_writers_waiting(data: Path, tmp_path: Path) -> None:
    """Checks go on being recorded while a large database is copied."""
    with closing(sqlite3.connect(data / "temporal.db")) as connection, connection:
        connection.execute("CREATE TABLE large AS SELECT zeroblob(60000000) AS filling")
    done, written = threading.Event(), list[float]()

    def work() -> None:
        with closing(sqlite3.connect(data / "goldenhour.db", timeout=1)) as store:
            while not done.is_set():
                store.execute("INSERT INTO story VALUES ('meanwhile')")
                store.commit()
                written.append(time.time())

    worker = threading.Thread(target=work)
    worker.start()
    try:
        (tmp_path / "scratch").mkdir()
        at = copy_databases(data, tmp_path / "scratch").timestamp()
        ended = time.time()
    finally:
        done.set()
        worker.join()
    meanwhile = [moment for moment in written if at < moment < ended]
    assert len(meanwhile) > 3
    assert len(story(tmp_path / "scratch" / "goldenhour.db")) <= 2 + len([one for one in written if one < at])


def refused(archive: Path, *, replace: bool = True, keys_file: str = "") -> str:
    """Why a backup was not put back."""
    with pytest.raises(CommandError) as refusal:
        restore(str(archive), replace=replace, keys_file=keys_file)
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


def test_what_is_there_is_not_overwritten_unless_asked(data: Path, archive: Path, tmp_path: Path) -> None:
    """A wrong file or a wrong machine costs nothing."""
    assert "is not empty: `--replace` keeps what is there" in refused(archive, replace=False)
    assert story(data / "goldenhour.db") == ["before"]
    assert not list(tmp_path.glob("data-before-*"))


def test_nothing_is_restored_under_a_running_golden_hour(data: Path, archive: Path) -> None:
    """Two programs on one file are the end of both."""
    with only_one(data):
        assert f"Golden Hour already runs on {data}" in refused(archive)
    (data / "run").mkdir()
    left = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        (data / "run" / "temporal.pid").write_text(f"{left.pid}\n{sys.executable}\n")
        assert "parts of Golden Hour still run" in refused(archive)
    finally:
        left.kill()
        left.wait()
        assert left.stdin is not None
        left.stdin.close()


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("goldenhour", "99.0.0", "newer version of Golden Hour (99.0.0"),
        ("temporal", "99.0.0", "newer version of Temporal (99.0.0"),
        ("revision", "9999", "newer version of Golden Hour (revision 9999"),
        ("format", 2, "newer version of Golden Hour"),
        ("made_at", "yesterday", "its manifest can't be read"),
        ("members", {}, "not whole"),
    ],
)
def test_a_backup_that_this_version_can_not_read_is_refused(
    data: Path, tampered: Callable[[Change], Path], field: str, value: object, reason: str
) -> None:
    """A newer version may have changed what things mean."""
    other = tampered(lambda manifest: manifest.update({field: value}))
    assert reason in refused(other)
    assert story(data / "goldenhour.db") == ["before"]


def test_a_damaged_backup_is_refused_before_anything_is_touched(
    data: Path, archive: Path, tampered: Callable[[Change], Path], tmp_path: Path
) -> None:
    """One wrong byte, a cut file, another file."""

    def other_hash(manifest: dict[str, object]) -> None:
        members = manifest["members"]
        assert isinstance(members, dict)
        members["temporal.db"]["sha256"] = "0" * 64

    assert "damaged: temporal.db" in refused(tampered(other_hash))
    whole = archive.read_bytes()
    for content in (whole[: len(whole) // 2], b"no archive at all", b""):
        archive.write_bytes(content)
        assert "damaged" in refused(archive)
    assert "there is no file" in refused(tmp_path / "none.tar.gz")
    assert story(data / "goldenhour.db") == ["before"]
    assert not leavings(tmp_path)


def test_a_backup_without_its_keys_needs_the_copy_that_was_kept(data: Path, tmp_path: Path) -> None:
    """The id of a key proves nothing, as every installation's first is k1: the key itself is tried."""
    bare = back_up(str(tmp_path / "bare.tar.gz"), with_keys=False)
    kept = tmp_path / "kept.keys"
    (data / "encryption.keys").rename(kept)
    assert "does not hold its keys (k1)" in refused(bare)
    others = tmp_path / "others.keys"
    others.write_text(KeyRing.generate().to_setting())
    others.chmod(0o600)
    assert "another installation's" in refused(bare, keys_file=str(others))
    others.write_text(KeyRing.generate("k2").to_setting())
    assert "not all there: this backup needs k1" in refused(bare, keys_file=str(others))
    kept.chmod(0o644)
    assert "can be read by others" in refused(bare, keys_file=str(kept))
    assert not list(tmp_path.glob("data-before-*"))

    kept.chmod(0o600)
    restore(str(bare), replace=True, keys_file=str(kept))
    assert (data / "encryption.keys").read_text().strip() == KEYS


def test_a_database_elsewhere_is_backed_up_by_its_own_tools(
    data: Path, archive: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half a backup would look like a whole one."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://db.example/goldenhour")
    with pytest.raises(CommandError, match="DATABASE_URL names another: use pg_dump"):
        back_up(str(data.parent), with_keys=False)
    assert "use pg_dump" in refused(archive)
    monkeypatch.setenv("TEMPORAL_ADDRESS", "temporal.example:7233")
    with pytest.raises(CommandError, match=r"TEMPORAL_\* names another: use your cluster's own backup"):
        back_up(str(data.parent), with_keys=False)
    monkeypatch.delenv("TEMPORAL_ADDRESS")
    monkeypatch.setenv("DATABASE_URL", f"sqlite+aiosqlite:///{data / 'goldenhour.db'}")
    assert back_up(str(data.parent), with_keys=False).exists()


def test_a_backup_never_replaces_another_file(archive: Path) -> None:
    """Last week's may be the one that is needed."""
    with pytest.raises(CommandError, match="exists already"):
        back_up(str(archive), with_keys=False)


def sealed_with(keys: str, data: Path) -> None:
    """The store's own secret, as the first address that is entered makes it."""
    seals = Seals(KeyRing.parse(keys))
    row = ("address_index_key", seals.seal("meta.value", "address_index_key", bytes(32)), seals.key_id)
    with closing(sqlite3.connect(data / "goldenhour.db")) as connection, connection:
        connection.execute("INSERT INTO meta (name, value_sealed, key_id) VALUES (?, ?, ?)", row)


def test_keys_that_do_not_open_the_store_are_found_out_when_it_is_backed_up(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A backup proven with another installation's keys would refuse the right ones on the night it is needed."""
    sealed_with(KEYS, data)
    assert back_up(str(tmp_path / "right.tar.gz"), with_keys=False).exists()
    others = KeyRing.generate().to_setting()
    for setting, reason in ((others, "do not open"), ("no key", r"entry 1 is not id:base64\(32 bytes\)")):
        monkeypatch.setenv("GOLDENHOUR_ENCRYPTION_KEYS", setting)
        with pytest.raises(CommandError, match=reason):
            back_up(str(tmp_path / "wrong.tar.gz"), with_keys=True)
    monkeypatch.setenv("GOLDENHOUR_ENCRYPTION_KEYS", f"{KeyRing.generate('k2').to_setting()},{KEYS}")
    assert back_up(str(tmp_path / "rotated.tar.gz"), with_keys=False).exists()
    assert sorted(made.name for made in tmp_path.glob("*.tar.gz")) == ["right.tar.gz", "rotated.tar.gz"]


@pytest.fixture
def rewritten(archive: Path) -> Callable[[dict[str, bytes]], Path]:
    """The same backup with other contents, as its manifest then says."""

    def rewritten(contents: dict[str, bytes]) -> Path:
        other = archive.with_name("rewritten.tar.gz")
        with tarfile.open(archive) as old:
            members = {name: (old.extractfile(name) or io.BytesIO()).read() for name in old.getnames()} | contents
        manifest = json.loads(members["manifest.json"])
        for name, content in contents.items():
            manifest["members"][name] = {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        members["manifest.json"] = json.dumps(manifest).encode()
        with tarfile.open(other, "w:gz") as new:
            for name, content in members.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                new.addfile(entry, io.BytesIO(content))
        return other

    return rewritten


def test_the_keys_are_tried_on_the_store_itself(data: Path, rewritten: Callable[[dict[str, bytes]], Path]) -> None:
    """What a manifest says of its keys may have been true of others; what is sealed can't be."""
    sealed_with(KeyRing.generate().to_setting(), data)
    other = rewritten({"goldenhour.db": (data / "goldenhour.db").read_bytes()})
    assert "the keys of the backup do not open goldenhour.db" in refused(other)
    assert not leavings(data.parent)


def hostile(kind: str) -> tarfile.TarInfo:
    """What somebody could have put into an archive on its way."""
    entry = tarfile.TarInfo(kind if "." in kind else "temporal.db")
    if kind == "large":
        entry.size = 50_000_000
    if kind in {"link", "hard link"}:
        entry.type = tarfile.SYMTYPE if kind == "link" else tarfile.LNKTYPE
        entry.linkname = "/etc/passwd"
    return entry


@pytest.mark.parametrize("kind", ["large", "link", "hard link", "../../escaped.db", "/escaped.db", "other.db"])
def test_a_hostile_archive_writes_nothing_anywhere(
    data: Path, archive: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing outside, nothing through a link, and no member that fills the disk before its hash is looked at."""
    written: list[int] = []
    copy = shutil.copyfileobj

    def counted(source: BinaryIO, target: BinaryIO) -> None:
        copy(source, target)
        written.append(target.tell())

    monkeypatch.setattr(shutil, "copyfileobj", counted)
    other = archive.with_name("hostile.tar.gz")
    with tarfile.open(archive) as old, tarfile.open(other, "w:gz", compresslevel=1) as new:
        for entry in old:
            bad = hostile(kind)
            if entry.name == "temporal.db":
                new.addfile(bad, io.BytesIO(bytes(bad.size)))
            else:
                new.addfile(entry, old.extractfile(entry))
    before = set(data.parent.rglob("*"))
    assert ("damaged: temporal.db" if kind == "large" else "does not name") in refused(other)
    assert sum(written) < 5_000_000
    assert set(data.parent.rglob("*")) == {*before, data / "up.lock"}


@pytest.mark.parametrize("target", ["x" * 300, "none/backup.tar.gz"])
def test_a_target_that_can_not_be_is_one_line(data: Path, target: str) -> None:
    """Before anything is copied."""
    with pytest.raises(CommandError, match=r"no directory|File name too long"):
        back_up(str(data.parent / target), with_keys=False)


def test_an_address_that_is_none_is_one_line(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A port in letters."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://db.example:port/goldenhour")
    with pytest.raises(CommandError, match="DATABASE_URL names another"):
        back_up(str(data.parent), with_keys=False)


def test_a_backup_that_lost_the_keys_it_names_is_one_line(archive: Path) -> None:
    """Its manifest promises them."""
    other = archive.with_name("other.tar.gz")
    with tarfile.open(archive) as old, tarfile.open(other, "w:gz") as new:
        for entry in old:
            if entry.name != "encryption.keys":
                new.addfile(entry, old.extractfile(entry))
    assert "damaged: encryption.keys is not in it" in refused(other)
