"""Duty contacts: a home's managers see by day who is missing or was not tried for long, and record who answered."""

from datetime import timedelta

import pytest

from domain.names import Channel, Role
from store.directory import Authority, HeldRole, Person, PersonContact
from store.duty_contacts import VERIFIED_FOR
from store.repositories import Store
from tests.web.pages.house import NIGHT, Browser, RuledEngine
from web import demo

MANAGERS = ["Alex Obi", "Priya Nair", "Jo Hart"]
HOST_DESK = next(part.person() for part in demo.PARTS if part.role is Role.HOST_AUTHORITY)


async def verify_all(store: Store) -> None:
    """Every desk has answered today."""
    for person in await store.directory.people():
        for contact in person.contacts:
            await store.directory.verify_contact(person.id, contact.channel, contact.address, NIGHT)


@pytest.mark.parametrize("name", MANAGERS)
async def test_managers_see_on_the_start_page_that_something_is_doubtful(
    browser: Browser, heron: str, store: Store, name: str
) -> None:
    """And nothing of it once every desk has been tried."""
    del heron
    await store.directory.put_person(Person(HOST_DESK.name, HOST_DESK.roles, (), id=HOST_DESK.id))
    await browser.send("/sign-out")
    await browser.sign_in(name)
    assert "of the people and desks who would be alerted can't be relied on" in browser.text
    page = await browser.open("/duty-contacts")
    assert "Nobody who can be reached is host authority (Fernshire County Council)" in browser.text
    assert "Rowan House" in page
    await store.directory.put_person(HOST_DESK)
    await verify_all(store)
    await browser.open("/")
    assert "can't be relied on" not in browser.text
    await browser.open("/duty-contacts")
    assert "every desk was tried in the last 90 days" in browser.text


async def test_a_carer_is_not_shown_numbers(browser: Browser, heron: str) -> None:
    """They are no concern of those who do not look after them."""
    del heron
    await browser.open("/")
    assert "can't be relied on" not in browser.text
    await browser.open("/duty-contacts")
    assert browser.status == 403
    assert "+447700900121" not in browser.page


async def test_a_number_that_answered_is_recorded_and_counts_for_90_days(
    browser: Browser, heron: str, store: Store, engine: RuledEngine
) -> None:
    """By the second it is doubtful again."""
    del heron
    await verify_all(store)
    unverified = PersonContact(Channel.SMS, "+447700900121")
    await store.directory.put_person(Person(HOST_DESK.name, HOST_DESK.roles, (unverified,), id=HOST_DESK.id))
    await browser.send("/sign-out")
    await browser.sign_in("Priya Nair")
    assert "1 of the people and desks" in browser.text
    await browser.open("/duty-contacts")
    assert "never tried" in browser.text
    await browser.send("/duty-contacts", "verify")
    assert "Recorded: this contact answered today." in browser.text
    (contact,) = (await store.directory.person(HOST_DESK.id)).contacts
    assert contact.verified_at == NIGHT
    await browser.open("/")
    assert "can't be relied on" not in browser.text
    engine.clock.now += VERIFIED_FOR + timedelta(seconds=1)
    await browser.open("/")
    # Host authority, police, two neighbours, the placing authority and its night desk.
    assert "6 of the people and desks" in browser.text


async def test_a_number_that_was_changed_meanwhile_is_not_recorded(browser: Browser, heron: str, store: Store) -> None:
    """Another one would seem to have answered. What is made up is refused too."""
    del heron
    await browser.send("/sign-out")
    await browser.sign_in("Priya Nair")
    await browser.open("/duty-contacts")
    form = browser.form("/duty-contacts", "verify")
    before = await store.directory.people()
    for change in ({"address": "+447700900199"}, {"channel": "pigeon"}, {"person_id": "nobody"}):
        await browser.post("/duty-contacts", form | change)
        assert browser.status == 422
        assert "Not recorded" in browser.text
    assert await store.directory.people() == before


async def test_only_contacts_on_which_the_home_relies_are_a_managers_to_verify(
    browser: Browser, heron: str, store: Store
) -> None:
    """Somebody at an authority far away is not."""
    del heron
    far = await store.directory.create_authority(Authority("Far Council", "local_authority"))
    contact = PersonContact(Channel.SMS, "+447700900171")
    stranger = await store.directory.create_person(
        Person("Far Desk", (HeldRole(Role.HOST_AUTHORITY, authority_id=far.id),), (contact,))
    )
    await browser.send("/sign-out")
    await browser.sign_in("Priya Nair")
    await browser.open("/duty-contacts")
    form = browser.form("/duty-contacts", "verify")
    await browser.post("/duty-contacts", form | {"person_id": stranger.id, "address": contact.address})
    assert browser.status == 403
    assert (await store.directory.person(stranger.id)).contacts == (contact,)


async def test_a_home_in_which_nobody_can_be_reached_is_said_aloud(browser: Browser, heron: str, store: Store) -> None:
    """A child lives there, and every number has been switched off."""
    del heron
    for person in await store.directory.people():
        await store.directory.put_person(Person(person.name, person.roles, (), id=person.id))
    await browser.send("/sign-out")
    await browser.sign_in("Jo Hart")
    await browser.open("/duty-contacts")
    assert "Nobody at all can be reached if a check is missed here." in browser.text


async def test_without_a_session_there_is_nothing_to_see(browser: Browser) -> None:
    """Neither the page nor its form."""
    for answer in (await browser.client.get("/duty-contacts"), await browser.client.post("/duty-contacts")):
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/sign-in")


async def test_a_code_is_sent_and_entered_beside_the_number(
    browser: Browser, heron: str, store: Store, engine: RuledEngine
) -> None:
    """A wrong one is said; the right one verifies the number. Sent twice the form is one code."""
    del heron
    unverified = PersonContact(Channel.SMS, "+447700900121")
    await store.directory.put_person(Person(HOST_DESK.name, HOST_DESK.roles, (unverified,), id=HOST_DESK.id))
    await browser.send("/sign-out")
    await browser.sign_in("Priya Nair")
    await browser.open("/duty-contacts")
    (contact,) = (await store.directory.person(HOST_DESK.id)).contacts
    sending = browser.form("/duty-contacts/send", "send") | {"person_id": HOST_DESK.id, "contact_id": contact.id}
    for _ in range(2):
        await browser.post("/duty-contacts/send", sending)
        assert "A code is on its way." in browser.text
    (verification_id,) = engine.verifications
    outgoing = await store.verifications.outgoing(verification_id, NIGHT)
    assert outgoing is not None
    typing = browser.form("/duty-contacts/code", "code") | {"person_id": HOST_DESK.id, "contact_id": contact.id}
    await browser.post("/duty-contacts/code", typing | {"code": "no"})
    assert (browser.status, "this is not the code: 4 tries left" in browser.text) == (422, True)
    await browser.post("/duty-contacts/code", typing | {"code": outgoing.code})
    assert "Verified: this number reaches its owner." in browser.text
    assert (await store.directory.person(HOST_DESK.id)).contacts[0].verified_at == NIGHT


async def test_who_has_stopped_texts_is_shown_to_those_who_were_told_of_somebody(
    browser: Browser, heron: str, store: Store
) -> None:
    """The notice says a role; the page says who, and what to do."""
    del heron
    await store.directory.stop_texts("+447700900102", NIGHT)
    await browser.send("/sign-out")
    await browser.sign_in("Alex Obi")
    await browser.open("/duty-contacts")
    assert "Kim Doyle , key worker" in browser.text or "Kim Doyle, key worker" in browser.text
    assert "STOP was texted from it" in browser.text
    assert "Ask them to text START" in browser.text


async def test_a_head_of_service_looks_after_their_authoritys_people_and_no_home(
    browser: Browser, second: Browser, heron: str, store: Store, engine: RuledEngine
) -> None:
    """They are told that somebody of theirs can't be reached, and to sign in: here they see who, and put it right."""
    worker = next(part.person() for part in demo.PARTS if part.role is Role.SOCIAL_WORKER)
    await verify_all(store)
    engine.clock.now = NIGHT
    await store.directory.put_person(
        Person(worker.name, worker.roles, (PersonContact(Channel.SMS, "+447700900999"),), id=worker.id)
    )
    await second.sign_in("Omar Blake")
    assert "can't be relied on" in second.text
    await second.open("/duty-contacts")
    assert heron not in second.text
    assert "Port Alder City Council" in second.text
    assert worker.name in second.text
    assert "social worker, Port Alder City Council" in second.text
    assert "Rowan House" not in second.text
    foreign = {"person_id": HOST_DESK.id, "channel": "sms", "address": HOST_DESK.contacts[0].address}
    await second.send("/duty-contacts", form="verify", **foreign)
    assert second.status == 403, "another authority's desk is not theirs"
    await second.open("/duty-contacts")
    await second.send("/duty-contacts", form="verify")
    assert "Recorded: this contact answered today." in second.text
    (contact,) = (await store.directory.person(worker.id)).contacts
    assert contact.verified_at == NIGHT

    await store.directory.contact_failed(Channel.SMS, contact.address, NIGHT)
    await second.open("/duty-contacts")
    assert "Enter the right one." in second.text
    await browser.open("/duty-contacts")
    assert browser.status == 403, "a carer as before"
