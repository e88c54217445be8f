"""A POST about no child, such as a new home: done once for each Idempotency-Key, and answered the same again."""

from collections.abc import Awaitable, Callable
from typing import Any

from fastapi.responses import JSONResponse

from store.errors import Conflict, NotFound
from store.ids import uuid7
from store.intents import IntentStatus
from web.api.context import Context
from web.problems import bad_field

CREATED = 201


async def once(
    ctx: Context, kind: str, make: Callable[[str], Awaitable[dict[str, Any]]], *, status: int = CREATED
) -> JSONResponse:
    """Do it, or answer as before.

    Args:
        ctx: the request.
        kind: what it makes, such as `home`.
        make: makes it, given the id that is the same whenever this request comes, and returns the answer.
        status: of the answer.

    Raises:
        IdempotencyMismatch: this key was used with another body.
        BadInput: it contradicts what is stored.
    """
    intents, now = ctx.services.store.intents, ctx.services.clock()
    intent = await intents.claim(
        intent_id=uuid7(now),
        key=ctx.key,
        asker=ctx.caller.identity,
        route=ctx.route,
        alias=None,
        kind=kind,
        body=b"",
        body_hash=ctx.digest,
        at=now,
    )
    before = intent.response or {}
    if intent.status is IntentStatus.ANSWERED:
        return JSONResponse(before, status_code=intent.status_code or status)
    if intent.status is IntentStatus.REFUSED:
        raise bad_field(str(before.get("field", "")), str(before.get("detail", "")))
    try:
        content = await make(intent.id)
    except (Conflict, NotFound) as error:
        await intents.refuse(intent.id, 422, {"field": error.field, "detail": error.detail})
        raise
    await intents.answered(intent.id, status, content)
    return JSONResponse(content, status_code=status)
