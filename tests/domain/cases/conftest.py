"""What the cases share: a child who has just arrived, and everything that is noted from then on."""

from typing import Any

import pytest

from config.policy import built_in
from domain import ledger
from domain.facts import Fact
from tests.domain.world import World


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


@pytest.fixture
def world() -> World:
    """A child at high risk has just arrived at 21:00; the first check is due at 21:30, overdue at 21:35."""
    return World(built_in()["arrival-high"])
