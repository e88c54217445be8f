"""Twilio's Calls resource: place, list and fetch calls, and read the events of one."""

from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.calls import over
from simulator.door import pass_door
from simulator.faults import AT_THE_DOOR
from simulator.messages import CallDetails, Message, new_id
from simulator.simulator import Simulator
from simulator.twilio_api import API, E164, Refusals, error, links, rfc2822, unauthorised
from simulator.twilio_list import page_of

_RING_SECONDS = 60


def routes() -> list[Route]:
    """What Twilio offers, of what we use."""
    return [
        Route(API + "/{account}/Calls.json", create, methods=["POST"]),
        Route(API + "/{account}/Calls.json", listing, methods=["GET"]),
        Route(API + "/{account}/Calls/{sid}.json", fetch, methods=["GET"]),
        Route(API + "/{account}/Calls/{sid}/Events.json", events, methods=["GET"]),
    ]


async def create(request: Request) -> Response:
    """Place a call."""
    simulator: Simulator = request.app.state.simulator
    form = parse_qs((await request.body()).decode(), keep_blank_values=True)
    if refused := unauthorised(request, simulator):
        return refused
    to = _one(form, "To")

    def accept() -> Response:
        if code := fault_in(form, simulator):
            return error(code, to=to)
        message = simulator.place(_message(form), _call(form, request.url.path))
        return JSONResponse(as_resource(message, simulator.config.account_sid), status_code=HTTPStatus.CREATED)

    fault = simulator.faults.take(AT_THE_DOOR, "voice", to)
    return await pass_door(request, simulator, fault, accept, Refusals(to).refuse)


async def listing(request: Request) -> Response:
    """List calls, newest first."""
    simulator: Simulator = request.app.state.simulator
    if refused := unauthorised(request, simulator):
        return refused
    query = dict(request.query_params)
    to = query.get("To", "")

    def accept() -> Response:
        page = page_of(simulator.book, query, "voice")
        account = simulator.config.account_sid
        body = {"calls": [as_resource(message, account) for message in page.messages]}
        return JSONResponse(body | links(request.url.path, query, page.size, page.number, page.token))

    fault = simulator.faults.take(AT_THE_DOOR, "voice", to, "find")
    return await pass_door(request, simulator, fault, accept, Refusals(to).refuse)


async def fetch(request: Request) -> Response:
    """Fetch one call."""
    simulator: Simulator = request.app.state.simulator
    if refused := unauthorised(request, simulator):
        return refused
    message = simulator.book.get(request.path_params["sid"])
    if message is None or message.call is None:
        return error(20404)
    return JSONResponse(as_resource(message, simulator.config.account_sid))


async def events(request: Request) -> Response:
    """The requests that placed a call and that were made for it."""
    simulator: Simulator = request.app.state.simulator
    if refused := unauthorised(request, simulator):
        return refused
    message = simulator.book.get(request.path_params["sid"])
    if message is None or message.call is None:
        return error(20404)
    requests = message.call.requests
    return JSONResponse({"events": requests} | links(request.url.path, {}, len(requests) or 1, 0, None))


def fault_in(form: dict[str, list[str]], simulator: Simulator) -> int | None:
    """Twilio's code for what is wrong with this request, or None."""
    to, sender = _one(form, "To"), _one(form, "From")
    checks = (
        (21201, not to),
        (21211, not E164.fullmatch(to)),
        (21213, not sender),
        (21210, sender != simulator.config.from_number),
        (21205, not _is_address(_one(form, "Url"))),
        (21609, "StatusCallback" in form and not _is_address(_one(form, "StatusCallback"))),
    )
    return next((code for code, wrong in checks if wrong), None)


def as_resource(message: Message, account_sid: str) -> dict[str, Any]:
    """A call as Twilio shows it: without the address of its words."""
    uri = f"{API}/{account_sid}/Calls/{message.id}"
    ended = over(message)
    call = message.call
    return {
        "account_sid": account_sid,
        "annotation": None,
        "answered_by": call.answered_by if call and call.detects_machines and call.answered_by else None,
        "api_version": "2010-04-01",
        "caller_name": None,
        "date_created": rfc2822(message.created),
        "date_updated": rfc2822(message.updated),
        "direction": message.direction,
        "duration": "0" if ended else None,
        "end_time": rfc2822(message.updated) if ended else None,
        "forwarded_from": None,
        "from": message.sender,
        "from_formatted": message.sender,
        "group_sid": None,
        "parent_call_sid": None,
        "phone_number_sid": "PN" + "0" * 32,
        "price": None,
        "price_unit": "USD",
        "queue_time": "0",
        "sid": message.id,
        "start_time": rfc2822(message.sent),
        "status": message.status,
        "subresource_uris": {"events": f"{uri}/Events.json"},
        "to": message.to,
        "to_formatted": message.to,
        "trunk_sid": None,
        "uri": f"{uri}.json",
    }


def _message(form: dict[str, list[str]]) -> Message:
    return Message(
        "voice",
        new_id("CA"),
        _one(form, "From"),
        _one(form, "To"),
        "",
        "queued",
        status_callback=_one(form, "StatusCallback"),
    )


def _call(form: dict[str, list[str]], path: str) -> CallDetails:
    seconds = _one(form, "Timeout")
    placed = {
        "request": {"method": "POST", "url": path, "parameters": {name: ",".join(form[name]) for name in form}},
        "response": {"response_code": int(HTTPStatus.CREATED)},
    }
    return CallDetails(
        url=_one(form, "Url"),
        ring_seconds=int(seconds) if seconds.isdecimal() else _RING_SECONDS,
        events=form.get("StatusCallbackEvent", ["completed"]),
        detects_machines=_one(form, "MachineDetection") in {"Enable", "DetectMessageEnd"},
        requests=[placed],
    )


def _one(form: dict[str, list[str]], name: str) -> str:
    return form.get(name, [""])[0]


def _is_address(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
