"""The directory, policies and tokens: set up once, by those who may."""

from typing import Any

import pytest

from config.geography import read
from domain.names import Channel, Role
from tests.web.api.installation import DUTY_PHONE, NOW, PHONE, Installation

NOBODY = "01931e4a-7c1b-7a52-9d3e-5f6a7b8c9dff"


async def test_an_installation_is_set_up_with_the_bootstrap_token_alone(here: Installation) -> None:
    """Force, authority, home, person, token: and that person can act."""
    force = await here.send("POST", "/api/v1/authorities", {"name": "Force", "kind": "police_force"})
    area = {"name": "Area", "kind": "local_authority", "police_id": force.json()["id"]}
    authority = await here.send("POST", "/api/v1/authorities", area)
    home = {"code": "N1", "name": "New", "authority_id": authority.json()["id"], "demonstration": True}
    made = await here.send("POST", "/api/v1/homes", home)
    assert made.status_code == 201
    home_id = made.json()["id"]
    body = {
        "name": "Ada Stone",
        "roles": [{"role": "shift_lead", "home_id": home_id}],
        "contacts": [{"channel": "sms", "address": "+447700900150"}],
    }
    person = await here.send("POST", "/api/v1/people", body)
    token = await here.send("POST", "/api/v1/tokens", {"person_id": person.json()["id"], "label": "tablet"})
    admission = here.admission(home_id=home_id, placing_authority_id=authority.json()["id"])
    answer = await here.send("POST", "/api/v1/placements", admission, by=token.json()["token"])
    assert answer.status_code == 201, answer.text


async def test_the_same_entry_twice_is_one(here: Installation) -> None:
    """With the same key and body; another body is a mistake."""
    body = {"name": "Westmarch", "kind": "local_authority"}
    first = await here.send("POST", "/api/v1/authorities", body, key="authority-1")
    again = await here.send("POST", "/api/v1/authorities", body, key="authority-1")
    other = await here.send("POST", "/api/v1/authorities", body | {"name": "Eastmarch"}, key="authority-1")
    assert first.json() == again.json()
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    names = [one["name"] for one in (await here.send("GET", "/api/v1/authorities")).json()]
    assert names.count("Westmarch") == 1


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("homes", {"code": "H9", "name": "Elms", "authority_id": NOBODY}, "authority_id"),
        ("homes", {"code": "", "name": "Elms", "authority_id": NOBODY}, "code"),
        ("homes", {"code": "H9", "name": "Elms", "authority_id": NOBODY, "timezone": "Mars/Base"}, "timezone"),
        ("authorities", {"name": "A", "kind": "parish"}, "kind"),
        ("authorities", {"name": "A", "kind": "local_authority", "neighbours": [NOBODY]}, "neighbours"),
        ("authorities", {"name": "A", "kind": "local_authority", "police_id": NOBODY}, "police_id"),
        ("people", {"name": "A", "contacts": [{"channel": "sms", "address": "07700 900123"}]}, "contacts[0].address"),
        ("people", {"name": "A", "contacts": [{"channel": "voice", "address": "+44"}]}, "contacts[0].address"),
        ("people", {"name": "A", "contacts": [{"channel": "email", "address": "nobody"}]}, "contacts[0].address"),
        ("people", {"name": "A", "contacts": [{"channel": "fax", "address": "+44"}]}, "contacts[0].channel"),
        ("people", {"name": "A", "roles": [{"role": "shift_lead"}]}, "roles[0]"),
        ("people", {"name": "A", "roles": [{"role": "everyone_alerted", "home_id": NOBODY}]}, "roles[0]"),
        ("people", {"name": "A", "roles": [{"role": "chef", "home_id": NOBODY}]}, "roles[0].role"),
        ("people", {"name": "A", "roles": [{"role": "shift_lead", "home_id": NOBODY}]}, "roles.home_id"),
        ("people", {"name": ""}, "name"),
        ("tokens", {"person_id": NOBODY}, "person_id"),
    ],
)
async def test_a_mistake_names_its_field(unmoved: Installation, path: str, body: dict[str, Any], field: str) -> None:
    """And nothing is entered."""
    answer = await unmoved.send("POST", f"/api/v1/{path}", body)
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert "07700" not in answer.text


async def test_entries_are_read_and_replaced(here: Installation) -> None:
    """PUT replaces what is there, and makes nothing."""
    path = f"/api/v1/homes/{here.directory.home}"
    body = (await here.send("GET", path)).json()
    home_id = body.pop("id")
    answer = await here.send("PUT", path, body | {"code": "D2"})
    assert answer.json() == body | {"code": "D2", "id": home_id}
    assert (await here.send("PUT", f"/api/v1/homes/{NOBODY}", body)).status_code == 404
    person = f"/api/v1/people/{here.directory.key_worker}"
    entry = (await here.send("GET", person)).json()
    assert (await here.send("PUT", person, {"name": "Kit Vale"})).json()["contacts"] == []
    entry.pop("id")
    assert (await here.send("PUT", person, entry)).status_code == 200


async def test_neighbours_by_hand_come_on_top_of_the_geography(here: Installation) -> None:
    """PUT replaces those by hand that it names and leaves the geography's alone; water alone is no neighbour."""
    await here.store.directory.load_geography(read())
    known = {one["ons_code"]: one for one in (await here.send("GET", "/api/v1/authorities")).json()}
    island, mainland = known["E06000046"], known["E06000044"]
    assert island["neighbours"] == []
    assert {(one["touching"], one["next_door"]) for one in island["borders"]} == {("water", False)}
    path = f"/api/v1/authorities/{island['id']}"
    body = {name: island[name] for name in ("name", "kind", "ons_code", "police_id")}
    changed = (await here.send("PUT", path, body | {"neighbours": [mainland["id"]]})).json()
    assert changed["neighbours"] == [mainland["id"]]
    beside = {one["authority_id"]: one for one in changed["borders"]}
    assert beside[mainland["id"]] == {
        "authority_id": mainland["id"],
        "touching": "water",
        "by_hand": True,
        "next_door": True,
    }
    assert len(beside) == 2
    assert (await here.send("GET", f"/api/v1/authorities/{mainland['id']}")).json()["neighbours"] == [island["id"]]
    # Who corrects a name and says nothing of neighbours or force takes none away, on neither side.
    named = {"name": mainland["name"], "kind": mainland["kind"]}
    kept = (await here.send("PUT", f"/api/v1/authorities/{mainland['id']}", named)).json()
    assert (kept["neighbours"], kept["police_id"], kept["ons_code"]) == (
        [island["id"]],
        mainland["police_id"],
        mainland["ons_code"],
    )
    back = (await here.send("PUT", path, body | {"neighbours": []})).json()
    assert back == island
    force = {name: known["BTP"][name] for name in ("name", "kind", "ons_code", "police_id")}
    assert (await here.send("PUT", f"/api/v1/authorities/{known['BTP']['id']}", force)).status_code == 200


async def test_what_may_fail_at_a_home_is_read_by_its_manager(here: Installation) -> None:
    """Roles that nobody holds, and desks that were never tried; a carer, or another home's manager, sees nothing."""
    await here.admit()
    path = f"/api/v1/homes/{here.directory.home}/gaps"
    answer = (await here.send("GET", path, by=here.directory.manager)).json()
    assert answer["as_of"] == "2026-11-22T21:30:00Z"
    assert "Nobody who can be reached is social worker: that rung moves on at once." in answer["told"]
    never = [gap for gap in answer["gaps"] if gap["lack"] == "never_verified"]
    assert [(gap["role"], gap["place"], gap["person_ids"]) for gap in never] == [
        ("neighbouring_authority", "Westshire", [here.directory.neighbour])
    ]
    assert (await here.send("GET", path)).json() == answer
    for who in (here.directory.shift_lead, here.directory.stranger):
        assert (await here.send("GET", path, by=who)).status_code == 404
    assert (await here.send("GET", f"/api/v1/homes/{NOBODY}/gaps")).status_code == 404


async def test_a_contact_that_answered_is_recorded_by_those_who_rely_on_it(here: Installation) -> None:
    """The manager of the home next door, or the installation; only if it is still the same number."""
    path = f"/api/v1/people/{here.directory.neighbour}/verifications"
    body = {"channel": "sms", "address": DUTY_PHONE}
    for by, change, status in (
        (here.directory.shift_lead, {}, 403),
        (here.directory.stranger, {}, 403),
        (here.directory.manager, {"address": PHONE}, 422),
        (here.directory.manager, {"channel": "fax"}, 422),
        (here.directory.manager, {}, 201),
        (None, {"channel": "email", "address": "ola@example.org"}, 201),
    ):
        answer = await here.send("POST", path, body | change, by=by)
        assert answer.status_code == status, answer.text
        assert PHONE not in answer.text
    assert answer.json()["verified_at"] == "2026-11-22T21:30:00Z"
    contacts = (await here.store.directory.person(here.directory.neighbour)).contacts
    assert {contact.verified_at for contact in contacts} == {NOW}
    missing = await here.send("POST", f"/api/v1/people/{NOBODY}/verifications", body)
    assert missing.status_code == 404


async def test_a_contact_that_stays_as_it_was_stays_verified(here: Installation) -> None:
    """A system that sends the same people every night must not undo what managers have tried; a new number is new."""
    path = f"/api/v1/people/{here.directory.neighbour}"
    entry = {"name": "Ola Berg", "contacts": [{"channel": "sms", "address": DUTY_PHONE}]}
    await here.send("POST", f"{path}/verifications", {"channel": "sms", "address": DUTY_PHONE})
    for contact, verified in (
        ({}, "2026-11-22T21:30:00Z"),
        ({"disabled_at": "2026-11-22T21:31:00Z"}, "2026-11-22T21:30:00Z"),
        ({"address": PHONE}, None),
        ({}, None),
        ({"verified_at": "2026-11-20T09:00:00Z"}, "2026-11-20T09:00:00Z"),
        ({"verified_at": None}, None),
    ):
        sent = entry | {"contacts": [{"channel": "sms", "address": DUTY_PHONE} | contact]}
        answer = (await here.send("PUT", path, sent)).json()
        assert answer["contacts"][0]["verified_at"] == verified, contact


COUNTRIES = (
    *("+12025550123", "+447700900123", "+4915112345678", "+8613812345678"),
    *("+91 98765 43210", "+85291234567", "+50251234567"),
)
NONSENSE = (
    *("", "07700900123", "447700900123", "+44", "+4477009001234567", "+0447700900123", "++447700900123"),
    *("+44 7700 9O0 123", "+44(0)7700900123", "a@b", "+44770090012x", "+٤٤٧٧٠٠٩٠٠١٢٣", "+4477\u202e00900123", "☎"),
)


@pytest.mark.parametrize("channel", ["sms", "voice"])
async def test_numbers_of_all_countries_are_taken_and_nonsense_is_not(here: Installation, channel: str) -> None:
    """C73: E.164, from one digit of country to three; what is refused is refused by its field, and not repeated."""
    good = [{"channel": channel, "address": number.replace(" ", "")} for number in COUNTRIES]
    made = await here.send("POST", "/api/v1/people", {"name": "A", "contacts": good})
    assert made.status_code == 201, made.text
    assert [one["address"] for one in made.json()["contacts"]] == [one["address"] for one in good]
    bad = [{"channel": channel, "address": number} for number in NONSENSE]
    refused = await here.send("POST", "/api/v1/people", {"name": "A", "contacts": [good[0], *bad]})
    assert refused.status_code == 422
    errors = refused.json()["errors"]
    assert [error["field"] for error in errors] == [f"contacts[{place}].address" for place in range(1, len(bad) + 1)]
    assert {error["detail"] for error in errors} == {"expected a number in E.164, such as +447700900123"}


async def test_whoever_enters_a_contact_answers_for_it_unless_they_say_that_nobody_has_tried_it(
    here: Installation,
) -> None:
    """Relied upon when it is entered without a word; with null it is not, and a rung does not rest on it alone."""
    roles = [{"role": "shift_lead", "home_id": here.directory.home}]
    entered = {"channel": "sms", "address": "+447700900161"}
    doubted = {"channel": "sms", "address": "+447700900162", "verified_at": None}
    ids = {}
    for name, contact in (("entered", entered), ("doubted", doubted)):
        answer = await here.send("POST", "/api/v1/people", {"name": name, "roles": roles, "contacts": [contact]})
        ids[answer.json()["id"]] = name
        assert answer.json()["contacts"][0]["verified_at"] is None, "shown as what it is"
    found = await here.store.directory.resolve(here.directory.home, here.directory.placing, [Role.SHIFT_LEAD])
    unverified = {ids[one.person_id]: one.unverified for one in found if one.person_id in ids}
    assert unverified == {"entered": (), "doubted": (Channel.SMS,)}


async def test_nobody_has_answered_in_the_future(here: Installation) -> None:
    """A slip of the year would keep a number from being tried for long."""
    contact = {"channel": "sms", "address": "+447700900150", "verified_at": "2027-11-22T21:00:00Z"}
    answer = await here.send("POST", "/api/v1/people", {"name": "A", "contacts": [contact]})
    assert [error["field"] for error in answer.json()["errors"]] == ["contacts[0].verified_at"]
    earlier = contact | {"verified_at": "2026-11-22T21:00:00Z"}
    made = await here.send("POST", "/api/v1/people", {"name": "A", "contacts": [earlier]})
    assert made.json()["contacts"][0]["verified_at"] == "2026-11-22T21:00:00Z"


async def test_carers_read_and_change_nothing_of_others(here: Installation) -> None:
    """A manager sees and enters the people of their home; a carer sees themselves."""
    carer, manager = here.directory.shift_lead, here.directory.manager
    mine = (await here.send("GET", "/api/v1/people", by=carer)).json()
    assert [one["id"] for one in mine] == [carer]
    theirs = (await here.send("GET", "/api/v1/people", by=manager)).json()
    assert {one["id"] for one in theirs} == {carer, here.directory.key_worker, manager}
    assert (await here.send("GET", f"/api/v1/people/{here.directory.stranger}", by=manager)).status_code == 404
    body = {"name": "New", "roles": [{"role": "key_worker", "home_id": here.directory.home}]}
    assert (await here.send("POST", "/api/v1/people", body, by=carer)).status_code == 403
    assert (await here.send("POST", "/api/v1/people", body, by=manager)).status_code == 201
    away = {"name": "New", "roles": [{"role": "key_worker", "home_id": here.directory.real_home}]}
    assert (await here.send("POST", "/api/v1/people", away, by=manager)).status_code == 403
    homes = (await here.send("GET", "/api/v1/homes", by=carer)).json()
    assert [one["id"] for one in homes] == [here.directory.home]
    assert PHONE not in (await here.send("GET", "/api/v1/homes", by=carer)).text


async def test_who_may_make_tokens(here: Installation) -> None:
    """The bootstrap token for all; a registered manager for their own people; nobody else."""
    manager, carer = here.directory.manager, here.directory.shift_lead
    for person, by, status in (
        (carer, manager, 201),
        (here.directory.stranger, manager, 403),
        (None, manager, 403),
        (carer, carer, 403),
        (None, None, 201),
    ):
        answer = await here.send("POST", "/api/v1/tokens", {"person_id": person, "label": "x"}, by=by)
        assert answer.status_code == status, answer.text
    installation = await here.token(None)
    refused = await here.send("POST", "/api/v1/tokens", {"label": "x"}, by=installation)
    assert refused.status_code == 403


async def test_a_token_is_shown_once(here: Installation) -> None:
    """A request sent again makes no second one, and does not show the first."""
    body = {"person_id": here.directory.shift_lead, "label": "tablet"}
    first = await here.send("POST", "/api/v1/tokens", body, key="token-1")
    again = await here.send("POST", "/api/v1/tokens", body, key="token-1")
    assert first.status_code == 201
    assert again.status_code == 409
    assert first.json()["token"] not in again.text
