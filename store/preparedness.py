"""How well each home is prepared: the gaps among the people whom its ladders name."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from domain import phases
from domain.exercise import is_exercise
from domain.names import Phase, Risk, Role
from domain.policy import Policy
from store.duty_contacts import ALWAYS, Gap, Lack
from store.homes import Home
from store.placements import PlacementRow
from store.repositories import Store

_EVERY_ROLE = [role for role in Role if role not in (Role.EVERYONE_ALERTED, Role.OBSERVER)]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A home and what may fail there."""

    home: Home
    placed: bool
    """A child lives there, or went missing from there and is still looked for."""
    gaps: tuple[Gap, ...]
    reaches_nobody: bool
    """A child lives there, and none of the roles of the policy is held by anybody who can be reached."""


def roles_named(policy: Policy) -> list[Role]:
    """The roles whose holders a policy alerts, in its order."""
    named = [role for rung in policy.rung for role in rung.roles] + list(policy.repeat.roles)
    return [role for role in dict.fromkeys(named) if role is not Role.EVERYONE_ALERTED]


async def prepared(store: Store, now: datetime, *, home_ids: Collection[str] | None = None) -> list[Prepared]:
    """Every home, or these: for each child who lives there what the policy needs, else what every home needs.

    Raises:
        StoreUnavailable: nobody knows now.
    """
    wanted = [home for home in await store.directory.homes() if home_ids is None or home.id in home_ids]
    return [await _prepared(store, home, now) for home in wanted]


async def _prepared(store: Store, home: Home, now: datetime) -> Prepared:
    rows = await store.placements.list(home.id)
    living = {(row.placing_authority_id, _policy(row)) for row in rows if is_watched(row)}
    again = await _roles_after_a_return(store)
    gaps: dict[Gap, None] = {}
    reaches_nobody = False
    for placing_id, policy_id in sorted(living):
        policy = await store.policies.published(policy_id)
        roles = roles_named(policy) + again if policy is not None else _EVERY_ROLE
        found = await store.directory.gaps(home.id, placing_id, roles, now)
        reaches_nobody |= _missing(found) >= set(roles)
        gaps |= dict.fromkeys(found)
    if not living:
        gaps |= dict.fromkeys(await store.directory.gaps(home.id, None, ALWAYS, now))
    return Prepared(home, bool(living), tuple(gaps), reaches_nobody)


async def _roles_after_a_return(store: Store) -> list[Role]:
    """Those who hear on arrival at high risk: every return begins that ladder again."""
    published = await store.policies.all_published()
    fitting = (one for one in published if phases.suits(one, Phase.ARRIVAL, Risk.HIGH, closer_watch=False))
    return next((roles_named(one) for one in fitting), [])


async def relied_on(store: Store, home_id: str) -> set[str]:
    """Everybody who would be told of a child at this home: their ids.

    Raises:
        StoreUnavailable: nobody knows now.
    """
    rows = await store.placements.list(home_id)
    placing = {row.placing_authority_id for row in rows if is_watched(row)} or {""}
    found = [await store.directory.resolve(home_id, one, _EVERY_ROLE) for one in sorted(placing)]
    return {contact.person_id for contacts in found for contact in contacts}


def is_watched(row: PlacementRow) -> bool:
    """Whether somebody may have to be told of this child, who lives here, or went missing from here and is not back."""
    if is_exercise(row.alias):
        return False
    known = row.snapshot
    return known is None or not known.ended or any(one.ending is None for one in known.episodes)


def _policy(row: PlacementRow) -> str:
    """The policy that the child has now, or came with."""
    return (row.snapshot.policy_id if row.snapshot else None) or row.policy_id


def _missing(gaps: Collection[Gap]) -> set[Role]:
    return {gap.role for gap in gaps if gap.lack in {Lack.NOBODY, Lack.NO_PLACE}}
