"""`goldenhour drill`: start an exercise, read its report, end it."""

import json
import sys
from collections.abc import Callable

import httpx
import pytest

from cli import main as command_line
from domain.facts import Actor, FactKind
from domain.names import Role
from tests.domain.test_exercise_report import fact, told

Run = Callable[..., tuple[int, str, str]]
REPORT = told(
    fact(FactKind.TAKEN, 1.05, Actor(person_id="lead", role=Role.SHIFT_LEAD)),
    fact(FactKind.EXERCISE_ENDED, 3, reason="its time was up"),
).model_dump(mode="json")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[httpx.Request]:
    """A web app that knows one home and one exercise; the requests it got."""
    requests: list[httpx.Request] = []
    answers: dict[str, object] = {
        "/api/v1/homes": [{"id": "id-of-h1", "code": "H1"}],
        "/api/v1/homes/id-of-h1/exercises": {"exercise_id": "Exercise-482", "until": "2026-03-10T21:30:00Z"},
        "/api/v1/exercises/Exercise-482": REPORT,
        "/api/v1/exercises/Exercise-482/end": {"outcome": "ended"},
    }

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        if request.url.path not in answers:
            return httpx.Response(404, json={"title": "Not found", "detail": "There is no such exercise."})
        return httpx.Response(200, json=answers[request.url.path])

    original = httpx.Client
    monkeypatch.setattr(
        "cli.web_api.httpx.Client", lambda **options: original(transport=httpx.MockTransport(answer), **options)
    )
    return requests


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`goldenhour drill …` in this process: its exit code, what it printed, what it complained about."""
    monkeypatch.setenv("GOLDENHOUR_TOKEN", "gh_made")

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["goldenhour", "drill", *words])
        with pytest.raises(SystemExit) as ended:
            command_line.main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return run


def test_one_is_started_by_the_homes_code(run: Run, asked: list[httpx.Request]) -> None:
    """Its own answer says how to read it and how to end it; it waits for nothing."""
    code, out, err = run("--home", "h1", "--scenario", "missed_check", "--for", "PT1H", "--policy", "arrival-high")

    assert (code, err) == (0, "")
    assert "goldenhour drill report Exercise-482" in out
    assert json.loads(asked[-1].content) == {"policy_id": "arrival-high", "scenario": "missed_check", "lasts": "PT1H"}


def test_a_home_that_nobody_knows_is_misuse(run: Run, asked: list[httpx.Request]) -> None:
    """One line, and nothing is started; so is no home at all."""
    assert run("--home", "H9")[0] == 2
    assert run("--scenario", "not_here")[0] == 2
    assert all(request.method == "GET" for request in asked)


def test_the_report_is_for_a_reader_and_for_a_machine(run: Run, asked: list[httpx.Request]) -> None:
    """The same in words and as data."""
    code, out, _ = run("report", "Exercise-482")
    assert code == 0
    assert "Exercise-482: not here, arrival-high" in out
    assert "its time was up" in out
    assert "Lead (" in out
    assert "taken after 1 min" in out
    assert "What would have failed\n  Nothing." in out
    assert json.loads(run("report", "Exercise-482", "--json")[1]) == REPORT
    assert asked


def test_it_is_ended_by_name(run: Run, asked: list[httpx.Request]) -> None:
    """With the reason that goes into the record; a name that is none is said in one line."""
    code, out, _ = run("end", "Exercise-482", "--reason", "enough seen")
    assert (code, json.loads(asked[-1].content)) == (0, {"reason": "enough seen"})
    assert "everyone who was alerted hears it" in out
    code, out, err = run("end", "Heron-42")
    assert (code, out) == (1, "")
    assert "There is no such exercise" in err
