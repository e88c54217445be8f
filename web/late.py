"""An answer to a rung that the ladder has left behind: it counts and skips nothing, and its author hears so."""

from domain.requests import Reply
from store.errors import StoreError
from web.services import Services

OTHERS = " Others have been told since."


async def others_told(services: Services, alias: str, episode: int, person_id: str, reply: Reply) -> str:
    """What is added to the answer if others have been told since this person was; empty if not, or if nobody knows."""
    if reply.outcome not in {"taken", "taken_too", "taken_more_wanted"}:
        return ""
    try:
        rows = await services.store.notifications.for_episode(alias, episode)
    except StoreError:
        return ""
    mine = max((row.created_at for row in rows if row.person_id == person_id), default=None)
    return OTHERS if mine is not None and any(row.created_at > mine for row in rows) else ""
