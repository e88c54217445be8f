"""The geography in the directory: what the files say, beside what people have entered, neither overwriting the other.

A load is one transaction:

1. an entry of the directory is known by its ONS code, or, entered by hand without one, by its name
2. forces and authorities are added or brought up to date; a force that people chose for an authority stays
3. what an earlier file named and this one does not goes, unless somebody refers to it
4. borders of the file are added, changed, removed; those that people added stay
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import and_, bindparam, delete, func, insert, or_, select, update
from sqlalchemy import text as sql
from sqlalchemy.ext.asyncio import AsyncConnection

from config.geography import Geography
from config.geography_lint import Touching
from store.authorities import COUNTS_AS_NEXT_DOOR
from store.errors import Conflict
from store.geography_borders import draw_borders, each
from store.ids import new_id
from store.repository import Repository
from store.tables import authorities, borders, homes, placements, roles

PATIENCE = 30.0
"""Seconds for a whole load: nobody waits at a phone for it."""

CURRENT, FORMER = "current", "former"

Entry = dict[str, Any]
"""A row of `authorities`, by column."""

_KEPT_UP_TO_DATE = ("name", "ons_code", "police_id", "file_police_id", "geography")


@dataclass(slots=True)
class Loaded:
    """What a load did."""

    authorities: int
    forces: int
    borders: dict[Touching, int]
    added: int = 0
    adopted: int = 0
    """Entered by hand before, now known by their codes."""
    changed: int = 0
    removed: int = 0
    borders_changed: int = 0
    """Added, removed, or of another kind than before."""
    notes: list[str] = field(default_factory=list)
    """What was left as it was, and why: a line each."""

    @property
    def anything(self) -> bool:
        """Whether the directory is another now."""
        return bool(self.added or self.adopted or self.changed or self.removed or self.borders_changed)


@dataclass(frozen=True, slots=True)
class Standing:
    """What of the geography is in the directory."""

    authorities: int
    forces: int
    borders: int
    """Pairs that are next door, by the file or by hand."""
    former: tuple[str, ...]
    """Names of authorities that the newest file no longer has, and that somebody still refers to."""


class Loading(Repository):
    """Loading the geography, and what is there of it."""

    async def load_geography(self, geography: Geography) -> Loaded:
        """Bring the directory to this geography: all of it, or nothing. Again, it changes nothing.

        Raises:
            Conflict: a code is entered as another kind of authority.
            StoreUnavailable: the store is away; nothing was changed.
        """
        async with self._database.transaction(timeout=PATIENCE) as connection:
            await _keep_others_out(connection)
            loaded = Loaded(len(geography.areas), len(geography.forces), _count(geography))
            before = [dict(row) for row in (await connection.execute(select(authorities))).mappings()]
            wanted = _Matching(before, loaded).match(geography)
            await _write(connection, before, wanted, loaded)
            kept = await _retire(connection, before, wanted, loaded)
            ids = {code: entry["id"] for code, entry in wanted.items()}
            loaded.borders_changed = await draw_borders(connection, geography.borders, ids, kept)
        return loaded

    async def geography(self) -> Standing:
        """What is loaded; nothing, if it never was."""
        counts = select(authorities.c.kind, func.count()).where(authorities.c.geography == CURRENT)
        former = select(authorities.c.name).where(authorities.c.geography == FORMER)
        next_door = select(func.count()).select_from(borders)
        async with self._database.reading() as connection:
            rows = await connection.execute(counts.group_by(authorities.c.kind))
            kinds = {kind: count for kind, count in rows}  # noqa: C416 - rows are no pairs to mypy
            names = tuple(await connection.scalars(former.order_by(authorities.c.name)))
            pairs = await connection.scalar(next_door.where(COUNTS_AS_NEXT_DOOR)) or 0
        return Standing(kinds.get("local_authority", 0), kinds.get("police_force", 0), pairs, names)


class _Matching:
    """Which entry of the directory each code of the file means."""

    def __init__(self, before: Iterable[Entry], loaded: Loaded) -> None:
        self._loaded = loaded
        self._by_code: dict[str, Entry] = {}
        self._by_name: dict[tuple[str, str], list[Entry]] = {}
        for entry in before:
            if entry["ons_code"] is not None:
                self._by_code[entry["ons_code"]] = entry
            else:
                self._by_name.setdefault(_name(entry["kind"], entry["name"]), []).append(entry)

    def match(self, geography: Geography) -> dict[str, Entry]:
        """Every entry of the file as it is to be, by code.

        Raises:
            Conflict: a code is entered as another kind of authority.
        """
        wanted = {force.code: self._entry(force.code, force.name, "police_force") for force in geography.forces}
        for area in geography.areas:
            entry = self._entry(area.code, area.name, "local_authority")
            force_id = wanted[area.police_code]["id"]
            if entry["police_id"] in {None, entry["file_police_id"]}:
                entry["police_id"] = force_id
            elif entry["police_id"] != force_id:
                self._loaded.notes.append(f"{area.name}: the police force that people chose for it stays")
            entry["file_police_id"] = force_id
            wanted[area.code] = entry
        return wanted

    def _entry(self, code: str, name: str, kind: str) -> Entry:
        found = self._by_code.get(code) or self._same_name(name, kind)
        if found is None:
            found = {"id": new_id(), "police_id": None, "file_police_id": None}
        elif found["kind"] != kind:
            raise Conflict("ons_code", f"{code} is entered in the directory as another kind of authority: correct it")
        return found | {"name": name, "kind": kind, "ons_code": code, "geography": CURRENT}

    def _same_name(self, name: str, kind: str) -> Entry | None:
        found = self._by_name.get(_name(kind, name), [])
        if len(found) > 1:
            self._loaded.notes.append(f"{name}: several entries without an ONS code have this name; none was adopted")
        return found.pop() if len(found) == 1 else None


def _name(kind: str, name: str) -> tuple[str, str]:
    return kind, name.strip().casefold()


def _count(geography: Geography) -> dict[Touching, int]:
    found = [border.touching for border in geography.borders]
    return {touching: found.count(touching) for touching in Touching}


async def _keep_others_out(connection: AsyncConnection) -> None:
    """No entry is made between looking and writing; reading goes on. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        await connection.execute(sql("LOCK TABLE authorities, borders IN SHARE ROW EXCLUSIVE MODE"))


async def _write(
    connection: AsyncConnection, before: Iterable[Entry], wanted: Mapping[str, Entry], loaded: Loaded
) -> None:
    """Add what is new, and bring up to date what is not as it is to be."""
    known = {entry["id"]: entry for entry in before}
    new = [entry for entry in wanted.values() if entry["id"] not in known]
    changed = [entry for entry in wanted.values() if known.get(entry["id"], entry) != entry]
    update_one = update(authorities).where(authorities.c.id == bindparam("entry_id"))
    values: dict[str, Any] = {column: bindparam(f"new_{column}") for column in _KEPT_UP_TO_DATE}
    rows = [{"entry_id": one["id"]} | {f"new_{column}": one[column] for column in _KEPT_UP_TO_DATE} for one in changed]
    await each(connection, insert(authorities), new)
    await each(connection, update_one.values(values), rows)
    loaded.added = len(new)
    loaded.adopted = sum(known[entry["id"]]["geography"] is None for entry in changed)
    loaded.changed = len(changed) - loaded.adopted


async def _retire(
    connection: AsyncConnection, before: Iterable[Entry], wanted: Mapping[str, Entry], loaded: Loaded
) -> set[str]:
    """Take out what only an earlier file named; returns the ids of those that stay because somebody refers to them.

    They keep their borders: the neighbours of a home there hear as before, until the home is entered elsewhere.
    """
    current = {entry["id"] for entry in wanted.values()}
    gone = {one["id"]: one for one in before if one["geography"] is not None and one["id"] not in current}
    kept: set[str] = set()
    for kind in ("local_authority", "police_force"):
        # An authority refers to its force, so the forces come last.
        of_kind = {id_ for id_, one in gone.items() if one["kind"] == kind}
        referred = await _referred(connection, of_kind)
        unused = of_kind - referred
        if unused:
            ends = or_(borders.c.first_id.in_(unused), borders.c.second_id.in_(unused))
            await connection.execute(delete(borders).where(ends))
            await connection.execute(delete(authorities).where(authorities.c.id.in_(unused)))
        newly = [id_ for id_ in referred if gone[id_]["geography"] != FORMER]
        if newly:
            await connection.execute(update(authorities).where(authorities.c.id.in_(newly)).values(geography=FORMER))
        kept |= referred
        loaded.removed += len(unused)
        loaded.changed += len(newly)
    names = sorted(gone[id_]["name"] for id_ in kept)
    if names:
        loaded.notes.append(
            f"no longer in the geography, kept with their borders because homes, people, placements or other "
            f"authorities refer to them: {', '.join(names)}"
        )
    return kept


async def _referred(connection: AsyncConnection, ids: set[str]) -> set[str]:
    """Those of them that a home, a person, a placement, another authority or a neighbour by hand refers to."""
    if not ids:
        return set()
    columns = (
        homes.c.authority_id,
        roles.c.authority_id,
        placements.c.placing_authority_id,
        authorities.c.police_id,
        authorities.c.file_police_id,
    )
    queries = [select(column).where(column.in_(ids)) for column in columns]
    queries += [
        select(column).where(and_(borders.c.by_hand, column.in_(ids)))
        for column in (borders.c.first_id, borders.c.second_id)
    ]
    return {id_ for query in queries for id_ in await connection.scalars(query)}
