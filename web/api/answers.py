"""What the API answers."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from domain.facts import FactKind
from domain.names import Ending, Phase, Risk, Role, Stage
from domain.snapshot import CirculationSnapshot, EpisodeSnapshot
from store.facts import StoredFact
from store.placements import PlacementRow


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True)


class Done(_Answer):
    """What became of an act."""

    outcome: str
    """One word for what happened."""
    next_due_at: datetime | None = None
    remind_at: datetime | None = None
    episode_id: str | None = None
    held_until: datetime | None = None
    held_by_role: Role | None = None
    message: str
    """The same in plain English."""


class Kept(_Answer):
    """It is kept and not done yet (202)."""

    queued: bool = True
    intent_id: str
    message: str


class Admitted(Done):
    """A child is in care."""

    placement_id: str
    warnings: list[str] = Field(default_factory=list)


class AdmissionKept(Kept):
    """A child's arrival is kept, and the engine will be told (202)."""

    placement_id: str
    warnings: list[str] = Field(default_factory=list)


class EpisodeAnswer(_Answer):
    """An episode in a few lines."""

    episode_id: str
    placement_id: str
    home_id: str
    as_of: datetime
    stage: Stage
    began_at: datetime
    held_by_role: Role | None
    held_until: datetime | None
    takers_wanted: int
    """How many more people must take it, beside the owner, before the ladder is held."""
    police_told: bool
    awaits_second_person: str | None
    expected_back_by: datetime | None
    next_rung_at: datetime | None
    next_roles: list[Role]
    rungs_fired: int
    people_told: int
    circulates_unasked: bool
    """The policy sends a circular to the neighbouring authorities by itself; otherwise somebody has to approve it."""
    circulation: CirculationSnapshot | None
    """The circular that stands, with the desks it has reached; null in a placement's answer, and for outsiders."""
    ending: Ending | None

    @classmethod
    def of(
        cls, row: PlacementRow, episode: EpisodeSnapshot, as_of: datetime, *, inside: bool = False
    ) -> "EpisodeAnswer":
        """From what was last known; whom a circular went to is for those who look after the child."""
        return cls(
            episode_id=f"{row.alias}-{episode.number}",
            placement_id=row.alias,
            home_id=row.home_id,
            as_of=as_of,
            held_by_role=episode.owner.role if episode.owner else None,
            circulation=episode.circulation if inside else None,
            **episode.model_dump(exclude={"number", "owner", "circulation"}),
        )


class EpisodeList(_Answer):
    """The work in hand."""

    as_of: datetime
    """When this list was made; each episode says how fresh it is."""
    episodes: list[EpisodeAnswer]


ELSEWHERE = {"alias", "as_of", "as_of_fact", "episodes", "policy_id"}
"""Fields of a snapshot that an answer has in another shape."""


class PlacementAnswer(_Answer):
    """A placement in a few lines. `as_of` is null until the engine has said something about it."""

    placement_id: str
    home_id: str
    placing_authority_id: str
    policy_id: str
    admitted_at: datetime
    as_of: datetime | None
    phase: Phase | None = None
    risk: Risk | None = None
    closer_watch: bool = False
    next_due_at: datetime | None = None
    remind_at: datetime | None = None
    overdue_at: datetime | None = None
    away_until: datetime | None = None
    ended: bool = False
    exercise: bool = False
    open_episode_id: str | None = None
    episodes: list[EpisodeAnswer] = Field(default_factory=list)

    @classmethod
    def of(cls, row: PlacementRow) -> "PlacementAnswer":
        """From what was last known."""
        snapshot = row.snapshot
        episodes = [EpisodeAnswer.of(row, one, snapshot.as_of) for one in snapshot.episodes] if snapshot else []
        known = snapshot.model_dump(exclude=ELSEWHERE) if snapshot else {}
        return cls(
            placement_id=row.alias,
            home_id=row.home_id,
            placing_authority_id=row.placing_authority_id,
            policy_id=(snapshot.policy_id if snapshot else None) or row.policy_id,
            admitted_at=row.admitted_at,
            as_of=row.as_of,
            open_episode_id=_gravest(episodes),
            episodes=episodes,
            **known,
        )


def _gravest(episodes: list[EpisodeAnswer]) -> str | None:
    """The open episode to look at first: one in which the child is not back, before one that waits to be closed."""
    waiting = [one for one in episodes if one.ending is None]
    waiting.sort(key=lambda one: one.stage is Stage.RETURNED)
    return waiting[0].episode_id if waiting else None


class FactAnswer(_Answer):
    """One thing that happened."""

    id: str
    n: int | None
    kind: FactKind
    origin: str
    at: datetime
    recorded_at: datetime
    person_id: str | None
    role: Role | None
    via: str
    on_behalf: bool
    sentence: str
    data: dict[str, Any]

    @classmethod
    def of(cls, fact: StoredFact, sentence: str) -> "FactAnswer":
        """From the ledger."""
        return cls(
            id=fact.id,
            n=fact.n,
            kind=fact.kind,
            origin=fact.origin,
            at=fact.at,
            recorded_at=fact.recorded_at,
            sentence=sentence,
            data=dict(fact.data),
            **fact.actor.model_dump(),
        )


class PoliceCallAnswer(_Answer):
    """A call that a person has to make: the engine never rings the police."""

    as_of: datetime
    episode_id: str
    ring: str
    force: str
    """The police force of the home's area; empty: not known here."""
    say: list[str]
    ask: list[str]
    then: str


class Timeline(_Answer):
    """An episode's history, oldest first."""

    as_of: datetime
    episode_id: str
    facts: list[FactAnswer]
