"""Every API route: who asks is known before anything is read, and a POST carries its key."""

import json
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from web.problems import FieldError, Problem

LONGEST_KEY = 200
"""Characters of an Idempotency-Key."""

JSON_TYPES = {"application/json"}
POLICY_TYPES = JSON_TYPES | {"application/toml", "text/plain"}


class ApiRoute(APIRoute):
    """Checks, in this order: the caller, the key, the body's type and form. Only then the body's fields."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """FastAPI's hook around a route."""
        handle = super().get_route_handler()
        takes_text = self.name == "draft_policy"

        async def checked(request: Request) -> Response:
            request.state.caller = await request.app.state.door.recognise(request)
            if request.method == "POST":
                request.state.key = _key(request)
            if request.method in {"POST", "PUT"}:
                await _check_body(request, POLICY_TYPES if takes_text else JSON_TYPES)
            answer = await handle(request)
            answer.headers["Cache-Control"] = "no-store"
            return answer

        return checked


def _key(request: Request) -> str:
    key = request.headers.get("idempotency-key", "").strip()
    if not key or len(key) > LONGEST_KEY or not key.isprintable():
        detail = f"Send a new one with each thing you report: 1 to {LONGEST_KEY} characters, such as a UUID."
        fault = "this is missing" if not key else "this is too long, or not printable"
        raise Problem(
            HTTPStatus.BAD_REQUEST, "Idempotency-Key needed", detail, errors=[FieldError("Idempotency-Key", fault)]
        )
    return key


async def _check_body(request: Request, types: set[str]) -> None:
    body = await request.body()
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if not body and not given:
        return
    if given not in types:
        expected = " or ".join(sorted(types))
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Unknown content type", f"Send {expected}.")
    if given in JSON_TYPES and types == JSON_TYPES:
        try:
            json.loads(body)
        except (ValueError, RecursionError):
            raise Problem(HTTPStatus.BAD_REQUEST, "This is not JSON", "The body can't be read as JSON.") from None
