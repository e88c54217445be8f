"""Exercises: the same ladder on real phones, every message marked, and nobody outside the cast."""

from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from domain.exercise import LASTS, LONGEST, SHORTEST, Scenario, is_exercise
from domain.exercise_lines import Report
from domain.facts import Actor
from domain.names import Role
from store.errors import NotFound
from store.people import Person
from store.placements import PlacementRow
from web.api.answers import Done
from web.api.bodies import Body, EndBody, Id, example
from web.api.context import Context, Ctx, alias_of
from web.api.directory import UNKNOWN
from web.api.keyed import once
from web.api.route import ApiRoute
from web.exercises import Exercises, Wish
from web.preparing import PREPARERS
from web.problems import NoSuchThing

router = APIRouter(tags=["exercises"], route_class=ApiRoute)


class ExerciseBody(Body):
    """An exercise begins."""

    model_config = example(scenario="not_here", policy_id="arrival-high", lasts="PT30M")

    scenario: Scenario = Scenario.NOT_HERE
    policy_id: str | None = Field(None, min_length=1, max_length=64)
    """Left out: the published policy for arrival at high risk."""
    lasts: timedelta = Field(LASTS, ge=SHORTEST, le=LONGEST)
    """It ends by itself after this long: PT1M to PT4H."""
    placing_authority_id: Id | None = None
    """An authority that has agreed to take part; left out: observers play its people too."""


class ExerciseAnswer(BaseModel):
    """An exercise in a few lines."""

    model_config = ConfigDict(frozen=True)

    exercise_id: str
    home_id: str
    started_at: datetime
    ended: bool
    until: datetime | None = None
    episode_id: str | None = None

    @classmethod
    def of(cls, row: PlacementRow) -> "ExerciseAnswer":
        """From what was last known."""
        known = row.snapshot
        episode = f"{row.alias}-{known.episodes[-1].number}" if known and known.episodes else None
        return cls(
            exercise_id=row.alias,
            home_id=row.home_id,
            started_at=row.admitted_at,
            ended=known is not None and known.ended,
            episode_id=episode,
        )


class ExerciseList(BaseModel):
    """A home's exercises, the latest first."""

    as_of: datetime
    exercises: list[ExerciseAnswer]


@router.post("/homes/{home_id}/exercises", status_code=201, response_model=ExerciseAnswer)
async def start_exercise(ctx: Ctx, request: Request, home_id: str, body: ExerciseBody) -> Response:
    """Start an exercise at a home: for its managers. It is never kept for later: start it again if it is refused."""
    exercises: Exercises = request.app.state.exercises
    person_id = await ctx.door.person(ctx.caller, body.on_behalf_of)
    person = await exercises.manager(person_id, home_id)
    try:
        home = await ctx.services.store.directory.home(home_id)
    except NotFound:
        raise NoSuchThing(UNKNOWN) from None
    wish = Wish(home, body.policy_id, body.scenario, body.lasts, body.placing_authority_id)

    async def make(intent_id: str) -> dict[str, Any]:
        actor = acting(person, home_id, via=ctx.caller.via, on_behalf=ctx.caller.person_id is None)
        started = await exercises.start(wish, actor, intent_id)
        episode = f"{started.alias}-{started.reply.episode}" if started.reply.episode else None
        answer = ExerciseAnswer(
            exercise_id=started.alias,
            home_id=home_id,
            started_at=ctx.services.clock(),
            ended=False,
            until=started.until,
            episode_id=episode,
        )
        return answer.model_dump(mode="json")

    return await once(ctx, "exercise", make)


@router.get("/homes/{home_id}/exercises")
async def list_exercises(ctx: Ctx, request: Request, home_id: str) -> ExerciseList:
    """The exercises of a home."""
    exercises: Exercises = request.app.state.exercises
    await _may_read(ctx, exercises, home_id)
    rows = await exercises.of_home(home_id)
    return ExerciseList(as_of=ctx.services.clock(), exercises=[ExerciseAnswer.of(row) for row in rows])


@router.get("/exercises/{exercise_id}")
async def get_exercise_report(ctx: Ctx, request: Request, exercise_id: str) -> Report:
    """What an exercise has shown: rungs as planned and as they went, each person's answer, what would have failed."""
    exercises: Exercises = request.app.state.exercises
    row = await exercises.row(exercise_id)
    await _may_read(ctx, exercises, row.home_id)
    return await exercises.report(row)


@router.post("/exercises/{exercise_id}/end", response_model=Done)
async def end_exercise(ctx: Ctx, exercise_id: str, body: EndBody) -> Response:
    """End an exercise now: everyone who was alerted hears that it is over. Anybody who takes part may do so."""
    if not is_exercise(exercise_id):
        raise NoSuchThing("There is no such exercise.")
    fields = {"reason": body.reason, "moved_to": None}
    return await ctx.act(alias_of(exercise_id), "end_placement", body.on_behalf_of, fields)


async def _may_read(ctx: Context, exercises: Exercises, home_id: str) -> None:
    if ctx.caller.person_id is not None:
        await exercises.manager(ctx.caller.person_id, home_id)


def acting(person: Person, home_id: str, *, via: str, on_behalf: bool = False) -> Actor:
    """A manager as the one who starts an exercise."""
    roles = {held.role for held in person.roles if held.home_id == home_id}
    role = next((one for one in Role if one in roles & PREPARERS), None)
    return Actor(person_id=person.id, role=role, via=via, on_behalf=on_behalf)
