"""Serving the simulator: uvicorn, able to cut a connection, and quick to stop."""

import asyncio
import socket

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

_LAST_ANSWERS_SECONDS = 2
_KEEP_ALIVE_SECONDS = 75


class CuttableProtocol(H11Protocol):
    """HTTP/1.1 whose connection the application can reach, to end it without an answer."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Put the connection into each request's state."""
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class SimulatorServer(uvicorn.Server):
    """A server that tells whoever waits (streams, hanging requests) before it waits for them."""

    def __init__(self, config: uvicorn.Config, app: Starlette) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop."""
        self._app.state.simulator.closing.set()
        await super().shutdown(sockets)


def server_for(app: Starlette, *, host: str = "127.0.0.1", port: int = 0) -> SimulatorServer:
    """A server for this application. Access logs are off: they would hold telephone numbers."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=CuttableProtocol,
        ws="none",
        lifespan="on",
        access_log=False,
        log_level="warning",
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_LAST_ANSWERS_SECONDS,
        server_header=False,
    )
    return SimulatorServer(config, app)
