"""The real app behind a real port, and Debian's Chromium as a carer's small phone."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.async_api import Browser, Page, async_playwright

from tests.web.pages.conftest import app, engine, settings, store

__all__ = ["app", "engine", "settings", "store"]

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
SMALL_PHONE = {"width": 360, "height": 740}


@dataclass
class Phone:
    """A carer's phone on the app's pages."""

    page: Page
    address: str

    async def open(self, path: str) -> None:
        """Go to a page."""
        await self.page.goto(self.address + path)

    async def sign_in(self, name: str) -> None:
        """Choose a person, by one tap."""
        await self.open("/sign-in")
        await self.page.get_by_role("button", name=name).tap()
        await self.page.wait_for_url(f"{self.address}/")


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """One browser for all walks. Without it these tests fail: `apt-get install chromium`."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
async def address(app: FastAPI) -> AsyncIterator[str]:
    """Where the app listens."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="error"))
    serving = asyncio.create_task(server.serve())
    async with asyncio.timeout(10):
        while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
            await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await serving


@pytest.fixture
async def phone(chromium: Browser, address: str) -> AsyncIterator[Phone]:
    """A phone 360 pixels wide. An error in the page's own script fails the test."""
    context = await chromium.new_context(viewport=SMALL_PHONE, has_touch=True, is_mobile=True)  # type: ignore[arg-type]
    page = await context.new_page()
    page.set_default_timeout(5000)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if "Content Security" in message.text else None)
    yield Phone(page, address)
    await context.close()
    assert errors == []
