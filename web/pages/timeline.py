"""An episode's timeline: the facts as sentences, each message with what became of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from domain.facts import FactKind
from domain.names import Channel
from domain.story import clock, sentence
from store.facts import StoredFact
from store.notifications import NotificationRow
from web.pages.reading import Names

CHANNELS = {Channel.SMS: "text", Channel.VOICE: "call", Channel.EMAIL: "e-mail"}

DELIVERY = {
    "pending": "on its way",
    "unavailable": "not taken by the provider",
    "unknown": "not known whether it went out",
    "accepted": "taken by the provider",
    "scheduled": "taken by the provider",
    "queued": "taken by the provider",
    "sending": "being sent",
    "sent": "sent",
    "delivered": "delivered",
    "read": "opened",
    "undelivered": "not delivered",
    "failed": "failed",
    "canceled": "cancelled",
    "undeliverable": "can't be delivered",
    "no_channel": "no address",
}
LATE_RUNG, LATE_REPORT = timedelta(seconds=5), timedelta(minutes=1)
"""From so much on the other time is told as well."""

FAILED = frozenset({"undelivered", "failed", "canceled", "undeliverable", "no_channel", "unavailable"})

MESSAGES = frozenset(
    {FactKind.MESSAGE_ACCEPTED, FactKind.MESSAGE_FAILED, FactKind.MESSAGE_GIVEN_UP, FactKind.MESSAGE_HELD}
)
ALARMING = frozenset(
    {
        FactKind.CHECK_OVERDUE,
        FactKind.REPORTED_NOT_HERE,
        FactKind.LEASE_ENDED,
        FactKind.RUNG_REACHED_NOBODY,
        FactKind.RUNG_REACHED_UNVERIFIED,
        FactKind.NOT_BACK_WHEN_EXPECTED,
        FactKind.CONFIRMED_MISSING,
        FactKind.MESSAGE_FAILED,
        FactKind.MESSAGE_GIVEN_UP,
        FactKind.CHANNEL_OUT,
        FactKind.CIRCULATION_NOT_ACKNOWLEDGED,
        FactKind.CIRCULATION_EXPIRED,
    }
)
GOOD = frozenset({FactKind.RETURNED, FactKind.LOCATED, FactKind.STOOD_DOWN, FactKind.EPISODE_ENDED, FactKind.TAKEN})


class Weight(StrEnum):
    """How an entry looks; its words say the same."""

    ALARM = "alarm"
    GOOD = "good"
    MESSAGE = "message"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the story."""

    at: datetime
    """When it happened; for what the engine did: when it did it."""
    words: str
    weight: Weight
    channel: str = ""
    delivery: str = ""
    """What became of the message, in words."""
    failed: bool = False
    note: str = ""
    """If it was planned for, or recorded at, another time than it stands at."""


def of_episode(facts: Sequence[StoredFact], number: int) -> list[StoredFact]:
    """The facts that tell an episode: its own, and those of the placement that fell into it."""
    own = [place for place, fact in enumerate(facts) if fact.episode == number]
    if not own:
        return []
    first = own[0] - 1 if own[0] and facts[own[0] - 1].kind is FactKind.CHECK_OVERDUE else own[0]
    ends = [place for place in own if facts[place].kind is FactKind.EPISODE_ENDED]
    last = ends[-1] if ends else len(facts)
    return [
        fact
        for place, fact in enumerate(facts)
        if fact.episode == number or (fact.episode is None and first <= place <= last)
    ]


def entries(facts: Iterable[StoredFact], messages: Iterable[NotificationRow], names: Names) -> list[Entry]:
    """The story, oldest first."""
    became = {message.notification_id: message for message in messages}
    return [_entry(fact, became.get(str(fact.data.get("notification", ""))), names) for fact in facts]


def _entry(fact: StoredFact, message: NotificationRow | None, names: Names) -> Entry:
    by_engine = fact.actor.via == "engine"
    return Entry(
        at=fact.recorded_at if by_engine else fact.at,
        words=sentence(fact, names),
        weight=_weight(fact.kind),
        channel=CHANNELS[message.channel] if message else "",
        delivery=DELIVERY.get(message.status, message.status) if message else "",
        failed=message is not None and message.status in FAILED,
        note=_other_time(fact, by_engine=by_engine),
    )


def _other_time(fact: StoredFact, *, by_engine: bool) -> str:
    """A rung that was held back says when it was planned; a check that was sent late says when it came."""
    apart = abs(fact.recorded_at - fact.at)
    if by_engine and fact.kind is FactKind.RUNG_FIRED and apart > LATE_RUNG:
        return f"planned for {clock(fact.at, beside=fact.recorded_at)}"
    if not by_engine and apart > LATE_REPORT:
        return f"recorded at {clock(fact.recorded_at, beside=fact.at)}"
    return ""


def _weight(kind: FactKind) -> Weight:
    if kind in ALARMING:
        return Weight.ALARM
    if kind in GOOD:
        return Weight.GOOD
    return Weight.MESSAGE if kind in MESSAGES else Weight.PLAIN
