"""People: their roles at homes and authorities, and how they are reached, in their own order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.names import Channel, Role
from store.authorities import known
from store.errors import Conflict, NotFound
from store.ids import new_id
from store.repository import Repository
from store.tables import contacts, homes, people, roles

_NAME = "people.name"
ADDRESS = "contacts.address"


@dataclass(frozen=True, slots=True)
class HeldRole:
    """A role at a home or at an authority: exactly one of the two."""

    role: Role
    home_id: str | None = None
    authority_id: str | None = None


@dataclass(frozen=True, slots=True)
class PersonContact:
    """One way to reach a person."""

    channel: Channel
    address: str = field(repr=False)
    """A telephone number in E.164, or an e-mail address."""
    verified_at: datetime | None = None
    """When its owner last answered there (UTC). None: never."""
    disabled_at: datetime | None = None
    """From then on it is not used any more."""
    stopped_at: datetime | None = field(default=None, compare=False)
    """Since then its owner wants no texts; only a START from the number itself takes it back."""
    taken_over: bool = field(default=False, compare=False)
    """Whoever entered it says that it is right: relied upon until it is changed, and shown as never verified."""
    id: str = field(default="", compare=False)
    """Given by the store, and the same for as long as channel and address are."""

    @property
    def in_use(self) -> bool:
        """Whether anything is sent there."""
        return self.disabled_at is None and self.stopped_at is None


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be alerted or who reports."""

    name: str = field(repr=False)
    roles: tuple[HeldRole, ...] = ()
    contacts: tuple[PersonContact, ...] = ()
    """In the order in which they want to be reached."""
    id: str = field(default_factory=new_id)


class People(Repository):
    """People by id and by address."""

    async def create_person(self, person: Person) -> Person:
        """Add a person.

        Raises:
            Conflict: `id` is taken, or a role is at a home and an authority at once, or at neither.
            NotFound: a role's home or authority is unknown.
        """
        async with self._database.transaction() as connection:
            await _check_roles(connection, person.roles)
            try:
                await connection.execute(insert(people), self._person_row(person))
            except IntegrityError:
                raise Conflict("id", "this person exists already") from None
            return await self._put_parts(connection, person)

    async def put_person(self, person: Person) -> Person:
        """Replace what is known of a person, roles and contacts included.

        Raises:
            Conflict: a role is at a home and an authority at once, or at neither.
            NotFound: `id`, or a role's home or authority, is unknown.
        """
        async with self._database.transaction() as connection:
            await _check_roles(connection, person.roles)
            changed = await connection.execute(
                update(people).where(people.c.id == person.id).values(self._person_row(person))
            )
            if not changed.rowcount:
                raise NotFound("id", "there is no such person")
            return await self._put_parts(connection, person)

    async def verify_contact(self, person_id: str, channel: Channel, address: str, at: datetime) -> None:
        """Somebody has used this number or mailbox, and the right person answered.

        Named by its address: if that was changed meanwhile, it was another one that answered.

        Raises:
            NotFound: the person has no such contact in use.
        """
        async with self._database.transaction() as connection:
            address_hash = (await self._database.index(connection)).of_address(address)
            verified = await connection.execute(
                update(contacts)
                .where(
                    contacts.c.person_id == person_id,
                    contacts.c.channel == channel,
                    contacts.c.address_hash == address_hash,
                    contacts.c.disabled_at.is_(None),
                )
                .values(verified_at=at)
            )
            if not verified.rowcount:
                raise NotFound("address", "this person is not reached there any more: load the entry again")

    async def person(self, person_id: str) -> Person:
        """One person.

        Raises:
            NotFound: there is none of that id.
        """
        found = await self._people([person_id])
        if not found:
            raise NotFound("person_id", "there is no such person")
        return found[0]

    async def people(self, ids: Iterable[str] | None = None) -> list[Person]:
        """Everybody, or those of these ids, oldest entry first."""
        return await self._people(ids)

    async def people_by_address(self, channel: Channel, address: str, *, timeout: float | None = None) -> list[str]:
        """The ids of those who are reached at this address on this channel; a duty phone has several people."""
        async with self._database.reading(timeout=timeout) as connection:
            address_hash = (await self._database.index(connection)).of_address(address)
            query = select(contacts.c.person_id).where(
                contacts.c.channel == channel, contacts.c.address_hash == address_hash
            )
            return sorted(set(await connection.scalars(query)))

    async def _people(self, ids: Iterable[str] | None) -> list[Person]:
        queries = (
            select(people).order_by(people.c.id),
            select(roles).order_by(roles.c.person_id, roles.c.place),
            select(contacts).order_by(contacts.c.person_id, contacts.c.place),
        )
        if ids is not None:
            found = list(ids)
            queries = (
                queries[0].where(people.c.id.in_(found)),
                queries[1].where(roles.c.person_id.in_(found)),
                queries[2].where(contacts.c.person_id.in_(found)),
            )
        async with self._database.reading() as connection:
            named, held, reached = [(await connection.execute(query)).all() for query in queries]
        return [self._person(row, held, reached) for row in named]

    def _person(self, row: Row[Any], held: Iterable[Row[Any]], reached: Iterable[Row[Any]]) -> Person:
        return Person(
            id=row.id,
            name=self._seals.open_json(_NAME, row.id, row.key_id, row.name_sealed),
            roles=tuple(
                HeldRole(role=Role(each.role), home_id=each.home_id, authority_id=each.authority_id)
                for each in held
                if each.person_id == row.id
            ),
            contacts=tuple(self._contact(each) for each in reached if each.person_id == row.id),
        )

    def _contact(self, row: Row[Any]) -> PersonContact:
        return PersonContact(
            channel=Channel(row.channel),
            address=self._seals.open_json(ADDRESS, row.id, row.key_id, row.address_sealed),
            verified_at=row.verified_at,
            disabled_at=row.disabled_at,
            stopped_at=row.stopped_at,
            taken_over=row.taken_over,
            id=row.id,
        )

    def _person_row(self, person: Person) -> dict[str, Any]:
        return {
            "id": person.id,
            "name_sealed": self._seals.seal_json(_NAME, person.id, person.name),
            "key_id": self._seals.key_id,
        }

    async def _put_parts(self, connection: AsyncConnection, person: Person) -> Person:
        """Roles and contacts, written anew. What has happened to a number stays true whatever is written of it."""
        index = await self._database.index(connection)
        hashes = [index.of_address(one.address) for one in person.contacts]
        known = (await connection.execute(select(contacts).where(contacts.c.address_hash.in_(hashes)))).all()
        for table in (roles, contacts):
            await connection.execute(delete(table).where(table.c.person_id == person.id))
        if person.roles:
            await connection.execute(insert(roles), _role_rows(person))
        rows = [self._contact_row(person, place, hashes, known) for place in range(len(person.contacts))]
        if rows:
            await connection.execute(insert(contacts), rows)
        return replace(person, contacts=tuple(map(_as_stored, person.contacts, rows)))

    def _contact_row(
        self, person: Person, place: int, hashes: Sequence[str], known: Sequence[Row[Any]]
    ) -> dict[str, Any]:
        contact, address_hash = person.contacts[place], hashes[place]
        same = [row for row in known if (row.channel, row.address_hash) == (contact.channel, address_hash)]
        # The same number may stand in one entry twice: its id is given once.
        first = (contact.channel, address_hash) not in [
            (one.channel, of) for one, of in zip(person.contacts[:place], hashes, strict=False)
        ]
        before = next((row for row in same if first and row.person_id == person.id), None)
        contact_id = before.id if before is not None else new_id()
        return {
            "id": contact_id,
            "person_id": person.id,
            "place": place,
            "channel": contact.channel,
            "address_hash": address_hash,
            "verified_at": contact.verified_at,
            "disabled_at": contact.disabled_at,
            "stopped_at": next((row.stopped_at for row in same if row.stopped_at is not None), None),
            "taken_over": before.taken_over if before is not None else contact.taken_over,
            "news": before.news if before is not None else None,
            "news_at": before.news_at if before is not None else None,
            "address_sealed": self._seals.seal_json(ADDRESS, contact_id, contact.address),
            "key_id": self._seals.key_id,
        }


def _as_stored(contact: PersonContact, row: dict[str, Any]) -> PersonContact:
    return replace(contact, id=row["id"], stopped_at=row["stopped_at"], taken_over=row["taken_over"])


def _role_rows(person: Person) -> list[dict[str, Any]]:
    return [
        {
            "id": new_id(),
            "person_id": person.id,
            "place": place,
            "role": held.role,
            "home_id": held.home_id,
            "authority_id": held.authority_id,
        }
        for place, held in enumerate(person.roles)
    ]


async def _check_roles(connection: AsyncConnection, held: Iterable[HeldRole]) -> None:
    """What a constraint could only refuse without saying which field is wrong."""
    for each in held:
        if (each.home_id is None) == (each.authority_id is None):
            raise Conflict("roles", f"{each.role.label}: name a home or an authority, and not both")
    home_ids = {each.home_id for each in held if each.home_id}
    found = (await connection.scalars(select(homes.c.id).where(homes.c.id.in_(home_ids)))).all()
    if len(found) != len(home_ids):
        raise NotFound("roles.home_id", "there is no such home")
    if not await known(connection, [each.authority_id for each in held if each.authority_id]):
        raise NotFound("roles.authority_id", "there is no such authority")
