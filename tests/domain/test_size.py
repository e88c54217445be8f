"""What a placement carries stays small, however long the night and the backlog: no input above 256 KB."""

from datetime import timedelta

from config.policy import built_in
from config.policy_lint import MOST_CANONICAL_CHARACTERS
from domain import journey, ledger
from domain.actions import Record
from domain.facts import FactKind
from domain.names import Outcome, Role
from domain.requests import Reply
from domain.state import PlacementState
from tests.domain.world import World

LIMIT = 256 * 1024


def size(state: PlacementState) -> int:
    """Bytes as they are carried."""
    return len(state.model_dump_json().encode())


def test_a_state_survives_being_carried() -> None:
    """Written and read again it is the same, the policy of each episode included."""
    world = World(built_in()["arrival-high"])
    world.check_in(Outcome.NOT_HERE)
    world.time_passes(20)
    carried = PlacementState.model_validate_json(world.state.model_dump_json())

    assert carried == world.state
    assert carried.episodes[0].policy_text == world.state.episodes[0].policy_text != ""


def test_thirty_episodes_that_nobody_has_closed_can_be_carried() -> None:
    """A child who goes missing often must not break what looks for them."""
    world = World(built_in()["arrival-high"])
    for _ in range(30):
        world.check_in(Outcome.NOT_HERE)
        world.time_passes(61)
        world.found(Role.SHIFT_LEAD)
        world.found(Role.KEY_WORKER)
        world.time_passes(5)
        world.check_in()
    for number in range(200):
        ledger.remember(world.state, f"{number:040}", Reply(next_due_at=world.now, episode=1).model_dump_json())

    assert len(world.state.episodes) == 30
    assert size(world.state) < LIMIT * 0.6


def test_five_thousand_waiting_facts_leave_in_bites() -> None:
    """The store was away for a day: no activity's input comes near the limit, and each fact is handed over once."""
    world = World(built_in()["arrival-high"])
    for _ in range(5000):
        ledger.note(world.state, FactKind.SIGHTING, world.now, text="x" * 400)
    taken: list[int] = []
    while world.state.facts:
        # The last few wait for something to ride on, and not for long.
        world.now += timedelta(seconds=1) + (ledger.OLD if len(world.state.facts) < ledger.MANY else timedelta(0))
        assert Record() in journey.decide(world.state, world.now).actions
        journey.carry_out(world.state, Record(), world.now)
        bite = ledger.batch(world.state.facts)
        assert sum(len(fact.model_dump_json()) for fact in bite) < LIMIT / 2
        taken += [fact.n for fact in bite]
        ledger.confirm(world.state, [fact.n for fact in bite])

    assert taken == list(range(1, 5002))


def test_three_of_the_largest_policies_can_be_carried() -> None:
    """The child's own, the one for arrival after a return, and the one that an open episode began with."""
    world = World(built_in()["arrival-high"])
    world.check_in(Outcome.NOT_HERE)
    world.time_passes(61)
    largest = "x" * MOST_CANONICAL_CHARACTERS
    grown = world.state.model_copy(update={"policy_text": largest + "1", "arrival_policy_text": largest + "2"})

    assert size(grown) + MOST_CANONICAL_CHARACTERS < LIMIT * 0.75
