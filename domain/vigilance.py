"""When the watchdog barks: judged here, looked at and told by its own process."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.names import Stage
from domain.snapshot import EpisodeSnapshot, Snapshot

CANARY_SILENT = timedelta(minutes=3)
"""A canary flies every minute; three minutes without one and the engine may not be alerting."""

INTENT_STUCK = timedelta(seconds=60)
"""What a person reported waits to be delivered."""

CHECK_FORGOTTEN = timedelta(seconds=60)
"""A check is overdue and no ladder runs."""

LADDER_STUCK = timedelta(minutes=5)
"""A ladder should have done something by itself, and has not."""

AGAIN = timedelta(minutes=15)
"""How often it barks while nothing changes."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What the watchdog sees at an instant. None: it could not look there."""

    canary_at: datetime | None
    oldest_intent_at: datetime | None
    forgotten: tuple[str, ...]
    """Aliases whose check is overdue with no ladder running."""
    stuck: tuple[str, ...] = ()
    """Aliases of which an episode is open whose ladder stands still."""
    complete: bool = True
    """It could look everywhere."""


def worries(sight: Sight, since: datetime, now: datetime) -> tuple[str, ...]:
    """What is wrong, in one word each; `since` is when the watchdog began to look."""
    found = []
    if now - max(sight.canary_at or since, since) >= CANARY_SILENT:
        found.append("canary")
    if sight.oldest_intent_at is not None and now - sight.oldest_intent_at >= INTENT_STUCK:
        found.append("intents")
    if sight.forgotten:
        found.append("checks")
    if sight.stuck:
        found.append("ladders")
    return tuple(found)


def is_forgotten(seen: Snapshot, now: datetime) -> bool:
    """Whether a check is overdue and no ladder runs. An episode that waits to be closed after a return runs none."""
    climbing = any(one.ending is None and one.stage is not Stage.RETURNED for one in seen.episodes)
    return seen.overdue_at is not None and now - seen.overdue_at >= CHECK_FORGOTTEN and not climbing


def is_stuck(seen: Snapshot, now: datetime) -> bool:
    """Whether an episode is open whose ladder should have acted by itself five minutes ago, and has not."""
    times = [_acts_at(one) for one in seen.episodes if one.ending is None]
    return any(at is not None and now - at >= LADDER_STUCK for at in times)


def _acts_at(episode: EpisodeSnapshot) -> datetime | None:
    """When the ladder does something next, if nobody does anything; whoever has it in hand holds it back until then."""
    if episode.stage in (Stage.AWAY, Stage.LOCATED):
        return episode.expected_back_by
    times = [at for at in (episode.next_rung_at, episode.again_at) if at is not None]
    if not times:
        return None
    return max(min(times), episode.held_until) if episode.held_until is not None else min(times)


@dataclass(frozen=True, slots=True)
class Bark:
    """What it has said."""

    worried_since: datetime | None = None
    last_at: datetime | None = None
    about: tuple[str, ...] = ()


def must_warn(bark: Bark, about: tuple[str, ...], now: datetime) -> bool:
    """Whether to warn now: something new is wrong, or it has been wrong for long since the last warning."""
    if not about:
        return False
    return bark.last_at is None or not set(about) <= set(bark.about) or now - bark.last_at >= AGAIN


def must_reassure(bark: Bark, about: tuple[str, ...], sight: Sight) -> bool:
    """Whether those who were warned are to hear that it is over: never by one who could not look."""
    return not about and bark.last_at is not None and sight.complete
