"""An answer to a rung that the ladder has left behind: it counts and skips nothing, and its author hears so."""

from collections.abc import Collection

from domain.requests import Reply
from store.errors import StoreError
from web.services import Services

PATIENCE = 1.0
"""Seconds that an answer waits to hear whether others have been told."""

OTHERS = " Others have been told since."


async def others_told(services: Services, alias: str, episode: int, people: Collection[str], reply: Reply) -> str:
    """What is added to the answer if others have been told since whoever answers there was; empty if nobody knows.

    Args:
        services: where the messages are kept.
        alias: the placement.
        episode: its number.
        people: everybody who is reached there; a shared phone's message bears the id of one of them.
        reply: what the engine answered.
    """
    if reply.outcome not in {"taken", "taken_too", "taken_more_wanted"}:
        return ""
    try:
        rows = await services.store.notifications.for_episode(alias, episode, timeout=PATIENCE)
    except StoreError:
        return ""
    mine = max((row.created_at for row in rows if row.person_id in people), default=None)
    return OTHERS if mine is not None and any(row.created_at > mine for row in rows) else ""
