"""SendGrid's mail/send, with SendGrid's own errors. What was accepted can't be asked for, as at SendGrid."""

import json
from http import HTTPStatus
from secrets import compare_digest, token_urlsafe
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.door import pass_door
from simulator.faults import AT_THE_DOOR
from simulator.messages import Message
from simulator.simulator import Simulator


def routes() -> list[Route]:
    """What SendGrid offers, of what we use."""
    return [Route("/v3/mail/send", send, methods=["POST"])]


async def send(request: Request) -> Response:
    """Send an e-mail to each recipient."""
    simulator: Simulator = request.app.state.simulator
    raw = await request.body()
    given = request.headers.get("authorization", "")
    if not compare_digest(given.encode(), f"Bearer {simulator.config.sendgrid_api_key}".encode()):
        return _errors(HTTPStatus.UNAUTHORIZED, "The provided authorization grant is invalid, expired, or revoked")
    try:
        mail = json.loads(raw)
    except ValueError:
        return _errors(HTTPStatus.BAD_REQUEST, "Bad Request")
    if wrong := _first_fault(mail):
        return _errors(HTTPStatus.BAD_REQUEST, wrong[1], wrong[0])
    if ((mail.get("mail_settings") or {}).get("sandbox_mode") or {}).get("enable") is True:
        # SendGrid's sandbox: the mail is checked and goes nowhere.
        return Response(status_code=HTTPStatus.OK)
    recipients = _recipients(mail)

    def accept() -> Response:
        message_id = token_urlsafe(16)
        for number, (address, custom_args) in enumerate(recipients):
            # SendGrid has one id for all; ours are apart from the second on, so that the page shows each.
            own_id = message_id if number == 0 else f"{message_id}-{number}"
            simulator.accept(_message(own_id, address, custom_args, mail))
        return Response(status_code=HTTPStatus.ACCEPTED, headers={"X-Message-Id": message_id})

    fault = simulator.faults.take(AT_THE_DOOR, "email", recipients[0][0])
    return await pass_door(request, simulator, fault, accept, _refuse)


def _first_fault(mail: Any) -> tuple[str, str] | None:  # noqa: ANN401 - it is what is to be found out
    """The first field that is wrong, and what SendGrid says about it."""
    if not isinstance(mail, dict) or not isinstance(mail.get("personalizations"), list) or not mail["personalizations"]:
        return "personalizations", "The personalizations field is required and must have at least one personalization."
    addresses = [address for address, _ in _recipients(mail)]
    if not addresses or not all("@" in address for address in addresses):
        return "personalizations.0.to.0.email", "Does not contain a valid address."
    if "@" not in str((mail.get("from") or {}).get("email", "")):
        return "from.email", "The from object must be provided for every email send."
    if not mail.get("subject"):
        return "subject", "The subject is required."
    content = mail.get("content")
    if not content or not all(isinstance(part, dict) and part.get("value") for part in content):
        return "content", "The content value must be a string at least one character in length."
    return None


def _recipients(mail: dict[str, Any]) -> list[tuple[str, dict[str, str]]]:
    """Each address, with the custom arguments of the mail and of its personalization."""
    return [
        (str(to.get("email", "")), {**mail.get("custom_args", {}), **personalization.get("custom_args", {})})
        for personalization in mail["personalizations"]
        for to in personalization.get("to", [])
    ]


def _message(message_id: str, address: str, custom_args: dict[str, str], mail: dict[str, Any]) -> Message:
    return Message(
        "email",
        message_id,
        mail["from"]["email"],
        address,
        "\n".join(part["value"] for part in mail["content"]),
        "queued",
        subject=mail["subject"],
        custom_args=custom_args,
    )


def _refuse(status: int, code: int | None, headers: dict[str, str]) -> Response:
    """SendGrid has no codes of its own: a fault's code is the HTTP status."""
    answered = code or status
    if answered == HTTPStatus.TOO_MANY_REQUESTS:
        return _errors(answered, "too many requests", headers=headers)
    return _errors(answered, "The request was refused.")


def _errors(status: int, message: str, field: str | None = None, headers: dict[str, str] | None = None) -> Response:
    body = {"errors": [{"message": message, "field": field, "help": None}]}
    return JSONResponse(body, status_code=status, headers=headers)
