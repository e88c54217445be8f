"""Who hears of it: the right people for this placement, and nobody else."""

import time
from dataclasses import replace
from datetime import UTC, datetime

from domain.names import Channel, Role
from store.directory import HeldRole, Person, PersonContact
from store.repositories import Store
from tests.store.conftest import Town, person

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


async def test_each_role_is_looked_for_where_it_is_held(store: Store, town: Town) -> None:
    """Home roles at the home, the placing authority's at that authority, police by the home's area."""
    directory = store.directory
    expected = {
        "worker": await directory.create_person(person("W", Role.SOCIAL_WORKER, "+447700900102", at=town.placing)),
        "police": await directory.create_person(person("P", Role.POLICE, "+447700900103", at=town.police)),
        "desk": await directory.create_person(person("D", Role.POLICE, "+447700900104", at=town.host)),
        "host": await directory.create_person(person("H", Role.HOST_AUTHORITY, "+447700900105", at=town.host)),
    }
    for role, elsewhere in (
        (Role.SOCIAL_WORKER, town.host),
        (Role.POLICE, town.placing),
        (Role.HOST_AUTHORITY, town.placing),
        (Role.NEIGHBOURING_AUTHORITY, town.host),
    ):
        await directory.create_person(person("Not asked", role, "+447700900199", at=elsewhere))
    found = await directory.resolve(town.home.id, town.placing.id, list(Role))
    assert {each.person_id: each.roles for each in found} == {
        town.shift_lead.id: (Role.SHIFT_LEAD,),
        expected["worker"].id: (Role.SOCIAL_WORKER,),
        expected["host"].id: (Role.HOST_AUTHORITY,),
        expected["police"].id: (Role.POLICE,),
        expected["desk"].id: (Role.POLICE,),
    }


async def test_a_neighbours_host_authority_is_a_neighbour_here(store: Store, town: Town) -> None:
    """The same person is the host for their own homes and a neighbour for ours."""
    next_door = await store.directory.create_person(
        person("N", Role.HOST_AUTHORITY, "+447700900106", at=town.neighbour)
    )
    (found,) = await store.directory.resolve(town.home.id, town.placing.id, [Role.NEIGHBOURING_AUTHORITY])
    assert (found.person_id, found.roles) == (next_door.id, (Role.NEIGHBOURING_AUTHORITY,))
    assert await store.directory.resolve(town.home.id, town.placing.id, [Role.HOST_AUTHORITY]) == []


async def test_channels_come_in_the_persons_own_order_without_disabled_ones(store: Store, town: Town) -> None:
    """Two roles make one person, once."""
    contacts = (
        PersonContact(Channel.EMAIL, "m@example.org"),
        PersonContact(Channel.SMS, "+447700900107", disabled_at=NOON),
        PersonContact(Channel.VOICE, "+447700900108"),
    )
    roles = tuple(HeldRole(role, home_id=town.home.id) for role in (Role.REGISTERED_MANAGER, Role.ON_CALL_MANAGER))
    await store.directory.create_person(Person(name="M", roles=roles, contacts=contacts))
    wanted = [Role.ON_CALL_MANAGER, Role.REGISTERED_MANAGER]
    (found,) = await store.directory.resolve(town.home.id, town.placing.id, wanted)
    assert found.roles == tuple(wanted)
    assert found.channels == ((Channel.EMAIL, "m@example.org"), (Channel.VOICE, "+447700900108"))


async def test_somebody_who_cannot_be_reached_is_not_left_out_quietly(store: Store, town: Town) -> None:
    """They come without a channel, so that the alert can say so; but their role does not count as held."""
    lead = town.shift_lead
    await store.directory.put_person(replace(lead, contacts=(replace(lead.contacts[0], disabled_at=NOON),)))
    (found,) = await store.directory.resolve(town.home.id, town.placing.id, [Role.SHIFT_LEAD])
    assert found.channels == ()
    assert await store.directory.roles_held(town.home.id, town.placing.id) == set()


async def test_roles_held_are_what_a_policy_can_reach(store: Store, town: Town) -> None:
    """For judging whether a policy's rungs reach anybody here."""
    await store.directory.create_person(person("N", Role.HOST_AUTHORITY, "+447700900106", at=town.neighbour))
    held = await store.directory.roles_held(town.home.id, town.placing.id)
    assert held == {Role.SHIFT_LEAD, Role.NEIGHBOURING_AUTHORITY}


async def test_the_roles_named_first_come_first(store: Store, town: Town) -> None:
    """The order of the rung is the order of the calls."""
    worker = await store.directory.create_person(person("W", Role.SOCIAL_WORKER, "+447700900102", at=town.placing))
    found = await store.directory.resolve(town.home.id, town.placing.id, [Role.SOCIAL_WORKER, Role.SHIFT_LEAD])
    assert [each.person_id for each in found] == [worker.id, town.shift_lead.id]


async def test_an_unknown_home_still_reaches_the_placing_authority(store: Store, town: Town) -> None:
    """Half a directory is better than none between a deadline and a phone."""
    worker = await store.directory.create_person(person("W", Role.SOCIAL_WORKER, "+447700900102", at=town.placing))
    found = await store.directory.resolve("nowhere", town.placing.id, list(Role))
    assert [each.person_id for each in found] == [worker.id]


async def test_resolving_takes_milliseconds(store: Store, town: Town) -> None:
    """With a hundred people in the directory. The bound is loose: tests share their two cores."""
    for number in range(100):
        role = Role.KEY_WORKER if number < 10 else Role.SOCIAL_WORKER
        at = town.home if number < 10 else town.neighbour
        await store.directory.create_person(person(f"P{number}", role, f"+4477009{number:05}", at=at))
    durations = []
    for _ in range(30):
        started = time.perf_counter()
        assert len(await store.directory.resolve(town.home.id, town.placing.id, list(Role))) == 11
        durations.append(time.perf_counter() - started)
    assert sorted(durations)[15] < 0.025
