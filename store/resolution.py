"""Who hears of it: the people who hold these roles for a placement, right now.

This stands between a deadline and a phone: two short queries, no more, for all the alerts that ask at once.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.circulation_orders import Desk
from domain.names import CIRCULATED, Role
from domain.state import Contact
from store.authorities import COUNTS_AS_NEXT_DOOR, FORCE
from store.contacts_in_use import IN_USE, OF_HOLDERS, holders_among
from store.database import Database
from store.repository import Repository
from store.sealing import Seals
from store.tables import authorities, borders, contacts, homes, roles
from store.together import PATIENCE, Together

HOME_ROLES = frozenset(
    {
        Role.SHIFT_LEAD,
        Role.KEY_WORKER,
        Role.ON_CALL_MANAGER,
        Role.REGISTERED_MANAGER,
        Role.RESPONSIBLE_INDIVIDUAL,
    }
)
PLACING_ROLES = frozenset({Role.SOCIAL_WORKER, Role.EMERGENCY_DUTY_TEAM, Role.PLACING_AUTHORITY, Role.HEAD_OF_SERVICE})
_NEIGHBOUR_HOLDERS = frozenset({Role.HOST_AUTHORITY, Role.NEIGHBOURING_AUTHORITY})


@dataclass(frozen=True, slots=True)
class Places:
    """Where the roles of a placement are held."""

    home_id: str
    placing_id: str
    host_id: str | None
    police_id: str | None
    neighbours: frozenset[str]

    def all(self) -> list[str]:
        """Every home and authority, each once, in one order."""
        found = {self.home_id, self.placing_id, self.host_id, self.police_id, *self.neighbours}
        return sorted(one for one in found if one is not None)

    def meaning(self, role: Role, home_id: str | None, authority_id: str | None) -> set[Role]:
        """What somebody is to the placement who holds that role there: a neighbour's host authority is a neighbour."""
        if home_id is not None:
            return {role} & HOME_ROLES if home_id == self.home_id else set()
        meanings: set[Role] = set()
        if authority_id == self.placing_id and role in PLACING_ROLES:
            meanings.add(role)
        if authority_id == self.host_id and role is Role.HOST_AUTHORITY:
            meanings.add(role)
        if authority_id in {self.police_id, self.host_id} and role is Role.POLICE:
            meanings.add(role)
        if authority_id in self.neighbours and role in _NEIGHBOUR_HOLDERS:
            meanings.add(Role.NEIGHBOURING_AUTHORITY)
        if (authority_id == self.host_id or authority_id in self.neighbours) and role is Role.VOLUNTARY_SECTOR:
            meanings.add(role)
        return meanings


# The statements are built once: building them takes longer than SQLite takes to answer.
_PLACES = (
    select(homes.c.id, homes.c.authority_id, FORCE.label("police_id"), borders.c.first_id, borders.c.second_id)
    .join(authorities, authorities.c.id == homes.c.authority_id)
    .outerjoin(
        borders,
        and_(or_(borders.c.first_id == authorities.c.id, borders.c.second_id == authorities.c.id), COUNTS_AS_NEXT_DOOR),
    )
    .where(homes.c.id.in_(bindparam("homes", expanding=True)))
)
_MEANS_SOMETHING = or_(
    roles.c.home_id.in_(bindparam("homes", expanding=True)),
    and_(
        roles.c.authority_id.in_(bindparam("placing", expanding=True)),
        roles.c.role.in_(sorted(PLACING_ROLES)),
    ),
    and_(
        roles.c.authority_id.in_(bindparam("hosts", expanding=True)),
        roles.c.role.in_([Role.HOST_AUTHORITY, Role.POLICE, Role.VOLUNTARY_SECTOR]),
    ),
    and_(roles.c.authority_id.in_(bindparam("police", expanding=True)), roles.c.role == Role.POLICE),
    and_(
        roles.c.authority_id.in_(bindparam("neighbours", expanding=True)),
        roles.c.role.in_(sorted({*_NEIGHBOUR_HOLDERS, Role.VOLUNTARY_SECTOR})),
    ),
)
_HOLDERS: Select[Any] = (
    select(*OF_HOLDERS, roles.c.home_id, roles.c.authority_id, contacts.c.address_hash)
    .select_from(roles)
    .outerjoin(contacts, IN_USE)
    .where(roles.c.role.in_(bindparam("held", expanding=True)), _MEANS_SOMETHING)
    .order_by(roles.c.person_id, contacts.c.place)
)


type_of_question = tuple[str, str, frozenset[Role]]
"""A home, a placing authority, and the roles that are wanted."""
type_of_holders = tuple[Places, Sequence[Row[Any]]]
"""Where the roles are held, and whoever holds one there, once for each role and contact."""


class Resolution(Repository):
    """From roles to people."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._asking = Together(self._holders_of_all)

    async def resolve(
        self, home_id: str, placing_authority_id: str, roles: Iterable[Role], *, timeout: float | None = None
    ) -> list[Contact]:
        """The people who hold any of these roles for such a placement, each once, the first-named role first.

        A person whose contacts are all disabled is among them, without channels: that is for the alert to say aloud.

        Raises:
            StoreUnavailable: then the people last resolved are used.
        """
        wanted = list(dict.fromkeys(roles))
        places, rows = await self._asking((home_id, placing_authority_id, frozenset(wanted)), (), timeout=timeout)
        return _contacts(rows, places, wanted, self._seals)

    async def roles_held(self, home_id: str, placing_authority_id: str, *, timeout: float | None = None) -> set[Role]:
        """The roles that anybody holds for such a placement, with a contact that is in use."""
        places, rows = await self._asking((home_id, placing_authority_id, frozenset(Role)), (), timeout=timeout)
        return {
            meaning
            for row in rows
            if row.channel is not None
            for meaning in places.meaning(Role(row.role), row.home_id, row.authority_id)
        }

    async def desks_next_door(
        self, home_id: str, placing_authority_id: str, *, timeout: float | None = None
    ) -> list[Desk]:
        """Whom a circular goes to: each neighbour's duty desk, and the voluntary sector there and in the host's area.

        Raises:
            StoreUnavailable: then the people last resolved are used.
        """
        async with self._database.reading(timeout=timeout) as connection:
            [(places, rows)] = await holders(connection, [(home_id, placing_authority_id, frozenset(CIRCULATED))])
            named = await connection.execute(
                select(authorities.c.id, authorities.c.name).where(authorities.c.id.in_(places.all()))
            )
            names = {row.id: row.name for row in named}
        return [
            desk
            for authority_id in sorted(names, key=lambda one: (names[one], one))
            for role in CIRCULATED
            if (desk := self._desk(places, rows, role, authority_id, names[authority_id])) is not None
        ]

    def _desk(self, places: Places, rows: Sequence[Row[Any]], role: Role, authority_id: str, name: str) -> Desk | None:
        here = [row for row in rows if row.authority_id == authority_id]
        people = _contacts(here, places, [role], self._seals)
        if not people:
            return None
        voluntary = role is Role.VOLUNTARY_SECTOR
        return Desk(
            key=f"{authority_id}/{role.value}" if voluntary else authority_id,
            name=f"voluntary sector in {name}" if voluntary else name,
            role=role,
            people=people,
        )

    async def _holders_of_all(self, asked: Sequence[type_of_question]) -> list[type_of_holders]:
        async with self._database.reading(timeout=PATIENCE) as connection:
            return await holders(connection, asked)


async def holders(connection: AsyncConnection, asked: Sequence[type_of_question]) -> list[type_of_holders]:
    """The holders of these roles for each of these, and perhaps of others, whatever their number by two queries."""
    of_home: defaultdict[str, list[Any]] = defaultdict(list)
    for row in await connection.execute(_PLACES, {"homes": sorted({home_id for home_id, _, _ in asked})}):
        of_home[row.id].append(row)
    places = [_places(home_id, placing_id, of_home[home_id]) for home_id, placing_id, _ in asked]
    wanted = frozenset[Role]().union(*(roles_wanted for _, _, roles_wanted in asked))
    held_at: defaultdict[str, list[Any]] = defaultdict(list)
    for row in await connection.execute(_HOLDERS, {**_all_of(places), "held": _held_as(wanted)}):
        held_at[row.home_id or row.authority_id].append(row)
    return [(one, [row for place in one.all() for row in held_at[place]]) for one in places]


def _held_as(wanted: frozenset[Role]) -> list[Role]:
    """What somebody holds who means one of these: a neighbour's host authority is a neighbour."""
    return sorted(wanted | (_NEIGHBOUR_HOLDERS if Role.NEIGHBOURING_AUTHORITY in wanted else frozenset()))


def _places(home_id: str, placing_id: str, rows: Sequence[Row[Any]]) -> Places:
    host_id = rows[0].authority_id if rows else None
    touching = {each for row in rows for each in (row.first_id, row.second_id) if each is not None}
    return Places(
        home_id=home_id,
        placing_id=placing_id,
        host_id=host_id,
        police_id=rows[0].police_id if rows else None,
        neighbours=frozenset(touching - {host_id}),
    )


def _all_of(places: Sequence[Places]) -> dict[str, list[str]]:
    return {
        "homes": sorted({one.home_id for one in places}),
        "placing": sorted({one.placing_id for one in places}),
        "hosts": sorted({one.host_id for one in places if one.host_id}),
        "police": sorted({one.police_id for one in places if one.police_id}),
        "neighbours": sorted({each for one in places for each in one.neighbours}),
    }


def _contacts(rows: Iterable[Row[Any]], places: Places, wanted: list[Role], seals: Seals) -> list[Contact]:
    asked = set(wanted)
    meant = ((row, places.meaning(Role(row.role), row.home_id, row.authority_id) & asked) for row in rows)
    found = holders_among(meant, wanted, seals)
    return sorted(found, key=lambda contact: (wanted.index(contact.roles[0]), contact.person_id))
