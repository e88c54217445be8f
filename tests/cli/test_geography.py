"""`goldenhour geography …` and what doctor says of the directory."""

import asyncio
import shutil
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from cli import main as command_line
from cli.check_directory import check_directory
from cli.findings import Level
from config.geography import DIRECTORY
from config.keys import KeyRing
from config.policy import built_in
from config.settings import Settings
from domain.names import Channel, Role
from store.directory import Authority, HeldRole, Home, Person, PersonContact
from store.migrate import upgrade
from store.repositories import Store
from tests.store.test_duty_contacts import NOW

Run = Callable[..., tuple[int, str, str]]
T = TypeVar("T")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An installation with an empty database, in this process's environment."""
    url = f"sqlite:///{tmp_path}/store.db"
    upgrade(url)
    environment = {
        "DATABASE_URL": url,
        "REDIS_URL": "redis://127.0.0.1:9/0",
        "GOLDENHOUR_ENCRYPTION_KEYS": KeyRing.generate().to_setting(),
        "GOLDENHOUR_DATA_DIR": str(tmp_path),
        "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
        "TWILIO_AUTH_TOKEN": "made-up",
        "TWILIO_FROM_NUMBER": "+447700900000",
        "TWILIO_API_BASE_URL": "http://127.0.0.1:8010",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return Settings.load(environment)


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`goldenhour geography …`: its exit code, what it printed, what it complained about."""
    del settings

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["goldenhour", "geography", *words])
        with pytest.raises(SystemExit) as ended:
            command_line.main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return run


def in_store(settings: Settings, use: Callable[[Store], Awaitable[T]]) -> T:
    """Do something with the database of the test."""

    async def used() -> T:
        store = Store.open(settings.database_url, settings.key_ring)
        try:
            return await use(store)
        finally:
            await store.close()

    return asyncio.run(used())


def lines(settings: Settings) -> list[str]:
    """What doctor says of the directory."""
    return [str(finding) for finding in asyncio.run(check_directory(settings))]


def test_load_says_what_it_did_and_again_that_nothing_had_to_be_done(run: Run) -> None:
    """Counts of everything; by bridge told from by water."""
    code, out, _ = run("load")
    assert code == 0
    assert "218 authorities and 46 police forces" in out
    assert "492 by land, 19 by a bridge or tunnel, 32 by water only" in out
    assert "264 added, 0 entered by hand and adopted, 0 changed, 0 removed; 543 borders drawn anew" in out
    assert "In the directory nothing had to be changed." in run("load")[1]


def test_show_tells_who_is_next_door(run: Run, settings: Settings) -> None:
    """By name in any case, or by code; and what people added."""
    assert "never loaded" in run("show")[1]
    run("load")
    assert "218 authorities, 46 police forces, 511 pairs next door" in run("show")[1]
    assert run("show", "newcastle UPON tyne")[1].splitlines() == [
        "Newcastle upon Tyne (E08000021), local authority",
        "  police: Northumbria Police",
        "  by land: North Tyneside, Northumberland",
        "  by a bridge or tunnel: Gateshead",
        "  by water only, so not next door unless people add it: South Tyneside",
    ]
    assert "nobody is next door" in run("show", "E06000053")[1]

    async def add_by_hand(store: Store) -> None:
        known = {one.name: one for one in await store.directory.authorities()}
        names = ("Cornwall", "South Tyneside")
        wanted = tuple(known[name].id for name in names)
        tyne = known["Newcastle upon Tyne"]
        await store.directory.put_authority(
            Authority(tyne.name, tyne.kind, tyne.ons_code, tyne.police_id, wanted, tyne.id)
        )

    in_store(settings, add_by_hand)
    shown = run("show", "E08000021")[1]
    assert "South Tyneside (added by hand)" in shown
    assert "  added by hand: Cornwall" in shown
    code, _, complaint = run("show", "Nowhere")
    assert (code, complaint.count("\n")) == (2, 1)


def test_files_with_a_mistake_load_nothing(run: Run, tmp_path: Path) -> None:
    """A code is missing: one line with file, line and field."""
    files = Path(shutil.copytree(DIRECTORY, tmp_path / "files"))
    path = files / "neighbours.csv"
    path.write_text(path.read_text("utf-8").replace("E06000001,E06000003,", "E06000001,,", 1), "utf-8")
    code, out, complaint = run("load", str(files))
    assert (code, out) == (1, "")
    assert complaint == "goldenhour: neighbours.csv:2: b_code: the code is missing\n"
    path.write_text("a_code,b_code,touching,gap_m\n" + "x,y,z,0\n" * 100, "utf-8")
    complaint = run("load", str(files))[2]
    assert len(complaint.splitlines()) == 21
    assert complaint.endswith("more\n")
    assert "never loaded" in run("show")[1]


def test_a_directory_that_contradicts_the_files_stays_as_it_is(run: Run, settings: Settings) -> None:
    """One line; nothing half-done."""

    async def contradict(store: Store) -> None:
        await store.directory.create_authority(Authority("Kent", "police_force", ons_code="E10000016"))

    in_store(settings, contradict)
    code, _, complaint = run("load")
    assert code == 1
    assert complaint.startswith("goldenhour: ons_code: E10000016 is entered in the directory as another kind")
    assert complaint.count("\n") == 1
    assert "never loaded" in run("show")[1]


def test_a_database_that_is_not_there_is_one_line(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And none is made."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/other.db")
    code, _, complaint = run("load")
    assert (code, complaint.count("\n")) == (1, 1)
    assert "there is no such file" in complaint
    assert not (tmp_path / "other.db").exists()
    (tmp_path / "other.db").touch()
    code, _, complaint = run("load")
    assert (code, complaint.count("\n")) == (1, 1)
    assert "nothing was changed" in complaint


def test_doctor_says_that_the_geography_was_never_loaded(run: Run, settings: Settings) -> None:
    """And then that it is."""
    (line,) = lines(settings)
    assert line.startswith("warning  geography: never loaded")
    assert line.endswith("Run `goldenhour geography load`")
    run("load")
    assert lines(settings) == ["ok       geography: 218 authorities, 46 police forces"]


def test_doctor_names_the_gaps_of_every_home(run: Run, settings: Settings) -> None:
    """Warnings while somebody can be reached; a failure where a child lives and nobody can."""
    run("load")

    async def furnish(store: Store) -> None:
        known = {one.name: one for one in await store.directory.authorities()}
        home = await store.directory.create_home(Home(code="H1", name="Elms", authority_id=known["Leeds"].id))
        lead = (HeldRole(Role.SHIFT_LEAD, home_id=home.id),)
        desk = (HeldRole(Role.POLICE, authority_id=known["West Yorkshire Police"].id),)
        for name, roles, number in (("Lead", lead, "101"), ("Desk", desk, "102")):
            answered = NOW if name == "Lead" else None
            contact = PersonContact(Channel.SMS, f"+447700900{number}", verified_at=answered)
            await store.directory.create_person(Person(name, roles, (contact,)))

    async def silence(store: Store) -> None:
        policy = built_in()["arrival-high"]
        version = await store.policies.save_draft(policy, "", "somebody")
        await store.policies.publish(policy.id, version, "another", alone_allowed=False)
        (home,) = await store.directory.homes()
        await store.placements.reserve("Heron-42", home.id, home.authority_id, policy.id, NOW, "r1", {})
        for person in await store.directory.people():
            await store.directory.put_person(Person(person.name, person.roles, (), person.id))

    in_store(settings, furnish)
    _, *found = lines(settings)
    assert "warning  home H1: Nobody who can be reached is host authority (Leeds): that rung moves on at once" in found
    never = "warning  home H1: Never verified: how the police is reached (West Yorkshire Police). Try it before"
    assert any(line.startswith(never) for line in found)
    assert not any("shift lead" in line for line in found)
    in_store(settings, silence)
    _, finding = asyncio.run(check_directory(settings))
    assert finding.level is Level.FAILED
    assert "nobody at all can be reached" in finding.detail


def test_doctor_says_if_the_directory_can_not_be_read(settings: Settings) -> None:
    """The tables are of an earlier version, or the keys are another installation's."""
    in_store(settings, lambda store: store.directory.create_authority(Authority("A", "local_authority")))
    (authority,) = in_store(settings, lambda store: store.directory.authorities())
    in_store(settings, lambda store: store.directory.create_home(Home("H1", "Elms", authority.id)))
    other = settings.model_copy(update={"encryption_keys": KeyRing.generate().to_setting()})
    (line,) = lines(other)
    assert line.startswith("FAILED   directory: can't be read")
