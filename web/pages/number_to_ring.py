"""The number that whoever has been alerted rings to speak to the home: entered by those who look after the home."""

from dataclasses import replace
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from pydantic import TypeAdapter, ValidationError
from starlette.responses import Response

from config.settings import PhoneNumber
from web.pages import directory
from web.pages.errors import SEE_OTHER, PageRoute
from web.pages.forms import Form, FormProblem
from web.pages.receipts import Receipt
from web.pages.rendering import services_of
from web.pages.visitors import SignedIn
from web.preparing import homes_prepared
from web.problems import Forbidden

router = APIRouter(route_class=PageRoute)

NUMBER = TypeAdapter(PhoneNumber)


@router.post(f"{directory.PATH}/number-to-ring")
async def enter_number(request: Request, visitor: SignedIn) -> Response:
    """Enter it, or take it away by leaving the field empty."""
    form = await Form.read(request, visitor)
    home_id, written = form.text("home_id"), form.text("phone").replace(" ", "")
    if home_id not in homes_prepared(visitor.person):
        raise Forbidden("The number to ring is entered by a home's managers.")
    try:
        phone = NUMBER.validate_python(written) if written else None
    except ValidationError:
        problem = FormProblem("number-to-ring", "write the number like +442079460018")
        return await directory.show(request, visitor, problem, HTTPStatus.UNPROCESSABLE_ENTITY)
    homes = services_of(request).store.directory
    await homes.put_home(replace(await homes.home(home_id), phone=phone))
    response = RedirectResponse(directory.PATH, SEE_OTHER)
    told = "A call says it to whoever presses 3." if phone else "A call says that none is recorded."
    Receipt("Recorded: the number to ring.", told).leave(response, visitor)
    return response
