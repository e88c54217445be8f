"""A home's managers enter the number that whoever is alerted rings."""

from store.repositories import Store
from tests.web.pages.house import Browser
from web import demo


async def test_a_manager_enters_the_number_to_ring_and_takes_it_away(
    browser: Browser, heron: str, store: Store
) -> None:
    """As it is dialled from abroad, spaces or none; a word is no number, and changes nothing."""
    del heron
    await browser.send("/sign-out")
    await browser.sign_in("Priya Nair")
    await browser.open("/duty-contacts")
    await browser.send("/duty-contacts/number-to-ring", phone="+44 20 7946 0555")
    assert (await store.directory.home(demo.HOME)).phone == "+442079460555"
    await browser.open("/duty-contacts")
    assert "+442079460555" in browser.page
    await browser.send("/duty-contacts/number-to-ring", phone="the office")
    assert "write the number like +442079460018" in browser.text
    assert (await store.directory.home(demo.HOME)).phone == "+442079460555"
    await browser.open("/duty-contacts")
    await browser.send("/duty-contacts/number-to-ring", phone="")
    assert (await store.directory.home(demo.HOME)).phone is None
