"""Open episodes, one episode with its story, and what can be done about it."""

import asyncio
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from domain.circulars import APPROVERS
from domain.circulation import AGES
from domain.exercise import is_exercise
from domain.facts import FactKind
from domain.names import CIRCULATED, Role, Stage
from domain.police_call import PoliceCall
from domain.snapshot import EpisodeSnapshot
from store.facts import StoredFact
from store.placements import PlacementRow
from web.circulars import refuse_naming
from web.pages import acts, home, reading, receipts, timeline
from web.pages.errors import SEE_OTHER, PageRoute, shown_or_told
from web.pages.forms import Builder, Form, FormProblem, Refusal, perform
from web.pages.reading import Names
from web.pages.rendering import page, services_of
from web.pages.views import EpisodeView
from web.pages.visitors import SignedIn, Visitor
from web.police_call import call_for
from web.problems import BadInput, NoSuchThing
from web.standing import OUTSIDE, Place, Standings

NOTHING = "There is no such episode that is your business."

router = APIRouter(route_class=PageRoute)


@dataclass(frozen=True, slots=True)
class _Found:
    """An episode, and what the visitor is to it."""

    row: PlacementRow
    view: EpisodeView
    role: Role
    roles: tuple[Role, ...]
    names: Names
    facts: list[StoredFact]

    @property
    def inside(self) -> bool:
        """The record is for those who look after the child; others see the state and what they can do."""
        return self.role not in OUTSIDE


@router.get("/episodes")
async def list_open(request: Request, visitor: SignedIn) -> Response:
    """Every open episode that is the visitor's business."""
    return page(request, "episodes.html", visitor=visitor, episodes=await reading.open_episodes(request, visitor))


@router.get("/episodes/{episode_id}")
async def show_episode(request: Request, visitor: SignedIn, episode_id: str, order: str = "newest") -> Response:
    """One episode."""
    return await show(request, visitor, episode_id, order=order)


@router.post("/episodes/{episode_id}/{name}")
async def act(request: Request, visitor: SignedIn, episode_id: str, name: str) -> Response:
    """One of the forms of `web.pages.acts`.

    Raises:
        NoSuchThing: there is no such form or episode.
    """
    form = await Form.read(request, visitor)
    alias, number = _parts(episode_id)
    if name not in acts.FORMS:
        raise NoSuchThing(NOTHING)
    update, _ = acts.FORMS[name]
    now = services_of(request).clock()
    try:
        build = acts.builder(name, form, number, now)
        if name == "circulate":
            build = await _circulating(request, visitor, form, alias, build)
        answer = await perform(request, visitor, form, alias=alias, update=update, build=build)
    except Refusal as refusal:
        problem = FormProblem(name, refusal.detail, refusal.field, alias, form.values)
        return await _back(request, visitor, form, episode_id, problem)
    response = RedirectResponse("/" if _from_home(form) else f"/episodes/{episode_id}", SEE_OTHER)
    receipts.of_reply(alias, update, answer, now).leave(response, visitor)
    return response


async def _circulating(request: Request, visitor: Visitor, form: Form, alias: str, build: Builder) -> Builder:
    """A circular may name nobody, and whoever approves it does so as everything that they are here."""
    standings: Standings = request.app.state.standings
    placement = await standings.placement(alias)
    try:
        await refuse_naming(services_of(request), placement, form.text("description"))
    except BadInput as problem:
        raise Refusal("description", problem.errors[0].detail) from problem
    roles = await standings.roles_at(visitor.person.id, placement)
    return lambda *common: build(*common).model_copy(update={"actor_roles": roles})


async def show(
    request: Request,
    visitor: Visitor,
    episode_id: str,
    *,
    order: str = "newest",
    problem: FormProblem | None = None,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    """The page of one episode, with a form that came back if there is one."""
    found = await _find(request, visitor, episode_id)
    told = timeline.of_episode(found.facts, found.view.number) if found.inside else []
    messages = await services_of(request).store.notifications.for_episode(found.row.alias, found.view.number)
    story = timeline.entries(told, messages, found.names)
    return page(
        request,
        "episode.html",
        visitor=visitor,
        status=status,
        episode=found.view,
        exercise=is_exercise(found.row.alias),
        inside=found.inside,
        mine=found.view.is_held_by(visitor.person.id),
        story=story if order == "oldest" else story[::-1],
        order="oldest" if order == "oldest" else "newest",
        proposer=_proposer(told, found.names),
        proposed_by_me=_last(told, FactKind.AWAITS_SECOND_PERSON, visitor.person.id),
        police=_police(told),
        colleagues=await _colleagues(request, found, visitor) if found.inside else {},
        call=await _call(request, found),
        writes_circulars=found.role not in CIRCULATED,
        approves_circulars=bool(APPROVERS & {*found.roles}),
        described=_described(told),
        ages=AGES,
        problem=problem,
    )


async def _colleagues(request: Request, found: _Found, visitor: Visitor) -> dict[str, str]:
    """Who else could have it in hand, by id: they look after the child."""
    standings: Standings = request.app.state.standings
    inside = await standings.inside(Place.of(found.row))
    names = {person_id: found.names(person_id) for person_id in inside if person_id != visitor.person.id}
    return dict(sorted(names.items(), key=lambda one: one[1]))


async def _call(request: Request, found: _Found) -> PoliceCall | None:
    """What to say to the police, for those inside, as long as the child is not back."""
    if not found.inside or not found.view.not_back:
        return None
    services, standings = services_of(request), request.app.state.standings
    zone = await standings.zone(found.row)
    return await call_for(services, found.row, found.facts, found.view.number, now=services.clock(), zone=zone)


async def _back(request: Request, visitor: Visitor, form: Form, episode_id: str, problem: FormProblem) -> Response:
    """The page from which the form came, with the reason next to it and what was typed still there."""
    if _from_home(form):
        shown = home.show(request, visitor, problem, HTTPStatus.UNPROCESSABLE_ENTITY)
    else:
        shown = show(request, visitor, episode_id, problem=problem, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return await shown_or_told(request, shown, problem.detail)


async def _find(request: Request, visitor: Visitor, episode_id: str) -> _Found:
    alias, number = _parts(episode_id)
    store = services_of(request).store
    row = await store.placements.get(alias)
    role = await reading.role_of(request, visitor, row) if row else None
    if row is None or role is None:
        raise NoSuchThing(NOTHING)
    names, facts = await asyncio.gather(Names.load(services_of(request)), store.facts.timeline(alias))
    known = row.snapshot.episodes if row.snapshot else []
    snapshot = next((one for one in known if one.number == number), None) or _from_facts(facts, number)
    if snapshot is None:
        raise NoSuchThing(NOTHING)
    standings: Standings = request.app.state.standings
    roles = await standings.roles_at(visitor.person.id, row)
    return _Found(row, reading.episode_view(alias, snapshot, names), role, roles, names, facts)


def _from_facts(facts: list[StoredFact], number: int) -> EpisodeSnapshot | None:
    """An episode that the placement has let go of, as the ledger knows it: it is over."""
    own = [fact for fact in facts if fact.episode == number]
    if not own:
        return None
    ending = next((fact.data.get("ending") for fact in own if fact.kind is FactKind.EPISODE_ENDED), None)
    content = {"number": number, "stage": Stage.CLOSED, "began_at": own[0].at, "ending": ending}
    return EpisodeSnapshot.model_validate(content)


def _parts(episode_id: str) -> tuple[str, int]:
    """`Heron-42-1` is the first episode of Heron-42."""
    alias, _, number = episode_id.rpartition("-")
    if not alias or not number.isascii() or not number.isdecimal():
        raise NoSuchThing(NOTHING)
    return alias, int(number)


def _from_home(form: Form) -> bool:
    return form.text("from") == "home"


def _proposer(facts: list[StoredFact], names: Names) -> str:
    """Who said what a second person must confirm."""
    last = next((fact for fact in reversed(facts) if fact.kind is FactKind.AWAITS_SECOND_PERSON), None)
    return names(last.actor.person_id) if last and last.actor.person_id else "Somebody"


def _last(facts: list[StoredFact], kind: FactKind, person_id: str) -> bool:
    last = next((fact for fact in reversed(facts) if fact.kind is kind), None)
    return last is not None and last.actor.person_id == person_id


def _described(facts: list[StoredFact]) -> dict[str, str]:
    """What the child looks like, as it was written last."""
    last = next((fact for fact in reversed(facts) if fact.kind is FactKind.CIRCULATION_DESCRIBED), None)
    return {key: str(last.data.get(key, "")) if last else "" for key in ("description", "age_band")}


def _police(facts: list[StoredFact]) -> str:
    """What proves that the police were told: force and reference."""
    last = next((fact for fact in reversed(facts) if fact.kind is FactKind.POLICE_REPORTED), None)
    return f"{last.data.get('force', '')}, reference {last.data.get('reference', '')}" if last else ""
