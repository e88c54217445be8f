"""A stand-in for our web application: it keeps every webhook that it gets, and answers as it is told."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from aiohttp import web


@dataclass
class Webhook:
    """One request as it came."""

    path: str
    """With its query."""
    headers: dict[str, str]
    body: str

    @property
    def form(self) -> dict[str, str]:
        """The body as a form."""
        return dict(parse_qsl(self.body, keep_blank_values=True))


@dataclass
class Application:
    """What came, and what is answered: statuses in turn, then 200; the TwiML on inbound texts."""

    url: str = ""
    got: list[Webhook] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    twiml: str = "<Response/>"

    async def expects(self, count: int, within: float = 5.0) -> list[Webhook]:
        """Wait for this many webhooks."""
        async with asyncio.timeout(within):
            while len(self.got) < count:  # noqa: ASYNC110 - short and in a test
                await asyncio.sleep(0.005)
        return self.got

    async def handle(self, request: web.Request) -> web.Response:
        """Keep and answer."""
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.got.append(Webhook(request.raw_path, headers, await request.text()))
        status = self.statuses.pop(0) if self.statuses else 200
        return web.Response(status=status, text=self.twiml, content_type="text/xml")


@asynccontextmanager
async def running_application() -> AsyncIterator[Application]:
    """Run it on a free loopback port."""
    application = Application()
    app = web.Application()
    app.router.add_route("*", "/{any:.*}", application.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    application.url = f"http://{host}:{port}"
    try:
        yield application
    finally:
        await runner.cleanup()
