"""A number and a mailbox are verified by real texts and mails."""

import asyncio
import re
from dataclasses import replace

import httpx

from domain.names import Channel
from tests.scenarios.phones import Phones
from tests.scenarios.story import Home


async def test_a_code_and_a_link_verify_what_reaches_its_owner(home: Home, phones: Phones) -> None:
    """C72: by the workflow that sends them; the code stands in no workflow's id or input."""
    lead = phones["shift lead"]
    person = await home.room.store.directory.person(lead.person_id)
    forgotten = tuple(replace(one, verified_at=None) for one in person.contacts)
    text, mail = (await home.room.store.directory.put_person(replace(person, contacts=forgotten))).contacts
    await home.post(f"/people/{lead.person_id}/contacts/{text.id}/verification", {})
    received = await lead.expects("your code is", within=10)
    code = re.findall(r"code is (\d{6})", received.message.body)[0]
    await home.post(f"/people/{lead.person_id}/contacts/{text.id}/confirmation", {"code": code})

    await home.post(f"/people/{lead.person_id}/contacts/{mail.id}/verification", {})
    letter = await lead.expects("confirm that this mailbox", channel=Channel.EMAIL, within=10)
    link = httpx.URL(re.findall(r"https?://\S+/confirm/\S+", letter.message.body)[0])
    async with httpx.AsyncClient(base_url=home.room.url) as web:
        await web.get(link.path)
        before = await home.room.store.directory.person(lead.person_id)
        assert [one.verified_at is not None for one in before.contacts] == [True, False]
        await web.post(link.path)
    after = await home.room.store.directory.person(lead.person_id)
    assert all(one.verified_at is not None for one in after.contacts)


async def test_a_number_that_takes_no_texts_is_shown_as_refused(home: Home, phones: Phones) -> None:
    """Nobody waits for a code that can't come."""
    lead = phones["shift lead"]
    home.room.simulator.fault("reject", lead.number, code=30006)
    person = await home.room.store.directory.person(lead.person_id)
    await home.post(f"/people/{lead.person_id}/contacts/{person.contacts[0].id}/verification", {})
    async with asyncio.timeout(10):
        while True:
            answer = await home.get(f"/people/{lead.person_id}/contacts", by="shift lead")
            if answer["contacts"][0]["under_way"]["standing"] == "refused":
                break
            await asyncio.sleep(0.1)
