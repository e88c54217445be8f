"""The command line: one line for an error, 2 for misuse, 1 for what did not work."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from sqlalchemy.engine import make_url

from cli import main as command_line
from cli.web_api import WebApi
from config.settings import CHECKOUT
from tests.config import test_settings as settings_tests

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`goldenhour …` in this process: its exit code, what it printed, what it complained about."""
    monkeypatch.delenv("GOLDENHOUR_TOKEN", raising=False)

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["goldenhour", *words])
        with pytest.raises(SystemExit) as ended:
            command_line.main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return run


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> list[httpx.Request]:
    """A web app that answers every request with what a good one would; the requests it got."""
    requests: list[httpx.Request] = []
    answers = {
        "/api/v1/policies": {"id": "arrival-high", "version": 3},
        "/api/v1/policies/arrival-high/publish": {"version": 3},
        "/api/v1/tokens": {"token": "gh_made"},
        "/api/v1/placements/Heron-42": {"placement_id": "Heron-42", "phase": "arrival"},
        "/api/v1/placements/Heron-42/check-ins": {"queued": True},
    }

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        if request.url.path not in answers:
            problem = {"title": "Not valid", "errors": [{"field": "home_id", "detail": "no such home"}]}
            return httpx.Response(422, json=problem)
        return httpx.Response(200, json=answers[request.url.path])

    original = httpx.Client

    def client(**options: object) -> httpx.Client:
        return original(transport=httpx.MockTransport(answer), **options)  # type: ignore[arg-type]

    monkeypatch.setattr("cli.web_api.httpx.Client", client)
    return requests


@pytest.mark.parametrize(
    "words",
    [
        ("no-such-command",),
        ("placement", "show"),
        ("placement", "show", "Heron-42"),
        ("token", "create"),
        ("policy", "lint", "/no/such/file.toml"),
        ("placement", "check-in", "Heron-42", "--outcome", "fine", "--token", "t"),
        ("placement", "check-in", "Heron-42", "--outcome", "seen_well", "--seen-at", "21:30", "--token", "t"),
    ],
)
def test_misuse_ends_with_2_and_says_what_was_wrong(run: Run, words: tuple[str, ...]) -> None:
    """No command, no token, no file, no such outcome, no instant."""
    code, _, complaint = run(*words)
    assert code == 2
    assert complaint
    assert "Traceback" not in complaint


def test_a_web_app_that_is_not_there_is_one_line_and_1(run: Run) -> None:
    """What did not answer, and which option changes it."""
    code, _, complaint = run("placement", "show", "Heron-42", "--token", "t", "--url", "http://127.0.0.1:9")
    assert (code, complaint.count("\n")) == (1, 1)
    assert "no answer from http://127.0.0.1:9" in complaint


def test_a_refusal_is_told_with_its_fields(run: Run, web: list[httpx.Request], tmp_path: Path) -> None:
    """An RFC 9457 problem becomes one line."""
    body = tmp_path / "child.json"
    body.write_text("{}")
    code, _, complaint = run("placement", "admit", str(body), "--token", "t")
    assert (code, complaint) == (1, "goldenhour: refused (422): Not valid; home_id: no such home\n")
    assert web[0].headers["Idempotency-Key"]
    assert web[0].headers["Authorization"] == "Bearer t"


def test_a_check_in_says_whether_it_is_queued(run: Run, web: list[httpx.Request], tmp_path: Path) -> None:
    """The person is told whether it is done; the note comes from a file, not from an argument that `ps` shows."""
    note = tmp_path / "note"
    note.write_text("asleep\n")
    words = ("--outcome", "seen_well", "--note", str(note), "--token", "t")
    code, told, _ = run("placement", "check-in", "Heron-42", *words)
    assert code == 0
    assert "Queued" in told
    sent = json.loads(web[0].content)
    assert (sent["outcome"], sent["method"], sent["note"]) == ("seen_well", "seen", "asleep")
    assert sent["seen_at"].endswith("+00:00")


def test_a_token_is_printed_once_and_nothing_else(
    run: Run, web: list[httpx.Request], monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a script can keep it."""
    monkeypatch.setenv("GOLDENHOUR_BOOTSTRAP_TOKEN", "bootstrap-token-1234")
    assert run("token", "create", "--person", "p1")[1] == "gh_made\n"
    assert web[0].headers["Authorization"] == "Bearer bootstrap-token-1234"


def test_a_policy_is_linted_explained_and_published(run: Run, web: list[httpx.Request], tmp_path: Path) -> None:
    """A built-in one is clean; one with mistakes is never sent."""
    code, told, _ = run("policy", "lint", "arrival-high")
    assert (code, "no mistakes" in told) == (0, True)
    assert "police" in run("policy", "explain", "arrival-high")[1]
    assert run("policy", "publish", "arrival-high", "--token", "t")[1] == "arrival-high published, version 3\n"
    assert [request.url.path.rpartition("/")[2] for request in web] == ["policies", "publish"]
    broken = tmp_path / "broken.toml"
    broken.write_text('id = "x1"\ntitle = 3\n')
    code, _, complaint = run("policy", "lint", str(broken))
    assert (code, f"{broken}:" in complaint) == (1, True)
    assert run("policy", "publish", str(broken), "--token", "t")[0] == 1
    assert len(web) == 2


def test_a_post_whose_answer_was_lost_is_sent_again_with_the_same_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """It counts once, whatever the network does."""
    keys: list[str] = []

    def lose_the_first(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["Idempotency-Key"])
        if len(keys) == 1:
            raise httpx.ReadTimeout("lost")
        return httpx.Response(201, json={"ok": True})

    original = httpx.Client
    monkeypatch.setattr(
        "cli.web_api.httpx.Client",
        lambda **options: original(transport=httpx.MockTransport(lose_the_first), **options),
    )
    assert WebApi("http://127.0.0.1", "t").post("/api/v1/placements") == {"ok": True}
    assert keys[0] == keys[1]


def test_the_command_starts_without_loading_what_it_does_not_need() -> None:
    """A worker comes back quickly after a crash."""
    check = (
        "import sys, cli.main; "
        "sys.exit(bool({'httpx', 'temporalio', 'sqlalchemy', 'fastapi', 'cryptography'} & set(sys.modules)))"
    )
    assert subprocess.run((sys.executable, "-c", check), check=False).returncode == 0  # noqa: S603 - our own words


@pytest.fixture
def installation(monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings of a sound installation, but for its database."""
    for name, value in settings_tests.SOUND.items():
        monkeypatch.setenv(name, value)


def test_migrate_makes_the_tables_and_is_harmless_the_second_time(
    run: Run, installation: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An operator with a database of their own brings it up to date by one command."""
    del installation
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'own.db'}")

    assert run("migrate") == (0, "The database is up to date.\n", "")
    assert run("migrate") == (0, "The database is up to date.\n", "")


def test_migrate_says_in_one_line_what_is_wrong(
    run: Run, installation: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that can't be reached is no stack trace."""
    del installation
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path / 'no such folder' / 'own.db'}")
    code, _, complaint = run("migrate")

    assert code == 1
    assert len(complaint.strip().splitlines()) == 1


@pytest.mark.parametrize(("query", "reason"), [("", "is no SQLite database"), ("?mode=ro", "mode is not known here")])
def test_a_file_that_is_no_database_is_one_line(query: str, reason: str, tmp_path: Path) -> None:
    """In a process of its own: what a thread says as the command ends would be a second line."""
    (tmp_path / "own.db").write_bytes(b"not a database at all" * 100)
    address = f"sqlite:///{tmp_path / 'own.db'}{query}"
    for _ in range(3):
        ended = subprocess.run(
            [sys.executable, "-m", "cli.main", "migrate"],
            env=os.environ | settings_tests.SOUND | {"DATABASE_URL": address},
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert ended.returncode == 1
        assert len(ended.stderr.strip().splitlines()) == 1, ended.stderr
        assert reason in ended.stderr


@pytest.mark.parametrize(
    "body", ["[" * 100_000, '{"risk": ' * 100_000, '{"risk": NaN}', '{"note": "\\ud800"}', "[]", ""]
)
def test_a_body_that_can_not_be_sent_is_one_line(run: Run, web: list[httpx.Request], tmp_path: Path, body: str) -> None:
    """Endless brackets, no numbers, half letters."""
    (tmp_path / "child.json").write_text(body)
    code, _, complaint = run("placement", "admit", str(tmp_path / "child.json"), "--token", "t")
    assert (code, web) == (2, [])
    assert complaint.endswith("holds no JSON object\n")


@pytest.mark.parametrize(
    "words", [("placement", "show", "Heron-42", "--token", "t"), ("token", "create", "--person", "p")]
)
def test_a_setting_that_is_wrong_is_one_line(run: Run, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the variable."""
    monkeypatch.delenv("GOLDENHOUR_PUBLIC_URL", raising=False)
    monkeypatch.delenv("GOLDENHOUR_BOOTSTRAP_TOKEN", raising=False)
    monkeypatch.setenv("GOLDENHOUR_WEB_PORT", "first")
    code, _, complaint = run(*words)
    assert code == 1
    assert complaint.startswith("goldenhour: GOLDENHOUR_WEB_PORT: ")


@pytest.mark.parametrize("token", ["gültig", "two words", "line\nline"])
def test_a_token_that_can_be_none_is_one_line(run: Run, token: str) -> None:
    """As it comes of a copy that took too much, and not as "no answer"."""
    code, _, complaint = run("placement", "show", "Heron-42", "--token", token)
    assert code == 2
    assert "the token is none" in complaint


@pytest.mark.parametrize("words", [("policy", "explain", "arrival-high"), ("policy", "lint", "arrival-high")])
def test_what_can_not_be_printed_is_one_line_and_1(words: tuple[str, ...]) -> None:
    """A full disk behind a `>`: half a page must not look like a whole one."""
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(  # noqa: S603 - our own words
            [sys.executable, "-m", "cli.main", *words],
            cwd=CHECKOUT,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert ended.returncode == 1
    assert ended.stderr == "goldenhour: what it had to say could not be written: No space left on device\n"


@pytest.mark.parametrize("words", [("geography", "show"), ("paper", "ladder", "--out", "out")])
def test_a_data_directory_that_can_not_be_is_one_line(
    run: Run, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a command only looks at what `up` has made."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("GOLDENHOUR_DATA_DIR", "/" + "x" * 300)
    code, _, complaint = run(*words)
    assert code == 1
    assert "GOLDENHOUR_DATA_DIR" in complaint
    assert "File name too long" in complaint
    assert len(complaint.splitlines()) == 1


def test_a_login_that_postgresql_refuses_is_told_as_that(
    run: Run, installation: None, postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To say that it did not answer would send an operator to look at the network."""
    del installation
    known = make_url(postgresql)
    for other, reason in (
        (known.set(username="nobody_here"), "user or password"),
        (known.set(database="none_here"), "no such database"),
    ):
        monkeypatch.setenv("DATABASE_URL", other.render_as_string(hide_password=False))
        code, _, complaint = run("migrate")
        assert code == 1
        assert reason in complaint
        assert len(complaint.splitlines()) == 1
