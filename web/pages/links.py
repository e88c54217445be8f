"""The page behind the link in a message: two buttons, without signing in.

1. to look changes nothing, whoever looks: a mail scanner opens every link before its reader does
2. a person's press does what a text would: take it, or say that they cannot; once
3. a link ends after a day, or with the episode; used twice it says what was done; altered it is nobody's
4. on an address that several people share, the page asks which of them it is, by role
What is shown could stand in a text: the reference, the stage, and who has it by role. The token is the whole proof,
as a phone is for a text: no cookie is read, so no other site can press for somebody.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from domain import requests
from domain.facts import Actor
from domain.names import Response as Kind
from domain.names import Stage
from domain.requests import Reply
from domain.snapshot import EpisodeSnapshot
from domain.story import STAGES
from engine.errors import EngineError, NotTaken
from store.errors import IdempotencyMismatch, StoreError
from store.intents import Intent, IntentStatus
from store.links import Linked
from store.placements import PlacementRow
from web import late
from web.acts import Act, Acts, Asker, NothingWorks
from web.pages.errors import SEE_OTHER, UNAVAILABLE, PageRoute, error
from web.pages.rendering import page, services_of
from web.pages.views import MEANINGS
from web.replies import QUEUED, Telling, sentence
from web.standing import Standings
from web.webhooks.whose import Answerer, answerers

LIVES = timedelta(hours=24)
"""How long a link can be used, if the episode lasts as long."""

ANSWERS = {"take": Kind.TAKE, "cannot": Kind.CANNOT}
SAID = {Kind.TAKE: "I have it", Kind.CANNOT: "I cannot"}
OVER = (Stage.RETURNED, Stage.CLOSED)

UNKNOWN = "This link is not known"
UNKNOWN_TEXT = (
    "It may have been copied only in part, or changed. Nothing was recorded. Answer the text message, or sign in. If a "
    "child may be missing, ring the home."
)
AWAY = "Not recorded"
AWAY_TEXT = (
    "Golden Hour does not answer at the moment, so nothing was recorded. Ring the home now, and answer the text "
    "message or try this page again in a moment."
)

router = APIRouter(route_class=PageRoute)


@dataclass(frozen=True, slots=True)
class _Link:
    """A link with all that its page shows."""

    token: str
    linked: Linked
    placement: PlacementRow
    episode: EpisodeSnapshot | None
    used: Intent | None
    people: list[Answerer]
    now: datetime

    @property
    def over(self) -> bool:
        return self.episode is None or self.episode.ending is not None or self.episode.stage in OVER

    @property
    def expired(self) -> bool:
        return self.now - self.linked.created_at >= LIVES

    @property
    def usable(self) -> bool:
        return self.used is None and not self.over and not self.expired

    @property
    def asks_who(self) -> bool:
        return len(self.people) > 1


@router.api_route("/a/{token}", methods=["GET", "HEAD"])
async def look(request: Request, token: str) -> Response:
    """What the message was about, and the two buttons. Changes nothing."""
    try:
        link = await _find(request, token)
        return await _shown(request, link) if link is not None else _unknown(request)
    except StoreError:
        return error(request, UNAVAILABLE, AWAY, AWAY_TEXT)


@router.post("/a/{token}")
async def press(request: Request, token: str) -> Response:
    """Take it, or say that it can't be done."""
    form = await request.form(max_files=0, max_fields=10)
    kind = ANSWERS.get(str(form.get("answer", "")))
    try:
        link = await _find(request, token)
        if link is None:
            return _unknown(request)
        if not link.usable:
            return await _shown(request, link)
        who = _who(link, str(form.get("who", "")))
        if kind is None or who is None:
            return await _shown(request, link, missing=True)
        await _perform(request, link, kind, who)
    except (StoreError, EngineError, NothingWorks):
        return error(request, UNAVAILABLE, AWAY, AWAY_TEXT)
    return RedirectResponse(f"/a/{token}", SEE_OTHER)


async def _find(request: Request, token: str) -> _Link | None:
    services, standings = services_of(request), _standings(request)
    linked = await services.store.links.find(token)
    placement = await services.store.placements.get(linked.alias) if linked is not None else None
    if linked is None or placement is None:
        return None
    known = placement.snapshot.episodes if placement.snapshot else []
    return _Link(
        token=token,
        linked=linked,
        placement=placement,
        episode=next((one for one in known if one.number == linked.episode), None),
        used=await services.store.intents.asked(_identity(linked), linked.notification_id),
        people=await answerers(standings, linked.people, linked.alias),
        now=services.clock(),
    )


async def _shown(request: Request, link: _Link, *, missing: bool = False) -> Response:
    standings = _standings(request)
    telling = Telling(await standings.zone(link.placement), link.now)
    stage = link.episode.stage if link.episode else Stage.CLOSED
    owner = link.episode.owner if link.episode else None
    status = HTTPStatus.UNPROCESSABLE_ENTITY if missing else HTTPStatus.OK
    if link.expired and link.used is None:
        status = HTTPStatus.GONE
    return page(
        request,
        "answer.html",
        status=status,
        link=link,
        reference=link.linked.alias.upper(),
        exercise=link.placement.snapshot is not None and link.placement.snapshot.exercise,
        stage=STAGES[stage],
        meaning=MEANINGS[stage],
        zone=telling.zone,
        owner=(owner.role.label if owner.role else "somebody") if owner else "",
        done=await _done(request, link, telling),
        missing=missing,
    )


async def _done(request: Request, link: _Link, telling: Telling) -> str:
    """What was done when the link was used; empty if it has not been."""
    if link.used is None:
        return ""
    asked = requests.Answer.model_validate_json(link.used.body)
    if link.used.status is IntentStatus.ANSWERED:
        reply = Reply.model_validate(link.used.response or {})
        linked = link.linked
        others = await late.others_told(services_of(request), linked.alias, linked.episode, linked.people, reply)
        became = f"{sentence('answer', reply, telling)}{others}"
    elif link.used.status is IntentStatus.REFUSED:
        became = f"Not done: {(link.used.response or {}).get('detail', '')}."
    else:
        became = QUEUED
    return f"You said: {SAID.get(asked.kind, 'an answer')}. {became}"


def _who(link: _Link, pressed: str) -> Actor | None:
    """Who presses: whoever the message went to; where several share the address, whoever they say."""
    if not link.asks_who:
        known = link.people[0] if link.people else None
        person_id = known.person_id if known else link.linked.person_id
        return Actor(person_id=person_id, role=known.role if known else None, via="link")
    chosen = next((one for one in link.people if one.role.value == pressed), None)
    return Actor(person_id=chosen.person_id, role=chosen.role, via="link") if chosen else None


async def _perform(request: Request, link: _Link, kind: Kind, actor: Actor) -> None:
    """Once a link, whatever it is asked: what was refused, or asked differently before, its page says."""
    acts: Acts = request.app.state.acts
    linked = link.linked

    def build(request_id: str, received_at: datetime, stored: list[int]) -> requests.Request:
        return requests.Answer(
            request_id=request_id,
            actor=actor,
            received_at=received_at,
            stored=stored,
            episode=linked.episode,
            kind=kind,
        )

    what = f"{kind}|{linked.alias}|{linked.episode}|{actor.person_id}"
    act = Act(
        key=linked.notification_id,
        route="POST /a",
        fingerprint=hashlib.sha256(what.encode()).hexdigest(),
        alias=linked.alias,
        update="answer",
        build=build,
    )
    try:
        await acts.perform(Asker(identity=_identity(linked), actor=actor), act)
    except (NotTaken, IdempotencyMismatch):
        return


def _identity(linked: Linked) -> str:
    return f"link:{linked.notification_id}"


def _standings(request: Request) -> Standings:
    standings: Standings = request.app.state.standings
    return standings


def _unknown(request: Request) -> Response:
    return error(request, HTTPStatus.FORBIDDEN, UNKNOWN, UNKNOWN_TEXT)
