"""Links by which a message can be answered: found by whoever has the message, and by nobody else."""

from dataclasses import replace

from sqlalchemy import select, update

from config.keys import KeyRing
from domain.names import Channel
from store import links
from store.people import Person, PersonContact
from store.repositories import Store
from store.tables import notifications
from tests.store.test_notifications import CLAIM, NOON


async def test_a_claimed_message_has_a_link_that_leads_back_to_it(store: Store) -> None:
    """It rides on the claim; a retry gets the same one; the table holds its hash and not the token."""
    token = (await store.notifications.claim([CLAIM]))["n1"].link
    assert token is not None
    assert (await store.notifications.claim([CLAIM]))["n1"].link == token
    found = await store.links.find(token)
    assert found is not None
    assert (found.notification_id, found.alias, found.episode, found.person_id) == ("n1", "Heron-42", 1, "p1")
    assert found.created_at == NOON
    async with store.database.reading() as connection:
        row = (await connection.execute(select(notifications))).one()
    assert token not in str(row)


async def test_a_message_that_can_not_be_answered_has_none(store: Store) -> None:
    """Without an episode, or without a code."""
    states = await store.notifications.claim(
        [replace(CLAIM, notification_id="n2", episode=None), replace(CLAIM, notification_id="n3", code=None)]
    )
    assert [state.link for state in states.values()] == [None, None]


async def test_everybody_who_is_reached_there_is_named(store: Store) -> None:
    """A shared mailbox: whoever opens the link may be any of them."""
    mailbox = "Duty@example.org"
    made = [
        await store.directory.create_person(Person("Somebody", contacts=(PersonContact(Channel.EMAIL, address),)))
        for address in (mailbox, mailbox.lower(), "other@example.org")
    ]
    claim = replace(CLAIM, channel=Channel.EMAIL, address=mailbox, person_id=made[0].id)
    found = await store.links.find((await store.notifications.claim([claim]))["n1"].link or "")
    assert found is not None
    assert set(found.people) == {made[0].id, made[1].id}


async def test_what_we_did_not_make_is_not_found(store: Store) -> None:
    """Neither a guess nor a row that somebody wrote into the table without the key."""
    await store.notifications.claim([CLAIM])
    for guess in ("", "a" * 12, "a" * 11, "A" * 12, "ab\n" * 4, "0" * 12):
        assert await store.links.find(guess) is None
    async with store.database.transaction() as connection:
        await connection.execute(update(notifications).values(link_hash=links.hash_of("a" * 12)))
    assert await store.links.find("a" * 12) is None


def test_a_link_survives_a_change_of_keys_and_no_other_installation_makes_it() -> None:
    """The new key first, the old one still in the ring."""
    old, new, other = b"o" * 32, b"n" * 32, b"x" * 32
    token = links.token_of(KeyRing({"k1": old}), "n1")
    assert len(token) == links.LENGTH
    assert links.is_of(token, KeyRing({"k2": new, "k1": old}), "n1")
    assert not links.is_of(token, KeyRing({"k1": other}), "n1")
    assert not links.is_of(token, KeyRing({"k1": old}), "n2")
