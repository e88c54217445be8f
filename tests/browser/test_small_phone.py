"""A carer at night, with one thumb on a small phone: everything can be reached, tapped and read."""

from datetime import timedelta
from itertools import pairwise

from playwright.async_api import Browser, Page, expect

from store.repositories import Store
from tests.browser.conftest import SMALL_PHONE, Phone
from tests.web.pages.house import RuledEngine

MEASURE = """
() => [...document.querySelectorAll("a, button, summary, input:not([type=hidden]), select, textarea")]
  .map((one) => ({ what: one.outerHTML.slice(0, 90), box: one.getBoundingClientRect() }))
  .filter(({ box }) => box.width && box.height && box.bottom > 0)
  .filter(({ box }) => box.width < 44 || box.height < 44)
  .map(({ what, box }) => `${what} is ${box.width} x ${box.height}`)
"""
"""Everything that can be tapped and is smaller than 44 pixels in one direction."""
HEADINGS = "() => [...document.querySelectorAll('h1,h2,h3,h4')].map((one) => Number(one.tagName[1]))"
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


async def arrive(phone: Phone, store: Store) -> str:
    """Sign in as shift lead and let a child arrive; returns the alias."""
    await phone.sign_in("Sam Reed")
    await phone.page.get_by_text("A child has arrived").tap()
    await phone.page.get_by_role("button", name="Begin care").tap()
    await expect(phone.page.get_by_role("status").filter(has_text="The child is in care here")).to_be_visible()
    return (await store.placements.list())[0].alias


async def test_a_night_on_a_small_phone(phone: Phone, store: Store, engine: RuledEngine) -> None:
    """Arrival, seen and well, worried, not here, found, and the second person: each by its button."""
    page = phone.page
    alias = await arrive(phone, store)
    await page.get_by_role("button", name="Seen and well").tap()
    await expect(page.get_by_text(f"{alias}: seen and well")).to_be_visible()

    await page.get_by_text("Seen, worried").tap()
    await page.get_by_label("What worries you?").fill("A car waits outside.")
    await page.get_by_role("button", name="Record, and tell the manager").first.tap()
    await expect(page.get_by_text("the carer is worried")).to_be_visible()

    await page.get_by_text("Not here", exact=True).tap()
    await expect(page.get_by_text("This raises the alarm at once.")).to_be_visible()
    await page.get_by_role("button", name=f"Yes, {alias} is not here: raise the alarm").tap()
    await expect(page.get_by_text("People are being alerted now.")).to_be_visible()

    await page.get_by_text("Found: the child is here").tap()
    await page.get_by_label("How do you know?").fill("I am with the child.")
    await page.get_by_role("button", name=f"Record: {alias} is back").tap()
    await page.get_by_role("button", name="Sign out").tap()
    await page.get_by_role("button", name="Kim Doyle").tap()
    await page.get_by_role("button", name="Confirm as second person").tap()
    await expect(page.get_by_text("The child is back, and everyone who was alerted is told.")).to_be_visible()
    assert engine.asked == ["check_in", "check_in", "check_in", "found", "found"]


async def test_every_target_is_large_enough_for_a_thumb(phone: Phone, store: Store, engine: RuledEngine) -> None:
    """Measured on every page, with every form open; nothing is wider than the phone, headings go down step by step."""
    await phone.open("/sign-in")
    await check(phone.page)
    alias = await arrive(phone, store)
    for path in ("/", f"/placements/{alias}", "/episodes", "/nowhere"):
        await phone.open(path)
        await check(phone.page)
    await engine.pass_time(timedelta(seconds=230))
    for path in ("/", "/episodes", f"/episodes/{alias}-1", f"/placements/{alias}"):
        await phone.open(path)
        await check(phone.page)


async def check(page: Page) -> None:
    """Measure a page with everything on it opened."""
    await page.evaluate("() => document.querySelectorAll('details').forEach((one) => { one.open = true })")
    assert await page.evaluate(MEASURE) == [], page.url
    assert await page.evaluate(OVERFLOW) == 0, page.url
    levels: list[int] = await page.evaluate(HEADINGS)
    assert (levels[0], levels.count(1)) == (1, 1), page.url
    assert all(following - level <= 1 for level, following in pairwise(levels)), page.url


async def test_the_keyboard_records_a_check(phone: Phone, store: Store) -> None:
    """Tab to the button, see where you are, press Enter."""
    alias = await arrive(phone, store)
    page = phone.page
    await phone.open("/")
    for _ in range(30):
        await page.keyboard.press("Tab")
        if "Seen and well" in await page.evaluate("() => document.activeElement.textContent"):
            break
    outline = await page.evaluate("() => getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    await page.keyboard.press("Enter")
    await expect(page.get_by_text(f"{alias}: seen and well")).to_be_visible()


async def test_the_first_tab_skips_to_the_content(phone: Phone) -> None:
    """Whoever uses a keyboard need not walk through the navigation each time."""
    await phone.open("/sign-in")
    await phone.page.keyboard.press("Tab")
    await phone.page.keyboard.press("Enter")
    assert await phone.page.evaluate("() => document.activeElement.id") == "main"


async def test_the_page_counts_down_and_fetches_what_is_new(phone: Phone, store: Store, engine: RuledEngine) -> None:
    """The seconds run; what somebody else caused appears by itself, and what is being typed stays."""
    page = phone.page
    alias = await arrive(phone, store)
    countdown = page.locator("[data-countdown]").first
    before = await countdown.text_content()
    await expect(countdown).not_to_have_text(before or "")
    await page.get_by_text("Seen, worried").tap()
    await page.get_by_label("What worries you?").fill("A car waits")
    await engine.pass_time(timedelta(seconds=140))
    await expect(page.get_by_text("Something has changed here.")).to_be_visible(timeout=9000)
    assert await page.get_by_label("What worries you?").input_value() == "A car waits"
    await page.get_by_role("link", name="Show it").tap()
    await expect(page.locator(f"#child-{alias}").get_by_text("Check overdue")).to_be_visible()


async def test_everything_works_without_javascript(chromium: Browser, address: str, phone: Phone, store: Store) -> None:
    """The same forms, sent by the browser alone."""
    await arrive(phone, store)
    context = await chromium.new_context(
        java_script_enabled=False,
        viewport=SMALL_PHONE,  # type: ignore[arg-type]
        storage_state=await phone.page.context.storage_state(),
    )
    page = await context.new_page()
    await page.goto(address)
    await page.get_by_text("Not here", exact=True).click()
    await page.get_by_role("button", name="raise the alarm").click()
    await expect(page.get_by_text("People are being alerted now.")).to_be_visible()
    await context.close()


async def test_a_second_tap_does_nothing(phone: Phone, store: Store, engine: RuledEngine) -> None:
    """Two quick taps are one check."""
    await arrive(phone, store)
    await phone.page.get_by_role("button", name="Seen and well").dblclick()
    await expect(phone.page.get_by_text("Recorded. Next check due")).to_be_visible()
    assert engine.asked == ["check_in"]


async def test_a_manager_starts_an_exercise_by_its_button_and_reads_the_report(
    phone: Phone, store: Store, engine: RuledEngine
) -> None:
    """From the start page, with one thumb: begun, seen to run, read, ended; every target measured."""
    await phone.sign_in("Priya Nair")
    page = phone.page
    await page.get_by_role("link", name="Exercises").tap()
    await expect(page.get_by_role("heading", name="Exercises")).to_be_visible()
    await check(page)
    await page.get_by_label("Plan of checks and alerts").select_option("demonstration")
    await page.get_by_role("button", name="Start an exercise: real phones ring").tap()
    await expect(page.get_by_text("Police and neighbours are not told.")).to_be_visible()
    (row,) = await store.placements.list()
    await engine.pass_time(timedelta(minutes=4))
    await page.get_by_role("link", name="Update").tap()
    await expect(page.get_by_role("heading", name=row.alias)).to_be_visible()
    await expect(page.get_by_role("heading", name="Runs now")).to_be_visible()
    first = page.get_by_role("region", name="Rungs, planned and told").get_by_role("listitem").first
    await expect(first).to_contain_text("Shift lead and on-call manager")
    await expect(first).to_contain_text("told")
    await expect(page.get_by_role("heading", name="What would have failed")).to_be_visible()
    await check(page)

    await page.get_by_role("button", name="End the exercise now, and tell everyone").tap()
    await expect(page.get_by_text(f"{row.alias} is over.")).to_be_visible()
    await expect(page.get_by_role("heading", name="Over")).to_be_visible()
    assert engine.asked == ["end_placement"]
