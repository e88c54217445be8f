"""A child enters care, is seen, leaves: what the API takes, refuses and answers."""

import json
from datetime import timedelta
from typing import Any

import pytest

from domain.facts import Actor
from domain.names import Role
from domain.requests import Admission, CheckIn, Reply
from engine.errors import NoSuchPlacement, NotTaken, Unreachable
from tests.web.api.installation import NOW, Installation

SEEN = {"outcome": "seen_well", "method": "seen", "seen_at": "2026-11-22T21:28:00Z"}


async def test_a_child_enters_care_with_all_that_the_first_alert_needs(here: Installation) -> None:
    """The answer names the next check; the engine gets policy, calendar and people, and not the child's name."""
    answer = await here.send(
        "POST",
        "/api/v1/placements",
        here.admission(child={"preferred_name": "Wren Ashdown"}),
        by=here.directory.shift_lead,
    )
    told = answer.json()
    assert answer.status_code == 201
    assert told["next_due_at"] == "2026-11-22T22:00:00Z"
    assert told["message"].endswith("Next check due 22:00.")
    alias, _, admission = here.engine.asked[0]
    assert alias == told["placement_id"]
    assert isinstance(admission, Admission)
    assert admission.actor == Actor(person_id=here.directory.shift_lead, role=Role.SHIFT_LEAD, via="api")
    assert {contact.person_id for contact in admission.contacts} >= {here.directory.shift_lead, here.directory.manager}
    assert "Wren" not in admission.model_dump_json()
    assert (await here.store.placements.child_details(alias)) == {"preferred_name": "Wren Ashdown"}


async def test_roles_that_nobody_holds_are_warned_of(here: Installation) -> None:
    """It is said at admission, not found out at night."""
    answer = await here.send("POST", "/api/v1/placements", here.admission(), by=here.directory.shift_lead)
    assert "Nobody who can be reached is social worker: that rung moves on at once." in answer.json()["warnings"]


async def test_the_same_admission_twice_is_one_child(here: Installation) -> None:
    """The alias comes from the request: a lost answer makes no second placement."""
    first = await here.send("POST", "/api/v1/placements", here.admission(), by=here.directory.shift_lead, key="once")
    again = await here.send("POST", "/api/v1/placements", here.admission(), by=here.directory.shift_lead, key="once")
    assert again.json() == first.json()
    assert again.status_code == 201
    assert len(await here.store.placements.list()) == 1
    assert len(here.engine.asked) == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"home_id": "01931e4a-7c1b-7a52-9d3e-5f6a7b8c9dff"}, "home_id"),
        ({"home_id": "The Elms"}, "home_id"),
        ({"placing_authority_id": "01931e4a-7c1b-7a52-9d3e-5f6a7b8c9dff"}, "placing_authority_id"),
        ({"policy_id": "no-such-policy"}, "policy_id"),
        ({"risk": "low"}, "risk"),
        ({"arrived_at": "2026-11-22T22:00:00Z"}, "arrived_at"),
        ({"arrived_at": "2026-11-22T21:00:00"}, "arrived_at"),
        ({"arrived_at": "0001-01-01T00:00:00+14:00"}, "arrived_at"),
        ({"child": {"photo": "…"}}, "child.photo"),
        ({"surprise": 1}, "surprise"),
    ],
)
async def test_an_impossible_admission_names_its_field(
    unmoved: Installation, change: dict[str, Any], field: str
) -> None:
    """Nothing is half done: no alias is taken, the engine is not asked."""
    answer = await unmoved.send(
        "POST", "/api/v1/placements", unmoved.admission(**change), by=unmoved.directory.shift_lead
    )
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert len(unmoved.engine.asked) == 1
    assert len(await unmoved.store.placements.list()) == 1


async def test_while_simulated_only_a_demonstration_home_admits(here: Installation) -> None:
    """A real child must not be watched by phones that do not ring."""
    body = here.admission(home_id=here.directory.real_home, policy_id="arrival-high")
    answer = await here.send("POST", "/api/v1/placements", body, by=here.directory.stranger)
    assert answer.status_code == 422
    assert "no real phone will ring" in answer.json()["detail"]


@pytest.mark.parametrize("away", [Unreachable("away"), RuntimeError("never connected")])
async def test_with_the_engine_away_an_admission_is_kept_and_said_to_be(here: Installation, away: Exception) -> None:
    """Queued is not done, and the person hears which; also if this process has never reached the engine."""
    here.engine.fails = away
    answer = await here.send("POST", "/api/v1/placements", here.admission(), by=here.directory.shift_lead)
    assert answer.status_code == 202
    assert answer.json()["queued"] is True
    here.engine.fails = None
    await here.app.state.acts.sweep()
    assert [alias for alias, _, _ in here.engine.asked] == [answer.json()["placement_id"]]


async def test_a_check_in_goes_to_the_engine_with_its_author(here: Installation) -> None:
    """And the answer says when the next one is due."""
    heron = await here.admit()
    answer = await here.send("POST", f"/api/v1/placements/{heron}/check-ins", SEEN, by=here.directory.key_worker)
    assert answer.status_code == 200
    assert answer.json()["message"] == "Recorded. Next check due 22:00."
    alias, update, check_in = here.engine.asked[-1]
    assert (alias, update) == (heron, "check_in")
    assert isinstance(check_in, CheckIn)
    assert check_in.actor.role is Role.KEY_WORKER
    assert check_in.received_at == NOW


async def test_a_check_in_without_a_time_is_of_now(here: Installation) -> None:
    """One tap is enough."""
    heron = await here.admit()
    await here.send(
        "POST", f"/api/v1/placements/{heron}/check-ins", {"outcome": "seen_well"}, by=here.directory.shift_lead
    )
    check_in = here.engine.asked[-1][2]
    assert isinstance(check_in, CheckIn)
    assert check_in.seen_at == NOW


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("check-ins", {"outcome": "vanished"}, "outcome"),
        ("check-ins", {"outcome": "seen_well", "seen_at": "yesterday"}, "seen_at"),
        ("check-ins", {"outcome": "seen_well", "seen_at": "9999-12-31T23:59:59-14:00"}, "seen_at"),
        ("check-ins", {"outcome": "seen_well", "method": "guessed"}, "method"),
        ("check-ins", {"outcome": "seen_well", "note": "x" * 2001}, "note"),
        ("check-ins", {"outcome": "seen_well", "note": "\ud800"}, "note"),
        ("check-ins", {"outcome": "seen_well", "back_by": "2026-11-22T22:00:00Z"}, "back_by"),
        ("check-ins", {}, "outcome"),
        ("check-ins", [], "body"),
        ("absences", {"where": "Football"}, "back_by"),
        ("plan", {"risk": "medium"}, "reason"),
        ("plan", {"reason": " ", "risk": "medium"}, "reason"),
        ("plan", {"reason": "r", "policy_id": "no-such-policy"}, "policy_id"),
        ("plan", {"reason": "r", "policy_id": "demonstration", "apply_to_episode": "Otter-1-1"}, "apply_to_episode"),
        ("plan", {"reason": "r", "second_person": "01931e4a-7c1b-7a52-9d3e-5f6a7b8c9dff"}, "second_person"),
        ("end", {"reason": "Moved", "moved_to": "Nowhere-11"}, "moved_to"),
        ("end", {}, "reason"),
    ],
)
async def test_bad_input_names_its_field(unmoved: Installation, path: str, body: object, field: str) -> None:
    """The engine is not asked."""
    heron = unmoved.engine.asked[0][0]
    content = json.dumps(body).encode()
    answer = await unmoved.send(
        "POST",
        f"/api/v1/placements/{heron}/{path}",
        by=unmoved.directory.shift_lead,
        content=content,
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 422, answer.text
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert len(unmoved.engine.asked) == 1


async def test_a_refusal_of_the_engine_names_its_field_and_is_on_record(here: Installation) -> None:
    """The engine's history has no trace of it; ours has."""
    heron = await here.admit()
    refusal = NotTaken("seen_at", "this time is in the future: check the clock of the device")
    here.engine.fails = refusal
    answer = await here.send("POST", f"/api/v1/placements/{heron}/check-ins", SEEN, by=here.directory.shift_lead)
    assert answer.status_code == 422
    assert answer.json()["errors"] == [{"field": "seen_at", "detail": refusal.detail}]
    assert ("web", "refused") in [(fact.origin, fact.kind) for fact in await here.store.facts.timeline(heron)]


async def test_a_check_in_for_an_ended_placement_says_so(here: Installation) -> None:
    """Nothing is in hand for it in the engine any more; asked again, the answer is the same."""
    heron = await here.admit()
    here.engine.fails = NoSuchPlacement("gone")
    path = f"/api/v1/placements/{heron}/check-ins"
    first = await here.send("POST", path, SEEN, by=here.directory.shift_lead, key="late")
    again = await here.send("POST", path, SEEN, by=here.directory.shift_lead, key="late")
    assert first.status_code == 422
    assert first.json()["errors"][0]["field"] == "placement_id"
    assert again.json() == first.json()
    assert not await here.store.intents.queued()


async def test_queued_check_ins_are_delivered_in_their_order(here: Installation) -> None:
    """Also the one that comes when the engine answers again but has not been told of the earlier ones."""
    heron = await here.admit()
    here.engine.fails = Unreachable("away")
    path = f"/api/v1/placements/{heron}/check-ins"
    for minute in (1, 2):
        here.engine.now = NOW + timedelta(minutes=minute)
        answer = await here.send("POST", path, {"outcome": "seen_well"}, by=here.directory.shift_lead)
        assert answer.status_code == 202
        assert "intent_id" in answer.json()
    here.engine.fails = None
    here.engine.now = NOW + timedelta(minutes=3)
    assert (await here.send("POST", path, {"outcome": "seen_well"}, by=here.directory.shift_lead)).status_code == 202
    await here.app.state.acts.sweep()
    times = [request.seen_at for _, _, request in here.engine.asked if isinstance(request, CheckIn)]
    assert times == [NOW + timedelta(minutes=minute) for minute in (1, 2, 3)]


async def test_a_placement_is_shown_as_it_was_last_known(here: Installation) -> None:
    """Reads say how old they are."""
    heron = await here.admit()
    episode = await here.open_episode(heron)
    answer = await here.send("GET", f"/api/v1/placements/{heron}", by=here.directory.shift_lead)
    told = answer.json()
    assert told["as_of"] == "2026-11-22T21:30:00Z"
    assert told["open_episode_id"] == episode
    assert told["phase"] == "arrival"
    assert "name" not in answer.text


async def test_a_plan_change_carries_the_published_policy(here: Installation) -> None:
    """The engine never looks a policy up."""
    heron = await here.admit()
    here.engine.reply = Reply(outcome="changed")
    body = {"policy_id": "arrival-high", "reason": "Review", "second_person": here.directory.manager}
    answer = await here.send("POST", f"/api/v1/placements/{heron}/plan", body, by=here.directory.shift_lead)
    assert answer.status_code == 200, answer.text
    assert here.engine.asked[-1][2].model_dump()["policy_text"].startswith('{"id":"arrival-high"')
