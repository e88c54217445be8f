"""A home's children share a few policies, and a worker keeps each of them once."""

from config.policy import built_in
from domain.policy import to_text
from domain.state import PlacementState
from tests.domain.world import World


def test_two_placements_with_the_same_policy_share_one_text_in_memory() -> None:
    """A thousand children cost a thousand states, not a thousand policies."""
    policy = built_in()["arrival-high"]
    written = World(policy).state.model_dump_json()
    one, other = (PlacementState.model_validate_json(written) for _ in range(2))

    assert one.policy_text == to_text(policy)
    assert one.policy_text is other.policy_text
