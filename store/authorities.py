"""Local authorities and police forces, and which authorities touch."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, delete, or_, select, update
from sqlalchemy import insert as plain_insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from store.dialect import insert_absent
from store.errors import Conflict, NotFound
from store.ids import new_id
from store.repository import Repository
from store.tables import authorities, borders

KINDS = ("local_authority", "police_force")


@dataclass(frozen=True, slots=True)
class Authority:
    """A local authority or a police force."""

    name: str
    kind: str
    """`local_authority` or `police_force`."""
    ons_code: str | None = None
    police_id: str | None = None
    """The police force that covers a local authority."""
    neighbours: tuple[str, ...] = ()
    """Ids of the authorities that touch it. A border has two sides: naming it on one is enough."""
    id: str = field(default_factory=new_id)


class Authorities(Repository):
    """Authorities by id."""

    async def create_authority(self, authority: Authority) -> Authority:
        """Add an authority; its neighbours must exist.

        Raises:
            Conflict: `id` or `ons_code` is taken.
            NotFound: `police_id` or one of `neighbours` is no such authority.
        """
        async with self._database.transaction() as connection:
            await _check(connection, authority)
            try:
                await connection.execute(plain_insert(authorities), _row(authority))
            except IntegrityError:
                raise Conflict("id", "this authority exists already") from None
            await _put_borders(connection, authority)
        return authority

    async def put_authority(self, authority: Authority) -> Authority:
        """Replace what is known of an authority, its borders included.

        Raises:
            Conflict: `ons_code` is another authority's.
            NotFound: `id`, `police_id` or one of `neighbours` is no such authority.
        """
        async with self._database.transaction() as connection:
            await _check(connection, authority)
            changed = await connection.execute(
                update(authorities).where(authorities.c.id == authority.id).values(_row(authority))
            )
            if not changed.rowcount:
                raise NotFound("id", "there is no such authority")
            await _put_borders(connection, authority)
        return authority

    async def authority(self, authority_id: str) -> Authority:
        """One authority.

        Raises:
            NotFound: there is none of that id.
        """
        async with self._database.reading() as connection:
            query = select(authorities).where(authorities.c.id == authority_id)
            row = (await connection.execute(query)).one_or_none()
            if row is None:
                raise NotFound("authority_id", "there is no such authority")
            return _authority(row, await _borders_of(connection, authority_id))

    async def authorities(self, kind: str | None = None) -> list[Authority]:
        """All authorities, or all of one kind, by name."""
        query = select(authorities).order_by(authorities.c.name, authorities.c.id)
        if kind is not None:
            query = query.where(authorities.c.kind == kind)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).all()
            pairs = (await connection.execute(select(borders))).all()
        touching: dict[str, set[str]] = {}
        for pair in pairs:
            touching.setdefault(pair.first_id, set()).add(pair.second_id)
            touching.setdefault(pair.second_id, set()).add(pair.first_id)
        return [_authority(row, touching.get(row.id, ())) for row in rows]


def _row(authority: Authority) -> dict[str, Any]:
    return {
        "id": authority.id,
        "name": authority.name,
        "kind": authority.kind,
        "ons_code": authority.ons_code,
        "police_id": authority.police_id,
    }


def _authority(row: Row[Any], neighbours: Iterable[str]) -> Authority:
    return Authority(
        id=row.id,
        name=row.name,
        kind=row.kind,
        ons_code=row.ons_code,
        police_id=row.police_id,
        neighbours=tuple(sorted(neighbours)),
    )


async def _check(connection: AsyncConnection, authority: Authority) -> None:
    """What a constraint could only refuse without saying which field is wrong."""
    if authority.kind not in KINDS:
        raise Conflict("kind", f"expected one of {', '.join(KINDS)}")
    if authority.police_id and not await known(connection, [authority.police_id], kind="police_force"):
        raise NotFound("police_id", "there is no such police force")
    others = [each for each in authority.neighbours if each != authority.id]
    if not await known(connection, others):
        raise NotFound("neighbours", "one of them is no such authority")
    if authority.ons_code is not None:
        query = select(authorities.c.id).where(authorities.c.ons_code == authority.ons_code)
        if await connection.scalar(query.where(authorities.c.id != authority.id)):
            raise Conflict("ons_code", "another authority has this code")


async def known(connection: AsyncConnection, ids: Sequence[str], *, kind: str | None = None) -> bool:
    """Whether all of these are authorities (of that kind)."""
    query = select(authorities.c.id).where(authorities.c.id.in_(set(ids)))
    if kind is not None:
        query = query.where(authorities.c.kind == kind)
    return len((await connection.scalars(query)).all()) == len(set(ids))


async def _put_borders(connection: AsyncConnection, authority: Authority) -> None:
    await connection.execute(
        delete(borders).where(or_(borders.c.first_id == authority.id, borders.c.second_id == authority.id))
    )
    pairs = {tuple(sorted((authority.id, other))) for other in authority.neighbours if other != authority.id}
    if pairs:
        rows = [{"first_id": first, "second_id": second} for first, second in sorted(pairs)]
        await connection.execute(insert_absent(connection, borders), rows)


async def _borders_of(connection: AsyncConnection, authority_id: str) -> set[str]:
    query = select(borders).where(or_(borders.c.first_id == authority_id, borders.c.second_id == authority_id))
    return {each for pair in await connection.execute(query) for each in pair} - {authority_id}
