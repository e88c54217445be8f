"""Who takes part in an exercise. There is no way to ask this for the police or for a neighbour.

The query reads the home's own people, and those of the placing authority where it takes part; nobody else's row can
come out of it. Of these it leaves out whoever also answers for the police or another authority, and every address at
which such a desk is reached: a shared duty phone rings for the desk as much as for the person.
"""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Column, Row, and_, bindparam, or_, select

from domain.exercise import CAST, HOME_CAST, PLACING_CAST
from domain.names import Channel, Role
from domain.state import Contact
from store.people import ADDRESS
from store.repository import Repository
from store.resolution import is_relied_upon
from store.sealing import Seals
from store.tables import contacts, roles

_desk = roles.alias("desk")
_their = contacts.alias("their")

_DESKS = select(_desk.c.person_id).where(
    _desk.c.authority_id.is_not(None),
    _desk.c.role.not_in(sorted(HOME_CAST | PLACING_CAST)),
    # The placing authority's own desk is often the one that neighbours ring; where it takes part it may be rung.
    or_(_desk.c.authority_id != bindparam("placing"), _desk.c.role == Role.POLICE),
)
_THEIR_ADDRESSES = select(_their.c.address_hash).where(_their.c.person_id.in_(_DESKS))

_COLUMNS: tuple[Column[Any], ...] = (
    roles.c.person_id,
    roles.c.role,
    contacts.c.id,
    contacts.c.channel,
    contacts.c.address_sealed,
    contacts.c.key_id,
    contacts.c.verified_at,
    contacts.c.taken_over,
)
_MEMBERS = (
    select(*_COLUMNS)
    .select_from(roles)
    .outerjoin(
        contacts,
        and_(
            contacts.c.person_id == roles.c.person_id,
            contacts.c.disabled_at.is_(None),
            contacts.c.address_hash.not_in(_THEIR_ADDRESSES),
        ),
    )
    .where(
        or_(
            and_(roles.c.home_id == bindparam("home"), roles.c.role.in_(sorted(HOME_CAST))),
            and_(roles.c.authority_id == bindparam("placing"), roles.c.role.in_(sorted(PLACING_CAST))),
        ),
        roles.c.person_id.not_in(_DESKS),
    )
    .order_by(roles.c.person_id, contacts.c.place)
)


class ExerciseCast(Repository):
    """From roles to people, in an exercise."""

    async def resolve(
        self, home_id: str, placing_authority_id: str, roles: Iterable[Role] = CAST, *, timeout: float | None = None
    ) -> list[Contact]:
        """Those who hold any of these roles and take part, each once.

        Args:
            home_id: where the exercise is.
            placing_authority_id: the authority that takes part; empty: none does.
            roles: any others than those of `domain.exercise.CAST` are held by nobody here.
            timeout: seconds.

        Raises:
            StoreUnavailable: then the people resolved when it began are used; there is nobody else among them either.
        """
        wanted = [role for role in dict.fromkeys(roles) if role in HOME_CAST | PLACING_CAST]
        async with self._database.reading(timeout=timeout) as connection:
            rows = (await connection.execute(_MEMBERS, {"home": home_id, "placing": placing_authority_id})).all()
        return _members(rows, wanted, self._seals)


def _members(rows: Iterable[Row[Any]], wanted: list[Role], seals: Seals) -> list[Contact]:
    held: dict[str, set[Role]] = {}
    reached: dict[str, dict[str, tuple[Channel, str]]] = {}
    tried: dict[str, dict[Channel, bool]] = {}
    for row in rows:
        if row.role not in wanted:
            continue
        held.setdefault(row.person_id, set()).add(Role(row.role))
        channels = reached.setdefault(row.person_id, {})
        if row.id is not None and row.id not in channels:
            channels[row.id] = (
                Channel(row.channel),
                seals.open_json(ADDRESS, row.id, row.key_id, row.address_sealed),
            )
            tried.setdefault(row.person_id, {}).setdefault(Channel(row.channel), is_relied_upon(row))
    return [
        Contact(
            person_id=person_id,
            roles=tuple(role for role in wanted if role in of_person),
            channels=tuple(reached[person_id].values()),
            unverified=tuple(channel for channel, is_tried in tried.get(person_id, {}).items() if not is_tried),
        )
        for person_id, of_person in sorted(held.items())
    ]
