"""A child enters care: everything the engine needs for the first alert goes in with the admission.

With the store away it is done all the same, from what was read last; the alias is entered in the store afterwards.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TypeVar
from zoneinfo import ZoneInfo

import structlog

from domain import phases
from domain.calendar import LOOK_BACK, resolve
from domain.errors import Refused
from domain.names import Phase
from domain.policy import Policy, to_text
from domain.requests import AHEAD, Admission, Request
from domain.state import Contact
from store.directory import Home
from store.duty_contacts import Gap, Lack
from store.errors import Conflict, NotFound, StoreError, StoreUnavailable
from store.gap_words import told
from store.preparedness import roles_named
from web.acts import Act, Asker, request_id
from web.api.aliases import candidates, unchecked
from web.api.bodies import PlacementBody
from web.plans import Plans, refuse_too_loose
from web.problems import Problem, bad_field
from web.remembered import Remembered
from web.services import Services
from web.standing import EVERY_ROLE, Place

log = structlog.get_logger()

T = TypeVar("T")

NO_ARRIVAL = (
    "No plan for arrival at high risk can be read: after a return the child keeps the present one. Publish one."
)

RETRY_SECONDS = 2.0
PATIENCE = 1.0


@dataclass(frozen=True, slots=True)
class Ground:
    """What an admission stands on."""

    home: Home
    policy: Policy
    contacts: list[Contact]
    closer_watch: bool = False
    arrival: Policy | None = None
    """What a return begins again with."""

    warnings: list[str] = field(default_factory=list)
    """Who of those whom the policy names can't be reached, or was not tried lately: not to be found out by night."""


class Admissions:
    """Reads the ground, takes an alias, and says what the engine is to be asked."""

    def __init__(self, services: Services) -> None:
        self._services = services
        directory = services.store.directory
        self._homes: Remembered[str, Home] = Remembered(directory.home)
        self.plans = Plans(services)
        self._contacts: Remembered[Place, list[Contact]] = Remembered(
            lambda place: directory.resolve(place.home_id, place.placing_authority_id, EVERY_ROLE)
        )
        self._authorities: Remembered[str, object] = Remembered(directory.authority)
        self._late: dict[str, asyncio.Task[None]] = {}
        self._unchecked: dict[str, str] = {}

    async def ground(self, body: PlacementBody) -> Ground:
        """What this admission stands on.

        Raises:
            BadInput: the home, the authority, the policy or the time can't be used; names the field.
            StoreUnavailable: the store is away, and this was never read.
        """
        if body.arrived_at is not None and body.arrived_at > self._services.clock() + AHEAD:
            raise bad_field("arrived_at", "this time is in the future: admit the child on arrival")
        home = await _found(self._homes.get(body.home_id), "home_id", "there is no such home")
        await _found(
            self._authorities.get(body.placing_authority_id), "placing_authority_id", "there is no such authority"
        )
        if self._services.settings.simulated and not home.demonstration:
            raise bad_field("home_id", "no real phone will ring here: only a demonstration home can admit a child now")
        closer_watch = self._needs_closer_watch(body, home)
        policy = await self._plan(body, home, closer_watch=closer_watch)
        contacts = await self._contacts.get(Place(body.home_id, body.placing_authority_id))
        arrival = await self.plans.arrival(home)
        warnings = await self._warnings(body, home, [policy, arrival or policy], contacts)
        return Ground(home, policy, contacts, closer_watch, arrival, warnings if arrival else [NO_ARRIVAL, *warnings])

    async def _warnings(
        self, body: PlacementBody, home: Home, policies: list[Policy], contacts: list[Contact]
    ) -> list[str]:
        roles = list(dict.fromkeys(role for policy in policies for role in roles_named(policy)))
        try:
            gaps = await self._services.store.directory.gaps(
                body.home_id, body.placing_authority_id, roles, self._services.clock(), timeout=PATIENCE
            )
        except StoreUnavailable:
            held = {role for contact in contacts if contact.channels for role in contact.roles}
            return told(Gap(role, Lack.NOBODY, home.code) for role in roles if role not in held)
        return told(gaps)

    def _needs_closer_watch(self, body: PlacementBody, home: Home) -> bool:
        born = body.child.date_of_birth
        arrived = (body.arrived_at or self._services.clock()).astimezone(ZoneInfo(home.timezone)).date()
        if born is not None and born > arrived:
            raise bad_field("child.date_of_birth", "this is after the arrival")
        if phases.is_adult(born, arrived):
            detail = "whoever was born then is an adult; leave it out if the age is in doubt: a doubt is a child's"
            raise bad_field("child.date_of_birth", detail)
        return phases.needs_closer_watch(born, arrived, medical_dependency=body.child.medical_dependency)

    async def _plan(self, body: PlacementBody, home: Home, *, closer_watch: bool) -> Policy:
        if body.policy_id is None:
            return await self.plans.suiting(body.phase, body.risk, closer_watch=closer_watch, home=home)
        policy = await self.plans.named(body.policy_id, home)
        refuse_too_loose(policy, body.phase, body.risk, closer_watch=closer_watch)
        return policy

    def refuse_unsigned(self, body: PlacementBody, ground: Ground, person_id: str | None) -> None:
        """A child who has lived here for long may be entered in a later phase; the same two people sign as always.

        Raises:
            BadInput: it is too early for that phase, or the wrong people sign.
        """
        if body.phase is Phase.ARRIVAL:
            return
        if person_id == body.second_person:
            raise bad_field("second_person", "this is the same person: somebody else has to sign")
        now = self._services.clock()
        arrived = body.arrived_at or now
        roles = {contact.person_id: contact.roles for contact in ground.contacts}
        signers = (roles.get(person_id or "", ()), roles.get(body.second_person or "", ()))
        try:
            phases.refuse_too_early(body.phase, arrived, arrived, now)
            phases.refuse_one_sided(signers)
        except Refused as refusal:
            raise bad_field(refusal.field, refusal.detail) from None

    async def alias(self, asker: Asker, key: str, body: PlacementBody, ground: Ground) -> str:
        """Take an alias for this request; asked again, it is the same one.

        Raises:
            Problem: two hundred candidates are taken.
        """
        request = request_id(asker, key)
        if request in self._unchecked:
            return self._unchecked[request]
        now = self._services.clock()
        for alias in candidates(request):
            try:
                async with asyncio.timeout(PATIENCE):
                    return await self._enter(alias, request, body, ground, now)
            except Conflict:
                continue
            except (StoreUnavailable, TimeoutError):
                return self._without_store(request, body, ground, now)
        raise Problem(503, "No name is free", "Try again: a new Idempotency-Key leads to other names.")

    async def close(self) -> None:
        """Stop trying to enter what could not be entered."""
        for task in self._late.values():
            task.cancel()
        await asyncio.gather(*self._late.values(), return_exceptions=True)

    async def _enter(self, alias: str, request: str, body: PlacementBody, ground: Ground, now: datetime) -> str:
        row = await self._services.store.placements.reserve(
            alias,
            body.home_id,
            body.placing_authority_id,
            ground.policy.id,
            body.arrived_at or now,
            request,
            body.child.model_dump(mode="json", exclude_defaults=True),
        )
        return row.alias

    def _without_store(self, request: str, body: PlacementBody, ground: Ground, now: datetime) -> str:
        """The child goes into the engine's care now, and is entered here when the store is back."""
        alias = self._unchecked.setdefault(request, unchecked(request))
        if request not in self._late:
            enter = partial(self._enter, alias, request, body, ground, now)
            self._late[request] = asyncio.create_task(_until_entered(enter))
        return alias


def act(asker: Asker, key: str, route: str, digest: str, alias: str, body: PlacementBody, ground: Ground) -> Act:
    """What the engine is asked."""

    def build(request: str, received_at: datetime, stored: list[int]) -> Request:
        arrived_at = body.arrived_at or received_at
        return Admission(
            request_id=request,
            actor=asker.actor,
            received_at=received_at,
            stored=stored,
            alias=alias,
            home_id=body.home_id,
            placing_authority_id=body.placing_authority_id,
            arrived_at=arrived_at,
            risk=body.risk,
            phase=body.phase,
            second_person=body.second_person,
            closer_watch=ground.closer_watch,
            age_known=body.child.date_of_birth is not None,
            policy_text=to_text(ground.policy),
            arrival_policy_text=_again(ground),
            # Entered late, it still reaches back to arrival or a day, and a fortnight ahead from now.
            calendar=resolve(ground.policy, max(min(arrived_at, received_at), received_at - LOOK_BACK)),
            contacts=ground.contacts,
        )

    return Act(key=key, route=route, fingerprint=digest, alias=alias, update="admit", build=build)


def _again(ground: Ground) -> str | None:
    """The text of what a return begins again with; empty if that is the same policy."""
    if ground.arrival is None:
        return None
    return "" if ground.arrival == ground.policy else to_text(ground.arrival)


async def _until_entered(enter: Callable[[], Awaitable[str]]) -> None:
    while True:
        await asyncio.sleep(RETRY_SECONDS)
        try:
            await enter()
        except StoreUnavailable:
            continue
        except StoreError:
            log.exception("a placement could not be entered in the store")
        return


async def _found(call: Awaitable[T], field: str, detail: str) -> T:
    try:
        return await call
    except NotFound:
        raise bad_field(field, detail) from None
