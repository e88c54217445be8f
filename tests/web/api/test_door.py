"""Who may ask, and with which key: no way in without a token, and no act twice."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.routing import APIRoute

from domain.requests import Answer
from store.errors import StoreUnavailable
from tests.web.api.installation import BOOTSTRAP, Installation
from web.api import admission
from web.auth import COOKIE

OPEN = {"/healthz", "/readyz"}
SIGNED = "/webhooks/"
SOMEBODY = "01931e4a-7c1b-7a52-9d3e-5f6a7b8c9dff"


def routes(here: Installation) -> list[tuple[str, str]]:
    """Method and address of every route of the API and beside it; pages answer for themselves."""
    found: list[tuple[str, str]] = []

    def walk(given: Iterable[object], prefix: str = "") -> None:
        for route in given:
            inner = getattr(getattr(route, "original_router", None), "routes", None)
            if inner is not None:
                walk(inner, prefix + getattr(getattr(route, "include_context", None), "prefix", ""))
            elif isinstance(route, APIRoute):
                found.extend((method, prefix + route.path) for method in route.methods or ())

    walk(here.app.routes)
    return [(method, path) for method, path in found if path.startswith(("/api/", "/webhooks/", "/metrics"))]


async def test_every_route_wants_a_token_or_a_signature(here: Installation) -> None:
    """No page or endpoint is open: 401, or 403 where providers sign."""
    asked = routes(here)
    assert len(asked) > 30
    for method, path in asked:
        address = re.sub(r"\{\w+\}", "Heron-42-1", path)
        for headers in ({}, {"Authorization": "Bearer gh_made-up"}, {"Authorization": "Basic Zm9v"}):
            answer = await here.client.request(method, address, headers=headers)
            assert answer.status_code == (403 if path.startswith(SIGNED) else 401), (method, path, answer.text)
            assert answer.headers["content-type"] == "application/problem+json"


async def test_who_is_not_known_learns_nothing_about_the_body(here: Installation) -> None:
    """A broken body is 401 as well."""
    answer = await here.client.post("/api/v1/homes", content=b"{", headers={"Content-Type": "application/json"})
    assert answer.status_code == 401


async def test_the_documents_of_the_framework_are_not_served(here: Installation) -> None:
    """They would be open."""
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert (await here.send("GET", path)).status_code == 404


async def test_a_machine_names_the_person_who_acts(here: Installation) -> None:
    """And that it did is recorded."""
    heron = await here.admit()
    installation = await here.token(None)
    path = f"/api/v1/placements/{heron}/check-ins"
    for token in (BOOTSTRAP, installation):
        nobody = await here.send("POST", path, {"outcome": "seen_well"}, headers={"Authorization": f"Bearer {token}"})
        assert nobody.json()["errors"][0]["field"] == "on_behalf_of"
        body = {"outcome": "seen_well", "on_behalf_of": here.directory.key_worker}
        done = await here.send("POST", path, body, headers={"Authorization": f"Bearer {token}"})
        assert done.status_code == 200
        actor = here.engine.asked[-1][2].actor
        assert (actor.person_id, actor.on_behalf) == (here.directory.key_worker, True)


async def test_a_machine_names_a_person_who_exists_and_a_person_only_themselves(here: Installation) -> None:
    """A name made up is no actor."""
    heron = await here.admit()
    path = f"/api/v1/placements/{heron}/check-ins"
    unknown = await here.send("POST", path, {"outcome": "seen_well", "on_behalf_of": SOMEBODY})
    assert unknown.json()["errors"] == [{"field": "on_behalf_of", "detail": "there is no such person"}]
    other = {"outcome": "seen_well", "on_behalf_of": here.directory.manager}
    posing = await here.send("POST", path, other, by=here.directory.key_worker)
    assert posing.json()["errors"][0]["field"] == "on_behalf_of"


async def test_a_person_without_a_role_there_sees_and_does_nothing(here: Installation) -> None:
    """Every sub-resource is held against the placement: staff of another home are strangers."""
    heron = await here.admit()
    episode = await here.open_episode(heron)
    reads = [f"placements/{heron}", f"episodes/{episode}", f"episodes/{episode}/timeline"]
    for path in reads:
        assert (await here.send("GET", f"/api/v1/{path}", by=here.directory.stranger)).status_code == 403, path
    acts = {
        f"placements/{heron}/check-ins": {"outcome": "seen_well"},
        f"placements/{heron}/absences": {"back_by": "2026-11-22T23:00:00Z"},
        f"placements/{heron}/plan": {"risk": "high", "reason": "r"},
        f"placements/{heron}/end": {"reason": "r"},
        f"episodes/{episode}/responses": {"kind": "take"},
        f"episodes/{episode}/returned": {},
        f"episodes/{episode}/cancel": {"reason": "r"},
    }
    for path, body in acts.items():
        answer = await here.send("POST", f"/api/v1/{path}", body, by=here.directory.stranger)
        assert answer.status_code == 403, path
    listed = await here.send("GET", "/api/v1/episodes?state=open", by=here.directory.stranger)
    assert listed.json()["episodes"] == []
    assert len(here.engine.asked) == 1


async def test_a_neighbour_answers_and_does_not_read_the_record(here: Installation) -> None:
    """Outside the child's care: told, able to answer, and no more."""
    heron = await here.admit()
    episode = await here.open_episode(heron)
    neighbour = here.directory.neighbour
    assert (await here.send("GET", f"/api/v1/episodes/{episode}/timeline", by=neighbour)).status_code == 403
    cancel = await here.send("POST", f"/api/v1/episodes/{episode}/cancel", {"reason": "r"}, by=neighbour)
    assert cancel.status_code == 403
    take = await here.send("POST", f"/api/v1/episodes/{episode}/responses", {"kind": "take"}, by=neighbour)
    assert take.status_code == 200
    assert isinstance(here.engine.asked[-1][2], Answer)


async def test_a_demonstration_session_is_a_way_in(here: Installation) -> None:
    """The cookie stands for the person, and their acts are recorded as made on the web."""
    heron = await here.admit()
    expires = datetime.now(UTC) + timedelta(hours=1)
    secret = await here.store.sessions.create(here.directory.shift_lead, expires)
    answer = await here.client.post(
        f"/api/v1/placements/{heron}/check-ins",
        json={"outcome": "seen_well"},
        headers={"Idempotency-Key": "session", "Cookie": f"{COOKIE}={secret}"},
    )
    assert answer.status_code == 200
    assert here.engine.asked[-1][2].actor.via == "web"


async def test_a_key_is_needed_and_belongs_to_one_body(here: Installation) -> None:
    """Missing: 400. The same key for something else: 422. The same again: the same answer, done once."""
    heron = await here.admit()
    path, by = f"/api/v1/placements/{heron}/check-ins", here.directory.shift_lead
    body = {"outcome": "seen_well", "seen_at": "2026-11-22T21:28:00Z"}
    for key in ("", " ", "x" * 201):
        missing = await here.send("POST", path, body, by=by, headers={"Idempotency-Key": key})
        assert missing.status_code == 400
        assert missing.json()["errors"][0]["field"] == "Idempotency-Key"
    first = await here.send("POST", path, body, by=by, key="k-1")
    again = await here.send("POST", path, body, by=by, key="k-1")
    other = await here.send("POST", path, body | {"outcome": "not_here"}, by=by, key="k-1")
    assert again.json() == first.json()
    assert other.status_code == 422
    assert other.json()["errors"][0]["field"] == "Idempotency-Key"
    assert len(here.engine.asked) == 2


async def test_a_key_used_for_one_child_is_not_answered_for_another(here: Installation) -> None:
    """The same body at another address is another thing."""
    heron, otter = await here.admit(), await here.admit(risk="medium")
    by, body = here.directory.shift_lead, {"outcome": "seen_well"}
    await here.send("POST", f"/api/v1/placements/{heron}/check-ins", body, by=by, key="k-2")
    answer = await here.send("POST", f"/api/v1/placements/{otter}/check-ins", body, by=by, key="k-2")
    assert answer.status_code == 422


async def test_a_key_belongs_to_its_caller(here: Installation) -> None:
    """Two people may hit upon the same one."""
    heron = await here.admit()
    path, body = f"/api/v1/placements/{heron}/check-ins", {"outcome": "seen_well"}
    for by in (here.directory.shift_lead, here.directory.key_worker):
        assert (await here.send("POST", path, body, by=by, key="mine")).status_code == 200
    assert len(here.engine.asked) == 3


async def test_with_the_store_away_a_known_person_still_reports(
    here: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who they are and what they may is remembered, and the engine is asked directly."""
    heron = await here.admit()
    path, body = f"/api/v1/placements/{heron}/check-ins", {"outcome": "seen_well"}
    assert (await here.send("POST", path, body, by=here.directory.shift_lead)).status_code == 200

    def away(*_: object, **__: object) -> None:
        raise StoreUnavailable("locked")

    monkeypatch.setattr(admission, "RETRY_SECONDS", 0.05)
    monkeypatch.setattr(here.store.database, "_timed", away)
    assert (await here.send("POST", path, body, by=here.directory.shift_lead)).status_code == 200
    assert len(here.engine.asked) == 3
    assert (await here.send("GET", f"/api/v1/placements/{heron}", by="gh_never-seen")).status_code == 503
    admitted = await here.send("POST", "/api/v1/placements", here.admission(), by=here.directory.shift_lead)
    assert admitted.status_code == 201
    assert re.fullmatch(r"[A-Z][a-z]+-\d{4}", admitted.json()["placement_id"])
    monkeypatch.undo()
    task = next(iter(here.app.state.admissions._late.values()))  # noqa: SLF001 - the way back is not to be waited for
    await task
    assert len(await here.store.placements.list()) == 2


async def test_a_child_whose_admission_found_the_store_silent_can_be_reported_at_once(
    here: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The engine has the child before the record has: "not here" in that minute is not "no such placement"."""

    async def silent(*_: object, **__: object) -> None:
        raise StoreUnavailable("slow")

    monkeypatch.setattr(here.store.placements, "reserve", silent)
    admitted = await here.send("POST", "/api/v1/placements", here.admission(), by=here.directory.shift_lead)
    path = f"/api/v1/placements/{admitted.json()['placement_id']}/check-ins"
    assert (await here.send("POST", path, {"outcome": "not_here"}, by=here.directory.shift_lead)).status_code == 200
    assert [update for _, update, _ in here.engine.asked] == ["admit", "check_in"]

    unknown = await here.send(
        "POST", "/api/v1/placements/Wren-9999/check-ins", {"outcome": "not_here"}, by=here.directory.shift_lead
    )
    assert unknown.status_code == 404
