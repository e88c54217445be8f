"""What the tests of the rules share: everything that is noted."""

from typing import Any

import pytest

from domain import ledger
from domain.facts import Fact


@pytest.fixture(autouse=True)
def record(monkeypatch: pytest.MonkeyPatch) -> list[Fact]:
    """Every fact in its order, also those that the placement has handed to the ledger and forgotten."""
    facts: list[Fact] = []
    note = ledger.note

    def noted(*what: Any, **particulars: Any) -> Fact:  # noqa: ANN401 - whatever a fact takes
        facts.append(note(*what, **particulars))
        return facts[-1]

    monkeypatch.setattr(ledger, "note", noted)
    return facts
