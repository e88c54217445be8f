"""Who hears of it: the right people for this placement, and nobody else."""

import time
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import update

from config.geography import read
from domain.names import Channel, Role
from store.directory import Authority, HeldRole, Home, Person, PersonContact
from store.repositories import Store
from store.tables import contacts as contacts_table
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


async def test_what_was_never_verified_is_said_of_each_channel(store: Store, town: Town) -> None:
    """By the address that messages go to; what was entered before contacts were verified is relied upon."""
    contacts = (
        PersonContact(Channel.SMS, "+447700900107"),
        PersonContact(Channel.SMS, "+447700900108", verified_at=NOON),
        PersonContact(Channel.VOICE, "+447700900108", verified_at=NOON),
        PersonContact(Channel.EMAIL, "lead@example.org"),
    )
    lead = await store.directory.put_person(replace(town.shift_lead, contacts=contacts))
    (found,) = await store.directory.resolve(town.home.id, town.placing.id, [Role.SHIFT_LEAD])
    assert found.unverified == (Channel.SMS, Channel.EMAIL)
    async with store.database.transaction() as connection:
        await connection.execute(update(contacts_table).values(taken_over=True))
    (found,) = await store.directory.resolve(town.home.id, town.placing.id, [Role.SHIFT_LEAD])
    assert found.unverified == ()
    moved = (replace(contacts[0], address="+447700900109"), *contacts[1:])
    await store.directory.put_person(replace(lead, contacts=moved))
    (found,) = await store.directory.resolve(town.home.id, town.placing.id, [Role.SHIFT_LEAD])
    assert found.unverified == (Channel.SMS,), "a number that is entered now is tried before it is relied upon"


async def test_a_neighbours_host_authority_is_a_neighbour_here(store: Store, town: Town) -> None:
    """The same person is the host for their own homes and a neighbour for ours."""
    next_door = await store.directory.create_person(
        person("N", Role.HOST_AUTHORITY, "+447700900106", at=town.neighbour)
    )
    (found,) = await store.directory.resolve(town.home.id, town.placing.id, [Role.NEIGHBOURING_AUTHORITY])
    assert (found.person_id, found.roles) == (next_door.id, (Role.NEIGHBOURING_AUTHORITY,))
    assert await store.directory.resolve(town.home.id, town.placing.id, [Role.HOST_AUTHORITY]) == []


async def test_a_circular_goes_to_each_desk_next_door_and_to_the_voluntary_sector(store: Store, town: Town) -> None:
    """A desk for each authority, however many people sit there; the voluntary sector is a desk of its own."""
    directory = store.directory
    day = await directory.create_person(person("D", Role.HOST_AUTHORITY, "+447700900106", at=town.neighbour))
    night = await directory.create_person(person("N", Role.NEIGHBOURING_AUTHORITY, "+447700900107", at=town.neighbour))
    aid = await directory.create_person(person("V", Role.VOLUNTARY_SECTOR, "+447700900108", at=town.host))
    for role, at in ((Role.VOLUNTARY_SECTOR, town.placing), (Role.HOST_AUTHORITY, town.host)):
        await directory.create_person(person("Not told", role, "+447700900109", at=at))
    desks = await directory.desks_next_door(town.home.id, town.placing.id)

    assert [(desk.name, {one.person_id for one in desk.people}) for desk in desks] == [
        ("Nextshire", {day.id, night.id}),
        ("voluntary sector in Northshire", {aid.id}),
    ]
    assert len({desk.key for desk in desks}) == 2
    assert desks[1].people[0].roles == (Role.VOLUNTARY_SECTOR,)


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
    """With a hundred people in the directory. The bound is loose, and the best of thirty counts."""
    for number in range(100):
        role = Role.KEY_WORKER if number < 10 else Role.SOCIAL_WORKER
        at = town.home if number < 10 else town.neighbour
        await store.directory.create_person(person(f"P{number}", role, f"+4477009{number:05}", at=at))
    durations = []
    for _ in range(30):
        started = time.perf_counter()
        assert len(await store.directory.resolve(town.home.id, town.placing.id, list(Role))) == 11
        durations.append(time.perf_counter() - started)
    assert min(durations) < 0.025


HEARERS = {
    "Newcastle upon Tyne": ("Northumbria Police", {"Northumberland", "North Tyneside", "Gateshead"}),
    "Kent": ("Kent Police", {"Medway", "East Sussex", "Surrey", "Bexley", "Bromley", "Thurrock"}),
    "Isle of Wight": ("Hampshire and Isle of Wight Constabulary", set()),
    "Cornwall": ("Devon and Cornwall Police", {"Devon", "Plymouth"}),
    "Isles of Scilly": ("Devon and Cornwall Police", set()),
    "Tower Hamlets": (
        "Metropolitan Police Service",
        {"City of London", "Hackney", "Newham", "Greenwich", "Southwark"},
    ),
    "Scottish Borders": (
        "Police Scotland",
        {
            "Cumberland",
            "Northumberland",
            "Dumfries and Galloway",
            "South Lanarkshire",
            "Midlothian",
            "East Lothian",
            "West Lothian",
            "City of Edinburgh",
        },
    ),
    "Monmouthshire": (
        "Gwent Police",
        {
            "Herefordshire, County of",
            "Gloucestershire",
            "South Gloucestershire",
            "Newport",
            "Torfaen",
            "Powys",
            "Blaenau Gwent",
        },
    ),
    "Belfast": (
        "Police Service of Northern Ireland",
        {"Antrim and Newtownabbey", "Ards and North Down", "Lisburn and Castlereagh"},
    ),
}
"""Homes there: their police force, and who is next door. By land, and over the Tyne, the Thames and the Severn by
bridge or tunnel; not over the Solent, nor from Tower Hamlets to Lewisham, where nothing crosses."""


@pytest.fixture
async def country(store: Store) -> dict[str, Authority]:
    """The whole geography, by name; a duty desk at each of those places, at all that lie beside them, at each force."""
    await store.directory.load_geography(read())
    found = {one.name: one for one in await store.directory.authorities()}
    beside = {one.authority_id for area in HEARERS for one in found[area].borders}
    for number, one in enumerate(found.values()):
        if one.kind == "police_force" or one.id in beside or one.name in HEARERS:
            role = Role.POLICE if one.kind == "police_force" else Role.HOST_AUTHORITY
            await store.directory.create_person(person(one.name, role, f"+4477009{number:05}", at=one))
    return found


async def test_host_police_and_neighbours_follow_from_where_the_home_stands(
    store: Store, country: dict[str, Authority]
) -> None:
    """Across national borders and bridges, and nobody besides."""
    names = {one.id: one.name for one in await store.directory.people()}
    for number, (area, (force, next_door)) in enumerate(HEARERS.items()):
        home = await store.directory.create_home(Home(code=f"H{number}", name="H", authority_id=country[area].id))
        found = await store.directory.resolve(home.id, country["Leeds"].id, list(Role))
        heard: dict[Role, set[str]] = {}
        for contact in found:
            (role,) = contact.roles
            heard.setdefault(role, set()).add(names[contact.person_id])
        assert heard.pop(Role.HOST_AUTHORITY) == {area}
        assert heard.pop(Role.POLICE) == {force}
        assert heard.pop(Role.NEIGHBOURING_AUTHORITY, set()) == next_door
        assert heard == {}


async def test_a_partnership_adds_neighbours_by_hand(store: Store, country: dict[str, Authority]) -> None:
    """The Isle of Wight's ferries go to Portsmouth; whoever names the other is enough."""
    island, mainland = country["Isle of Wight"], country["Portsmouth"]
    await store.directory.put_authority(replace(mainland, neighbours=(island.id,)))
    for code, area, wanted in (("H1", island, 1), ("H2", mainland, 2)):
        home = await store.directory.create_home(Home(code=code, name="H", authority_id=area.id))
        found = await store.directory.resolve(home.id, country["Leeds"].id, [Role.NEIGHBOURING_AUTHORITY])
        assert len(found) == wanted, area.name


async def test_a_placing_authority_next_door_hears_once_for_each_thing_it_is(
    store: Store, country: dict[str, Authority]
) -> None:
    """It is not left out as a neighbour; somebody who is both is one person with both roles."""
    placing = country["Gateshead"]
    duty = HeldRole(Role.PLACING_AUTHORITY, authority_id=placing.id)
    both = Person("Both", (duty, HeldRole(Role.HOST_AUTHORITY, authority_id=placing.id)))
    await store.directory.create_person(both)
    home = await store.directory.create_home(Home(code="H1", name="H", authority_id=country["Newcastle upon Tyne"].id))
    wanted = [Role.PLACING_AUTHORITY, Role.NEIGHBOURING_AUTHORITY]
    found = await store.directory.resolve(home.id, placing.id, wanted)
    assert [each.roles for each in found if each.person_id == both.id] == [tuple(wanted)]
    assert len(found) == 4


async def test_a_child_placed_where_they_come_from_has_its_host_too(store: Store, town: Town) -> None:
    """Placing and host authority may be one."""
    desk = await store.directory.create_person(person("D", Role.HOST_AUTHORITY, "+447700900105", at=town.host))
    worker = await store.directory.create_person(person("W", Role.SOCIAL_WORKER, "+447700900102", at=town.host))
    found = await store.directory.resolve(town.home.id, town.host.id, [Role.HOST_AUTHORITY, Role.SOCIAL_WORKER])
    assert [each.person_id for each in found] == [desk.id, worker.id]


async def test_the_whole_country_in_the_directory_costs_no_time(store: Store, country: dict[str, Authority]) -> None:
    """An alert waits for this. The bound is loose, and the best of thirty counts."""
    home = await store.directory.create_home(Home(code="H1", name="H", authority_id=country["Scottish Borders"].id))
    durations = []
    for _ in range(30):
        started = time.perf_counter()
        found = await store.directory.resolve(home.id, country["Leeds"].id, list(Role))
        durations.append(time.perf_counter() - started)
    assert len(found) == len(HEARERS["Scottish Borders"][1]) + 2
    assert min(durations) < 0.025
