"""The demonstration may be started again and again: what is there stays as it is."""

import httpx
import pytest
from fastapi import FastAPI

from domain.names import Channel, Role
from store.repositories import Store
from tests.web.pages.house import Browser, RuledEngine
from web import demo
from web.standing import EVERY_ROLE


async def test_every_role_of_the_ladder_is_held_and_can_be_reached(store: Store) -> None:
    """Neighbours and police included, each by text and e-mail; who may be asleep at home is rung as well.

    The voluntary sector stands on no ladder: it hears circulars, where a partnership wants that.
    """
    contacts = await store.directory.resolve(demo.HOME, demo.PLACING, EVERY_ROLE)
    assert {role for contact in contacts for role in contact.roles} == set(EVERY_ROLE) - {Role.VOLUNTARY_SECTOR}
    texts_and_mail = {Channel.SMS, Channel.EMAIL}
    assert all({channel for channel, _ in contact.channels} >= texts_and_mail for contact in contacts)
    rung = {contact.roles[0] for contact in contacts if Channel.VOICE in dict(contact.channels)}
    assert rung == demo.RUNG
    assert sum(Role.NEIGHBOURING_AUTHORITY in contact.roles for contact in contacts) == 2


async def test_every_number_and_mailbox_is_made_up(store: Store) -> None:
    """Ofcom's drama numbers and example.org."""
    for person in await store.directory.people():
        *phones, mailbox = person.contacts
        assert all(phone.address.startswith("+447700900") for phone in phones)
        assert mailbox.address.endswith("@example.org")


async def test_seeding_twice_changes_nothing(store: Store) -> None:
    """Neither people nor policies."""
    before = (await store.directory.people(), await store.policies.list(), await store.directory.authorities())
    await demo.seed(store)
    assert (await store.directory.people(), await store.policies.list(), await store.directory.authorities()) == before


async def test_one_child_arrives_unless_one_lives_there(
    browser: Browser, app: FastAPI, store: Store, engine: RuledEngine
) -> None:
    """On the demonstration policy; the token that was needed for it is gone again."""
    del browser
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://web") as web:
        alias = await demo.admit(store, web)
        assert alias in engine.states
        assert await demo.admit(store, web) is None
    rows = await store.placements.list(demo.HOME)
    assert [(row.alias, row.policy_id) for row in rows] == [(alias, "demonstration")]
    assert await store.tokens.list() == []


async def test_phones_are_labelled() -> None:
    """By name and role, as the page of phones shows them."""
    asked: list[httpx.Request] = []

    def simulator(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"names": {}})

    async with httpx.AsyncClient(transport=httpx.MockTransport(simulator), base_url="http://simulator") as client:
        await demo.label(client)
    assert asked[0].method == "PUT"
    assert b'"+447700900101":"Sam Reed, shift lead"' in asked[0].content


async def test_a_simulator_that_refuses_is_an_error() -> None:
    """It is told, not passed over."""
    transport = httpx.MockTransport(lambda _: httpx.Response(500))
    async with httpx.AsyncClient(transport=transport, base_url="http://simulator") as client:
        with pytest.raises(httpx.HTTPStatusError):
            await demo.label(client)
