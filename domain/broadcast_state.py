"""A circulation as its broadcast carries it, and the words in which `domain.broadcast` decides."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from domain.circulation_orders import CirculationOrder, CirculationReport, Desk, What
from domain.names import Channel
from domain.state import Contact

Target = tuple[str, Channel]
"""A person and a channel."""


class _State(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Held(_State):
    """A message that a throttle holds back."""

    target: Target
    until: datetime


class Message(_State):
    """The message that is being delivered."""

    what: What
    number: int
    began_at: datetime
    targets: list[Target]
    """Who has not been reached by it yet, and how they are to be."""
    held: list[Held] = Field(default_factory=list)
    """Who has not been reached by it because their phone is given some rest."""
    concerns: list[str] = Field(default_factory=list)
    """Whom it is for; nobody named: all."""
    tried: list[Target] = Field(default_factory=list)
    accepted: list[Target] = Field(default_factory=list)
    attempt: int = 0
    not_before: datetime


class BroadcastState(_State):
    """One circulation, as its workflow carries it. All instants are UTC, by the broadcast's own clock."""

    order: CirculationOrder
    began_at: datetime
    look_at: datetime
    """When the desks are looked up, if none is known."""
    desks: list[Desk] = Field(default_factory=list)
    carried: bool = False
    content_told: int = 0
    reached: list[Target] = Field(default_factory=list)
    """Who has heard, or may have, and so is to hear that it is over."""
    failed: list[Target] = Field(default_factory=list)
    """What was known not to have arrived when the last message began."""
    ends: list[Target] = Field(default_factory=list)
    """Who has been told that it is over."""
    ends_failed: list[Target] = Field(default_factory=list)
    """Of these, what was known not to have arrived when it was last said."""
    listens_until: datetime | None = None
    """So long it is heard whether that it is over has arrived."""
    chases: int = 0
    told_at: datetime | None = None
    message: Message | None = None
    messages: int = 0
    reports: list[CirculationReport] = Field(default_factory=list)
    serial: int = 0
    ending: What | None = None
    ended: bool = False


@dataclass(frozen=True, slots=True)
class LookUp:
    """The desks are to be looked up."""


@dataclass(frozen=True, slots=True)
class Begin:
    """A message is to begin; it takes the place of one that is still being tried."""

    what: What


@dataclass(frozen=True, slots=True)
class Send:
    """The message is to be sent to those whom it has not reached."""


@dataclass(frozen=True, slots=True)
class Tell:
    """The placement is to hear what happened."""


@dataclass(frozen=True, slots=True)
class End:
    """Nobody is left to be told."""


Action = LookUp | Begin | Send | Tell | End


@dataclass(frozen=True, slots=True)
class Plan:
    """The next thing to do, and when to look again if there is none now (UTC)."""

    action: Action | None
    next_wake: datetime | None


def waiting(state: BroadcastState) -> list[Desk]:
    """The desks that nobody has acknowledged for."""
    return [desk for desk in state.desks if desk.key not in state.order.acknowledged]


def people_at(desks: list[Desk]) -> dict[str, Contact]:
    """Everybody at these desks."""
    return {person.person_id: person for desk in desks for person in desk.people}
