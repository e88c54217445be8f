"""A contact is verified by a code or a link, once, in its time, and only if it is still the same contact."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from domain.names import Channel
from domain.verification import Standing
from store.directory import Person, PersonContact
from store.errors import Conflict, NotFound
from store.repositories import Store
from store.verifications import Outgoing
from tests.store.conftest import SHIFT_LEAD_PHONE, Town

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MAILBOX = "lead@example.org"


async def unverified(store: Store, town: Town) -> Person:
    """The shift lead with a number and a mailbox that nobody has tried."""
    contacts = (PersonContact(Channel.SMS, SHIFT_LEAD_PHONE), PersonContact(Channel.EMAIL, MAILBOX))
    return await store.directory.put_person(replace(town.shift_lead, contacts=contacts))


async def sent(store: Store, person: Person, place: int = 0, now: datetime = NOW) -> Outgoing:
    """A code or link that has gone out."""
    begun = await store.verifications.begin(str(uuid4()), person.id, person.contacts[place].id, now)
    outgoing = await store.verifications.outgoing(begun.id, now)
    assert outgoing is not None
    return outgoing


async def verified(store: Store, person: Person) -> list[datetime | None]:
    """Since when each contact is."""
    return [one.verified_at for one in (await store.directory.person(person.id)).contacts]


async def test_the_code_verifies_the_contact_and_no_other(store: Store, town: Town) -> None:
    """C72: once."""
    lead = await unverified(store, town)
    out = await sent(store, lead)
    assert (out.address, out.channel) == (SHIFT_LEAD_PHONE, Channel.SMS)
    assert out.code not in repr(out)
    soon = NOW + timedelta(minutes=9, seconds=59)
    answer = await store.verifications.answer_code(lead.id, lead.contacts[0].id, out.code, soon)
    assert answer.confirmed
    assert await verified(store, lead) == [soon, None]
    again = await store.verifications.answer_code(lead.id, lead.contacts[0].id, out.code, soon)
    assert not again.confirmed
    assert await store.verifications.outgoing(out.id, soon) is None, "a retry of the sending finds nothing to send"


async def test_a_code_expires_and_what_was_never_confirmed_stays_unverified(store: Store, town: Town) -> None:
    """C72: after ten minutes, to the second; it is shown no more, and forgotten after a day."""
    lead = await unverified(store, town)
    out, late = await sent(store, lead), NOW + timedelta(minutes=10)
    contact_id = lead.contacts[0].id
    waiting = await store.verifications.latest(contact_id, NOW)
    assert waiting is not None
    assert waiting.standing is Standing.WAITING
    answer = await store.verifications.answer_code(lead.id, contact_id, out.code, late)
    assert "expired" in answer.why_not
    assert await verified(store, lead) == [None, None]
    assert await store.verifications.latest(contact_id, late) is None
    await sent(store, lead, 1, NOW + timedelta(days=1, seconds=1))
    forgotten = await store.verifications.answer_code(lead.id, contact_id, out.code, late)
    assert "ask for one" in forgotten.why_not


async def test_five_tries_and_no_sixth(store: Store, town: Town) -> None:
    """Also if they come at the same moment; a new code has five of its own."""
    lead = await unverified(store, town)
    out = await sent(store, lead)
    wrong = f"{(int(out.code) + 1) % 10**6:06}"
    contact_id = lead.contacts[0].id
    answers = [await store.verifications.answer_code(lead.id, contact_id, wrong, NOW) for _ in range(3)]
    answers += await asyncio.gather(
        *(store.verifications.answer_code(lead.id, contact_id, wrong, NOW) for _ in range(2))
    )
    assert not any(one.confirmed for one in answers)
    assert answers[0].why_not == "this is not the code: 4 tries left"
    right = await store.verifications.answer_code(lead.id, contact_id, out.code, NOW)
    assert not right.confirmed
    fresh = await sent(store, lead)
    assert (await store.verifications.answer_code(lead.id, contact_id, fresh.code, NOW)).confirmed


async def test_only_the_last_code_counts(store: Store, town: Town) -> None:
    """Two texts may come in any order."""
    lead = await unverified(store, town)
    first, second = await sent(store, lead), await sent(store, lead, now=NOW + timedelta(seconds=5))
    contact_id, soon = lead.contacts[0].id, NOW + timedelta(minutes=1)
    assert not (await store.verifications.answer_code(lead.id, contact_id, first.code, soon)).confirmed
    assert (await store.verifications.answer_code(lead.id, contact_id, second.code, soon)).confirmed


async def test_a_link_works_once_and_a_look_changes_nothing(store: Store, town: Town) -> None:
    """C72: by e-mail; the same link again, or altered, does nothing."""
    lead = await unverified(store, town)
    out = await sent(store, lead, 1)
    soon = NOW + timedelta(hours=23)
    for _ in range(3):
        assert await store.verifications.link(out.token, soon) is not None
    assert await verified(store, lead) == [None, None]
    assert (await store.verifications.answer_link(out.token, soon)).confirmed
    assert await verified(store, lead) == [None, soon]
    assert await store.verifications.link(out.token, soon) is None
    assert not (await store.verifications.answer_link(out.token, soon)).confirmed
    assert not (await store.verifications.answer_link(f"{out.token}0", soon)).confirmed
    late = await sent(store, lead, 1)
    assert not (await store.verifications.answer_link(late.token, NOW + timedelta(hours=24))).confirmed
    code = await store.verifications.answer_code(lead.id, lead.contacts[1].id, late.code, NOW)
    assert not code.confirmed, "a mailbox is verified by its link"


async def test_a_contact_that_was_changed_is_not_the_one_that_answered(store: Store, town: Town) -> None:
    """The code went to the old number."""
    lead = await unverified(store, town)
    out = await sent(store, lead)
    moved = (PersonContact(Channel.SMS, "+447700900177"), lead.contacts[1])
    changed = await store.directory.put_person(replace(lead, contacts=moved))
    assert await store.verifications.outgoing(out.id, NOW) is None
    answer = await store.verifications.answer_code(lead.id, lead.contacts[0].id, out.code, NOW)
    assert not answer.confirmed
    assert await verified(store, changed) == [None, None]
    with pytest.raises(NotFound):
        await store.verifications.begin(str(uuid4()), lead.id, lead.contacts[0].id, NOW)


async def test_an_entry_that_is_written_again_keeps_its_code_under_way(store: Store, town: Town) -> None:
    """A system that sends the same people every night must not undo what is being verified."""
    lead = await unverified(store, town)
    out = await sent(store, lead)
    await store.directory.put_person(lead)
    assert (await store.verifications.answer_code(lead.id, lead.contacts[0].id, out.code, NOW)).confirmed


async def test_a_contact_out_of_use_gets_no_test(store: Store, town: Town) -> None:
    """C72: neither a disabled one nor one that wants no texts."""
    lead = await unverified(store, town)
    await store.directory.stop_texts(SHIFT_LEAD_PHONE, NOW)
    await store.directory.contact_failed(Channel.EMAIL, MAILBOX, NOW)
    for place, word in ((0, "STOP"), (1, "out of use")):
        with pytest.raises(Conflict, match=word):
            await store.verifications.begin(str(uuid4()), lead.id, lead.contacts[place].id, NOW)


async def test_a_phone_is_not_pestered_whoevers_contact_it_is(store: Store, town: Town) -> None:
    """Three in an hour; asked for again with one id it is the same one."""
    lead = await unverified(store, town)
    one_id = str(uuid4())
    first = await store.verifications.begin(one_id, lead.id, lead.contacts[0].id, NOW)
    assert await store.verifications.begin(one_id, lead.id, lead.contacts[0].id, NOW) == first
    await sent(store, lead)
    await sent(store, lead)
    with pytest.raises(Conflict, match="within the hour"):
        await sent(store, lead)
    other = await store.directory.create_person(Person("Other", (), (PersonContact(Channel.VOICE, SHIFT_LEAD_PHONE),)))
    with pytest.raises(Conflict, match="within the hour"):
        await sent(store, other)
    await sent(store, other, now=NOW + timedelta(hours=1))


async def test_what_the_provider_refuses_is_shown_as_refused(store: Store, town: Town) -> None:
    """A landline gets no text: somebody sees why nothing comes."""
    lead = await unverified(store, town)
    out = await sent(store, lead)
    await store.verifications.refused(out.id)
    latest = await store.verifications.latest(lead.contacts[0].id, NOW)
    assert latest is not None
    assert latest.standing is Standing.REFUSED
    assert not (await store.verifications.answer_code(lead.id, lead.contacts[0].id, out.code, NOW)).confirmed
