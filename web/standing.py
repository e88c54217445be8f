"""What a person is to a placement: without a role there, nobody sees or does anything about the child."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from domain.exercise import is_exercise
from domain.names import CIRCULATED, Role
from engine.errors import NoSuchPlacement, Unreachable
from store.errors import NotFound, StoreUnavailable
from store.people import Person
from store.placements import PlacementRow
from web.problems import Forbidden, NoSuchThing
from web.remembered import Remembered
from web.services import Services

EVERY_ROLE = tuple(role for role in Role if role not in (Role.EVERYONE_ALERTED, Role.OBSERVER))

OUTSIDE = frozenset({*CIRCULATED, Role.POLICE})
"""They are told of an episode, answer and report what they know. The child's record and plan are not theirs."""

OUTSIDE_MAY = frozenset({"answer", "claim", "sighting", "found", "police_reported", "circulate"})
"""Names of updates; see web.acts.UPDATES. Of them the police may approve a circular; the rules refuse it to others."""

MOMENT = 2.0
"""Seconds for which a person's roles and token are not read again: a home's taps come close together.

What the directory takes from somebody counts at once in the process that took it, and elsewhere after this.
"""

LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a placement is, as far as roles go."""

    home_id: str
    placing_authority_id: str
    exercise: bool = False
    """Then those who take part are asked for, observers among them, and nobody else is anything to it."""

    @classmethod
    def of(cls, placement: PlacementRow) -> "Place":
        """Where this placement is."""
        return cls(placement.home_id, placement.placing_authority_id, is_exercise(placement.alias))


class Standings:
    """Roles and placements, as the store knows them or knew them last."""

    def __init__(self, services: Services) -> None:
        store = services.store
        self._resolve = store.directory.resolve
        self._cast = store.exercise_cast.resolve
        self._placements: Remembered[str, PlacementRow | None] = Remembered(store.placements.get, fresh_for=MOMENT)
        self._roles: Remembered[Place, dict[str, tuple[Role, ...]]] = Remembered(self._load_roles, fresh_for=MOMENT)
        self._zones: Remembered[str, ZoneInfo] = Remembered(self._load_zone, fresh_for=60)
        self._people: Remembered[str, Person] = Remembered(store.directory.person)
        self._load_home = store.directory.home
        self._engine = services.engine

    def forget(self) -> None:
        """The directory has changed: read it again."""
        self._roles.forget()
        self._zones.forget()

    async def placement(self, alias: str) -> PlacementRow | None:
        """The placement, for an act; None: the store does not know it now, and the engine is to be asked without it.

        What was last known of the child in it may be two seconds old; where the child lives does not change. A child
        whose admission found the store silent is in the engine's care before the store hears of it.

        Raises:
            NoSuchThing: there is none.
        """
        try:
            found = await self._placements.lately(alias, lambda known: known is not None)
        except StoreUnavailable:
            return None
        if found is None and not await self._is_in_care(alias):
            raise NoSuchThing("There is no such placement.")
        return found

    async def _is_in_care(self, alias: str) -> bool:
        try:
            await self._engine.look(alias)
        except (NoSuchPlacement, Unreachable, RuntimeError):
            # RuntimeError: the client has never reached Temporal since this process started.
            return False
        return True

    async def known(self, alias: str) -> PlacementRow:
        """The placement.

        Raises:
            NoSuchThing: there is none.
            StoreUnavailable: the store does not answer, and it was not read before.
        """
        found = await self._placements.get(alias)
        if found is None:
            raise NoSuchThing("There is no such placement.")
        return found

    async def role(self, person_id: str, place: Place) -> Role | None:
        """What the person is to placements there: the first role in the order of `Role`.

        Raises:
            StoreUnavailable: nobody knows now.
        """
        return next(iter(await self.roles(person_id, place)), None)

    async def roles(self, person_id: str, place: Place) -> tuple[Role, ...]:
        """Everything that the person is to placements there, in the order of `Role`.

        Raises:
            StoreUnavailable: nobody knows now.
        """
        return (await self._roles.lately(place, lambda known: person_id in known)).get(person_id, ())

    async def inside(self, place: Place) -> list[str]:
        """Everybody who looks after placements there: those who only help to find a child are left out.

        Raises:
            StoreUnavailable: nobody knows now.
        """
        known = await self._roles.lately(place, lambda _: True)
        return [person_id for person_id, roles in known.items() if roles and roles[0] not in OUTSIDE]

    async def roles_at(self, person_id: str | None, placement: PlacementRow | None) -> tuple[Role, ...]:
        """The same by placement; nothing if it is not known now: then only the role of the act itself counts."""
        if person_id is None or placement is None:
            return ()
        try:
            return await self.roles(person_id, Place(placement.home_id, placement.placing_authority_id))
        except StoreUnavailable:
            return ()

    async def role_for(self, person_id: str, placement: PlacementRow | None, update: str | None = None) -> Role | None:
        """The person's role, if it lets them do this (an update's name; None: read).

        With the store away and nothing remembered the role is not known: a report goes through without one.

        Raises:
            Forbidden: they have no role for this placement, or theirs does not cover this.
        """
        if placement is None:
            return None
        try:
            role = await self.role(person_id, Place.of(placement))
        except StoreUnavailable:
            return None
        if role is None:
            raise Forbidden("You have no role for this placement.")
        if update is not None and role in OUTSIDE and update not in OUTSIDE_MAY:
            raise Forbidden(f"This is not for the {role.label} to do.")
        return role

    async def zone(self, placement: PlacementRow | None) -> ZoneInfo:
        """The home's time zone, in which its people are told times."""
        return LONDON if placement is None else await self.zone_of(placement.home_id)

    async def zone_of(self, home_id: str) -> ZoneInfo:
        """The same, by the home's id."""
        try:
            return await self._zones.lately(home_id, lambda _: True)
        except (StoreUnavailable, NotFound):
            return LONDON

    async def exists(self, person_id: str) -> bool:
        """Whether there is such a person; taken as given while the store is away."""
        try:
            await self._people.get(person_id)
        except NotFound:
            return False
        except StoreUnavailable:
            return True
        return True

    async def _load_roles(self, place: Place) -> dict[str, tuple[Role, ...]]:
        if place.exercise:
            cast = await self._cast(place.home_id, place.placing_authority_id)
            return {contact.person_id: contact.roles for contact in cast}
        found = await self._resolve(place.home_id, place.placing_authority_id, EVERY_ROLE)
        return {contact.person_id: contact.roles for contact in found}

    async def _load_zone(self, home_id: str) -> ZoneInfo:
        return ZoneInfo((await self._load_home(home_id)).timezone)
