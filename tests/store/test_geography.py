"""The geography in the directory: loaded once and again, beside what people have entered."""

import asyncio
from dataclasses import replace

import pytest
from alembic import command
from sqlalchemy import Connection, text
from sqlalchemy.pool import NullPool

from config.geography import Geography, read
from config.geography_lint import Touching
from domain.names import Role
from store.authorities import Beside
from store.database import create_engine, database_url
from store.directory import Authority, Directory, Home
from store.errors import Conflict
from store.migrate import alembic_config
from store.repositories import Store
from tests.store.conftest import Town, person

NEWCASTLE, GATESHEAD, CORNWALL, SCILLY = "E08000021", "E08000037", "E06000052", "E06000053"
FULL = read()
NEW_COLUMNS = (
    ("authorities", "geography"),
    ("authorities", "file_police_id"),
    ("borders", "touching"),
    ("borders", "by_hand"),
)
"""What the migration of the geography added."""


async def by_code(directory: Directory) -> dict[str, Authority]:
    """Every authority that has a code."""
    return {one.ons_code: one for one in await directory.authorities() if one.ons_code}


def without(geography: Geography, *codes: str) -> Geography:
    """As if a newer file no longer had these authorities."""
    return replace(
        geography,
        areas=tuple(area for area in geography.areas if area.code not in codes),
        borders=tuple(one for one in geography.borders if not {one.first, one.second} & set(codes)),
    )


async def everything(store: Store) -> tuple[list[Authority], list[tuple[Beside, ...]]]:
    """The whole directory, with ids, for comparing."""
    found = await store.directory.authorities()
    return found, [one.borders for one in found]


async def test_a_load_fills_the_directory(store: Store) -> None:
    """All authorities and forces, who borders whom and how, and which force covers each."""
    loaded = await store.directory.load_geography(FULL)
    assert (loaded.added, loaded.adopted, loaded.changed, loaded.removed, loaded.notes) == (264, 0, 0, 0, [])
    assert loaded.borders == {Touching.LAND: 492, Touching.BRIDGE: 19, Touching.WATER: 32}
    known = await by_code(store.directory)
    names = {one.id: one.name for one in known.values()}
    beside = {names[one.authority_id]: one.touching for one in known[NEWCASTLE].borders}
    assert beside == {
        "Northumberland": Touching.LAND,
        "North Tyneside": Touching.LAND,
        "Gateshead": Touching.BRIDGE,
        "South Tyneside": Touching.WATER,
    }
    assert names[known[NEWCASTLE].police_id or ""] == "Northumbria Police"
    assert known[NEWCASTLE].neighbours == ()
    assert (await store.directory.authority(known[NEWCASTLE].id)).borders == known[NEWCASTLE].borders
    standing = await store.directory.geography()
    assert (standing.authorities, standing.forces, standing.borders, standing.former) == (218, 46, 511, ())


async def test_a_second_load_changes_nothing(store: Store) -> None:
    """Whoever is not sure may run it again."""
    assert (await store.directory.geography()).authorities == 0
    assert (await store.directory.load_geography(FULL)).anything
    before = await everything(store)
    again = await store.directory.load_geography(FULL)
    assert not again.anything
    assert await everything(store) == before


async def test_two_loads_at_once_are_one_after_the_other(store: Store) -> None:
    """Two operators, one moment: nothing doubled, nobody refused."""
    loads = await asyncio.gather(*(store.directory.load_geography(FULL) for _ in range(2)))
    assert sorted(loaded.added for loaded in loads) == [0, 264]


async def test_what_was_entered_by_hand_is_adopted_and_not_doubled(store: Store) -> None:
    """By its code, whatever it is called; without one, by its name. Its people stay its people."""
    directory = store.directory
    coded = await directory.create_authority(Authority("Newcastle City", "local_authority", ons_code=NEWCASTLE))
    named = await directory.create_authority(Authority(" gateshead", "local_authority"))
    force = await directory.create_authority(Authority("Northumbria Police", "police_force"))
    desk = await directory.create_person(person("Desk", Role.POLICE, "+447700900121", at=force))
    other = await directory.create_authority(Authority("Cornwall", "police_force"))
    loaded = await directory.load_geography(FULL)
    assert (loaded.added, loaded.adopted) == (261, 3)
    known = await by_code(directory)
    assert (known[NEWCASTLE].id, known[NEWCASTLE].name) == (coded.id, "Newcastle upon Tyne")
    assert known[GATESHEAD].id == named.id
    assert known[NEWCASTLE].police_id == force.id
    assert (await directory.person(desk.id)).roles[0].authority_id == force.id
    assert (await directory.authority(other.id)).ons_code is None
    assert len(await directory.authorities()) == 265


async def test_two_entries_of_one_name_are_left_alone_and_told(store: Store) -> None:
    """Which of them is meant is for people to say."""
    for _ in range(2):
        await store.directory.create_authority(Authority("Cornwall", "local_authority"))
    loaded = await store.directory.load_geography(FULL)
    assert loaded.added == 264
    assert loaded.notes == ["Cornwall: several entries without an ONS code have this name; none was adopted"]


async def test_two_areas_of_one_name_do_not_become_one(store: Store) -> None:
    """One entry by hand can be only one of them; the other is entered beside it."""
    await store.directory.create_authority(Authority("Cornwall", "local_authority"))
    areas = tuple(replace(area, name="Cornwall") if area.code == SCILLY else area for area in FULL.areas)
    loaded = await store.directory.load_geography(replace(FULL, areas=areas))
    assert (loaded.added, loaded.adopted) == (263, 1)
    assert {CORNWALL, SCILLY} <= set(await by_code(store.directory))


async def test_what_people_added_stays(store: Store, town: Town) -> None:
    """A neighbour whom a partnership wants, on either side of a border; a force chosen by hand; contacts."""
    directory = store.directory
    await directory.load_geography(FULL)
    known = await by_code(directory)
    newcastle, cornwall, own = known[NEWCASTLE], known[CORNWALL], town.police
    await directory.put_authority(replace(newcastle, neighbours=(cornwall.id, known[GATESHEAD].id), police_id=own.id))
    desk = await directory.create_person(person("Desk", Role.HOST_AUTHORITY, "+447700900122", at=cornwall))
    again = await directory.load_geography(FULL)
    assert not again.anything
    assert again.notes == ["Newcastle upon Tyne: the police force that people chose for it stays"]
    stays = await directory.authority(newcastle.id)
    assert set(stays.neighbours) == {cornwall.id, known[GATESHEAD].id}
    assert stays.police_id == own.id
    assert {one.authority_id: (one.touching, one.by_hand) for one in stays.borders}[known[GATESHEAD].id] == (
        Touching.BRIDGE,
        True,
    )
    assert await directory.person(desk.id) == desk
    # Dropping them by hand leaves the file's own.
    await directory.put_authority(replace(stays, neighbours=()))
    beside = (await directory.authority(newcastle.id)).borders
    assert cornwall.id not in {one.authority_id for one in beside}
    assert known[GATESHEAD].id in {one.authority_id for one in beside}
    assert (await directory.authority(town.host.id)).neighbours == (town.neighbour.id,)


async def test_a_force_is_not_taken_away_by_leaving_it_out(store: Store) -> None:
    """Somebody enters neighbours and says nothing of the police: the geography's force is still told."""
    directory = store.directory
    await directory.load_geography(FULL)
    newcastle = (await by_code(directory))[NEWCASTLE]
    home = await directory.create_home(Home(code="H1", name="Home", authority_id=newcastle.id))
    force = await directory.authority(newcastle.police_id or "")
    desk = await directory.create_person(person("Desk", Role.POLICE, "+447700900124", at=force))
    await directory.put_authority(replace(newcastle, police_id=None))
    assert (await directory.authority(newcastle.id)).police_id == force.id
    (found,) = await directory.resolve(home.id, newcastle.id, [Role.POLICE])
    assert found.person_id == desk.id


async def test_a_newer_file_renames_redraws_and_moves_to_another_force(store: Store) -> None:
    """An authority that nobody refers to and that the file no longer has goes, with its borders."""
    directory = store.directory
    await directory.load_geography(FULL)
    before = await by_code(directory)
    await directory.put_authority(replace(before[NEWCASTLE], neighbours=(before[GATESHEAD].id,)))
    newer = without(FULL, SCILLY)
    areas = [
        replace(area, name="Tyneside", police_code="E23000008") if area.code == NEWCASTLE else area
        for area in newer.areas
    ]
    pairs = [one for one in newer.borders if (one.first, one.second) != (NEWCASTLE, GATESHEAD)]
    bridge = next(one for one in pairs if one.touching is Touching.BRIDGE)
    pairs[pairs.index(bridge)] = replace(bridge, touching=Touching.WATER)
    loaded = await directory.load_geography(replace(newer, areas=tuple(areas), borders=tuple(pairs)))
    assert (loaded.added, loaded.changed, loaded.removed, loaded.borders_changed) == (0, 1, 1, 2)
    after = await by_code(directory)
    assert SCILLY not in after
    assert (after[NEWCASTLE].name, after[NEWCASTLE].id) == ("Tyneside", before[NEWCASTLE].id)
    assert after[NEWCASTLE].police_id == after["E23000008"].id
    # The bridge to Gateshead is no longer in the file, and people wanted that neighbour too.
    assert after[NEWCASTLE].neighbours == (after[GATESHEAD].id,)
    assert (await directory.load_geography(FULL)).added == 1


async def test_an_authority_that_is_referred_to_is_kept_with_its_neighbours(store: Store) -> None:
    """A council is abolished while homes stand in it: until they are entered elsewhere, the same people hear."""
    directory = store.directory
    await directory.load_geography(FULL)
    known = await by_code(directory)
    surrey, alone = known["E10000030"], known[SCILLY]
    home = await directory.create_home(Home(code="H1", name="Home", authority_id=surrey.id))
    next_door = next(one.authority_id for one in surrey.borders if one.next_door)
    desk_at = await directory.authority(next_door)
    desk = await directory.create_person(person("Desk", Role.HOST_AUTHORITY, "+447700900123", at=desk_at))
    newer = without(FULL, "E10000030", SCILLY)
    loaded = await directory.load_geography(newer)
    assert loaded.removed == 1
    (note,) = loaded.notes
    assert note.startswith("no longer in the geography, kept with their borders because homes, people")
    assert note.endswith(": Surrey")
    assert (await directory.authority(surrey.id)).borders == surrey.borders
    (found,) = await directory.resolve(home.id, alone.id, [Role.NEIGHBOURING_AUTHORITY])
    assert found.person_id == desk.id
    assert (await directory.geography()).former == ("Surrey",)
    assert not (await directory.load_geography(newer)).anything
    # Entered elsewhere, nothing refers to it any more: now it goes.
    await directory.put_home(replace(home, authority_id=next_door))
    last = await directory.load_geography(newer)
    assert (last.removed, last.notes) == (1, [])
    assert (await directory.geography()).former == ()


async def test_nothing_is_half_done(store: Store) -> None:
    """A code that is entered as another kind is found among the last; the directory stays as it was."""
    await store.directory.create_authority(Authority("Vale", "police_force", ons_code=FULL.areas[-1].code))
    before = await everything(store)
    with pytest.raises(Conflict) as caught:
        await store.directory.load_geography(FULL)
    assert caught.value.field == "ons_code"
    assert FULL.areas[-1].code in caught.value.detail
    assert await everything(store) == before


async def test_a_directory_that_breaks_in_the_middle_stays_as_it_was(store: Store) -> None:
    """Whatever fails while borders are written takes the authorities with it."""
    wrong = replace(FULL, borders=(*FULL.borders[:-1], replace(FULL.borders[-1], second="E06999999")))
    with pytest.raises(KeyError):
        await store.directory.load_geography(wrong)
    assert await everything(store) == ([], [])


async def test_a_database_of_before_takes_its_borders_along(store: Store, url: str, town: Town) -> None:
    """All of them were entered by people: they count, and a load leaves them alone."""
    async with store.database.transaction() as connection:
        for table, column in NEW_COLUMNS:
            await connection.execute(text(f"ALTER TABLE {table} DROP COLUMN {column}"))
        head = await connection.scalar(text("SELECT version_num FROM alembic_version"))
        await connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    await store.close()
    engine = create_engine(database_url(url), poolclass=NullPool)
    async with engine.begin() as connection:
        # That migration alone: the later ones have been made already.
        await connection.run_sync(_migrate, "0002")
        await connection.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": head})
    await engine.dispose()
    await store.directory.load_geography(FULL)
    assert (await store.directory.authority(town.host.id)).neighbours == (town.neighbour.id,)
    assert (await store.directory.home(town.home.id)).authority_id == town.host.id


def _migrate(connection: Connection, to: str) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)
