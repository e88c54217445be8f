"""What the journey of a placement may ask to be done now: the words in which `domain.journey` decides."""

from dataclasses import dataclass
from datetime import datetime

from domain.ladder import Step


@dataclass(frozen=True, slots=True)
class Overdue:
    """A planned check was not recorded in time: an episode begins."""


@dataclass(frozen=True, slots=True)
class NotBack:
    """A child who was located, or away at a known place, is not back when expected: missing again."""

    episode: int


@dataclass(frozen=True, slots=True)
class LeaseEnds:
    """The owner's time is up and nothing has followed."""

    episode: int


@dataclass(frozen=True, slots=True)
class Fire:
    """These rungs fire together, one message a person."""

    episode: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class RepeatRung:
    """A rung goes out again: nobody has entered a police reference yet, or a review has come round."""

    episode: int
    number: int


@dataclass(frozen=True, slots=True)
class RepeatEnd:
    """The ladder is at its end: loud, again."""

    episode: int


@dataclass(frozen=True, slots=True)
class Send:
    """A delivery in the outbox is to be started."""

    delivery: int


@dataclass(frozen=True, slots=True)
class Circulate:
    """An order to the broadcast of a circular is to be handed over."""

    episode: int
    number: int


@dataclass(frozen=True, slots=True)
class Record:
    """Facts wait for the ledger."""


@dataclass(frozen=True, slots=True)
class RenewCalendar:
    """Local times are to be resolved anew."""


@dataclass(frozen=True, slots=True)
class EndExercise:
    """An exercise is over."""

    reason: str


Action = (
    EndExercise
    | Overdue
    | NotBack
    | LeaseEnds
    | Fire
    | RepeatRung
    | RepeatEnd
    | Send
    | Circulate
    | Record
    | RenewCalendar
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done now, and when to look again (UTC; None: only when something happens)."""

    actions: tuple[Action, ...]
    next_wake: datetime | None
