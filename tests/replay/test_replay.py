"""What is alive goes on: today's workflows take every step that recorded runs took."""

import pytest

from tests.replay import files
from tests.replay.fresh import replayed


@pytest.mark.parametrize("stem", files.stems())
def test_todays_workflows_replay_what_was_recorded(stem: str) -> None:
    """A run that began before this change goes on after it; where it would not, the test says what to do."""
    done = replayed(files.path_of(stem))

    assert done.returncode == 0, done.stderr
