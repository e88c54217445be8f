"""What is handed to an alert, and what became of it: data on both sides, never exceptions."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

from domain.circulation import Circular
from domain.exercise import ExerciseRole
from domain.facts import Actor, Fact
from domain.names import Channel, Ending, Role, Stage, Template
from domain.snapshot import Snapshot
from domain.state import Contact, SharedContact


class SendStatus(StrEnum):
    """What became of one message."""

    ACCEPTED = "accepted"
    """The provider has it. That is evidence of nothing more."""
    UNDELIVERABLE = "undeliverable"
    """This address will never work."""
    UNAVAILABLE = "unavailable"
    """The provider did not take it: nothing was sent."""
    UNKNOWN = "unknown"
    """The answer was lost: it may have been sent."""
    HELD = "held"
    """It has been said before, and the phone has had so many messages that it waits."""
    NO_CHANNEL = "no_channel"
    """The person has no address on any of these channels."""


class Sent(BaseModel):
    """One message to one person on one channel, and what became of it."""

    model_config = ConfigDict(frozen=True)

    person_id: str
    channel: Channel
    status: SendStatus
    notification_id: str = ""
    code: int | None = None
    """The provider's own code, where it gave one."""
    held_until: datetime | None = None
    """For a message that is held: the instant from which it may go (UTC)."""


class Outage(BaseModel):
    """A channel whose provider does not take messages: they go by other channels meanwhile."""

    model_config = ConfigDict(frozen=True)

    channel: Channel
    since: datetime
    """When it was found out (UTC)."""
    code: int | None = None
    """The provider's own code; None: it did not answer at all."""


class RungCall(BaseModel):
    """A rung as an alert needs it."""

    model_config = ConfigDict(frozen=True)

    number: int
    roles: tuple[Role, ...]
    channels: tuple[Channel, ...]
    template: Template
    scheduled_at: datetime
    police: bool = False


class AlertRequest(BaseModel):
    """Everything an alert needs when the store is silent. At most 256 KB, mostly far less."""

    model_config = ConfigDict(frozen=True)

    alias: str
    home_id: str
    placing_authority_id: str
    exercise: bool = False
    timezone: str
    delivery: int
    """The first delivery of these messages: it is part of their ids."""
    attempt: int
    episode: int | None
    epoch: int = 0
    times: int = 1
    template: Template
    stage: Stage | None = None
    ending: Ending | None = None
    due_at: datetime
    """What the message is about: the check that was due, or when it was reported (UTC)."""
    scheduled_at: datetime
    late_from: datetime | None = None
    now: datetime
    """The workflow's clock when this was decided (UTC)."""
    priority: int = 3
    """How urgent it is, as `domain.priority` has it."""
    rungs: list[RungCall] = []
    all_channels: bool = False
    recipients: list[tuple[str, Channel]] = []
    """Named people and channels; when empty, whoever holds the rungs' roles."""
    alerted: list[str] = []
    """Who `everyone_alerted` is."""
    skip: list[str] = []
    confirm_within: timedelta | None = None
    """By then the provider has said what became of a text or a call, or it counts as not delivered. None: whenever."""
    look_for_check_in: bool = False
    """A check-in may be waiting in the web's queue: then nobody is alarmed before it is delivered."""
    next_roles: list[Role] = []
    next_at: datetime | None = None
    lapsed: Actor | None = None
    lapsed_minutes: int = 0
    police_reference: bool = False
    about_role: Role | None = None
    """For a notice: what the person is whom it is about."""
    about_channel: Channel | None = None
    contacts: list[SharedContact] = []
    """The people last resolved: who is alerted when the store is silent."""
    circular: Circular | None = None
    """What goes by e-mail to neighbouring authorities instead of our own words to our own people."""
    facts: list[Fact] = []
    snapshot: Snapshot | None = None
    """None: an alert that is not the placement's own, such as a broadcast's, has nothing to keep."""


class ExerciseCall(RungCall):
    """A rung of an exercise."""

    roles: tuple[ExerciseRole, ...]


class CastMember(Contact):
    """Somebody who takes part in an exercise."""

    roles: tuple[ExerciseRole, ...]


class ExerciseAlert(AlertRequest):
    """An alert of an exercise: police and neighbours can't be written into it, and it has an activity of its own."""

    exercise: Literal[True]
    # Narrower than what it inherits: nobody writes the wider type into it, as it is frozen.
    rungs: list[ExerciseCall] = []  # type: ignore[assignment]
    contacts: list[CastMember] = []  # type: ignore[assignment]

    @classmethod
    def of(cls, request: AlertRequest) -> "ExerciseAlert":
        """The same alert, if it can be one of an exercise.

        Raises:
            ValueError: it names somebody who takes part in none.
        """
        return cls.model_validate(request.model_dump())


class AlertResult(BaseModel):
    """What became of each message."""

    model_config = ConfigDict(frozen=True)

    sent: list[Sent] = []
    contacts: list[SharedContact] = []
    """The people as they were resolved, to be carried for the next time."""
    skipped: int = 0
    """People who had heard it already."""
    carried: bool = False
    """The store was silent: the people last resolved were used."""
    held: bool = False
    """Nothing was sent: a check-in is waiting to be delivered."""
    real_alert: bool = False
    """Nothing was sent: this is an exercise, and an episode of a real child is open at the same home."""
    stored: list[int] = []
    """Facts that the ledger now has."""
    out: list[Outage] = []
    """The channels that these messages could not go by, because their provider is down."""


class RecordRequest(BaseModel):
    """Facts for the ledger."""

    model_config = ConfigDict(frozen=True)

    alias: str
    facts: list[Fact]
    snapshot: Snapshot | None = None
    hand_over: bool = False
    """If the store is away, give them to a workflow of their own that does not let go."""


class RecordResult(BaseModel):
    """Which facts are safe now."""

    model_config = ConfigDict(frozen=True)

    stored: list[int] = []
