"""The papers as files: one for each home, replaced whole, readable by their owner only."""

import asyncio
import os
import secrets
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from urllib.parse import quote_plus

from paper.ladder import Paper, paper_of
from paper.sheet import to_pdf
from store.errors import NotFound
from store.homes import Home
from store.repositories import Store

_PREFIX = "ladder-"


async def write_papers(store: Store, directory: Path, now: datetime, *, code: str = "") -> list[Path]:
    """Write the paper of every home, or of the one of this code; papers of homes that are gone are taken away.

    All are read before any is written: while the store is away, yesterday's stay.

    Raises:
        StoreError: the store does not answer.
        NotFound: there is no home of that code.
        OSError: the directory can't be written.
    """
    papers = [await paper_of(store, home, now) for home in _wanted(await store.directory.homes(), code)]
    return await asyncio.to_thread(_replace, directory, papers, all_homes=not code)


def _replace(directory: Path, papers: list[Paper], *, all_homes: bool) -> list[Path]:
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    written = [_write(directory, paper) for paper in papers]
    if all_homes:
        for stale in set(directory.glob(f"{_PREFIX}*.pdf")) - set(written):
            stale.unlink(missing_ok=True)
    return written


def file_name(code: str) -> str:
    """`ladder-H1.pdf`; of two codes never the same, or one home would hold the other's paper."""
    return f"{_PREFIX}{quote_plus(code)}.pdf"


def _wanted(homes: Iterable[Home], code: str) -> list[Home]:
    found = [home for home in homes if code in {"", home.code}]
    if code and not found:
        raise NotFound("home", "there is no home of this code")
    return found


def _write(directory: Path, paper: Paper) -> Path:
    file = directory / file_name(paper.home)
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as content:
            content.write(to_pdf(paper))
            content.flush()
            os.fsync(content.fileno())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    return file
