"""What a carer records on the home's page: checks, time out, and a child's arrival."""

from datetime import datetime
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from domain.facts import Actor
from domain.names import Method, Outcome
from domain.requests import AgreedAbsence, CheckIn
from domain.requests import Request as Asked
from web.pages import home, receipts
from web.pages.errors import SEE_OTHER, PageRoute, shown_or_told
from web.pages.forms import Builder, Form, FormProblem, Refusal, perform
from web.pages.rendering import services_of
from web.pages.visitors import SignedIn, Visitor

LONGEST_NOTE = 2000

router = APIRouter(route_class=PageRoute)


@router.post("/placements/{alias}/check-ins")
async def check_in(request: Request, visitor: SignedIn, alias: str) -> Response:
    """A check: seen and well, seen and worried, not here."""
    form = await Form.read(request, visitor)
    try:
        outcome = _outcome(form)
        build = _builder(form, outcome, services_of(request).clock())
        answer = await perform(request, visitor, form, alias=alias, update="check_in", build=build)
    except Refusal as refusal:
        return await _back(request, visitor, form, alias, refusal)
    return _done(receipts.of_check_in(alias, outcome, answer, services_of(request).clock()), visitor)


@router.post("/placements/{alias}/absences")
async def agree_absence(request: Request, visitor: SignedIn, alias: str) -> Response:
    """Time out, agreed until a time."""
    form = await Form.read(request, visitor)
    try:
        form.needed("back_by", "say when the child is to be back")
        back_by = form.time("back_by", services_of(request).clock()) or services_of(request).clock()

        def build(actor: Actor, request_id: str, received_at: datetime, stored: list[int]) -> Asked:
            return AgreedAbsence(
                request_id=request_id,
                actor=actor,
                received_at=received_at,
                stored=stored,
                back_by=back_by,
                where=form.text("where")[:500],
                with_whom=form.text("with_whom")[:500],
            )

        answer = await perform(request, visitor, form, alias=alias, update="agree_absence", build=build)
    except Refusal as refusal:
        return await _back(request, visitor, form, alias, refusal)
    return _done(receipts.of_reply(alias, "agree_absence", answer, services_of(request).clock()), visitor)


def _outcome(form: Form) -> Outcome:
    if form.text("outcome") not in set(Outcome):
        raise Refusal("outcome", "choose what you found")
    outcome = Outcome(form.text("outcome"))
    if outcome is Outcome.SEEN_CONCERN:
        form.needed("note", "say in a few words what worries you")
    if outcome is Outcome.NOT_HERE_KNOWN_PLACE:
        form.needed("note", "say where the child is")
    return outcome


def _builder(form: Form, outcome: Outcome, now: datetime) -> Builder:
    method = Method(form.text("method")) if form.text("method") in set(Method) else Method.SEEN
    seen_at, back_by = form.time("seen_at", now), form.time("back_by", now)

    def build(actor: Actor, request_id: str, received_at: datetime, stored: list[int]) -> Asked:
        return CheckIn(
            request_id=request_id,
            actor=actor,
            received_at=received_at,
            stored=stored,
            outcome=outcome,
            method=method,
            seen_at=seen_at or received_at,
            note=form.text("note")[:LONGEST_NOTE],
            back_by=back_by,
        )

    return build


async def _back(request: Request, visitor: Visitor, form: Form, alias: str, refusal: Refusal) -> Response:
    """The page again, with the reason next to the form and what was typed still there."""
    problem = FormProblem(
        form=form.text("form"), detail=refusal.detail, field=refusal.field, alias=alias, typed=form.values
    )
    shown = home.show(request, visitor, problem, HTTPStatus.UNPROCESSABLE_ENTITY)
    return await shown_or_told(request, shown, refusal.detail)


def _done(receipt: receipts.Receipt, visitor: Visitor) -> Response:
    response = RedirectResponse("/", SEE_OTHER)
    receipt.leave(response, visitor)
    return response
