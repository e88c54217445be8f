"""Who takes part in an exercise: the home's people, the placing authority's where it does, and never a desk outside."""

import itertools
from dataclasses import replace

import pytest

from domain.exercise import CAST, HOME_CAST, PLACING_CAST
from domain.names import Channel, Phase, Risk, Role, Stage
from domain.snapshot import EpisodeSnapshot, Snapshot
from paper.ladder import paper_of
from store.directory import Authority, HeldRole, Home, Person, PersonContact
from store.preparedness import is_watched, prepared
from store.repositories import Store
from tests.store.conftest import Town, person
from tests.store.test_resolution import NOON

PHONES = itertools.count(200)


def phone() -> str:
    """A number that nobody else here has."""
    return f"+447700900{next(PHONES)}"


async def test_observers_hear_and_nobody_outside_the_home_does(store: Store, town: Town) -> None:
    """Asked for every role there is, it finds the home's own people."""
    observer = await store.directory.create_person(person("O", Role.OBSERVER, phone(), at=town.home))
    places: list[tuple[Role, Home | Authority]] = [
        (Role.POLICE, town.police),
        (Role.POLICE, town.host),
        (Role.HOST_AUTHORITY, town.host),
        (Role.NEIGHBOURING_AUTHORITY, town.neighbour),
        (Role.HOST_AUTHORITY, town.neighbour),
        (Role.SOCIAL_WORKER, town.placing),
        (Role.OBSERVER, town.neighbour),
    ]
    for role, at in places:
        await store.directory.create_person(person("Outside", role, phone(), at=at))

    found = await store.exercise_cast.resolve(town.home.id, "", Role)
    assert {one.person_id: one.roles for one in found} == {
        observer.id: (Role.OBSERVER,),
        town.shift_lead.id: (Role.SHIFT_LEAD,),
    }


async def test_the_placing_authority_takes_part_where_it_does(store: Store, town: Town) -> None:
    """Its social worker and its duty team, and still no police."""
    worker = await store.directory.create_person(person("W", Role.SOCIAL_WORKER, phone(), at=town.placing))
    await store.directory.create_person(person("P", Role.POLICE, phone(), at=town.placing))

    found = await store.exercise_cast.resolve(town.home.id, town.placing.id)
    assert {one.person_id for one in found} == {town.shift_lead.id, worker.id}


@pytest.mark.parametrize("inside", sorted(HOME_CAST | PLACING_CAST))
@pytest.mark.parametrize("outside", [Role.POLICE, Role.HOST_AUTHORITY, Role.NEIGHBOURING_AUTHORITY])
async def test_whoever_also_answers_for_a_desk_outside_takes_no_part(
    store: Store, town: Town, inside: Role, outside: Role
) -> None:
    """No combination of roles brings an exercise to such a desk, nor does a phone that it shares with others."""
    there = HeldRole(outside, authority_id=town.police.id if outside is Role.POLICE else town.neighbour.id)
    here = (
        HeldRole(inside, home_id=town.home.id)
        if inside in HOME_CAST
        else HeldRole(inside, authority_id=town.placing.id)
    )
    shared, own = phone(), phone()
    both = (PersonContact(Channel.SMS, shared), PersonContact(Channel.VOICE, shared))
    await store.directory.create_person(Person(name="Both", roles=(here, there), contacts=both))
    colleague = await store.directory.create_person(
        Person(
            name="Shares the phone",
            roles=(here,),
            contacts=(PersonContact(Channel.SMS, shared), PersonContact(Channel.VOICE, own)),
        )
    )

    found = await store.exercise_cast.resolve(town.home.id, town.placing.id)
    assert {one.person_id for one in found} == {town.shift_lead.id, colleague.id}
    assert next(one.channels for one in found if one.person_id == colleague.id) == ((Channel.VOICE, own),)


async def test_a_contact_that_nobody_tried_is_known_as_such(store: Store, town: Town) -> None:
    """As for a child: an exercise is to show what an untried number would do at night."""
    contacts = (PersonContact(Channel.SMS, phone()), PersonContact(Channel.VOICE, phone(), verified_at=NOON))
    roles = (HeldRole(Role.KEY_WORKER, home_id=town.home.id),)
    worker = await store.directory.create_person(Person(name="K", roles=roles, contacts=contacts))
    found = await store.exercise_cast.resolve(town.home.id, "", [Role.KEY_WORKER])
    assert [(one.person_id, one.unverified) for one in found] == [(worker.id, (Channel.SMS,))]


async def test_an_observer_is_nobody_to_a_child(store: Store, town: Town) -> None:
    """Outside an exercise the role reaches nobody and opens nothing."""
    await store.directory.create_person(person("O", Role.OBSERVER, phone(), at=town.home))
    found = await store.directory.resolve(town.home.id, town.placing.id, list(Role))
    assert {one.person_id for one in found} == {town.shift_lead.id}


async def test_somebody_who_cannot_be_reached_is_among_them(store: Store, town: Town) -> None:
    """Without a channel, so that the report can say so."""
    lead = town.shift_lead
    await store.directory.put_person(replace(lead, contacts=(replace(lead.contacts[0], disabled_at=NOON),)))
    (found,) = await store.exercise_cast.resolve(town.home.id, "", CAST)
    assert (found.person_id, found.channels) == (lead.id, ())


async def test_a_stop_holds_in_an_exercise_too(store: Store, town: Town) -> None:
    """Somebody who texted STOP is rung, not texted, until they text START: a drill is no reason to break their word."""
    number = phone()
    contacts = (PersonContact(Channel.SMS, number), PersonContact(Channel.VOICE, number))
    roles = (HeldRole(Role.KEY_WORKER, home_id=town.home.id),)
    await store.directory.create_person(Person(name="K", roles=roles, contacts=contacts))

    await store.directory.stop_texts(number, NOON)
    (found,) = await store.exercise_cast.resolve(town.home.id, "", [Role.KEY_WORKER])
    assert found.channels == ((Channel.VOICE, number),)

    await store.directory.start_texts(number, NOON)
    (found,) = await store.exercise_cast.resolve(town.home.id, "", [Role.KEY_WORKER])
    assert found.channels == ((Channel.SMS, number), (Channel.VOICE, number))


async def test_a_real_episode_is_told_from_an_exercise(store: Store, town: Town) -> None:
    """An exercise gives way to a child of the same home; not to another exercise, nor to what is over."""
    for number, alias in enumerate(("Exercise-482", "Heron-42")):
        await store.placements.reserve(alias, town.home.id, town.placing.id, "p", NOON, f"request-{number}", {})
        episode = EpisodeSnapshot(number=1, stage=Stage.MISSING, began_at=NOON)
        snapshot = Snapshot(
            alias=alias, as_of_fact=1, as_of=NOON, phase=Phase.ARRIVAL, risk=Risk.HIGH, episodes=[episode]
        )
        await store.facts.insert(alias, [], snapshot)
        assert await store.placements.real_episode_open(town.home.id) is (alias == "Heron-42")
    assert not await store.placements.real_episode_open("elsewhere")


async def test_an_exercise_is_no_child_who_is_watched(store: Store, town: Town) -> None:
    """It counts among no home's children: not for gaps, not on paper, not in any number."""
    await store.placements.reserve("Exercise-482", town.home.id, town.placing.id, "p", NOON, "request-1", {})
    (row,) = await store.placements.list(town.home.id)
    assert not is_watched(row)
    (found,) = await prepared(store, NOON, home_ids={town.home.id})
    assert not found.placed
    assert (await paper_of(store, town.home, NOON)).ladders[0].children == ()
