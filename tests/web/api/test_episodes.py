"""The work in hand: what people answer, find out and do about an episode."""

from datetime import timedelta

import pytest

from domain.facts import Actor
from domain.names import Role
from domain.requests import Closing, Found, Reply
from tests.web.api.installation import NOW, Installation

ACTS = [
    ("responses", {"kind": "take"}, "answer"),
    ("responses", {"kind": "extend", "reason": "On the way"}, "answer"),
    ("police-reports", {"reference": "NC-1", "force": "F", "reported_at": "2026-11-22T21:29:00Z"}, "police_reported"),
    ("circulation", {"description": "Grey jacket", "age_band": "16_to_17"}, "circulate"),
    ("circulation/acknowledgements", {"desk": "an-authority"}, "desk_acknowledged"),
    ("sightings", {"text": "At the station", "obtained_at": "2026-11-22T21:29:00Z"}, "sighting"),
    ("located", {"expected_back_by": "2026-11-22T23:00:00Z", "how_known": "Rang"}, "found"),
    ("returned", {}, "found"),
    ("close", {"ending": "closed_after_return", "reason": "Back"}, "close"),
    ("cancel", {"reason": "Wrong child"}, "close"),
    ("reopen", {"reason": "Gone again"}, "reopen"),
    ("return-interview", {"state": "offered"}, "return_interview"),
]


@pytest.mark.parametrize(("path", "body", "update"), ACTS)
async def test_every_act_reaches_the_engine(here: Installation, path: str, body: object, update: str) -> None:
    """With the episode's number and the person's role, and a sentence comes back."""
    heron = await here.admit()
    episode = await here.open_episode(heron, 3)
    here.engine.reply = Reply(outcome="noted", episode=3)
    answer = await here.send("POST", f"/api/v1/episodes/{episode}/{path}", body, by=here.directory.key_worker)
    assert answer.status_code == 200, answer.text
    assert answer.json()["episode_id"] == episode
    assert answer.json()["message"].endswith(".")
    alias, asked, request = here.engine.asked[-1]
    assert (alias, asked, request.model_dump()["episode"]) == (heron, update, 3)
    assert request.actor.role is Role.KEY_WORKER


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("responses", {"kind": "shrug"}, "kind"),
        ("responses", {"kind": "hand_over", "to_person": "Kit"}, "to_person"),
        ("police-reports", {"force": "F", "reported_at": "2026-11-22T21:29:00Z"}, "reference"),
        ("police-reports", {"reference": " ", "force": "F", "reported_at": "2026-11-22T21:29:00Z"}, "reference"),
        ("police-reports", {"reference": "1", "reported_at": "2026-11-22T21:29:00Z"}, "force"),
        ("police-reports", {"reference": "1", "force": "F"}, "reported_at"),
        ("sightings", {"text": "", "obtained_at": "2026-11-22T21:29:00Z"}, "text"),
        ("circulation", {"description": "x" * 501}, "description"),
        ("circulation", {"age_band": "old"}, "age_band"),
        ("circulation/acknowledgements", {}, "desk"),
        ("located", {"seen_at": "2026-11-22T21:29:00Z"}, "expected_back_by"),
        ("close", {"ending": "given_up", "reason": "r"}, "ending"),
        ("close", {"ending": "closed_after_return"}, "reason"),
        ("cancel", {}, "reason"),
        ("reopen", {"reason": "  "}, "reason"),
        ("return-interview", {"state": "perhaps"}, "state"),
    ],
)
async def test_bad_input_names_its_field(unmoved: Installation, path: str, body: object, field: str) -> None:
    """The police count as told only with all three."""
    episode = f"{unmoved.engine.asked[0][0]}-1"
    answer = await unmoved.send("POST", f"/api/v1/episodes/{episode}/{path}", body, by=unmoved.directory.key_worker)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert len(unmoved.engine.asked) == 1


async def test_cancel_and_located_say_what_they_mean(here: Installation) -> None:
    """Their own addresses fill in what the engine's one update wants."""
    heron = await here.admit()
    episode = await here.open_episode(heron)
    path, by = f"/api/v1/episodes/{episode}", here.directory.shift_lead
    await here.send("POST", f"{path}/cancel", {"reason": "Wrong child"}, by=by)
    closing = here.engine.asked[-1][2]
    assert isinstance(closing, Closing)
    assert closing.ending == "declared_in_error"
    await here.send("POST", f"{path}/returned", {"how_known": "Opened the door"}, by=by)
    found = here.engine.asked[-1][2]
    assert isinstance(found, Found)
    assert (found.located, found.seen_at) == (False, NOW)


async def test_an_answer_says_who_has_it_and_until_when(here: Installation) -> None:
    """In local time, by role, never by name."""
    heron = await here.admit()
    episode = await here.open_episode(heron)
    owner = Actor(person_id=here.directory.shift_lead, role=Role.SHIFT_LEAD)
    here.engine.reply = Reply(outcome="taken_by_other", episode=1, held_by=owner, until=NOW + timedelta(minutes=15))
    answer = await here.send(
        "POST", f"/api/v1/episodes/{episode}/responses", {"kind": "take"}, by=here.directory.key_worker
    )
    told = answer.json()
    assert told["held_by_role"] == "shift_lead"
    assert told["held_until"] == "2026-11-22T21:45:00Z"
    assert told["message"] == "It is already taken by shift lead until 21:45."


async def test_open_episodes_are_listed_with_their_age(here: Installation) -> None:
    """Only those that are open; `state` takes no other word."""
    heron = await here.admit()
    assert (await here.send("GET", "/api/v1/episodes?state=open")).json()["episodes"] == []
    episode = await here.open_episode(heron)
    listed = (await here.send("GET", "/api/v1/episodes?state=open", by=here.directory.key_worker)).json()
    assert [one["episode_id"] for one in listed["episodes"]] == [episode]
    assert listed["as_of"] == "2026-11-22T21:30:00Z"
    assert (await here.send("GET", f"/api/v1/episodes/{episode}")).json() == listed["episodes"][0]
    assert (await here.send("GET", "/api/v1/episodes?state=all")).status_code == 422
    assert (await here.send("GET", f"/api/v1/episodes/{heron}-2")).status_code == 404


async def test_a_timeline_tells_the_story_in_sentences(here: Installation) -> None:
    """For those with a role in the child's care."""
    heron = await here.admit()
    episode = await here.open_episode(heron)
    answer = await here.send("GET", f"/api/v1/episodes/{episode}/timeline", by=here.directory.key_worker)
    facts = answer.json()["facts"]
    assert [fact["kind"] for fact in facts] == ["episode_opened"]
    assert facts[0]["id"] == f"{heron}#2"
    assert facts[0]["sentence"]
    assert (await here.send("GET", f"/api/v1/episodes/{heron}-9/timeline")).status_code == 404


async def test_the_words_for_the_police_are_for_those_who_look_after_the_child(here: Installation) -> None:
    """A person rings: the force of the home's area, what to say, what to ask for. Outsiders don't read it."""
    episode = await here.open_episode(await here.admit())
    path = f"/api/v1/episodes/{episode}/police-call"
    call = (await here.send("GET", path, by=here.directory.shift_lead)).json()
    assert call["force"] == "Northshire Police"
    assert call["say"][0].endswith(f"{episode[:-2].upper()}.")
    assert "reference" in call["ask"][0]
    assert (await here.send("GET", path, by=here.directory.neighbour)).status_code == 403
    assert (await here.send("GET", path, by=here.directory.stranger)).status_code == 403
    other = path.replace("-1/police-call", "-7/police-call")
    assert (await here.send("GET", other, by=here.directory.shift_lead)).status_code == 404


async def test_a_sighting_says_from_whom_and_how_they_are_reached(here: Installation) -> None:
    """What, the source and its contact, when obtained, when recorded."""
    episode = await here.open_episode(await here.admit())
    body = {
        "text": "At the bus station",
        "source": "A driver",
        "source_contact": "the depot's desk",
        "obtained_at": NOW.isoformat(),
    }
    await here.send("POST", f"/api/v1/episodes/{episode}/sightings", body, by=here.directory.shift_lead)
    asked = here.engine.asked[-1][2].model_dump()
    assert {name: asked[name] for name in ("text", "source", "source_contact")} == {
        name: body[name] for name in ("text", "source", "source_contact")
    }
