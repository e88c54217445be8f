"""Nobody sees anything without a session; in a demonstration one tap makes one."""

from urllib.parse import quote

import pytest
from fastapi import FastAPI

from config.settings import Settings
from tests.web.pages.conftest import ENVIRONMENT
from tests.web.pages.house import Browser
from web import demo

PAGES = ["/", "/episodes", "/episodes/Heron-42-1", "/placements/Heron-42"]
ACTS = ["/placements", "/placements/Heron-42/check-ins", "/episodes/Heron-42-1/take", "/sign-out"]


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_leads_to_sign_in_without_a_session(browser: Browser, path: str) -> None:
    """Whether or not there is such a child."""
    answer = await browser.client.get(path)
    assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/sign-in")


async def test_after_signing_in_the_page_that_was_asked_for_is_shown(browser: Browser, heron: str) -> None:
    """The link in an e-mail leads to the child's page; a link to anywhere else leads home."""
    await browser.send("/sign-out")
    page = await browser.open(f"/placements/{heron}")
    assert f'name="next" value="/placements/{heron}"' in " ".join(page.split())
    for wanted, leads in ((f"/placements/{heron}", f"/placements/{heron}"), ("//evil.example", "/"), ("/x?y", "/")):
        form = browser.form("/sign-in") | {"person": demo.SHIFT_LEAD, "next": wanted}
        answer = await browser.client.post("/sign-in", data=form)
        assert answer.headers["location"] == leads


@pytest.mark.parametrize("path", ACTS)
async def test_every_form_leads_to_sign_in_without_a_session(browser: Browser, path: str) -> None:
    """A made-up session is none."""
    browser.client.cookies.set("goldenhour_session", quote("ghs_made up"))
    answer = await browser.client.post(path, data={"key": "12345678"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")


async def test_one_tap_signs_in_and_one_signs_out(browser: Browser) -> None:
    """The person is named on every page; after signing out the session is gone."""
    await browser.sign_in("Kim Doyle")
    assert "Kim Doyle key worker" in browser.text
    secret = browser.client.cookies["goldenhour_session"]
    await browser.send("/sign-out")
    assert "Choose who you are" in browser.text
    browser.client.cookies.set("goldenhour_session", secret)
    assert (await browser.client.get("/")).status_code == 303


async def test_the_cookie_is_for_this_site_and_no_script(browser: Browser) -> None:
    """HttpOnly, SameSite=Lax: other sites' forms come without it."""
    page = await browser.open("/sign-in")
    entry = page.partition('name="entry" value="')[2].partition('"')[0]
    answer = await browser.client.post("/sign-in", data={"entry": entry, "person": demo.SHIFT_LEAD})
    cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith("goldenhour_session="))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Max-Age=43200" in cookie


async def test_another_sites_form_signs_nobody_in(browser: Browser) -> None:
    """It does not know what this browser was given."""
    await browser.post("/sign-in", {"entry": "guessed", "person": demo.SHIFT_LEAD})
    assert browser.status == 403
    await browser.open("/sign-in")
    await browser.post("/sign-in", {"entry": "guessed", "person": demo.SHIFT_LEAD})
    assert browser.status == 403
    assert "goldenhour_session" not in browser.client.cookies


async def test_outside_a_demonstration_nobody_is_chosen_from_a_list(browser: Browser, app: FastAPI) -> None:
    """Accounts come with a later release; until then there is no way in by these pages."""
    real = {"TWILIO_API_BASE_URL": "", "SENDGRID_API_BASE_URL": "", "GOLDENHOUR_PUBLIC_URL": "https://example.org"}
    old = app.state.services.settings
    base = ENVIRONMENT | {"DATABASE_URL": old.database_url, "GOLDENHOUR_ENCRYPTION_KEYS": old.encryption_keys}
    app.state.services.settings = Settings.load(base | real)
    await browser.open("/sign-in")
    assert "comes with a later release" in browser.text
    assert "Sam Reed" not in browser.text
    await browser.post("/sign-in", {"entry": browser.client.cookies["goldenhour_entry"], "person": demo.SHIFT_LEAD})
    assert browser.status == 404


async def test_an_unknown_address_is_told_in_plain_words(browser: Browser) -> None:
    """A page, not JSON; and no names of ours."""
    await browser.sign_in("Sam Reed")
    await browser.open("/nowhere")
    assert browser.status == 404
    assert "There is no such page" in browser.text


async def test_every_page_forbids_scripts_and_frames_of_others(browser: Browser) -> None:
    """No inline script or style, nothing from elsewhere, nothing kept."""
    await browser.sign_in("Sam Reed")
    for path in ("/", "/sign-in", "/episodes"):
        answer = await browser.client.get(path)
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert "<style" not in answer.text
        assert "style=" not in answer.text
        assert "onclick" not in answer.text
