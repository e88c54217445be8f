"""The lines of an exercise's report (`domain.exercise_report`), as the interface gives them and the page shows them."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from domain.names import Anchor, Channel, Role, Template


class Failing(StrEnum):
    """What would have failed on a real night."""

    NOBODY_ON_RUNG = "nobody_on_rung"
    NOBODY_ANSWERED = "nobody_answered"
    MESSAGE_FAILED = "message_failed"
    NO_VERIFIED_CONTACT = "no_verified_contact"
    ONE_CHANNEL_ONLY = "one_channel_only"
    RUNG_LATE = "rung_late"


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True)


class Failure(_Line):
    """One thing to put right."""

    what: Failing
    sentence: str
    rung: int | None = None
    person_id: str | None = None


class RungLine(_Line):
    """A rung as it was planned, and as it went."""

    number: int
    anchor: Anchor
    after_seconds: int
    roles: list[Role]
    template: Template
    planned_at: datetime | None
    """None: what it counts from never happened."""
    fired_at: datetime | None
    """None: the exercise was over before."""
    people_told: int = 0
    answered_by: Role | None = None
    answered_after_seconds: int | None = None


class MessageLine(_Line):
    """One message to one person."""

    channel: Channel
    rung: str
    told_at: datetime
    status: str
    delivered: bool


class PersonLine(_Line):
    """Somebody who was told."""

    person_id: str
    name: str
    roles: list[Role]
    messages: list[MessageLine]
    answer: str | None = None
    """Their first one."""
    answered_after_seconds: int | None = None


class Report(_Line):
    """The whole exercise."""

    exercise_id: str
    home_id: str
    policy: str
    scenario: str
    started_at: datetime | None
    until: datetime | None
    ended_at: datetime | None
    """None: it still runs, and this is how it stands."""
    ended_because: str | None
    rungs: list[RungLine]
    people: list[PersonLine]
    failures: list[Failure]


class Member(_Line):
    """Somebody of the cast as the directory knows them now."""

    person_id: str
    name: str
    roles: list[Role]
    channels: int
    """Different ways to reach them that are in use."""
    verified: bool
    """At least one of them has been tried and answered."""
