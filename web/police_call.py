"""The call to the police, made from what the store knows of a placement."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, tzinfo

from domain.names import Risk
from domain.police_call import PoliceCall, police_call
from store.errors import NotFound, StoreError
from store.facts import StoredFact
from store.placements import PlacementRow
from web.services import Services


async def call_for(
    services: Services, row: PlacementRow, facts: Sequence[StoredFact], episode: int, *, now: datetime, zone: tzinfo
) -> PoliceCall:
    """What to say about an episode, and to which force."""
    return police_call(
        row.alias.upper(),
        row.snapshot.risk if row.snapshot else Risk.HIGH,
        facts,
        episode=episode,
        now=now,
        force=await _force(services, row.home_id),
        zone=zone,
    )


async def _force(services: Services, home_id: str) -> str:
    """The force of the home's area, by name; empty: nobody has entered one, or it can't be read now."""
    directory = services.store.directory
    with suppress(StoreError, NotFound):
        host = await directory.authority((await directory.home(home_id)).authority_id)
        if host.police_id:
            return (await directory.authority(host.police_id)).name
    return ""
