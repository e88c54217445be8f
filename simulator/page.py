"""The page of phones, and the stream that keeps it live."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from simulator.messages import Message
from simulator.simulator import Simulator

_STATIC = Path(__file__).parent / "static"
_SHOWN_AT_FIRST = 500
_BEHIND = 2000
"""Changes that a page may be behind before it is told to load everything anew."""
_STILL_HERE_SECONDS = 15.0
_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
}


def routes() -> list[BaseRoute]:
    """The page and what it needs."""
    return [
        Route("/", page, methods=["GET"]),
        Route("/control/state", state, methods=["GET"]),
        Route("/control/stream", stream, methods=["GET"]),
        Mount("/static", StaticFiles(directory=_STATIC)),
    ]


async def page(_request: Request) -> Response:
    """The page."""
    return FileResponse(_STATIC / "index.html", headers=_HEADERS)


async def state(request: Request) -> Response:
    """What the page shows at first: the names and the latest messages."""
    simulator: Simulator = request.app.state.simulator
    latest = simulator.book.since(0)[-_SHOWN_AT_FIRST:]
    return JSONResponse({"names": simulator.names, "messages": [message.as_json() for message in latest]})


async def stream(request: Request) -> Response:
    """Every message that is new or has changed, as server-sent events."""
    return StreamingResponse(
        _changes(request.app.state.simulator),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"},
    )


async def _changes(simulator: Simulator) -> AsyncIterator[str]:
    queue: asyncio.Queue[str] = asyncio.Queue(_BEHIND)

    def note(message: Message) -> None:
        if not queue.full():
            # As it is now: it will have changed again by the time it is sent.
            queue.put_nowait(json.dumps(message.as_json()))

    stop_listening = simulator.book.listen(note)
    closing = asyncio.ensure_future(simulator.closing.wait())
    try:
        yield "retry: 1000\n\n"
        while not closing.done():
            if queue.full():
                while not queue.empty():
                    queue.get_nowait()
                yield "event: reload\ndata: {}\n\n"
            waiting = asyncio.ensure_future(queue.get())
            try:
                await asyncio.wait({waiting, closing}, timeout=_STILL_HERE_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                if waiting.done():
                    yield f"data: {waiting.result()}\n\n"
                elif not closing.done():
                    yield ": still here\n\n"
            finally:
                waiting.cancel()
    finally:
        stop_listening()
        closing.cancel()
