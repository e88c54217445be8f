"""The demonstration's directory, with children on two ladders."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from config.keys import KeyRing
from paper.ladder import Paper
from paper.sheet import to_pdf
from store.homes import Home
from store.migrate import upgrade
from store.repositories import Store
from web import demo

NIGHT = datetime(2026, 6, 1, 2, 30, tzinfo=UTC)
"""03:30 in London."""

Read = Callable[[Paper], list[str]]


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """Heron-42 is on the demonstration's ladder, Otter-7 on that of an arrival."""
    url = f"sqlite:///{tmp_path / 'store.db'}"
    upgrade(url)
    opened = Store.open(url, KeyRing.generate())
    await demo.seed(opened)
    for alias, policy in (("Heron-42", "demonstration"), ("Otter-7", "arrival-high")):
        child = {"preferred_name": "Amara", "date_of_birth": "2011-02-03"}
        await opened.placements.reserve(alias, demo.HOME, demo.PLACING, policy, NIGHT, alias, child)
    yield opened
    await opened.close()


@pytest.fixture
async def home(store: Store) -> Home:
    """Rowan House."""
    return (await store.directory.homes())[0]


@pytest.fixture
def read() -> Read:
    """What is to be read on each page."""
    return lambda paper: pages_of(to_pdf(paper))


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page, as one line."""
    return [" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages]
