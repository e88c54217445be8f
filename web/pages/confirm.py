"""The page behind the link in an e-mail: looking at it changes nothing, its button verifies the mailbox.

Nobody signs in: whoever can read the mailbox has the link, and that is all that is to be shown. Scanners of mail open
every link, and press no button.
"""

from http import HTTPStatus

from fastapi import APIRouter, Request
from starlette.responses import Response

from web.pages.errors import PageRoute
from web.pages.rendering import page, services_of

router = APIRouter(route_class=PageRoute)


@router.get("/confirm/{token}")
async def look(request: Request, token: str) -> Response:
    """What the button is for, or that the link has had its time."""
    services = services_of(request)
    found = await services.store.verifications.link(token, services.clock())
    status = HTTPStatus.OK if found is not None else HTTPStatus.GONE
    return page(request, "confirm.html", status=status, state="open" if found is not None else "over")


@router.post("/confirm/{token}")
async def confirm(request: Request, token: str) -> Response:
    """The mailbox is verified."""
    services = services_of(request)
    answer = await services.store.verifications.answer_link(token, services.clock())
    status = HTTPStatus.OK if answer.confirmed else HTTPStatus.GONE
    return page(request, "confirm.html", status=status, state="confirmed" if answer.confirmed else "over")
