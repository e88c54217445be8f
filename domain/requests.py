"""What people ask of a placement, and what they are answered. One model per request, so that fields can be added."""

from datetime import datetime, timedelta

from pydantic import BaseModel, ConfigDict, Field

from domain.calendar import Calendar
from domain.facts import Actor, Fact
from domain.names import AgeBand, Ending, Method, Outcome, Phase, Response, Risk, Role
from domain.policy import PolicyText
from domain.snapshot import Snapshot
from domain.state import SharedContact, SomeExercise

AHEAD = timedelta(minutes=2)
"""How far a device's clock may run ahead of ours."""


class Request(BaseModel):
    """What every request carries."""

    model_config = ConfigDict(frozen=True)

    request_id: str = Field(min_length=8, max_length=80)
    """The same id is the same request, however often it arrives."""
    actor: Actor
    received_at: datetime
    """When the web, or a provider, had it first (UTC). A request that waited in a queue keeps it."""
    stored: list[int] = Field(default_factory=list, max_length=256)
    """Facts that the asker knows to be in the ledger: the placement may forget them."""


class Admission(Request):
    """A child enters care."""

    alias: str
    home_id: str
    placing_authority_id: str
    arrived_at: datetime
    risk: Risk
    phase: Phase = Phase.ARRIVAL
    closer_watch: bool = False
    """Under 12, or dependent on medicine or care that can't wait. Which of the two is nobody's business here."""
    age_known: bool = True
    """Age not known: treated as a child."""
    exercise: SomeExercise = None
    policy_text: PolicyText
    arrival_policy_text: PolicyText | None = None
    """The ladder for arrival at high risk, which any return begins again with; empty: the same as `policy_text`."""
    calendar: Calendar
    second_person: str | None = None
    """Who else signs that a child begins in a later phase than arrival."""
    contacts: list[SharedContact] = Field(default_factory=list)


class CheckIn(Request):
    """A carer records whether the child was seen."""

    outcome: Outcome
    method: Method
    seen_at: datetime
    note: str = Field(default="", max_length=2000)
    queued: bool = False
    """It waited for the engine before it could be delivered."""
    back_by: datetime | None = None
    """For a known place: when the child is expected back."""


class AgreedAbsence(Request):
    """The child is out with agreement until a time."""

    back_by: datetime
    where: str = Field(default="", max_length=500)
    with_whom: str = Field(default="", max_length=500)


class PlanChange(Request):
    """Risk, phase or policy change, signed off by people."""

    risk: Risk | None = None
    phase: Phase | None = None
    closer_watch: bool | None = None
    policy_text: PolicyText | None = None
    calendar: Calendar | None = None
    arrival_policy_text: PolicyText | None = None
    reason: str = Field(max_length=2000)
    second_person: str | None = None
    actor_roles: tuple[Role, ...] = ()
    """Everything that the one who asks is to this placement."""
    second_roles: tuple[Role, ...] = ()
    """Everything that the second person is to this placement."""
    apply_to_episode: int | None = None
    """A running episode changes its policy only by this explicit, recorded act."""


class PlacementEnd(Request):
    """The child leaves care, or moves: the new placement was armed first."""

    reason: str = Field(max_length=2000)
    moved_to: str | None = None
    """The alias of the new placement."""


class EpisodeRequest(Request):
    """A request about one episode."""

    episode: int = Field(ge=1)


class Answer(EpisodeRequest):
    """What an alerted person answers."""

    kind: Response
    reason: str = Field(default="", max_length=2000)
    to_person: str | None = None


class Claim(EpisodeRequest):
    """A text says that the child is here. It is a claim: the ladder goes on."""


class PoliceReported(EpisodeRequest):
    """A person has told the police, and has what proves it."""

    reference: str = Field(min_length=1, max_length=60)
    force: str = Field(min_length=1, max_length=120)
    reported_at: datetime


class Sighting(EpisodeRequest):
    """An item of information: what, from whom, when obtained."""

    text: str = Field(min_length=1, max_length=4000)
    source: str = Field(default="", max_length=500)
    source_contact: str = Field(default="", max_length=500)
    """How the source can be reached again. Personal, and sealed like all that people write."""
    obtained_at: datetime


class Circulate(EpisodeRequest):
    """What a circular is to tell, and, from somebody who may, the approval to send it."""

    description: str = Field(default="", max_length=500)
    age_band: AgeBand = AgeBand.UNKNOWN
    actor_roles: tuple[Role, ...] = ()
    """Everything that the one who asks is to this placement."""


class DeskAcknowledged(EpisodeRequest):
    """Somebody has spoken to a desk that has the circular, and records that it was seen there."""

    desk: str = Field(min_length=1, max_length=160)
    """Its key."""


class Found(EpisodeRequest):
    """The child is located (with an expected-back-by), or returned."""

    located: bool
    seen_at: datetime
    how_known: str = Field(default="", max_length=2000)
    expected_back_by: datetime | None = None


class Closing(EpisodeRequest):
    """An ending, or the wish for one."""

    ending: Ending
    reason: str = Field(min_length=1, max_length=2000)
    handover_to: str | None = Field(default=None, max_length=500)


class Reopening(EpisodeRequest):
    """A closed episode starts again."""

    reason: str = Field(min_length=1, max_length=2000)


class ReturnInterview(EpisodeRequest):
    """The return interview: offered, accepted, declined or held."""

    state: str = Field(pattern="^(offered|accepted|declined|held)$")
    at: datetime
    how_known: str = Field(default="", max_length=2000)
    """Who offered or held it, and how this is known."""


class DeliveryFailed(BaseModel):
    """A provider says that an accepted message will not arrive, or has said nothing of it for too long."""

    model_config = ConfigDict(frozen=True)

    request_id: str
    notification_id: str
    episode: int | None
    person_id: str
    channel: str
    rung: str = ""
    """What it belonged to, as its claim names it; empty: not known."""
    status: str = "undelivered"
    """In the provider's own word, where that says more: `busy`, `no-answer`, `machine`, `unconfirmed`."""
    code: int | None = None
    reason: str = ""
    """Of `domain.failures`, as whoever had the report first made it out; empty: by the code."""


class Reply(BaseModel):
    """What the asker is told."""

    model_config = ConfigDict(frozen=True)

    outcome: str = "done"
    """One word for what happened: `done`, `sent_late`, `taken_by_other`, `awaits_second_person`, `over`, …"""
    next_due_at: datetime | None = None
    remind_at: datetime | None = None
    episode: int | None = None
    held_by: Actor | None = None
    until: datetime | None = None
    facts: list[Fact] = Field(default_factory=list)
    snapshot: Snapshot | None = None
