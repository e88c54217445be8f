"""The watchdog: its own process, with its own connection to the providers.

Everything else here could stand still and it would still notice: it looks at the canary's last round, at reports that
wait to be delivered, at checks that are overdue while no ladder runs, and at ladders that stand still. It pages the
people it is told to, says it again every quarter of an hour, and says when it is over.
"""

import asyncio
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from config.keys import KeyRing
from config.logging import configure_logging
from config.settings import Settings, SettingsError
from domain import messages, vigilance
from domain.addressing import notification_id, tag
from domain.exercise import is_exercise
from domain.messages import Situation
from domain.names import Channel, Template
from domain.snapshot import Snapshot
from domain.vigilance import Bark, Sight
from engine.client import connect
from engine.errors import EngineError, NoSuchPlacement
from engine.facade import Engine
from notifiers.errors import NotifierError
from notifiers.interface import Notification
from notifiers.registry import Notifiers, from_settings
from store.errors import StoreError
from store.repositories import Store
from workflows.signatures import CANARY_MARK

log = structlog.get_logger()

EVERY = 10.0
"""Seconds between two looks."""

PATIENCE = 3.0
"""Seconds for each place it looks at."""

ZONE = ZoneInfo("Europe/London")
VALID_FOR = timedelta(minutes=30)
T = TypeVar("T")
type_of_judgement = Callable[[Snapshot, datetime], bool]


@dataclass
class Watchdog:
    """Looks, judges by `domain.vigilance`, and tells."""

    store: Store
    redis: Redis
    engine: Engine
    notifiers: Notifiers
    contacts: tuple[str, ...]
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    bark: Bark = field(default_factory=Bark)
    since: datetime | None = None
    canary_at: datetime | None = None
    """The canary's last round that was seen."""

    async def look(self) -> tuple[str, ...]:
        """Look once, and warn or reassure; returns what is wrong."""
        now = self.clock()
        self.since = self.since or now
        sight = await self._sight(now)
        about = vigilance.worries(sight, self.since, now)
        if vigilance.must_warn(self.bark, about, now):
            started = self.bark.worried_since or now
            log.error("watchdog: the engine may not be working", about=about)
            await self._tell(Template.SYSTEM_WARNING, started, now)
            self.bark = Bark(worried_since=started, last_at=now, about=about)
        elif vigilance.must_reassure(self.bark, about, sight):
            log.warning("watchdog: it works again")
            await self._tell(Template.SYSTEM_RECOVERED, now, now)
            self.bark = Bark()
        return about

    async def _sight(self, now: datetime) -> Sight:
        rounds = [await self._ask(self.store.canary.last(timeout=PATIENCE)), await self._redis_round(), self.canary_at]
        # What was seen before is not unseen because both stores stumble once.
        self.canary_at = max((at for at in rounds if at), default=None)
        overdue = await self._ask(self.store.placements.overdue(now, vigilance.CHECK_FORGOTTEN, timeout=PATIENCE))
        climbing = await self._ask(self.store.placements.climbing(timeout=PATIENCE))
        # An exercise that stands still is no child whom nobody looks for: it is not worth waking an operator for.
        overdue = None if overdue is None else [alias for alias in overdue if not is_exercise(alias)]
        climbing = None if climbing is None else [seen for seen in climbing if not is_exercise(seen.alias)]
        still = [seen.alias for seen in climbing or [] if vigilance.is_stuck(seen, now)]
        return Sight(
            canary_at=self.canary_at,
            oldest_intent_at=await self._ask(self.store.intents.oldest_queued_at(timeout=PATIENCE)),
            forgotten=await self._confirmed(overdue or [], vigilance.is_forgotten, now),
            stuck=await self._confirmed(still, vigilance.is_stuck, now),
            complete=overdue is not None and climbing is not None,
        )

    async def _confirmed(self, aliases: list[str], is_so: type_of_judgement, now: datetime) -> tuple[str, ...]:
        """Those of which the engine itself says so: the store's picture may be old.

        Side by side: an engine that does not answer is not to hold up the bark, however many there are.
        """
        found = await asyncio.gather(*(self._says_so(alias, is_so, now) for alias in aliases))
        return tuple(alias for alias, so in zip(aliases, found, strict=True) if so)

    async def _says_so(self, alias: str, is_so: type_of_judgement, now: datetime) -> bool:
        """No answer counts as yes."""
        try:
            seen = await self.engine.look(alias)
        except NoSuchPlacement:
            return False
        except EngineError:
            return True
        with suppress(StoreError):
            await self.store.facts.insert(alias, [], seen, timeout=PATIENCE)
        return is_so(seen, now)

    async def _ask(self, question: Awaitable[T]) -> T | None:
        try:
            return await question
        except StoreError as error:
            log.warning("watchdog: the store did not answer", error=type(error).__name__)
            return None

    async def _redis_round(self) -> datetime | None:
        try:
            mark = await self.redis.get(CANARY_MARK)
        except (RedisError, OSError, TimeoutError):
            return None
        return datetime.fromisoformat(str(mark)) if mark else None

    async def _tell(self, template: Template, at: datetime, now: datetime) -> None:
        await asyncio.gather(*(self._tell_one(template, address, at, now) for address in self.contacts))

    async def _tell_one(self, template: Template, address: str, at: datetime, now: datetime) -> None:
        channel = Channel.EMAIL if "@" in address else Channel.SMS
        notifier = self.notifiers.get(channel)
        if notifier is None:
            return
        identity = notification_id(f"watchdog/{template}/{address}/{now.isoformat()}", now)
        words = Situation(template=template, reference="WATCHDOG", at=f"{at.astimezone(ZONE):%H:%M}", tag=tag(identity))
        email = channel is Channel.EMAIL
        notice = Notification(
            notification_id=identity,
            address=address,
            text=messages.email(words) if email else messages.sms(words),
            subject=messages.subject(words),
            fingerprint=f"#{words.tag}",
            valid_for=VALID_FOR,
        )
        try:
            await notifier.send(notice)
        except NotifierError as error:
            log.error("watchdog: a warning was not taken", channel=channel, failure=type(error).__name__)  # noqa: TRY400


async def run(settings: Settings, stop: asyncio.Event) -> None:
    """Look every ten seconds until told to stop."""
    keys = KeyRing.parse(settings.encryption_keys)
    client = await connect(keys, lazy=True)
    store = Store.open(settings.database_url, keys)
    notifiers = from_settings(settings)
    async with Redis.from_url(settings.redis_url, decode_responses=True, socket_timeout=2) as redis:
        watchdog = Watchdog(store, redis, Engine(client), notifiers, settings.watchdog_contacts)
        log.info("watchdog looking", contacts=len(settings.watchdog_contacts))
        try:
            while not stop.is_set():
                await watchdog.look()
                with suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), EVERY)
        finally:
            await notifiers.close()
            await store.close()


async def _until_signalled(settings: Settings) -> None:
    stop = asyncio.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    await run(settings, stop)


def main() -> None:
    """Start the watchdog, or say in one line why not."""
    try:
        settings = Settings.load()
    except SettingsError as error:
        sys.exit(f"goldenhour watchdog: {error}")
    configure_logging(settings.log_format)
    asyncio.run(_until_signalled(settings))
