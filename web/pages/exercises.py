"""Exercises on the pages: a button for a home's managers, and the page that says what an exercise has shown."""

from collections.abc import Mapping
from datetime import timedelta
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from domain.exercise import LASTS, Scenario
from domain.facts import Actor
from domain.requests import PlacementEnd
from domain.story import STAGES
from engine.errors import EngineError
from store.errors import NotFound, StoreError
from store.homes import Home
from web.acts import Asker, request_id
from web.api.exercises import acting
from web.exercises import Exercises, Wish
from web.pages.errors import SEE_OTHER, PageRoute
from web.pages.forms import Form, FormProblem, Refusal, in_words, perform
from web.pages.receipts import Receipt
from web.pages.rendering import page, services_of
from web.pages.visitors import SignedIn, Visitor
from web.preparing import homes_prepared
from web.problems import Problem

PATH = "/exercises"
MINUTES = (5, 15, 30, 60, 120)
"""How long an exercise may be asked to last on the page."""

router = APIRouter(route_class=PageRoute)


@router.get(PATH)
async def list_exercises(request: Request, visitor: SignedIn) -> Response:
    """The homes whose exercises are the visitor's, with those that were held."""
    return await show(request, visitor)


async def show(request: Request, visitor: Visitor, problem: FormProblem | None = None, status: int = 200) -> Response:
    """The page, with what was refused if something was."""
    exercises: Exercises = request.app.state.exercises
    store = services_of(request).store
    homes = await _homes(request, visitor)
    held = {home.id: await exercises.of_home(home.id) for home in homes}
    policies = {row.policy.id: row.policy.title for row in await store.policies.list() if row.published_at}
    return page(
        request,
        "exercises.html",
        visitor=visitor,
        status=status,
        homes=homes,
        held=held,
        policies=policies,
        minutes=MINUTES,
        lasts=int(LASTS.total_seconds()) // 60,
        problem=problem,
    )


@router.post(PATH)
async def start(request: Request, visitor: SignedIn) -> Response:
    """Start one."""
    form = await Form.read(request, visitor)
    exercises: Exercises = request.app.state.exercises
    try:
        wish = await _wish(request, visitor, form)
        actor = acting(visitor.person, wish.home.id, via="web")
        asker = Asker(identity=visitor.caller.identity, actor=actor)
        started = await exercises.start(wish, actor, request_id(asker, form.key))
    except Refusal as refusal:
        return await _refused(request, visitor, form, refusal.detail)
    except Problem as problem:
        errors = "; ".join(error.detail for error in problem.errors)
        return await _refused(request, visitor, form, errors or problem.detail)
    except (StoreError, EngineError) as error:
        return await _refused(request, visitor, form, in_words(error).detail)
    response = RedirectResponse(f"{PATH}/{started.alias}", SEE_OTHER)
    Receipt(f"{started.alias} runs.", "Every message says EXERCISE. Police and neighbours are not told.").leave(
        response, visitor
    )
    return response


@router.get(PATH + "/{alias}")
async def show_report(request: Request, visitor: SignedIn, alias: str) -> Response:
    """What an exercise has shown up to now.

    Raises:
        NoSuchThing: there is none.
        Forbidden: it is not of a home that the visitor manages.
    """
    exercises: Exercises = request.app.state.exercises
    row = await exercises.row(alias)
    await exercises.manager(visitor.person.id, row.home_id)
    episodes: Mapping[str, str] = {
        f"{alias}-{one.number}": STAGES[one.stage] for one in (row.snapshot.episodes if row.snapshot else [])
    }
    report = await exercises.report(row)
    return page(request, "exercise.html", visitor=visitor, report=report, episodes=episodes)


@router.post(PATH + "/{alias}/end")
async def end(request: Request, visitor: SignedIn, alias: str) -> Response:
    """End it now."""
    form = await Form.read(request, visitor)
    await request.app.state.exercises.row(alias)

    def build(actor: Actor, identity: str, received_at: object, stored: list[int]) -> PlacementEnd:
        given = {"request_id": identity, "actor": actor, "received_at": received_at, "stored": stored}
        return PlacementEnd.model_validate(given | {"reason": "ended on the page"})

    response = RedirectResponse(f"{PATH}/{alias}", SEE_OTHER)
    try:
        await perform(request, visitor, form, alias=alias, update="end_placement", build=build)
    except Refusal as refusal:
        Receipt("Not ended.", refusal.detail, tone="alarm").leave(response, visitor)
    else:
        Receipt(f"{alias} is over.", "Everyone who was alerted hears it.").leave(response, visitor)
    return response


async def _wish(request: Request, visitor: Visitor, form: Form) -> Wish:
    home = next((one for one in await _homes(request, visitor) if one.id == form.text("home_id")), None)
    if home is None:
        raise Refusal("home_id", "exercises are for the managers of the home")
    try:
        minutes = int(form.text("minutes"))
        scenario = Scenario(form.text("scenario"))
    except ValueError:
        raise Refusal("minutes", "choose how it begins and how long it may last") from None
    if minutes not in MINUTES:
        raise Refusal("minutes", "choose how long it may last")
    return Wish(home, form.text("policy_id") or None, scenario, timedelta(minutes=minutes))


async def _homes(request: Request, visitor: Visitor) -> list[Home]:
    directory = services_of(request).store.directory
    found = []
    for home_id in sorted(homes_prepared(visitor.person)):
        try:
            found.append(await directory.home(home_id))
        except NotFound:
            continue
    return found


async def _refused(request: Request, visitor: Visitor, form: Form, detail: str) -> Response:
    problem = FormProblem("exercise", detail, "", form.text("home_id"), form.values)
    return await show(request, visitor, problem, HTTPStatus.UNPROCESSABLE_ENTITY)
