"""The index of cases is true: every case is there, every test that it names exists, and what is open only shrinks."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from tests.domain.cases.index import CASES, NOT_YET, PLACES
from tests.domain.cases.our_nights import NIGHTS

TESTS = Path(__file__).parents[2]

PEERS = """
C01 C02 C04 C05 C06 C08 C09 C10 C12 C13 C14 C15
C20 C21 C22 C24 C25 C27 C28 C30 C31 C32 C33 C34 C35 C36 C37
C40 C42 C45 C46 C47 C48 C49 C50 C51
C60 C61 C62 C64 C66 C67 C68 C69 C70 C72 C73
C80 C82 C83 C90 C91 C92 C94 C100 C101 C102 C103
"""

STILL_OPEN = """
C90, C91, C92, C94, C101,
three days, Christmas
"""
"""What was not shown, or not all of it, when this index was made. Take away what is shown; add nothing."""

CASE_ID = re.compile(r"\bC\d{2,3}\b")


@cache
def docstrings(path: Path) -> dict[str, str]:
    """The tests of a file with their docstrings."""
    found = ast.parse(path.read_text()).body
    tests = [one for one in found if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
    return {one.name: ast.get_docstring(one) or "" for one in tests if one.name.startswith("test_")}


def indexed() -> set[tuple[str, Path, str]]:
    """Each case with each of its tests: id, file, name."""
    named = ((case, *test.split("::")) for case, (_, tests) in CASES.items() for test in tests)
    return {(case, TESTS / PLACES[place], name) for case, place, name in named}


def test_every_case_is_in_the_index() -> None:
    """The ids of the peers' cases, and the nineteen nights of our own domain."""
    assert [case for case in CASES if CASE_ID.match(case)] == PEERS.split()
    assert len(NIGHTS) == 19


def test_every_test_that_is_named_exists() -> None:
    """A test that is renamed or taken away is found missing here."""
    missing = sorted(f"{case}: {name}" for case, path, name in indexed() if name not in docstrings(path))

    assert missing == []


def test_every_file_that_is_listed_is_used() -> None:
    """Nothing is left over."""
    assert {place for _, tests in CASES.values() for place in (test.split("::")[0] for test in tests)} == set(PLACES)


@pytest.mark.parametrize("case", CASES)
def test_a_case_is_shown_or_says_what_it_waits_for(case: str) -> None:
    """In words that say something."""
    assert CASES[case].tests or case in NOT_YET
    assert len(CASES[case].told.split()) > 3


def test_what_is_open_only_shrinks() -> None:
    """Whoever shows the rest of a case takes it off both lists; nobody adds to them."""
    still_open = {one.strip() for one in STILL_OPEN.replace("\n", " ").split(",")}

    assert set(NOT_YET) == still_open, "take a case that is shown off NOT_YET in index.py and off STILL_OPEN here"
    assert set(NOT_YET) <= set(CASES)
    assert all(NOT_YET.values())


def test_a_test_that_names_a_case_is_in_the_index_under_it() -> None:
    """So the index can't fall behind: add the test to its case in index.py, and look whether the case is still open."""
    known = {(case, path, name) for case, path, name in indexed() if CASE_ID.match(case)}
    naming = {
        (case, path, name)
        for path in TESTS.rglob("test_*.py")
        for name, docstring in docstrings(path).items()
        for case in CASE_ID.findall(docstring)
    }

    assert sorted(f"{case}: {path.name}::{name}" for case, path, name in naming - known) == []


def test_every_test_of_a_case_is_in_the_index() -> None:
    """A test in this folder is there for a case."""
    known = {(path, name) for _, path, name in indexed()}
    here = {(path, name) for path in Path(__file__).parent.glob("test_*.py") for name in docstrings(path)}

    assert sorted(name for path, name in here - known if path != Path(__file__)) == []
