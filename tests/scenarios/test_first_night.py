"""The main job: a child enters care, a check-in is missed, the right phones ring."""

import asyncio

from temporalio.api.enums.v1 import EventType

from domain.names import Channel
from tests.scenarios.phones import Phones
from tests.scenarios.story import Home


async def test_a_missed_check_in_is_one_text_to_the_shift_lead(home: Home, phones: Phones) -> None:
    """Arrival, silence, one text; nobody else is disturbed."""
    heron = await home.admit()
    await home.let_check_in_lapse(heron)
    await phones["shift lead"].expects("welfare check not recorded", heron.upper())
    await phones.nobody_else_was_disturbed()


async def test_a_taken_episode_climbs_again_when_its_owner_goes_quiet(home: Home, phones: Phones) -> None:
    """Acknowledging is not resolving: the lease ends and the next person is told."""
    heron = await home.admit()
    await home.let_check_in_lapse(heron)
    text = await phones["shift lead"].expects("check not recorded")
    assert "you have it until" in await text.replies("Y CODE")
    await home.time_passes(minutes=10)
    await phones["key worker"].expects("taken by shift lead 10 min ago, no outcome")
    await phones["on-call manager"].expects("taken by shift lead 10 min ago, no outcome")
    for channel in (Channel.SMS, Channel.EMAIL):
        await phones["registered manager"].expects("taken by shift lead 10 min ago, no outcome", channel=channel)


async def test_not_here_rings_the_other_phones_and_found_stands_them_down(home: Home, phones: Phones) -> None:
    """Rule 6: two people say that the child is back, and everyone who was alerted hears that it is over."""
    heron = await home.admit()
    answer = await home.check_in(heron, "not_here")
    episode = answer["episode_id"]
    await phones["shift lead"].expects(heron.upper())
    await phones["on-call manager"].expects(heron.upper())
    alerted = {phone.role for phone in phones.all() if phone.reads_everything()} | {
        phones["shift lead"].role,
        phones["on-call manager"].role,
    }

    first = await home.post(f"/episodes/{episode}/returned", {"seen_at": home.now(), "how_known": "at the door"})
    assert first["outcome"] == "awaits_second_person"
    second = await home.post(
        f"/episodes/{episode}/returned", {"seen_at": home.now(), "how_known": "seen in her room"}, by="key worker"
    )
    assert second["outcome"] == "returned"
    await home.time_passes(minutes=1, seconds=1)  # the phones have just been texted
    for phone in phones.all():
        if phone.role in alerted:
            await phone.expects_among_others("stand down", "they are back")
    phones.may_ring_on()  # what is to be done after a return is another story


async def test_a_routine_check_in_costs_seven_events(home: Home) -> None:
    """An update and a timer: what a check-in costs the engine, and facts are not carried for ever."""
    heron = await home.admit()
    await home.check_in(heron)
    before = len(await home.history(heron))
    for _ in range(10):
        await home.time_passes(minutes=20)
        await home.check_in(heron)
    kinds = [EventType.Name(event.event_type) for event in (await home.history(heron))[before:]]
    ours = [kind for kind in kinds if "TIME_SKIPPING" not in kind and "OPTIONS_UPDATED" not in kind]

    assert len(ours) == 10 * 7, ours


async def test_one_check_in_counts_once_also_across_continue_as_new(home: Home) -> None:
    """The same idempotency key is the same report, however often and however late it arrives."""
    heron = await home.admit()
    seen_at = home.now()
    first = await home.check_in(heron, seen_at=seen_at, key="the-same-key")
    for _ in range(40):
        await home.check_in(heron)
    info = await home.handle(heron).describe()
    again = await home.check_in(heron, seen_at=seen_at, key="the-same-key")

    assert info.raw_description.workflow_execution_info.first_run_id != info.run_id, "it has continued as new"
    assert again["next_due_at"] == first["next_due_at"]
    timeline = await home.timeline(heron)
    assert sum(fact["kind"] == "checked_in" for fact in timeline) == 41


async def test_a_finished_run_leaves_its_history_in_the_record_sealed(home: Home) -> None:
    """Temporal forgets a history in time; the record keeps it, and nobody reads it without the key."""
    heron = await home.admit()
    first_run = (await home.handle(heron).describe()).run_id
    for number in range(40):
        await home.check_in(heron, note=f"recognisable {number}")
    for _ in range(100):
        kept = await home.room.store.histories.get(first_run)
        if kept is not None:
            break
        await asyncio.sleep(0.1)

    assert kept is not None
    assert b"EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW" in kept
    assert b"recognisable" not in kept


async def test_a_text_that_says_the_child_is_here_is_a_claim_and_the_ladder_goes_on(home: Home, phones: Phones) -> None:
    """Rule 6: only a person who is signed in ends it."""
    heron = await home.admit()
    await home.let_check_in_lapse(heron)
    text = await phones["shift lead"].expects("check not recorded")
    answer = await text.replies("C CODE")
    assert "goes on" in answer.lower() or "record" in answer.lower()
    await home.time_passes(minutes=5)
    await phones["key worker"].expects("check not recorded")
    await phones["on-call manager"].expects("check not recorded")
    await home.recorded(heron, "claimed_here")


async def test_a_check_in_that_arrives_while_a_rung_is_firing_stands_it_down(home: Home, phones: Phones) -> None:
    """One child, one state: the text is on its way when the carer taps; its reader hears that it is over."""
    home.room.simulator.fault("slow", phones["shift lead"].number, seconds=1.5, count=1)
    heron = await home.admit()
    await home.let_check_in_lapse(heron)
    tap = {"seen_at": home.now(), "key": "one-tap"}
    first, second = await asyncio.gather(home.check_in(heron, **tap), home.check_in(heron, **tap))

    assert first["outcome"] == second["outcome"] == "seen_late"
    await phones["shift lead"].expects("check not recorded")
    await home.time_passes(minutes=1, seconds=1)
    await phones["shift lead"].expects("stand down", "they have been seen")
    checked_in = await home.recorded(heron, "checked_in", skipping=False)
    assert len(checked_in) == 1
