"""Local authorities and police forces, and who lies beside whom: by the geography file, and by hand on top of it.

A hand-made exclusion is not offered: a missing alert is worse than one too many.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, delete, func, or_, select, update
from sqlalchemy import insert as plain_insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from config.geography import NEXT_DOOR
from config.geography_lint import Touching
from store.dialect import insert
from store.errors import Conflict, NotFound
from store.ids import new_id
from store.repository import Repository
from store.tables import authorities, borders

KINDS = ("local_authority", "police_force")

COUNTS_AS_NEXT_DOOR: ColumnElement[bool] = or_(
    borders.c.by_hand, *(borders.c.touching == touching for touching in NEXT_DOOR)
)
"""Of rows of `borders`: those over which a neighbour hears."""

FORCE = func.coalesce(authorities.c.police_id, authorities.c.file_police_id)
"""The police force of an authority: the one that people chose, else the geography's. It can't be taken away by hand."""


@dataclass(frozen=True, slots=True)
class Beside:
    """An authority that lies beside another."""

    authority_id: str
    touching: Touching | None
    """How, by the geography file; None: it does not say that they do."""
    by_hand: bool
    """People want it to count as a neighbour."""

    @property
    def next_door(self) -> bool:
        """Whether it hears of a child who goes missing: by land, by bridge or tunnel, or because people want it to."""
        return self.by_hand or self.touching in NEXT_DOOR


@dataclass(frozen=True, slots=True)
class Authority:
    """A local authority or a police force."""

    name: str
    kind: str
    """`local_authority` or `police_force`."""
    ons_code: str | None = None
    police_id: str | None = None
    """The police force that covers a local authority. Left out, it is the one that the geography names, if it does."""
    neighbours: tuple[str, ...] = ()
    """Ids of the authorities that people want as its neighbours, on top of the geography file's. A border has two
    sides: naming it on one is enough."""
    id: str = field(default_factory=new_id)
    borders: tuple[Beside, ...] = field(default=(), compare=False)
    """Everything that lies beside it, from wherever it is known. Only read: the file and `neighbours` make it."""


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
        """Replace what people have entered of an authority, its neighbours by hand included.

        What the geography file says of its borders stays.

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
        beside: dict[str, list[Beside]] = {}
        for pair in pairs:
            beside.setdefault(pair.first_id, []).append(_beside(pair, pair.second_id))
            beside.setdefault(pair.second_id, []).append(_beside(pair, pair.first_id))
        return [_authority(row, beside.get(row.id, ())) for row in rows]


def _row(authority: Authority) -> dict[str, Any]:
    return {
        "id": authority.id,
        "name": authority.name,
        "kind": authority.kind,
        "ons_code": authority.ons_code,
        "police_id": authority.police_id,
    }


def _authority(row: Row[Any], beside: Iterable[Beside]) -> Authority:
    ordered = tuple(sorted(beside, key=lambda one: one.authority_id))
    return Authority(
        id=row.id,
        name=row.name,
        kind=row.kind,
        ons_code=row.ons_code,
        police_id=row.police_id or row.file_police_id,
        neighbours=tuple(one.authority_id for one in ordered if one.by_hand),
        borders=ordered,
    )


def _beside(pair: Row[Any], authority_id: str) -> Beside:
    touching = Touching(pair.touching) if pair.touching is not None else None
    return Beside(authority_id=authority_id, touching=touching, by_hand=pair.by_hand)


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
    """Its neighbours by hand, anew. A border that the geography file knows stays, whatever people add or drop."""
    here = _at(authority.id)
    only_by_hand = and_(here, borders.c.touching.is_(None))
    await connection.execute(delete(borders).where(only_by_hand))
    await connection.execute(update(borders).where(here).values(by_hand=False))
    pairs = {tuple(sorted((authority.id, other))) for other in authority.neighbours if other != authority.id}
    if pairs:
        rows = [{"first_id": first, "second_id": second, "by_hand": True} for first, second in sorted(pairs)]
        adding = insert(connection, borders)
        ends = ["first_id", "second_id"]
        await connection.execute(adding.on_conflict_do_update(index_elements=ends, set_={"by_hand": True}), rows)


async def _borders_of(connection: AsyncConnection, authority_id: str) -> list[Beside]:
    found = await connection.execute(select(borders).where(_at(authority_id)))
    return [_beside(pair, ({pair.first_id, pair.second_id} - {authority_id}).pop()) for pair in found]


def _at(authority_id: str) -> ColumnElement[bool]:
    return or_(borders.c.first_id == authority_id, borders.c.second_id == authority_id)
