"""A round of the canary: through SQL and Redis, and out to the dead-man's switch."""

from datetime import UTC, datetime

import httpx
import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError
from temporalio import activity
from temporalio.exceptions import ApplicationError

from store.errors import StoreError
from store.repositories import Store
from workflows.signatures import CANARY_MARK, CanaryRequest

log = structlog.get_logger()

PATIENCE = 5.0
"""Seconds for each part of the round."""


class Canary:
    """The activity that shows that the engine is alive."""

    def __init__(self, store: Store, redis: Redis, *, deadman_url: str | None) -> None:
        self._store = store
        self._redis = redis
        self._deadman_url = deadman_url

    @activity.defn(name="canary")
    async def canary(self, request: CanaryRequest) -> None:
        """Fly through every part. SQL or Redis alone may be down: an alert would still go out, and so does the ping."""
        now = datetime.now(UTC)
        marks = [await self._mark_sql(request.round, now), await self._mark_redis(now)]
        if not any(marks):
            raise ApplicationError("neither SQL nor Redis took the canary's mark", type="NoMark")
        await self._ping()

    async def _mark_sql(self, flown: int, now: datetime) -> bool:
        try:
            await self._store.canary.flown(flown, now)
        except StoreError as error:
            log.warning("canary: SQL did not answer", error=type(error).__name__)
            return False
        return True

    async def _mark_redis(self, now: datetime) -> bool:
        try:
            await self._redis.set(CANARY_MARK, now.isoformat())
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("canary: Redis did not answer", error=type(error).__name__)
            return False
        return True

    async def _ping(self) -> None:
        if self._deadman_url is None:
            return
        async with httpx.AsyncClient(timeout=PATIENCE) as client:
            try:
                answer = await client.get(self._deadman_url)
            except httpx.HTTPError as error:
                raise ApplicationError(f"dead-man's switch: {type(error).__name__}", type="NoPing") from None
        if answer.is_error:
            raise ApplicationError(f"dead-man's switch answered {answer.status_code}", type="NoPing")
