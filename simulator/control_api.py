"""What tests, drills and the page may ask and do, under /control. No provider offers any of this."""

from http import HTTPStatus
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.faults import EVERYONE, Fault, FaultKind
from simulator.simulator import Simulator

_MOST = 1000
_Model = TypeVar("_Model", bound=BaseModel)
PHONE = r"^\+[1-9]\d{6,14}$"


class FaultRequest(BaseModel):
    """A fault to set; see `simulator.faults.Fault`."""

    model_config = ConfigDict(extra="forbid")
    kind: FaultKind
    address: str = EVERYONE
    channel: Literal["sms", "email", "voice"] | None = None
    on: Literal["send", "find"] = "send"
    count: int | None = Field(default=None, ge=1)
    code: int | None = None
    seconds: float | None = Field(default=None, ge=0)


class InboundRequest(BaseModel):
    """A text from a person's phone; `to` is the application's number unless given."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    sender: str = Field(alias="from", pattern=PHONE)
    text: str = Field(max_length=1600)
    to: str | None = None


class NamesRequest(BaseModel):
    """What phones and mailboxes are called: number or address → name."""

    model_config = ConfigDict(extra="forbid")
    names: dict[str, str]


def routes() -> list[Route]:
    """Every control route."""
    return [
        Route("/control/health", health, methods=["GET"]),
        Route("/control/messages", messages, methods=["GET"]),
        Route("/control/messages/{id}", message, methods=["GET"]),
        Route("/control/faults", faults, methods=["GET"]),
        Route("/control/faults", set_fault, methods=["POST"]),
        Route("/control/faults", clear_faults, methods=["DELETE"]),
        Route("/control/faults/{id}", remove_fault, methods=["DELETE"]),
        Route("/control/inbound", inbound, methods=["POST"]),
        Route("/control/phones", phones, methods=["GET"]),
        Route("/control/phones", name_phones, methods=["PUT"]),
        Route("/control/reset", reset, methods=["POST"]),
    ]


def simulator_of(request: Request) -> Simulator:
    """The simulator behind this app."""
    simulator: Simulator = request.app.state.simulator
    return simulator


async def health(request: Request) -> Response:
    """Alive; the number of messages kept, and the key by which e-mail events are verified."""
    simulator = simulator_of(request)
    return JSONResponse(
        {
            "status": "ok",
            "messages": len(simulator.book),
            "from_number": simulator.config.from_number,
            "sendgrid_public_key": simulator.key.public_key,
        }
    )


async def messages(request: Request) -> Response:
    """Messages after the index `since`, oldest first, at most `limit`; of one `person` or `kind` if asked."""
    simulator = simulator_of(request)
    query = request.query_params
    since, limit = query.get("since", "0"), query.get("limit", str(_MOST))
    if not (since.isdecimal() and limit.isdecimal()):
        return problem("since and limit are whole numbers")
    chosen = [
        message.as_json()
        for message in simulator.book.since(int(since))
        if query.get("person", message.person) == message.person and query.get("kind", message.kind) == message.kind
    ]
    return JSONResponse({"messages": chosen[: min(int(limit), _MOST)]})


async def message(request: Request) -> Response:
    """One message."""
    found = simulator_of(request).book.get(request.path_params["id"])
    return JSONResponse(found.as_json()) if found else problem("no such message", HTTPStatus.NOT_FOUND)


async def faults(request: Request) -> Response:
    """The faults that are set, and how often each has struck."""
    return JSONResponse({"faults": [fault.as_json() for fault in simulator_of(request).faults]})


async def set_fault(request: Request) -> Response:
    """Set a fault."""
    asked = await body_as(request, FaultRequest)
    if isinstance(asked, Response):
        return asked
    fault = simulator_of(request).faults.add(Fault(**asked.model_dump()))
    return JSONResponse(fault.as_json(), status_code=HTTPStatus.CREATED)


async def clear_faults(request: Request) -> Response:
    """Take all faults away."""
    simulator_of(request).faults.clear()
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def remove_fault(request: Request) -> Response:
    """Take one fault away."""
    if simulator_of(request).faults.remove(request.path_params["id"]):
        return Response(status_code=HTTPStatus.NO_CONTENT)
    return problem("no such fault", HTTPStatus.NOT_FOUND)


async def inbound(request: Request) -> Response:
    """A person sends a text; answers with the message, the application's status (0: no answer) and its replies."""
    asked = await body_as(request, InboundRequest)
    if isinstance(asked, Response):
        return asked
    exchange = await simulator_of(request).inbound(asked.sender, asked.text, to=asked.to)
    return JSONResponse(
        {
            "message": exchange.message.as_json(),
            "status": exchange.status,
            "replies": [reply.as_json() for reply in exchange.replies],
        }
    )


async def phones(request: Request) -> Response:
    """The names that phones and mailboxes have been given."""
    return JSONResponse({"names": simulator_of(request).names})


async def name_phones(request: Request) -> Response:
    """Name phones and mailboxes, next to those that have a name."""
    asked = await body_as(request, NamesRequest)
    if isinstance(asked, Response):
        return asked
    simulator_of(request).name_phones(asked.names)
    return await phones(request)


async def reset(request: Request) -> Response:
    """Forget messages, faults, names and who opted out."""
    await simulator_of(request).reset()
    return Response(status_code=HTTPStatus.NO_CONTENT)


def problem(detail: str, status: int = HTTPStatus.UNPROCESSABLE_ENTITY, **more: Any) -> Response:  # noqa: ANN401
    """What is wrong with a request, as RFC 9457 has it."""
    body = {"title": HTTPStatus(status).phrase, "status": int(status), "detail": detail, **more}
    return JSONResponse(body, status_code=status, media_type="application/problem+json")


async def body_as(request: Request, model: type[_Model]) -> _Model | Response:
    """The request's body; only JSON, which a page of another origin can't send without being asked for permission."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        return problem("send application/json", HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    try:
        return model.model_validate_json(await request.body())
    except ValidationError as invalid:
        errors = [{"field": ".".join(map(str, each["loc"])), "detail": each["msg"]} for each in invalid.errors()]
        return problem("the body is not valid", errors=errors)
