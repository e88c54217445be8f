"""`goldenhour backup`: the embedded set-up in one archive, while it runs.

Both databases are copied as they stood at one instant. A write lock on the store is held just long enough to fix a
snapshot of each (about a millisecond), and both are copied from their snapshots while all goes on. So the pair is what
a power cut at that instant would have left, and the engine is made to start from that: it forgets a fact only after the
store has confirmed it, and an update is in the engine before its facts are in the store. Without the lock one file
would be older than the other. An older engine would give a fact's number a second time, to something else, and would
not know of a child whom the pages show; an older store would lack facts that the engine has let go of.
"""

import os
import secrets
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from cli.disk import megabytes
from cli.errors import CommandError
from cli.installation import check_whole, embedded_data, open_database, opened_by, revision_of
from cli.manifest import ENGINE, KEYS, MANIFEST, STORE, TOKEN, Manifest, Member, prove, versions
from config.keys import KeyRingError, SecretFileError, read_secret_file
from config.settings import read_environment

KEYS_SETTING = "GOLDENHOUR_ENCRYPTION_KEYS"


def back_up(target: str, *, with_keys: bool) -> Path:
    """Write a backup to a file, or into a directory under a name with the time in it; the file it became.

    Raises:
        CommandError: it could not be done, and there is no half archive.
    """
    environment = read_environment()
    data = embedded_data(environment, "backup")
    os.umask(0o077)
    try:
        _require_databases(data)
        archive = _named(Path(target), datetime.now(UTC))
        keys = _keys(environment, data)
        _require_room(archive.parent, data)
        with tempfile.TemporaryDirectory(prefix=".goldenhour-backup-", dir=archive.parent) as scratch:
            _write(archive, data, Path(scratch), keys, with_keys=with_keys)
    except (SecretFileError, KeyRingError) as error:
        raise CommandError(str(error)) from None
    except (OSError, sqlite3.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise CommandError(f"no backup was made, and nothing of it is left at {target}: {reason}") from None
    _tell(archive, data, list(prove(keys)), with_keys=with_keys)
    return archive


def _require_databases(data: Path) -> None:
    for name in (STORE, ENGINE):
        if not (data / name).exists():
            raise CommandError(f"there is no {name} in {data}: nothing to back up; is GOLDENHOUR_DATA_DIR right?")


def _keys(environment: Mapping[str, str], data: Path) -> str:
    """The keys as `up` has them, if they open the store: with others the backup would refuse the right ones."""
    keys = environment.get(KEYS_SETTING) or read_secret_file(data / KEYS)
    if not keys:
        raise CommandError(f"{data / KEYS} is missing: without the keys this backup could not be read")
    if not opened_by(keys, data / STORE):
        source = KEYS_SETTING if environment.get(KEYS_SETTING) else data / KEYS
        raise CommandError(
            f"the keys of {source} do not open {data / STORE}: name those that `goldenhour up` runs with; "
            "no backup was made"
        )
    return keys


def _named(target: Path, now: datetime) -> Path:
    archive = target / f"goldenhour-{now:%Y%m%dT%H%M%SZ}.tar.gz" if target.is_dir() else target
    archive = archive.absolute()
    if archive.exists():
        raise CommandError(f"{archive} exists already: name another file, or a directory")
    if not archive.parent.is_dir():
        raise CommandError(f"{archive.parent} is no directory")
    return archive


def _require_room(directory: Path, data: Path) -> None:
    """Copies and archive stand there side by side for a moment; sealed data hardly compress."""
    sizes = [file.stat().st_size for name in (STORE, ENGINE) for file in data.glob(f"{name}*")]
    free = shutil.disk_usage(directory).free
    if free < 2 * sum(sizes):
        raise CommandError(
            f"not enough room in {directory} for a backup: it needs about {megabytes(2 * sum(sizes))}, and "
            f"{megabytes(free)} are free; nothing was written"
        )


def _write(archive: Path, data: Path, scratch: Path, keys: str, *, with_keys: bool) -> None:
    at = copy_databases(data, scratch)
    for name in (STORE, ENGINE):
        check_whole(scratch / name)
    if with_keys:
        (scratch / KEYS).write_text(keys + "\n")
        if token := read_secret_file(data / TOKEN):
            (scratch / TOKEN).write_text(token + "\n")
    members = {name: Member.of(scratch / name) for name in (STORE, ENGINE, KEYS, TOKEN) if (scratch / name).exists()}
    manifest = Manifest(
        made_at=at, revision=revision_of(scratch / STORE), keys=prove(keys), members=members, **versions()
    )
    with _whole_or_nothing(archive) as draft, tarfile.open(draft, "w:gz", compresslevel=1) as tar:
        text = manifest.model_dump_json(indent=2).encode()
        entry = tarfile.TarInfo(MANIFEST)
        entry.size, entry.mode, entry.mtime = len(text), 0o600, int(at.timestamp())
        tar.addfile(entry, BytesIO(text))
        for name in members:
            tar.add(scratch / name, name, filter=_anonymous)


def copy_databases(data: Path, scratch: Path) -> datetime:
    """Copy both databases as they stand at one instant, which is returned (UTC). What runs goes on."""
    with ExitStack() as stack:
        sources = {name: stack.enter_context(closing(open_database(data / name))) for name in (STORE, ENGINE)}
        with _no_writer(data / STORE):
            for source in sources.values():
                source.execute("BEGIN")
                source.execute("SELECT count(*) FROM sqlite_master").fetchone()  # here the snapshot is taken
            at = datetime.now(UTC)
        for name, source in sources.items():
            with closing(sqlite3.connect(scratch / name)) as copy:
                source.backup(copy)
    return at


@contextmanager
def _no_writer(file: Path) -> Iterator[None]:
    """Hold the store's write lock; others wait for it, as they wait for one another."""
    with closing(open_database(file)) as lock:
        lock.execute("PRAGMA query_only=OFF")
        lock.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            lock.execute("ROLLBACK")


@contextmanager
def _whole_or_nothing(archive: Path) -> Iterator[Path]:
    """A draft of mode 0600 beside the archive, which becomes it when it is whole and on the disk."""
    draft = archive.with_name(f".{archive.name}.{secrets.token_hex(4)}")
    try:
        yield draft
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        draft.replace(archive)
    finally:
        draft.unlink(missing_ok=True)


def _anonymous(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """Who owned the files here is nobody's business there."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o600
    return entry


def _tell(archive: Path, data: Path, key_ids: list[str], *, with_keys: bool) -> None:
    print(f"Backup written: {archive} ({megabytes(archive.stat().st_size)})")
    if with_keys:
        print("It holds the encryption keys: whoever has this file can read every child's record. Lock it away.")
        return
    print(
        f"It does not hold the encryption keys ({', '.join(key_ids)}), and WITHOUT THEM NOTHING IN IT CAN BE READ.\n"
        f"They are in {data / KEYS}, or in {KEYS_SETTING}: keep a copy apart from the backups "
        "(`--with-keys` puts them in)."
    )
