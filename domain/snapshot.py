"""A placement in a few lines: what lists and boards show, kept in SQL beside the facts and rebuilt from the engine."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from domain import ladder
from domain.facts import Actor
from domain.names import Ending, Phase, Risk, Role, Stage, Template
from domain.state import Episode, PlacementState


class DeskSnapshot(BaseModel):
    """A desk that has a circular."""

    model_config = ConfigDict(frozen=True)

    key: str
    name: str
    acknowledged_at: datetime | None = None


class CirculationSnapshot(BaseModel):
    """The circular of an episode, as a list shows it; what it tells is in the record."""

    model_config = ConfigDict(frozen=True)

    began_at: datetime
    over: bool = False
    desks: list[DeskSnapshot] = []
    """Those that were reached."""


class EpisodeSnapshot(BaseModel):
    """An episode as a list shows it."""

    model_config = ConfigDict(frozen=True)

    number: int
    stage: Stage
    began_at: datetime
    owner: Actor | None = None
    held_until: datetime | None = None
    takers_wanted: int = 0
    """How many more people must take it, beside the owner, before the ladder is held."""
    police_told: bool = False
    awaits_second_person: str | None = None
    expected_back_by: datetime | None = None
    next_rung_at: datetime | None = None
    next_roles: list[Role] = []
    again_at: datetime | None = None
    """When something that has been said is said again, if nobody does anything: to the police rung, or at the end."""
    rungs_fired: int = 0
    people_told: int = 0
    circulation: CirculationSnapshot | None = None
    """The circular to neighbouring authorities that stands; None: none does."""
    circulates_unasked: bool = False
    """The policy sends one by itself; otherwise somebody has to approve it."""
    ending: Ending | None = None


class Snapshot(BaseModel):
    """A placement as a list shows it. `as_of_fact` orders two snapshots of the same placement."""

    model_config = ConfigDict(frozen=True)

    alias: str
    as_of_fact: int
    as_of: datetime
    phase: Phase
    risk: Risk
    policy_id: str | None = None
    """The policy that the child is watched by now; None: written before this was kept."""
    closer_watch: bool = False
    next_due_at: datetime | None = None
    overdue_at: datetime | None = None
    remind_at: datetime | None = None
    away_until: datetime | None = None
    ended: bool = False
    exercise: bool = False
    episodes: list[EpisodeSnapshot] = []


def of_episode(episode: Episode) -> EpisodeSnapshot:
    """An episode in a few lines."""
    following = next(iter(ladder.steps(episode)), None)
    return EpisodeSnapshot(
        number=episode.number,
        stage=episode.stage,
        began_at=episode.began_at,
        owner=episode.owner.actor if episode.owner else None,
        held_until=episode.owner.until if episode.owner else None,
        takers_wanted=ladder.missing_takers(episode) if episode.owner else 0,
        police_told=episode.police is not None,
        awaits_second_person=episode.proposals[0].kind.value if episode.proposals else None,
        expected_back_by=episode.expected_back_by,
        next_rung_at=following.at if following else None,
        next_roles=list(following.rung.roles) if following else [],
        again_at=_again_at(episode),
        rungs_fired=len(episode.rungs),
        people_told=sum(bool(told.channels) for told in episode.told),
        circulation=_circulation(episode),
        circulates_unasked=any(rung.template is Template.NEIGHBOUR_ALERT for rung in episode.policy.rung),
        ending=episode.ending,
    )


def _circulation(episode: Episode) -> CirculationSnapshot | None:
    if not episode.circulations:
        return None
    last = episode.circulations[-1]
    return CirculationSnapshot(
        began_at=last.began_at,
        over=last.over,
        desks=[
            DeskSnapshot(key=key, name=last.desks[key], acknowledged_at=last.acknowledged.get(key))
            for key in sorted(last.desks, key=lambda one: (last.desks[one], one))
        ],
    )


def _again_at(episode: Episode) -> datetime | None:
    times = (ladder.police_repeats_at(episode), ladder.repeats_at(episode)) if episode.ending is None else ()
    return min((at for at in times if at is not None), default=None)


def of(state: PlacementState, now: datetime) -> Snapshot:
    """The placement now."""
    expected = state.expectation
    return Snapshot(
        alias=state.alias,
        as_of_fact=state.fact_count,
        as_of=now,
        phase=state.phase,
        risk=state.risk,
        policy_id=state.policy.id,
        closer_watch=state.closer_watch,
        next_due_at=expected.due_at if expected else None,
        overdue_at=expected.overdue_at if expected else None,
        remind_at=expected.remind_at if expected else None,
        away_until=state.absence.back_by if state.absence else None,
        ended=state.ended_at is not None,
        exercise=state.exercise is not None,
        episodes=[of_episode(episode) for episode in state.episodes],
    )
