"""When the watchdog barks, and when it may say that it is over."""

from datetime import timedelta

from config.policy import built_in
from domain import snapshot, vigilance
from domain.names import Ending, Outcome, Role, Stage
from domain.snapshot import Snapshot
from domain.vigilance import Bark, Sight
from tests.domain.world import START, World


def test_an_episode_that_waits_to_be_closed_hides_no_forgotten_check() -> None:
    """The child is back and the checks go on; if one is overdue and nothing climbs, that is to be noticed."""
    world = World(built_in()["arrival-high"])
    world.check_in(Outcome.NOT_HERE)
    world.found(Role.SHIFT_LEAD)
    world.found(Role.KEY_WORKER)
    seen = snapshot.of(world.state, world.now)
    assert seen.overdue_at is not None

    assert vigilance.is_forgotten(seen, seen.overdue_at + timedelta(minutes=2))
    assert not vigilance.is_forgotten(seen, seen.overdue_at)


def test_who_cannot_look_reassures_nobody() -> None:
    """The store is away: that nothing is seen of the trouble does not mean that it is over."""
    bark = Bark(worried_since=START, last_at=START, about=("checks",))
    blind = Sight(canary_at=START, oldest_intent_at=None, forgotten=(), complete=False)
    clear = Sight(canary_at=START, oldest_intent_at=None, forgotten=())

    assert not vigilance.must_reassure(bark, (), blind)
    assert vigilance.must_reassure(bark, (), clear)


def test_a_ladder_stands_still_only_when_it_is_its_turn() -> None:
    """C102: five minutes after its next rung; whoever has it in hand holds it back; the end repeats as well."""
    world = World(built_in()["arrival-high"])
    world.check_in(Outcome.NOT_HERE)
    seen = snapshot.of(world.state, world.now)
    next_at = seen.episodes[0].next_rung_at
    assert next_at is not None
    assert not vigilance.is_stuck(seen, next_at + timedelta(minutes=4))
    assert vigilance.is_stuck(seen, next_at + timedelta(minutes=5))

    held = _with(seen, held_until=next_at + timedelta(minutes=20))
    assert not vigilance.is_stuck(held, next_at + timedelta(minutes=24))
    assert vigilance.is_stuck(held, next_at + timedelta(minutes=25))

    at_the_end = _with(seen, next_rung_at=None, again_at=next_at)
    assert vigilance.is_stuck(at_the_end, next_at + timedelta(minutes=5))
    away = _with(seen, stage=Stage.AWAY, next_rung_at=None, again_at=None, expected_back_by=next_at)
    assert vigilance.is_stuck(away, next_at + timedelta(minutes=5))
    over = _with(seen, ending=Ending.SEEN_LATE)
    assert not vigilance.is_stuck(over, next_at + timedelta(days=1))


def _with(seen: Snapshot, **changes: object) -> Snapshot:
    """The same placement, its episode otherwise."""
    return seen.model_copy(update={"episodes": [seen.episodes[0].model_copy(update=changes)]})
