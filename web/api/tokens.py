"""Tokens: how people and systems show who they are. A token is shown once."""

from http import HTTPStatus

from fastapi import APIRouter
from pydantic import BaseModel, Field

from store.ids import uuid7
from store.intents import IntentStatus
from web.api.bodies import PERSON, Id, example
from web.api.context import Context, Ctx
from web.api.permissions import caller_person, homes_managed
from web.api.route import ApiRoute
from web.auth import CallerKind
from web.problems import Forbidden, Problem, bad_field

router = APIRouter(prefix="/tokens", tags=["tokens"], route_class=ApiRoute)

SHOWN_BEFORE = "A token is shown once, and this one was. Ask for another with a new Idempotency-Key."


class TokenBody(BaseModel):
    """A token for a person; without one it belongs to a system, which names a person with each act."""

    model_config = example(person_id=PERSON, label="Office tablet")

    person_id: Id | None = None
    label: str = Field("", max_length=200)


class TokenAnswer(BaseModel):
    """The token: keep it, it is not shown again."""

    token: str
    person_id: str | None


@router.post("", status_code=201)
async def create_token(ctx: Ctx, body: TokenBody) -> TokenAnswer:
    """Make a token: with the bootstrap token for anybody, as a registered manager for the people of your home."""
    await _may_create(ctx, body.person_id)
    store, now = ctx.services.store, ctx.services.clock()
    intent = await store.intents.claim(
        intent_id=uuid7(now),
        key=ctx.key,
        asker=ctx.caller.identity,
        route=ctx.route,
        alias=None,
        kind="token",
        body=b"",
        body_hash=ctx.digest,
        at=now,
    )
    # Closed before the token is made: two at once must not both get one, and the secret is kept nowhere.
    if intent.status is not IntentStatus.NEW or not await store.intents.answered(intent.id, HTTPStatus.CREATED, {}):
        raise Problem(HTTPStatus.CONFLICT, "Shown before", SHOWN_BEFORE)
    secret = await store.tokens.create(body.person_id, body.label, by=ctx.caller.person_id or ctx.caller.identity)
    return TokenAnswer(token=secret, person_id=body.person_id)


async def _may_create(ctx: Context, person_id: str | None) -> None:
    if person_id is not None and not await ctx.standings.exists(person_id):
        raise bad_field("person_id", "there is no such person")
    if ctx.caller.kind is CallerKind.BOOTSTRAP:
        return
    manager = await caller_person(ctx)
    if manager is None or person_id is None:
        raise Forbidden("Only the bootstrap token makes tokens for systems; an installation's token makes none.")
    person = await ctx.services.store.directory.person(person_id)
    if not homes_managed(manager) & {held.home_id for held in person.roles}:
        raise Forbidden("You make tokens for the people of the homes that you manage.")
