"""The home's page: one tap, one record, and the person is told what became of it."""

from datetime import timedelta

import pytest

from store.errors import StoreUnavailable
from store.repositories import Store
from tests.web.pages.house import Browser, RuledEngine
from web import demo


async def test_a_child_arrives_and_checks_begin(browser: Browser, heron: str) -> None:
    """The receipt names the child's alias and the time of the first check, in local time and to the second."""
    assert f"{heron} The child is in care here" in browser.text
    assert "Next check 21:32" in browser.text
    assert "Demonstration: no real phone will ring." in browser.text


async def test_seen_and_well_is_one_tap_and_tells_the_next_time(
    browser: Browser, heron: str, engine: RuledEngine
) -> None:
    """The form needs nothing but the tap."""
    await engine.pass_time(timedelta(seconds=61))
    await browser.open("/")
    await browser.send(f"/placements/{heron}/check-ins", form="seen_well")
    assert f"{heron}: seen and well" in browser.text
    assert "Recorded. Next check due 21:33:01." in browser.text


async def test_a_double_tap_counts_once(browser: Browser, heron: str, engine: RuledEngine) -> None:
    """The same form sent twice is one check, and both tell the same."""
    path = f"/placements/{heron}/check-ins"
    form = browser.form(path, "seen_well")
    first = await browser.post(path, form)
    again = await browser.post(path, form)
    assert engine.asked == ["check_in"]
    assert "seen and well" in first
    assert "seen and well" in again


async def test_a_worry_needs_words_and_what_was_typed_is_kept(
    browser: Browser, heron: str, engine: RuledEngine
) -> None:
    """One question; an empty answer comes back with the reason next to it."""
    path = f"/placements/{heron}/check-ins"
    await browser.send(path, form="seen_concern", note="  ")
    assert browser.status == 422
    assert "Not recorded: say in a few words what worries you." in browser.text
    await browser.send(path, form="seen_concern", note="A car waits outside <again>.")
    assert "seen, and the carer is worried" in browser.text
    assert engine.asked == ["check_in"]


async def test_a_refused_check_shows_the_engines_reason_next_to_the_form(browser: Browser, heron: str) -> None:
    """And the time that was typed is still there."""
    await browser.send(
        f"/placements/{heron}/check-ins", form="seen_earlier", seen_at="2026-06-01T20:00", method="phone"
    )
    assert browser.status == 422
    assert "this time is before the child arrived" in browser.text
    assert 'value="2026-06-01T20:00"' in browser.page


async def test_a_time_that_is_no_time_is_told_in_plain_words(browser: Browser, heron: str) -> None:
    """Not a crash, and nothing is recorded."""
    await browser.send(f"/placements/{heron}/check-ins", form="seen_earlier", seen_at="half past")
    assert "this is not a date and a time" in browser.text


async def test_not_here_is_two_steps_and_raises_the_alarm(browser: Browser, heron: str) -> None:
    """The page says what will happen before it does; afterwards the card is loud, in words."""
    assert "This raises the alarm at once." in browser.text
    await browser.send(f"/placements/{heron}/check-ins", form="not_here")
    assert "Recorded as not here. People are being alerted now." in browser.text
    assert "Unaccounted for" in browser.text
    assert "Found: the child is here" in browser.text


async def test_a_known_place_needs_the_place(browser: Browser, heron: str) -> None:
    """Then it is no alarm, and says until when."""
    path = f"/placements/{heron}/check-ins"
    await browser.send(path, form="known_place")
    assert "say where the child is" in browser.text
    await browser.send(path, form="known_place", note="At the shop", method="phone", back_by="2026-06-01T21:50")
    assert "not here, at a known place" in browser.text
    assert "To be back by 21:50" in browser.text


async def test_time_out_is_agreed_until_a_time(browser: Browser, heron: str) -> None:
    """The next check is the time to be back."""
    await browser.send(f"/placements/{heron}/absences", form="time_out", back_by="2026-06-02T17:00", where="School")
    assert "Agreed. The next check is when the child is to be back." in browser.text
    assert "Out with agreement until 17:00 on 2 June 2026" in browser.text


async def test_found_needs_a_second_person_after_unaccounted(browser: Browser, second: Browser, heron: str) -> None:
    """One word does not end it: the page says so, offers the confirmation, and a colleague gives it."""
    await browser.send(f"/placements/{heron}/check-ins", form="not_here")
    path = f"/episodes/{heron}-1/returned"
    await browser.send(path, how_known="I am with the child.")
    assert "The alarm goes on until a second person confirms" in browser.text
    assert "sign out and sign in as somebody else" in browser.text
    await browser.send(path)
    assert "The alarm goes on until a second person confirms" in browser.text
    await second.sign_in("Kim Doyle")
    assert "Confirm as second person" in second.text
    await second.send(path)
    assert "The child is back, and everyone who was alerted is told." in second.text
    assert "Back after episode 1." in second.text


async def test_with_the_engine_away_a_check_is_queued_and_says_so(
    browser: Browser, heron: str, engine: RuledEngine
) -> None:
    """Kept, not done yet: in words, on the receipt and on the card; later it is delivered."""
    engine.down = True
    await browser.send(f"/placements/{heron}/check-ins", form="seen_well")
    assert "Queued: kept, not done yet." in browser.text
    assert "a report about this child is kept and not delivered yet" in browser.text


async def test_with_the_store_away_a_check_is_recorded_all_the_same(
    browser: Browser, heron: str, engine: RuledEngine, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The open page still sends it, the engine takes it, and the receipt is shown although nothing else can be."""

    def away(**_options: object) -> None:
        raise StoreUnavailable("locked")

    monkeypatch.setattr(store.database, "transaction", away)
    monkeypatch.setattr(store.database, "reading", away)
    await browser.send(f"/placements/{heron}/check-ins", form="seen_well")
    assert engine.asked == ["check_in"]
    assert f"{heron}: seen and well Recorded." in browser.text
    assert "Golden Hour does not answer" in browser.text
    engine.down = True
    form = {"csrf": _csrf(browser), "key": "k" * 12, "outcome": "not_here"}
    await browser.post(f"/placements/{heron}/check-ins", form)
    assert "Nothing was recorded: Golden Hour does not answer. Use the telephone" in browser.text


async def test_a_form_without_the_sessions_mark_is_refused(browser: Browser, heron: str, engine: RuledEngine) -> None:
    """Another site can't record anything with this browser."""
    path = f"/placements/{heron}/check-ins"
    form = browser.form(path, "seen_well") | {"csrf": "0" * 64}
    await browser.post(path, form)
    assert browser.status == 403
    assert "nothing was recorded" in browser.text
    del form["csrf"]
    await browser.post(path, form)
    assert browser.status == 403
    assert engine.asked == []


@pytest.mark.parametrize("key", ["", "short"])
async def test_a_form_without_its_number_is_refused(
    browser: Browser, heron: str, engine: RuledEngine, key: str
) -> None:
    """Without it a double tap could count twice."""
    await browser.send(f"/placements/{heron}/check-ins", form="seen_well", key=key)
    assert "this form has lost its number" in browser.text
    assert engine.asked == []


async def test_overdue_is_said_in_words(browser: Browser, heron: str, engine: RuledEngine) -> None:
    """Never by colour alone."""
    assert heron in browser.text
    await engine.pass_time(timedelta(minutes=1, seconds=40))
    await browser.open("/")
    assert "Check now 21:32 in 20 s" in browser.text
    await engine.pass_time(timedelta(seconds=25))
    await browser.open("/")
    assert "Overdue 21:32 5 s ago" in browser.text


async def test_a_name_that_is_markup_stays_text(browser: Browser, heron: str) -> None:
    """What people type is never part of the page's own markup, refused or recorded."""
    del heron
    child = {"preferred_name": "<script>alert(1)</script>"}
    await browser.send("/placements", **child)
    assert "choose a home, an authority and a plan" in browser.text
    assert "<script>alert" not in browser.page
    await browser.send("/placements", placing_authority_id=demo.PLACING, policy_id="arrival-high", **child)
    assert browser.text.count("<script>alert(1)</script>") == 1
    assert "<script>alert" not in browser.page


def _csrf(browser: Browser) -> str:
    """The session's mark, as the form for signing out carries it."""
    return browser.form("/sign-out")["csrf"]
