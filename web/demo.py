"""The demonstration: an invented home, its people and neighbours, and a child who has just arrived.

`python -m web.demo` may run at every start: what is there already stays as it is. Every name is made up, every number
is one that Ofcom keeps free for drama, every mailbox is at example.org.
"""

import asyncio
import sys
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

import httpx

from config.policy import DIRECTORY, load
from config.settings import Settings, SettingsError
from domain.exercise import is_exercise
from domain.names import Channel, Role
from store.directory import Authority, HeldRole, Home, Person, PersonContact
from store.errors import StoreError
from store.repositories import Store

POLICIES = ("demonstration", "arrival-high", "arrival-medium", "settling-medium", "settled-medium")
PATIENCE = 15.0
"""Seconds for one answer of the web app."""


def _id(name: str) -> str:
    """The same id at every start."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"https://goldenhour.example/demonstration/{name}"))


POLICE, HOST, PLACING = _id("police"), _id("host"), _id("placing")
NEIGHBOURS = (_id("neighbour-1"), _id("neighbour-2"))
HOME = _id("home")
NUMBER_TO_RING = "+442079460018"

RUNG = frozenset({Role.ON_CALL_MANAGER, Role.REGISTERED_MANAGER, Role.RESPONSIBLE_INDIVIDUAL, Role.SOCIAL_WORKER})
"""Who is at home at night, and rung as well. A duty desk is awake."""

AUTHORITIES = (
    Authority("Fernshire Police", "police_force", id=POLICE),
    Authority("Wickmoor Borough Council", "local_authority", id=NEIGHBOURS[0]),
    Authority("Saltby District Council", "local_authority", id=NEIGHBOURS[1]),
    Authority("Fernshire County Council", "local_authority", police_id=POLICE, neighbours=NEIGHBOURS, id=HOST),
    Authority("Port Alder City Council", "local_authority", id=PLACING),
)


@dataclass(frozen=True, slots=True)
class _Part:
    """Somebody's part in the demonstration."""

    name: str
    role: Role
    at: str
    number: int
    """The last three digits of the drama number."""

    def person(self, verified_at: datetime | None = None) -> Person:
        """The directory's entry: a text first, then a call to whoever may be asleep at home, then an e-mail."""
        place = {"home_id": self.at} if self.at == HOME else {"authority_id": self.at}
        number, mailbox = f"+447700900{self.number}", self.name.lower().replace(" ", ".")
        rung = (PersonContact(Channel.VOICE, number, verified_at=verified_at),) if self.role in RUNG else ()
        return Person(
            name=self.name,
            roles=(HeldRole(self.role, **place),),
            contacts=(
                PersonContact(Channel.SMS, number, verified_at=verified_at),
                *rung,
                PersonContact(Channel.EMAIL, f"{mailbox}@example.org", verified_at=verified_at),
            ),
            id=_id(f"person-{self.number}"),
        )


PARTS = (
    _Part("Sam Reed", Role.SHIFT_LEAD, HOME, 101),
    _Part("Kim Doyle", Role.KEY_WORKER, HOME, 102),
    _Part("Alex Obi", Role.ON_CALL_MANAGER, HOME, 103),
    _Part("Priya Nair", Role.REGISTERED_MANAGER, HOME, 104),
    _Part("Jo Hart", Role.RESPONSIBLE_INDIVIDUAL, HOME, 105),
    _Part("Toni Marsh", Role.OBSERVER, HOME, 106),
    _Part("Lena Fox", Role.SOCIAL_WORKER, PLACING, 111),
    _Part("Port Alder Night Desk", Role.EMERGENCY_DUTY_TEAM, PLACING, 112),
    _Part("Omar Blake", Role.HEAD_OF_SERVICE, PLACING, 113),
    _Part("Port Alder Duty Desk", Role.PLACING_AUTHORITY, PLACING, 114),
    _Part("Fernshire Duty Desk", Role.HOST_AUTHORITY, HOST, 121),
    _Part("Wickmoor Duty Desk", Role.NEIGHBOURING_AUTHORITY, NEIGHBOURS[0], 131),
    _Part("Saltby Duty Desk", Role.NEIGHBOURING_AUTHORITY, NEIGHBOURS[1], 132),
    _Part("Fernshire Control Room", Role.POLICE, POLICE, 141),
)
UNTRIED = 132
"""One duty desk that nobody has rung yet, so that a manager sees how that is shown."""
SHIFT_LEAD, DRAFTS, PUBLISHES = PARTS[0].person().id, PARTS[3].person().id, PARTS[4].person().id


async def seed(store: Store) -> None:
    """The directory and the policies; what is there already stays as it is.

    Raises:
        StoreError: the store does not take it.
    """
    directory, now = store.directory, datetime.now(UTC)
    known = {authority.id for authority in await directory.authorities()}
    for authority in AUTHORITIES:
        if authority.id not in known:
            await directory.create_authority(authority)
    if HOME not in {home.id for home in await directory.homes()}:
        house = Home(
            code="DEMO", name="Rowan House", authority_id=HOST, demonstration=True, phone=NUMBER_TO_RING, id=HOME
        )
        await directory.create_home(house)
    present = {person.id for person in await directory.people()}
    for part in PARTS:
        if part.person().id not in present:
            await directory.create_person(part.person(None if part.number == UNTRIED else now))
    for policy_id in POLICIES:
        await _publish(store, policy_id)


async def _publish(store: Store, policy_id: str) -> None:
    if await store.policies.published(policy_id) is not None:
        return
    text = (DIRECTORY / f"{policy_id}.toml").read_text("utf-8")
    version = await store.policies.save_draft(load(text, source=policy_id), text, DRAFTS)
    await store.policies.publish(policy_id, version, PUBLISHES, alone_allowed=False)


async def admit(store: Store, web: httpx.AsyncClient) -> str | None:
    """Let a child arrive, unless one lives at the demonstration home; returns the new placement's alias.

    Raises:
        HTTPError: the web app did not take it.
    """
    rows = await store.placements.list(HOME)
    if any(not is_exercise(row.alias) and (row.snapshot is None or not row.snapshot.ended) for row in rows):
        return None
    token = await store.tokens.create(SHIFT_LEAD, "demonstration", by=SHIFT_LEAD)
    body = {"home_id": HOME, "placing_authority_id": PLACING, "policy_id": "demonstration"}
    # The key counts arrivals: two starts at the same moment are one arrival.
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"demonstration-{len(rows)}-arrival"}
    try:
        answer = await web.post("/api/v1/placements", json=body, headers=headers)
        answer.raise_for_status()
    finally:
        made = await store.tokens.find(token)
        if made is not None:
            await store.tokens.revoke(made.id)
    return str(answer.json()["placement_id"])


async def label(simulator: httpx.AsyncClient) -> None:
    """Write on each simulated phone and mailbox whose it is.

    Raises:
        HTTPError: the simulator did not take it.
    """
    names = {contact.address: f"{part.name}, {part.role.label}" for part in PARTS for contact in part.person().contacts}
    answer = await simulator.put("/control/phones", json={"names": names})
    answer.raise_for_status()


async def run(settings: Settings) -> None:
    """Everything, one part after the other.

    Raises:
        HTTPError: the web app or the simulator did not take it.
        StoreError: the store did not take it.
    """
    store = Store.open(settings.database_url, settings.key_ring)
    local = f"http://127.0.0.1:{settings.web_port}"
    try:
        await seed(store)
        if settings.simulated and settings.twilio_api_base_url:
            async with httpx.AsyncClient(base_url=settings.twilio_api_base_url, timeout=PATIENCE) as simulator:
                await label(simulator)
        async with httpx.AsyncClient(base_url=local, timeout=PATIENCE) as web:
            alias = await admit(store, web)
        _say(f"{alias} has just arrived" if alias else "a child lives at the demonstration home already")
    finally:
        await store.close()


def main() -> int:
    """Load the demonstration into the installation that the environment describes."""
    try:
        asyncio.run(run(Settings.load()))
    except SettingsError as error:
        _say(str(error))
    except (StoreError, httpx.HTTPError) as error:
        _say(f"the demonstration could not be loaded: {type(error).__name__}: {error}")
    else:
        return 0
    return 1


def _say(text: str) -> None:
    sys.stderr.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
