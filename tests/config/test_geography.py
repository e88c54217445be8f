"""The geography files: the built-in ones are whole, and a mistake is one line with file, line and field."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from config.geography import DIRECTORY, FILES, GeographyErrors, read
from config.geography_lint import Touching

Edit = Callable[[str, bytes, bytes], None]

BOM = b"\xef\xbb\xbf"


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A copy of the built-in files."""
    return Path(shutil.copytree(DIRECTORY, tmp_path / "geography"))


def refusal(directory: Path) -> str:
    """What is said of these files."""
    with pytest.raises(GeographyErrors) as caught:
        read(directory)
    return str(caught.value)


def change(directory: Path, file: str, old: bytes, new: bytes) -> None:
    """Replace the first place where something stands."""
    content = (directory / file).read_bytes()
    assert old in content
    (directory / file).write_bytes(content.replace(old, new, 1))


def test_the_built_in_files_are_whole() -> None:
    """218 authorities, each with its force; bridges are told from water alone."""
    geography = read()
    touching = [border.touching for border in geography.borders]
    assert (len(geography.areas), len(geography.forces)) == (218, 46)
    assert {kind: touching.count(kind) for kind in Touching} == {
        Touching.LAND: 492,
        Touching.BRIDGE: 19,
        Touching.WATER: 32,
    }
    assert len({area.name for area in geography.areas}) == 218


def test_the_licence_stands_beside_the_facts() -> None:
    """The Open Government Licence asks for its attribution wherever the data go."""
    readme = (DIRECTORY / "README.md").read_text("utf-8")
    for words in (
        "Open Government Licence v3.0",
        "Contains OS data © Crown copyright",
        "Royal Mail data",
        "National Statistics",
    ):
        assert words in readme


def test_what_a_spreadsheet_does_to_a_file_does_no_harm(files: Path) -> None:
    """A mark at the beginning, line ends of two characters, an empty line at the end."""
    for file in FILES:
        content = (files / file).read_bytes().replace(b"\n", b"\r\n")
        (files / file).write_bytes(BOM + content + b"\r\n")
    assert read(files) == read()


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "field", "says"),
    [
        ("authorities.csv", b"E06000001,Hartlepool", b",Hartlepool", 2, "ons_code", "the code is missing"),
        ("authorities.csv", b"E06000002,Midd", b"E0600002,Midd", 3, "ons_code", "expected nine characters"),
        ("authorities.csv", b"E06000002,Midd", b"E06000001,Midd", 3, "ons_code", "E06000001 stands in line 2 already"),
        ("authorities.csv", b"Hartlepool,England", b",England", 2, "name", "expected a name"),
        ("authorities.csv", b"Hartlepool,England", b"Hartlepool,France", 2, "nation", "expected one of England"),
        ("authorities.csv", b"Hartlepool,England", b"Hartlepool", 2, "kind", "expected 4 values, found 3"),
        ("authorities.csv", b"ons_code,name", b"code,name", 1, "header", "expected ons_code,name,nation,kind"),
        ("police_forces.csv", b"E23000001,Metro", b",Metro", 2, "code", "the code is missing"),
        ("police_forces.csv", b"E23000001,Metro", b"E06000001,Metro", 2, "code", "is an authority"),
        (
            "authority_police.csv",
            b"E06000001,E23000013",
            b"E06000001,E23999999",
            2,
            "police_code",
            "E23999999 is not in",
        ),
        ("authority_police.csv", b"E06000001,E23000013", b"E06000001,", 2, "police_code", "the code is missing"),
        ("authority_police.csv", b"E06000002,E2", b"E06000001,E2", 3, "ons_code", "stands in line 2 already"),
        ("neighbours.csv", b"E06000001,E06000003,w", b"E06000001,E06999999,w", 2, "b_code", "E06999999 is not in"),
        ("neighbours.csv", b"E06000001,E06000003,w", b"E06000001,,w", 2, "b_code", "the code is missing"),
        ("neighbours.csv", b"E06000001,E06000003,w", b"E06000003,E06000001,w", 2, "b_code", "in rising order"),
        ("neighbours.csv", b"E06000001,E06000004,", b"E06000001,E06000003,", 3, "b_code", "stands in line 2 already"),
        ("neighbours.csv", b",water,2188", b",air,2188", 2, "touching", "expected land or water"),
        ("neighbours.csv", b",water,2188", b",water,far", 2, "gap_m", "expected whole metres"),
        ("water_crossings.csv", b"W06000021,bridge", b"W06000021,ferry", 2, "crossing", "expected bridge or tunnel"),
        ("water_crossings.csv", b"E06000025,W06000021", b"E06000025,W06999999", 2, "b_code", "W06999999 is not in"),
        ("water_crossings.csv", b"E06000025,W06000021", b"E06000001,E06000004", 2, "b_code", "no water between these"),
    ],
)
def test_a_mistake_names_file_line_and_field(
    files: Path, file: str, old: bytes, new: bytes, line: int, field: str, says: str
) -> None:
    """Whoever keeps the files finds the place at once."""
    change(files, file, old, new)
    first, *more = refusal(files).splitlines()
    assert first.startswith(f"{file}:{line}: {field}: ")
    assert says in first
    # Some mistakes leave another authority without its force, or a crossing without its water.
    assert len(more) <= 1


def test_an_authority_without_a_force_is_named(files: Path) -> None:
    """Whom would the police rung reach?"""
    change(files, "authority_police.csv", b"E06000001,E23000013\n", b"")
    assert refusal(files) == "authorities.csv:2: ons_code: E06000001 has no police force in authority_police.csv"


@pytest.mark.parametrize("file", list(FILES))
def test_a_file_that_can_not_be_read_is_one_line(files: Path, file: str) -> None:
    """Missing, empty, no line in it, not UTF-8, not CSV, a directory, far too large: said, and never a traceback."""
    path = files / file
    header = path.read_bytes().split(b"\n")[0] + b"\n"
    path.unlink()
    assert refusal(files) == f"{file}: No such file or directory"
    for content, says in (
        (b"", f"{file}: the file is empty"),
        (b"\n \n", f"{file}: the file is empty"),
        (header, f"{file}:1: {header.split(b',')[0].decode()}: there is no line after the header"),
        (header + b"\n\xff\xfe", f"{file}:3: this is not UTF-8: save it as UTF-8"),
        (header + b'a,"b', f"{file}:2: this is not CSV (unexpected end of data)"),
        (b"x" * 5_000_001, f"{file}: larger than 5,000,000 bytes"),
    ):
        path.write_bytes(content)
        assert refusal(files) == says
    path.unlink()
    path.mkdir()
    assert refusal(files) == f"{file}: Is a directory"


def test_nothing_odd_gets_onto_the_line(files: Path) -> None:
    """What stands where a code should may be anything: it is cut, and without control characters."""
    change(files, "neighbours.csv", b"E06000001,E06000003,w", b"E06000001,\x1b[31m" + b"z" * 500 + b",w")
    (line,) = refusal(files).splitlines()
    assert line.isprintable()
    assert len(line) < 120
