"""What crosses the border between workflows and activities: names of queues and activities, and their messages."""

from pydantic import BaseModel, ConfigDict

from domain.calendar import Calendar
from domain.facts import Fact
from domain.requests import Admission
from domain.snapshot import Snapshot
from domain.state import PlacementState

WORKFLOWS = "placements"
"""The queue of all workflows."""
URGENT = WORKFLOWS
"""The queue of what reaches people: nothing else may stand in its way. It has the workflows' own name, so that the
worker that has decided takes the alert with the same answer from the server (eager start), without a trip more."""
HOUSEKEEPING = "housekeeping"
"""The queue of everything that can wait a little."""

ALERT = "alert"
FOLLOW_UP = "follow_up"
ALERT_EXERCISE = "alert_exercise"
RECORD = "record"
RENEW_CALENDAR = "renew_calendar"
EXPORT_HISTORY = "export_history"
CANARY = "canary"
SEND_VERIFICATION = "send_verification"
CIRCULATE = "circulate"
LOOK_UP_DESKS = "look_up_desks"

CANARY_ID = "canary"
CANARY_MARK = "canary:last"
"""Where Redis keeps the instant of the last round, for a watchdog whose SQL is away."""

OUTAGE_MARK = "outage:"
"""Where Redis keeps that a channel is out, by channel: since when, as its worker found it."""


def workflow_id(alias: str) -> str:
    """The id of a placement's workflow: readable by anyone, so it holds the alias only."""
    return f"placement/{alias}"


def broadcast_id(alias: str, episode: int, number: int) -> str:
    """The id of the workflow that broadcasts an episode's circular of this number: readable by anyone as well."""
    return f"broadcast/{alias}-{episode}-{number}"


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True)


class PlacementStart(_Message):
    """A placement's workflow starts with an admission, and continues with its state."""

    admission: Admission | None = None
    """Of the first run; a run before 22 November 2026 hands it on beside its state."""
    state: PlacementState | None = None
    admitted_by: str = ""
    """The id of the request that admitted the child, in every later run."""
    unexported: list[str] = []
    """The runs before this one whose histories are not in the record yet."""


class CalendarRequest(_Message):
    """Local times are to be resolved from an instant on."""

    policy_text: str
    start: str


class CalendarResult(_Message):
    """The resolved calendar, and the policy it belongs to."""

    policy_text: str
    calendar: Calendar


class ExportRequest(_Message):
    """A finished run whose history is to be kept."""

    alias: str
    workflow_id: str
    run_id: str


class CanaryRequest(_Message):
    """The canary flies through every part."""

    round: int


class RecordStart(_Message):
    """Facts that a store was too ill to take: a workflow of their own keeps them until it can."""

    alias: str
    facts: list[Fact]
    snapshot: Snapshot | None = None


class VerificationRequest(_Message):
    """A code or a link is to be sent to a contact."""

    verification_id: str
    patience_seconds: float
    """How long it is tried: until it would have expired."""
