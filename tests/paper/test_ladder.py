"""The paper ladder says who to ring, in what order, with which number, and nothing that must not be on paper."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from domain.names import Anchor, Channel, Phase, Risk, Role
from domain.snapshot import Snapshot
from paper.files import file_name, write_papers
from paper.ladder import Reach, paper_of
from paper.letters import dialled
from store.directory import Authority, HeldRole, Person, PersonContact
from store.errors import NotFound, StoreUnavailable
from store.homes import Home
from store.repositories import Store
from tests.paper.conftest import NIGHT, Read, pages_of
from web import demo


async def test_the_steps_stand_in_order_with_minutes_people_and_numbers(store: Store, home: Home, read: Read) -> None:
    """A carer can work down the page."""
    pages = read(await paper_of(store, home, NIGHT))
    first = next(page for page in pages if "Ladder 2: A check is missed" in page)
    order = ["+5 min", "Sam Reed", "07700 900101", "+10 min", "Kim Doyle", "07700 900102", "+15 min", "Priya Nair"]
    order += ["+20 min", "Lena Fox", "07700 900111", "+30 min", "RING THE POLICE: 999 if in danger, else 101"]
    places = [first.index(words) for words in order]
    assert places == sorted(places)
    assert "Otter-7 (placed by Port Alder City Council)" in first
    gone = next(page for page in pages if "Ladder 2: The child is not here" in page)
    assert gone.index("RING THE POLICE") < gone.index("Lena Fox") < gone.index("Priya Nair")


async def test_the_first_page_says_what_to_do_and_whom_to_ring_at_once(store: Store, home: Home, read: Read) -> None:
    """Police, helpline, managers and duty desks, without turning a page."""
    first = read(await paper_of(store, home, NIGHT))[0]
    for words in (
        "999 in danger, else 101",
        "Fernshire Police",
        "116 000",
        "See every child with your own eyes, now.",
        "Emergency duty team, Port Alder City Council: Port Alder Night Desk 07700 900112",
        "Host authority, Fernshire County Council: Fernshire Duty Desk 07700 900121",
        "Tell nobody who rings that a child lives here",
        "Demonstration: the arrival ladder in minutes: Heron-42",
    ):
        assert words in first


async def test_every_page_is_marked_counted_and_dated(store: Store, home: Home, read: Read) -> None:
    """A loose page can be told from an old one, and belongs somewhere."""
    pages = read(await paper_of(store, home, NIGHT))
    for number, page in enumerate(pages, start=1):
        assert page.count("OFFICIAL-SENSITIVE") == 2
        assert f"Page {number} of {len(pages)}" in page
        assert "Printed Mon 1 Jun 2026, 03:30. Valid until Tue 2 Jun 2026, 15:30" in page


async def test_there_is_room_to_write_and_no_child_is_named(store: Store, home: Home, read: Read) -> None:
    """Times, the reference, who answered; aliases only, and not the home's name."""
    whole = " ".join(read(await paper_of(store, home, NIGHT)))
    for words in ("Reference ____", "Taken by (name, number) ____", "Rung at ___ : ___ Answered by:", "Checks by hand"):
        assert words in whole
    for secret in ("Amara", "2011", "Rowan House"):
        assert secret not in whole


async def test_a_number_or_a_person_that_is_missing_is_a_gap_in_words(store: Store, home: Home, read: Read) -> None:
    """A blank would be overlooked; the e-mail address is better than nothing."""
    people = {person.name: person for person in await store.directory.people()}
    mail_only = (PersonContact(Channel.EMAIL, "lena.fox@example.org"),)
    await store.directory.put_person(replace(people["Lena Fox"], contacts=mail_only))
    await store.directory.put_person(replace(people["Saltby Duty Desk"], roles=()))
    paper = await paper_of(store, home, NIGHT)
    whole = " ".join(read(paper))
    assert "Lena Fox NO NUMBER IS KNOWN. Find it, and write it here:" in whole
    assert "E-mail: lena.fox@example.org" in whole
    assert "Neighbouring authority, Saltby District Council NOBODY IS IN THE DIRECTORY FOR THIS" in whole


async def test_a_disabled_number_is_not_printed(store: Store, home: Home, read: Read) -> None:
    """As an alert would not use it."""
    people = {person.name: person for person in await store.directory.people()}
    off = tuple(replace(contact, disabled_at=NIGHT) for contact in people["Alex Obi"].contacts[:1])
    await store.directory.put_person(replace(people["Alex Obi"], contacts=off))
    whole = " ".join(read(await paper_of(store, home, NIGHT)))
    assert "07700 900103" not in whole
    assert "On-call manager: Alex Obi NO NUMBER IS KNOWN" in whole


async def test_the_ladders_are_those_of_the_children_now_and_the_quickest_is_always_there(
    store: Store, home: Home
) -> None:
    """A child whose plan has changed is on the new ladder; one who has left is on none."""

    async def becomes(alias: str, **now: object) -> None:
        state = {"alias": alias, "as_of_fact": 9, "as_of": NIGHT, "phase": Phase.ARRIVAL, "risk": Risk.HIGH} | now
        await store.facts.insert(alias, [], Snapshot.model_validate(state))

    await becomes("Heron-42", policy_id="arrival-high")
    await becomes("Otter-7", ended=True)
    paper = await paper_of(store, home, NIGHT)
    assert [ladder.children for ladder in paper.ladders] == [("Heron-42 (placed by Port Alder City Council)",)]
    await becomes("Heron-42", ended=True, as_of_fact=10)
    paper = await paper_of(store, home, NIGHT)
    assert [(ladder.name, ladder.children) for ladder in paper.ladders] == [("arrival-high, version 1", ())]
    assert paper.ladders[0].police_after == timedelta(minutes=30)


async def test_children_of_two_authorities_have_each_their_own_social_worker(
    store: Store, home: Home, read: Read
) -> None:
    """Whom to ring is said with whose children they answer for."""
    other = Authority("Éire Borough Council", "local_authority")
    await store.directory.create_authority(other)
    held = (HeldRole(Role.SOCIAL_WORKER, authority_id=other.id),)
    await store.directory.create_person(
        Person(
            "Ada Quinn",
            held,
            (PersonContact(Channel.SMS, "+442079460018"), PersonContact(Channel.VOICE, "+442079460018")),
        )
    )
    await store.placements.reserve("Wren-5", home.id, other.id, "arrival-high", NIGHT, "Wren-5", {})
    paper = await paper_of(store, home, NIGHT)
    step = next(step for step in paper.ladders[-1].steps[Anchor.DUE] if step.after == timedelta(minutes=20))
    workers = {call.place: call.people for call in step.calls if call.role is Role.SOCIAL_WORKER}
    assert workers["Éire Borough Council"] == (Reach("Ada Quinn", ("+442079460018",)),)
    assert [reach.name for reach in workers["Port Alder City Council"]] == ["Lena Fox"]
    assert "Social worker, Éire Borough Council Ada Quinn 020 7946 0018" in " ".join(read(paper))


NAMES = {
    "Zażółć Gęślą": "Zażółć Gęślą",
    "Ștefan Țurcanu": "Ștefan Țurcanu",
    "Őzge Çelik-Şahin": "Őzge Çelik-Şahin",
    "Þóra Guðmundsdóttir": "Þóra Guðmundsdóttir",
    "Олександр Їжакевич": "Олександр Їжакевич",
    "Ελένη Ξανθή": "Ελένη Ξανθή",
    "Nguyễn Thị Hằng": "Nguyễn Thị Hằng",
    "Zoe\u0308 \u200bKrüger\n**bold** __x__": "Zoë Krüger **bold** __x__",
    "Ḃláthnaid": "Bláthnaid",
    "李 Ann": "? Ann",
    "نور 🎈": "??? ?",
}


async def test_a_name_is_printed_in_its_own_letters_or_with_a_mark_never_not_at_all(
    store: Store, home: Home, read: Read
) -> None:
    """No letter that somebody's name has may stop the paper of a whole home."""
    held = (HeldRole(Role.ON_CALL_MANAGER, home_id=home.id),)
    for name in NAMES:
        await store.directory.create_person(Person(name, held))
    pages = read(await paper_of(store, home, NIGHT))
    whole = " ".join(pages)
    for printed in NAMES.values():
        assert f"On-call manager: {printed} NO NUMBER" in whole
    assert "A ? in a name stands for a letter that could not be printed" in pages[-1]


async def test_twenty_neighbours_and_endless_names_fit(store: Store, home: Home, read: Read) -> None:
    """Rows go over to the next page, and none is lost."""
    ids = []
    for number in range(20):
        neighbour = Authority(f"{'Very Long ' * 12}Neighbour {number:02} Council", "local_authority")
        await store.directory.create_authority(neighbour)
        ids.append(neighbour.id)
    host = await store.directory.authority(demo.HOST)
    await store.directory.put_authority(replace(host, neighbours=(*host.neighbours, *ids)))
    whole = " ".join(read(await paper_of(store, home, NIGHT)))
    for number in range(20):
        assert f"Neighbour {number:02}" in whole


@pytest.mark.parametrize(
    ("number", "printed"),
    [
        ("+447700900101", "07700 900101"),
        ("+442079460018", "020 7946 0018"),
        ("+441214960018", "0121 496 0018"),
        ("+441632960018", "01632 960018"),
        ("+443001231231", "0300 123 1231"),
        ("+353201234567", "+35 320 123 456 7"),
    ],
)
def test_a_number_is_printed_as_it_is_dialled(number: str, printed: str) -> None:
    """Groups are easier to dial than eleven digits."""
    assert dialled(number) == printed


async def test_files_are_replaced_whole_and_a_home_that_is_gone_has_none(store: Store, tmp_path: Path) -> None:
    """Readable by their owner only; nothing half-written is left."""
    out = tmp_path / "paper"
    for code in ("H 2", "H_2"):
        await store.directory.create_home(Home(code, "The Elms", demo.HOST))
    written = await write_papers(store, out, NIGHT)
    names = ["ladder-DEMO.pdf", "ladder-H+2.pdf", "ladder-H_2.pdf"]
    assert [file.name for file in written] == names == [*map(file_name, ("DEMO", "H 2", "H_2"))]
    assert "home H 2" in pages_of(written[1].read_bytes())[0]
    assert {file.stat().st_mode & 0o777 for file in out.iterdir()} == {0o600}
    (out / "ladder-gone.pdf").write_bytes(b"old")
    only = await write_papers(store, out, NIGHT + timedelta(days=1), code="DEMO")
    assert [file.name for file in only] == ["ladder-DEMO.pdf"]
    assert "Printed Tue 2 Jun 2026" in pages_of(only[0].read_bytes())[0]
    assert (out / "ladder-gone.pdf").exists()
    await write_papers(store, out, NIGHT)
    assert sorted(file.name for file in out.iterdir()) == names
    with pytest.raises(NotFound):
        await write_papers(store, out, NIGHT, code="nowhere")


async def test_while_the_store_is_away_yesterdays_paper_stays(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An old number is better than none."""
    written = await write_papers(store, tmp_path / "paper", NIGHT)
    before = written[0].read_bytes()

    async def away(*_: object) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(store.placements, "list", away)
    with pytest.raises(StoreUnavailable):
        await write_papers(store, tmp_path / "paper", NIGHT + timedelta(days=1))
    assert written[0].read_bytes() == before


async def test_a_name_with_an_apostrophe_or_a_bracket_stands_as_it_is_written(
    store: Store, home: Home, read: Read
) -> None:
    """Siobhán O'Neill is rung by her own name, and a name is never markup."""
    contacts = (PersonContact(Channel.SMS, "+447700900155"),)
    for name in ("Siobhán O'Neill", "<b>Lee & Son"):
        await store.directory.create_person(
            Person(name=name, roles=(HeldRole(Role.SHIFT_LEAD, home_id=home.id),), contacts=contacts)
        )
    text = "\n".join(read(await paper_of(store, home, NIGHT)))
    assert "Siobhán O'Neill" in text
    assert "<b>Lee & Son" in text
