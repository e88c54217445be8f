"""A child's own page: plan, what is due, episodes; and the form for an arrival."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import Response

from domain.facts import FactKind
from web.pages import reading
from web.pages.errors import PageRoute
from web.pages.rendering import page, services_of
from web.pages.visitors import SignedIn

router = APIRouter(route_class=PageRoute)


@router.get("/placements/{alias}")
async def show(request: Request, visitor: SignedIn, alias: str) -> Response:
    """The page."""
    services = services_of(request)
    child = await reading.child(request, visitor, alias)
    facts = await services.store.facts.timeline(alias)
    policy_id = (child.snapshot.policy_id if child.snapshot else None) or child.row.policy_id
    policy = await services.store.policies.published(policy_id)
    began = {fact.episode: fact.at for fact in facts if fact.kind is FactKind.EPISODE_OPENED and fact.episode}
    ended = {fact.episode: fact.at for fact in facts if fact.kind is FactKind.EPISODE_ENDED and fact.episode}
    checks = [fact for fact in facts if fact.kind in (FactKind.CHECKED_IN, FactKind.CHECKED_IN_LATE)]
    return page(
        request,
        "placement.html",
        visitor=visitor,
        status=HTTPStatus.OK,
        child=child,
        policy=policy.title if policy else policy_id,
        episodes=[(number, at, ended.get(number)) for number, at in sorted(began.items(), reverse=True)],
        checks=checks[: -RECENT - 1 : -1],
        names=await reading.Names.load(services),
    )


RECENT = 10
"""Checks shown."""
