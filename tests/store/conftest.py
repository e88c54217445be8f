"""A store of its own for each test, and a small directory to put children into."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.keys import KeyRing
from domain.names import Channel, Role
from store.directory import Authority, Directory, HeldRole, Home, Person, PersonContact
from store.repositories import Store
from tests.store.backends import PostgreSQL, SQLite

SHIFT_LEAD_PHONE = "+447700900101"
ANSWERED = datetime(2026, 3, 1, 12, tzinfo=UTC)
"""When people have last answered there."""


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def backend(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SQLite | PostgreSQL]:
    """One of the databases, with its tables made."""
    if request.param == "sqlite":
        yield SQLite(tmp_path_factory.mktemp("template"))
        return
    server = PostgreSQL(request.getfixturevalue("postgresql"))
    yield server
    server.remove()


@pytest.fixture
async def url(backend: SQLite | PostgreSQL, tmp_path: Path) -> AsyncIterator[str]:
    """The address of an empty store."""
    address = await backend.make(tmp_path)
    yield address
    await backend.drop(address)


@pytest.fixture
def keys() -> KeyRing:
    """Keys of this test only."""
    return KeyRing.generate()


@pytest.fixture
async def store(url: str, keys: KeyRing) -> AsyncIterator[Store]:
    """An empty store."""
    opened = Store.open(url, keys)
    yield opened
    await opened.close()


@dataclass(frozen=True)
class Town:
    """A home, the authorities around it and the police."""

    police: Authority
    host: Authority
    placing: Authority
    neighbour: Authority
    home: Home
    shift_lead: Person


def person(name: str, role: Role, phone: str, *, at: Home | Authority) -> Person:
    """Somebody with one role, and one phone on which they have answered."""
    place = {"home_id": at.id} if isinstance(at, Home) else {"authority_id": at.id}
    contacts = (PersonContact(Channel.SMS, phone, verified_at=ANSWERED),)
    return Person(name=name, roles=(HeldRole(role, **place),), contacts=contacts)


@pytest.fixture
async def town(store: Store) -> Town:
    """A directory with one home and its shift lead."""
    directory: Directory = store.directory
    police = await directory.create_authority(Authority("Northshire Police", "police_force"))
    host = await directory.create_authority(Authority("Northshire", "local_authority", police_id=police.id))
    placing = await directory.create_authority(Authority("Farshire", "local_authority"))
    neighbour = await directory.create_authority(Authority("Nextshire", "local_authority", neighbours=(host.id,)))
    home = await directory.create_home(Home(code="H1", name="Kestrel House", authority_id=host.id))
    lead = await directory.create_person(person("Shift Lead", Role.SHIFT_LEAD, SHIFT_LEAD_PHONE, at=home))
    return Town(police, host, placing, neighbour, home, lead)
