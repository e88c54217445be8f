"""On which line of a TOML text each table and key stands, so that a mistake can be found in an editor at once."""

import tomllib
from collections.abc import Iterator
from typing import Any

from config.mistake import Path

MOST_LINES_OF_A_VALUE = 50
"""A value that goes on for longer is nothing a policy needs; from there on, mistakes are named without their line."""


def lines_of(text: str) -> dict[Path, int]:
    """The line of every table and key of a valid TOML text."""
    lines: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    for number, statement, content in _statements(text):
        if statement.lstrip().startswith("["):
            table = _table_of(content, counts)
            lines.setdefault(table, number)
            lines.setdefault(tuple(part for part in table if isinstance(part, str)), number)
        else:
            _note(lines, table, content, number)
    return lines


def _statements(text: str) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """Each statement with its first line: lines are added until the TOML reader itself finds them whole."""
    begun = 0
    rows: list[str] = []
    for number, row in enumerate(text.split("\n"), start=1):
        if not rows and (not row.strip() or row.lstrip().startswith("#")):
            continue
        begun = begun if rows else number
        rows.append(row)
        statement = "\n".join(rows)
        try:
            content = tomllib.loads(statement)
        except ValueError:
            if len(rows) == MOST_LINES_OF_A_VALUE:
                return
            continue
        yield begun, statement, content
        rows = []


def _table_of(header: dict[str, Any], counts: dict[Path, int]) -> Path:
    """The path that a header opens: `[[rung]]` for the third time is `("rung", 2)`."""
    path: Path = ()
    node: Any = header
    while isinstance(node, dict) and node:
        if path in counts:
            path = (*path, counts[path] - 1)
        ((key, node),) = node.items()
        path = (*path, key)
    if isinstance(node, list):
        counts[path] = counts.get(path, 0) + 1
        path = (*path, counts[path] - 1)
    return path


def _note(lines: dict[Path, int], path: Path, node: object, number: int) -> None:
    """Note the line of a value and of all that is in it."""
    if path:
        lines.setdefault(path, number)
    inside = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in inside:
        _note(lines, (*path, key), value, number)


def line_of(path: Path, lines: dict[Path, int]) -> int | None:
    """The line of a key, or of the nearest thing around it."""
    while path:
        if path in lines:
            return lines[path]
        path = path[:-1]
    return None
