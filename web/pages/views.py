"""What a page shows of a placement: taken from its snapshot, with nothing decided anew."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from domain.names import Phase, Risk, Stage
from domain.snapshot import EpisodeSnapshot, Snapshot
from domain.story import PHASES, RISKS, STAGES, in_words
from store.placements import PlacementRow

ALARM = (Stage.OVERDUE, Stage.UNACCOUNTED, Stage.MISSING)
"""The ladder climbs."""
NOT_BACK = (*ALARM, Stage.AWAY, Stage.LOCATED)

MEANINGS = {
    Stage.OVERDUE: "A check was not recorded in time. People are being told, one after the other.",
    Stage.UNACCOUNTED: "Nobody knows where the child is. People are being told, one after the other.",
    Stage.MISSING: "It is not known where the child is. The police must be told by telephone.",
    Stage.AWAY: "It is known where the child is, and they are not where they should be.",
    Stage.LOCATED: "It is known where the child is. They are not back yet.",
    Stage.RETURNED: "The child is back. The tasks after a return are open.",
    Stage.CLOSED: "This is over.",
}
CONFIRM = {
    "returned": "the child is back",
    "located": "it is known where the child is",
    "cancel": "this was an error",
    "death": "the child has died",
}


class Urgency(StrEnum):
    """How a card looks; what it means stands beside it in words."""

    ALARM = "alarm"
    OVERDUE = "overdue"
    SOON = "soon"
    CALM = "calm"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class EpisodeView:
    """An episode as a list and its own page show it."""

    alias: str
    snapshot: EpisodeSnapshot
    owner: str = ""
    """Who has it, by name."""

    @property
    def id(self) -> str:
        """`Heron-42-1`."""
        return f"{self.alias}-{self.snapshot.number}"

    @property
    def number(self) -> int:
        """Its number in the placement."""
        return self.snapshot.number

    @property
    def stage(self) -> Stage:
        """How far it has gone."""
        return self.snapshot.stage

    @property
    def title(self) -> str:
        """The stage in words."""
        words = STAGES[self.snapshot.stage]
        return words[:1].upper() + words[1:]

    @property
    def meaning(self) -> str:
        """What the stage means, in a sentence."""
        return MEANINGS[self.snapshot.stage]

    @property
    def alarm(self) -> bool:
        """Whether the ladder climbs."""
        return self.snapshot.ending is None and self.snapshot.stage in ALARM

    @property
    def not_back(self) -> bool:
        """Whether the child is not back yet."""
        return self.snapshot.ending is None and self.snapshot.stage in NOT_BACK

    @property
    def open(self) -> bool:
        """Whether it has not ended."""
        return self.snapshot.ending is None

    def is_held_by(self, person_id: str) -> bool:
        """Whether this person has it."""
        return self.snapshot.owner is not None and self.snapshot.owner.person_id == person_id

    @property
    def waits_for(self) -> str:
        """What a second person must confirm, in words."""
        kind = self.snapshot.awaits_second_person
        return CONFIRM.get(kind, kind) if kind else ""

    @property
    def next_people(self) -> str:
        """Who is told next."""
        return in_words([role.value for role in self.snapshot.next_roles])


@dataclass(frozen=True, slots=True)
class ChildView:
    """A child as the home's page shows them."""

    row: PlacementRow
    preferred_name: str = ""
    age_known: bool = True
    """Age not known: treated as a child, and shown as such."""
    episode: EpisodeView | None = None
    """The one that matters most now."""
    report_waits: bool = False
    """A report about this child is queued."""

    @property
    def alias(self) -> str:
        """The child's name on every screen."""
        return self.row.alias

    @property
    def snapshot(self) -> Snapshot | None:
        """What was last known."""
        return self.row.snapshot

    @property
    def plan(self) -> str:
        """Phase and risk in words."""
        phase = self.snapshot.phase if self.snapshot else Phase.ARRIVAL
        risk = self.snapshot.risk if self.snapshot else Risk.HIGH
        return f"{PHASES[phase]}, {RISKS[risk]}"

    @property
    def version(self) -> str:
        """Changes when the card has to be shown anew."""
        return f"{self.snapshot.as_of_fact if self.snapshot else 0}.{int(self.report_waits)}"

    def urgency(self, now: datetime) -> Urgency:
        """How a card looks at this moment."""
        if self.episode is not None and self.episode.not_back:
            return Urgency.ALARM
        if self.snapshot is None or self.snapshot.next_due_at is None:
            return Urgency.UNKNOWN
        if now >= self.snapshot.next_due_at:
            return Urgency.OVERDUE
        remind_at = self.snapshot.remind_at or self.snapshot.next_due_at
        return Urgency.SOON if now >= remind_at else Urgency.CALM


def foremost(episodes: list[EpisodeSnapshot]) -> EpisodeSnapshot | None:
    """The episode that matters most: the child is not back; else one that is still open."""
    living = [one for one in episodes if one.ending is None]
    return next((one for one in living if one.stage in NOT_BACK), next(iter(living), None))
