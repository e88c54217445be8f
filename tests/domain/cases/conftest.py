"""What the cases share: a child who has just arrived."""

import pytest

from config.policy import built_in
from tests.domain.world import World


@pytest.fixture
def world() -> World:
    """A child at high risk has just arrived at 21:00; the first check is due at 21:30, overdue at 21:35."""
    return World(built_in()["arrival-high"])
