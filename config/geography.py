"""The geography: which authorities there are, who lies beside whom, and which police force covers each.

    config/geography/*.csv      facts under the Open Government Licence v3.0; see the README beside them
    read(directory)             the files as one `Geography`
    GeographyErrors             every mistake in them: file, line, field, detail

Nothing is repaired or guessed: of files with a mistake nothing is used. A wrong neighbour is somebody who is not told.
"""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from config.geography_lint import GeographyError, Row, Tables, Touching, mistakes, pair

DIRECTORY = Path(__file__).parent / "geography"

LARGEST = 5_000_000
"""Bytes. The built-in files have 16,000 at most; more is another file under the wrong name."""

FILES = {
    "authorities.csv": ("ons_code", "name", "nation", "kind"),
    "police_forces.csv": ("code", "name"),
    "authority_police.csv": ("ons_code", "police_code"),
    "neighbours.csv": ("a_code", "b_code", "touching", "gap_m"),
    "water_crossings.csv": ("a_code", "b_code", "crossing"),
}
"""Each file with its columns, in this order."""

NEXT_DOOR = (Touching.LAND, Touching.BRIDGE)
"""A child can walk there."""


class GeographyErrors(Exception):  # noqa: N818 - several of them
    """The files can't be used; nothing of them was."""

    def __init__(self, errors: Iterable[GeographyError]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(map(str, self.errors)))


@dataclass(frozen=True, slots=True)
class Area:
    """An authority with children's services duties."""

    code: str
    name: str
    police_code: str


@dataclass(frozen=True, slots=True)
class Force:
    """A police force."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Border:
    """Two authorities beside each other; `first` < `second`."""

    first: str
    second: str
    touching: Touching


@dataclass(frozen=True, slots=True)
class Geography:
    """All of it. Every code that a part names is there."""

    areas: tuple[Area, ...]
    forces: tuple[Force, ...]
    borders: tuple[Border, ...]

    def __repr__(self) -> str:
        return f"<Geography: {len(self.areas)} areas, {len(self.forces)} forces, {len(self.borders)} borders>"


def read(directory: Path = DIRECTORY) -> Geography:
    """Read and judge the five files.

    Raises:
        GeographyErrors: what makes files unreadable; or, if all can be read, the mistakes in them.
    """
    tables: Tables = {}
    unreadable: list[GeographyError] = []
    for file, header in FILES.items():
        try:
            tables[file] = _rows(directory / file, header)
        except GeographyErrors as refusal:
            unreadable += refusal.errors
    errors = unreadable or mistakes(tables)
    if errors:
        raise GeographyErrors(errors)
    return _geography(tables)


def _rows(path: Path, header: tuple[str, ...]) -> list[Row]:
    """The lines of a file, each with a value for every column."""
    reader = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    rows: list[Row] = []
    errors: list[GeographyError] = []
    try:
        first = next(reader, None)
        if first is None or tuple(first) != header:
            raise GeographyErrors([GeographyError(path.name, 1, "header", f"expected {','.join(header)}")])
        for values in reader:
            if len(values) == len(header):
                cleaned = (value.strip() for value in values)
                rows.append(Row(path.name, reader.line_num, dict(zip(header, cleaned, strict=True))))
            elif values:
                field = header[min(len(values), len(header) - 1)]
                detail = f"expected {len(header)} values, found {len(values)}"
                errors.append(GeographyError(path.name, reader.line_num, field, detail))
    except csv.Error as error:
        errors.append(GeographyError(path.name, reader.line_num, "", f"this is not CSV ({error})"))
    if not rows and not errors:
        errors.append(GeographyError(path.name, 1, header[0], "there is no line after the header"))
    if errors:
        raise GeographyErrors(errors)
    return rows


def _text(path: Path) -> str:
    """The file. A mark at its beginning, as spreadsheets write it, is no part of it."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise GeographyErrors([GeographyError(path.name, None, "", error.strerror or "can't be read")]) from None
    if len(content) > LARGEST:
        raise GeographyErrors([GeographyError(path.name, None, "", f"larger than {LARGEST:,} bytes")])
    if not content.strip():
        raise GeographyErrors([GeographyError(path.name, None, "", "the file is empty")])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise GeographyErrors([GeographyError(path.name, line, "", "this is not UTF-8: save it as UTF-8")]) from None


def _geography(tables: Tables) -> Geography:
    police = {row["ons_code"]: row["police_code"] for row in tables["authority_police.csv"]}
    crossed = {pair(row) for row in tables["water_crossings.csv"]}
    return Geography(
        areas=tuple(Area(row["ons_code"], row["name"], police[row["ons_code"]]) for row in tables["authorities.csv"]),
        forces=tuple(Force(row["code"], row["name"]) for row in tables["police_forces.csv"]),
        borders=tuple(
            Border(*pair(row), Touching.BRIDGE if pair(row) in crossed else Touching(row["touching"]))
            for row in tables["neighbours.csv"]
        ),
    )
