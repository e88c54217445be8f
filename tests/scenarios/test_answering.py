"""People answer: by a link, for a phone that they share, after the lapse they caused. Real parts throughout."""

import re

import httpx

from domain.names import Channel
from store.people import PersonContact
from tests.scenarios.phones import Phones, Received
from tests.scenarios.story import Home


def link_in(mail: Received) -> str:
    """The path of the link in an e-mail."""
    found = re.search(r"/a/[a-z2-7]{12}", mail.message.body)
    assert found is not None, mail.message.body
    return found[0]


async def test_a_link_in_an_e_mail_acts_once_on_a_press_and_not_on_a_look(home: Home, phones: Phones) -> None:
    """C51: the mail scanner opens it and nothing happens; the manager presses, and the next rung is held back."""
    heron = await home.admit()
    await home.let_check_in_lapse(heron)
    await phones["shift lead"].expects("check not recorded")
    await home.time_passes(minutes=5)
    for role in ("key worker", "on-call manager"):
        await phones[role].expects("check not recorded")
    await home.time_passes(minutes=5)
    await phones["registered manager"].expects("check not recorded")
    mail = await phones["registered manager"].expects("check not recorded", channel=Channel.EMAIL)
    async with httpx.AsyncClient(base_url=home.room.url, follow_redirects=True, timeout=10) as browser:
        for _ in range(2):
            assert "Nobody" in (await browser.get(link_in(mail))).text
        assert await home.recorded(heron, "taken", times=0) == []
        pressed = await browser.post(link_in(mail), data={"answer": "take"})
        assert "You have it until" in pressed.text
        again = await browser.post(link_in(mail), data={"answer": "cannot"})
        assert "This link has been used" in again.text
    assert len(await home.recorded(heron, "taken", skipping=False)) == 1
    await home.time_passes(minutes=9)
    await phones.nobody_else_was_disturbed()


async def test_a_duty_phone_rings_once_and_is_asked_who_answers(home: Home, phones: Phones) -> None:
    """Key worker and on-call manager share one: one text for both, one answer that says who, one stand-down."""
    key, manager = phones["key worker"], phones["on-call manager"]
    directory = home.room.store.directory
    for phone in (key, manager):
        person = await directory.person(phone.person_id)
        contacts = (PersonContact(Channel.SMS, key.number, verified_at=home.room.clock()),)
        await directory.put_person(person.__class__(person.name, person.roles, contacts, person.id))
    heron = await home.admit()
    await home.let_check_in_lapse(heron)
    await phones["shift lead"].expects("check not recorded")
    await home.time_passes(minutes=5)
    text = await key.expects("check not recorded")
    asked = await text.replies("Y CODE")
    assert f"who are you? Reply Y {text.code} 1 for key worker, 2 for on-call manager." in asked
    assert "you have it until" in await text.replies("Y CODE 2")
    taken = await home.recorded(heron, "taken", skipping=False)
    assert len(taken) == 1
    await home.check_in(heron)
    await home.time_passes(minutes=1, seconds=1)  # the phone has just been texted
    await key.expects("stand down")
    await phones["shift lead"].expects("stand down")
    await phones.nobody_else_was_disturbed()


async def test_whoever_let_it_lapse_is_told_to_find_somebody_else(home: Home, phones: Phones) -> None:
    """By text; the one to whom it is offered is told by a message, and has it once they say so."""
    heron = await home.admit()
    await home.let_check_in_lapse(heron)
    text = await phones["shift lead"].expects("check not recorded")
    assert "you have it until" in await text.replies("Y CODE")
    await home.time_passes(minutes=10)
    await phones["key worker"].expects("taken by shift lead 10 min ago, no outcome")
    other = await phones["on-call manager"].expects("taken by shift lead 10 min ago, no outcome")
    for channel in (Channel.SMS, Channel.EMAIL):
        await phones["registered manager"].expects("no outcome", channel=channel)
    assert "Somebody else must take it" in await text.replies("Y CODE")
    assert "you have it until" in await other.replies("Y CODE")
    offer = {"to_person": phones["shift lead"].person_id}
    answer = await home.responds(f"{heron}-1", "hand_over", by="on-call manager", **offer)
    assert answer["outcome"] == "offered"
    await phones["shift lead"].expects("you are asked to take this over")
    await phones["shift lead"].expects("you are asked to take this over", channel=Channel.EMAIL)
    assert "you have it until" in await text.replies("Y CODE")
    await home.recorded(heron, "handed_over", skipping=False)
