"""Homes. A home's name could lead somebody to its children: it is sealed, and `code` is what lists show."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from store.authorities import known
from store.errors import Conflict, NotFound
from store.ids import new_id
from store.repository import Repository
from store.tables import homes, placements

_COLUMN = "homes.name"
_PHONE = "homes.phone"


@dataclass(frozen=True, slots=True)
class Home:
    """A home."""

    code: str
    """Its short public name, such as `H1`."""
    name: str = field(repr=False)
    authority_id: str
    """The authority in whose area it stands: the host authority."""
    timezone: str = "Europe/London"
    demonstration: bool = False
    """While providers are simulated, only such a home may admit a child."""
    phone: str | None = field(default=None, repr=False)
    """The number to ring to speak to whoever is on shift, in E.164; a call says it to the one who was alerted."""
    id: str = field(default_factory=new_id)


class Homes(Repository):
    """Homes by id."""

    async def create_home(self, home: Home) -> Home:
        """Add a home.

        Raises:
            Conflict: `code` or `id` is taken.
            NotFound: `authority_id` is no such authority.
        """
        async with self._database.transaction() as connection:
            await _check(connection, home)
            try:
                await connection.execute(insert(homes), self._home_row(home))
            except IntegrityError:
                raise Conflict("id", "this home exists already") from None
        return home

    async def put_home(self, home: Home) -> Home:
        """Replace what is known of a home.

        Raises:
            Conflict: `code` is another home's.
            NotFound: `id` or `authority_id` is unknown.
        """
        async with self._database.transaction() as connection:
            await _check(connection, home)
            changed = await connection.execute(update(homes).where(homes.c.id == home.id).values(self._home_row(home)))
            if not changed.rowcount:
                raise NotFound("id", "there is no such home")
        return home

    async def home(self, home_id: str) -> Home:
        """One home.

        Raises:
            NotFound: there is none of that id.
        """
        async with self._database.reading() as connection:
            row = (await connection.execute(select(homes).where(homes.c.id == home_id))).one_or_none()
        if row is None:
            raise NotFound("home_id", "there is no such home")
        return self._home(row)

    async def number_to_ring(self, alias: str, *, timeout: float | None = None) -> str | None:
        """The number of the home where this child is placed; None: none is recorded, or there is no such child."""
        query = (
            select(homes.c.id, homes.c.key_id, homes.c.phone_sealed)
            .join(placements, placements.c.home_id == homes.c.id)
            .where(placements.c.alias == alias)
        )
        async with self._database.reading(timeout=timeout) as connection:
            row = (await connection.execute(query)).one_or_none()
        return self._phone(row.id, row.key_id, row.phone_sealed) if row is not None else None

    async def homes(self) -> list[Home]:
        """All homes, by code."""
        async with self._database.reading() as connection:
            rows = (await connection.execute(select(homes).order_by(homes.c.code))).all()
        return [self._home(row) for row in rows]

    def _home_row(self, home: Home) -> dict[str, Any]:
        return {
            "id": home.id,
            "code": home.code,
            "authority_id": home.authority_id,
            "timezone": home.timezone,
            "demonstration": home.demonstration,
            "name_sealed": self._seals.seal_json(_COLUMN, home.id, home.name),
            "phone_sealed": self._seals.seal_json(_PHONE, home.id, home.phone) if home.phone else None,
            "key_id": self._seals.key_id,
        }

    def _home(self, row: Row[Any]) -> Home:
        return Home(
            id=row.id,
            code=row.code,
            name=self._seals.open_json(_COLUMN, row.id, row.key_id, row.name_sealed),
            authority_id=row.authority_id,
            timezone=row.timezone,
            demonstration=row.demonstration,
            phone=self._phone(row.id, row.key_id, row.phone_sealed),
        )

    def _phone(self, home_id: str, key: str, sealed: bytes | None) -> str | None:
        return None if sealed is None else str(self._seals.open_json(_PHONE, home_id, key, sealed))


async def _check(connection: AsyncConnection, home: Home) -> None:
    """What a constraint could only refuse without saying which field is wrong."""
    if not await known(connection, [home.authority_id]):
        raise NotFound("authority_id", "there is no such authority")
    taken = select(homes.c.id).where(homes.c.code == home.code, homes.c.id != home.id)
    if await connection.scalar(taken):
        raise Conflict("code", "another home has this code")
