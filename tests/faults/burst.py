"""Many children whose checks fall overdue at one instant, each with a shift lead of their own."""

import asyncio
import tomllib
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx

from domain.names import Channel, Role
from simulator.messages import Message
from store.authorities import Authority
from store.homes import Home
from store.people import HeldRole, Person, PersonContact
from tests.faults.house import House

BURST = """
id = "burst"
title = "One check five seconds after arrival, and nothing else for an hour"
demonstration = true

[[check_plan]]
waking = "PT5S"
sleeping = "PT5S"
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
after = "PT60M"
stage = "missing"
roles = ["shift_lead"]
channels = ["sms"]
template = "call_the_police"
until = "police_reference"
every = "PT60M"
"""
OVERDUE_AFTER = timedelta(seconds=6)
"""From arrival to the first text."""
A_SECOND = 8
"""How many children are admitted in a second, on a machine that is busy."""
CALLERS = 8
PATIENCE = 90.0
"""Seconds in which the last shift lead must have heard."""
QUIET = 8.0
"""Seconds after the last one in which a second text to anybody would still come: a retry comes after five."""
FAR = datetime.max.replace(tzinfo=UTC)


@dataclass
class Burst:
    """Children, and the phones of those who are to hear: where each is reached first."""

    house: House
    size: int
    ways: tuple[tuple[Channel, ...], ...] = ((Channel.SMS,),)
    """By which each shift lead is reached, in their order; one after the other has the next of these."""
    one_child: bool = False
    """All of them are the shift leads of one home, with one child in it."""
    policy: str = BURST
    series: int = 0
    """Which burst of its house it is, if there are several: their homes and numbers differ."""
    phones: list[str] = field(default_factory=list)
    homes: list[str] = field(default_factory=list)
    overdue_at: datetime = FAR

    async def arrives(self, *, later: float = 5.0) -> None:
        """All children enter care, due at the same instant: arrival is entered a little ahead of its time.

        Args:
            later: seconds that are left for the admissions, besides those that they usually take.
        """
        await self.house.publish(self.policy)
        placing = await self._homes_with_a_shift_lead_each()
        token = await self._manager_of_all()
        arrival = datetime.now(UTC) + timedelta(seconds=later + self.size / A_SECOND)
        self.overdue_at = arrival + OVERDUE_AFTER
        bodies = [
            {
                "home_id": home,
                "placing_authority_id": placing,
                "policy_id": tomllib.loads(self.policy)["id"],
                "arrived_at": arrival.isoformat(),
            }
            for home in self.homes
        ]
        turns = asyncio.Semaphore(CALLERS)
        async with httpx.AsyncClient(base_url=self.house.room.url, timeout=20) as web:
            await asyncio.gather(*(_admit(web, turns, token, body) for body in bodies))

    async def texts(self, count: int) -> None:
        """Wait until so many texts have come.

        Raises:
            TimeoutError: they have not.
        """
        waits = (self.overdue_at - datetime.now(UTC)).total_seconds() + PATIENCE
        async with asyncio.timeout(waits):
            while len(self.received()) < count:  # noqa: ASYNC110 - simpler than an event for each
                await asyncio.sleep(0.02)

    async def everyone_heard_once(self, *, quiet: float = QUIET) -> float:
        """Nobody was left out, and nobody heard twice, also when every retry has had its time.

        Returns:
            How many seconds after the deadline the last one heard.

        Raises:
            AssertionError: somebody was left out, or heard twice.
        """
        heard = await self.everyone_heard(quiet=quiet)
        twice = [phone for phone, times in heard.items() if times > 1]
        assert not twice, f"{len(twice)} of {self.size} heard twice"
        return (max(one.created for one in self.received()) - self.overdue_at).total_seconds()

    async def everyone_heard(self, *, quiet: float = QUIET) -> Counter[str]:
        """How often each phone rang; nobody was left out. `quiet`: seconds in which a second text would still come.

        Raises:
            AssertionError: somebody was.
        """
        with suppress(TimeoutError):
            await self.texts(self.size)
        await asyncio.sleep(quiet)
        heard = Counter(one.to for one in self.received())
        lost = set(self.phones) - set(heard)
        assert not lost, f"{len(lost)} of {self.size} were never told"
        return heard

    def received(self) -> list[Message]:
        """What has come to these phones, in the order in which the provider took it."""
        mine = set(self.phones)
        return [message for message in self.house.simulator.messages if message.to in mine]

    @property
    def numbers(self) -> range:
        """Of the shift leads: each has a phone and a mailbox of their own."""
        return range(self.series * 1000, self.series * 1000 + self.size)

    async def _homes_with_a_shift_lead_each(self) -> str:
        directory = self.house.room.store.directory
        host = await directory.create_authority(Authority(name=f"Host {self.series}", kind="local_authority"))
        placing = await directory.create_authority(Authority(name=f"Placing {self.series}", kind="local_authority"))
        for number in range(1 if self.one_child else self.size):
            home = await directory.create_home(
                Home(code=f"H{self.series}-{number}", name="Gooseberryhouse", authority_id=host.id, demonstration=True)
            )
            self.homes.append(home.id)
        for number in self.numbers:
            ways = self.ways[number % len(self.ways)]
            await directory.create_person(
                Person(
                    name="Test shift lead",
                    roles=(
                        HeldRole(Role.SHIFT_LEAD, home_id=self.homes[(number - self.numbers[0]) % len(self.homes)]),
                    ),
                    contacts=tuple(
                        PersonContact(way, address(way, number), verified_at=datetime.now(UTC)) for way in ways
                    ),
                )
            )
            self.phones.append(address(ways[0], number))
        return placing.id

    async def _manager_of_all(self) -> str:
        """One person who may admit everywhere, and whom no rung names."""
        held = tuple(HeldRole(Role.REGISTERED_MANAGER, home_id=home) for home in self.homes)
        store = self.house.room.store
        person = await store.directory.create_person(Person(name="Test manager", roles=held, contacts=()))
        return await store.tokens.create(person.id, "burst", by="tests")


def address(way: Channel, number: int) -> str:
    """Where a shift lead is reached: texts and calls come to one phone."""
    return f"lead.{number}@example.org" if way is Channel.EMAIL else f"+447700{number:06}"


async def _admit(web: httpx.AsyncClient, turns: asyncio.Semaphore, token: str, body: dict[str, str]) -> None:
    """Admit one child, again with the same key until the engine itself has answered."""
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": body["home_id"]}
    async with turns:
        while (answer := await web.post("/api/v1/placements", json=body, headers=headers)).status_code != 201:
            assert answer.status_code in {202, 503}, answer.text  # queued; or "try again in a moment"
            await asyncio.sleep(0.2)
