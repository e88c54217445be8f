"""Facts: numbered things that happened. The ledger is made of them, and each is said once."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from domain.names import Role

type_of_value = str | int | bool | None | list[str]


class FactKind(StrEnum):
    """What can happen. The story of each, in plain words, is in domain.story."""

    PLACEMENT_STARTED = "placement_started"
    PLACEMENT_ENDED = "placement_ended"
    PLAN_CHANGED = "plan_changed"
    CHECKED_IN = "checked_in"
    CHECKED_IN_LATE = "checked_in_late"
    ABSENCE_AGREED = "absence_agreed"
    ABSENCE_ENDED = "absence_ended"
    CHECK_OVERDUE = "check_overdue"
    EPISODE_OPENED = "episode_opened"
    REPORTED_NOT_HERE = "reported_not_here"
    REPORTED_AWAY = "reported_away"
    STAGE_CHANGED = "stage_changed"
    RUNG_FIRED = "rung_fired"
    LADDER_REPEATED = "ladder_repeated"
    RUNG_HELD_FOR_QUEUED_CHECK_IN = "rung_held_for_queued_check_in"
    RUNG_REACHED_NOBODY = "rung_reached_nobody"
    RUNG_REACHED_UNVERIFIED = "rung_reached_unverified"
    """It has reached people on contacts alone that nobody has ever tried."""
    MESSAGE_ACCEPTED = "message_accepted"
    MESSAGE_FAILED = "message_failed"
    MESSAGE_GIVEN_UP = "message_given_up"
    CONTACT_PUT_OUT_OF_USE = "contact_put_out_of_use"
    USED_CARRIED_PEOPLE = "used_carried_people"
    MESSAGE_HELD = "message_held"
    CHANNEL_OUT = "channel_out"
    CHANNEL_BACK = "channel_back"
    TAKEN = "taken"
    TAKE_REFUSED = "take_refused"
    CANNOT = "cannot"
    EXTENDED = "extended"
    HAND_OVER_OFFERED = "hand_over_offered"
    HANDED_OVER = "handed_over"
    VOUCHED = "vouched"
    LEASE_ENDED = "lease_ended"
    ESCALATED_NOW = "escalated_now"
    CONFIRMED_MISSING = "confirmed_missing"
    CLAIMED_HERE = "claimed_here"
    POLICE_REPORTED = "police_reported"
    SIGHTING = "sighting"
    AWAITS_SECOND_PERSON = "awaits_second_person"
    LOCATED = "located"
    NOT_BACK_WHEN_EXPECTED = "not_back_when_expected"
    RETURNED = "returned"
    RETURN_INTERVIEW = "return_interview"
    CIRCULATION_DESCRIBED = "circulation_described"
    CIRCULATION_APPROVED = "circulation_approved"
    CIRCULATED = "circulated"
    CIRCULATION_UPDATED = "circulation_updated"
    CIRCULATION_ACKNOWLEDGED = "circulation_acknowledged"
    CIRCULATION_NOT_ACKNOWLEDGED = "circulation_not_acknowledged"
    CIRCULATION_CANCELLED = "circulation_cancelled"
    CIRCULATION_EXPIRED = "circulation_expired"
    STOOD_DOWN = "stood_down"
    EPISODE_ENDED = "episode_ended"
    REOPENED = "reopened"
    TEXTS_STOPPED = "texts_stopped"
    """Origin web: somebody who was alerted has texted STOP. Calls and e-mail go on."""
    TEXTS_STARTED = "texts_started"
    EXERCISE_STARTED = "exercise_started"
    EXERCISE_ENDED = "exercise_ended"
    REFUSED = "refused"
    """Origin web: something was asked and refused, and the engine's history has no trace of it."""


class Actor(BaseModel):
    """Who did it: a person by id, never by name, and what they are to the placement."""

    model_config = ConfigDict(frozen=True)

    person_id: str | None = None
    role: Role | None = None
    via: str = "web"
    """`web`, `sms`, `voice`, `link`, `api`, `engine`."""
    on_behalf: bool = False
    """A token named the person; they did not sign in themselves."""


ENGINE = Actor(via="engine")


class Fact(BaseModel):
    """One numbered thing that happened."""

    model_config = ConfigDict(frozen=True)

    n: int
    """Its number in the placement, from 1, without gaps."""
    kind: FactKind
    at: datetime
    """When it happened (UTC)."""
    recorded_at: datetime
    """The workflow's clock when it was noted (UTC)."""
    episode: int | None = None
    actor: Actor = ENGINE
    data: dict[str, type_of_value] = {}
