"""Episodes: the work in hand, its history, and what people answer, find out and do."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Response

from domain.names import Ending
from domain.snapshot import EpisodeSnapshot
from domain.story import sentence
from store.placements import PlacementRow
from web.api import bodies
from web.api.answers import Done, EpisodeAnswer, EpisodeList, FactAnswer, PoliceCallAnswer, Timeline
from web.api.context import Context, Ctx, episode_of
from web.api.names import names_of
from web.api.route import ApiRoute
from web.circulars import refuse_naming
from web.plans import refuse_early_handover
from web.police_call import call_for
from web.problems import Forbidden, NoSuchThing, bad_field
from web.standing import OUTSIDE

router = APIRouter(prefix="/episodes", tags=["episodes"], route_class=ApiRoute)


@router.get("")
async def list_episodes(ctx: Ctx, state: str = "open") -> EpisodeList:
    """The episodes that are open, longest running first: those that the caller has a role for."""
    if state != "open":
        raise bad_field("state", "expected open: closed episodes are found through their placement")
    found = await ctx.services.store.placements.open_episodes()
    mine = [EpisodeAnswer.of(row, one, _as_of(row)) for row, one in found if await _is_mine(ctx, row)]
    return EpisodeList(as_of=ctx.services.clock(), episodes=mine)


@router.get("/{episode_id}")
async def get_episode(ctx: Ctx, episode_id: str) -> EpisodeAnswer:
    """One episode, as it was last known."""
    alias, number = episode_of(episode_id)
    row = await ctx.readable(alias)
    role = None if ctx.caller.person_id is None else await ctx.standings.role_for(ctx.caller.person_id, row)
    return EpisodeAnswer.of(row, _episode(row, number), _as_of(row), inside=role not in OUTSIDE)


@router.get("/{episode_id}/timeline")
async def get_timeline(ctx: Ctx, episode_id: str, until: bodies.Instant | None = None) -> Timeline:
    """What happened in an episode, oldest first, each in a plain sentence. Not for those outside the child's care."""
    alias, number = episode_of(episode_id)
    row = await _inside(ctx, alias)
    store = ctx.services.store
    facts = await store.facts.timeline(alias, number, until)
    if not facts:
        _episode(row, number)
    names, zone = await names_of(ctx), await ctx.standings.zone(row)
    told = [FactAnswer.of(fact, sentence(fact, names, zone=zone)) for fact in facts]
    return Timeline(as_of=ctx.services.clock(), episode_id=episode_id, facts=told)


@router.get("/{episode_id}/police-call")
async def get_police_call(ctx: Ctx, episode_id: str) -> PoliceCallAnswer:
    """What to say to the police, and what to ask for: a person rings them. Not for those outside the child's care."""
    alias, number = episode_of(episode_id)
    row = await _inside(ctx, alias)
    _episode(row, number)
    facts = await ctx.services.store.facts.timeline(alias)
    now, zone = ctx.services.clock(), await ctx.standings.zone(row)
    call = await call_for(ctx.services, row, facts, number, now=now, zone=zone)
    return PoliceCallAnswer(as_of=now, episode_id=episode_id, **asdict(call))


async def _inside(ctx: Context, alias: str) -> PlacementRow:
    """The placement, for somebody who looks after the child.

    Raises:
        Forbidden: they only help to find them.
    """
    row = await ctx.readable(alias)
    if ctx.caller.person_id is not None and await ctx.standings.role_for(ctx.caller.person_id, row) in OUTSIDE:
        raise Forbidden("The child's record is not for those outside their care.")
    return row


@router.post("/{episode_id}/responses", response_model=Done)
async def respond(ctx: Ctx, episode_id: str, body: bodies.ResponseBody) -> Response:
    """Take it, say that you cannot, hold on, hand over, confirm that the child is missing, or wake the next person."""
    return await _act(ctx, episode_id, "answer", body)


@router.post("/{episode_id}/police-reports", response_model=Done)
async def report_to_police(ctx: Ctx, episode_id: str, body: bodies.PoliceReportBody) -> Response:
    """Record that a person has told the police, and the reference they were given."""
    return await _act(ctx, episode_id, "police_reported", body)


@router.post("/{episode_id}/sightings", response_model=Done)
async def add_sighting(ctx: Ctx, episode_id: str, body: bodies.SightingBody) -> Response:
    """Keep an item of information."""
    return await _act(ctx, episode_id, "sighting", body)


@router.post("/{episode_id}/circulation", response_model=Done)
async def circulate(ctx: Ctx, episode_id: str, body: bodies.CirculationBody) -> Response:
    """Say what a circular is to tell. From a manager, the duty team or the police it is the approval to send it."""
    alias, _ = episode_of(episode_id)
    placement = await ctx.standings.placement(alias)
    await refuse_naming(ctx.services, placement, body.description)
    person_id = ctx.caller.person_id or body.on_behalf_of
    roles = await ctx.standings.roles_at(person_id, placement)
    return await _act(ctx, episode_id, "circulate", body, actor_roles=roles)


@router.post("/{episode_id}/circulation/acknowledgements", response_model=Done)
async def acknowledge_for_desk(ctx: Ctx, episode_id: str, body: bodies.DeskBody) -> Response:
    """Record that a desk which has the circular has seen it, as it said by telephone."""
    return await _act(ctx, episode_id, "desk_acknowledged", body)


@router.post("/{episode_id}/located", response_model=Done)
async def locate(ctx: Ctx, episode_id: str, body: bodies.LocatedBody) -> Response:
    """Record where the child is; after *unaccounted* a second person confirms."""
    return await _act(ctx, episode_id, "found", body, located=True)


@router.post("/{episode_id}/returned", response_model=Done)
async def record_return(ctx: Ctx, episode_id: str, body: bodies.ReturnedBody) -> Response:
    """Record that the child is back; after *unaccounted* a second person confirms."""
    return await _act(ctx, episode_id, "found", body, located=False)


@router.post("/{episode_id}/close", response_model=Done)
async def close(ctx: Ctx, episode_id: str, body: bodies.CloseBody) -> Response:
    """End an episode in one of the lawful ways."""
    if body.ending is Ending.ADULT_HANDOVER:
        await _refuse_early_handover(ctx, episode_id, body)
    return await _act(ctx, episode_id, "close", body)


async def _refuse_early_handover(ctx: Context, episode_id: str, body: bodies.CloseBody) -> None:
    alias, _ = episode_of(episode_id)
    row = await ctx.readable(alias)
    today = ctx.services.clock().astimezone(await ctx.standings.zone(row)).date()
    await refuse_early_handover(ctx.services, alias, body.date_of_birth, today)


@router.post("/{episode_id}/cancel", response_model=Done)
async def cancel(ctx: Ctx, episode_id: str, body: bodies.CancelBody) -> Response:
    """Say that it was declared in error; it ends when a second person says so too."""
    return await _act(ctx, episode_id, "close", body, ending=Ending.DECLARED_IN_ERROR)


@router.post("/{episode_id}/reopen", response_model=Done)
async def reopen(ctx: Ctx, episode_id: str, body: bodies.ReopenBody) -> Response:
    """Start a closed episode again, loud from its first rung."""
    return await _act(ctx, episode_id, "reopen", body)


@router.post("/{episode_id}/return-interview", response_model=Done)
async def record_return_interview(ctx: Ctx, episode_id: str, body: bodies.ReturnInterviewBody) -> Response:
    """Record what became of the return interview."""
    return await _act(ctx, episode_id, "return_interview", body)


async def _act(ctx: Context, episode_id: str, update: str, body: bodies.Body, **more: Any) -> Response:  # noqa: ANN401
    alias, number = episode_of(episode_id)
    fields = body.model_dump(exclude={"on_behalf_of", "date_of_birth"}) | more | {"episode": number}
    return await ctx.act(alias, update, body.on_behalf_of, fields)


async def _is_mine(ctx: Context, row: PlacementRow) -> bool:
    if ctx.caller.person_id is None:
        return True
    try:
        await ctx.standings.role_for(ctx.caller.person_id, row)
    except Forbidden:
        return False
    return True


def _as_of(row: PlacementRow) -> datetime:
    return row.as_of or row.admitted_at


def _episode(row: PlacementRow, number: int) -> EpisodeSnapshot:
    episodes = row.snapshot.episodes if row.snapshot else []
    found = next((one for one in episodes if one.number == number), None)
    if found is None:
        raise NoSuchThing("There is no such episode, or it closed before the last one did: read its timeline.")
    return found
