"""Who takes part in an exercise. There is no way to ask this for the police or for a neighbour.

The query reads the home's own people, and those of the placing authority where it takes part; nobody else's row can
come out of it. Of these it leaves out whoever also answers for the police or another authority, and every address at
which such a desk is reached: a shared duty phone rings for the desk as much as for the person.
"""

from collections.abc import Iterable

from sqlalchemy import and_, bindparam, or_, select

from domain.exercise import CAST, HOME_CAST, PLACING_CAST
from domain.names import Role
from domain.state import Contact
from store.contacts_in_use import IN_USE, OF_HOLDERS, holders_among
from store.repository import Repository
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

_MEMBERS = (
    select(*OF_HOLDERS)
    .select_from(roles)
    .outerjoin(contacts, and_(IN_USE, contacts.c.address_hash.not_in(_THEIR_ADDRESSES)))
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
        meant = ((row, {Role(row.role)}.intersection(wanted)) for row in rows)
        return sorted(holders_among(meant, wanted, self._seals), key=lambda contact: contact.person_id)
