"""The providers' door: where a request meets a fault before, after or instead of its answer."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from simulator.faults import Fault, FaultKind
from simulator.simulator import Simulator

Refuse = Callable[[int, int | None, dict[str, str]], Response]
"""Makes a refusal in the provider's own words, from HTTP status, code and headers."""

_ACCEPTED_FIRST = {
    FaultKind.ACCEPT_THEN_UNAVAILABLE,
    FaultKind.ACCEPT_THEN_DROP,
    FaultKind.ACCEPT_THEN_HANG,
    FaultKind.SLOW,
    FaultKind.GARBLE,
}

_REFUSED = {
    FaultKind.THROTTLE: HTTPStatus.TOO_MANY_REQUESTS,
    FaultKind.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    FaultKind.ACCEPT_THEN_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    FaultKind.REJECT: HTTPStatus.BAD_REQUEST,
}


class NoAnswer(Response):
    """The connection ends and not a byte is sent. Works under `simulator.server`, which hands us the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI
        """Cut the connection, and wait until the server has noticed, or it would answer 500."""
        transport = scope.get("state", {}).get("transport")
        if transport is None:
            raise RuntimeError("a connection can only be cut under simulator.server")
        transport.abort()
        while (await receive())["type"] != "http.disconnect":
            pass


async def pass_door(
    request: Request, simulator: Simulator, fault: Fault | None, accept: Callable[[], Response], refuse: Refuse
) -> Response:
    """Answer a request as the fault demands; without one, accept it."""
    if fault is None:
        return accept()
    accepted = accept() if fault.kind in _ACCEPTED_FIRST else None
    if fault.kind in {FaultKind.HANG, FaultKind.ACCEPT_THEN_HANG, FaultKind.SLOW}:
        await _hold(request, simulator, fault.seconds)
    if fault.kind in _REFUSED:
        headers = {"Retry-After": f"{fault.seconds or 1:g}"} if fault.kind is FaultKind.THROTTLE else {}
        return refuse(_REFUSED[fault.kind], fault.code, headers)
    if fault.kind is FaultKind.GARBLE:
        return Response("<html>not what you expect", status_code=HTTPStatus.CREATED, media_type="text/html")
    return accepted if fault.kind is FaultKind.SLOW and accepted is not None else NoAnswer()


async def _hold(request: Request, simulator: Simulator, seconds: float | None) -> None:
    """Wait that long, or until the client has gone, or until the simulator stops."""
    longest = simulator.config.hang_seconds
    waits = [asyncio.ensure_future(simulator.closing.wait()), asyncio.ensure_future(_gone(request))]
    try:
        await asyncio.wait(waits, timeout=min(seconds or longest, longest), return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
