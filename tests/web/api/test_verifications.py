"""Contacts are verified by the API: who may, what is sent, and what counts."""

from copy import deepcopy
from datetime import timedelta
from uuid import uuid4

import pytest

from engine.errors import Unreachable
from tests.web.api.installation import NOW, PHONE, Installation


async def contacts(here: Installation, person_id: str, by: str | None = None) -> list[dict[str, object]]:
    """As the API shows them."""
    answer = await here.send("GET", f"/api/v1/people/{person_id}/contacts", by=by)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, object]] = answer.json()["contacts"]
    return found


async def code_of(here: Installation) -> str:
    """What the last text says."""
    outgoing = await here.store.verifications.outgoing(list(here.engine.verifications)[-1], here.engine.now)
    assert outgoing is not None
    return outgoing.code


async def test_a_manager_sends_a_code_and_enters_it(here: Installation) -> None:
    """C72: the person tells them the code on the telephone; until then the contact is shown as unverified."""
    lead, manager = here.directory.shift_lead, here.directory.manager
    await here.store.directory.put_person(await here.store.directory.person(lead))
    (text, mail) = await contacts(here, lead, manager)
    assert (text["verified_at"], text["under_way"], mail["verified_at"]) == (None, None, None)
    path = f"/api/v1/people/{lead}/contacts/{text['id']}"
    sent = await here.send("POST", f"{path}/verification", {}, by=manager)
    assert sent.status_code == 201, sent.text
    assert sent.json() == {
        "contact_id": text["id"],
        "channel": "sms",
        "by": "code",
        "expires_at": "2026-11-22T21:40:00Z",
    }
    assert list(here.engine.verifications.values()) == [timedelta(minutes=10)]
    assert (await contacts(here, lead, manager))[0]["under_way"] == {
        "standing": "waiting",
        "expires_at": "2026-11-22T21:40:00Z",
        "tries_left": 5,
    }
    wrong = await here.send("POST", f"{path}/confirmation", {"code": "no"}, by=manager)
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "code")
    right = await here.send("POST", f"{path}/confirmation", {"code": await code_of(here)}, by=manager)
    assert right.status_code == 201, right.text
    assert (await contacts(here, lead, manager))[0]["verified_at"] == "2026-11-22T21:30:00Z"


async def test_a_link_goes_to_a_mailbox(here: Installation) -> None:
    """For a day; it is opened by whoever reads the mailbox."""
    (_, mail) = await contacts(here, here.directory.shift_lead)
    path = f"/api/v1/people/{here.directory.shift_lead}/contacts/{mail['id']}/verification"
    sent = (await here.send("POST", path, {})).json()
    assert (sent["by"], sent["expires_at"]) == ("link", "2026-11-23T21:30:00Z")


async def test_people_verify_their_own_and_nobody_elses(here: Installation) -> None:
    """A carer may not try a colleague's phone; a stranger learns nothing of it."""
    lead, worker = here.directory.shift_lead, here.directory.key_worker
    (text, _) = await contacts(here, worker, worker)
    path = f"/api/v1/people/{worker}/contacts/{text['id']}/verification"
    assert (await here.send("POST", path, {}, by=worker)).status_code == 201
    for other in (lead, here.directory.stranger):
        assert (await here.send("POST", path, {}, by=other)).status_code == 403
        assert (await here.send("GET", f"/api/v1/people/{worker}/contacts", by=other)).status_code == 403
    (mine, _) = await contacts(here, lead, lead)
    crossed = f"/api/v1/people/{worker}/contacts/{mine['id']}/verification"
    assert (await here.send("POST", crossed, {}, by=worker)).status_code == 404


async def test_with_the_engine_away_the_same_request_sends_it_later_and_once(here: Installation) -> None:
    """The key makes it one verification."""
    (text, _) = await contacts(here, here.directory.shift_lead)
    path = f"/api/v1/people/{here.directory.shift_lead}/contacts/{text['id']}/verification"
    here.engine.fails = Unreachable("away")
    assert (await here.send("POST", path, {}, key="the-same-key")).status_code == 503
    here.engine.fails = None
    for _ in range(2):
        assert (await here.send("POST", path, {}, key="the-same-key")).status_code == 201
    assert len(here.engine.verifications) == 1


async def test_an_entry_can_be_read_and_written_back(here: Installation) -> None:
    """What only the installation knows of a contact is passed over, and stays."""
    await here.store.directory.stop_texts(PHONE, NOW)
    path = f"/api/v1/people/{here.directory.shift_lead}"
    before = (await here.send("GET", path)).json()
    assert before["contacts"][0]["stopped_at"] == "2026-11-22T21:30:00Z"
    again = {name: deepcopy(before[name]) for name in ("name", "roles", "contacts")}
    again["contacts"][0] |= {"stopped_at": None, "id": str(uuid4())}
    assert (await here.send("PUT", path, again)).status_code == 200
    assert (await here.send("GET", path)).json() == before


@pytest.mark.parametrize("token", ["", "x", "01931e4a-7c1b-7a52-9d3e-5f6a7b8c9d01.00", "%00", "ü"])
async def test_a_link_that_is_not_ours_changes_nothing(here: Installation, token: str) -> None:
    """A clear page, and no error."""
    for method in ("GET", "POST"):
        answer = await here.client.request(method, f"/confirm/{token}", headers={"Accept": "text/html"})
        assert answer.status_code in {404, 405, 410}


async def test_a_mail_scanners_look_verifies_nothing_and_a_persons_button_does(here: Installation) -> None:
    """C72: GET and HEAD as often as it likes; the button once, then the link has had its time."""
    (_, mail) = await contacts(here, here.directory.shift_lead)
    await here.send("POST", f"/api/v1/people/{here.directory.shift_lead}/contacts/{mail['id']}/verification", {})
    outgoing = await here.store.verifications.outgoing(list(here.engine.verifications)[-1], NOW)
    assert outgoing is not None
    path = f"/confirm/{outgoing.token}"
    for method in ("GET", "HEAD", "GET"):
        await here.client.request(method, path)
    looked = await here.client.get(path)
    assert (looked.status_code, "Yes, this mailbox reaches me" in looked.text) == (200, True)
    assert outgoing.address not in looked.text
    assert (await contacts(here, here.directory.shift_lead))[1]["verified_at"] is None
    pressed = await here.client.post(path)
    assert (pressed.status_code, "is confirmed" in pressed.text) == (200, True)
    assert (await contacts(here, here.directory.shift_lead))[1]["verified_at"] == "2026-11-22T21:30:00Z"
    for method in ("GET", "POST"):
        over = await here.client.request(method, path)
        assert (over.status_code, "has had its time" in over.text) == (410, True)
