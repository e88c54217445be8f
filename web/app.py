"""The web application: who it serves, and what runs beside it."""

import asyncio
import importlib
import importlib.util
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from web import problems
from web.acts import Acts
from web.body_limit import BodyLimit
from web.services import Services

STATIC = Path(__file__).parent / "static"

ROUTERS = ("web.health", "web.api", "web.webhooks", "web.pages.routes", "web.codec")
"""Modules with a `router`. A part that is not there yet is left out."""


def create_app(services: Services) -> FastAPI:
    """The application over these services. They are closed by whoever made them."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        sweeping = asyncio.create_task(app.state.acts.sweep_for_ever(), name="sweeper")
        try:
            yield
        finally:
            sweeping.cancel()
            with suppress(asyncio.CancelledError):
                await sweeping

    # No open pages about the API: its document is docs/openapi.json.
    app = FastAPI(title="Golden Hour", version="1", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.services = services
    app.state.acts = Acts(services)
    app.add_middleware(BodyLimit)
    problems.install(app)
    for name in ROUTERS:
        if _exists(name):
            app.include_router(importlib.import_module(name).router)
    if STATIC.is_dir():
        app.mount("/static", StaticFiles(directory=STATIC), name="static")
    return app


def _exists(module: str) -> bool:
    """Whether there is such a module; one that is there and broken is an error, not an absence."""
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False
