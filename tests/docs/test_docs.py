"""What the documents promise is there: settings, commands, make targets, files, in plain English."""

import re
from pathlib import Path

import pytest
import typer

from cli.main import app
from config.policy import built_in
from config.settings import Settings
from drawing.ladder import draw

CHECKOUT = Path(__file__).resolve().parents[2]
README = (CHECKOUT / "README.md").read_text("utf-8")
DOCUMENTS = [*sorted(CHECKOUT.glob("*.md")), *sorted((CHECKOUT / "docs").rglob("*.md"))]
ADRS = sorted((CHECKOUT / "docs" / "adr").glob("*.md"))


def _named(path: Path) -> str:
    return str(path.relative_to(CHECKOUT))


def _commands(group: typer.Typer, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], bool]:
    """Every command and group below this one, and whether it is a group."""
    found = {path: True}
    for command in group.registered_commands:
        name = command.name or (command.callback.__name__ if command.callback else "")
        found[*path, name] = False
    for below in group.registered_groups:
        assert below.typer_instance is not None
        found |= _commands(below.typer_instance, (*path, str(below.name)))
    return found


def _code(text: str) -> list[str]:
    """What stands in backticks or in an indented or fenced block: what a reader types."""
    spans = re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text)
    blocks = re.findall(r"^(?: {4}|(?=goldenhour |make ))(\S.*)$", text, flags=re.MULTILINE)
    return spans + blocks


def _typed_after(program: str, text: str) -> list[list[str]]:
    """The words that follow a program's name, wherever a reader would type it."""
    typed = (re.match(rf"(?:\S*/)?{program} (.+)", code) for code in _code(text))
    return [match[1].split() for match in typed if match]


def test_the_settings_table_is_what_is_read() -> None:
    """A setting that nobody can find is not set; one that is not read misleads. Temporal's own have one row."""
    table = README.partition("## Settings")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([A-Z_*]+)` \|", table, flags=re.MULTILINE)
    read = [str(field.validation_alias) for field in Settings.model_fields.values()]
    assert sorted(rows) == sorted([*read, "TEMPORAL_*"])


@pytest.mark.parametrize("document", DOCUMENTS, ids=_named)
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    """A reader who is in a hurry must not end at nothing."""
    links = re.findall(r"\]\(([^)\s]+)\)", document.read_text("utf-8"))
    relative = [link.partition("#")[0] for link in links if not re.match(r"[a-z]+:|#", link)]
    assert [link for link in relative if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=_named)
def test_every_command_exists(document: Path) -> None:
    """What a document tells its reader to type is a command, down to the last word."""
    known = _commands(app)
    for words in _typed_after("goldenhour", document.read_text("utf-8")):
        path: tuple[str, ...] = ()
        for word in words:
            if not known[path] or not re.fullmatch(r"[a-z][a-z-]*", word):
                break
            path = (*path, word)
            assert path in known, f"{_named(document)}: goldenhour {' '.join(words)}"


def test_the_commands_are_really_read() -> None:
    """Guards the guard: with nothing read, every document would pass."""
    assert _commands(app)["policy", "lint"] is False
    assert ["policy", "explain", "FILE", "who"] in [words[:4] for words in _typed_after("goldenhour", README)]
    assert ["run"] in [words[:1] for words in _typed_after("make", README)]


def test_the_readme_names_every_command() -> None:
    """A command that the README leaves out is found by nobody."""
    named = {tuple(words[:length]) for words in _typed_after("goldenhour", README) for length in (1, 2)}
    commands = {path for path, is_group in _commands(app).items() if not is_group}
    assert commands - named == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=_named)
def test_every_make_target_exists(document: Path) -> None:
    """`make` says "no rule" in words that help nobody."""
    targets = set(re.findall(r"^([a-z-]+):", (CHECKOUT / "Makefile").read_text("utf-8"), flags=re.MULTILINE))
    named = {words[0] for words in _typed_after("make", document.read_text("utf-8"))}
    assert named - targets == set()


def test_the_first_line_says_what_a_plain_machine_needs() -> None:
    """The README can be followed from its first line on."""
    assert "apt-get install -y git make python3 python3-venv" in README.splitlines()[0]


def test_the_map_shows_every_room() -> None:
    """A room that is not on the map is found by accident."""
    rooms = {path.parent.name for path in CHECKOUT.glob("[a-z]*/__init__.py")}
    mapped = set(re.findall(r"^    ([a-z]+)/ ", README.partition("## The map of the house")[2], flags=re.MULTILINE))
    assert rooms <= mapped


@pytest.mark.parametrize("document", DOCUMENTS, ids=_named)
def test_the_words_are_kind_and_nothing_is_private(document: Path) -> None:
    """No word that blames a child, and nothing of the machine on which a document was written."""
    text = document.read_text("utf-8")
    assert re.findall(r"abscond\w*|awol\b|\brunaway|/home/\w+|/root/|/work/|/tmp/", text, flags=re.IGNORECASE) == []


@pytest.mark.parametrize("record", ADRS, ids=_named)
def test_a_decision_has_its_three_parts(record: Path) -> None:
    """Why, what, and what follows; numbered as its file is."""
    text = record.read_text("utf-8")
    assert re.findall(r"^## (.+)$", text, flags=re.MULTILINE) == ["Context", "Decision", "Consequences"]
    assert text.startswith(f"# {int(record.name[:4])}. ")


def test_decisions_are_numbered_without_gaps() -> None:
    """A number is a name: none twice, none missing."""
    assert [int(record.name[:4]) for record in ADRS] == list(range(1, len(ADRS) + 1))


def test_every_dependency_has_its_reason() -> None:
    """A new dependency comes with one line that says why."""
    wanted = {
        re.split(r"[\[<>=~ ]", line)[0]
        for file in (CHECKOUT / "requirements").glob("*.in")
        for line in file.read_text("utf-8").splitlines()
        if line and line[0] not in "#-"
    }
    reasons = next(record for record in ADRS if "dependencies" in record.name).read_text("utf-8")
    rows = re.findall(r"^\| ([^|]+) \|", reasons, flags=re.MULTILINE)
    given = {name.strip() for row in rows for name in row.split(",")}
    assert {name.lower() for name in wanted} - {name.lower() for name in given} == set()


@pytest.mark.parametrize("picture", sorted((CHECKOUT / "docs" / "pictures").glob("*.svg")), ids=lambda path: path.stem)
def test_each_drawn_ladder_is_that_of_the_policy_as_it_is(picture: Path) -> None:
    """After a change of a policy: `goldenhour policy explain NAME --svg docs/pictures/NAME.svg`."""
    assert picture.read_text("utf-8") == draw(built_in()[picture.stem])
