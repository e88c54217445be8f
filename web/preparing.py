"""Who may see what is missing among a home's duty contacts, and record that one was tried.

A home's managers, for their own home: they have to know by day what would fail at night. An authority's head of
service, for its own people: they are told when one of these can't be reached any more, and asked to put it right. Of
children they see no more by it. A machine, for all.
"""

from collections.abc import Collection
from datetime import datetime

from domain.names import Role
from store.people import Person
from store.preparedness import Prepared, prepared, relied_on
from store.repositories import Store
from web.problems import Forbidden

PREPARERS = frozenset({Role.ON_CALL_MANAGER, Role.REGISTERED_MANAGER, Role.RESPONSIBLE_INDIVIDUAL})


def homes_prepared(person: Person) -> set[str]:
    """The homes whose contacts are this person's to look after."""
    return {held.home_id for held in person.roles if held.role in PREPARERS and held.home_id is not None}


def authorities_prepared(person: Person) -> set[str]:
    """The authorities whose people's contacts are this person's to look after."""
    return {held.authority_id for held in person.roles if held.role is Role.HEAD_OF_SERVICE and held.authority_id}


async def gaps_of(store: Store, person: Person | None, home_ids: Collection[str], now: datetime) -> list[Prepared]:
    """What may fail at those of these homes that the person looks after; None: a machine, which looks after all.

    Raises:
        StoreUnavailable: nobody knows now.
    """
    seen = set(home_ids) if person is None else homes_prepared(person) & set(home_ids)
    return await prepared(store, now, home_ids=seen) if seen else []


async def may_verify(store: Store, person: Person | None, whose: Person) -> None:
    """Let a machine, a manager of a home that relies on them, or their head of service say that a number answered.

    Raises:
        Forbidden: it is not theirs to say.
    """
    if person is None:
        return
    if authorities_prepared(person) & {held.authority_id for held in whose.roles}:
        return
    for home_id in homes_prepared(person):
        if whose.id in await relied_on(store, home_id):
            return
    raise Forbidden("Only the installation, a manager of a home that relies on this person, or their head of service.")
