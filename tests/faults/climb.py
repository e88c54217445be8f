"""A ladder that climbs in seconds, and the reckoning afterwards: who should have heard what, and who did."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import groupby

from domain.facts import FactKind
from domain.names import Role
from simulator.faults import Fault
from simulator.messages import Message
from store.facts import StoredFact
from tests.faults.house import House
from tests.scenarios.story import Home

CLIMB = """
id = "climb"
title = "A rung every six seconds"
demonstration = true

[[check_plan]]
waking = "PT4S"
sleeping = "PT4S"
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
after = "PT7S"
stage = "overdue"
roles = ["key_worker"]
channels = ["sms"]
template = "check_not_recorded"

[[rung]]
anchor = "due"
after = "PT13S"
stage = "overdue"
roles = ["on_call_manager", "shift_lead"]
channels = ["sms"]
template = "check_not_recorded"

[[rung]]
anchor = "due"
after = "PT19S"
stage = "overdue"
roles = ["registered_manager"]
channels = ["sms"]
template = "check_not_recorded"

[[rung]]
anchor = "due"
after = "PT25S"
stage = "overdue"
roles = ["responsible_individual", "shift_lead"]
channels = ["sms"]
template = "check_not_recorded"

[[rung]]
anchor = "due"
after = "PT30M"
stage = "missing"
roles = ["shift_lead", "on_call_manager"]
channels = ["sms", "email"]
template = "call_the_police"
until = "police_reference"
every = "PT5M"
"""
CLIMBING = (
    Role.SHIFT_LEAD,
    Role.KEY_WORKER,
    Role.ON_CALL_MANAGER,
    Role.REGISTERED_MANAGER,
    Role.RESPONSIBLE_INDIVIDUAL,
)
"""Whom the rungs name first, in their order."""
RUNGS = len(CLIMBING)
PATIENCE = 60.0
"""Seconds for what must happen on a machine that has a lot to do besides."""


class Climb:
    """One child whose check nobody records, and the people who hear of it."""

    def __init__(self, house: House, home: Home, alias: str) -> None:
        self.house, self.home, self.alias = house, home, alias

    def number(self, role: Role) -> str:
        """Whose phone."""
        return self.home.phones[role.label].number

    def texts(self, role: Role) -> list[Message]:
        """What has come to somebody's phone."""
        return self.house.simulator.to(self.number(role))

    async def reaches(self, role: Role) -> None:
        """Wait for the first text to them.

        Raises:
            TimeoutError: nobody told them.
        """
        await self.house.simulator.wait_for(to=self.number(role), within=PATIENCE)

    async def meets(self, fault: Fault) -> None:
        """Wait until a request has run into this fault of the provider's.

        Raises:
            TimeoutError: none has.
        """
        async with asyncio.timeout(PATIENCE):
            while not fault.used:  # noqa: ASYNC110 - a fault is counted, and tells nobody
                await asyncio.sleep(0.02)

    async def facts(self) -> list[StoredFact]:
        """What the engine has noted, once the record has it without a gap and the last rung's outcome with it.

        Raises:
            AssertionError: the record stays incomplete.
        """
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while True:
            noted = [one for one in await self.house.room.store.facts.timeline(self.alias) if one.n is not None]
            known = (await self.house.room.services.engine.look(self.alias)).as_of_fact
            if [one.n for one in noted] == list(range(1, known + 1)):
                return noted
            assert asyncio.get_running_loop().time() < deadline, f"{len(noted)} of {known} facts in the record"
            await asyncio.sleep(0.2)

    async def everyone_heard_once(self) -> list[float]:
        """Each rung has fired once, in order, and everybody whom they name has each message once.

        Returns:
            By how many seconds each rung was late.

        Raises:
            AssertionError: somebody was left out or heard twice, or a rung fired twice or out of order.
        """
        facts = await self.facts()
        together = firings(facts)
        assert [fact.data["rung"] for rungs in together for fact in rungs] == list(range(RUNGS))
        assert {role: len(self.texts(role)) for role in CLIMBING} == should_have_heard(together)
        return [self._late(fact) for rungs in together for fact in rungs]

    def _late(self, fired: StoredFact) -> float:
        """By how many seconds the last of those whom a rung names heard of it late."""
        arrivals = [min(one.created for one in self.texts(role) if one.created >= fired.at) for role in named(fired)]
        return (max(arrivals) - fired.at).total_seconds()

    async def child_is_seen(self) -> None:
        """A carer records it, by the web app, and everybody who was alerted is stood down, once.

        Raises:
            AssertionError: somebody was not, or twice.
        """
        before = Counter({role: len(self.texts(role)) for role in CLIMBING})
        await self.home.tried_until_taken(self.alias)
        for role in CLIMBING:
            await self.house.simulator.wait_for(to=self.number(role), containing="stand down", within=PATIENCE)
        await asyncio.sleep(1)
        assert Counter({role: len(self.texts(role)) - before[role] for role in CLIMBING}) == Counter(CLIMBING)


@asynccontextmanager
async def climbing(house: House, *, later: float = 0.0) -> AsyncIterator[Climb]:
    """A child enters care, and the first check is due in seconds; `later`: so many more."""
    await house.publish(CLIMB)
    home = await Home(house.room).open()
    arrived_at = house.room.clock() + timedelta(seconds=later)
    try:
        yield Climb(house, home, await home.admit("climb", arrived_at=arrived_at.isoformat()))
    finally:
        await home.close()


def firings(facts: list[StoredFact]) -> list[list[StoredFact]]:
    """The rungs that fired, those together that fired in the same instant: one message a person."""
    fired = [one for one in facts if one.kind is FactKind.RUNG_FIRED]
    return [list(together) for _, together in groupby(fired, key=lambda one: one.recorded_at)]


def should_have_heard(together: list[list[StoredFact]]) -> Counter[Role]:
    """How many messages each role's holder is owed."""
    owed: Counter[Role] = Counter()
    for rungs in together:
        owed.update({role for fact in rungs for role in named(fact)})
    return owed


def named(fired: StoredFact) -> list[Role]:
    """Whom a rung names."""
    return [Role(str(role)) for role in fired.data["roles"]]  # type: ignore[union-attr]
