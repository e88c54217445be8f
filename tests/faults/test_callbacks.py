"""What providers report, twice, backwards, late and forged: in two homes the same night, and in one of them all that.

Whatever the reports of the troubled home, its record and its people's phones are as those of the quiet one.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.facts import FactKind
from domain.names import Channel
from simulator.faults import FaultKind
from store.facts import StoredFact
from tests.faults.callbacks import Tape, forged_as_counted, nothing_more_comes
from tests.faults.house import House
from tests.scenarios.story import Home

ALL_WAYS = """
id = "all-ways"
title = "A rung every two seconds, each on another channel"
demonstration = true

[lease]
first = "PT60S"

[[check_plan]]
waking = "PT5M"
sleeping = "PT5M"
grace = "PT1S"

[[rung]]
anchor = "due"
after = "PT1S"
stage = "overdue"
roles = ["shift_lead"]
channels = ["sms"]
template = "check_not_recorded"

[[rung]]
anchor = "due"
after = "PT3S"
stage = "overdue"
roles = ["key_worker"]
channels = ["sms"]
template = "check_not_recorded"

[[rung]]
anchor = "due"
after = "PT5S"
stage = "overdue"
roles = ["on_call_manager"]
channels = ["voice"]
template = "check_not_recorded"

[[rung]]
anchor = "due"
after = "PT7S"
stage = "overdue"
roles = ["registered_manager"]
channels = ["email"]
template = "check_not_recorded"

[[rung]]
anchor = "due"
after = "PT9S"
stage = "overdue"
roles = ["responsible_individual"]
channels = ["voice"]
template = "check_not_recorded"

[[rung]]
anchor = "due"
after = "PT60M"
stage = "missing"
roles = ["shift_lead"]
channels = ["sms"]
template = "call_the_police"
until = "police_reference"
every = "PT60M"
"""
A_CHECK, DUE_IN = timedelta(minutes=5), timedelta(seconds=8)
"""The second check is due soon, and the next one long after the night."""
PATIENCE = 60.0
IDS = frozenset(
    {
        "notification",
        "home",
        "received_at",
        "person",
        "at",
        "until",
        "due_at",
        "scheduled_at",
        "late",
        "next_at",
        "expires_at",
    }
)
"""What differs from one child to the next though the same has happened."""


class Night:
    """One home's night: a text arrives, one does not, a call is not answered, a mail comes back, a call is taken."""

    def __init__(self, house: House, home: Home) -> None:
        self.house, self.home, self.alias = house, home, ""

    @property
    def addresses(self) -> frozenset[str]:
        """Every number and mailbox of the home's people."""
        return frozenset(way for phone in self.home.phones.all() for way in (phone.number, phone.mailbox))

    async def falls(self) -> None:
        """The child is admitted, and the phones do what they do tonight."""
        phones, simulator = self.home.phones, self.house.simulator
        simulator.fault(FaultKind.UNDELIVERED, phones["key worker"].number, code=30003, channel="sms")
        await phones["on-call manager"].can_be_rung("no_answer")
        simulator.fault(FaultKind.UNDELIVERED, phones["registered manager"].mailbox)
        await phones["responsible individual"].can_be_rung("answer", keys="1")
        now = datetime.now(UTC)
        self.alias = await self.home.admit("all-ways", arrived_at=(now - 2 * A_CHECK).isoformat())
        await self.home.check_in(self.alias, seen_at=(datetime.now(UTC) - A_CHECK + DUE_IN).isoformat())

    async def is_over(self) -> None:
        """It is taken by a key, asked for by a text, and the child is seen."""
        lead, worker = self.home.phones["shift lead"], self.home.phones["key worker"]
        text = await lead.expects("check not recorded", within=PATIENCE)
        await worker.expects("check not recorded", channel=Channel.EMAIL, within=PATIENCE)
        await self.home.phones["responsible individual"].is_rung("[1 pressed]", "you have it until", within=PATIENCE)
        assert "already taken by responsible individual" in await text.replies("Y CODE")
        await self.home.tried_until_taken(self.alias)
        async with asyncio.timeout(PATIENCE):
            while FactKind.STOOD_DOWN not in {one.kind for one in await self.facts()}:  # noqa: ASYNC110
                await asyncio.sleep(0.2)

    async def facts(self) -> list[StoredFact]:
        """The whole record of the child, once it has no gap.

        Raises:
            AssertionError: it stays incomplete.
        """
        async with asyncio.timeout(PATIENCE):
            while True:
                facts = await self.house.room.store.facts.timeline(self.alias)
                known = (await self.house.room.services.engine.look(self.alias)).as_of_fact
                if len([one for one in facts if one.n is not None]) == known:
                    return facts
                await asyncio.sleep(0.2)

    async def happened(self) -> Counter[str]:
        """What is in the record, how often, without what differs from child to child."""
        return Counter(f"{one.kind} {self._told(one.data)}" for one in await self.facts())

    def _told(self, data: dict[str, Any]) -> str:
        roles = {phone.person_id: phone.role.value for phone in self.home.phones.all()}
        told = {name: value for name, value in data.items() if name not in IDS}
        return str(sorted({**told, "who": roles.get(str(data.get("person")), "")}.items()))

    def rang(self) -> Counter[tuple[str, str, str]]:
        """How often which phone got what."""
        simulator = self.house.simulator
        return Counter(
            (phone.role.value, one.kind, one.body.split(":")[1][:20] if one.kind == "sms" else one.subject[-10:])
            for phone in self.home.phones.all()
            for way in (phone.number, phone.mailbox)
            for one in simulator.to(way)
            if self.alias.upper() in one.subject + one.body or one.kind == "voice"
        )

    async def stands(self) -> list[tuple[str, str, str | None]]:
        """What is known of each message."""
        rows = await self.house.room.store.notifications.for_episode(self.alias, 1)
        return sorted((one.notification_id, one.status, one.error_code) for one in rows)


@pytest.mark.timeout(300)
async def test_reports_twice_backwards_late_and_forged_change_nothing(
    house: House, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    """Of texts, calls and e-mails, and the texts that people send. What is forged is refused and counted."""
    await house.publish(ALL_WAYS)
    quiet, troubled = Night(house, await Home(house.room).open()), Night(house, await Home(house.room).open())
    tape = Tape(house.simulator, monkeypatch)
    for address in troubled.addresses:
        house.simulator.fault(FaultKind.DUPLICATE_CALLBACKS, address)
        house.simulator.fault(FaultKind.OUT_OF_ORDER_CALLBACKS, address)
    tape.forged_for = troubled.addresses
    before = await forged_as_counted(house.room.url)
    try:
        await quiet.falls()
        await troubled.falls()
        await quiet.is_over()
        await troubled.is_over()
        await nothing_more_comes(house.simulator)
        assert await troubled.happened() == await quiet.happened()
        assert troubled.rang() == quiet.rang()

        facts, stands, messages = await troubled.facts(), await troubled.stands(), len(house.simulator.messages)
        late = [post for post in reversed(tape.to(troubled.addresses)) for _ in range(2)]
        answers = Counter([await tape.again(post) for post in late])
        await asyncio.gather(*(tape.forge(post) for post in tape.to(troubled.addresses)))
        assert set(answers) <= {200, 204}
        assert await nothing_more_comes(house.simulator) == messages
        assert await troubled.facts() == facts
        assert await troubled.stands() == stands
        assert {status for _, status in tape.forged} == {403}
        assert await forged_as_counted(house.room.url) - before == tape.refusals
        record_property(
            "fault",
            f"{len(tape.to(troubled.addresses))} callbacks doubled and backwards, all again {answers.total()} times "
            f"when it was over: no wrong state; {len(tape.forged)} forged: all 403, {tape.refusals} requests counted",
        )
    finally:
        await quiet.home.close()
        await troubled.home.close()
    assert FactKind.EPISODE_ENDED in {one.kind for one in facts}
