"""A child has arrived: the same admission as the interface's, from a form."""

from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.responses import Response

from domain.requests import Reply
from engine.errors import NotTaken
from store.errors import IdempotencyMismatch, StoreError
from store.placements import PlacementRow
from web.acts import Acts, NothingWorks, Queued
from web.api import admission
from web.api.admission import Admissions
from web.api.bodies import PlacementBody
from web.auth import Door
from web.pages import home, receipts
from web.pages.errors import SEE_OTHER, PageRoute, shown_or_told
from web.pages.forms import Form, FormProblem, Refusal, in_words
from web.pages.rendering import services_of
from web.pages.visitors import SignedIn, Visitor
from web.problems import Problem

ROUTE = "page admit"
MOST_WARNINGS = 6
"""A receipt has to fit into a cookie."""

router = APIRouter(route_class=PageRoute)


@router.post("/placements")
async def admit(request: Request, visitor: SignedIn) -> Response:
    """Care and checks begin now."""
    form = await Form.read(request, visitor)
    try:
        alias, answer, warnings = await _admit(request, visitor, form)
    except Refusal as refusal:
        problem = FormProblem("arrival", refusal.detail, refusal.field, typed=form.values)
        shown = home.show(request, visitor, problem, HTTPStatus.UNPROCESSABLE_ENTITY)
        return await shown_or_told(request, shown, refusal.detail)
    response = RedirectResponse("/", SEE_OTHER)
    receipt = receipts.of_reply(alias, "admit", answer, services_of(request).clock())
    receipt.adding(warnings[:MOST_WARNINGS]).leave(response, visitor)
    return response


async def _admit(request: Request, visitor: Visitor, form: Form) -> tuple[str, Reply | Queued, list[str]]:
    """Admit the child of a form: the alias, what became of it, and which roles nobody holds.

    Raises:
        Refusal: with the reason in plain words.
    """
    admissions: Admissions = request.app.state.admissions
    acts: Acts = request.app.state.acts
    body = _body(form)
    try:
        ground = await admissions.ground(body)
        door: Door = request.app.state.door
        asker = await door.asker(visitor.caller, _place(request, body), "admit")
        alias = await admissions.alias(asker, form.key, body, ground)
        act = admission.act(asker, form.key, ROUTE, form.digest, alias, body, ground)
        return alias, await acts.perform(asker, act), ground.warnings
    except Problem as problem:
        errors = "; ".join(error.detail for error in problem.errors)
        raise Refusal("", errors or problem.detail) from problem
    except (NotTaken, IdempotencyMismatch, NothingWorks, StoreError) as error:
        raise in_words(error) from error


def _body(form: Form) -> PlacementBody:
    content = {
        "home_id": form.text("home_id"),
        "placing_authority_id": form.text("placing_authority_id"),
        "policy_id": form.text("policy_id") or None,
        "child": {
            "preferred_name": form.text("preferred_name")[:200],
            "date_of_birth": form.text("date_of_birth") or None,
            "medical_dependency": bool(form.text("medical_dependency")),
        },
    }
    try:
        return PlacementBody.model_validate(content)
    except ValidationError as error:
        if any("date_of_birth" in mistake["loc"] for mistake in error.errors()):
            raise Refusal("date_of_birth", "write the date of birth like 2011-04-17, or leave it empty") from None
        raise Refusal("", "choose a home, an authority and a plan") from None


def _place(request: Request, body: PlacementBody) -> PlacementRow:
    """The placement as it will be: who may admit there is asked of it."""
    return PlacementRow(
        alias="",
        home_id=body.home_id,
        placing_authority_id=body.placing_authority_id,
        policy_id=body.policy_id or "",
        admitted_at=services_of(request).clock(),
        request_id="",
        snapshot=None,
        as_of=None,
    )
