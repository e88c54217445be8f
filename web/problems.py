"""Problems as RFC 9457 has them: what is wrong, with which field, in plain English. Nothing of our insides is shown.

Problem
├── Unauthorised   nobody is signed in, or the token is not known
├── Forbidden      known, and not allowed to do this
├── NoSuchThing    there is nothing at this address
└── BadInput       one or more fields can't be as they are
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response

from engine.errors import NoSuchPlacement, NotTaken, Unreachable
from store.errors import Conflict, IdempotencyMismatch, NotFound, StoreError
from web.acts import NothingWorks

log = structlog.get_logger()

MEDIA_TYPE = "application/problem+json"
_PARTS_OF_A_REQUEST = {"body", "query", "path", "header"}

RING = "The engine and the store are both away, and nothing was recorded. Use the telephone and the paper ladder now."


@dataclass(frozen=True, slots=True)
class FieldError:
    """A field and why it can't be as it is."""

    field: str
    detail: str
    line: int | None = None
    """Where in a text, counted from 1, if the body was a text."""


class Problem(Exception):  # noqa: N818 - RFC 9457 calls it so
    """An answer that is not what was asked for."""

    def __init__(
        self,
        status: int,
        title: str,
        detail: str = "",
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(title)
        self.status = status
        self.title = title
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = dict(headers or {})

    def body(self, instance: str) -> dict[str, Any]:
        """The problem's JSON, for the path at which it came up."""
        content: dict[str, Any] = {
            "type": f"urn:goldenhour:problem:{HTTPStatus(self.status).phrase.lower().replace(' ', '-')}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail or self.title,
            "instance": instance,
        }
        if self.errors:
            content["errors"] = [_without_nothing(error) for error in self.errors]
        return content


class Unauthorised(Problem):
    """Nobody is signed in, or the token is not known."""

    def __init__(self) -> None:
        super().__init__(
            HTTPStatus.UNAUTHORIZED,
            "Sign in first",
            "Send a token as `Authorization: Bearer …`, or sign in.",
            headers={"WWW-Authenticate": 'Bearer realm="goldenhour"'},
        )


class Forbidden(Problem):
    """Known, and not allowed to do this."""

    def __init__(self, detail: str) -> None:
        super().__init__(HTTPStatus.FORBIDDEN, "Not allowed", detail)


class NoSuchThing(Problem):
    """There is nothing at this address."""

    def __init__(self, detail: str) -> None:
        super().__init__(HTTPStatus.NOT_FOUND, "Not found", detail)


class BadInput(Problem):
    """One or more fields can't be as they are; nothing was done."""

    def __init__(self, *errors: FieldError) -> None:
        detail = "; ".join(f"{error.field}: {error.detail}" if error.field else error.detail for error in errors)
        super().__init__(HTTPStatus.UNPROCESSABLE_ENTITY, "This can't be done as it is", detail, errors=errors)


def bad_field(field: str, detail: str) -> BadInput:
    """A problem with one field."""
    return BadInput(FieldError(field, detail))


def response(problem: Problem, instance: str) -> JSONResponse:
    """The problem as an answer."""
    return JSONResponse(
        problem.body(instance), status_code=problem.status, headers=problem.headers, media_type=MEDIA_TYPE
    )


def of(error: Exception) -> Problem:  # noqa: PLR0911 - a table of errors
    """What a caller is told of one of our own errors."""
    match error:
        case Problem():
            return error
        case NotTaken() | Conflict() | NotFound():
            return bad_field(error.field, error.detail)
        case IdempotencyMismatch():
            return bad_field("Idempotency-Key", str(error))
        case NoSuchPlacement():
            return NoSuchThing("There is no such placement in hand.")
        case NothingWorks():
            return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "Nothing was recorded", RING)
        case Unreachable() | StoreError():
            detail = "A part of Golden Hour does not answer. Nothing was changed; try again in a moment."
            return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "Not available now", detail, headers={"Retry-After": "5"})
        case HTTPException():
            return _of_http(error)
        case RequestValidationError():
            return of_validation(error.errors())
    # Its trace is logged by the server, to which Starlette hands it on.
    log.error("a request failed", error=type(error).__name__)
    return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "Something broke here", "It was logged. Try again, or ring.")


def of_validation(errors: Sequence[Any]) -> Problem:
    """Pydantic's errors, without what was sent: it may be personal."""
    if any(error["type"] == "json_invalid" for error in errors):
        return Problem(HTTPStatus.BAD_REQUEST, "This is not JSON", "The body can't be read as JSON.")
    found = [FieldError(_field(error["loc"]), _detail(error)) for error in errors]
    return BadInput(*found)


def install(app: FastAPI) -> None:
    """Let every error of this app be answered with a problem."""

    async def answer(request: Request, error: Exception) -> Response:
        return _shown(request, of(error))

    kinds: tuple[type[Exception], ...] = (Problem, HTTPException, RequestValidationError, NothingWorks, Exception)
    for kind in (*kinds, NotTaken, NoSuchPlacement, Unreachable, StoreError):
        app.add_exception_handler(kind, answer)


def _shown(request: Request, problem: Problem) -> Response:
    """As a page where a person looks at pages (`app.state.error_page`), else as JSON."""
    error_page = getattr(request.app.state, "error_page", None)
    machine = request.url.path.startswith(("/api/", "/webhooks/"))
    if error_page is not None and not machine and "text/html" in request.headers.get("accept", ""):
        page: Response = error_page(request, problem)
        return page
    return response(problem, request.url.path)


def _of_http(error: HTTPException) -> Problem:
    phrase = HTTPStatus(error.status_code).phrase
    details = {
        HTTPStatus.NOT_FOUND: "There is nothing at this address.",
        HTTPStatus.METHOD_NOT_ALLOWED: "This address does not take that method.",
        HTTPStatus.BAD_REQUEST: "The body can't be read.",
    }
    detail = details.get(HTTPStatus(error.status_code), phrase)
    return Problem(error.status_code, phrase.capitalize(), detail, headers=error.headers or {})


def _field(location: Sequence[str | int]) -> str:
    """`contacts[0].address`."""
    path = location[1:] if location and location[0] in _PARTS_OF_A_REQUEST else location
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text or "body"


def _detail(error: Mapping[str, Any]) -> str:
    """Why, without quoting what was sent."""
    if error["type"] == "missing":
        return "this is missing"
    if error["type"] == "extra_forbidden":
        return "there is no such field"
    return str(error["msg"]).removeprefix("Value error, ")


def _without_nothing(error: FieldError) -> dict[str, Any]:
    return {name: value for name, value in asdict(error).items() if value is not None}
