"""No request is larger than a quarter of a megabyte: refused while it is being read, not after."""

from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web import problems
from web.problems import Problem

LIMIT = 256 * 1024
"""Bytes."""


class _TooLarge(Exception):  # noqa: N818 - it never leaves this file
    """More came than is taken."""


class BodyLimit:
    """ASGI middleware: what announces itself as too large is not read at all, the rest only up to the limit."""

    def __init__(self, app: ASGIApp, *, limit: int = LIMIT) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is small enough."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self._announced(scope) > self._limit:
            await self._refuse(scope, receive, send)
            return
        await self._watched(scope, receive, send)

    async def _watched(self, scope: Scope, receive: Receive, send: Send) -> None:
        read, begun = 0, False

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > self._limit:
                raise _TooLarge
            return message

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, counted, noted)
        except _TooLarge:
            if begun:
                raise
            await self._refuse(scope, receive, send)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        problem = Problem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "Too large",
            f"A body may have {self._limit // 1024} KB at most.",
            headers={"Connection": "close"},
        )
        await problems.response(problem, scope["path"])(scope, receive, send)

    @staticmethod
    def _announced(scope: Scope) -> int:
        value = dict(scope["headers"]).get(b"content-length", b"0")
        return int(value) if value.isdigit() else 0
