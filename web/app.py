"""The web application: who it serves, and what runs beside it."""

import asyncio
import importlib
import importlib.util
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from web import news, problems
from web.acts import Acts
from web.api.admission import Admissions
from web.auth import Door
from web.body_limit import BodyLimit
from web.exercises import Exercises
from web.number_to_ring import NumberToRing
from web.services import Services
from web.standing import Standings
from web.unconfirmed import Silence
from web.webhooks.inbound import Inbound
from web.webhooks.receipts import Receipts

STATIC = Path(__file__).parent / "static"

ROUTERS = ("web.health", "web.api", "web.webhooks", "web.pages.routes", "web.codec")
"""Modules with a `router`. A part that is not there yet is left out."""


def create_app(services: Services) -> FastAPI:
    """The application over these services. They are closed by whoever made them.

    `app.state` holds `services`, `acts` (the way to the engine), `standings` (who is what to a placement) and `door`
    (who asks). A page for problems may be set as `app.state.error_page(request, problem) -> Response`.
    """
    # No open pages about the API: its document is docs/openapi.json.
    app = FastAPI(title="Golden Hour", version="1", lifespan=_lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.services = services
    app.state.acts = Acts(services)
    app.state.standings = Standings(services)
    app.state.admissions = Admissions(services)
    app.state.exercises = Exercises(services, app.state.admissions.plans)
    app.state.door = Door(services, app.state.standings)
    app.state.receipts = Receipts(services)
    app.state.number_to_ring = NumberToRing(services)
    app.state.inbound = Inbound(services, app.state.acts, app.state.standings)
    app.add_middleware(BodyLimit)
    problems.install(app)
    for name in ROUTERS:
        if _exists(name):
            app.include_router(importlib.import_module(name).router)
    if STATIC.is_dir():
        app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Beside the requests, what was queued is delivered, what happened to people's numbers is told, and so on."""
    beside = [
        asyncio.create_task(app.state.acts.sweep_for_ever(), name="sweeper"),
        asyncio.create_task(news.tell_for_ever(app.state.services), name="news"),
        asyncio.create_task(app.state.inbound.phones.read_for_ever(), name="phones"),
        asyncio.create_task(Silence(app.state.services, app.state.receipts).sweep_for_ever(), name="silence"),
    ]
    try:
        yield
    finally:
        for task in beside:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await app.state.admissions.close()
        await app.state.receipts.close()


def _exists(module: str) -> bool:
    """Whether there is such a module; one that is there and broken is an error, not an absence."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False
