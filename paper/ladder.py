"""What stands on a home's paper: its children's ladders, with everybody to ring, as an alert would find them now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from config.policy import built_in, in_words
from domain.exercise import is_exercise
from domain.names import Anchor, Channel, Role, Template
from domain.phases import police_after
from domain.policy import CheckPlanRow, Policy, Rung
from domain.state import Contact
from store.authorities import Authority
from store.homes import Home
from store.people import Person
from store.placements import PlacementRow
from store.repositories import Store

VALID_FOR = timedelta(hours=36)
"""A new one is made each night; one night without one is noticed in the afternoon."""

ALWAYS = "arrival-high"
"""The quickest ladder is on every paper: for a child who has just arrived, and for one whose ladder nobody knows."""

LONGEST_REVIEW = timedelta(days=1)
"""Reviews beyond the first day can wait for a machine."""

_OF_AUTHORITIES = {
    Role.HOST_AUTHORITY,
    Role.NEIGHBOURING_AUTHORITY,
    Role.POLICE,
    Role.PLACING_AUTHORITY,
    Role.SOCIAL_WORKER,
    Role.EMERGENCY_DUTY_TEAM,
    Role.HEAD_OF_SERVICE,
}
_PHONES = (Channel.SMS, Channel.VOICE)


@dataclass(frozen=True, slots=True)
class Reach:
    """Somebody to ring."""

    name: str
    numbers: tuple[str, ...] = ()
    """Each once, in the person's own order; none is a gap that the paper says aloud."""
    mail: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """A role to ring, at one place."""

    role: Role
    place: str
    """The authority or force, by name; empty for the home's own people."""
    people: tuple[Reach, ...]
    """None is a gap that the paper says aloud."""


@dataclass(frozen=True, slots=True)
class Step:
    """What is done at one time: whom to ring, and what to say."""

    after: timedelta
    template: Template
    calls: tuple[Call, ...]
    police: bool
    """The call that waits for nobody, and is repeated until there is a reference."""
    every: timedelta | None


@dataclass(frozen=True, slots=True)
class Ladder:
    """A policy for the children who are on it."""

    title: str
    name: str
    """`arrival-high, version 3`."""
    children: tuple[str, ...]
    """Aliases, each with the authority that placed the child; the paper knows no names."""
    checks: tuple[str, ...]
    police_after: timedelta
    steps: dict[Anchor, tuple[Step, ...]]
    repeat_every: timedelta


@dataclass(frozen=True, slots=True)
class Paper:
    """One home's paper."""

    home: str
    """Its code. Its name could lead somebody to its children."""
    printed_at: datetime
    zone: ZoneInfo
    force: str
    ladders: tuple[Ladder, ...]
    glance: tuple[Call, ...]
    demonstration: bool

    @property
    def valid_until(self) -> datetime:
        """From then on numbers may have changed."""
        return self.printed_at + VALID_FOR


async def paper_of(store: Store, home: Home, now: datetime) -> Paper:
    """A home's paper, as of now.

    Raises:
        StoreError: the store does not answer, or can't be read with these keys.
    """
    rows = [row for row in await store.placements.list(home.id) if _lives_there(row)]
    authorities = {one.id: one for one in await store.directory.authorities()}
    people = {one.id: one for one in await store.directory.people()}
    directory = _Directory(home, authorities, people)
    placing = sorted({row.placing_authority_id for row in rows}, key=directory.name)
    for authority_id in placing or [""]:
        directory.add(authority_id, await store.directory.resolve(home.id, authority_id, Role))
    ladders = [
        _ladder(await _policy(store, policy_id), [row for row in rows if policy_of(row) == policy_id], directory)
        for policy_id in dict.fromkeys([ALWAYS, *(policy_of(row) for row in rows)])
    ]
    return Paper(
        home=home.code,
        printed_at=now,
        zone=ZoneInfo(home.timezone),
        force=directory.name(directory.force or ""),
        ladders=tuple(sorted(ladders, key=lambda ladder: (ladder.police_after, ladder.name))),
        glance=tuple(call for role in GLANCE for call in directory.calls(role)),
        demonstration=home.demonstration,
    )


GLANCE = (
    Role.POLICE,
    Role.ON_CALL_MANAGER,
    Role.REGISTERED_MANAGER,
    Role.EMERGENCY_DUTY_TEAM,
    Role.HOST_AUTHORITY,
)
"""Whose numbers stand on the first page as well."""


def policy_of(row: PlacementRow) -> str:
    """The policy that a child is watched by now, as far as is known."""
    return (row.snapshot.policy_id if row.snapshot else None) or row.policy_id


def _lives_there(row: PlacementRow) -> bool:
    return not is_exercise(row.alias) and (row.snapshot is None or not row.snapshot.ended)


async def _policy(store: Store, policy_id: str) -> Policy:
    """The published version; where there is none, the one this version brings: some ladder is better than none."""
    return await store.policies.published(policy_id) or built_in().get(policy_id) or built_in()[ALWAYS]


class _Directory:
    """Who holds which role for this home's children, with names."""

    def __init__(self, home: Home, authorities: dict[str, Authority], people: dict[str, Person]) -> None:
        self._home, self._authorities, self._people = home, authorities, people
        self._held: dict[str, list[Contact]] = {}
        self.host = authorities.get(home.authority_id)
        self.force = self.host.police_id if self.host else None

    def add(self, placing_id: str, contacts: list[Contact]) -> None:
        """The people whom an alert would find for children placed by that authority."""
        self._held[placing_id] = contacts

    def name(self, authority_id: str) -> str:
        """An authority's name, or nothing."""
        found = self._authorities.get(authority_id)
        return found.name if found else ""

    def calls(self, role: Role) -> list[Call]:
        """Everybody of a role, by place; a place where nobody holds it is there, empty."""
        places = self._places(role)
        found: dict[str, dict[str, Reach]] = {self.name(place): {} for place in places} or {"": {}}
        for contacts in self._held.values():
            for contact in contacts:
                if role in contact.roles:
                    place = self.name(self._place_of(contact, role, places))
                    found.setdefault(place, {})[contact.person_id] = self._reach(contact)
        return [
            Call(role, place, tuple(sorted(people.values(), key=lambda reach: reach.name)))
            for place, people in found.items()
            if people or place or len(found) == 1
        ]

    def _places(self, role: Role) -> list[str]:
        """The authorities that ought to have somebody in this role."""
        if role is Role.POLICE:
            return [self.force] if self.force else []
        if role is Role.HOST_AUTHORITY:
            return [self._home.authority_id]
        if role is Role.NEIGHBOURING_AUTHORITY:
            return sorted(self.host.neighbours if self.host else (), key=self.name)
        return [placing for placing in self._held if placing] if role in _OF_AUTHORITIES else []

    def _place_of(self, contact: Contact, role: Role, places: Iterable[str]) -> str:
        person = self._people.get(contact.person_id)
        held = [one for one in person.roles if one.authority_id] if person and role in _OF_AUTHORITIES else []
        known = set(places)
        return next((str(one.authority_id) for one in held if one.authority_id in known), "")

    def _reach(self, contact: Contact) -> Reach:
        person = self._people.get(contact.person_id)
        numbers = [address for channel, address in contact.channels if channel in _PHONES]
        mail = [address for channel, address in contact.channels if channel is Channel.EMAIL]
        return Reach(
            " ".join(person.name.split()) if person else "name not in the directory",
            tuple(dict.fromkeys(numbers)),
            tuple(dict.fromkeys(mail)),
        )


def _ladder(policy: Policy, rows: list[PlacementRow], directory: _Directory) -> Ladder:
    return Ladder(
        title=policy.title,
        name=f"{policy.id}, version {policy.version}",
        children=tuple(sorted(_child(row, directory) for row in rows)),
        checks=tuple(_checks(row, only=len(policy.check_plan) == 1) for row in policy.check_plan),
        police_after=police_after(policy),
        steps={anchor: tuple(_steps(policy, anchor, directory)) for anchor in Anchor},
        repeat_every=policy.repeat.every,
    )


def _steps(policy: Policy, anchor: Anchor, directory: _Directory) -> Iterable[Step]:
    for _, rung in policy.rungs(anchor):
        if anchor in {Anchor.OPENED, Anchor.RETURNED} and rung.after > LONGEST_REVIEW:
            continue
        yield _step(rung, directory)


def _step(rung: Rung, directory: _Directory) -> Step:
    roles = [role for role in rung.roles if role is not Role.EVERYONE_ALERTED]
    return Step(
        after=rung.after,
        template=rung.template,
        calls=tuple(call for role in roles for call in directory.calls(role)),
        police=rung.is_police,
        every=rung.every,
    )


def _child(row: PlacementRow, directory: _Directory) -> str:
    placed_by = directory.name(row.placing_authority_id)
    return f"{row.alias} (placed by {placed_by})" if placed_by else row.alias


def _checks(row: CheckPlanRow, *, only: bool) -> str:
    """`in the first 24 hours: every 30 min`."""
    if row.days is None:
        days = "every day" if only else "after that"
    elif row.days == (0, 0):
        days = "in the first 24 hours"
    else:
        days = f"days {row.days[0]} to {row.days[1]}"
    if row.times:
        return f"{days}: at " + ", ".join(f"{at:%H:%M}" for at in sorted(row.times))
    waking, sleeping = (in_words(each or timedelta()) for each in (row.waking, row.sleeping))
    every = f"every {waking}" if waking == sleeping else f"every {waking} by day, every {sleeping} by night"
    return f"{days}: {every}"
