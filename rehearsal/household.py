"""The people of one rehearsal: a made-up home, and one made-up person for each role that the policy names.

Their numbers are of the range that Ofcom keeps free for drama (07700 900000 to 900999), their addresses at example.org:
none of them can ever be anybody's.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from domain.names import Channel, Role
from domain.policy import Policy
from domain.state import Contact
from store.authorities import Authority
from store.homes import Home
from store.people import HeldRole, Person, PersonContact
from store.repositories import Store
from store.resolution import HOME_ROLES, PLACING_ROLES

NUMBERS_EACH = 100
"""Numbers kept for one household; the range has a thousand."""


@dataclass(frozen=True, slots=True)
class Household:
    """A home with its people."""

    home_id: str
    placing_authority_id: str
    roles: dict[str, Role]
    """Each person's one role."""
    contacts: list[Contact]

    @property
    def numbers(self) -> list[str]:
        """Everybody's telephone number."""
        return [address for one in self.contacts for channel, address in one.channels if channel is Channel.SMS]


@dataclass(frozen=True, slots=True)
class _Places:
    """Where roles are held."""

    home: str
    placing: str
    host: str
    police: str
    neighbour: str

    def held(self, role: Role) -> HeldRole:
        """The role, where it is held."""
        if role in HOME_ROLES:
            return HeldRole(role, home_id=self.home)
        if role in PLACING_ROLES:
            return HeldRole(role, authority_id=self.placing)
        elsewhere = {Role.POLICE: self.police, Role.NEIGHBOURING_AUTHORITY: self.neighbour}
        return HeldRole(role, authority_id=elsewhere.get(role, self.host))


def roles_of(policy: Policy) -> list[Role]:
    """Every role that the policy names, in the order in which it first names them."""
    named = [role for rung in policy.rung for role in rung.roles] + list(policy.repeat.roles)
    return [role for role in dict.fromkeys(named) if role is not Role.EVERYONE_ALERTED]


async def settle_in(store: Store, policy: Policy, household: int) -> Household:
    """Enter a home and its people; `household` counts from 0 and keeps their numbers apart."""
    places = await _places(store, household)
    roles = {}
    for place, role in enumerate(roles_of(policy), start=1):
        person = await store.directory.create_person(_person(role, places, household * NUMBERS_EACH + place))
        roles[person.id] = role
    contacts = await store.directory.resolve(places.home, places.placing, roles_of(policy))
    return Household(places.home, places.placing, roles, contacts)


async def _places(store: Store, household: int) -> _Places:
    directory = store.directory

    async def authority(name: str, kind: str = "local_authority", **more: str | tuple[str, ...]) -> str:
        made = Authority(name=f"Made-up {name} {household}", kind=kind, **more)  # type: ignore[arg-type]
        return (await directory.create_authority(made)).id

    police = await authority("force", "police_force")
    neighbour = await authority("neighbour")
    host = await authority("host", police_id=police, neighbours=(neighbour,))
    home = await directory.create_home(
        Home(code=f"R{household}", name=f"Made-up home {household}", authority_id=host, demonstration=True)
    )
    return _Places(home.id, await authority("placing"), host, police, neighbour)


def _person(role: Role, places: _Places, serial: int) -> Person:
    now = datetime.now(UTC)
    return Person(
        name=f"Made-up {role.label}",
        roles=(places.held(role),),
        contacts=(
            PersonContact(Channel.SMS, f"+447700900{serial:03}", verified_at=now),
            PersonContact(Channel.EMAIL, f"{role.value}.{serial}@example.org", verified_at=now),
        ),
    )
