"""What happens to a number is kept with the news of it, for everybody who is reached there."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from domain.names import Channel, Role
from store.contact_news import News
from store.directory import Person, PersonContact
from store.repositories import Store
from tests.store.conftest import SHIFT_LEAD_PHONE, Town, person

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
MAILBOX = "lead@example.org"


async def give_all_channels(store: Store, who: Person) -> Person:
    """The number for texts and calls, and a mailbox."""
    contacts = (
        PersonContact(Channel.SMS, SHIFT_LEAD_PHONE, verified_at=NOW),
        PersonContact(Channel.VOICE, SHIFT_LEAD_PHONE, verified_at=NOW),
        PersonContact(Channel.EMAIL, MAILBOX, verified_at=NOW),
    )
    return await store.directory.put_person(replace(who, contacts=contacts))


async def channels_of(store: Store, town: Town) -> list[Channel]:
    """By which an alert would reach the shift lead."""
    (found,) = await store.directory.resolve(town.home.id, town.placing.id, [Role.SHIFT_LEAD])
    return [channel for channel, _ in found.channels]


async def test_stop_ends_texts_at_once_and_start_brings_them_back(store: Store, town: Town) -> None:
    """C45: calls to the same number and e-mail go on; each is news once."""
    lead = await give_all_channels(store, town.shift_lead)
    assert await store.directory.stop_texts(SHIFT_LEAD_PHONE, NOW) == [lead.id]
    assert await store.directory.stop_texts(SHIFT_LEAD_PHONE, LATER) == []
    assert await channels_of(store, town) == [Channel.VOICE, Channel.EMAIL]
    assert await store.directory.texts_stopped([SHIFT_LEAD_PHONE, "+447700900199"]) == {SHIFT_LEAD_PHONE}
    (news,) = await store.directory.contact_news()
    assert (news.news, news.channel, news.at, news.person_ids) == (News.STOPPED, Channel.SMS, NOW, (lead.id,))
    await store.directory.contact_news_told(news)
    assert await store.directory.contact_news() == []

    assert await store.directory.start_texts(SHIFT_LEAD_PHONE, LATER) == [lead.id]
    assert await store.directory.start_texts(SHIFT_LEAD_PHONE, LATER) == []
    assert await channels_of(store, town) == [Channel.SMS, Channel.VOICE, Channel.EMAIL]
    await store.directory.contact_news_told(news)
    (again,) = await store.directory.contact_news()
    assert (again.news, again.at) == (News.STARTED, LATER), "what was told before takes nothing newer away"


async def test_a_duty_phone_is_one_piece_of_news(store: Store, town: Town) -> None:
    """Everybody on it is without texts."""
    other = await store.directory.create_person(person("Key", Role.KEY_WORKER, SHIFT_LEAD_PHONE, at=town.home))
    stopped = await store.directory.stop_texts(SHIFT_LEAD_PHONE, NOW)
    assert sorted(stopped) == sorted([town.shift_lead.id, other.id])
    (news,) = await store.directory.contact_news()
    assert sorted(news.person_ids) == sorted(stopped)


async def test_what_an_entry_says_does_not_undo_a_stop(store: Store, town: Town) -> None:
    """The provider would refuse every text: only START from the number itself helps."""
    lead = await give_all_channels(store, town.shift_lead)
    await store.directory.stop_texts(SHIFT_LEAD_PHONE, NOW)
    entered = replace(lead, contacts=tuple(PersonContact(one.channel, one.address) for one in lead.contacts[::-1]))
    kept = await store.directory.put_person(entered)
    assert [one.stopped_at for one in kept.contacts] == [None, None, NOW]
    assert kept.contacts == (await store.directory.person(lead.id)).contacts
    assert {one.id for one in kept.contacts} == {one.id for one in lead.contacts}, "unchanged contacts keep their ids"
    assert len(await store.directory.contact_news()) == 1
    new = await store.directory.create_person(person("Key", Role.KEY_WORKER, SHIFT_LEAD_PHONE, at=town.home))
    assert new.contacts[0].stopped_at == NOW, "whoever takes over the phone takes over its STOP"


async def test_a_contact_that_failed_is_out_of_use_on_its_channel_only(store: Store, town: Town) -> None:
    """A landline takes no texts and rings all the same."""
    lead = await give_all_channels(store, town.shift_lead)
    assert await store.directory.contact_failed(Channel.SMS, SHIFT_LEAD_PHONE, NOW) == [lead.id]
    assert await store.directory.contact_failed(Channel.SMS, SHIFT_LEAD_PHONE, LATER) == []
    assert await channels_of(store, town) == [Channel.VOICE, Channel.EMAIL]
    (news,) = await store.directory.contact_news()
    assert (news.news, news.channel, news.at) == (News.FAILED, Channel.SMS, NOW)
    assert await store.directory.stop_texts("+447700900198", NOW) == []


async def test_one_mailbox_entered_twice_is_two_contacts(store: Store, town: Town) -> None:
    """In any case of letters; each with an id of its own."""
    both = (PersonContact(Channel.EMAIL, MAILBOX), PersonContact(Channel.EMAIL, MAILBOX.upper()))
    await store.directory.put_person(replace(town.shift_lead, contacts=both))
    kept = await store.directory.put_person(replace(town.shift_lead, contacts=both))
    assert len({one.id for one in kept.contacts}) == 2
