"""The throttles hold back what was said before, until the phone has had some rest; never what is new."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from redis.asyncio import Redis

from activities import throttle
from activities.throttle import GO, Leave, Throttle
from domain.addressing import Message
from domain.names import Channel, Phase, Risk, Role, Template
from domain.priority import Priority
from domain.sending import AlertRequest
from domain.snapshot import Snapshot
from tests.scenarios.engine_room import running_redis

NOW = datetime(2026, 3, 10, 21, 35, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def redis(tmp_path: Path) -> AsyncIterator[Redis]:
    """A real one."""
    async with running_redis(tmp_path) as url, Redis.from_url(url, decode_responses=True) as running:
        yield running


class Phone:
    """One telephone, and what is to go to it."""

    def __init__(self, redis: Redis, channel: Channel = Channel.SMS) -> None:
        self.throttle = Throttle(redis)
        self.channel = channel
        self.number = 0

    def message(self, template: Template = Template.STILL_OPEN, number: int | None = None) -> Message:
        """A message to it: a new one, unless its number is given."""
        self.number += 1
        return Message(
            notification_id=f"n{number or self.number}",
            person_id="lead",
            channel=self.channel,
            address="+447700900777",
            template=template,
            rung="0",
            code="",
            roles=(Role.SHIFT_LEAD,),
            scheduled_at=NOW,
        )

    async def hears_first(self, at: datetime, alias: str = "Heron-42") -> None:
        """Of a child, for the first time: counted, and nobody is asked."""
        message = self.message(Template.CHECK_NOT_RECORDED)
        asked = request(at, alias, Priority.FIRST)
        assert await self.throttle.ask(asked, [message]) == {}
        await self.throttle.count(asked, [message])

    async def again(
        self, at: datetime, alias: str = "Heron-42", *, episode: int = 1, message: Message | None = None
    ) -> Leave:
        """Of a child, once more."""
        sent = message or self.message()
        answers = await self.throttle.ask(request(at, alias, Priority.AGAIN, episode), [sent])
        return answers.get(sent.notification_id, GO)

    async def waits(self, at: datetime, alias: str = "Heron-42") -> timedelta:
        """How long a repeat at that time has to wait."""
        until = (await self.again(at, alias)).held_until
        return until - at if until else timedelta(0)


def request(at: datetime, alias: str, priority: Priority, episode: int = 1) -> AlertRequest:
    """An alert at an instant of the workflow's clock."""
    return AlertRequest(
        alias=alias,
        home_id="home",
        placing_authority_id="authority",
        timezone="Europe/London",
        delivery=1,
        attempt=0,
        episode=episode,
        priority=priority,
        template=Template.STILL_OPEN,
        due_at=at,
        scheduled_at=at,
        now=at,
        snapshot=Snapshot(alias=alias, as_of_fact=0, as_of=at, phase=Phase.ARRIVAL, risk=Risk.HIGH),
    )


def times(*words: str) -> list[datetime]:
    """Times of one day."""
    return [datetime.fromisoformat(f"2026-03-10T{word}+00:00") for word in words]


EVEN = times(
    "00:00", "00:01", "00:02", "00:15", "00:26:15", "00:37:30", "00:48:45", "01:00", "01:15", "01:30", "01:45",
    "02:00", "02:15", "02:30", "02:45", "03:00", "03:01",
)  # fmt: skip
"""Calls as close to each other as the limits let them be, for three hours."""

STAGGERED = times(
    "02:18:20", "03:34:25", "04:06:25", "04:07:30", "04:08:35", "04:21:28", "04:34:30", "05:27:25", "05:28:33",
    "06:54:40", "07:07:31", "07:16:40", "07:21:30", "07:34:35", "08:19:40", "08:27:28", "08:37:00", "08:38:00",
)  # fmt: skip
"""Calls of a real night, as somebody was rung who kept having to be rung."""


@pytest.mark.parametrize("night", [EVEN, STAGGERED])
async def test_the_nights_that_people_have_borne_are_let_through(redis: Redis, night: list[datetime]) -> None:
    """C80: the two sequences that a peer has recorded: not one of their calls is held back."""
    phone = Phone(redis, Channel.VOICE)

    assert [await phone.again(at) for at in night] == [GO] * len(night)


async def most(phone: Phone, hours: int) -> list[timedelta]:
    """Repeats for hours on end, each as soon as it may go: when they went."""
    at, went = NOW, []
    while at < NOW + timedelta(hours=hours):
        message = phone.message()
        while (leave := await phone.again(at, message=message)).held_until:
            at = leave.held_until
        went.append(at - NOW)
    return went


def in_any(went: Iterable[timedelta], span: timedelta) -> int:
    """The most of them in any time of this length."""
    every = list(went)
    return max(sum(start <= one < start + span for one in every) for start in every)


@pytest.mark.parametrize(("channel", "most_in"), [(Channel.SMS, (1, 5, 11, 21)), (Channel.VOICE, (1, 3, 7, 15))])
async def test_no_phone_gets_more_than_so_many_in_a_minute_a_quarter_an_hour_and_three_hours(
    redis: Redis, channel: Channel, most_in: tuple[int, ...]
) -> None:
    """C80: however much there is to say again; and what is held back is never held for ever."""
    went = await most(Phone(redis, channel), hours=9)
    spans = (MINUTE, 15 * MINUTE, 60 * MINUTE, 180 * MINUTE)

    assert tuple(in_any(went, span) for span in spans) == most_in
    assert max(later - sooner for sooner, later in pairwise(went)) <= 15 * MINUTE


async def test_the_first_message_about_a_child_never_waits(redis: Redis) -> None:
    """C83: a phone that has had all it may have is told of another child at once, and of a new rung."""
    phone = Phone(redis)
    for minute in range(5):
        await phone.again(NOW + minute * MINUTE)
    now = NOW + 5 * MINUTE
    assert await phone.waits(now) > MINUTE

    assert await phone.waits(now, "Otter-17") == timedelta(0), "not even by what counts as a repeat"
    await phone.hears_first(now, "Swift-9")


async def test_what_leaves_without_asking_counts(redis: Redis) -> None:
    """Six first alerts at once: that one of them is over waits until the hour's share has caught up with them."""
    phone = Phone(redis)
    for number in range(6):
        await phone.hears_first(NOW, f"Heron-{number}")

    assert await phone.waits(NOW + MINUTE, "Heron-3") == timedelta(minutes=21.5)


async def test_eight_rounds_of_alarm_and_stand_down_all_arrive(redis: Redis) -> None:
    """C82: 23 minutes apart; each alarm at once, each stand-down at once."""
    phone = Phone(redis)
    for number in range(8):
        at = NOW + number * 23 * MINUTE
        await phone.hears_first(at)
        over = phone.message(Template.STAND_DOWN)
        assert await phone.again(at + timedelta(seconds=20), episode=number + 1, message=over) == GO


async def test_that_it_is_over_waits_for_nothing_and_said_again_for_a_minute(redis: Redis) -> None:
    """A peer holds such messages for twenty minutes. Whoever is out looking for the child is to stop."""
    phone = Phone(redis)
    for minute in range(21):
        await phone.hears_first(NOW + minute * MINUTE)
    at = NOW + 20.5 * MINUTE

    assert await phone.waits(at) > 10 * MINUTE
    assert await phone.again(at, message=phone.message(Template.STAND_DOWN)) == GO
    said_again = await phone.again(at, message=phone.message(Template.STAND_DOWN))
    assert said_again.held_until == at + MINUTE
    assert await phone.again(at, episode=2, message=phone.message(Template.STAND_DOWN)) == GO


@pytest.mark.parametrize("template", [Template.NEIGHBOUR_CANCELLED, Template.NEIGHBOUR_EXPIRED])
async def test_that_a_circular_is_over_waits_for_nothing_once_for_each_circular(
    redis: Redis, template: Template
) -> None:
    """Whoever looks next door is to stop, and to destroy the description, however often their phone has rung."""
    phone = Phone(redis)
    for minute in range(21):
        await phone.hears_first(NOW + minute * MINUTE)
    at = NOW + 20.5 * MINUTE

    assert await phone.waits(at) > 10 * MINUTE
    assert await phone.again(at, message=phone.message(template)) == GO
    assert (await phone.again(at, message=phone.message(template))).held_until == at + MINUTE
    asked = request(at, "Heron-42", Priority.STATUS).model_copy(update={"epoch": 2})
    another = phone.message(template)
    assert (await phone.throttle.ask(asked, [another]))[another.notification_id] == GO


async def test_an_exercise_holds_back_nothing_about_a_child(redis: Redis) -> None:
    """A whole exercise has rung this phone: what is said again of a child waits for none of it, nor joins it."""
    phone = Phone(redis)
    rehearsed = request(NOW, "Exercise-482", Priority.CLIMB).model_copy(update={"exercise": True})
    for _ in range(21):
        await phone.throttle.count(rehearsed, [phone.message(Template.CHECK_NOT_RECORDED)])
    await phone.hears_first(NOW - timedelta(hours=1))

    repeat = rehearsed.model_copy(update={"priority": Priority.AGAIN})
    waiting = phone.message()
    assert (await phone.throttle.ask(repeat, [waiting]))[waiting.notification_id].held_until is not None
    assert await phone.waits(NOW) == timedelta(0)


async def test_the_same_message_asked_again_is_not_counted_again(redis: Redis) -> None:
    """An attempt that died before it could send is not held back by itself."""
    phone = Phone(redis)
    await phone.hears_first(NOW - timedelta(hours=1))
    message = phone.message()

    assert await phone.again(NOW, message=message) == GO
    assert await phone.again(NOW + timedelta(seconds=5), message=message) == GO
    assert await phone.waits(NOW + MINUTE) == timedelta(0)


async def test_an_e_mail_is_not_asked_about(redis: Redis) -> None:
    """It wakes nobody."""
    phone = Phone(redis, Channel.EMAIL)

    assert [await phone.again(NOW) for _ in range(30)] == [GO] * 30


async def test_without_redis_all_is_sent() -> None:
    """Redis holds only what may be lost."""
    async with Redis.from_url("redis://127.0.0.1:1") as away:
        phone = Phone(away)
        await phone.hears_first(NOW)
        assert [await phone.again(NOW) for _ in range(3)] == [GO] * 3
        assert await phone.throttle.outcome_of("n1") is None
        await phone.throttle.tell_riders("n1", "SM1")


async def test_a_redis_that_was_wiped_holds_nothing_back(redis: Redis) -> None:
    """It does not know who has heard of whom: so everybody may hear."""
    phone = Phone(redis)
    await phone.hears_first(NOW)
    await redis.flushall()

    assert await phone.waits(NOW + timedelta(seconds=1)) == timedelta(0)


async def three_wait(phone: Phone) -> dict[str, Message]:
    """Of three children the same phone is to hear once more, and has just been told of them."""
    waiting = {}
    for alias in ("Heron-42", "Otter-17", "Swift-9"):
        await phone.hears_first(NOW, alias)
        waiting[alias] = phone.message()
    for alias, message in waiting.items():
        assert (await phone.again(NOW + timedelta(seconds=20), alias, message=message)).held_until == NOW + MINUTE
    return waiting


async def test_messages_due_together_for_one_phone_become_one(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first to come takes the others along, each with what became of it."""
    monkeypatch.setattr(throttle, "GATHER", 0.3)
    phone = Phone(redis)
    waiting = await three_wait(phone)
    first = await phone.again(NOW + MINUTE, "Heron-42", message=waiting["Heron-42"])
    gathering = asyncio.create_task(phone.throttle.gathered("n2"))
    others = [await phone.again(NOW + MINUTE, alias, message=waiting[alias]) for alias in ("Otter-17", "Swift-9")]

    assert (first.gathers, waiting["Heron-42"].notification_id) == (True, "n2")
    assert [one.carried_by for one in others] == ["n2", "n2"]
    assert await gathering == ["HERON-42", "OTTER-17", "SWIFT-9"]
    outcome = asyncio.create_task(phone.throttle.outcome_of("n2"))
    await phone.throttle.tell_riders("n2", "SM123")
    assert await outcome == "SM123"


async def test_who_comes_after_the_text_has_left_is_not_named_in_it_and_waits(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is counted as told was named."""
    monkeypatch.setattr(throttle, "GATHER", 0.1)
    phone = Phone(redis)
    waiting = await three_wait(phone)
    await phone.again(NOW + MINUTE, "Heron-42", message=waiting["Heron-42"])
    assert await phone.throttle.gathered("n2") == []

    late = await phone.again(NOW + MINUTE, "Swift-9", message=waiting["Swift-9"])
    assert late.held_until == NOW + 2 * MINUTE


async def test_a_text_that_did_not_get_out_has_told_nobody(redis: Redis) -> None:
    """Those it was to take along go on their own."""
    phone = Phone(redis)
    await phone.throttle.tell_riders("n2", None)

    assert await phone.throttle.outcome_of("n2") is None


async def test_other_words_are_not_mixed_into_one_text(redis: Redis) -> None:
    """That one child is still missing and a review of another is due are two messages."""
    phone = Phone(redis)
    await three_wait(phone)
    repeat = await phone.again(NOW + MINUTE, "Heron-42", message=phone.message(Template.MISSING_REVIEW))

    assert repeat == GO
