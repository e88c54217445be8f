"""What the web app stands on, handed to every route: made once at start-up, closed at the end."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from redis.asyncio import Redis

from config.keys import KeyRing
from config.settings import Settings
from engine.facade import Engine
from store.repositories import Store


def real_time() -> datetime:
    """The time of day, UTC."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Services:
    """The parts behind the pages and the API."""

    settings: Settings
    keys: KeyRing
    store: Store
    engine: Engine
    redis: Redis
    clock: Callable[[], datetime] = field(default=real_time)
    """Tests give the engine's virtual time here."""
