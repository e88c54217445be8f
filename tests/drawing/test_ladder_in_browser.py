"""The picture of a policy as a browser shows it: measured with the fonts that are there, not with our idea of them."""

import shutil
from collections.abc import AsyncIterator
from datetime import date

import pytest
from playwright.async_api import Page, async_playwright

from config.policy import built_in
from domain.names import Phase, Risk
from domain.policy import Policy, Suit
from drawing.ladder import draw

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
POLICIES = built_in()

CROWDED = POLICIES["arrival-high"].model_copy(
    update={
        "id": "a" * 63,
        "title": "The partnership's own ladder " * 4,
        "suits": tuple(Suit(phase=phase, risk=risk) for phase in Phase for risk in Risk),
        "rung": tuple(rung.model_copy(update={"after": rung.after / 4}) for rung in POLICIES["arrival-high"].rung),
    }
)


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """A page of the system's Chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield await browser.new_page()
        await browser.close()


MEASURE = """() => {
  const boxes = [...document.querySelectorAll('text')].map(t => [t.textContent, t.getBBox()]);
  const svg = document.querySelector('svg').viewBox.baseVal, found = [];
  boxes.forEach(([words, a], i) => {
    if (a.x < 0 || a.x + a.width > svg.width - 20 || a.y + a.height > svg.height) found.push(['outside', words]);
    boxes.slice(i + 1).forEach(([other, b]) => {
      const x = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
      const y = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
      if (x > 1 && y > 4) found.push([words, other]);
    });
  });
  return [boxes.length, found];
}"""
"""Texts whose boxes leave the picture or lie on one another (lines of one paragraph may touch by their leading)."""


@pytest.mark.parametrize("policy", [*POLICIES.values(), CROWDED], ids=[*POLICIES, "crowded"])
async def test_no_text_lies_on_another_in_a_browser(page: Page, policy: Policy) -> None:
    """Every word can be read, also in a policy with long names and rungs that stand close together."""
    await page.set_content(draw(policy, from_day=date(2026, 1, 1)))
    count, found = await page.evaluate(MEASURE)

    assert count > 40
    assert found == []
