"""Homes, authorities and people: what is wrong is said by the field's name."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.names import Channel, Role
from store.directory import Authority, HeldRole, Home, Person, PersonContact
from store.errors import Conflict, NotFound
from store.repositories import Store
from tests.store.conftest import SHIFT_LEAD_PHONE, Town

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


async def test_what_was_put_in_comes_out(store: Store, town: Town) -> None:
    """Every field, sealed or not."""
    directory = store.directory
    assert await directory.home(town.home.id) == town.home
    assert await directory.person(town.shift_lead.id) == town.shift_lead
    assert await directory.authority(town.police.id) == town.police
    assert await directory.homes() == [town.home]
    assert await directory.people() == [town.shift_lead]
    assert [each.name for each in await directory.authorities("police_force")] == ["Northshire Police"]


async def test_a_border_has_two_sides(store: Store, town: Town) -> None:
    """It was named by the neighbour only, and is known to both, and goes when one side drops it."""
    assert (await store.directory.authority(town.host.id)).neighbours == (town.neighbour.id,)
    await store.directory.put_authority(replace(town.host, neighbours=()))
    assert (await store.directory.authority(town.neighbour.id)).neighbours == ()


async def test_changes_replace_what_was_known(store: Store, town: Town) -> None:
    """Roles and contacts too; an old number leads to nobody."""
    directory = store.directory
    email = PersonContact(Channel.EMAIL, "Lead@Example.org", verified_at=NOON, disabled_at=NOON)
    changed = replace(town.shift_lead, name="New Name", roles=(), contacts=(email,))
    await directory.put_person(changed)
    assert await directory.person(changed.id) == changed
    assert await directory.people_by_address(Channel.SMS, SHIFT_LEAD_PHONE) == []
    moved = replace(town.home, name="Merlin House", code="H9", demonstration=True)
    await directory.put_home(moved)
    assert await directory.home(moved.id) == moved


async def test_people_are_found_by_address_on_its_channel(store: Store, town: Town) -> None:
    """A duty phone has several people; an e-mail address does not mind its case."""
    both = (PersonContact(Channel.SMS, SHIFT_LEAD_PHONE), PersonContact(Channel.EMAIL, "Key.Worker@Example.org"))
    other = await store.directory.create_person(Person(name="Key Worker", contacts=both))
    found = await store.directory.people_by_address(Channel.SMS, SHIFT_LEAD_PHONE)
    assert found == sorted([town.shift_lead.id, other.id])
    assert await store.directory.people_by_address(Channel.EMAIL, "key.worker@example.ORG") == [other.id]
    assert await store.directory.people_by_address(Channel.VOICE, SHIFT_LEAD_PHONE) == []


async def test_what_is_taken_is_a_conflict_that_names_the_field(store: Store, town: Town) -> None:
    """Codes and ids are unique."""
    directory = store.directory
    with pytest.raises(Conflict) as caught:
        await directory.create_home(Home(code="H1", name="Other", authority_id=town.host.id))
    assert caught.value.field == "code"
    with pytest.raises(Conflict) as caught:
        await directory.create_home(replace(town.home, code="H2"))
    assert caught.value.field == "id"
    with pytest.raises(Conflict) as caught:
        await directory.create_person(town.shift_lead)
    assert caught.value.field == "id"
    await directory.create_authority(Authority("Coded", "local_authority", ons_code="E06000001"))
    with pytest.raises(Conflict) as caught:
        await directory.put_authority(replace(town.host, ons_code="E06000001"))
    assert caught.value.field == "ons_code"
    with pytest.raises(Conflict) as caught:
        await directory.create_authority(Authority("Odd", "charity"))
    assert caught.value.field == "kind"


async def test_what_is_unknown_is_named(store: Store, town: Town) -> None:
    """A wrong id in a form says which one it was, and nothing half-done stays."""
    directory = store.directory
    cases = [
        (directory.create_home(Home(code="H2", name="X", authority_id="nowhere")), "authority_id"),
        (directory.put_home(replace(town.home, id="nowhere", code="H2")), "id"),
        (directory.create_authority(Authority("A", "local_authority", police_id=town.host.id)), "police_id"),
        (directory.create_authority(Authority("A", "local_authority", neighbours=("nowhere",))), "neighbours"),
        (directory.put_authority(Authority("A", "local_authority")), "id"),
        (_with_role(store, HeldRole(Role.SHIFT_LEAD, home_id="nowhere")), "roles.home_id"),
        (_with_role(store, HeldRole(Role.POLICE, authority_id="nowhere")), "roles.authority_id"),
        (directory.put_person(Person(name="X")), "id"),
        (directory.person("nobody"), "person_id"),
        (directory.home("nowhere"), "home_id"),
        (directory.authority("nowhere"), "authority_id"),
    ]
    for asked, field in cases:
        with pytest.raises(NotFound) as caught:
            await asked
        assert caught.value.field == field
    assert len(await directory.people()) == 1
    assert len(await directory.authorities()) == 4


async def test_a_role_is_held_at_one_place(store: Store, town: Town) -> None:
    """A home or an authority: not both, not neither."""
    for place in (HeldRole(Role.POLICE), HeldRole(Role.POLICE, home_id=town.home.id, authority_id=town.host.id)):
        with pytest.raises(Conflict) as caught:
            await _with_role(store, place)
        assert caught.value.field == "roles"


async def _with_role(store: Store, held: HeldRole) -> Person:
    return await store.directory.create_person(Person(name="X", roles=(held,)))
