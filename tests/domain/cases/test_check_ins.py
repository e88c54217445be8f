"""Checks and their deadlines: C01 to C15 of the behaviour cases, where the rules alone can tell them."""

from datetime import UTC, datetime, timedelta

from domain import journey
from domain.actions import Overdue
from domain.facts import Fact, FactKind
from domain.names import Method, Outcome, Role
from tests.domain.cases.night import kinds, ladder_of, minutes, rung
from tests.domain.world import START, World

DAY = 24 * 60


def test_a_missed_check_is_noted_once_with_its_deadline_and_not_with_the_time_somebody_noticed(
    world: World, record: list[Fact]
) -> None:
    """C02: the engine was down; the record says when the deadline was, and when that was written."""
    world.outage(47)
    [missed] = [fact for fact in record if fact.kind is FactKind.CHECK_OVERDUE]

    assert missed.at == START + timedelta(minutes=35)
    assert missed.recorded_at == START + timedelta(minutes=47)


def test_time_out_moves_the_deadline_and_never_takes_it_away(world: World, record: list[Fact]) -> None:
    """C05: a peer's pause has no deadline; rule 1: a child in care always has one.

    A telephone call from outside is noted and does not count as being back.
    """
    assert world.absence(120) == "agreed"
    world.time_passes(60)
    assert world.check_in(method=Method.PHONE) == "done"
    assert kinds(record, FactKind.CHECKED_IN, FactKind.ABSENCE_ENDED) == [FactKind.CHECKED_IN]
    assert world.state.expectation is not None
    assert world.state.expectation.due_at == START + timedelta(minutes=120)
    world.time_passes(65)

    assert minutes(world, Role.SHIFT_LEAD) == [125]


def test_a_worry_and_a_child_who_is_not_here_are_told_in_the_same_second(world: World) -> None:
    """C08: no grace, and no waiting for the check that is due."""
    world.time_passes(3)
    world.check_in(Outcome.SEEN_CONCERN)
    assert world.said_to(Role.SHIFT_LEAD) == ["concern"]
    assert minutes(world, Role.KEY_WORKER) == [3]
    world.time_passes(4)
    world.check_in(Outcome.NOT_HERE)

    assert minutes(world, Role.ON_CALL_MANAGER) == [7]


def test_an_hourly_check_is_still_an_hour_away_when_the_clocks_go_back() -> None:
    """C09: seen at 00:15 UTC, 01:15 on the wall; at 00:55 UTC nothing is missed, the next one is at 01:15 UTC."""
    hourly = ladder_of(rung(5, Role.SHIFT_LEAD), every=60)
    world = World(hourly, now=datetime(2026, 10, 25, 0, 15, tzinfo=UTC))
    assert world.state.expectation is not None
    assert world.state.expectation.due_at == datetime(2026, 10, 25, 1, 15, tzinfo=UTC)
    world.time_passes(40)
    assert world.state.episodes == []
    world.time_passes(25)

    assert minutes(world, Role.SHIFT_LEAD) == [65]


def test_a_check_in_that_was_expected_disturbs_nobody(world: World) -> None:
    """C12: "found" is said to those who were alarmed; a first, an ordinary and a returning check-in alarm no one."""
    world.check_in()
    world.time_passes(20)
    world.check_in()
    world.absence(60)
    world.time_passes(50)
    world.check_in()
    world.time_passes(29)

    assert world.heard == []


def test_a_child_seen_before_the_next_rung_is_one_alarm_and_one_stand_down(world: World) -> None:
    """C13: the check was late, and is over before anybody else is told."""
    world.time_passes(37)
    world.check_in()
    world.time_passes(29)

    assert world.said_to(Role.SHIFT_LEAD) == ["check_not_recorded", "stand_down"]
    assert {one.person for one in world.heard} == {"shift_lead"}


def test_nothing_that_a_home_can_agree_silences_a_child_for_good(world: World) -> None:
    """C13: a peer's muted monitor never alerts. Rules 1 and 3: nothing here is an off switch.

    The longest time out there is ends in an alarm when the child is not back, and a longer one is refused.
    """
    assert world.absence(14 * DAY + 1) == "refused: back_by"
    assert world.absence(14 * DAY) == "agreed"
    world.time_passes(14 * DAY + 4)
    assert world.heard == []
    world.time_passes(1)

    assert world.said_to(Role.SHIFT_LEAD) == ["check_not_recorded"]


def test_seen_missed_still_missed_seen_and_seen_again_are_two_messages(world: World) -> None:
    """C14: one alarm, one stand-down, and silence in between and around."""
    counts = []
    for happens in (
        world.check_in,
        lambda: world.time_passes(35),
        lambda: world.time_passes(4),
        world.check_in,
        world.check_in,
    ):
        before = len(world.heard)
        happens()
        counts.append(len(world.heard) - before)

    assert counts == [0, 1, 0, 1, 0]


def test_two_who_see_the_same_deadline_make_one_episode_and_one_message(world: World, record: list[Fact]) -> None:
    """C15: whoever carries out what another has carried out already changes nothing, and says nothing twice.

    A message's id is made of what it is about: the second one is the first one's.
    """
    world.now += timedelta(minutes=35)
    twice = [action for _ in range(2) for action in journey.decide(world.state, world.now).actions]
    assert twice.count(Overdue()) == 2
    for action in twice:
        journey.carry_out(world.state, action, world.now)
    again = [action for _ in range(2) for action in journey.decide(world.state, world.now).actions]
    for action in again:
        journey.carry_out(world.state, action, world.now)
    world.settle()

    assert kinds(record, FactKind.CHECK_OVERDUE, FactKind.EPISODE_OPENED) == [
        FactKind.CHECK_OVERDUE,
        FactKind.EPISODE_OPENED,
    ]
    assert len({one.notification_id for one in world.heard}) == 1
