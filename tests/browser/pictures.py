"""`make pictures`: the README's pictures, taken of the real demonstration and drawn from the real policies.

Nothing is staged: `goldenhour up --demo` runs with all its parts, a child is reported not here, people answer, and
Chromium looks.
"""

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

from config.policy import built_in
from config.settings import CHECKOUT
from drawing.ladder import draw
from tests.browser.conftest import ARGUMENTS, CHROMIUM, SMALL_PHONE
from tests.cli.demonstration import Demonstration

PICTURES = CHECKOUT / "docs" / "pictures"
WIDE = {"width": 1180, "height": 900}
PATIENCE = 20_000
"""Milliseconds for a page to show what is expected."""


async def _page(browser: Browser, size: dict[str, int]) -> Page:
    context = await browser.new_context(viewport=size, locale="en-GB")  # type: ignore[arg-type]
    page = await context.new_page()
    page.set_default_timeout(PATIENCE)
    return page


async def _take(page: Page, name: str) -> None:
    await page.wait_for_load_state("networkidle")
    await page.screenshot(path=PICTURES / f"{name}.png")
    print(f"docs/pictures/{name}.png")  # noqa: T201 - a command tells what it made


async def _night(browser: Browser, demonstration: Demonstration) -> None:
    """A child who is not here, as the home, the phones and the episode's page show it."""
    web, phones = (f"http://127.0.0.1:{demonstration.ports[name]}" for name in ("WEB", "SIMULATOR"))
    home = await _page(browser, SMALL_PHONE)
    await home.goto(f"{web}/sign-in")
    await home.get_by_role("button", name="Sam Reed").click()
    await home.get_by_role("button", name="Seen and well").click()
    await home.get_by_text("seen and well").first.wait_for()
    await _take(home, "home")

    alias = demonstration.alias()
    await home.get_by_text("Not here", exact=True).click()
    await home.get_by_role("button", name=f"Yes, {alias} is not here: raise the alarm").click()
    await home.get_by_text("People are being alerted now.").wait_for()
    await _take(home, "alarm")

    simulator = await _page(browser, WIDE)
    await simulator.goto(phones)
    await simulator.get_by_text(alias.upper()).first.wait_for()
    await _take(simulator, "phones")

    episode = await _page(browser, WIDE | {"height": 1250})
    await episode.context.add_cookies(await home.context.cookies())  # type: ignore[arg-type]
    await episode.goto(f"{web}/episodes/{alias}-1")
    await episode.get_by_text("was texted").first.wait_for()
    await _take(episode, "episode")


def _ladders() -> None:
    for name in ("arrival-high", "settled-medium"):
        (PICTURES / f"{name}.svg").write_text(draw(built_in()[name]), "utf-8")
        print(f"docs/pictures/{name}.svg")  # noqa: T201


async def _photographed(demonstration: Demonstration) -> None:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        await _night(browser, demonstration)
        await browser.close()


def main() -> int:
    """Make all pictures anew."""
    PICTURES.mkdir(exist_ok=True)
    _ladders()
    with tempfile.TemporaryDirectory() as directory:
        demonstration = Demonstration(Path(directory) / "data")
        demonstration.data.mkdir()
        demonstration.start()
        try:
            asyncio.run(_photographed(demonstration))
        finally:
            demonstration.kill()
    return 0


if __name__ == "__main__":
    sys.exit(main())
