"""The home's page offers the paper ladder to those who work there, and to nobody else."""

from tests.paper.conftest import pages_of
from tests.web.pages.house import Browser


async def test_a_carer_prints_the_ladder_of_their_home(browser: Browser, heron: str) -> None:
    """One link on the page; a file to print, drawn from what is known now."""
    await browser.open("/")
    assert 'href="/paper/DEMO"' in browser.page
    assert "Print it, and keep it sealed in the home." in browser.text
    answer = await browser.client.get("/paper/DEMO")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == 'attachment; filename="ladder-DEMO.pdf"'
    assert answer.headers["cache-control"] == "no-store"
    first = pages_of(answer.content)[0]
    assert heron in first
    assert "Valid until" in first


async def test_nobody_else_gets_it(browser: Browser, second: Browser, heron: str) -> None:
    """It holds telephone numbers: not for those outside the home, nor for nobody in particular; and only real homes."""
    del heron
    assert (await browser.client.get("/paper/ELSEWHERE", headers={"Accept": "text/html"})).status_code == 404
    refused = await second.client.get("/paper/DEMO", headers={"Accept": "text/html"})
    assert (refused.status_code, refused.headers["location"]) == (303, "/sign-in?next=/paper/DEMO")
    for outsider in ("Lena Fox", "Fernshire Duty Desk"):
        await second.sign_in(outsider)
        assert (await second.client.get("/paper/DEMO", headers={"Accept": "text/html"})).status_code == 404
