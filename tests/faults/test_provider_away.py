"""A provider that throttles, is unavailable or hangs, for a minute (`make test-faults`)."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from statistics import median

import pytest

from domain.names import Channel
from simulator.faults import FaultKind
from simulator.messages import Message
from tests.faults.burst import Burst, address
from tests.faults.house import POSTGRESQL, SQLITE, House

pytestmark = pytest.mark.timeout(400)
type_of_record = Callable[[str, object], None]

A_MINUTE = timedelta(minutes=1)
SAID_AND_REFUSED = timedelta(seconds=9)
"""An alert that hangs for its eight seconds."""
BACK_WITHIN = 10.0
"""Seconds from the provider's return in which the last one must have heard."""

PATIENCE = 60.0
"""Seconds after which nobody waits for the last one any more, however late it is."""

SAID_AGAIN = """
id = "said-again"
title = "Everything at once, and again every minute"
demonstration = true

[[check_plan]]
waking = "PT5S"
sleeping = "PT5S"
grace = "PT1S"

[[rung]]
anchor = "due"
after = "PT1S"
stage = "missing"
roles = ["shift_lead"]
channels = ["sms"]
template = "call_the_police"
until = "police_reference"
every = "PT60S"
"""


@asynccontextmanager
async def away(house: House, kind: FaultKind, channel: Channel) -> AsyncIterator[None]:
    """The provider takes no message of this kind, and can't be asked for one either, until its return."""
    faults = [house.simulator.fault(kind, channel=channel.value, on=on) for on in ("send", "find")]
    yield
    for fault in faults:
        house.simulator.faults.remove(fault.id)


@pytest.mark.parametrize(
    ("kind", "channel", "database_url"),
    [
        (FaultKind.THROTTLE, Channel.SMS, SQLITE),
        (FaultKind.UNAVAILABLE, Channel.SMS, SQLITE),
        (FaultKind.HANG, Channel.SMS, SQLITE),
        (FaultKind.HANG, Channel.SMS, POSTGRESQL),
        (FaultKind.HANG, Channel.EMAIL, SQLITE),
    ],
    indirect=["database_url"],
)
async def test_a_minute_without_a_provider(
    house: House, kind: FaultKind, channel: Channel, record_property: type_of_record
) -> None:
    """Who has another channel hears by it meanwhile; the others within ten seconds of the return, first words first.

    Of five children people have been told before, and are to be told again in that minute: that goes last.
    """
    other = Channel.EMAIL if channel is Channel.SMS else Channel.SMS
    told_before = Burst(house, 5, ((channel,),), policy=SAID_AGAIN, series=1)
    first = Burst(house, 15, ((channel,),), series=2)
    with_another = Burst(house, 15, ((channel, other),), series=3)
    second = Burst(house, 15, ((channel,),), series=4)
    await told_before.arrives()
    await told_before.texts(told_before.size)
    async with away(house, kind, channel):
        went_at = datetime.now(UTC)
        for burst in (first, with_another, second):
            await burst.arrives(later=1)
        until = max(went_at + A_MINUTE, told_before.overdue_at + A_MINUTE + SAID_AND_REFUSED)
        await asyncio.sleep((until - datetime.now(UTC)).total_seconds())
    back_at = datetime.now(UTC)
    assert second.overdue_at + SAID_AND_REFUSED < back_at, "the machine was too slow for this"
    async with asyncio.timeout(PATIENCE):
        for burst, messages in ((first, first.size), (second, second.size), (told_before, 2 * told_before.size)):
            while len(burst.received()) < messages:  # noqa: ASYNC110 - as in `Burst.texts`, counted from the return
                await asyncio.sleep(0.02)
    await asyncio.sleep(BACK_WITHIN)

    meanwhile = one_each(house, [address(other, number) for number in with_another.numbers])
    assert all(one.created < back_at for one in meanwhile)
    new = [*first.received(), *second.received()]
    again = told_before.received()[told_before.size :]
    assert min(one.created for one in (*new, *again)) >= back_at
    told, repeated = after(first_of_each(new), back_at), after(again, back_at)
    assert told[-1] < repeated[0], f"first words first: {told}, then {repeated}"
    due_first, due_later = (median(after(first_of_each(one.received()), back_at)) for one in (first, second))
    assert due_first < due_later, "and of these who was due first"
    seconds = max(told[-1], *after(first_of_each(again), back_at))
    assert seconds <= BACK_WITHIN
    assert doubled([*new, *again, *meanwhile, *with_another.received()]) == 0
    soon = (max(one.created for one in meanwhile) - with_another.overdue_at).total_seconds()
    record_property(
        "fault",
        f"{channel.value} away for {(back_at - went_at).total_seconds():.0f} s ({kind.value}): {len(meanwhile)} told "
        f"by {other.value} at most {soon:.1f} s after they were due; 30 others and 5 repeats {seconds:.1f} s "
        "after its return, first words first; 0 lost, 0 doubled",
    )


def one_each(house: House, addresses: Sequence[str]) -> list[Message]:
    """The one message that has come to each.

    Raises:
        AssertionError: somebody has none, or several.
    """
    messages = [house.simulator.to(one) for one in addresses]
    assert {len(each) for each in messages} == {1}
    return [each[0] for each in messages]


def first_of_each(messages: Sequence[Message]) -> list[Message]:
    """The first message to each phone."""
    return list({one.to: one for one in sorted(messages, key=lambda one: one.index, reverse=True)}.values())


def after(messages: Sequence[Message], instant: datetime) -> list[float]:
    """By how many seconds each came after it, the soonest first."""
    return sorted(round((one.created - instant).total_seconds(), 2) for one in messages)


def doubled(messages: Sequence[Message]) -> int:
    """How many messages were taken twice: each carries its mark or its link."""
    return len(messages) - len({(one.to, one.subject, one.body) for one in messages})
