"""What the pages read from the store. Whatever is shown says how old it is."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from domain.exercise import is_exercise
from domain.names import Role
from domain.snapshot import EpisodeSnapshot
from store.errors import NotFound, StoreUnavailable
from store.homes import Home
from store.people import Person
from store.placements import PlacementRow
from web.pages.rendering import services_of
from web.pages.views import ChildView, EpisodeView, foremost
from web.pages.visitors import Visitor
from web.problems import NoSuchThing
from web.services import Services
from web.standing import OUTSIDE, Place, Standings

SOMEBODY = "somebody who is not in the directory"


@dataclass(frozen=True, slots=True)
class Names:
    """What people are called on a page: by name and role."""

    known: Mapping[str, str]

    @classmethod
    async def load(cls, services: Services) -> "Names":
        """Everybody in the directory."""
        return cls({person.id: called(person) for person in await services.store.directory.people()})

    def __call__(self, person_id: str) -> str:
        """A person by id."""
        return self.known.get(person_id, SOMEBODY)


def called(person: Person) -> str:
    """`Sam Reed (shift lead)`."""
    return f"{person.name} ({person.roles[0].role.label})" if person.roles else person.name


async def children(request: Request, visitor: Visitor) -> list[ChildView]:
    """The children who are this person's to watch over; those whose placement has ended are left out."""
    services = services_of(request)
    names = await Names.load(services)
    rows = [row for row in await services.store.placements.list() if not (row.snapshot and row.snapshot.ended)]
    seen = [row for row in rows if not is_exercise(row.alias) and await _is_inside(request, visitor, row)]
    return list(await asyncio.gather(*(_child(services, row, names) for row in seen)))


async def child(request: Request, visitor: Visitor, alias: str) -> ChildView:
    """One child.

    Raises:
        NoSuchThing: there is none of that alias, or it is no business of this person's.
    """
    services = services_of(request)
    row = await services.store.placements.get(alias)
    if row is None or not await _is_inside(request, visitor, row):
        raise NoSuchThing("There is no child of this name whom you look after.")
    return await _child(services, row, await Names.load(services))


async def open_episodes(request: Request, visitor: Visitor) -> list[EpisodeView]:
    """Open episodes that are this person's business, longest running first."""
    services = services_of(request)
    names = await Names.load(services)
    found = await services.store.placements.open_episodes()
    return [
        episode_view(row.alias, snapshot, names)
        for row, snapshot in found
        if await role_of(request, visitor, row) is not None
    ]


async def role_of(request: Request, visitor: Visitor, row: PlacementRow) -> Role | None:
    """What this person is to a placement; None: nothing."""
    standings: Standings = request.app.state.standings
    return await standings.role(visitor.person.id, Place.of(row))


async def homes_of(request: Request, person: Person) -> list[Home]:
    """The homes where a person has a role."""
    directory = services_of(request).store.directory
    found = []
    for home_id in dict.fromkeys(held.home_id for held in person.roles if held.home_id):
        try:
            found.append(await directory.home(home_id))
        except NotFound:
            continue
    return found


def episode_view(alias: str, snapshot: EpisodeSnapshot, names: Names) -> EpisodeView:
    """An episode with its owner's name."""
    owner = snapshot.owner
    by_role = owner.role.label if owner and owner.role else "somebody"
    name = names(owner.person_id) if owner and owner.person_id else by_role
    return EpisodeView(alias=alias, snapshot=snapshot, owner=name if owner else "")


async def _is_inside(request: Request, visitor: Visitor, row: PlacementRow) -> bool:
    role = await role_of(request, visitor, row)
    return role is not None and role not in OUTSIDE


async def _child(services: Services, row: PlacementRow, names: Names) -> ChildView:
    snapshot = foremost(row.snapshot.episodes) if row.snapshot else None
    details = await _details(services, row.alias)
    return ChildView(
        row=row,
        preferred_name=str((details or {}).get("preferred_name") or ""),
        age_known=details is None or bool(details.get("date_of_birth")),
        episode=episode_view(row.alias, snapshot, names) if snapshot else None,
        report_waits=await services.store.intents.pending_check_in(row.alias),
    )


async def _details(services: Services, alias: str) -> dict[str, Any] | None:
    """What is personal about the child; None: it can't be read now."""
    try:
        return await services.store.placements.child_details(alias)
    except (NotFound, StoreUnavailable):
        return None
