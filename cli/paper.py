"""`goldenhour paper ladder`, and the paper that `up` makes each night."""

import asyncio
import logging
import os
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from cli.errors import CommandError
from config.keys import SecretFileError
from config.settings import CHECKOUT, Settings, SettingsError, read_environment
from domain.story import LONDON

AT = time(3, 30)
"""Local time in the United Kingdom: before the early shift, and in no hour that a clock change skips or repeats."""
GLANCE_SECONDS = 60.0
"""How often the clock is looked at: a machine that slept, or whose clock was set, is not hours late."""

Say = Callable[[str], None]


def write_ladders(home: str, out: str) -> None:
    """Write a PDF for each home, or for one.

    Raises:
        CommandError: a setting is wrong, the store is away, there is no such home, or the files can't be written.
    """
    # Imported here: drawing takes half a second to load, and `up` needs only what stands above.
    from cli.doctor import as_up_sees_it  # noqa: PLC0415
    from paper.files import write_papers  # noqa: PLC0415
    from store.errors import StoreError  # noqa: PLC0415
    from store.repositories import Store  # noqa: PLC0415
    from store.revisions import check_revision, is_missing  # noqa: PLC0415

    logging.getLogger("fontTools").setLevel(logging.ERROR)
    logging.getLogger("fpdf").setLevel(logging.ERROR)

    async def write(settings: Settings) -> list[Path]:
        store = Store.open(settings.database_url, settings.key_ring)
        try:
            return await write_papers(store, Path(out), datetime.now(UTC), code=home)
        finally:
            await store.close()

    os.umask(0o077)
    try:
        settings = Settings.load(as_up_sees_it(read_environment()))
        check_revision(settings.database_url)
        if is_missing(settings.database_url):
            raise CommandError("no paper ladder was written: there is no such file as DATABASE_URL names")
        written = asyncio.run(write(settings))
    except (SettingsError, SecretFileError, StoreError) as error:
        raise CommandError(f"no paper ladder was written: {error}") from None
    except OSError as error:
        raise CommandError(f"no paper ladder was written to {out}: {error.strerror}") from None
    for file in written:
        print(file)


def next_run(now: datetime) -> datetime:
    """The next 03:30 in the United Kingdom after `now`, in UTC."""
    local = now.astimezone(LONDON)
    today = datetime.combine(local.date(), AT, tzinfo=LONDON)
    wanted = today if today > local else datetime.combine(local.date() + timedelta(days=1), AT, tzinfo=LONDON)
    return wanted.astimezone(UTC)


async def keep_on_paper(environment: Mapping[str, str], directory: Path, say: Say) -> None:
    """For ever: write the papers now, and again each night. What goes wrong is said, and yesterday's paper stays."""
    while True:
        if problem := await _run(environment, directory):
            say(f"The paper ladder was not written, and the last one stays in {directory}: {problem}")
        else:
            say(f"Paper ladder … in {directory}: print it")
        wanted = next_run(datetime.now(UTC))
        while datetime.now(UTC) < wanted:  # noqa: ASYNC110 - nothing sets an event when a clock reaches a time
            await asyncio.sleep(GLANCE_SECONDS)


async def _run(environment: Mapping[str, str], directory: Path) -> str:
    """Write them in a process of its own: drawing must not hold up the watch over the parts. What went wrong, if so."""
    try:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "cli.main", "paper", "ladder", "--out", str(directory)),
            cwd=CHECKOUT,
            env=dict(environment),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
    except OSError as error:
        return error.strerror or type(error).__name__
    try:
        _, told = await process.communicate()
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
    if process.returncode == 0:
        return ""
    return (told.decode(errors="replace").strip().splitlines() or ["it said nothing"])[-1].removeprefix("goldenhour: ")
