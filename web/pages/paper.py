"""The home's paper ladder as a file to print, for those who work there."""

import asyncio

import structlog
from fastapi import APIRouter, Request
from starlette.responses import Response

from web.pages import reading
from web.pages.errors import PageRoute
from web.pages.rendering import HEADERS, services_of
from web.pages.visitors import SignedIn
from web.problems import NoSuchThing

log = structlog.get_logger()

router = APIRouter(route_class=PageRoute)


@router.get("/paper/{code}")
async def paper_ladder(request: Request, visitor: SignedIn, code: str) -> Response:
    """A PDF, drawn from what the store knows now.

    Raises:
        NoSuchThing: there is no home of that code where this person has a role.
    """
    # Loading the library takes half a second, which the start of the web app does not have to wait for.
    from paper.files import file_name  # noqa: PLC0415
    from paper.ladder import paper_of  # noqa: PLC0415
    from paper.sheet import to_pdf  # noqa: PLC0415

    homes = await reading.homes_of(request, visitor.person)
    home = next((one for one in homes if one.code == code), None)
    if home is None:
        raise NoSuchThing("There is no home of this code where you have a role.")
    services = services_of(request)
    paper = await paper_of(services.store, home, services.clock())
    drawn = await asyncio.to_thread(to_pdf, paper)
    log.info("paper ladder given out", home=home.code, person_id=visitor.person.id)
    attached = {"Content-Disposition": f'attachment; filename="{file_name(home.code)}"'}
    return Response(drawn, media_type="application/pdf", headers=HEADERS | attached)
