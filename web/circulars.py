"""A circular's description is held against what the store knows of the child: nothing that names them may leave."""

import asyncio
import re

from store.errors import NotFound, StoreUnavailable
from store.placements import PlacementRow
from web.problems import bad_field
from web.remembered import PATIENCE
from web.services import Services

SHORTEST = 3
"""Letters from which a word of a name is looked for: shorter ones are in every sentence."""

NAMED = "this names the child or the home: write only what the young person looks like"


async def refuse_naming(services: Services, placement: PlacementRow | None, description: str) -> None:
    """Refuse a description with the child's name or the home's in it; `domain.circulation.unfit` knows the rest.

    With the store away the names are not known: whoever approves it reads it.

    Raises:
        BadInput: so it has.
    """
    if placement is None or not description:
        return
    try:
        async with asyncio.timeout(PATIENCE):
            details = await services.store.placements.child_details(placement.alias)
            home = await services.store.directory.home(placement.home_id)
    except (NotFound, StoreUnavailable, TimeoutError):
        return
    names = f"{details.get('preferred_name') or ''} {home.name}".split()
    words = {word.lower() for word in re.findall(r"[^\W\d_]+", description)}
    if any(name.lower() in words for name in names if len(name) >= SHORTEST and name.lower() not in COMMON):
        raise bad_field("description", NAMED)


COMMON = frozenset({"the", "house", "home", "lodge", "road", "street", "green", "brown", "black", "white", "grey"})
"""Words of homes' names that a description may need."""
