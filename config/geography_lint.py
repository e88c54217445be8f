"""What is wrong with geography files: codes that are missing, unknown or named twice, and words that mean nothing."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

NATIONS = ("England", "Wales", "Scotland", "Northern Ireland")
CROSSINGS = ("bridge", "tunnel")

ONS_CODE = re.compile(r"[EWSN]\d{8}", re.ASCII)
FORCE_CODE = re.compile(r"[EWSN]\d{8}|BTP", re.ASCII)
"""The British Transport Police have no area and so no code of their own."""

LONGEST_NAME = 200


class Touching(StrEnum):
    """How two authorities lie beside each other."""

    LAND = "land"
    BRIDGE = "bridge"
    """Tidal water between them, with a fixed bridge or tunnel."""
    WATER = "water"
    """Tidal water between them, and no fixed way across: not next door, unless people say so."""


@dataclass(frozen=True, slots=True)
class GeographyError:
    """One mistake. `line` counts from 1; None: it concerns the whole file."""

    file: str
    line: int | None
    field: str
    detail: str

    def __str__(self) -> str:
        return ": ".join(
            [f"{self.file}:{self.line}" if self.line else self.file, *filter(None, [self.field]), self.detail]
        )


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a file."""

    file: str
    line: int
    values: dict[str, str]

    def __getitem__(self, field: str) -> str:
        return self.values[field]

    def wrong(self, field: str, detail: str) -> GeographyError:
        """A mistake in one of its fields."""
        return GeographyError(self.file, self.line, field, detail)


Tables = dict[str, list[Row]]


def mistakes(tables: Tables) -> list[GeographyError]:
    """What is wrong in files that can be read: with the codes themselves, or, if they are sound, with their use.

    One wrong code in `authorities.csv` would otherwise be told again for every border of that authority.
    """
    return list(_codes(tables)) or [*_police(tables), *_borders(tables)]


def _codes(tables: Tables) -> Iterator[GeographyError]:
    areas, forces = tables["authorities.csv"], tables["police_forces.csv"]
    yield from _entries(areas, "ons_code", ONS_CODE, "nine characters such as E06000001")
    yield from _entries(forces, "code", FORCE_CODE, "nine characters such as E23000001, or BTP")
    for row in areas:
        if row["nation"] not in NATIONS:
            yield row.wrong("nation", f"expected one of {', '.join(NATIONS)}")
    known = _values(areas, "ons_code")
    for row in forces:
        if row["code"] in known:
            yield row.wrong("code", f"{_short(row['code'])} is an authority in authorities.csv")


def _entries(rows: Iterable[Row], field: str, shape: re.Pattern[str], expected: str) -> Iterator[GeographyError]:
    """What is wrong with codes and names."""
    for row in rows:
        if not row[field]:
            yield row.wrong(field, f"the code is missing: expected {expected}")
        elif not shape.fullmatch(row[field]):
            yield row.wrong(field, f"expected {expected}")
        if not row["name"] or len(row["name"]) > LONGEST_NAME or not row["name"].isprintable():
            yield row.wrong("name", f"expected a name of up to {LONGEST_NAME} printable characters")
    yield from _twice(rows, (field,))


def _police(tables: Tables) -> Iterator[GeographyError]:
    """Every authority has exactly one force."""
    areas, forces = tables["authorities.csv"], tables["police_forces.csv"]
    rows = tables["authority_police.csv"]
    yield from _unknown(rows, ("ons_code",), _values(areas, "ons_code"), "authorities.csv")
    yield from _unknown(rows, ("police_code",), _values(forces, "code"), "police_forces.csv")
    yield from _twice(rows, ("ons_code",))
    covered = _values(rows, "ons_code")
    for row in areas:
        if row["ons_code"] not in covered:
            yield row.wrong("ons_code", f"{row['ons_code']} has no police force in authority_police.csv")


def _borders(tables: Tables) -> Iterator[GeographyError]:
    """Every pair is of two known authorities, named once; a crossing is over water that lies between two of them."""
    areas = _values(tables["authorities.csv"], "ons_code")
    rows, crossings = tables["neighbours.csv"], tables["water_crossings.csv"]
    for table in (rows, crossings):
        yield from _unknown(table, ("a_code", "b_code"), areas, "authorities.csv")
        yield from _twice(table, ("a_code", "b_code"))
        for row in table:
            if areas.issuperset(pair(row)) and row["a_code"] >= row["b_code"]:
                yield row.wrong("b_code", "expected the two codes of a pair in rising order")
    for row in rows:
        if row["touching"] not in {Touching.LAND, Touching.WATER}:
            yield row.wrong("touching", "expected land or water")
        if row["gap_m"] and not re.fullmatch(r"\d{1,6}", row["gap_m"], re.ASCII):
            yield row.wrong("gap_m", "expected whole metres, or nothing")
    by_water = {pair(row) for row in rows if row["touching"] == Touching.WATER}
    for row in crossings:
        if row["crossing"] not in CROSSINGS:
            yield row.wrong("crossing", f"expected {' or '.join(CROSSINGS)}")
        if areas.issuperset(pair(row)) and pair(row) not in by_water:
            yield row.wrong("b_code", "neighbours.csv has no water between these two")


def _unknown(
    rows: Iterable[Row], fields: Iterable[str], known: Collection[str], where: str
) -> Iterator[GeographyError]:
    for row in rows:
        for field in fields:
            if not row[field]:
                yield row.wrong(field, "the code is missing")
            elif row[field] not in known:
                yield row.wrong(field, f"{_short(row[field])} is not in {where}")


def _twice(rows: Iterable[Row], fields: tuple[str, ...]) -> Iterator[GeographyError]:
    first: dict[tuple[str, ...], int] = {}
    for row in rows:
        key = tuple(row[field] for field in fields)
        if all(key) and first.setdefault(key, row.line) != row.line:
            yield row.wrong(fields[-1], f"{' and '.join(map(_short, key))} stands in line {first[key]} already")


def _values(rows: Iterable[Row], field: str) -> set[str]:
    return {row[field] for row in rows}


def _short(code: str) -> str:
    """What stands where a code should, fit for one line."""
    return code if ONS_CODE.fullmatch(code) else ascii(code[:20])


def pair(row: Row) -> tuple[str, str]:
    """The two codes of a line."""
    return row["a_code"], row["b_code"]
