"""The home's check-in page: every child, what is due when, and one tap to record it."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from domain.names import Role
from store.homes import Home
from web.pages import directory, reading
from web.pages.errors import PageRoute
from web.pages.forms import FormProblem
from web.pages.rendering import page, services_of
from web.pages.visitors import SignedIn, Visitor
from web.preparing import homes_prepared

DEMONSTRATION = "demonstration"
"""The policy that a child arriving at a demonstration home gets unless another is chosen."""

router = APIRouter(route_class=PageRoute)


@router.get("/")
async def home(request: Request, visitor: SignedIn) -> Response:
    """The page."""
    return await show(request, visitor)


async def show(request: Request, visitor: Visitor, problem: FormProblem | None = None, status: int = 200) -> Response:
    """The page, with a form that came back if there is one."""
    homes = await reading.homes_of(request, visitor.person)
    return page(
        request,
        "home.html",
        visitor=visitor,
        status=status,
        children=await reading.children(request, visitor),
        homes=homes,
        arrival=await _arrival(request, homes),
        problem=problem,
        manages=bool(homes_prepared(visitor.person)),
        doubtful=await directory.doubtful(request, visitor),
    )


async def _arrival(request: Request, homes: list[Home]) -> dict[str, object] | None:
    """What the form for an arrival offers; None where nobody can be admitted."""
    services = services_of(request)
    possible = [one for one in homes if one.demonstration or not services.settings.simulated]
    if not possible:
        return None
    policies = {row.policy.id: row.policy.title for row in await services.store.policies.list() if row.published_at}
    authorities = await services.store.directory.authorities("local_authority")
    people = await services.store.directory.people()
    placing = {held.authority_id for one in people for held in one.roles if held.role is Role.SOCIAL_WORKER}
    # Those with a social worker first: a child has to be placed by somebody who can be told.
    authorities.sort(key=lambda one: one.id not in placing)
    chosen = DEMONSTRATION if possible[0].demonstration and DEMONSTRATION in policies else ""
    return {"homes": possible, "policies": policies, "authorities": authorities, "policy": chosen}
