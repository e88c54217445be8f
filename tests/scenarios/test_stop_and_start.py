"""Somebody texts STOP: texts to them end, nothing else does, and their manager knows it before the night."""

from domain.consent import TEXTS_STOPPED_CODE
from domain.names import Channel
from tests.scenarios.phones import SETTLE, Phones
from tests.scenarios.story import Home


async def test_who_has_stopped_texts_is_alerted_by_e_mail_until_they_text_start(home: Home, phones: Phones) -> None:
    """C45: the alert does not try the phone first, the manager is told once each, and START brings the texts back."""
    lead, manager = phones["shift lead"], phones["on-call manager"]
    simulator = home.room.simulator
    assert (await simulator.inbound(lead.number, "STOP")).replies == []
    await manager.expects("Golden Hour:", "a shift lead texted STOP", "sign in to see who")
    heron = await home.admit()
    await home.let_check_in_lapse(heron)
    await lead.expects("check not recorded", channel=Channel.EMAIL)
    failed = [fact for fact in await home.timeline(heron) if fact["kind"] == "message_failed"]
    assert failed == [], "nobody asked the provider to text a phone that wants no texts"
    await home.check_in(heron)
    await lead.expects("stand down", channel=Channel.EMAIL)

    await simulator.inbound(lead.number, "START")
    await manager.expects("a shift lead gets our texts again")
    await home.let_check_in_lapse(heron)
    await lead.expects("check not recorded", channel=Channel.SMS)


async def test_a_refusal_because_of_a_stop_says_it_too(home: Home, phones: Phones) -> None:
    """C45: the word never reached us: the provider's refusal is the word, and the alert goes by e-mail at once."""
    lead, manager = phones["shift lead"], phones["on-call manager"]
    home.room.simulator.fault("reject", lead.number, code=TEXTS_STOPPED_CODE, count=1)
    heron = await home.admit()
    await home.let_check_in_lapse(heron)
    await lead.expects("check not recorded", channel=Channel.EMAIL)
    await manager.expects("a shift lead texted STOP", within=SETTLE + 10)
    person = await home.room.store.directory.person(lead.person_id)
    assert [one.in_use for one in person.contacts if one.channel is Channel.SMS] == [False]
