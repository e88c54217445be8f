"""A placement's whole state: what a workflow carries, and everything a decision needs.

Plain, serialisable models that the rules change; nothing in here decides. All instants are UTC.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Self
from weakref import WeakValueDictionary

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from domain.calendar import Calendar
from domain.check_plan import Expectation
from domain.exercise import Exercise
from domain.facts import Actor, Fact
from domain.names import AgeBand, Anchor, Channel, Ending, Phase, Risk, Role, Stage, Template
from domain.policy import Policy, PolicyText, from_text


def _no_exercise(written: object) -> object:
    """States and admissions written before exercises had a shape of their own say that they are none by `false`."""
    return None if written is False else written


SomeExercise = Annotated[Exercise | None, BeforeValidator(_no_exercise)]
"""What makes this an exercise, if it is one."""


class _State(BaseModel):
    """A part of the state that the rules change in place."""

    model_config = ConfigDict(extra="forbid")


def _is_empty(value: tuple[Channel, ...]) -> bool:
    return not value


class Contact(BaseModel):
    """A person as an alert needs them: what they are to the placement, and how they are reached, in order."""

    model_config = ConfigDict(frozen=True)

    person_id: str
    roles: tuple[Role, ...]
    channels: tuple[tuple[Channel, str], ...]
    """Channel and address, in the person's own order."""
    unverified: tuple[Channel, ...] = Field(default=(), exclude_if=_is_empty)
    """Those of these channels on which nobody was ever known to answer. Not written if there is none, as mostly."""


_KNOWN: WeakValueDictionary[tuple[object, ...], Contact] = WeakValueDictionary()


def _shared(contact: Contact) -> Contact:
    return _KNOWN.setdefault((contact.person_id, contact.roles, contact.channels, contact.unverified), contact)


SharedContact = Annotated[Contact, AfterValidator(_shared)]
"""A contact never changes: the people of a home are in memory once for all its children, and no longer than these."""


class Absence(_State):
    """An agreed time out: where the child is meant to be, until when."""

    back_by: datetime
    agreed_at: datetime


class Owner(_State):
    """The one person who has the episode in hand. It is a lease: it ends unless something follows."""

    actor: Actor
    taken_at: datetime
    until: datetime
    extensions: int = 0
    offered_to: str | None = None
    """A hand-over that the other has not accepted yet."""
    with_others: list[Actor] = Field(default_factory=list)
    """Who else has taken it, where a rung wants more than one person to."""
    outcomes: list[str] = Field(default_factory=list)
    """What has followed from it so far: each kind of outcome renews the lease once."""


class RungRun(_State):
    """What became of a rung that has fired."""

    scheduled_at: datetime
    fired_at: datetime
    last_at: datetime
    """When it last went out: a police rung repeats."""
    times: int = 1
    """How often it has gone out."""
    reached: int = 0
    """How many people may have heard."""
    settled: bool = False
    """It is known whether it reached somebody."""
    heard: dict[str, list[Channel]] = Field(default_factory=dict)
    """Who may have heard, by which channels: accepted, and not reported as failed. None: by a graver message before."""
    failed: dict[str, list[Channel]] = Field(default_factory=dict)
    """On which channels it was accepted and then did not arrive; when it goes out again they are tried again."""

    @model_serializer(mode="wrap")
    def _briefly(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """A state that is carried must stay small: most rungs are long over, and nobody waits for news of them."""
        written: dict[str, Any] = serialize(self)
        return {key: value for key, value in written.items() if value or key not in ("heard", "failed")}


class Told(_State):
    """Somebody who has been alerted in this episode: on which channels, and when last."""

    person_id: str
    channels: list[Channel]
    roles: list[Role] = Field(default_factory=list)
    last_at: datetime | None = None
    """None: they may have heard; the provider's answer was lost."""
    failed: list[Channel] = Field(default_factory=list)
    """Channels on which the stand-down was accepted and then did not arrive."""
    stood_down: bool = False
    """They have been told that it is over, and have not been alerted again since."""


class ProposalKind(StrEnum):
    """What needs a second person."""

    RETURNED = "returned"
    LOCATED = "located"
    CANCEL = "cancel"
    DEATH = "death"
    ADULT = "adult"


class Proposal(_State):
    """One person has said it; it counts when another one has."""

    kind: ProposalKind
    by: Actor
    at: datetime


class PoliceReport(_State):
    """The police count as told only with all three: a reference, a force, and when."""

    reference: str
    force: str
    reported_at: datetime
    by: Actor


class Circulation(_State):
    """One circular to neighbouring authorities, which a broadcast of its own delivers: what the placement knows of it.

    Level-triggered: as long as `taken` is behind `revision`, the whole order is handed over again.
    """

    number: int
    began_at: datetime
    by: Actor | None = None
    """Who approved it; None: the policy had done so beforehand."""
    rung: int | None = None
    revision: int = 1
    content: int = 1
    """Goes up when what the circular tells has changed."""
    taken: int = 0
    """The revision that the broadcast has."""
    attempt: int = 0
    not_before: datetime
    in_flight: bool = False
    desks: dict[str, str] = Field(default_factory=dict)
    """Keys and names of the desks that were reached."""
    people: dict[str, str] = Field(default_factory=dict)
    """Who was reached, and for which desk."""
    answered: dict[str, datetime] = Field(default_factory=dict)
    """People who have acknowledged it; whoever is faster than the broadcast's report is not in `people` yet."""
    acknowledged: dict[str, datetime] = Field(default_factory=dict)
    """By the desk's key."""
    failed: list[tuple[str, Channel]] = Field(default_factory=list)
    """What was accepted and did not arrive, by person and channel."""
    dead: list[tuple[str, Channel]] = Field(default_factory=list)
    """Of these, what will never work."""
    ends_failed: list[tuple[str, Channel]] = Field(default_factory=list)
    """The same of the message that it is over."""
    heard_of: int = 0
    """The last report that was taken in."""
    over: bool = False
    """It is to be cancelled, or has expired; it is carried until everybody has been told so."""


class Episode(_State):
    """One lapse, from overdue or reported not here until its ending."""

    number: int
    policy_text: PolicyText
    """The policy as it was when this episode began: a later edit never changes a running episode."""
    began_at: datetime
    stage: Stage
    anchors: dict[Anchor, datetime]
    epoch: int = 0
    """Goes up when the ladder starts again: not back when expected, or reopened."""
    rungs: dict[int, RungRun] = Field(default_factory=dict)
    """By the rung's number in the policy."""
    owner: Owner | None = None
    last_owner: Actor | None = None
    last_lease: tuple[datetime, datetime] | None = None
    """When the last lease began and ended: what the next person is told."""
    last_lease_had_outcome: bool = False
    lapsed: list[str] = Field(default_factory=list)
    """Who had it, and let their time run out with no outcome: they take it again only with a second person."""
    told: list[Told] = Field(default_factory=list)
    police: PoliceReport | None = None
    """What they were told of this disappearance; a child who is gone again is to be reported again."""
    was_reported: bool = False
    """The police have been told at some time in this episode: it can't be an error any more."""
    proposals: list[Proposal] = Field(default_factory=list)
    needs_second_person: bool = False
    """The child has been unaccounted for or missing: one person's word does not end that."""
    description: str = ""
    """What the child looks like, for a circular: in a person's words, held against `domain.circulation.unfit`."""
    age_band: AgeBand = AgeBand.UNKNOWN
    circulations: list[Circulation] = Field(default_factory=list)
    """The one that stands, and those of which not everybody has been told yet that they are over."""
    circulation_count: int = 0
    expected_back_by: datetime | None = None
    pulled_at: datetime | None = None
    """The next rung fires at this instant already: nobody was reached, or somebody said so."""
    last_empty_at: datetime | None = None
    repeats: int = 0
    last_repeat_at: datetime | None = None
    ending: Ending | None = None
    ended_at: datetime | None = None

    @property
    def policy(self) -> Policy:
        """The frozen policy, parsed."""
        return from_text(self.policy_text)


class DeliveryKind(StrEnum):
    """Why messages go out."""

    RUNGS = "rungs"
    REPEAT = "repeat"
    FOLLOW_UP = "follow_up"
    STAND_DOWN = "stand_down"
    CONCERN = "concern"


class Delivery(_State):
    """Messages that are to go out: the placement's outbox. It stays here until what became of them is known."""

    number: int
    follows: int | None = None
    """The first delivery of the same messages: tried again, a message keeps its id."""
    kind: DeliveryKind
    episode: int | None
    epoch: int = 0
    rungs: list[int] = Field(default_factory=list)
    times: int = 1
    template: Template
    scheduled_at: datetime
    late_from: datetime | None = None
    """When it ought to have gone; set only if an outage made it late."""
    recipients: list[tuple[str, Channel]] = Field(default_factory=list)
    """Named people and channels, for a stand-down or a follow-up; empty: whoever holds the roles."""
    skip: list[str] = Field(default_factory=list)
    """People who have heard it already."""
    tried: list[Channel] = Field(default_factory=list)
    """For a follow-up: the channels that did not work."""
    not_before: datetime
    attempt: int = 0
    held: bool = False
    """It says again what was said before, and waits until the phone has had some rest."""
    in_flight: bool = False


class PlacementState(_State):
    """One child's stay at one home, as the engine knows it. No name, no address, no date of birth."""

    alias: str
    home_id: str
    placing_authority_id: str
    arrived_at: datetime
    phase: Phase = Phase.ARRIVAL
    phase_since: datetime
    risk: Risk = Risk.HIGH
    closer_watch: bool = False
    """Under 12, or dependent on medicine or care that can't wait: watched one ladder closer (`domain.phases`)."""
    exercise: SomeExercise = None
    policy_text: PolicyText
    arrival_policy_text: PolicyText | None = None
    """The ladder that a return begins again with; empty in a carried state if it is the same. None: none is known."""
    calendar: Calendar
    expectation: Expectation | None = None
    absence: Absence | None = None
    last_seen_at: datetime
    episodes: list[Episode] = Field(default_factory=list)
    """Those not yet closed, and the last closed one, which can be reopened."""
    episode_count: int = 0
    deliveries: list[Delivery] = Field(default_factory=list)
    delivery_count: int = 0
    contacts: list[SharedContact] = Field(default_factory=list)
    """The people last resolved: who is alerted when the store is silent."""
    dead: list[tuple[str, Channel, str, datetime]] = Field(default_factory=list)
    """Person, channel and address that were put out of use lately, and when: an alert that was on its way by then may
    bring them along once more."""
    channels_out: list[Channel] = Field(default_factory=list)
    """Channels whose provider was down when a message was last to go by them."""
    ended_at: datetime | None = None
    facts: list[Fact] = Field(default_factory=list)
    """Those not yet confirmed as stored."""
    fact_count: int = 0
    chores: dict[str, datetime] = Field(default_factory=dict)
    """Housekeeping that is under way, and the instant from which it may be started again if nothing is heard."""
    handled: dict[str, str] = Field(default_factory=dict)
    """Request ids already dealt with and the answers that were given, oldest first; bounded."""

    @model_serializer(mode="wrap")
    def _once(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Write a policy once, however many episodes follow it: a state that is carried must stay small."""
        written: dict[str, Any] = serialize(self)
        if written["arrival_policy_text"] == self.policy_text:
            written["arrival_policy_text"] = ""
        for episode in written["episodes"]:
            if episode["policy_text"] == self.policy_text:
                episode["policy_text"] = ""
        return written

    @model_validator(mode="after")
    def _again(self) -> Self:
        if self.arrival_policy_text == "":
            self.arrival_policy_text = self.policy_text
        for episode in self.episodes:
            episode.policy_text = episode.policy_text or self.policy_text
        return self

    @property
    def policy(self) -> Policy:
        """The placement's policy, parsed."""
        return from_text(self.policy_text)

    @property
    def phase_base(self) -> datetime:
        """From when the days of the check plan count: arrival, or the return that put the child in arrival again."""
        return self.phase_since if self.phase is Phase.ARRIVAL else self.arrived_at
