"""Twilio's Messages resource: create, list and fetch, with Twilio's own errors and limits. It offers nothing more."""

import re
from base64 import b64decode
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus
from secrets import compare_digest
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.door import pass_door
from simulator.faults import AT_THE_DOOR
from simulator.messages import Message, new_id
from simulator.segments import segments
from simulator.simulator import Simulator
from simulator.twilio_list import page_of

API = "/2010-04-01/Accounts"
E164 = re.compile(r"\+[1-9]\d{6,14}")
_LONGEST_BODY = 1600
_LONGEST_VALIDITY = 36_000

_MESSAGES = {
    20003: "Authenticate",
    20404: "The requested resource was not found",
    20429: "Too Many Requests",
    20503: "Service unavailable",
    21201: "No 'To' number is specified",
    21205: "Url is not a valid URL",
    21210: "'From' phone number not verified",
    21211: "Invalid 'To' Phone Number: {to}",
    21213: "'From' phone number is required",
    21602: "Message body is required.",
    21603: "A 'From' phone number is required.",
    21604: "A 'To' phone number is required.",
    21606: "The From phone number is not a valid, SMS-capable number for your account.",
    21609: "The 'StatusCallback' URL is not a valid URL.",
    21610: "Attempt to send to unsubscribed recipient {to}",
    21617: "The concatenated message body exceeds the 1600 character limit",
    90007: "Invalid validity period value",
}

_STATUS_OF_CODE = {
    20003: HTTPStatus.UNAUTHORIZED,
    20404: HTTPStatus.NOT_FOUND,
    20429: HTTPStatus.TOO_MANY_REQUESTS,
    20500: HTTPStatus.INTERNAL_SERVER_ERROR,
    20503: HTTPStatus.SERVICE_UNAVAILABLE,
}


def routes() -> list[Route]:
    """What Twilio offers, of what we use."""
    return [
        Route(API + "/{account}/Messages.json", create, methods=["POST"]),
        Route(API + "/{account}/Messages.json", listing, methods=["GET"]),
        Route(API + "/{account}/Messages/{sid}.json", fetch, methods=["GET"]),
    ]


async def create(request: Request) -> Response:
    """Send a message."""
    simulator: Simulator = request.app.state.simulator
    form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
    if refused := unauthorised(request, simulator):
        return refused
    to = form.get("To", "")

    def accept() -> Response:
        if code := fault_in(form, simulator):
            return error(code, to=to)
        message = simulator.accept(_message(form, simulator))
        return JSONResponse(as_resource(message, simulator.config.account_sid), status_code=HTTPStatus.CREATED)

    fault = simulator.faults.take(AT_THE_DOOR, "sms", to)
    return await pass_door(request, simulator, fault, accept, Refusals(to).refuse)


async def listing(request: Request) -> Response:
    """List messages, newest first."""
    simulator: Simulator = request.app.state.simulator
    if refused := unauthorised(request, simulator):
        return refused
    query = dict(request.query_params)
    to = query.get("To", "")

    def accept() -> Response:
        page = page_of(simulator.book, query)
        account = simulator.config.account_sid
        body = {"messages": [as_resource(message, account) for message in page.messages]}
        return JSONResponse(body | links(request.url.path, query, page.size, page.number, page.token))

    fault = simulator.faults.take(AT_THE_DOOR, "sms", to, "find")
    return await pass_door(request, simulator, fault, accept, Refusals(to).refuse)


async def fetch(request: Request) -> Response:
    """Fetch one message."""
    simulator: Simulator = request.app.state.simulator
    if refused := unauthorised(request, simulator):
        return refused
    message = simulator.book.get(request.path_params["sid"])
    if message is None or message.kind != "sms":
        return error(20404)
    return JSONResponse(as_resource(message, simulator.config.account_sid))


def fault_in(form: dict[str, str], simulator: Simulator) -> int | None:
    """Twilio's code for what is wrong with this request, or None."""
    to, body = form.get("To", ""), form.get("Body", "")
    sender, service = form.get("From", ""), form.get("MessagingServiceSid", "")
    validity = form.get("ValidityPeriod", "1")
    callback = urlsplit(form.get("StatusCallback", "http://none"))
    checks = (
        (21604, not to),
        (21211, not E164.fullmatch(to)),
        (21602, not body),
        (21617, len(body) > _LONGEST_BODY),
        (21603, not (sender or service)),
        (21606, not service and sender != simulator.config.from_number),
        (90007, not (validity.isdecimal() and 1 <= int(validity) <= _LONGEST_VALIDITY)),
        (21609, callback.scheme not in {"http", "https"} or not callback.hostname),
        (21610, to in simulator.opted_out),
    )
    return next((code for code, wrong in checks if wrong), None)


def error(code: int, *, to: str = "", status: int | None = None, headers: dict[str, str] | None = None) -> Response:
    """A refusal in Twilio's form. Like Twilio's, its text names the number: a client must not log it."""
    status = status or _STATUS_OF_CODE.get(code, HTTPStatus.BAD_REQUEST)
    body = {
        "code": code,
        "message": _MESSAGES.get(code, "The message to {to} was refused").format(to=to),
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": int(status),
    }
    return JSONResponse(body, status_code=status, headers=headers)


@dataclass(frozen=True, slots=True)
class Refusals:
    """How Twilio words what a fault demands."""

    to: str

    def refuse(self, status: int, code: int | None, headers: dict[str, str]) -> Response:
        """A 503 of Twilio's edge is no JSON."""
        if status == HTTPStatus.SERVICE_UNAVAILABLE and code is None:
            return Response("upstream connect error", status_code=status, media_type="text/plain")
        if status == HTTPStatus.BAD_REQUEST:
            return error(code or 21211, to=self.to)
        return error(code or 20000 + status, to=self.to, status=status, headers=headers)


def unauthorised(request: Request, simulator: Simulator) -> Response | None:
    """A refusal, unless the account and its token are ours."""
    expected = f"{simulator.config.account_sid}:{simulator.config.auth_token}"
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        given = b64decode(encoded, validate=True).decode()
    except ValueError:
        given = ""
    if scheme.lower() != "basic" or not compare_digest(given.encode(), expected.encode()):
        return error(20003)
    return None if request.path_params["account"] == simulator.config.account_sid else error(20404)


def _message(form: dict[str, str], simulator: Simulator) -> Message:
    service = form.get("MessagingServiceSid", "")
    validity = form.get("ValidityPeriod")
    return Message(
        "sms",
        new_id("SM"),
        form.get("From") or simulator.config.from_number,
        form["To"],
        form["Body"],
        "accepted" if service else "queued",
        status_callback=form.get("StatusCallback", ""),
        messaging_service=service,
        validity_seconds=int(validity) if validity else None,
    )


def as_resource(message: Message, account_sid: str) -> dict[str, Any]:
    """A message as Twilio shows it."""
    uri = f"{API}/{account_sid}/Messages/{message.id}"
    return {
        "account_sid": account_sid,
        "api_version": "2010-04-01",
        "body": message.body,
        "date_created": rfc2822(message.created),
        "date_sent": rfc2822(message.sent),
        "date_updated": rfc2822(message.updated),
        "direction": message.direction,
        "error_code": message.error_code,
        "error_message": None if message.error_code is None else f"Error {message.error_code}",
        "from": message.sender,
        "messaging_service_sid": message.messaging_service or None,
        "num_media": "0",
        "num_segments": str(segments(message.body)),
        "price": None,
        "price_unit": "USD",
        "sid": message.id,
        "status": message.status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "tags": None,
        "to": message.to,
        "uri": f"{uri}.json",
    }


def rfc2822(moment: datetime | None) -> str | None:
    """A moment as Twilio writes it."""
    return None if moment is None else format_datetime(moment.replace(microsecond=0), usegmt=False)


def links(path: str, query: dict[str, str], size: int, number: int, token: str | None) -> dict[str, Any]:
    """The places of this page and of the next, as Twilio names them."""

    def uri(page: int, extra: dict[str, str]) -> str:
        kept = {name: value for name, value in query.items() if name not in {"Page", "PageSize", "PageToken"}}
        return f"{path}?{urlencode({**kept, 'PageSize': str(size), 'Page': str(page), **extra})}"

    return {
        "first_page_uri": uri(0, {}),
        "next_page_uri": uri(number + 1, {"PageToken": token}) if token else None,
        "previous_page_uri": None,
        "page": number,
        "page_size": size,
        "start": number * size,
        "end": number * size + size - 1,
        "uri": f"{path}?{urlencode(query)}",
    }
