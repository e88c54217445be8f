"""A PostgreSQL server of the tests' own: started when first asked for, gone when they end, however they end.

`GOLDENHOUR_TEST_POSTGRESQL` may name another one: `postgresql://user@host:port/postgres`, whose user may create
databases. `python -m tests.postgresql` says whether a server can be started here, for `make`.
"""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

GIVEN = os.environ.get("GOLDENHOUR_TEST_POSTGRESQL", "")
MISSING = (
    "PostgreSQL's server is missing, and the tests need it: apt-get install postgresql (`make test` does, as root)"
)

_QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=32MB", "max_connections=200")
"""What a machine that loses power would lose, no test looks for again."""
_START_SECONDS = 30.0
_GUARD = '"$@" & server=$!; read -r _; kill -INT $server; wait $server'
"""Stops the server when nobody holds the other end of its input any more: also when the tests were killed."""


class PostgreSQLMissing(Exception):  # noqa: N818 - the name says what happened
    """No server can be started here; the text is one line that says what to do."""


def programs() -> Path:
    """Where `initdb` and `postgres` are. Debian keeps them off the PATH, in one directory for each version.

    Raises:
        PostgreSQLMissing: nowhere.
    """
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: float(each.parent.name), reverse=True)
    on_path = [Path(found).resolve().parent for found in [shutil.which("postgres")] if found]
    for directory in [*debian, *on_path, *_configured()]:
        if all(os.access(directory / name, os.X_OK) for name in ("initdb", "postgres")):
            return directory
    raise PostgreSQLMissing(MISSING)


def _configured() -> list[Path]:
    """Where `pg_config` says they are; it may be there without them."""
    program = shutil.which("pg_config")
    if program is None:
        return []
    asked = subprocess.run([program, "--bindir"], capture_output=True, text=True, check=False, timeout=10)  # noqa: S603
    return [Path(asked.stdout.strip())] if asked.returncode == 0 else []


def _owner() -> str | None:
    """Whom it runs as, since it refuses to be root. None: whoever runs the tests."""
    if os.geteuid() != 0:
        return None
    return "postgres" if any(entry.pw_name == "postgres" for entry in pwd.getpwall()) else "nobody"


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@dataclass
class Server:
    """One server, with its files in a directory of its own."""

    directory: Path
    settings: tuple[str, ...] = ()
    """Beyond those of every test, as in its configuration file."""
    port: int = 0
    process: "subprocess.Popen[bytes] | None" = None
    owner: str | None = field(default_factory=_owner)

    @property
    def url(self) -> str:
        """Its first database, as a user who may do everything."""
        return f"postgresql://goldenhour@127.0.0.1:{self.port}/postgres"

    def create(self) -> None:
        """Make its files.

        Raises:
            PostgreSQLMissing: it can't be done here; `initdb`'s own last words.
        """
        if self.owner is not None:
            shutil.chown(self.directory, self.owner)
        words = ["--username=goldenhour", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        made = self._run([str(programs() / "initdb"), "--pgdata", str(self._data), *words])
        made.communicate(timeout=120)
        if made.returncode != 0:
            raise PostgreSQLMissing(f"PostgreSQL's initdb failed: {' '.join(self._said().split())[-300:]}")

    def start(self) -> None:
        """Start it, on the port that it had before or on a free one, and wait until it listens.

        Raises:
            PostgreSQLMissing: it does not start; its own last words.
        """
        for _ in range(5):
            port, heard = self.port or _free_port(), len(self._said())
            settings = [
                *_QUICK,
                *self.settings,
                "listen_addresses=127.0.0.1",
                f"port={port}",
                "unix_socket_directories=",
            ]
            options = [word for setting in settings for word in ("-c", setting)]
            server = [str(programs() / "postgres"), "-D", str(self._data), *options]
            self.process = self._run(["/bin/sh", "-c", _GUARD, "sh", *server])
            if self._listens(heard):
                self.port = port
                return
            self.stop()
        raise PostgreSQLMissing(f"PostgreSQL does not start: {' '.join(self._said().split())[-300:]}")

    def stop(self) -> None:
        """Stop it, whoever is connected."""
        if self.process is None or self.process.stdin is None:
            return
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process = None

    @contextmanager
    def silent(self) -> Iterator[None]:
        """It hangs: no connection is refused and none is answered."""
        server = int((self._data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{server}/task/{server}/children").read_text().split()
        everything = [server, *map(int, children)]
        try:
            for process in everything:
                os.kill(process, signal.SIGSTOP)
            yield
        finally:
            for process in reversed(everything):
                os.kill(process, signal.SIGCONT)

    def keep(self, name: str, content: bytes) -> Path:
        """Put a file of its own beside its data, such as a key that nobody else may read."""
        path = self.directory / name
        path.touch(mode=0o600)
        path.write_bytes(content)
        if self.owner is not None:
            shutil.chown(path, self.owner)
        return path

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    def _said(self) -> str:
        log = self.directory / "log"
        return log.read_text(errors="replace") if log.exists() else ""

    def _run(self, command: list[str]) -> "subprocess.Popen[bytes]":
        """As its owner, and out of reach of the terminal's Ctrl-C: it is stopped when the tests are done with it."""
        with (self.directory / "log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603
                command,
                cwd=self.directory,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
                user=self.owner,
                group=pwd.getpwnam(self.owner).pw_gid if self.owner else None,
                extra_groups=[] if self.owner else None,
            )

    def _listens(self, heard: int) -> bool:
        """Whether it says that it does; not when it says why it can't."""
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            fresh = self._said()[heard:]
            if "ready to accept connections" in fresh:
                return True
            if "FATAL" in fresh:
                return False
            time.sleep(0.02)
        return False


@contextmanager
def running_server() -> Iterator[Server]:
    """A server that nobody else uses; about a second.

    Raises:
        PostgreSQLMissing: there is none to be started here.
    """
    programs()
    directory = Path(tempfile.mkdtemp(prefix="goldenhour-postgresql-"))  # not pytest's: only its owner may enter that
    server = Server(directory)
    try:
        server.create()
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    try:
        programs()
    except PostgreSQLMissing as missing:
        sys.exit(str(missing))
