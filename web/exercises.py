"""Exercises: a home's managers start one, it runs on real phones, and its report says what would have failed."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from domain import exercise_report
from domain.calendar import LOOK_BACK, resolve
from domain.exercise import Exercise, Scenario, aliases, is_exercise, rehearsed
from domain.exercise_lines import Member, Report
from domain.facts import Actor, FactKind
from domain.names import Phase, Risk, Role
from domain.policy import Policy, to_text
from domain.requests import Admission, Reply
from domain.state import Contact
from store.errors import Conflict, StoreError
from store.facts import StoredFact
from store.homes import Home
from store.people import Person
from store.placements import PlacementRow
from web.plans import Plans
from web.preparing import homes_prepared
from web.problems import Forbidden, NoSuchThing, Problem, bad_field
from web.services import Services

NO_OBSERVER = "nobody at this home is an observer who can be reached: enter one, who hears what the police would hear"
TAKEN = "No name is free for this exercise"


@dataclass(frozen=True, slots=True)
class Wish:
    """The exercise that somebody wants."""

    home: Home
    policy_id: str | None
    """None: arrival at high risk."""
    scenario: Scenario
    lasts: timedelta
    placing_authority_id: str | None = None
    """An authority that has agreed to take part."""


@dataclass(frozen=True, slots=True)
class Started:
    """An exercise that runs."""

    alias: str
    until: datetime
    reply: Reply


class Exercises:
    """Starts exercises and tells what they have shown."""

    def __init__(self, services: Services, plans: Plans) -> None:
        self._services = services
        self._plans = plans

    async def manager(self, person_id: str, home_id: str) -> Person:
        """The person, if exercises at this home are theirs to start and to read.

        Raises:
            Forbidden: they are not.
        """
        person = await self._services.store.directory.person(person_id)
        if home_id not in homes_prepared(person):
            raise Forbidden("Exercises are for the managers of the home.")
        return person

    async def start(self, wish: Wish, actor: Actor, request: str) -> Started:
        """Start it now. Asked again with the same request it is the same exercise.

        Raises:
            Problem: a child of this home is looked for, or an exercise runs already; no real phone would ring.
            BadInput: there is no observer, or no such policy.
            Unreachable: the engine does not answer. It is not kept for later: nobody would expect it then.
            StoreUnavailable: nobody can tell whether a child is looked for.
        """
        now = self._services.clock()
        policy = await self._policy(wish)
        cast = await self._cast(wish)
        await self._refuse_now(wish.home, request)
        alias = await self._alias(wish, policy, request, now)
        until = now + wish.lasts
        admission = Admission(
            request_id=request,
            actor=actor,
            received_at=now,
            alias=alias,
            home_id=wish.home.id,
            # Empty where no authority takes part: then nobody can be looked up there.
            placing_authority_id=wish.placing_authority_id or "",
            arrived_at=now,
            risk=Risk.HIGH,
            policy_text=to_text(policy),
            calendar=resolve(policy, now - LOOK_BACK),
            contacts=cast,
            exercise=Exercise(
                scenario=wish.scenario, until=until, authority_takes_part=wish.placing_authority_id is not None
            ),
        )
        reply = await self._services.engine.admit(admission)
        with suppress(StoreError):
            await self._services.store.facts.insert(alias, reply.facts, reply.snapshot)
        return Started(alias, until, reply)

    async def of_home(self, home_id: str) -> list[PlacementRow]:
        """A home's exercises, the latest first; what never began is left out."""
        rows = await self._services.store.placements.list(home_id)
        return [row for row in reversed(rows) if is_exercise(row.alias) and row.snapshot is not None]

    async def row(self, alias: str) -> PlacementRow:
        """One exercise.

        Raises:
            NoSuchThing: there is none of this name.
        """
        found = await self._services.store.placements.get(alias) if is_exercise(alias) else None
        if found is None:
            raise NoSuchThing("There is no such exercise.")
        return found

    async def report(self, row: PlacementRow) -> Report:
        """What it has shown up to now."""
        store = self._services.store
        facts = await store.facts.timeline(row.alias)
        sent = [
            one
            for number in sorted({fact.episode for fact in facts if fact.episode is not None})
            for one in await store.notifications.for_episode(row.alias, number)
        ]
        authority = _authority_took_part(facts)
        cast = await store.exercise_cast.resolve(row.home_id, row.placing_authority_id if authority else "")
        people = {one.id: one for one in await store.directory.people([one.person_id for one in cast])}
        members = {one.person_id: _member(one, people.get(one.person_id)) for one in cast}
        policy = rehearsed(await self._followed(row, facts), authority=authority)
        return exercise_report.report(row.alias, row.home_id, policy, facts, sent, members)

    async def _policy(self, wish: Wish) -> Policy:
        if wish.policy_id is not None:
            return await self._plans.named(wish.policy_id, wish.home)
        return await self._plans.suiting(Phase.ARRIVAL, Risk.HIGH, closer_watch=False, home=wish.home)

    async def _cast(self, wish: Wish) -> list[Contact]:
        if self._services.settings.simulated and not wish.home.demonstration:
            raise bad_field("home_id", "no real phone will ring here: only a demonstration home can have an exercise")
        if wish.placing_authority_id is not None:
            known = {one.id for one in await self._services.store.directory.authorities("local_authority")}
            if wish.placing_authority_id not in known:
                raise bad_field("placing_authority_id", "there is no such authority")
        cast = await self._services.store.exercise_cast.resolve(wish.home.id, wish.placing_authority_id or "")
        if not any(Role.OBSERVER in one.roles and one.channels for one in cast):
            raise bad_field("home_id", NO_OBSERVER)
        return cast

    async def _refuse_now(self, home: Home, request: str) -> None:
        """A real child comes first, and two exercises at once would be told apart by nobody."""
        if await self._services.store.placements.real_episode_open(home.id):
            raise Problem(
                HTTPStatus.CONFLICT,
                "A child of this home is looked for",
                "No exercise begins while an episode of a real child is open at the home.",
            )
        running = [row for row in await self.of_home(home.id) if row.snapshot and not row.snapshot.ended]
        if any(row.request_id != request for row in running):
            detail = f"{running[0].alias} runs at this home: end it first."
            raise Problem(HTTPStatus.CONFLICT, "An exercise runs already", detail)

    async def _alias(self, wish: Wish, policy: Policy, request: str, now: datetime) -> str:
        authority = wish.placing_authority_id or wish.home.authority_id
        for alias in aliases(request):
            with suppress(Conflict):
                row = await self._services.store.placements.reserve(
                    alias, wish.home.id, authority, policy.id, now, request, {}
                )
                return row.alias
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, TAKEN, "Try again: a new request leads to other names.")

    async def _followed(self, row: PlacementRow, facts: Iterable[StoredFact]) -> Policy:
        """The version of the policy with which it began."""
        named = next((str(one.data.get("policy")) for one in facts if one.kind is FactKind.PLACEMENT_STARTED), "")
        policy_id, _, version = named.partition(" version ")
        kept = await self._services.store.policies.get(policy_id or row.policy_id, int(version) if version else None)
        if kept is None:
            raise NoSuchThing("The policy of this exercise is not in the store any more.")
        return kept.policy


def _authority_took_part(facts: Iterable[StoredFact]) -> bool:
    return any(one.kind is FactKind.EXERCISE_STARTED and one.data.get("authority_takes_part") is True for one in facts)


def _member(contact: Contact, person: Person | None) -> Member:
    used = {channel for channel, _ in contact.channels}
    return Member(
        person_id=contact.person_id,
        name=person.name if person else "",
        roles=list(contact.roles),
        channels=len(used),
        verified=not used <= set(contact.unverified),
    )
