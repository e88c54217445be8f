"""Homes with their people and children, made for a measurement and spoken to as carers do: over HTTP."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from benchmarks.installation import Installation, MeasurementFailed
from config.policy import built_in
from domain.names import Channel, Role
from store.directory import Authority, HeldRole, Home, Person, PersonContact
from workflows.signatures import workflow_id

POLICY = "arrival-high"
CHILDREN = 4
"""Of one home."""
CALLERS = 20
TAKEN, QUEUED = (200, 201), 202
PATIENCE = 30.0
"""Seconds in which a request must have been taken."""
ARRIVED = timedelta(hours=1)
"""How long before its admission a child arrived: sightings after that can be reported."""
AT_HOME = (Role.KEY_WORKER, Role.ON_CALL_MANAGER, Role.REGISTERED_MANAGER, Role.RESPONSIBLE_INDIVIDUAL)
AT_PLACING = (Role.SOCIAL_WORKER, Role.EMERGENCY_DUTY_TEAM, Role.PLACING_AUTHORITY, Role.HEAD_OF_SERVICE)

T = TypeVar("T")


async def in_turns(jobs: Iterable[Callable[[], Awaitable[T]]], callers: int = CALLERS) -> list[T]:
    """Do all jobs, so many at a time, as that many people would; the results in the jobs' order."""
    waiting = list(enumerate(jobs))[::-1]
    results: dict[int, T] = {}

    async def caller() -> None:
        while waiting:
            number, job = waiting.pop()
            results[number] = await job()

    await asyncio.gather(*(caller() for _ in range(callers)))
    return [results[number] for number in sorted(results)]


@dataclass
class Town:
    """Where the children live. Every home has its own people; the authorities are shared."""

    house: Installation
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    """The time of day in which its people live."""
    placing_id: str = ""
    host_id: str = ""
    tokens: dict[str, str] = field(default_factory=dict)
    """By home: its first shift lead's token."""
    home_of: dict[str, str] = field(default_factory=dict)
    """By alias."""
    _serial: Iterable[int] = field(default_factory=itertools.count)

    async def found(self) -> "Town":
        """The policy, the authorities and the police force."""
        policy = built_in()[POLICY]
        policies, directory = self.house.store.policies, self.house.store.directory
        version = await policies.save_draft(policy, "", "benchmark")
        await policies.publish(policy.id, version, "benchmark", alone_allowed=True)
        force = await directory.create_authority(Authority("Police", "police_force"))
        neighbours = [await directory.create_authority(Authority(f"N{n}", "local_authority")) for n in range(2)]
        host = Authority("Host", "local_authority", police_id=force.id, neighbours=tuple(one.id for one in neighbours))
        self.host_id = (await directory.create_authority(host)).id
        self.placing_id = (await directory.create_authority(Authority("Placing", "local_authority"))).id
        for role in AT_PLACING:
            await self._person(HeldRole(role, authority_id=self.placing_id))
        await self._person(HeldRole(Role.HOST_AUTHORITY, authority_id=self.host_id))
        await self._person(HeldRole(Role.POLICE, authority_id=force.id))
        await self._person(HeldRole(Role.NEIGHBOURING_AUTHORITY, authority_id=neighbours[0].id))
        return self

    async def homes(self, count: int, *, shift_leads: int = 1) -> list[str]:
        """Homes, each with one person for every role and so many shift leads."""
        return [await self._home(shift_leads) for _ in range(count)]

    async def admit(self, home_id: str) -> str:
        """A child enters care; returns the alias."""
        body = {
            "home_id": home_id,
            "placing_authority_id": self.placing_id,
            "policy_id": POLICY,
            "arrived_at": (self.clock() - ARRIVED).isoformat(),
        }
        alias = str((await self._post("/placements", body, home_id))["placement_id"])
        self.home_of[alias] = home_id
        return alias

    async def admit_many(self, homes: list[str], count: int) -> list[str]:
        """So many children, home by home, twenty admissions at a time."""
        places = itertools.islice(itertools.cycle(homes), count)
        return await in_turns([lambda home_id=home_id: self.admit(home_id) for home_id in places])  # type: ignore[misc]

    async def check_in(self, alias: str, *, seen_at: datetime | None = None) -> dict[str, Any]:
        """A carer records that the child was seen."""
        at = seen_at or self.clock()
        body = {"outcome": "seen_well", "method": "seen", "seen_at": at.isoformat()}
        return await self._post(f"/placements/{alias}/check-ins", body, self.home_of[alias])

    async def forget(self, aliases: Iterable[str]) -> None:
        """End these placements' workflows, so that their ladders do not climb into the next measurement."""
        handle = self.house.client.get_workflow_handle
        await in_turns([lambda alias=alias: handle(workflow_id(alias)).terminate() for alias in aliases])  # type: ignore[misc]

    async def _post(self, path: str, body: dict[str, Any], home_id: str) -> dict[str, Any]:
        headers = {
            "Authorization": f"Bearer {self.tokens[home_id]}",
            "Idempotency-Key": f"bench-{next(iter(self._serial))}",
        }
        url = f"http://127.0.0.1:{self.house.settings.web_port}/api/v1{path}"
        until = asyncio.get_running_loop().time() + PATIENCE
        while asyncio.get_running_loop().time() < until:
            async with self.house.http.post(url, json=body, headers=headers) as answer:
                if answer.status in TAKEN:
                    content: dict[str, Any] = await answer.json()
                    return content
                if answer.status != QUEUED:
                    break
            # Kept, and not done yet: the same request again, until it is; all of that counts as waiting.
            await asyncio.sleep(0.1)
        raise MeasurementFailed(f"POST {path.rpartition('/')[2]} was answered {answer.status}")

    async def _home(self, shift_leads: int) -> str:
        home = await self.house.store.directory.create_home(
            Home(code=self._name("H"), name=self._name("Home"), authority_id=self.host_id, demonstration=True)
        )
        leads = [await self._person(HeldRole(Role.SHIFT_LEAD, home_id=home.id)) for _ in range(shift_leads)]
        for role in AT_HOME:
            await self._person(HeldRole(role, home_id=home.id))
        self.tokens[home.id] = await self.house.store.tokens.create(leads[0], "benchmark", by="benchmark")
        return home.id

    async def _person(self, held: HeldRole) -> str:
        serial, now = next(iter(self._serial)), datetime.now(UTC)
        contacts = (
            PersonContact(Channel.SMS, f"+4477009{serial:06}", verified_at=now),
            PersonContact(Channel.EMAIL, f"person.{serial}@example.org", verified_at=now),
        )
        person = Person(name=f"Person {serial}", roles=(held,), contacts=contacts)
        return (await self.house.store.directory.create_person(person)).id

    def _name(self, what: str) -> str:
        return f"{what}{next(iter(self._serial))}"
