"""When the watchdog barks, and when it may say that it is over."""

from datetime import timedelta

from config.policy import built_in
from domain import snapshot, vigilance
from domain.names import Outcome, Role
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
