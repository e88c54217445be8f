"""`goldenhour restore`: the embedded set-up as a backup has it. Everything is checked before anything is touched."""

import gzip
import os
import secrets
import shutil
import sqlite3
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from cli.disk import megabytes
from cli.errors import CommandError
from cli.installation import check_whole, embedded_data, opened_by, revision_of
from cli.manifest import ENGINE, KEYS, LONGEST_MANIFEST, MANIFEST, STORE, Manifest, Member, check_keys, read
from cli.part import leftovers
from cli.ports import NotFree, only_one
from config.keys import SecretFileError, read_secret_file
from config.settings import read_environment
from domain.story import LONDON

KEYS_SETTING = "GOLDENHOUR_ENCRYPTION_KEYS"
_LOCK = "up.lock"


def restore(archive: str, *, replace: bool, keys_file: str) -> None:
    """Put a backup in the place of the data directory. What was there is kept beside it, under a dated name.

    Raises:
        CommandError: it could not be done; the data directory is as it was.
    """
    environment = read_environment()
    data = embedded_data(environment, "restore")
    os.umask(0o077)
    try:
        with _not_running(data):
            _refuse_to_overwrite(data, replace=replace)
            manifest = _read_manifest(Path(archive))
            keys, source = _keys(manifest, Path(archive), keys_file, environment, data)
            check_keys(manifest, keys, source)
            kept = _put(Path(archive), manifest, data, keys, source)
    except (NotFree, SecretFileError) as error:
        raise CommandError(str(error)) from None
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise CommandError(f"nothing was restored, and {data} is as it was: {reason}") from None
    _tell(manifest, data, kept)


@contextmanager
def _not_running(data: Path) -> Iterator[None]:
    """Hold the data directory as `up` does, if there is one.

    Raises:
        NotFree: Golden Hour runs on it, or a part of it still does.
    """
    if not data.is_dir():
        yield
        return
    with only_one(data):
        if left := leftovers(data / "run"):
            names = ", ".join(f"{name} ({pid})" for name, pid in left.items())
            raise NotFree(f"parts of Golden Hour still run on {data}: {names}. Stop them first; nothing was changed")
        yield


def _refuse_to_overwrite(data: Path, *, replace: bool) -> None:
    held = [entry.name for entry in data.iterdir() if entry.name != _LOCK] if data.is_dir() else []
    if held and not replace:
        raise CommandError(
            f"{data} is not empty: `--replace` keeps what is there beside it, under a dated name, and puts the backup "
            "in its place; nothing was changed"
        )


def _read_manifest(archive: Path) -> Manifest:
    if not archive.is_file():
        raise CommandError(f"there is no file {archive}; nothing was changed")
    with _opened(archive) as tar:
        first = tar.next()
        content = tar.extractfile(first) if first and first.name == MANIFEST and first.isreg() else None
        if first is None or content is None or first.size > LONGEST_MANIFEST:
            raise CommandError(f"{archive} is no backup of Golden Hour: it does not begin with a {MANIFEST}")
        return read(content.read())


@contextmanager
def _opened(archive: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(archive, "r:gz") as tar:
            yield tar
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile):
        raise CommandError(f"{archive} is no backup of Golden Hour, or it is damaged; nothing was changed") from None


def _keys(
    manifest: Manifest, archive: Path, keys_file: str, environment: Mapping[str, str], data: Path
) -> tuple[str, str]:
    """The keys, and where they are from: the setting, which `up` will use; a named file; the archive; what is there."""
    if setting := environment.get(KEYS_SETTING):
        return setting, KEYS_SETTING
    if keys_file:
        found = read_secret_file(Path(keys_file))
        if found is None:
            raise CommandError(f"there is no file {keys_file}")
        return found, keys_file
    if manifest.holds_keys:
        with _opened(archive) as tar:
            try:
                content = tar.extractfile(KEYS)
            except KeyError:
                raise CommandError(f"this backup is damaged: {KEYS} is not in it; {_UNCHANGED}") from None
            return (content.read(LONGEST_MANIFEST).decode("ascii", "replace").strip() if content else ""), "the backup"
    if kept := read_secret_file(data / KEYS):
        return kept, str(data / KEYS)
    raise CommandError(
        f"this backup does not hold its keys ({', '.join(manifest.keys)}), and without them nothing in it can be read: "
        f"name the copy you kept with `--keys FILE`, or set {KEYS_SETTING}; nothing was changed"
    )


def _put(archive: Path, manifest: Manifest, data: Path, keys: str, source: str) -> Path | None:
    """Unpack beside, check, then change places; where the old directory went."""
    size = sum(member.size for member in manifest.members.values())
    data.parent.mkdir(parents=True, exist_ok=True)
    if (free := shutil.disk_usage(data.parent).free) < size:
        raise CommandError(
            f"not enough room in {data.parent}: the backup unpacks to {megabytes(size)}, and {megabytes(free)} are "
            "free; nothing was changed"
        )
    beside = data.with_name(f".{data.name}.restoring-{secrets.token_hex(4)}")
    beside.mkdir(mode=0o700)
    try:
        _unpack(archive, manifest, beside)
        if not opened_by(keys, beside / STORE):
            raise CommandError(f"the keys of {source} do not open {STORE} of this backup; {_UNCHANGED}")
        if source == KEYS_SETTING:
            # What the setting names, `up` reads there; a second copy would only lie about.
            (beside / KEYS).unlink(missing_ok=True)
        else:
            (beside / KEYS).write_text(keys + "\n")
        return _change_places(beside, data)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _unpack(archive: Path, manifest: Manifest, into: Path) -> None:
    with _opened(archive) as tar:
        for entry in tar:
            if entry.name == MANIFEST:
                continue
            if entry.name not in manifest.members or not entry.isreg():
                raise CommandError(f"this backup holds a file that its manifest does not name; {_UNCHANGED}")
            if entry.size != manifest.members[entry.name].size:  # before it fills the disk
                raise CommandError(f"this backup is damaged: {entry.name} is not what its manifest says; {_UNCHANGED}")
            content = tar.extractfile(entry)
            if content is not None:
                with (into / entry.name).open("xb") as file:
                    shutil.copyfileobj(content, file)
                    file.flush()
                    os.fsync(file.fileno())
    for name, member in manifest.members.items():
        if not (into / name).exists() or Member.of(into / name) != member:
            raise CommandError(f"this backup is damaged: {name} is not what its manifest says; {_UNCHANGED}")
    for name in (STORE, ENGINE):
        check_whole(into / name)
    if revision_of(into / STORE) != manifest.revision:
        raise CommandError(f"this backup is damaged: {STORE} is of another revision than its manifest; {_UNCHANGED}")


_UNCHANGED = "nothing was changed"


def _change_places(new: Path, data: Path) -> Path | None:
    if not data.exists():
        new.rename(data)
        return None
    kept = data.with_name(f"{data.name}-before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}")
    if not any(entry.name != _LOCK for entry in data.iterdir()):
        (data / _LOCK).unlink(missing_ok=True)
        new.rename(data)  # onto an empty directory
        return None
    data.rename(kept)
    try:
        new.rename(data)
    except OSError:
        kept.rename(data)
        raise
    return kept


def _tell(manifest: Manifest, data: Path, kept: Path | None) -> None:
    at = manifest.made_at.astimezone(LONDON)
    print(f"Restored to {data}: everything as it was on {at:%A %-d %B %Y at %H:%M:%S} (UK time).")
    if kept is not None:
        print(f"What was there before is in {kept}: remove it when you no longer need it, it is as personal.")
    print(
        """
What this means for the children:
  - What was recorded after that time is unknown: checks, reports, answers, police references, arrivals and departures.
  - Timers that passed meanwhile act when you start: whoever should have been told hears once, with how late it is. Some
    will hear of a child who has long been seen, or again of one who has been found.

What to do now:
  1. Ring each home: every child is looked at, by hand, before you start. Go on by the paper ladder.
  2. Start `goldenhour up`, and record a check for every child at once: it stops a late alarm that is not true.
  3. Enter again from the paper what happened since: arrivals, "not here", police references, who was found.
  4. Look at each open episode once. Tell those who were alerted by mistake."""
    )
