"""An episode: who has it, what comes next, what can be done, and its story in plain words."""

from datetime import timedelta

from domain import circulating
from domain.circulation_orders import CirculationReport, What
from domain.names import Channel
from store.claims import Claim
from store.repositories import Store
from tests.web.pages.house import Browser, RuledEngine
from web import demo


async def lapse(browser: Browser, heron: str, engine: RuledEngine, seconds: int = 140) -> str:
    """Let the check lapse and open the episode's page."""
    await engine.pass_time(timedelta(seconds=seconds))
    return await browser.open(f"/episodes/{heron}-1")


async def test_the_story_of_a_lapsed_check(browser: Browser, heron: str, engine: RuledEngine) -> None:
    """What was due, that it was not recorded, and who was told: by name, in local time."""
    await lapse(browser, heron, engine)
    assert "Check overdue" in browser.text
    assert "Check due 21:32 was not recorded." in browser.text
    assert "Time to tell: shift lead." in browser.text
    assert "Sam Reed (shift lead) was texted." in browser.text
    assert "Police Not told" in browser.text
    assert "Key worker and on-call manager at 21:32:30" in browser.text


async def test_the_story_can_be_read_from_either_end(browser: Browser, heron: str, engine: RuledEngine) -> None:
    """Newest first while it runs; oldest first as a story."""
    await lapse(browser, heron, engine)
    due = "Check due 21:32 was not recorded"
    assert browser.text.index("was texted") < browser.text.index(due)
    await browser.open(f"/episodes/{heron}-1?order=oldest")
    assert browser.text.index("was texted") > browser.text.index(due)


async def test_taking_it_shows_who_has_it_and_until_when(
    browser: Browser, second: Browser, heron: str, engine: RuledEngine
) -> None:
    """A colleague who comes later hears who has it; when time is up the story says so."""
    await lapse(browser, heron, engine)
    await second.sign_in("Kim Doyle")
    await second.open(f"/episodes/{heron}-1")
    await browser.send(f"/episodes/{heron}-1/take")
    assert "You have it until 21:33:05." in browser.text
    assert "Sam Reed (shift lead) until 21:33:05" in browser.text
    await second.send(f"/episodes/{heron}-1/take")
    assert "It is already taken by shift lead" in second.text
    await lapse(browser, heron, engine, 50)
    assert "Sam Reed (shift lead) recorded no outcome within the time held: the ladder climbs again." in browser.text
    assert "21:33:05 Time to tell: registered manager. (planned for 21:32:45)" in browser.text


async def test_more_time_needs_a_reason(browser: Browser, heron: str, engine: RuledEngine) -> None:
    """An empty reason comes back with the form open."""
    await lapse(browser, heron, engine)
    await browser.send(f"/episodes/{heron}-1/take")
    await browser.send(f"/episodes/{heron}-1/extend", reason="")
    assert browser.status == 422
    assert "Not recorded: say why you need longer." in browser.text
    await browser.send(f"/episodes/{heron}-1/extend", reason="Looking in the garden")
    assert "You have it until 21:33:50." in browser.text
    assert "needs longer; held until 21:33:50: Looking in the garden." in browser.text


async def test_the_police_count_as_told_with_all_three(browser: Browser, heron: str, engine: RuledEngine) -> None:
    """A reference, a force and a time; what was typed survives what is missing."""
    await lapse(browser, heron, engine)
    path = f"/episodes/{heron}-1/police-report"
    await browser.send(path, reference="", force="Fernshire Police", reported_at="2026-06-01T21:32")
    assert "enter the reference that the police gave you" in browser.text
    assert 'value="Fernshire Police"' in browser.page
    await browser.send(path, reference="FP-1234", force="Fernshire Police", reported_at="2026-06-01T21:32")
    assert "Told: Fernshire Police, reference FP-1234" in browser.text
    assert "Police told by Sam Reed (shift lead): reference FP-1234, force Fernshire Police." in browser.text


async def test_every_form_has_a_receipt(browser: Browser, second: Browser, heron: str, engine: RuledEngine) -> None:
    """A night through all the forms: each answer says what happened."""
    path = f"/episodes/{heron}-1"
    await lapse(browser, heron, engine)
    await browser.send(f"{path}/cannot", reason="I am driving")
    assert "Noted that you cannot. The next person is being told now." in browser.text
    await browser.send(f"{path}/confirm-missing")
    assert "Recorded as missing." in browser.text
    await browser.send(f"{path}/escalate-now")
    assert "The next people are being told now." in browser.text
    await browser.send(f"{path}/sighting", text="Seen at the bus stop", source="A driver")
    assert "The information is kept." in browser.text
    assert "Seen at the bus stop. Source: A driver." in browser.text
    await browser.send(f"{path}/located", how_known="At an aunt's", expected_back_by="2026-06-01T22:30")
    assert "The alarm goes on until a second person confirms it." in browser.text
    assert "That was you, so somebody else must." in browser.text
    await second.sign_in("Kim Doyle")
    await second.open(path)
    assert "Sam Reed (shift lead) has said that it is known where the child is." in second.text
    await second.send(f"{path}/located", how_known="Rang the aunt", expected_back_by="2026-06-01T22:30")
    assert "Recorded as located." in second.text
    assert "To be back by 22:30" in second.text
    await second.send(f"{path}/returned", how_known="At the door")
    await browser.open(path)
    await browser.send(f"{path}/returned", how_known="At the door")
    assert "The child is back" in browser.text
    await browser.send(f"{path}/close", reason="Talked, ate, slept.")
    assert "The episode is closed." in browser.text
    assert "Closed This is over." in browser.text


async def test_an_error_needs_a_second_person_and_can_be_undone(
    browser: Browser, second: Browser, heron: str, engine: RuledEngine
) -> None:
    """Cancelling takes two; opening it again takes one and is loud."""
    path = f"/episodes/{heron}-1"
    await lapse(browser, heron, engine)
    await browser.send(f"{path}/cancel", reason="The wrong child")
    assert "closes when a second person confirms it" in browser.text
    await second.sign_in("Kim Doyle")
    await second.open(path)
    await second.send(f"{path}/cancel", reason="The wrong child, yes")
    assert "The episode is closed." in second.text
    await second.send(f"{path}/reopen", reason="It was not")
    assert "The episode is open again" in second.text


async def test_open_episodes_are_listed_for_those_concerned(
    browser: Browser, second: Browser, heron: str, engine: RuledEngine
) -> None:
    """In words: the stage, who has it, and whether the police are told."""
    await browser.open("/episodes")
    assert "No episode is open." in browser.text
    await lapse(browser, heron, engine)
    await browser.open("/episodes")
    assert f"{heron}, episode 1" in browser.text
    assert "Nobody has it in hand. Police not told." in browser.text
    await second.sign_in("Lena Fox")
    await second.open("/episodes")
    assert f"{heron}, episode 1" in second.text


async def test_those_outside_the_childs_care_can_help_and_do_not_read_the_record(
    browser: Browser, second: Browser, heron: str, engine: RuledEngine
) -> None:
    """The police see the state and what they can do; neither story nor plan."""
    await lapse(browser, heron, engine)
    await second.sign_in("Fernshire Control Room")
    assert "There is no child here whom you look after." in second.text
    await second.open(f"/episodes/{heron}-1")
    assert "Check overdue" in second.text
    assert "The record is kept by the home" in second.text
    assert "was texted" not in second.text
    await second.open(f"/placements/{heron}")
    assert second.status == 404


async def test_an_episode_that_is_not_there(browser: Browser, heron: str) -> None:
    """A page, not a crash."""
    for path in (f"/episodes/{heron}-7", "/episodes/Otter-11-1", "/episodes/x", f"/episodes/{heron}-1/nonsense"):
        await browser.open(path)
        assert browser.status in (404, 405)
        assert "Back to the children" in browser.text


async def test_the_childs_own_page(browser: Browser, heron: str, engine: RuledEngine) -> None:
    """Plan, what is due, the last checks and the episodes there have been."""
    await browser.send(f"/placements/{heron}/check-ins", form="seen_well")
    await lapse(browser, heron, engine)
    await browser.open(f"/placements/{heron}")
    assert "Demonstration: the arrival ladder in minutes" in browser.text
    assert "Arrival, high risk" in browser.text
    assert "Sam Reed (shift lead) recorded the child seen and well, in person." in browser.text
    assert "Episode 1 , began 21:32" in browser.text


async def test_a_message_shows_what_became_of_it(
    browser: Browser, heron: str, engine: RuledEngine, store: Store
) -> None:
    """Channel and delivery stand beside the sentence."""
    await lapse(browser, heron, engine)
    claim = Claim(
        notification_id=f"1-{demo.SHIFT_LEAD}",
        alias=heron,
        episode=1,
        rung="0",
        person_id=demo.SHIFT_LEAD,
        channel=Channel.SMS,
        address="+447700900101",
        template="check_not_recorded",
        code=None,
        created_at=engine.clock(),
    )
    await store.notifications.claim([claim])
    await store.notifications.apply_status(claim.notification_id, "SM1", "delivered", engine.clock())
    await browser.open(f"/episodes/{heron}-1")
    assert "Sam Reed (shift lead) was texted. text: delivered" in browser.text


async def test_the_page_has_the_words_for_the_police(browser: Browser, heron: str, engine: RuledEngine) -> None:
    """Beside the form for their reference; when the child is back there is nobody to ring."""
    await lapse(browser, heron, engine)
    assert f"Our reference is {heron.upper()}." in browser.text
    assert "Ask for" in browser.text
    assert "Until all three are entered the police count as not told" in browser.text


async def test_it_is_handed_over_to_somebody_who_takes_it(
    browser: Browser, second: Browser, heron: str, engine: RuledEngine
) -> None:
    """Chosen by name from those who look after the child; a lapse is made good by a second person's word."""
    path = f"/episodes/{heron}-1"
    kim = next(part.person().id for part in demo.PARTS if part.name == "Kim Doyle")
    sam = next(part.person().id for part in demo.PARTS if part.name == "Sam Reed")
    await lapse(browser, heron, engine)
    await browser.send(f"{path}/take")
    await browser.send(f"{path}/hand-over", to_person=kim)
    assert "You still have it until they take it." in browser.text
    assert "Sam Reed (shift lead) asked Kim Doyle" in browser.text
    await lapse(browser, heron, engine, 50)
    await browser.send(f"{path}/take")
    assert "Your time ran out before, with no outcome." in browser.text
    await second.sign_in("Kim Doyle")
    await second.open(path)
    await second.send(f"{path}/vouch", to_person=sam, reason="spoke to them")
    assert "Noted: they can take it again." in second.text
    await browser.open(path)
    await browser.send(f"{path}/take")
    assert "You have it until" in browser.text


async def test_a_circular_is_described_and_its_desks_are_shown(
    browser: Browser, heron: str, engine: RuledEngine
) -> None:
    """What would name the child or say why comes back; each desk stands there until it has acknowledged."""
    await lapse(browser, heron, engine)
    path = f"/episodes/{heron}-1"
    assert "Goes out by the plan, at its time" in browser.text
    await browser.send(f"{path}/circulate", description="A victim of trafficking", age_band="13_to_15")
    assert (browser.status, "nothing of why" in browser.text) == (422, True)
    await browser.send(f"{path}/circulate", description="Red coat", age_band="13_to_15")
    assert "It goes out with the circular when its time comes." in browser.text
    assert ">Red coat</textarea>" in browser.page
    await engine.pass_time(timedelta(minutes=5))
    desks = {"wickmoor": "Wickmoor Borough Council", "saltby": "Saltby District Council"}
    report = CirculationReport(episode=1, number=1, serial=1, what=What.TOLD, desks=desks, messages=4)
    circulating.reported(engine.states[heron], report, engine.clock())
    await engine.pass_time(timedelta(seconds=1))
    await browser.open(path)

    assert "A circular went to: Saltby District Council and Wickmoor Borough Council; messages 4." in browser.text
    assert "Wickmoor Borough Council: not acknowledged yet" in browser.text
    await browser.post(f"{path}/desk-acknowledged", browser.form(f"{path}/desk-acknowledged") | {"desk": "wickmoor"})
    assert "This desk is not told again." in browser.text
    assert "Sam Reed (shift lead) acknowledged the circular for Wickmoor Borough Council." in browser.text
