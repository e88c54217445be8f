"""Temporal's remote codec: what a signed-in operator sees in the Temporal UI is opened here, and nowhere else.

The UI has no workflow to go by, so the binding in a payload's own metadata is used; see engine.codec. Only the origin
of the UI may ask from a browser, and it sends the session's cookie, as it is on the same host name.
"""

from http import HTTPStatus
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from google.protobuf import json_format
from google.protobuf.message import DecodeError
from starlette.responses import Response
from temporalio.api.common.v1 import Payloads

from config.keys import UnknownKey, WrongSeal
from engine.codec import EncryptionCodec
from web import problems
from web.auth import Caller, CallerKind, Door
from web.problems import Problem, Unauthorised
from web.services import Services

router = APIRouter(prefix="/codec", include_in_schema=False)

DECODE, ENCODE = "decode", "encode"
TWINS = {"127.0.0.1": "localhost", "localhost": "127.0.0.1"}
ALLOWED = {
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "content-type, authorization, x-namespace",
    "Access-Control-Max-Age": "600",
}
UNREADABLE = "These payloads can't be read: they are not Temporal's, were changed, or need a key that is not here."


@router.options("/decode")
@router.options("/encode")
async def preflight(request: Request) -> Response:
    """Whether a browser may ask from there."""
    allowed = _cors(request)
    return Response(status_code=HTTPStatus.NO_CONTENT, headers=allowed | ALLOWED if allowed else {"Vary": "Origin"})


@router.post("/decode")
async def decode(request: Request) -> Response:
    """Open payloads."""
    return await _answer(request, DECODE)


@router.post("/encode")
async def encode(request: Request) -> Response:
    """Seal payloads. They are bound to no workflow, so a worker refuses them: nobody writes to a child's case here."""
    return await _answer(request, ENCODE)


async def _answer(request: Request, action: str) -> Response:
    """The payloads, or a problem; with leave for the UI to read either."""
    try:
        _refuse_machines(await _caller(request))
        response: Response = JSONResponse(await _coded(request, action), headers={"Cache-Control": "no-store"})
    except Problem as problem:
        response = problems.response(problem, request.url.path)
    response.headers.update(_cors(request) or {"Vary": "Origin"})
    return response


async def _caller(request: Request) -> Caller:
    door: Door = request.app.state.door
    return await door.recognise(request)


def _refuse_machines(caller: Caller) -> None:
    """The bootstrap token makes tokens and reads nothing."""
    if caller.kind is CallerKind.BOOTSTRAP:
        raise Unauthorised


async def _coded(request: Request, action: str) -> object:
    services: Services = request.app.state.services
    codec = EncryptionCodec(services.keys)
    # JSON only: a page of another origin can't send that without being asked for permission.
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise Problem(HTTPStatus.BAD_REQUEST, "Not readable", UNREADABLE)
    try:
        asked = json_format.Parse(await request.body(), Payloads())
        payloads = await (codec.decode if action == DECODE else codec.encode)(asked.payloads)
    except (UnknownKey, WrongSeal, json_format.ParseError, DecodeError, ValueError, RecursionError):
        raise Problem(HTTPStatus.BAD_REQUEST, "Not readable", UNREADABLE) from None
    return json_format.MessageToDict(Payloads(payloads=payloads))


def _cors(request: Request) -> dict[str, str]:
    """Leave for the Temporal UI's origin; nothing for any other."""
    services: Services = request.app.state.services
    origin = request.headers.get("origin", "")
    if origin not in _origins(services.settings.codec_origin):
        return {}
    return {"Access-Control-Allow-Origin": origin, "Access-Control-Allow-Credentials": "true", "Vary": "Origin"}


def _origins(configured: str) -> set[str]:
    """The configured origin, and on one's own machine its other name."""
    twin = TWINS.get(urlsplit(configured).hostname or "")
    if twin is None:
        return {configured}
    port = urlsplit(configured).port
    return {configured, f"{urlsplit(configured).scheme}://{twin}{f':{port}' if port else ''}"}
