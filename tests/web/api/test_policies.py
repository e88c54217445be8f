"""Policies by the API: drafted, judged, read as data and as a picture, published by a second person."""

import pytest

from config.policy import DIRECTORY
from domain.names import Role
from store.directory import HeldRole, Person
from tests.web.api.installation import Installation


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
    await somebody_for_every_role(here)
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


async def somebody_for_every_role(here: Installation) -> None:
    """A policy is published where each of its roles is held."""
    roles = tuple(HeldRole(role, authority_id=here.directory.host) for role in Role)
    await here.store.directory.create_person(Person("Every Desk", roles))


async def test_a_policy_with_a_role_that_nobody_holds_is_not_published(here: Installation) -> None:
    """Each such rung is named with its line; the draft stays, and is published once somebody holds the role."""
    toml = (DIRECTORY / "settled-medium.toml").read_text().replace('"settled-medium"', '"settled-north"')
    headers = {"Content-Type": "application/toml"}
    manager = here.directory.manager
    await here.send("POST", "/api/v1/policies", by=manager, content=toml.encode(), headers=headers)
    second = await here.store.directory.create_person(await another_manager(here))
    path = "/api/v1/policies/settled-north"

    refused = await here.send("POST", f"{path}/publish", {"on_behalf_of": second.id})
    errors = refused.json()["errors"]
    assert refused.status_code == 422
    assert "nobody holds the role responsible_individual: it can reach no one" in [error["detail"] for error in errors]
    assert all(toml.split("\n")[error["line"] - 1].startswith("roles = ") for error in errors)
    assert (await here.send("GET", path, by=manager)).json()["published"] is False

    await somebody_for_every_role(here)
    published = await here.send("POST", f"{path}/publish", {"on_behalf_of": second.id})
    assert published.json()["published"] is True


async def test_the_ladder_of_a_policy_is_a_picture_too(unmoved: Installation) -> None:
    """An SVG that may do nothing when it is opened by itself; of no policy there is none."""
    shown = (await unmoved.send("GET", "/api/v1/policies/arrival-high", by=unmoved.directory.shift_lead)).json()
    picture = await unmoved.send("GET", shown["picture"], by=unmoved.directory.shift_lead)

    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/svg+xml")
    assert "script" not in picture.headers["content-security-policy"]
    assert "sandbox" in picture.headers["content-security-policy"]
    assert '<title id="title">Arrival, high risk: who hears what, when</title>' in picture.text
    nothing = await unmoved.send("GET", "/api/v1/policies/no-such/picture", by=unmoved.directory.shift_lead)
    assert nothing.status_code == 404


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("waking_from = 07:00:00", "waking_from = 01:30:00", "day.waking_from"),
        ('after = "PT10M"', 'after = "PT4M"', "rung[1].after"),
        ('roles = ["shift_lead"]', 'roles = ["night_lead"]', "rung[0].roles[0]"),
        ('template = "check_not_recorded"', 'template = "check_missed"', "rung[0].template"),
        ('channels = ["sms"]', 'channels = ["fax"]', "rung[0].channels[0]"),
        ('anchor = "due"', 'anchor = "overdue"', "rung[0].anchor"),
        ('after = "PT5M"', 'after = "P5M"', "rung[0].after"),
        ("[lease]", "[lease", "body"),
    ],
)
async def test_a_bad_policy_leaves_no_draft(unmoved: Installation, old: str, new: str, field: str) -> None:
    """One line names the field; nothing is kept."""
    toml = (DIRECTORY / "arrival-high.toml").read_text().replace('"arrival-high"', '"arrival-bad"')
    assert old in toml
    headers = {"Content-Type": "application/toml"}
    broken = toml.replace(old, new, 1).encode()
    answer = await unmoved.send(
        "POST", "/api/v1/policies", by=unmoved.directory.manager, content=broken, headers=headers
    )

    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert (await unmoved.send("GET", "/api/v1/policies/arrival-bad")).status_code == 404


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"x = 1\n" * 3000, b"", b'{"id": "x"}'])
async def test_what_is_no_policy_leaves_no_draft(unmoved: Installation, content: bytes) -> None:
    """Binary, too long, empty, JSON under another name."""
    headers = {"Content-Type": "application/toml"}
    answer = await unmoved.send(
        "POST", "/api/v1/policies", by=unmoved.directory.manager, content=content, headers=headers
    )

    assert answer.status_code == 422
    assert answer.json()["errors"]


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
