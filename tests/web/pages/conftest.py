"""The demonstration house, with a child who has just arrived."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import cast

import httpx
import pytest
from fastapi import FastAPI
from redis.asyncio import Redis

from config.keys import KeyRing
from config.settings import Settings
from engine.facade import Engine
from store.migrate import upgrade
from store.repositories import Store
from tests.web.pages.house import Browser, Clock, RuledEngine
from web import demo
from web.app import create_app
from web.services import Services

ENVIRONMENT = {
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "made-up",
    "TWILIO_FROM_NUMBER": "+447700900000",
    "TWILIO_API_BASE_URL": "http://127.0.0.1:8010",
    "SENDGRID_API_KEY": "SG.made-up",
    "SENDGRID_FROM_EMAIL": "alerts@goldenhour.example",
    "SENDGRID_API_BASE_URL": "http://127.0.0.1:8010",
    "SENDGRID_WEBHOOK_PUBLIC_KEY": "made-up",
}


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A simulated installation with an empty database."""
    database = f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('pages') / 'pages.db'}"
    upgrade(database)
    keys = KeyRing.generate().to_setting()
    return Settings.load(ENVIRONMENT | {"DATABASE_URL": database, "GOLDENHOUR_ENCRYPTION_KEYS": keys})


@pytest.fixture
async def store(settings: Settings, tmp_path: Path) -> AsyncIterator[Store]:
    """The demonstration's directory and policies, in a database of its own."""
    copy = tmp_path / "store.db"
    await asyncio.to_thread(shutil.copy, settings.database_url.partition(":///")[2], copy)
    opened = Store.open(f"sqlite+aiosqlite:///{copy}", settings.key_ring)
    await demo.seed(opened)
    yield opened
    await opened.close()


@pytest.fixture
def engine(store: Store) -> RuledEngine:
    """The rules, with a clock in the test's hand."""
    return RuledEngine(Clock(), store)


@pytest.fixture
def app(settings: Settings, store: Store, engine: RuledEngine) -> FastAPI:
    """The web app."""
    redis = Redis.from_url(settings.redis_url)
    return create_app(
        Services(
            settings=settings,
            keys=settings.key_ring,
            store=store,
            engine=cast("Engine", engine),
            redis=redis,
            clock=engine.clock,
        )
    )


@pytest.fixture
async def browser(app: FastAPI) -> AsyncIterator[Browser]:
    """A browser on the shift lead's phone, signed in nowhere."""
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            yield Browser(client)


@pytest.fixture
async def second(browser: Browser, app: FastAPI) -> AsyncIterator[Browser]:
    """A colleague's browser."""
    del browser
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1:8000") as client:
        yield Browser(client)


@pytest.fixture
async def heron(browser: Browser, store: Store) -> str:
    """The alias of a child who has just arrived; the shift lead is signed in."""
    await browser.sign_in("Sam Reed")
    await browser.send("/placements", placing_authority_id=demo.PLACING, policy_id="demonstration")
    return (await store.placements.list())[0].alias
