"""Policies as their authors write them: read, judged, and every mistake named with its line.

    PolicyErrors
        source       what was read
        errors       one PolicyError for each mistake: line, field, detail

`parse` says whether the text has the shape of a policy; `lint` says whether that policy is fit to keep a child safe;
`load` does both. Nothing is repaired or guessed: a policy that is not clean is not used.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path as FilePath
from typing import Any

from pydantic import ValidationError

from config.mistake import Path
from config.policy_lint import mistakes
from config.toml_lines import line_of, lines_of
from config.wording import in_words
from config.worst_cases import WorstCase, worst_case, worst_cases
from domain.names import Role
from domain.policy import CheckPlanRow, Day, Lease, Policy, Repeat, Rung, Suit

__all__ = [
    "PolicyError",
    "PolicyErrors",
    "WorstCase",
    "built_in",
    "in_words",
    "lint",
    "load",
    "parse",
    "parse_json",
    "worst_case",
    "worst_cases",
]

MOST_CHARACTERS = 64_000
MOST_LINES = 2_000
"""Longer texts are refused unread: they are no policies, and finding the lines of mistakes would take too long."""

MOST_BYTES = 4 * MOST_CHARACTERS
"""Whoever reads a file reads no more than this and one byte: it is too long then, whatever the file is."""

DIRECTORY = FilePath(__file__).parent / "policies"

DURATION = re.compile(r"P(?=\d|T\d)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?", re.ASCII)
"""Days, hours, minutes and whole seconds. Not months: `P5M` is five of them, where five minutes were meant."""

DURATIONS = {"first", "every", "after", "answer_within", "waking", "sleeping", "grace", "remind_before"}
CLOCK_TIMES = {"waking_from", "sleeping_from", "times"}

KEYS = {
    "": Policy.model_fields,
    "suits": Suit.model_fields,
    "lease": Lease.model_fields,
    "check_plan": CheckPlanRow.model_fields,
    "day": Day.model_fields,
    "rung": Rung.model_fields,
    "repeat": Repeat.model_fields,
}
"""The keys there are, by table."""

LISTS = ("suits", "check_plan", "rung")


@dataclass(frozen=True, slots=True)
class PolicyError:
    """One mistake. `line` counts from 1 in the text; None: it concerns the whole, or the text was JSON."""

    line: int | None
    field: str
    detail: str

    def __str__(self) -> str:
        place = f"line {self.line}: " if self.line is not None else ""
        return f"{place}{self.field}: {self.detail}" if self.field else f"{place}{self.detail}"


class PolicyErrors(Exception):  # noqa: N818 - it is all of them
    """The text is no usable policy; `errors` are all its mistakes, in the order of their lines."""

    def __init__(self, errors: list[PolicyError], *, source: str) -> None:
        super().__init__("\n".join(f"{source}: {error}" for error in errors))
        self.errors = errors
        self.source = source


def parse(text: str, *, source: str) -> Policy:
    """Read a policy from TOML.

    Args:
        text: the TOML.
        source: what to call it in messages, such as its file's name.

    Raises:
        PolicyErrors: it has not the shape of a policy.
    """
    text = text.removeprefix("\ufeff")
    _refuse_too_long(text, source)
    try:
        content = _toml(text, source)
        return _validate(content, text=text, source=source)
    except RecursionError:
        # Dotted keys nest as deeply as a line is long, and are read without complaint.
        raise PolicyErrors([PolicyError(None, "", "it is nested too deeply")], source=source) from None


def _toml(text: str, source: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except ValueError as error:
        raise PolicyErrors([_toml_error(text, str(error))], source=source) from None


def parse_json(text: str, *, source: str) -> Policy:
    """Read a policy from JSON, in the same shape as TOML's; times are strings such as `"07:00:00"`.

    Raises:
        PolicyErrors: it has not the shape of a policy. Only a syntax error has a line.
    """
    _refuse_too_long(text, source)
    try:
        content = json.loads(text, object_pairs_hook=_no_key_twice)
    except RecursionError:
        raise PolicyErrors([PolicyError(None, "", "it is nested too deeply")], source=source) from None
    except json.JSONDecodeError as error:
        detail = f"this is not JSON: {error.msg} (column {error.colno})"
        raise PolicyErrors([PolicyError(error.lineno, "", detail)], source=source) from None
    except ValueError as error:
        raise PolicyErrors([PolicyError(None, "", str(error))], source=source) from None
    if not isinstance(content, dict):
        raise PolicyErrors([PolicyError(None, "", "a policy is a JSON object")], source=source)
    return _validate(content, text=None, source=source)


def lint(
    policy: Policy, roles_held: set[Role] | None = None, *, text: str | None = None, from_day: date | None = None
) -> list[PolicyError]:
    """Every mistake in a well-formed policy, in the order of the text; an empty list is a policy fit to publish.

    Args:
        policy: what `parse` returned.
        roles_held: the roles somebody holds where it is to run: one that nobody holds is a mistake. None: not asked.
        text: the TOML it was parsed from, to name lines.
        from_day: the day from which clock changes are looked for; None is today (UTC).
    """
    return _errors(
        ((mistake.path, mistake.detail) for mistake in mistakes(policy, roles_held=roles_held, from_day=from_day)), text
    )


def load(text: str, *, source: str, roles_held: set[Role] | None = None, taken: dict[str, str] | None = None) -> Policy:
    """Read a policy from TOML and judge it.

    Args:
        text: the TOML.
        source: what to call it in messages.
        roles_held: as for `lint`.
        taken: the ids of the policies that stand beside it, each with its source; its own is added.

    Raises:
        PolicyErrors: it has not the shape of a policy, or it breaks rules; see `parse` and `lint`. Or its id is taken.
    """
    text = text.removeprefix("\ufeff")
    policy = parse(text, source=source)
    errors = lint(policy, roles_held, text=text)
    if taken is not None and taken.setdefault(policy.id, source) != source:
        errors += _errors([(("id",), f'"{policy.id}" is the id of {taken[policy.id]} already')], text)
    if errors:
        raise PolicyErrors(errors, source=source)
    return policy


def built_in() -> dict[str, Policy]:
    """The policies that come with Golden Hour, by id.

    Raises:
        PolicyErrors: one of them was edited and is not clean any more.
    """
    taken: dict[str, str] = {}
    files = sorted(DIRECTORY.glob("*.toml"))
    loaded = [load(file.read_text("utf-8"), source=file.name, taken=taken) for file in files]
    return {policy.id: policy for policy in loaded}


def _refuse_too_long(text: str, source: str) -> None:
    if len(text) > MOST_CHARACTERS or text.count("\n") > MOST_LINES:
        detail = f"a policy has at most {MOST_CHARACTERS} characters and {MOST_LINES} lines"
        raise PolicyErrors([PolicyError(None, "", detail)], source=source)


def _validate(content: dict[str, Any], *, text: str | None, source: str) -> Policy:
    """Pydantic's judgement, and ours where pydantic is too kind, as one list."""
    found = dict(_careless_values((), content))
    try:
        policy = Policy.model_validate(content)
    except ValidationError as error:
        for one in error.errors(include_url=False):
            if one["type"] == "too_short" and one["input"]:
                continue  # it is not empty: what it holds is wrong, and that is said already
            found.setdefault(tuple(one["loc"]), _in_plain_english(dict(one)))
    if found:
        raise PolicyErrors(_errors(found.items(), text), source=source)
    return policy


def _errors(found: Iterable[tuple[Path, str]], text: str | None) -> list[PolicyError]:
    """Mistakes with their lines, in the order of the text. The lines are only looked up when there is a mistake."""
    places = list(found)
    lines = lines_of(text) if text is not None and places else {}
    errors = [PolicyError(line_of(path, lines), _sayable(_field(path)), _sayable(detail)) for path, detail in places]
    return sorted(errors, key=lambda error: error.line or 0)


def _field(path: Path) -> str:
    """`("rung", 2, "after")` as `rung[2].after`, counted from 0."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def _careless_values(path: Path, node: object) -> Iterator[tuple[Path, str]]:
    """Values that would be read, but hardly as they were meant."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from _careless_values((*path, key), value)
        return
    if isinstance(node, list):
        for position, value in enumerate(node):
            yield from _careless_values((*path, position), value)
        return
    if node is None:
        return  # JSON's way to leave a key out
    key = next((part for part in reversed(path) if isinstance(part, str)), "")
    if key in DURATIONS and not (isinstance(node, str) and DURATION.fullmatch(node)):
        yield path, f"{_shown(node)} is not a duration: write days, hours, minutes, seconds, such as PT15M or P1DT12H"
    elif key in CLOCK_TIMES and isinstance(node, (int, float)):
        yield path, f"{_shown(node)} is not a time of day: write 07:00:00"


def _in_plain_english(error: dict[str, Any]) -> str:  # noqa: PLR0911 - one answer to a kind of error
    """Pydantic's error as a manager would say it."""
    path, value = error["loc"], error["input"]
    match error["type"]:
        case "extra_forbidden":
            return f"there is no such key{_did_you_mean(str(path[-1]), KEYS.get(_table(path), {}))}"
        case "missing":
            return "is missing"
        case "enum":
            words = [word.strip("'") for word in re.split(r", | or ", error["ctx"]["expected"])]
            return f"{_shown(value)} is not one of {', '.join(words)}{_did_you_mean(str(value), words)}"
        case "tuple_type" if len(path) == 1 and path[0] in LISTS:
            return f"is a list: write [[{path[0]}]] with two brackets"
        case "model_type":
            return f"{_shown(value)} is not a table: write [{path[-1]}] and its keys below"
        case "too_short":
            return "must not be empty"
        case "string_pattern_mismatch" if path[-1] == "until":
            return f'{_shown(value)} is not known here: the only thing a rung can wait for is "police_reference"'
        case "string_pattern_mismatch":
            return f"{_shown(value)} is not an id: 2 to 63 small letters, digits and hyphens, such as arrival-high"
        case "greater_than_equal" if path[-1] in DURATIONS:
            return f"{_shown(value)} is too short"
        case _:
            return f"{_shown(value)}: {error['msg'].removeprefix('Input ')}"


def _table(path: Path) -> str:
    return str(path[0]) if len(path) > 1 else ""


def _did_you_mean(word: str, known: Iterable[str]) -> str:
    close = get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]}?" if close else ""


def _sayable(words: str) -> str:
    """Without halves of characters, which JSON may hold and no terminal or answer can."""
    return words.encode(errors="backslashreplace").decode()


def _shown(value: object) -> str:
    """What the author wrote, kept short."""
    shown = _sayable(f'"{value}"' if isinstance(value, str) else str(value))
    return shown if len(shown) <= 60 else f"{shown[:57]}…"  # noqa: PLR2004 - a line's worth


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        twice = next(key for position, (key, _) in enumerate(pairs) if key in dict(pairs[:position]))
        raise ValueError(f"the key {_shown(twice)} stands there twice")
    return content


def _toml_error(text: str, message: str) -> PolicyError:
    """The TOML reader's message, its line, and a hint where we know what authors stumble over."""
    place = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", message)
    rows = text.rstrip("\n").split("\n")
    line = int(place[1]) if place and place[1] else len(rows)
    detail = message[: place.start()] if place else message
    if line <= len(rows) and re.search(r"=.*\b\d\d:\d\d(?!:?\d)", rows[line - 1]):
        detail += "; a time of day needs its seconds: 07:00:00"
    return PolicyError(line, "", f"this is not TOML: {detail}")
