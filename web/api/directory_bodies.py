"""What is sent and answered about homes, authorities and people."""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Annotated, Literal, Self
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from config.settings import EmailAddress, PhoneNumber
from domain.names import Channel, Role
from store.directory import Authority, HeldRole, Home, Person, PersonContact
from store.duty_contacts import Gap, Lack
from web.api.bodies import Id, Instant, example

HOME = "01931e4a-7c1b-7a52-9d3e-5f6a7b8c9d01"
AUTHORITY = "01931e4a-7c1b-7a52-9d3e-5f6a7b8c9d02"
FORCE = "01931e4a-7c1b-7a52-9d3e-5f6a7b8c9d03"

_SHAPES = {
    Channel.SMS: (TypeAdapter(PhoneNumber), "a number in E.164, such as +447700900123"),
    Channel.VOICE: (TypeAdapter(PhoneNumber), "a number in E.164, such as +447700900123"),
    Channel.EMAIL: (TypeAdapter(EmailAddress), "an e-mail address"),
}


def _time_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("there is no such time zone: expected one such as Europe/London")
    return name


Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*\S[^\x00-\x1f]*$")]
TimeZone = Annotated[str, AfterValidator(_time_zone)]


class HomeBody(BaseModel):
    """A home."""

    model_config = example(
        code="H1", name="The Elms", authority_id=AUTHORITY, timezone="Europe/London", phone="+442079460018"
    )

    code: str = Field(min_length=1, max_length=32, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._-]*$")
    """Its short public name; lists show it instead of the name."""
    name: Name
    authority_id: Id
    """The authority in whose area it stands."""
    timezone: TimeZone = "Europe/London"
    demonstration: bool = False
    """No child lives here."""
    phone: PhoneNumber | None = None
    """The number to ring to speak to whoever is on shift: a call that alerts somebody says it when they press 3."""

    def home(self, home_id: str) -> Home:
        """As the store knows it."""
        return Home(id=home_id, **self.model_dump())


class HomeAnswer(BaseModel):
    """A home."""

    id: str
    code: str
    name: str
    authority_id: str
    timezone: str
    demonstration: bool
    phone: str | None

    @classmethod
    def of(cls, home: Home) -> Self:
        """From the store."""
        return cls.model_validate(home, from_attributes=True)


class AuthorityBody(BaseModel):
    """A local authority, or a police force."""

    model_config = example(name="Northshire", kind="local_authority", ons_code="E10000099", police_id=FORCE)

    name: Name
    kind: Literal["local_authority", "police_force"]
    ons_code: str | None = Field(None, pattern=r"^([EWSN]\d{8}|BTP)$")
    """The British Transport Police, who have none, are BTP."""
    police_id: Id | None = None
    """The police force that covers a local authority. Left out, it is the geography's, if that names one."""
    neighbours: list[Id] = Field(default_factory=list, max_length=200)
    """The authorities that are to hear as its neighbours, on top of those that the geography knows. Left out, those
    that were added before stay; an empty list takes them away."""

    def authority(self, authority_id: str, before: Authority | None = None) -> Authority:
        """As the store knows it. Who corrects a name takes no neighbour, force or code away by saying nothing of it."""
        told = Authority(id=authority_id, neighbours=tuple(self.neighbours), **self.model_dump(exclude={"neighbours"}))
        if before is None:
            return told
        kept = {"ons_code", "police_id", "neighbours"} - self.model_fields_set
        return replace(told, **{name: getattr(before, name) for name in kept})


class BesideAnswer(BaseModel):
    """An authority that lies beside another."""

    authority_id: str
    touching: str | None
    """`land`, `bridge` (or tunnel) or `water`; null: the geography does not say that they touch."""
    by_hand: bool
    next_door: bool
    """It hears as a neighbour: by land, by bridge, or because it was added by hand."""


class AuthorityAnswer(BaseModel):
    """A local authority, or a police force."""

    id: str
    name: str
    kind: str
    ons_code: str | None
    police_id: str | None
    neighbours: list[str]
    """Those that were added by hand."""
    borders: list[BesideAnswer]
    """All that lie beside it, by the geography or by hand."""

    @classmethod
    def of(cls, authority: Authority) -> Self:
        """From the store."""
        beside = [
            BesideAnswer(
                authority_id=one.authority_id, touching=one.touching, by_hand=one.by_hand, next_door=one.next_door
            )
            for one in authority.borders
        ]
        known = {name: getattr(authority, name) for name in cls.model_fields if name not in {"neighbours", "borders"}}
        return cls(**known, neighbours=list(authority.neighbours), borders=beside)


class RoleBody(BaseModel):
    """A role at a home, or at an authority."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Role
    home_id: Id | None = None
    authority_id: Id | None = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        """A role without a place, or with two, would reach nobody, or the wrong person."""
        if self.role is Role.EVERYONE_ALERTED:
            raise ValueError("nobody holds this role: it stands for all whom an episode has alerted")
        if self.role is Role.OBSERVER and self.home_id is None:
            raise ValueError("observers are a home's own: name its home_id")
        if (self.home_id is None) == (self.authority_id is None):
            raise ValueError("name a home_id or an authority_id, and not both")
        return self


class ContactBody(BaseModel):
    """A way to reach a person."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: Channel
    address: str = Field(max_length=254)
    """A telephone number in E.164, or an e-mail address."""
    verified_at: Instant | None = None
    """When it was last tried and answered. Left out: as before, and of a new one whoever enters it says that it is
    right: it is relied upon, and shown as never verified. null, of a new one: nobody says so."""
    disabled_at: Instant | None = None
    id: Id | None = None
    """Given by the installation, and the same for as long as channel and address are. What is sent is passed over."""
    stopped_at: Instant | None = None
    """Since then no texts go there: STOP was texted from it. What is sent is passed over."""


class PersonBody(BaseModel):
    """Somebody who is alerted, or who reports."""

    model_config = example(
        name="Jo Example",
        roles=[{"role": "shift_lead", "home_id": HOME}],
        contacts=[
            {"channel": "sms", "address": "+447700900101"},
            {"channel": "email", "address": "jo@example.org"},
        ],
    )

    name: Name
    roles: list[RoleBody] = Field(default_factory=list, max_length=50)
    contacts: list[ContactBody] = Field(default_factory=list, max_length=20)
    """In the order in which they want to be reached."""

    def person(self, person_id: str, before: Person | None = None) -> Person:
        """As the store knows them. A contact that stays as it was stays verified, unless the body says otherwise."""
        verified = {(one.channel, one.address): one.verified_at for one in before.contacts} if before else {}
        contacts = [
            {"verified_at": verified.get((one.channel, one.address)), "taken_over": _is_vouched_for(one)}
            | one.model_dump(exclude_unset=True, exclude={"id", "stopped_at"})
            for one in self.contacts
        ]
        return Person(
            id=person_id,
            name=self.name,
            roles=tuple(HeldRole(**role.model_dump()) for role in self.roles),
            contacts=tuple(PersonContact(**contact) for contact in contacts),
        )


def _is_vouched_for(contact: ContactBody) -> bool:
    return "verified_at" not in contact.model_fields_set


class PersonAnswer(BaseModel):
    """Somebody who is alerted, or who reports."""

    id: str
    name: str
    roles: list[RoleBody]
    contacts: list[ContactBody]

    @classmethod
    def of(cls, person: Person) -> Self:
        """From the store."""
        return cls(
            id=person.id,
            name=person.name,
            roles=[RoleBody(role=one.role, home_id=one.home_id, authority_id=one.authority_id) for one in person.roles],
            contacts=[
                ContactBody.model_construct(
                    channel=one.channel,
                    address=one.address,
                    verified_at=one.verified_at,
                    disabled_at=one.disabled_at,
                    id=one.id,
                    stopped_at=one.stopped_at,
                )
                for one in person.contacts
            ],
        )


class VerificationBody(BaseModel):
    """Somebody has just tried a number or a mailbox, and the right person answered."""

    model_config = example(channel="sms", address="+447700900121")

    channel: Channel
    address: str = Field(max_length=254)
    """The one that was tried: if the entry was changed meanwhile, it is refused."""


class VerificationAnswer(BaseModel):
    """A contact that was tried."""

    person_id: str
    channel: Channel
    verified_at: datetime


class GapAnswer(BaseModel):
    """A role at a place that may fail when it is needed."""

    role: Role
    lack: Lack
    place: str
    authority_id: str | None
    person_ids: list[str]
    verified_at: datetime | None

    @classmethod
    def of(cls, gap: Gap) -> Self:
        """From the store."""
        return cls.model_validate(asdict(gap))


class GapsAnswer(BaseModel):
    """What may fail at a home when a check is missed."""

    as_of: datetime
    gaps: list[GapAnswer]
    told: list[str]
    """The same in plain words."""


def wrong_address(contact: ContactBody) -> str | None:
    """What is wrong with a contact's address; None: nothing. It does not repeat the address."""
    adapter, expected = _SHAPES[contact.channel]
    try:
        adapter.validate_python(contact.address)
    except ValidationError:
        return f"expected {expected}"
    return None
