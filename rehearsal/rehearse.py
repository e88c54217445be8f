"""A rehearsal: one policy, every situation, all at once on one server, in a directory that is gone afterwards."""

import asyncio
import tempfile
from datetime import timedelta
from pathlib import Path

from domain.policy import Policy
from rehearsal.heard import Told, told
from rehearsal.house import House, open_house
from rehearsal.household import settle_in
from rehearsal.night import Night, Played
from rehearsal.situations import SITUATIONS, Beginning

ALIAS = "Wren"


async def rehearse(policy: Policy, *, temporal: str, beginning: Beginning, length: timedelta) -> list[Told]:
    """Play every situation and tell what was heard in it.

    Args:
        policy: a linted one.
        temporal: the program of Temporal's own server.
        beginning: how the ladder begins.
        length: how much virtual time passes after its beginning.

    Raises:
        RehearsalError: it can't be held here and now; one line says why.
    """
    with tempfile.TemporaryDirectory(prefix="goldenhour-rehearsal-", ignore_cleanup_errors=True) as directory:
        async with open_house(temporal, Path(directory)) as house:
            nights = [await _night(house, policy, number) for number in range(len(SITUATIONS))]
            played = await _together(nights, beginning, length)
    return [told(situation, policy, one) for situation, one in zip(SITUATIONS, played, strict=True)]


async def _night(house: House, policy: Policy, number: int) -> Night:
    household = await settle_in(house.store, policy, number)
    return Night(house, household, policy, SITUATIONS[number], f"{ALIAS}-{number + 1}")


async def _together(nights: list[Night], beginning: Beginning, length: timedelta) -> list[Played]:
    """All nights at once; the first that fails ends the others."""
    playing = [asyncio.ensure_future(night.play(beginning, length)) for night in nights]
    try:
        return await asyncio.gather(*playing)
    finally:
        for one in playing:
            one.cancel()
        await asyncio.gather(*playing, return_exceptions=True)
