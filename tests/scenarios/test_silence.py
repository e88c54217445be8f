"""A provider that says nothing, or that a number is dead: the next channel in seconds, and what is kept of it."""

import asyncio

from domain.names import Channel
from tests.scenarios.phones import SETTLE, Phones
from tests.scenarios.story import Home


async def test_a_text_that_nobody_confirms_is_followed_by_a_mail(home: Home, phones: Phones) -> None:
    """Accepted, sent, and then nothing: after the policy's time the person's next channel, within five seconds."""
    lead = phones["shift lead"]
    home.room.simulator.fault("stuck", lead.number)
    heron = await home.admit("quick")
    await lead.expects("check not recorded")
    await lead.expects(heron.upper(), channel=Channel.EMAIL, within=2 + SETTLE)
    phones.may_ring_on()
    failed = (await home.recorded(heron, "message_failed", skipping=False))[0]
    assert failed["data"]["status"] == "unconfirmed"
    assert failed["data"]["why"] == "transient"


async def test_a_number_that_is_dead_is_marked_and_told_of_once(home: Home, phones: Phones) -> None:
    """C67: a mail in its place; it is not texted again, its owner and their manager hear of it."""
    lead, manager = phones["shift lead"], phones["on-call manager"]
    home.room.simulator.fault("undelivered", lead.number, code=30005)
    heron = await home.admit()
    await home.let_check_in_lapse(heron)
    await lead.expects("check not recorded")
    await lead.expects(heron.upper(), channel=Channel.EMAIL)
    await lead.expects("does not work", channel=Channel.EMAIL, within=3 * SETTLE)
    await manager.expects("shift lead", within=3 * SETTLE)
    person = await home.room.store.directory.person(lead.person_id)
    assert [one.channel for one in person.contacts if one.in_use] == [Channel.EMAIL]
    await home.recorded(heron, "contact_put_out_of_use")
    await home.check_in(heron)
    await asyncio.sleep(0.5)
    phones.may_ring_on()
    assert [one.body for one in lead.unread if one.to == lead.number] == [], "nothing goes to a dead number"
