"""Who may set up the directory, read of people, and give out tokens.

A machine may set things up: whoever runs the installation gave it its token. A home's registered manager and its
responsible individual may enter the people of their own home.
"""

from collections.abc import Iterable

from domain.names import Role
from store.directory import Home, Person
from web.api.context import Context
from web.problems import Forbidden

MANAGERS = frozenset({Role.REGISTERED_MANAGER, Role.RESPONSIBLE_INDIVIDUAL})


async def caller_person(ctx: Context) -> Person | None:
    """The person who calls; None: a machine."""
    if ctx.caller.person_id is None:
        return None
    return await ctx.services.store.directory.person(ctx.caller.person_id)


def homes_managed(person: Person) -> set[str]:
    """The homes where the person is the manager."""
    return {held.home_id for held in person.roles if held.role in MANAGERS and held.home_id is not None}


async def may_set_up(ctx: Context, home_ids: Iterable[str | None] | None = None) -> None:
    """Refuse a person who manages not all of these homes; None among them, or no homes at all: machines only.

    Raises:
        Forbidden: it is not theirs to change.
    """
    person = await caller_person(ctx)
    if person is None:
        return
    wanted = set(home_ids or ())
    if not wanted or not wanted <= homes_managed(person):
        raise Forbidden("Only the installation, or the manager of the home concerned, may change this.")


async def people_seen(ctx: Context, people: list[Person]) -> list[Person]:
    """Of whom the caller may read: a machine of everybody, a manager of their homes' people, all of themselves."""
    person = await caller_person(ctx)
    if person is None:
        return people
    managed = homes_managed(person)
    return [one for one in people if one.id == person.id or managed & {held.home_id for held in one.roles}]


async def homes_seen(ctx: Context, homes: list[Home]) -> list[Home]:
    """The homes of which the caller may read: their own, and those in their authority's area."""
    person = await caller_person(ctx)
    if person is None:
        return homes
    own = {held.home_id for held in person.roles}
    areas = {held.authority_id for held in person.roles} - {None}
    return [home for home in homes if home.id in own or home.authority_id in areas]
