"""Policies: drafted, judged, read by a second person, published."""

from datetime import datetime
from typing import Any, Self

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from config.explain import explain
from config.policy import PolicyError, PolicyErrors, in_words, lint, load, parse_json, worst_case, worst_cases
from domain.names import Role
from domain.policy import Policy
from drawing.ladder import draw
from store.policies import PolicyRow
from web.api.bodies import Body, Id, example
from web.api.context import Context, Ctx
from web.api.keyed import once
from web.api.permissions import MANAGERS
from web.api.route import JSON_TYPES, ApiRoute
from web.problems import BadInput, FieldError, Forbidden, NoSuchThing

router = APIRouter(prefix="/policies", tags=["policies"], route_class=ApiRoute)

PICTURE = "image/svg+xml"
PICTURE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "X-Content-Type-Options": "nosniff",
}
"""The picture brings its own style and nothing else; opened by itself it may do nothing."""

AUTHORS = MANAGERS | {Role.ON_CALL_MANAGER, Role.HEAD_OF_SERVICE}


class PublishBody(Body):
    """Which version; left out: the newest."""

    model_config = example(version=2)

    version: int | None = None


class WorstCaseAnswer(BaseModel):
    """How long a child may have been gone when somebody is told to call the police, by a row of the check plan."""

    days: tuple[int, int] | None
    waking: str
    sleeping: str


class PolicyAnswer(BaseModel):
    """A policy: as data, and explained to somebody who is to sign it."""

    id: str
    version: int
    title: str
    published: bool
    drafted_by: str
    drafted_at: datetime
    published_by: str | None
    published_at: datetime | None
    worst_case: str
    """From leaving to "call the police", in words; leases included."""
    worst_cases: list[WorstCaseAnswer]
    explained: str
    picture: str
    """Where the drawn ladder is: an SVG, for whoever may read this."""
    policy: dict[str, Any]
    """The check plans and ladders; durations as ISO 8601."""

    @classmethod
    def of(cls, row: PolicyRow) -> Self:
        """From the store."""
        policy = row.policy
        cases = [
            WorstCaseAnswer(days=case.days, waking=in_words(case.waking), sleeping=in_words(case.sleeping))
            for case in worst_cases(policy)
        ]
        return cls(
            id=policy.id,
            version=policy.version,
            title=policy.title,
            published=row.published_at is not None,
            drafted_by=row.drafted_by,
            drafted_at=row.drafted_at,
            published_by=row.published_by,
            published_at=row.published_at,
            worst_case=in_words(worst_case(policy)),
            worst_cases=cases,
            explained=explain(policy),
            picture=f"/api/v1/policies/{policy.id}/picture?version={policy.version}",
            policy=policy.model_dump(mode="json"),
        )


@router.post("", status_code=201, response_model=PolicyAnswer)
async def draft_policy(ctx: Ctx, request: Request, on_behalf_of: Id | None = None) -> Response:
    """Keep a draft. The body is TOML (application/toml, text/plain) or JSON; every mistake is named with its line."""
    by = await _author(ctx, on_behalf_of)
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    policy, text = _read(await request.body(), is_json=given in JSON_TYPES)

    async def make(_: str) -> dict[str, Any]:
        version = await ctx.services.store.policies.save_draft(policy, text, by)
        return await _answer(ctx, policy.id, version)

    return await once(ctx, "policy", make)


@router.post("/{policy_id}/publish", response_model=PolicyAnswer)
async def publish_policy(ctx: Ctx, policy_id: str, body: PublishBody | None = None) -> Response:
    """Let placements use it from now on. A second person has read it; in a demonstration one is enough.

    It is judged once more, and against the directory: a role that nobody holds is a rung that reaches no one.
    """
    wish = body or PublishBody()
    by = await _author(ctx, wish.on_behalf_of)
    row = await _policy(ctx, policy_id, wish.version)
    if row.published_at is None and (errors := lint(row.policy, await _roles_held(ctx), text=row.toml_text)):
        raise _refusal(errors)

    async def make(_: str) -> dict[str, Any]:
        alone = ctx.services.settings.demo
        await ctx.services.store.policies.publish(policy_id, row.version, by, alone_allowed=alone)
        return await _answer(ctx, policy_id, row.version)

    return await once(ctx, "publish", make, status=200)


@router.get("/{policy_id}")
async def get_policy(ctx: Ctx, policy_id: str, version: int | None = None) -> PolicyAnswer:
    """A version, or the newest: its ladder as data and in words, and the worst case."""
    return PolicyAnswer.of(await _policy(ctx, policy_id, version))


@router.get(
    "/{policy_id}/picture",
    response_class=Response,
    responses={200: {"description": "The drawn ladder.", "content": {PICTURE: {"schema": {"type": "string"}}}}},
)
async def get_policy_picture(ctx: Ctx, policy_id: str, version: int | None = None) -> Response:
    """The ladder of a version, or of the newest, as a picture: who hears what, when, and the worst case."""
    row = await _policy(ctx, policy_id, version)
    return Response(draw(row.policy), media_type=PICTURE, headers=PICTURE_HEADERS)


async def _roles_held(ctx: Context) -> set[Role]:
    """The roles that somebody in the directory holds, at whatever home or authority."""
    return {held.role for person in await ctx.services.store.directory.people() for held in person.roles}


async def _author(ctx: Context, on_behalf_of: str | None) -> str:
    """Who drafts or publishes: a person whose word counts. A machine may do it by itself only in a demonstration."""
    if ctx.caller.person_id is None and on_behalf_of is None and ctx.services.settings.demo:
        return ctx.caller.identity
    person_id = await ctx.door.person(ctx.caller, on_behalf_of)
    person = await ctx.services.store.directory.person(person_id)
    if not any(held.role in AUTHORS for held in person.roles):
        raise Forbidden("Policies are drafted and published by managers.")
    return person_id


async def _policy(ctx: Context, policy_id: str, version: int | None) -> PolicyRow:
    row = await ctx.services.store.policies.get(policy_id, version)
    if row is None:
        raise NoSuchThing("There is no such policy, or no such version of it.")
    return row


async def _answer(ctx: Context, policy_id: str, version: int) -> dict[str, Any]:
    return PolicyAnswer.of(await _policy(ctx, policy_id, version)).model_dump(mode="json")


def _read(body: bytes, *, is_json: bool) -> tuple[Policy, str]:
    """The policy in a body, and the text as its author wrote it.

    Raises:
        BadInput: with all its mistakes.
    """
    try:
        text = body.decode()
        if not is_json:
            return load(text, source="policy"), text
        policy = parse_json(text, source="policy")
    except UnicodeDecodeError:
        raise BadInput(FieldError("body", "this is not UTF-8")) from None
    except PolicyErrors as error:
        raise _refusal(error.errors) from None
    if errors := lint(policy):
        raise _refusal(errors)
    return policy, text


def _refusal(errors: list[PolicyError]) -> BadInput:
    return BadInput(*(FieldError(one.field or "body", one.detail, one.line) for one in errors))
