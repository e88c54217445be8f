"""Exercises on the pages: for managers, told apart from children everywhere, and read afterwards."""

from datetime import timedelta

from domain.names import Channel
from store.repositories import Store
from tests.web.pages.house import Browser, RuledEngine

MANAGER = "Priya Nair"
POLICE = "+447700900141"


async def start(browser: Browser, name: str = MANAGER, **typed: str) -> str:
    """A manager starts an exercise; returns its alias."""
    await browser.sign_in(name)
    await browser.open("/exercises")
    wish = {"scenario": "not_here", "policy_id": "demonstration", "minutes": "30"}
    await browser.send("/exercises", form="exercise", **(wish | typed))
    return browser.page.partition("<h1>")[2].partition("</h1>")[0]


async def test_a_manager_starts_one_reads_it_and_ends_it(browser: Browser, engine: RuledEngine, store: Store) -> None:
    """From the home's page to the report; nobody outside the home is among those who were told."""
    await browser.sign_in(MANAGER)
    await browser.open("/")
    assert 'href="/exercises"' in browser.page
    alias = await start(browser)
    assert f"{alias} runs." in browser.text
    assert "no child is missing, and nobody rings the police" in browser.text
    await engine.pass_time(timedelta(minutes=4))
    state = engine.states[alias]
    told = {one.person_id for one in state.episodes[0].told}
    outside = await store.directory.people_by_address(Channel.SMS, POLICE)

    assert told
    assert not told & set(outside)
    await browser.open(f"/exercises/{alias}")
    assert "Shift lead" in browser.text
    await browser.send(f"/exercises/{alias}/end", form="end")
    assert f"{alias} is over." in browser.text
    assert "ended on the page" in browser.text
    assert state.ended_at == engine.clock()


async def test_it_is_no_child_on_the_homes_page(browser: Browser, engine: RuledEngine) -> None:
    """Nobody may take it for a child, or count it as one."""
    alias = await start(browser)
    await engine.pass_time(timedelta(minutes=1))
    await browser.open("/")
    assert alias not in browser.text.replace(f"{alias} runs.", "")
    episode = f"{alias}-1"
    await browser.open(f"/episodes/{episode}")
    assert "This is an exercise. No child is missing. Ring neither the police" in browser.text


async def test_an_observer_sees_the_exercise_and_no_child(browser: Browser, heron: str, engine: RuledEngine) -> None:
    """The role means something in exercises only."""
    alias = await start(browser)
    await engine.pass_time(timedelta(seconds=10))
    await browser.sign_in("Toni Marsh")
    await browser.open(f"/episodes/{alias}-1")
    assert browser.status == 200
    await browser.open(f"/placements/{heron}")
    assert browser.status == 404
    await browser.open("/")
    assert heron not in browser.text


async def test_it_is_refused_while_a_child_is_looked_for_and_to_others(
    browser: Browser, second: Browser, heron: str, engine: RuledEngine
) -> None:
    """In words, on the page, with nothing begun; a shift lead has no such page of their own."""
    await browser.open("/exercises")
    assert "Exercises are for the managers of a home." in browser.text
    await browser.open("/")
    await browser.send(f"/placements/{heron}/check-ins", form="not_here")
    await second.sign_in(MANAGER)
    await second.open("/exercises")
    wish = {"scenario": "not_here", "policy_id": "demonstration", "minutes": "30"}
    await second.send("/exercises", form="exercise", **wish)

    assert second.status == 422
    assert "No exercise begins while an episode of a real child is open" in second.text
    assert list(engine.states) == [heron]
