"""The embedded set-up as `backup` and `restore` see it: its data directory, and whether it is embedded at all."""

import sqlite3
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from cli.embedded import temporal_is_embedded
from cli.errors import CommandError
from cli.manifest import STORE
from config.keys import KeyRing
from config.settings import Places, SettingsError
from store.errors import Unreadable
from store.sealing import Seals


def embedded_data(environment: Mapping[str, str], command: str) -> Path:
    """The data directory of `goldenhour up`, if both databases are its own.

    Raises:
        CommandError: a setting is wrong, or names a database or an engine elsewhere; says what to use instead.
    """
    try:
        data = Places.load(environment).data_dir.resolve()
    except SettingsError as error:
        raise CommandError(str(error)) from None
    for elsewhere, remedy in (
        (not temporal_is_embedded(environment) and "TEMPORAL_*", "your cluster's own backup"),
        (not _is_ours(environment.get("DATABASE_URL", ""), data) and "DATABASE_URL", "pg_dump, or your database's own"),
    ):
        if elsewhere:
            raise CommandError(
                f"`goldenhour {command}` is for what `goldenhour up` embeds, and {elsewhere} names another: "
                f"use {remedy}"
            )
    return data


def _is_ours(address: str, data: Path) -> bool:
    if not address:
        return True
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        return False
    return url.get_backend_name() == "sqlite" and Path(url.database or "").resolve() == data / STORE


def open_database(file: Path) -> sqlite3.Connection:
    """A SQLite file as it is; it is not made if it is missing."""
    connection = sqlite3.connect(f"{file.as_uri()}?mode=rw", uri=True, isolation_level=None, timeout=30)
    connection.execute("PRAGMA query_only=ON")
    return connection


def revision_of(file: Path) -> str:
    """The revision of a store's tables.

    Raises:
        CommandError: it has none.
    """
    connection = open_database(file)
    try:
        return str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0])
    except (sqlite3.Error, TypeError):
        raise CommandError(f"{file} is no database of Golden Hour") from None
    finally:
        connection.close()


def check_whole(file: Path) -> None:
    """Whether SQLite finds the file in order.

    Raises:
        CommandError: it is damaged.
    """
    connection = open_database(file)
    try:
        found = connection.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.DatabaseError as error:
        found = str(error)
    finally:
        connection.close()
    if found != "ok":
        raise CommandError(f"the copy of {file.name} is damaged ({found}): nothing was kept")


def opened_by(keys: str, file: Path) -> bool:
    """Whether these keys open what a store has sealed; one in which nothing is sealed is opened by any.

    Raises:
        KeyRingError: these are no keys.
    """
    seals = Seals(KeyRing.parse(keys))
    connection = open_database(file)
    try:
        sealed = connection.execute("SELECT name, key_id, value_sealed FROM meta").fetchall()
    except sqlite3.Error:
        return True  # before there was such a table
    finally:
        connection.close()
    try:
        for name, key_id, value in sealed:
            seals.open("meta.value", name, key_id, value)
    except Unreadable:
        return False
    return True
