"""Placements: a child enters care, is seen, is out with agreement, changes plan, leaves."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from domain.calendar import resolve
from domain.policy import Policy, to_text
from store.homes import Home
from store.placements import PlacementRow
from web.acts import Asker, Queued
from web.api import admission, bodies
from web.api.answers import AdmissionKept, Admitted, Done, PlacementAnswer
from web.api.context import Context, Ctx, alias_of, done, episode_of
from web.api.route import ApiRoute
from web.plans import Plans
from web.problems import NoSuchThing, Problem, bad_field
from web.replies import QUEUED, Telling
from web.standing import OUTSIDE, Place

router = APIRouter(prefix="/placements", tags=["placements"], route_class=ApiRoute)


@router.post("", status_code=201, response_model=Admitted, responses={202: {"model": AdmissionKept}})
async def admit(ctx: Ctx, request: Request, body: bodies.PlacementBody) -> Response:
    """A child enters care: the first expectation is armed before this answers."""
    admissions: admission.Admissions = request.app.state.admissions
    ground = await admissions.ground(body)
    asker = await _admitting(ctx, body)
    admissions.refuse_unsigned(body, ground, asker.actor.person_id)
    alias = await admissions.alias(asker, ctx.key, body, ground)
    outcome = await ctx.acts.perform(asker, admission.act(asker, ctx.key, ctx.route, ctx.digest, alias, body, ground))
    more: dict[str, Any] = {"placement_id": alias, "warnings": ground.warnings}
    if isinstance(outcome, Queued):
        kept = AdmissionKept(intent_id=outcome.intent_id, message=QUEUED, **more)
        return JSONResponse(kept.model_dump(mode="json"), status_code=202)
    telling = Telling(await ctx.standings.zone_of(body.home_id), ctx.services.clock())
    told = done(alias, "admit", outcome, telling).model_dump(mode="json")
    return JSONResponse(Admitted(**told, **more).model_dump(mode="json"), status_code=201)


@router.get("/{placement_id}")
async def get_placement(ctx: Ctx, placement_id: str) -> PlacementAnswer:
    """State, phase, next due, open episode: as they were last known."""
    return PlacementAnswer.of(await ctx.readable(placement_id))


@router.post("/{placement_id}/check-ins", response_model=Done)
async def check_in(ctx: Ctx, placement_id: str, body: bodies.CheckInBody) -> Response:
    """Record whether the child was seen."""
    if body.back_by is not None and body.outcome != "not_here_known_place":
        raise bad_field("back_by", "only for not_here_known_place")
    return await ctx.act(alias_of(placement_id), "check_in", body.on_behalf_of, _fields(body))


@router.post("/{placement_id}/absences", response_model=Done)
async def agree_absence(ctx: Ctx, placement_id: str, body: bodies.AbsenceBody) -> Response:
    """The child is out with agreement: the next check is when they are to be back."""
    return await ctx.act(alias_of(placement_id), "agree_absence", body.on_behalf_of, _fields(body))


@router.post("/{placement_id}/plan", response_model=Done)
async def change_plan(ctx: Ctx, request: Request, placement_id: str, body: bodies.PlanBody) -> Response:
    """Change risk, phase or policy. Watching a child less closely needs a second person."""
    alias = alias_of(placement_id)
    fields = _fields(body, without={"policy_id"}) | {"apply_to_episode": _own_episode(alias, body.apply_to_episode)}
    placement = await ctx.standings.placement(alias)
    if placement is not None:
        fields |= await _signers(ctx, placement, body)
    if body.policy_id is not None or _moves(body):
        if placement is None:
            raise Problem(503, "Not available now", "The policies can't be read now; try again in a moment.")
        fields |= await _new_policy(ctx, request.app.state.admissions.plans, placement, body)
    return await ctx.act(alias, "change_plan", body.on_behalf_of, fields)


def _moves(body: bodies.PlanBody) -> bool:
    return body.phase is not None or body.risk is not None or body.closer_watch is not None


async def _signers(ctx: Context, placement: PlacementRow, body: bodies.PlanBody) -> dict[str, Any]:
    """What the two who sign are to the placement: a name that means nothing would be no second look."""
    place = Place.of(placement)
    asker = body.on_behalf_of or ctx.caller.person_id
    signers = {"actor_roles": await ctx.standings.roles(asker, place) if asker else ()}
    if body.second_person is not None:
        signers["second_roles"] = await ctx.standings.roles(body.second_person, place)
        if not signers["second_roles"]:
            raise bad_field("second_person", "this person has no role for this placement")
        if OUTSIDE.issuperset(signers["second_roles"]):
            raise bad_field("second_person", "the child's plan is not for the police or a neighbouring area to sign")
    return signers


async def _new_policy(ctx: Context, plans: Plans, placement: PlacementRow, body: bodies.PlanBody) -> dict[str, Any]:
    """The policy that is named, or the one that suits the child from now on."""
    home = await ctx.services.store.directory.home(placement.home_id)
    policy = await _chosen(plans, home, placement, body)
    arrival = await plans.arrival(home)
    again = {"arrival_policy_text": to_text(arrival)} if arrival is not None else {}
    if policy is None:
        return again
    return again | {"policy_text": to_text(policy), "calendar": resolve(policy, ctx.services.clock())}


async def _chosen(plans: Plans, home: Home, placement: PlacementRow, body: bodies.PlanBody) -> Policy | None:
    if body.policy_id is not None:
        return await plans.named(body.policy_id, home)
    known = placement.snapshot
    if known is None:
        raise Problem(503, "Not available now", "The child's plan is not known here yet; try again in a moment.")
    current = await plans.current(known.policy_id or placement.policy_id)
    if current is None or not current.suits:
        # A plan of their own, written for no phase: it stays until another one is named.
        return None
    closer_watch = known.closer_watch if body.closer_watch is None else body.closer_watch
    return await plans.suiting(body.phase or known.phase, body.risk or known.risk, closer_watch=closer_watch, home=home)


@router.post("/{placement_id}/end", response_model=Done)
async def end_placement(ctx: Ctx, placement_id: str, body: bodies.EndBody) -> Response:
    """The child leaves care, or has moved to a placement that was made before."""
    alias = alias_of(placement_id)
    if body.moved_to is not None:
        await _check_moved_to(ctx, alias, body.moved_to)
    return await ctx.act(alias, "end_placement", body.on_behalf_of, _fields(body))


async def _admitting(ctx: Context, body: bodies.PlacementBody) -> Asker:
    """Who admits: somebody with a role at the home or at the placing authority."""
    place = PlacementRow(
        alias="",
        home_id=body.home_id,
        placing_authority_id=body.placing_authority_id,
        policy_id=body.policy_id or "",
        admitted_at=ctx.services.clock(),
        request_id="",
        snapshot=None,
        as_of=None,
    )
    return await ctx.door.asker(ctx.caller, place, "admit", on_behalf_of=body.on_behalf_of)


async def _check_moved_to(ctx: Context, alias: str, moved_to: str) -> None:
    try:
        if alias_of(moved_to) == alias:
            raise bad_field("moved_to", "this is the same placement")
        await ctx.standings.placement(moved_to)
    except NoSuchThing:
        raise bad_field("moved_to", "there is no such placement: make the new one first") from None


def _own_episode(alias: str, episode_id: str | None) -> int | None:
    if episode_id is None:
        return None
    try:
        of_alias, number = episode_of(episode_id)
    except NoSuchThing:
        of_alias, number = "", 0
    if of_alias != alias:
        raise bad_field("apply_to_episode", "there is no such episode of this placement")
    return number


def _fields(body: bodies.Body, *, without: set[str] | None = None) -> dict[str, Any]:
    return body.model_dump(exclude={"on_behalf_of"} | (without or set()))
