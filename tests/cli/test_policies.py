"""`goldenhour policy …`: whatever an author gets wrong is one line that names the field, and nothing is half-done."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import httpx
import pytest

from cli import main as command_line
from config.policy import DIRECTORY, built_in

Run = Callable[..., tuple[int, str, str]]
BUILT_IN = built_in()
SOUND = (DIRECTORY / "arrival-high.toml").read_text("utf-8")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`goldenhour policy …` in this process: its exit code, what it printed, what it complained about."""

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["goldenhour", "policy", *words])
        with pytest.raises(SystemExit) as ended:
            command_line.main()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out, printed.err

    return run


@pytest.fixture
def policy(tmp_path: Path) -> Callable[..., Path]:
    """A file with the sound policy, one occurrence of each text replaced."""

    def write(*changes: tuple[str, str], name: str = "mine.toml") -> Path:
        text = SOUND
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, new, 1)
        (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / name

    return write


def line_of(part: str, text: str = SOUND) -> int:
    """The line on which a text first stands."""
    return text[: text.index(part)].count("\n") + 1


NO_RUNGS = SOUND.partition("\n[[rung]]")[0]
REPEAT = "\n[repeat]" + SOUND.partition("\n[repeat]")[2]
DUE = 'anchor = "due"'
HOST_RUNG = 'after = "PT40M"'
FIRST_RUNG = 'after = "PT5M"  '

BAD = {
    "a clock-change hour": (
        ("waking_from = 07:00:00", "waking_from = 01:30:00"),
        f":{line_of('waking_from')}: day.waking_from: 01:30:00 is skipped on ",
    ),
    "offsets that fall": (
        (HOST_RUNG, 'after = "PT29M"'),
        f":{line_of(HOST_RUNG)}: rung[6].after: due + 29 min stands after due + 30 min: offsets rise",
    ),
    "a role that does not exist": (
        ('["shift_lead"]', '["shift_led"]'),
        f':{line_of("roles = [")}: rung[0].roles[0]: "shift_led" is not one of ',
    ),
    "an unknown template": (
        ('"check_not_recorded"', '"check_missed"'),
        f':{line_of("template = ")}: rung[0].template: "check_missed" is not one of ',
    ),
    "an unknown channel": (
        ('channels = ["sms"]', 'channels = ["fax"]'),
        f':{line_of("channels = ")}: rung[0].channels[0]: "fax" is not one of sms, voice, email',
    ),
    "an unknown anchor": (
        (DUE, 'anchor = "overdue"'),
        f':{line_of(DUE)}: rung[0].anchor: "overdue" is not one of due, declared, opened, returned',
    ),
    "a bad duration": (
        (FIRST_RUNG, 'after = "5 min"  '),
        f':{line_of(FIRST_RUNG)}: rung[0].after: "5 min" is not a duration: write days, hours, minutes, seconds',
    ),
    "months for minutes": (
        (FIRST_RUNG, 'after = "P5M"  '),
        f':{line_of(FIRST_RUNG)}: rung[0].after: "P5M" is not a duration: ',
    ),
    "broken TOML": (("[lease]", "[lease"), f":{line_of('[lease]')}: this is not TOML: "),
    "a key twice": (
        ('title = "Arrival, high risk"', 'title = "A"\ntitle = "B"'),
        f":{line_of('title') + 1}: this is not TOML: ",
    ),
    "an unknown key": (
        ("answer_within", "anwser_within"),
        f":{line_of('answer_within')}: rung[0].anwser_within: there is no such key; did you mean answer_within?",
    ),
    "a phase that does not exist": (
        ('phase = "arrival"', 'phase = "arival"'),
        f':{line_of("phase = ")}: suits[0].phase: "arival" is not one of arrival, settling, settled; did you mean ',
    ),
    "an id that is none": (
        ('id = "arrival-high"', 'id = "Arrival High"'),
        f':{line_of("id = ")}: id: "Arrival High" is not an id: 2 to 63 small letters, digits and hyphens',
    ),
}


@pytest.mark.parametrize(("change", "told"), BAD.values(), ids=BAD)
def test_a_mistake_is_one_line_with_file_line_and_field(
    run: Run, policy: Callable[..., Path], change: tuple[str, str], told: str
) -> None:
    """As an editor understands it; and what has a mistake is neither explained nor drawn."""
    file = policy(change)
    code, out, complaint = run("lint", str(file))
    assert (code, out, complaint.count("\n")) == (1, "", 1)
    assert complaint.startswith(f"{file}{told}")

    picture = file.with_suffix(".svg")
    code, out, refusal = run("explain", str(file), "--svg", str(picture))
    assert (code, out, refusal) == (1, "", f"goldenhour: {complaint}")
    assert not picture.exists()


EMPTY = {
    "no rung at all": (NO_RUNGS + REPEAT, "{file}: rung: is missing\n"),
    "an empty list of rungs": ("rung = []\n" + NO_RUNGS + REPEAT, "{file}:1: rung: must not be empty\n"),
    "no rung on due": (SOUND.replace(DUE, 'anchor = "declared"'), 'rung: there is no ladder for "due"'),
    "an empty file": ("", "{file}: rung: is missing\n"),
}


@pytest.mark.parametrize(("text", "told"), EMPTY.values(), ids=EMPTY)
def test_an_empty_ladder_is_refused(run: Run, tmp_path: Path, text: str, told: str) -> None:
    """A policy with which nobody would hear of a missed check is none."""
    file = tmp_path / "empty.toml"
    file.write_text(text)
    code, _, complaint = run("lint", str(file))

    assert code == 1
    assert told.format(file=file) in complaint


def test_a_role_that_nobody_holds_is_named_with_its_rung(run: Run) -> None:
    """Only where the roles are said; a role that does not exist is the command's misuse."""
    held = "shift_lead, key_worker,on_call_manager,registered_manager,social_worker,emergency_duty_team,police"
    code, _, complaint = run("lint", "arrival-high", "--held", held)
    assert code == 1
    assert "arrival-high:82: rung[3].roles: nobody holds the role responsible_individual: it can reach no one\n" in (
        complaint
    )
    assert run("lint", "arrival-high")[0] == 0
    code, _, complaint = run("lint", "arrival-high", "--held", "shift_lead,night_nurse")
    assert (code, complaint.count("\n")) == (2, 1)
    assert complaint.startswith('goldenhour: --held: "night_nurse" is no role; the roles are shift_lead, ')


def test_what_cannot_be_read_is_one_line_and_2(run: Run, tmp_path: Path) -> None:
    """Nothing, a directory, a program; and no more of an endless file is read than a policy can have."""
    picture = tmp_path / "binary.toml"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n\x00\xff")
    for file, why in (
        (str(tmp_path / "none.toml"), "No such file or directory"),
        (str(tmp_path), "Is a directory"),
        (str(picture), "it is not a text in UTF-8"),
        ("arival-high", "No such file or directory; did you mean arrival-high?"),
        ("my\0policy", "that is no file name"),
    ):
        for command in ("lint", "explain", "publish"):
            more = ("--token", "t") if command == "publish" else ()
            code, out, complaint = run(command, file, *more)
            assert (code, out) == (2, "")
            assert complaint.removeprefix("goldenhour: ") == f"{file} can't be read: {why}\n"

    huge = tmp_path / "huge.toml"
    with huge.open("wb") as file_of_a_gigabyte:
        file_of_a_gigabyte.truncate(2**30)
    for endless in (huge, Path("/dev/zero")):
        code, _, complaint = run("lint", str(endless))
        assert (code, complaint) == (1, f"{endless}: a policy has at most 64000 characters and 2000 lines\n")


def test_one_bad_file_does_not_hide_the_next(run: Run, policy: Callable[..., Path], tmp_path: Path) -> None:
    """Each is judged; two that are to stand side by side can't share an id."""
    missing, bad = tmp_path / "missing.toml", policy((DUE, 'anchor = "du"'), name="bad.toml")
    twin = policy(("30 minutes", "thirty minutes"), name="twin.toml")
    code, out, complaint = run("lint", str(missing), str(bad), "arrival-high", str(twin))

    assert code == 2
    assert out == "arrival-high: Arrival, high risk: no mistakes\n"
    assert [line.rpartition("/")[2].partition(":")[0] for line in complaint.splitlines()] == [
        "missing.toml can't be read",
        "bad.toml",
        "twin.toml",
    ]
    assert complaint.endswith(f'{twin}:{line_of("id = ")}: id: "arrival-high" is the id of arrival-high already\n')


@pytest.mark.parametrize("name", BUILT_IN)
def test_each_built_in_policy_is_explained_and_drawn(run: Run, tmp_path: Path, name: str) -> None:
    """In words and as a picture; `-` is the standard output, with nothing else on it."""
    said = run("explain", name)[1]
    assert said.startswith(f"{BUILT_IN[name].title}\n{name}, version 1")
    assert 'Worst case from leaving to "call the police": ' in said

    picture = tmp_path / "ladder.svg"
    picture.write_text("an older picture")
    code, out, _ = run("explain", name, "--svg", str(picture))
    assert (code, out) == (0, f"{BUILT_IN[name].title}: drawn in {picture}\n")
    assert run("explain", name, "--svg", "-")[1] == picture.read_text("utf-8")
    assert ET.parse(picture).getroot().tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314 - our own
    assert [file.name for file in tmp_path.iterdir()] == ["ladder.svg"]


def test_a_picture_that_cannot_be_written_leaves_nothing_behind(run: Run, tmp_path: Path) -> None:
    """No half of a file, no draft of one."""
    for place in (tmp_path / "no-such" / "ladder.svg", tmp_path):
        code, out, complaint = run("explain", "demonstration", "--svg", str(place))
        assert (code, out, complaint.count("\n")) == (1, "", 1)
        assert complaint.startswith(f"goldenhour: {place} can't be written: ")
    assert list(tmp_path.iterdir()) == []
    assert list(tmp_path.parent.glob(f".{tmp_path.name}.*")) == []


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> list[httpx.Request]:
    """A web app that keeps drafts and lets their author publish none; the requests it got."""
    requests: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        if request.url.path == "/api/v1/policies":
            return httpx.Response(201, json={"id": "arrival-high", "version": 4})
        if request.headers["Authorization"] == "Bearer author":
            error = {"field": "published_by", "detail": "ask a second person"}
            return httpx.Response(422, json={"title": "Not valid", "errors": [error]})
        return httpx.Response(200, json={"version": json.loads(request.content)["version"]})

    original = httpx.Client

    def client(**options: object) -> httpx.Client:
        return original(transport=httpx.MockTransport(answer), **options)  # type: ignore[arg-type]

    monkeypatch.setattr("cli.web_api.httpx.Client", client)
    return requests


def test_one_person_saves_and_a_second_publishes(run: Run, web: list[httpx.Request]) -> None:
    """The author is told what the second person types, and that publishes this very version."""
    code, _, complaint = run("publish", "arrival-high", "--token", "author")
    assert (code, complaint.count("\n")) == (1, 1)
    assert "version 4, was saved, but not published: refused (422): Not valid; published_by: ask a" in complaint
    assert "goldenhour policy publish arrival-high --version 4" in complaint

    second = run("publish", "arrival-high", "--version", "4", "--token", "second")
    assert second == (0, "arrival-high published, version 4\n", "")
    assert [request.url.path for request in web] == [
        "/api/v1/policies",
        "/api/v1/policies/arrival-high/publish",
        "/api/v1/policies/arrival-high/publish",
    ]
    assert json.loads(web[1].content) == json.loads(web[2].content) == {"version": 4}


def test_a_policy_with_a_mistake_is_never_sent(run: Run, policy: Callable[..., Path], web: list[httpx.Request]) -> None:
    """It is refused here, with its line, before anybody is asked."""
    file = policy(BAD["offsets that fall"][0])
    code, _, complaint = run("publish", str(file), "--token", "t")
    assert (code, complaint.startswith(f"goldenhour: {file}:")) == (1, True)
    assert web == []


def test_the_command_itself_says_it_in_one_line(tmp_path: Path) -> None:
    """As its users start it: no traceback, from a pipe as from a file."""
    command = [sys.executable, "-m", "cli.main", "policy", "lint", "-", str(tmp_path / "none.toml")]
    broken = SOUND.replace(DUE, 'anchor = "du"', 1)
    ended = subprocess.run(  # noqa: S603 - our own command
        command,
        input=broken,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    first, second = ended.stderr.splitlines()
    assert first == (
        f'-:{line_of(DUE)}: rung[0].anchor: "du" is not one of due, declared, opened, returned; did you mean due?'
    )
    assert second.endswith("none.toml can't be read: No such file or directory")
