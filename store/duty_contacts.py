"""Missing and stale duty contacts, found before they are needed: at three in the morning it is too late."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.names import Role
from store.contacts_in_use import is_relied_upon
from store.repository import Repository
from store.resolution import HOME_ROLES, PLACING_ROLES, Places, holders
from store.tables import authorities, homes

VERIFIED_FOR = timedelta(days=90)
"""A duty desk's number that nobody has tried for longer is taken as doubtful (our default: no guidance gives one)."""

WAYS = 2
"""Verified numbers and mailboxes that a manager needs."""

DUTY_ROLES = frozenset(
    {
        Role.EMERGENCY_DUTY_TEAM,
        Role.PLACING_AUTHORITY,
        Role.HOST_AUTHORITY,
        Role.NEIGHBOURING_AUTHORITY,
        Role.POLICE,
    }
)
"""Desks outside the home. Their numbers change without the home being told, so each has to be tried now and then."""

MANAGING = frozenset(
    {
        Role.ON_CALL_MANAGER,
        Role.REGISTERED_MANAGER,
        Role.RESPONSIBLE_INDIVIDUAL,
        Role.SOCIAL_WORKER,
        Role.HEAD_OF_SERVICE,
    }
)
"""From the manager's rung up each person needs two ways that don't fail together (practice notes 6.4): texts and calls
to one number are one way, for it is one telephone."""

ALWAYS = (*sorted(HOME_ROLES), Role.HOST_AUTHORITY, Role.POLICE, Role.NEIGHBOURING_AUTHORITY)
"""What a home can look after before a child is placed there: who places the child is not known yet."""


class Lack(StrEnum):
    """What is wrong."""

    NOBODY = "nobody"
    """Nobody who can be reached holds the role, anywhere."""
    NOBODY_THERE = "nobody_there"
    """At this authority nobody can be reached; at others of the role somebody can."""
    NO_PLACE = "no_place"
    """The directory knows no police force for the area, or nobody next door."""
    NEVER_VERIFIED = "never_verified"
    STALE = "stale"
    """Verified longer ago than `VERIFIED_FOR`."""
    UNVERIFIED = "unverified"
    """Whoever holds the role is reached by contacts alone on which nobody was ever known to answer."""
    ONE_WAY = "one_way"
    """A manager, or a social worker, who can be reached by one verified number or mailbox only."""


@dataclass(frozen=True, slots=True)
class Gap:
    """One role at one place that may fail when it is needed."""

    role: Role
    lack: Lack
    place: str
    """The authority's name or the home's code."""
    authority_id: str | None = None
    """None: the home itself."""
    person_ids: tuple[str, ...] = ()
    """Whose contacts they are."""
    verified_at: datetime | None = None
    """Of those that are stale, the oldest (UTC)."""


class DutyContacts(Repository):
    """What may fail when a ladder runs."""

    async def gaps(
        self,
        home_id: str,
        placing_authority_id: str | None,
        roles: Iterable[Role],
        now: datetime,
        *,
        timeout: float | None = None,
    ) -> list[Gap]:
        """What is missing or stale of these roles, for a placement of that authority at that home.

        Args:
            home_id: where the child is, or is to be.
            placing_authority_id: None: not known yet; then nothing is said of its people.
            roles: those that the placement's policy names.
            now: an aware instant.
            timeout: seconds.

        Returns:
            In the order of `roles`, then by place; nothing, if everybody can be reached and was verified lately.

        Raises:
            StoreUnavailable: nobody knows now.
        """
        wanted = [role for role in dict.fromkeys(roles) if role is not Role.EVERYONE_ALERTED]
        if placing_authority_id is None:
            wanted = [role for role in wanted if role not in PLACING_ROLES]
        async with self._database.reading(timeout=timeout) as connection:
            [(places, rows)] = await holders(connection, [(home_id, placing_authority_id or "", frozenset(Role))])
            names = await _names(connection, places)
        desks = _Desks(places, rows, names, now)
        return [gap for role in wanted for gap in desks.gaps(role)]


@dataclass(frozen=True, slots=True)
class _Desks:
    """Everybody who holds a role for a placement, and where."""

    places: Places
    rows: Sequence[Row[Any]]
    names: dict[str, str]
    now: datetime

    def gaps(self, role: Role) -> list[Gap]:
        """Of one role, by the names of the places."""
        held = [row for row in self.rows if role in self._meanings(row)]
        where = sorted(self._where(role, held), key=lambda id_: self.names.get(id_, ""))
        if not where:
            return [Gap(role, Lack.NO_PLACE, self.names.get(self.places.host_id or "", ""), self.places.host_id)]
        nobody = Lack.NOBODY_THERE if any(row.channel is not None for row in held) else Lack.NOBODY
        return [gap for place in where for gap in self._at(role, place, held, nobody)]

    def _meanings(self, row: Row[Any]) -> set[Role]:
        return self.places.meaning(Role(row.role), row.home_id, row.authority_id)

    def _where(self, role: Role, held: Iterable[Row[Any]]) -> set[str]:
        """The places at which somebody should hold the role."""
        places = self.places
        if role in HOME_ROLES:
            return {places.home_id}
        if role in PLACING_ROLES:
            return {places.placing_id}
        if role is Role.NEIGHBOURING_AUTHORITY:
            return set(places.neighbours)
        if role is Role.POLICE:
            # A desk for the area counts as much as the force's own.
            return {row.authority_id for row in held} or ({places.police_id} if places.police_id else set())
        return {places.host_id} if places.host_id else set()

    def _at(self, role: Role, place: str, held: Iterable[Row[Any]], nobody: Lack) -> list[Gap]:
        here = [row for row in held if place in {row.home_id, row.authority_id}]
        used = [row for row in here if row.channel is not None]
        authority_id = None if place == self.places.home_id else place
        name = self.names.get(place, "")
        if not used:
            if role is Role.NEIGHBOURING_AUTHORITY and self._is_told_as_placing(place):
                return []
            return [Gap(role, nobody, name, authority_id, _people(here))]
        if role not in DUTY_ROLES:
            return list(self._unsure(role, used, name, authority_id))
        never = [row for row in used if row.verified_at is None]
        stale = [row for row in used if row.verified_at is not None and self.now - row.verified_at > VERIFIED_FOR]
        found = [Gap(role, Lack.NEVER_VERIFIED, name, authority_id, _people(never))] if never else []
        if stale:
            oldest = min(row.verified_at for row in stale)
            found.append(Gap(role, Lack.STALE, name, authority_id, _people(stale), oldest))
        return found

    def _unsure(self, role: Role, used: list[Row[Any]], name: str, authority_id: str | None) -> Iterable[Gap]:
        """What would not be silence, and would wake others early: found by day."""
        verified = [row for row in used if is_relied_upon(row)]
        if not verified:
            yield Gap(role, Lack.UNVERIFIED, name, authority_id, _people(used))
        elif role in MANAGING:
            ways = {
                person: {row.address_hash for row in verified if row.person_id == person} for person in _people(used)
            }
            one_way = tuple(person for person, addresses in ways.items() if len(addresses) < WAYS)
            if one_way:
                yield Gap(role, Lack.ONE_WAY, name, authority_id, one_way)

    def _is_told_as_placing(self, place: str) -> bool:
        """The authority that placed the child is next door: it hears of it anyway."""
        at_placing = (row for row in self.rows if row.authority_id == place == self.places.placing_id)
        return any(row.channel is not None and row.role in PLACING_ROLES for row in at_placing)


def _people(rows: Iterable[Row[Any]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row.person_id for row in rows))


async def _names(connection: AsyncConnection, places: Places) -> dict[str, str]:
    """What the places are called: a home by its code, as its name is sealed."""
    ids = {places.host_id, places.police_id, places.placing_id, *places.neighbours} - {None, ""}
    named = await connection.execute(select(authorities.c.id, authorities.c.name).where(authorities.c.id.in_(ids)))
    coded = await connection.execute(select(homes.c.id, homes.c.code).where(homes.c.id == places.home_id))
    return {id_: name for found in (named, coded) for id_, name in found}
