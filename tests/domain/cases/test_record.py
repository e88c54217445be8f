"""What the record says: C100, and the night that a manager reads years later, where the rules alone can tell it."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from config.policy import built_in
from domain.facts import Fact, FactKind
from domain.names import Ending, Outcome, Response, Role
from domain.story import sentence
from tests.domain.cases.night import does_not_arrive, hears, kinds, return_interview
from tests.domain.world import World

DAY = 24 * 60
CLOCKS_GO_BACK = datetime(2026, 10, 25, 1, 0, tzinfo=UTC)


def test_the_record_tells_a_short_night_in_its_order(world: World, record: list[Fact]) -> None:
    """C100: missed, opened, told, taken by whom, seen, over, stood down."""
    world.time_passes(36)
    world.answer(Response.TAKE)
    world.time_passes(2)
    world.check_in()
    at_night = [(fact.kind.value, fact.actor.person_id) for fact in record if fact.recorded_at > world.state.arrived_at]

    assert at_night == [
        ("check_overdue", None),
        ("episode_opened", None),
        ("rung_fired", None),
        ("message_accepted", None),
        ("taken", "shift_lead"),
        ("checked_in", "shift_lead"),
        ("episode_ended", "shift_lead"),
        ("message_accepted", None),
        ("stood_down", None),
    ]


def test_three_days_are_one_story_without_a_gap(record: list[Fact]) -> None:
    """A manager audits a three-day episode: two outages, a dead phone and the night on which the clocks go back.

    Every fact has its number, none is missing, none is told before it happened, each has a sentence, and each message
    that somebody got stands in it.
    """
    policy = built_in()["arrival-high"]
    seldom = policy.repeat.model_copy(update={"every": timedelta(hours=6)})
    world = World(policy.model_copy(update={"repeat": seldom}), now=CLOCKS_GO_BACK - timedelta(hours=30))
    world.time_passes(40)
    does_not_arrive(world, Role.KEY_WORKER)
    world.check_in(Outcome.NOT_HERE)
    world.outage(45)
    world.police_told()
    world.time_passes(DAY)
    hears(world, "seen at a bus station", "a member of the public")
    world.outage(8 * 60)
    world.time_passes(38 * 60)
    world.found(Role.SOCIAL_WORKER)
    world.found(Role.REGISTERED_MANAGER)
    return_interview(world, "offered")
    world.close(Ending.CLOSED_AFTER_RETURN)

    assert world.now - world.state.arrived_at > timedelta(days=2.9)
    assert [fact.n for fact in record] == list(range(1, len(record) + 1))
    assert all(before.recorded_at <= after.recorded_at for before, after in pairwise(record))
    assert all(fact.at <= fact.recorded_at for fact in record)
    assert all(sentence(fact, str).endswith(".") for fact in record)
    sent = {fact.data["notification"] for fact in record if fact.kind is FactKind.MESSAGE_ACCEPTED}
    assert sent == {one.notification_id for one in world.heard}
    acts = (FactKind.POLICE_REPORTED, FactKind.SIGHTING, FactKind.RETURNED, FactKind.EPISODE_ENDED)
    assert kinds(record, *acts) == list(acts)
