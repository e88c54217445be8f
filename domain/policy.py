"""A policy: when a child is expected to be seen, and who hears what, when, if they are not.

Every timing here is a local partnership's decision: no national minute-by-minute ladder exists
(practice notes 2.4).
Durations are absolute; only `[day]` and `times` are local, and they are resolved to UTC before a workflow sees them.
A policy travels as canonical JSON text and is parsed when needed: parsed, it would take more memory than the child's
whole state.
"""

import sys
from datetime import time, timedelta
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from domain.names import Anchor, Channel, Phase, Risk, Role, Stage, Template

POLICE_REFERENCE = "police_reference"
"""What a rung with `until` waits for: a person has entered a reference, a force and a time."""

PolicyText = Annotated[str, AfterValidator(sys.intern)]
"""The canonical JSON of a policy. A thousand placements share a handful of them, and each is in memory once."""

ANCHOR_ORDER = (Anchor.DUE, Anchor.DECLARED, Anchor.OPENED, Anchor.RETURNED)


class _Part(BaseModel):
    """A frozen part of a policy; an unknown word in it is a mistake, not a remark."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Lease(_Part):
    """How long "I have it" holds before the ladder climbs again."""

    first: timedelta = timedelta(minutes=10)
    extensions: int = Field(default=2, ge=0, le=2)


class CheckPlanRow(_Part):
    """When the child is to be seen, for some days of the placement: at intervals, or at set local times."""

    days: tuple[int, int] | None = None
    """First and last day of the placement, counted in 24 hours from arrival, 0 first; None: every day."""
    waking: timedelta | None = None
    sleeping: timedelta | None = None
    times: tuple[time, ...] = ()
    """Local times of day in the policy's time zone, instead of intervals."""
    grace: timedelta
    """How long after due an unrecorded check becomes overdue."""
    remind_before: timedelta = timedelta(0)
    """How long before due the home's own screen prompts."""

    def covers(self, day: int) -> bool:
        """Whether this row speaks for that day of the placement."""
        return self.days is None or self.days[0] <= day <= self.days[1]


class Day(_Part):
    """The parts of a day, local time."""

    waking_from: time = time(7, 0)
    sleeping_from: time = time(22, 0)


class Suit(_Part):
    """A phase and a risk that a policy is written for."""

    phase: Phase
    risk: Risk


class Rung(_Part):
    """One step of a ladder: at `anchor` + `after`, these roles hear this template on these channels."""

    anchor: Anchor
    after: timedelta = Field(ge=timedelta(0))
    stage: Stage
    roles: tuple[Role, ...] = Field(min_length=1)
    channels: tuple[Channel, ...] = Field(min_length=1)
    template: Template
    answer_within: timedelta | None = None
    """How long a person is given before the text says who is next; it never delays the next rung."""
    until: str | None = Field(default=None, pattern=f"^{POLICE_REFERENCE}$")
    every: timedelta | None = Field(default=None, ge=timedelta(seconds=1))
    confirmations: int = Field(default=1, ge=1, le=5)

    @property
    def is_police(self) -> bool:
        """Whether this is the rung that no lease may delay."""
        return self.until == POLICE_REFERENCE

    @property
    def is_review(self) -> bool:
        """Whether it comes again every `every`, counted from its first time, for as long as the child is missing."""
        return self.every is not None and self.until is None


class Repeat(_Part):
    """The end of the ladder: loud, for ever. It can't be configured away."""

    every: timedelta = Field(default=timedelta(minutes=15), ge=timedelta(seconds=1))
    roles: tuple[Role, ...] = Field(default=(Role.EVERYONE_ALERTED, Role.RESPONSIBLE_INDIVIDUAL), min_length=1)


class Delivering(_Part):
    """What counts as delivered."""

    confirmed_within: timedelta = timedelta(seconds=60)
    """A text or a call of which the provider has said nothing final by then counts as not delivered: the person's next
    channel is used (practice notes 6.4: a failed send skips to the next channel in 60 seconds)."""


class Policy(_Part):
    """A set of check plans and ladders, published by two people; a running episode keeps the version it began with."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{1,62}$")
    title: str = Field(min_length=1, max_length=120)
    timezone: str = "Europe/London"
    version: int = Field(default=1, ge=1)
    demonstration: bool = False
    """Runs in minutes, for a demonstration home only."""
    suits: tuple[Suit, ...] = ()
    """The phases and risks it is written for; see `domain.phases`."""
    lease: Lease = Lease()
    check_plan: tuple[CheckPlanRow, ...] = Field(min_length=1)
    day: Day = Day()
    rung: tuple[Rung, ...] = Field(min_length=1)
    repeat: Repeat = Repeat()
    delivery: Delivering = Delivering()

    def rungs(self, anchor: Anchor) -> list[tuple[int, Rung]]:
        """The rungs of one anchor with their numbers in the policy, earliest first."""
        return sorted(
            ((number, rung) for number, rung in enumerate(self.rung) if rung.anchor is anchor),
            key=lambda numbered: (numbered[1].after, numbered[0]),
        )

    def plan_for(self, day: int) -> CheckPlanRow:
        """The first row that covers the day; the last row stands for all days that no row covers."""
        return next((row for row in self.check_plan if row.covers(day)), self.check_plan[-1])


def to_text(policy: Policy) -> str:
    """The canonical JSON of a policy: the same policy is the same text, byte for byte."""
    return policy.model_dump_json(exclude_defaults=False)


@lru_cache(maxsize=32)
def from_text(text: str) -> Policy:
    """The policy of a canonical JSON text. Parsing is cached: a home's children mostly share a few policies."""
    return Policy.model_validate_json(text)
