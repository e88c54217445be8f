"""The directory, policies and tokens: set up once, by those who may."""

from typing import Any

import pytest

from config.policy import DIRECTORY
from store.directory import Person
from tests.web.api.installation import PHONE, Installation

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


async def test_a_policy_is_drafted_read_and_published_by_a_second_person(here: Installation) -> None:
    """TOML in, the worst case and the ladder out."""
    toml = (DIRECTORY / "arrival-high.toml").read_text().replace('"arrival-high"', '"arrival-north"')
    headers = {"Content-Type": "application/toml"}
    manager = here.directory.manager
    draft = await here.send("POST", "/api/v1/policies", by=manager, content=toml.encode(), headers=headers)
    assert draft.status_code == 201, draft.text
    assert draft.json()["worst_case"] == "1 h 30 min"
    assert draft.json()["published"] is False
    path = "/api/v1/policies/arrival-north"
    alone = await here.send("POST", f"{path}/publish", {}, by=manager)
    assert alone.json()["errors"][0]["field"] == "published_by"
    machine = await here.send("POST", f"{path}/publish", {})
    assert machine.json()["errors"][0]["field"] == "on_behalf_of"
    second = await here.store.directory.create_person(await another_manager(here))
    published = await here.send("POST", f"{path}/publish", {"on_behalf_of": second.id})
    assert published.json()["published"] is True
    shown = (await here.send("GET", path, by=here.directory.shift_lead)).json()
    assert "call the police" in shown["explained"]
    assert shown["policy"]["rung"][0]["after"] == "PT5M"


async def another_manager(here: Installation) -> Person:
    """Somebody else who may sign."""
    person = await here.store.directory.person(here.directory.manager)
    return Person("Ro Dale", person.roles)


async def test_all_mistakes_of_a_policy_are_named_at_once_with_their_lines(here: Installation) -> None:
    """As TOML; as JSON they have no lines."""
    toml = (DIRECTORY / "arrival-high.toml").read_text()
    broken = toml.replace('waking = "PT30M"', 'waking = "half an hour"', 1).replace('"check_not_recorded"', '"oops"', 1)
    headers = {"Content-Type": "text/plain; charset=utf-8"}
    manager = here.directory.manager
    answer = await here.send("POST", "/api/v1/policies", by=manager, content=broken.encode(), headers=headers)
    errors = answer.json()["errors"]
    assert answer.status_code == 422
    assert len(errors) == 2
    assert all(error["line"] > 1 for error in errors)
    empty = await here.send("POST", "/api/v1/policies", {"id": "x"}, by=manager)
    assert {"title", "check_plan", "rung"} <= {error["field"] for error in empty.json()["errors"]}
    carer = await here.send("POST", "/api/v1/policies", by=here.directory.shift_lead, content=toml, headers=headers)
    assert carer.status_code == 403
