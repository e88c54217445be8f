"""What may follow the `?` of a PostgreSQL address, in our driver's words.

Providers hand out addresses in the spelling of PostgreSQL's own programs, such as
`postgresql://…?sslmode=verify-full&sslrootcert=system`. What we can't do as it is asked for is refused: encryption that
was wanted is never left out silently.
"""

import os
import ssl
from pathlib import Path
from typing import Any

from sqlalchemy.engine import URL

from store.errors import StoreError

_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
_FILES = {"sslrootcert", "sslcert", "sslkey", "sslcrl"}
_TLS = {"sslmode", *_FILES, "sslpassword", "ssl_min_protocol_version", "ssl_max_protocol_version"}
_PASSED_ON = {*_TLS, "target_session_attrs", "passfile", "application_name", "options"}
"""The driver reads these as PostgreSQL's own programs do, where they are part of an address."""
_ONLY_IF_IT_MUST = {"channel_binding", "gssencmode"}
"""The driver can't do these: only `require` says that it has to."""
CONNECT_SECONDS = 10
"""How long a server that takes a connection and says nothing is waited for; its driver would wait a minute."""
_PLACES = {"host", "port"}
"""SQLAlchemy's own: a socket's directory, or several servers."""
_UNDERSTOOD = {*_PASSED_ON, *_ONLY_IF_IT_MUST, *_PLACES, "connect_timeout"}


def check_query(url: URL) -> None:
    """Refuse what can't be done, before anything is connected.

    Raises:
        StoreError: one line that names the parameter, and never a value.
    """
    query = _query(url)
    for name, value in query.items():
        if name not in _UNDERSTOOD:
            raise StoreError(f"DATABASE_URL: {name} is not known here: leave it out")
        if name in _ONLY_IF_IT_MUST and value == "require":
            raise StoreError(f"DATABASE_URL: {name}=require can't be done: leave it out, and use sslmode=verify-full")
    if not query.get("connect_timeout", "1").isdecimal():
        raise StoreError("DATABASE_URL: connect_timeout: expected whole seconds")
    _check_tls(query)


def _check_tls(query: dict[str, str]) -> None:
    mode, root = query.get("sslmode", "prefer"), query.get("sslrootcert")
    if mode not in _MODES:
        raise StoreError(f"DATABASE_URL: sslmode: expected one of {', '.join(_MODES)}")
    if root == "system" and mode != "verify-full":
        raise StoreError("DATABASE_URL: sslrootcert=system needs sslmode=verify-full")
    if root is None and mode.startswith("verify") and not _has_usual_root():
        raise StoreError(f"DATABASE_URL: sslmode={mode} needs sslrootcert=FILE, or =system for public authorities")
    for name in sorted(_FILES & query.keys()):
        if query[name] != "system" and not os.access(query[name], os.R_OK):
            raise StoreError(f"DATABASE_URL: {name}: there is no such file, or it can't be read")


def _has_usual_root() -> bool:
    """Where PostgreSQL's own programs look when the address names no file."""
    return bool(os.environ.get("PGSSLROOTCERT")) or (Path.home() / ".postgresql" / "root.crt").exists()


def for_the_driver(url: URL) -> tuple[URL, dict[str, Any]]:
    """The address as SQLAlchemy reads it, and the rest as arguments of the driver."""
    query = _query(url)
    arguments: dict[str, Any] = {"timeout": float(query.get("connect_timeout", CONNECT_SECONDS))}
    if query.get("sslrootcert") == "system":
        arguments["ssl"] = ssl.create_default_context()
        query = {name: value for name, value in query.items() if name not in _TLS}
    passed_on = {name: value for name, value in query.items() if name in _PASSED_ON}
    if passed_on:
        arguments["dsn"] = URL.create("postgresql", query=passed_on).render_as_string(hide_password=False)
    return url.difference_update_query(url.query.keys() - _PLACES), arguments


def _query(url: URL) -> dict[str, str]:
    """By PostgreSQL's names: `ssl=` is another word for `sslmode=`."""
    query = {name: str(value) for name, value in url.query.items()}
    if "ssl" in query:
        mode = query.pop("ssl")
        query.setdefault("sslmode", "require" if mode == "true" else mode)
    return query
