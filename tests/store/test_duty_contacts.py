"""Missing and stale duty contacts are found before they are needed, and told in plain words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from config.policy import built_in
from domain.names import Channel, Phase, Risk, Role, Stage
from domain.snapshot import EpisodeSnapshot, Snapshot
from store.directory import Authority, Home, Person, PersonContact
from store.duty_contacts import ALWAYS, VERIFIED_FOR, Gap, Lack
from store.errors import NotFound
from store.gap_words import told
from store.preparedness import prepared, roles_named
from store.repositories import Store
from tests.store.conftest import ANSWERED, SHIFT_LEAD_PHONE, Town, person

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
DUTY = [Role.HOST_AUTHORITY, Role.NEIGHBOURING_AUTHORITY, Role.POLICE, Role.EMERGENCY_DUTY_TEAM]


async def desk(
    store: Store, role: Role, phone: str, *, at: Authority | Home, verified: datetime | None = NOW
) -> Person:
    """A duty desk with one number."""
    made = person(role.label, role, phone, at=at)
    contacts = (replace(made.contacts[0], verified_at=verified),)
    return await store.directory.create_person(replace(made, contacts=contacts))


async def test_a_prepared_home_has_no_gaps(store: Store, town: Town) -> None:
    """Somebody for every role, verified today; those of the home itself may have answered long ago."""
    await desk(store, Role.HOST_AUTHORITY, "+447700900121", at=town.host)
    await desk(store, Role.HOST_AUTHORITY, "+447700900122", at=town.neighbour)
    await desk(store, Role.POLICE, "+447700900123", at=town.police)
    await desk(store, Role.EMERGENCY_DUTY_TEAM, "+447700900124", at=town.placing)
    wanted = [Role.SHIFT_LEAD, *DUTY, Role.EVERYONE_ALERTED]
    assert await store.directory.gaps(town.home.id, town.placing.id, wanted, NOW) == []


async def test_what_is_missing_names_role_and_place(store: Store, town: Town) -> None:
    """In the order of the roles asked for; a disabled number is none."""
    lead = town.shift_lead
    await store.directory.put_person(replace(lead, contacts=(replace(lead.contacts[0], disabled_at=NOW),)))
    found = await store.directory.gaps(town.home.id, town.placing.id, [Role.SHIFT_LEAD, *DUTY], NOW)
    assert found == [
        Gap(Role.SHIFT_LEAD, Lack.NOBODY, "H1", None, (lead.id,)),
        Gap(Role.HOST_AUTHORITY, Lack.NOBODY, "Northshire", town.host.id),
        Gap(Role.NEIGHBOURING_AUTHORITY, Lack.NOBODY, "Nextshire", town.neighbour.id),
        Gap(Role.POLICE, Lack.NOBODY, "Northshire Police", town.police.id),
        Gap(Role.EMERGENCY_DUTY_TEAM, Lack.NOBODY, "Farshire", town.placing.id),
    ]
    assert told(found)[:2] == [
        "Nobody who can be reached is shift lead: that rung moves on at once.",
        "Nobody who can be reached is host authority (Northshire): that rung moves on at once.",
    ]


async def test_no_force_and_nobody_next_door_are_told(store: Store, town: Town) -> None:
    """As on the Isles of Scilly; before the geography is loaded it is so everywhere."""
    await store.directory.put_authority(replace(town.host, police_id=None, neighbours=()))
    found = await store.directory.gaps(town.home.id, town.placing.id, [Role.POLICE, Role.NEIGHBOURING_AUTHORITY], NOW)
    assert told(found) == [
        "No police force is known for Northshire: enter it, or load the geography.",
        "No neighbouring authority is known for Northshire: nobody is told. Enter it by hand, or load the geography.",
    ]
    await desk(store, Role.POLICE, "+447700900123", at=town.host)
    assert await store.directory.gaps(town.home.id, town.placing.id, [Role.POLICE], NOW) == []


async def test_one_neighbour_of_two_is_named(store: Store, town: Town) -> None:
    """The rung reaches somebody, so it does not move on; but there nobody looks out."""
    more = [Authority(f"N{number}", "local_authority", neighbours=(town.host.id,)) for number in range(8)]
    for one in more:
        await store.directory.create_authority(one)
    await desk(store, Role.NEIGHBOURING_AUTHORITY, "+447700900122", at=town.neighbour)
    found = await store.directory.gaps(town.home.id, town.placing.id, [Role.NEIGHBOURING_AUTHORITY], NOW)
    assert {gap.lack for gap in found} == {Lack.NOBODY_THERE}
    (sentence,) = told(found)
    assert sentence.endswith("authority at N0, N1, N2, N3, N4, N5 and 2 more: nobody is told there.")


async def test_a_placing_authority_next_door_is_no_gap(store: Store, town: Town) -> None:
    """It is told as the one that placed the child."""
    await desk(store, Role.EMERGENCY_DUTY_TEAM, "+447700900124", at=town.neighbour)
    wanted = [Role.EMERGENCY_DUTY_TEAM, Role.NEIGHBOURING_AUTHORITY]
    assert await store.directory.gaps(town.home.id, town.neighbour.id, wanted, NOW) == []
    assert len(await store.directory.gaps(town.home.id, town.placing.id, wanted, NOW)) == 2


@pytest.mark.parametrize(
    ("age", "lack"),
    [(None, Lack.NEVER_VERIFIED), (VERIFIED_FOR, None), (VERIFIED_FOR + timedelta(seconds=1), Lack.STALE)],
)
async def test_a_number_counts_as_verified_for_90_days(
    store: Store, town: Town, age: timedelta | None, lack: Lack | None
) -> None:
    """To the second; each number in use counts, not only the best."""
    made = await desk(store, Role.POLICE, "+447700900123", at=town.police)
    verified = NOW - age if age is not None else None
    second = PersonContact(Channel.EMAIL, "desk@example.org", verified_at=verified)
    await store.directory.put_person(replace(made, contacts=(*made.contacts, second)))
    found = await store.directory.gaps(town.home.id, town.placing.id, [Role.POLICE], NOW)
    assert [(gap.lack, gap.person_ids, gap.verified_at) for gap in found] == (
        [(lack, (made.id,), verified)] if lack else []
    )
    if lack is Lack.STALE:
        (sentence,) = told(found)
        assert sentence.startswith("Not verified for 90 days: how the police is reached (Northshire Police; not since")
        assert "24 August 2026" in sentence


async def test_verifying_closes_the_gap(store: Store, town: Town) -> None:
    """Of the number that answered, and of no other."""
    made = await desk(store, Role.POLICE, "+447700900123", at=town.police, verified=None)
    asked = (town.home.id, town.placing.id, [Role.POLICE], NOW)
    assert [gap.lack for gap in await store.directory.gaps(*asked)] == [Lack.NEVER_VERIFIED]
    for who, channel, address in (
        (made.id, Channel.SMS, SHIFT_LEAD_PHONE),
        (made.id, Channel.VOICE, "+447700900123"),
        (town.shift_lead.id, Channel.SMS, "+447700900123"),
    ):
        with pytest.raises(NotFound) as caught:
            await store.directory.verify_contact(who, channel, address, NOW)
        assert caught.value.field == "address"
    await store.directory.verify_contact(made.id, Channel.SMS, "+447700900123", NOW)
    assert await store.directory.gaps(*asked) == []
    assert (await store.directory.person(made.id)).contacts[0].verified_at == NOW
    assert (await store.directory.person(town.shift_lead.id)).contacts[0].verified_at == ANSWERED


async def test_a_rung_that_would_rest_on_unverified_contacts_is_shown(store: Store, town: Town) -> None:
    """Practice notes 6.7, 13: until one of the holders has a contact on which somebody has answered."""
    lead = town.shift_lead
    await store.directory.put_person(replace(lead, contacts=(PersonContact(Channel.SMS, SHIFT_LEAD_PHONE),)))
    asked = (town.home.id, town.placing.id, [Role.SHIFT_LEAD], NOW)
    assert await store.directory.gaps(*asked) == [Gap(Role.SHIFT_LEAD, Lack.UNVERIFIED, "H1", None, (lead.id,))]
    (sentence,) = told(await store.directory.gaps(*asked))
    assert sentence.startswith("Never verified: how the shift lead is reached (H1).")
    await store.directory.create_person(person("Other", Role.SHIFT_LEAD, "+447700900109", at=town.home))
    assert await store.directory.gaps(*asked) == []


@pytest.mark.parametrize(
    ("second", "enough"),
    [
        (None, False),
        (PersonContact(Channel.VOICE, "+447700900131", verified_at=NOW), False),
        (PersonContact(Channel.EMAIL, "m@example.org"), False),
        (PersonContact(Channel.EMAIL, "m@example.org", verified_at=NOW, disabled_at=NOW), False),
        (PersonContact(Channel.EMAIL, "m@example.org", verified_at=NOW), True),
        (PersonContact(Channel.VOICE, "+442079460018", verified_at=NOW), True),
    ],
)
async def test_from_the_manager_up_everybody_needs_two_ways_that_do_not_fail_together(
    store: Store, town: Town, second: PersonContact | None, *, enough: bool
) -> None:
    """Texts and calls to one number are one telephone; a mailbox nobody has tried is no way at all."""
    manager = await desk(store, Role.ON_CALL_MANAGER, "+447700900131", at=town.home)
    if second is not None:
        await store.directory.put_person(replace(manager, contacts=(*manager.contacts, second)))
    found = await store.directory.gaps(town.home.id, town.placing.id, [Role.ON_CALL_MANAGER, Role.SHIFT_LEAD], NOW)
    assert found == ([] if enough else [Gap(Role.ON_CALL_MANAGER, Lack.ONE_WAY, "H1", None, (manager.id,))])
    assert enough or told(found)[0].startswith("The on-call manager has one verified way only (H1)")


async def test_a_social_worker_is_beyond_the_manager_and_needs_two_ways_too(store: Store, town: Town) -> None:
    """The ladder goes on from the manager to them: a single telephone is silence there as well."""
    worker = await desk(store, Role.SOCIAL_WORKER, "+447700900141", at=town.placing)
    found = await store.directory.gaps(town.home.id, town.placing.id, [Role.SOCIAL_WORKER], NOW)
    assert found == [Gap(Role.SOCIAL_WORKER, Lack.ONE_WAY, "Farshire", town.placing.id, (worker.id,))]


async def test_a_number_out_of_use_can_not_be_verified(store: Store, town: Town) -> None:
    """It would look as if it were used."""
    lead = town.shift_lead
    await store.directory.put_person(replace(lead, contacts=(replace(lead.contacts[0], disabled_at=NOW),)))
    with pytest.raises(NotFound):
        await store.directory.verify_contact(lead.id, Channel.SMS, SHIFT_LEAD_PHONE, NOW)


async def test_each_home_is_judged_by_what_its_children_need(store: Store, town: Town) -> None:
    """Without a child: what every home needs. With one: the policy's roles, the placing authority's among them."""
    policy = built_in()["arrival-high"]
    version = await store.policies.save_draft(policy, "", "somebody")
    await store.policies.publish(policy.id, version, "another", alone_allowed=False)
    (empty,) = await prepared(store, NOW)
    assert (empty.home, empty.placed, empty.reaches_nobody) == (town.home, False, False)
    assert {gap.role for gap in empty.gaps} == set(ALWAYS) - {Role.SHIFT_LEAD}
    await store.placements.reserve("Heron-42", town.home.id, town.placing.id, policy.id, NOW, "r1", {})
    (lived_in,) = await prepared(store, NOW, home_ids={town.home.id})
    assert (lived_in.placed, lived_in.reaches_nobody) == (True, False)
    assert {gap.role for gap in lived_in.gaps} == set(roles_named(policy)) - {Role.SHIFT_LEAD}
    assert Role.SOCIAL_WORKER in {gap.role for gap in lived_in.gaps}
    lead = town.shift_lead
    await store.directory.put_person(replace(lead, contacts=()))
    (silent,) = await prepared(store, NOW)
    assert silent.reaches_nobody
    missing = EpisodeSnapshot(number=1, stage=Stage.MISSING, began_at=NOW)
    snapshot = Snapshot(
        alias="Heron-42", as_of_fact=8, as_of=NOW, phase=Phase.ARRIVAL, risk=Risk.HIGH, ended=True, episodes=[missing]
    )
    await store.facts.insert("Heron-42", [], snapshot)
    (looked_for,) = await prepared(store, NOW)
    assert looked_for.placed
    await store.facts.insert("Heron-42", [], snapshot.model_copy(update={"as_of_fact": 9, "episodes": []}))
    (left,) = await prepared(store, NOW)
    assert not left.placed
    assert await prepared(store, NOW, home_ids=set()) == []
