"""Nothing personal stands in clear in the database: who copies the file learns nothing about a child."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.pool import NullPool

from domain.facts import Actor, Fact, FactKind
from domain.names import Channel
from store.claims import Claim
from store.database import create_engine, database_url
from store.directory import Person, PersonContact
from store.errors import Unreadable
from store.repositories import Store
from store.tables import metadata, placements
from tests.store.conftest import SHIFT_LEAD_PHONE, Town
from tests.store.pages import pages

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
CHILD, EMAIL, NOTE = "Ngoc Anh Tran", "lead.person@example.org", "seen near the nail bar"


async def fill(store: Store, town: Town) -> None:
    """Put the test child's data into every part that takes any."""
    contacts = (PersonContact(Channel.EMAIL, EMAIL),)
    await store.directory.create_person(Person(name=f"Carer of {CHILD}", contacts=contacts))
    details = {"name": CHILD, "date_of_birth": "2010-05-06"}
    await store.placements.reserve("Heron-42", town.home.id, town.placing.id, "p", NOON, "r1", details)
    fact = Fact(n=1, kind=FactKind.SIGHTING, at=NOON, recorded_at=NOON, data={"note": NOTE})
    await store.facts.insert("Heron-42", [fact])
    await store.facts.insert_web("Heron-42", FactKind.REFUSED, NOON, Actor(), {"note": NOTE})
    body = f'{{"note": "{NOTE}", "name": "{CHILD}"}}'.encode()
    await store.intents.claim("i1", "k1", "p1", "/x", "Heron-42", "check_in", body, "hash", NOON)
    await store.intents.answered("i1", 200, {"note": NOTE})
    claim = Claim("n1", "Heron-42", 1, "0", "p1", Channel.SMS, SHIFT_LEAD_PHONE, "unaccounted", "4821", NOON)
    await store.notifications.claim([claim])
    await store.notifications.note_reply(EMAIL, NOON)
    await store.histories.keep("Heron-42", "placement/Heron-42", "run-1", pages(body))
    await store.tokens.create("p1", f"Tablet of {CHILD}", by="p2")


async def contents(url: str) -> bytes:
    """The database file and its write-ahead log; on a server, every value of every table."""
    if url.startswith("sqlite"):
        path = Path(url.removeprefix("sqlite:///"))
        return b"".join(each.read_bytes() for each in path.parent.glob(f"{path.name}*"))
    engine = create_engine(database_url(url), poolclass=NullPool)
    async with engine.connect() as connection:
        rows = [row for table in metadata.sorted_tables for row in await connection.execute(select(table))]
    await engine.dispose()
    values = [value for row in rows for value in row]
    return b"\n".join(value if isinstance(value, bytes) else str(value).encode() for value in values)


async def test_the_database_holds_nothing_personal(store: Store, town: Town, url: str) -> None:
    """Grepped byte by byte; a file before and after its log is written back."""
    await fill(store, town)
    written = await contents(url)
    await store.close()
    for content in (written, await contents(url)):
        for words in (
            CHILD,
            "Ngoc",
            "2010-05-06",
            SHIFT_LEAD_PHONE,
            "7700900101",
            EMAIL,
            NOTE,
            "Kestrel",
            "Shift Lead",
        ):
            assert words.encode() not in content, words
    assert b"Heron-42" in written


async def test_a_sealed_value_moved_to_another_row_is_refused(store: Store, town: Town) -> None:
    """Nobody can give one child another child's details by copying a cell."""
    for alias in ("Heron-42", "Merlin-7"):
        await store.placements.reserve(alias, town.home.id, town.placing.id, "p", NOON, alias, {"name": alias})
    async with store.database.transaction() as connection:
        moved = await connection.scalar(select(placements.c.child_sealed).where(placements.c.alias == "Heron-42"))
        await connection.execute(update(placements).where(placements.c.alias == "Merlin-7").values(child_sealed=moved))
    with pytest.raises(Unreadable, match=r"placements\.child"):
        await store.placements.child_details("Merlin-7")
