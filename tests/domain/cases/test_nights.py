"""Nights of our own domain, beyond the peers: each is named as the behaviour cases name it."""

from datetime import UTC, datetime

import pytest

from config.policy import built_in
from domain import addressing
from domain.facts import Fact, FactKind
from domain.names import Channel, Ending, Method, Outcome, Response, Role, Stage
from domain.state import Contact
from tests.domain.cases.night import does_not_arrive, hears, kinds, ladder_of, minutes, return_interview, rung, told
from tests.domain.world import World, people

AT_NIGHT = datetime(2026, 3, 11, 2, 10, tzinfo=UTC)
OUTSIDE = [role for role in Role if role not in (Role.KEY_WORKER, Role.EVERYONE_ALERTED)]


def stood_down(world: World) -> set[tuple[str, Channel]]:
    """Who has heard that it is over, and on which channel."""
    return {(one.person, one.channel) for one in world.heard if one.template in ("stand_down", "neighbour_cancelled")}


def alarmed(world: World) -> set[tuple[str, Channel]]:
    """Who was alarmed, and on which channel."""
    calm = ("stand_down", "neighbour_cancelled", "return_tasks")
    return {(one.person, one.channel) for one in world.heard if one.template not in calm}


def test_at_ten_past_two_with_one_member_of_staff_the_first_check_is_due_half_an_hour_later() -> None:
    """Arrival at 02:10 with one staff member, who is busy with the child: the people outside are told all the same."""
    world = World(built_in()["arrival-high"], contacts=people(OUTSIDE), now=AT_NIGHT)
    assert world.state.expectation is not None
    assert world.state.expectation.due_at == datetime(2026, 3, 11, 2, 40, tzinfo=UTC)
    world.time_passes(60)

    assert minutes(world, Role.SHIFT_LEAD) == [35, 60]
    assert minutes(world, Role.ON_CALL_MANAGER) == [40, 60]
    assert minutes(world, Role.REGISTERED_MANAGER) == [45]


def test_alone_at_night_a_carer_ends_nothing_and_the_manager_on_the_telephone_is_the_second_person() -> None:
    """Arrival at 02:10 with one staff member. Rule 6: after unaccounted it takes two; both need not be there."""
    world = World(built_in()["arrival-high"], contacts=people(OUTSIDE), now=AT_NIGHT)
    world.time_passes(51)
    assert world.episode.stage is Stage.UNACCOUNTED
    assert world.check_in() == "awaits_second_person"
    assert world.check_in() == "awaits_second_person"
    assert world.found(Role.ON_CALL_MANAGER) == "returned"

    assert stood_down(world) == alarmed(world)


def test_a_manager_who_is_told_and_does_not_answer_holds_nobody_up(world: World) -> None:
    """A 30-minute check is missed at night and the on-call person does not answer: the others keep their times."""
    world.time_passes(75)

    assert minutes(world, Role.ON_CALL_MANAGER) == [40, 60, 65, 70, 75]
    assert minutes(world, Role.REGISTERED_MANAGER) == [45, 65, 70, 75], "the call to the police climbs as it repeats"
    assert minutes(world, Role.SOCIAL_WORKER) == [50, 70, 75]
    assert minutes(world, Role.POLICE) == [60]


def test_a_child_whom_the_police_find_in_the_next_county_is_located_and_not_yet_back(
    world: World, record: list[Fact]
) -> None:
    """Found by police in the next county: everyone who was alerted hears, and if the car does not come it starts again.

    The missing episode's own clock was never stopped.
    """
    world.check_in(Outcome.NOT_HERE)
    world.police_told()
    world.time_passes(45)
    opened = world.episode.anchors.copy()
    assert world.found(Role.SOCIAL_WORKER, back_in=90) == "awaits_second_person"
    assert world.found(Role.ON_CALL_MANAGER, back_in=90) == "located"
    assert stood_down(world) == alarmed(world)
    assert {"police", "neighbouring_authority"} <= {person for person, _ in stood_down(world)}
    assert world.close(Ending.CLOSED_AFTER_RETURN) == "refused: ending"
    world.heard.clear()
    world.time_passes(89)
    assert world.heard == []
    world.time_passes(1)

    assert world.episode.stage is Stage.MISSING
    assert minutes(world, Role.ON_CALL_MANAGER) == [135]
    assert world.episode.anchors.items() >= {name: at for name, at in opened.items() if name == "opened"}.items()
    assert kinds(record, FactKind.LOCATED, FactKind.NOT_BACK_WHEN_EXPECTED)[-1] is FactKind.NOT_BACK_WHEN_EXPECTED


def test_whereabouts_that_were_known_and_are_lost_are_code_m_by_the_same_clock(world: World) -> None:
    """Whereabouts known, then lost: A becomes M at the time by which the child was to be back."""
    world.check_in(Outcome.NOT_HERE_KNOWN_PLACE)
    assert world.episode.stage is Stage.AWAY
    began = world.episode.began_at
    world.time_passes(59)
    assert minutes(world, Role.ON_CALL_MANAGER, "call_the_police") == []
    world.time_passes(1)

    assert world.episode.stage.value == "missing"
    assert minutes(world, Role.ON_CALL_MANAGER, "call_the_police") == [60]
    assert (world.episode.number, world.episode.began_at) == (1, began)


def test_asleep_in_the_other_room_before_anybody_was_sure_is_a_check_that_was_late(world: World) -> None:
    """False alarm: one person's sighting is enough while it is only a missed check."""
    world.time_passes(46)
    assert world.check_in() == "seen_late"

    assert world.episode.ending is Ending.SEEN_LATE
    assert stood_down(world) == alarmed(world)


def test_asleep_in_the_other_room_after_the_report_needs_a_second_pair_of_eyes(
    world: World, record: list[Fact]
) -> None:
    """False alarm: reported not here, found asleep. Rule 6 asks for two; rule 9 keeps what was reported."""
    world.check_in(Outcome.NOT_HERE)
    world.time_passes(6)
    assert world.check_in() == "awaits_second_person"
    assert world.check_in(by=Role.ON_CALL_MANAGER, method=Method.PHONE) == "needs_seeing"
    assert world.check_in(by=Role.KEY_WORKER) == "returned"

    assert stood_down(world) == alarmed(world)
    assert world.state.expectation is not None
    assert kinds(record, FactKind.REPORTED_NOT_HERE, FactKind.RETURNED) == [
        FactKind.REPORTED_NOT_HERE,
        FactKind.RETURNED,
    ]


def test_two_children_who_go_together_are_told_apart_on_every_phone() -> None:
    """Two children go together: two messages with two codes, and one who is found stands the other down for nobody."""
    heron, otter = (World(built_in()["arrival-high"]) for _ in range(2))
    otter.state.alias = "Otter-17"
    for world in (heron, otter):
        world.check_in(Outcome.NOT_HERE)
    heron.found(Role.SHIFT_LEAD)
    assert heron.found(Role.KEY_WORKER) == "returned"
    for world in (heron, otter):
        world.time_passes(11)

    assert stood_down(otter) == set()
    assert minutes(otter, Role.REGISTERED_MANAGER) == [10]
    assert not {one.notification_id for one in heron.heard} & {one.notification_id for one in otter.heard}
    phone = dict(people()[0].channels)[Channel.SMS]
    assert addressing.reply_code(phone, "Heron-42", 1) != addressing.reply_code(phone, "Otter-17", 1)


def test_a_phone_that_was_offline_for_forty_minutes_held_nobody_up() -> None:
    """Staff phone offline for 40 minutes: the text was accepted, so nobody knew; the ladder climbed all the same.

    When the provider says that it did not arrive, their mailbox is used in that second.
    """
    world = World(ladder_of(rung(5, Role.SHIFT_LEAD), rung(10, Role.KEY_WORKER), rung(55, Role.ON_CALL_MANAGER)))
    world.time_passes(75)
    assert minutes(world, Role.KEY_WORKER) == [40]
    assert minutes(world, Role.SHIFT_LEAD) == [35]
    does_not_arrive(world, Role.SHIFT_LEAD)

    assert [(one.at.minute, one.channel) for one in world.heard if one.person == "shift_lead"] == [
        (35, Channel.SMS),
        (15, Channel.EMAIL),
    ]


def test_an_hour_after_half_past_one_it_is_half_past_one_again(record: list[Fact]) -> None:
    """Clocks go back at 01:30: seen at 01:30 summer time, due at 01:30 winter time, an hour later; missed once."""
    hourly = ladder_of(rung(5, Role.SHIFT_LEAD), rung(10, Role.KEY_WORKER), every=60)
    world = World(hourly, now=datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
    world.time_passes(64.9)
    assert world.heard == []
    world.time_passes(60)

    assert minutes(world, Role.SHIFT_LEAD, "check_not_recorded") == [65]
    assert minutes(world, Role.KEY_WORKER, "check_not_recorded") == [70]
    assert told(record, FactKind.CHECK_OVERDUE) == ["Check due 01:30 was not recorded."]


def test_a_child_placed_far_from_home_is_known_to_both_neighbours_and_to_both_authorities(
    world: World, record: list[Fact]
) -> None:
    """Out-of-area placement with two neighbours: each is told, one acknowledges, the other is chased, both called back.

    The placing and the host authority hear by the ladder.
    """
    second = Contact(
        person_id="second_neighbour",
        roles=(Role.NEIGHBOURING_AUTHORITY,),
        channels=((Channel.SMS, "+447700900777"), (Channel.EMAIL, "second@example.org")),
    )
    world.contacts = [one for one in world.contacts if Role.VOLUNTARY_SECTOR not in one.roles] + [second]
    world.check_in(Outcome.NOT_HERE)
    world.time_passes(31)
    neighbours = {one.person for one in world.heard if one.template == "neighbour_alert"}
    assert neighbours == {"neighbouring_authority", "second_neighbour"}
    assert {one.person for one in world.heard if one.template == "authority_alert"} == {
        "placing_authority",
        "host_authority",
    }
    assert world.answer(Response.TAKE, Role.NEIGHBOURING_AUTHORITY) == "acknowledged"
    assert world.episode.owner is None
    world.time_passes(15)
    assert {one.person for one in world.heard if one.template == "neighbour_chase"} == {"second_neighbour"}
    world.found(Role.SHIFT_LEAD)
    world.found(Role.KEY_WORKER)

    assert neighbours <= {person for person, _ in stood_down(world)}
    assert told(record, FactKind.CIRCULATION_NOT_ACKNOWLEDGED) == [
        "The circular is not acknowledged by second_neighbour: they are told again."
    ]
    assert told(record, FactKind.CIRCULATION_CANCELLED) == [
        "The circular was cancelled at: neighbouring_authority and second_neighbour; messages 4."
    ]


def test_a_child_who_declines_the_return_interview_ends_nothing_by_it(world: World, record: list[Fact]) -> None:
    """Return interview declined: noted, and the episode stays open, the tasks go on, and it can be offered again."""
    world.check_in(Outcome.NOT_HERE)
    assert return_interview(world, "offered") == "refused: episode_id"
    world.found(Role.SHIFT_LEAD)
    world.found(Role.KEY_WORKER)
    for state in ("offered", "declined", "offered", "held"):
        assert return_interview(world, state) == "noted"
    assert world.episode.ending is None
    world.absence(25 * 60)
    world.heard.clear()
    world.time_passes(24 * 60 + 1)

    assert world.said_to(Role.SOCIAL_WORKER) == ["return_tasks"]
    assert told(record, FactKind.RETURN_INTERVIEW)[1] == "The return interview was declined by the child."
    assert len(told(record, FactKind.RETURN_INTERVIEW)) == 4


def test_what_a_caller_says_is_kept_and_stops_nothing(world: World, record: list[Fact]) -> None:
    """An "uncle" rings the home: she is with him, he says. It is information; no stage, no rung, no clock moves."""
    world.check_in(Outcome.NOT_HERE)
    world.time_passes(4)
    before = world.episode.model_dump_json()
    heard = len(world.heard)
    assert hears(world, "she is with me and will be back tomorrow", "a man who says he is her uncle") == "noted"
    assert world.episode.model_dump_json() == before
    assert len(world.heard) == heard
    assert world.check_in(method=Method.PHONE) == "needs_seeing"
    world.time_passes(1)

    assert minutes(world, Role.SOCIAL_WORKER) == [5]
    assert "uncle" in told(record, FactKind.SIGHTING)[0]
    assert all("uncle" not in one.template for one in world.heard)


@pytest.mark.parametrize("role", [Role.KEY_WORKER, Role.REGISTERED_MANAGER])
def test_a_gap_on_christmas_day_is_said_and_not_waited_out(role: Role, record: list[Fact]) -> None:
    """Rota gap on Christmas Day: for now, who is on call is who holds the role. Nobody does: the next hear at once."""
    christmas = datetime(2026, 12, 25, 21, 0, tzinfo=UTC)
    nobody = [one for one in people() if role not in one.roles and Role.ON_CALL_MANAGER not in one.roles]
    world = World(built_in()["arrival-high"], contacts=nobody, now=christmas)
    world.time_passes(45)

    assert minutes(world, Role.SOCIAL_WORKER) == ([45] if role is Role.REGISTERED_MANAGER else [])
    assert minutes(world, Role.REGISTERED_MANAGER) == ([40] if role is Role.KEY_WORKER else [])
    assert len(told(record, FactKind.RUNG_REACHED_NOBODY)) == 1


def test_the_wrong_child_is_taken_back_by_two_people_and_the_right_one_is_looked_for(
    world: World, record: list[Fact]
) -> None:
    """Wrong child declared missing: those who were alerted hear, checks go on at once, and what was said stays said."""
    right = World(world.policy)
    right.state.alias = "Otter-17"
    world.check_in(Outcome.NOT_HERE)
    world.time_passes(6)
    assert world.close(Ending.DECLARED_IN_ERROR, Role.SHIFT_LEAD) == "awaits_second_person"
    assert right.check_in(Outcome.NOT_HERE) == "reported_not_here"
    assert world.close(Ending.DECLARED_IN_ERROR, Role.ON_CALL_MANAGER) == "closed"

    assert stood_down(world) == alarmed(world)
    assert stood_down(right) == set()
    assert world.state.expectation is not None
    assert world.state.expectation.due_at > world.now
    kept = kinds(record, FactKind.REPORTED_NOT_HERE, FactKind.EPISODE_ENDED)
    assert kept == [FactKind.REPORTED_NOT_HERE, FactKind.REPORTED_NOT_HERE, FactKind.EPISODE_ENDED]


def test_once_the_police_know_the_wrong_child_is_no_error_any_more(world: World) -> None:
    """Wrong child declared missing, and reported to the police: then it ends as any return does, and they are told."""
    world.check_in(Outcome.NOT_HERE)
    world.time_passes(1)
    world.police_told()
    assert world.close(Ending.DECLARED_IN_ERROR, Role.SHIFT_LEAD) == "refused: ending"
    world.found(Role.SHIFT_LEAD)
    assert world.found(Role.ON_CALL_MANAGER) == "returned"

    assert "police" in {person for person, _ in stood_down(world)}
    assert world.close(Ending.CLOSED_AFTER_RETURN) == "closed"


def test_the_eighteenth_birthday_ends_nothing_by_itself(world: World) -> None:
    """18th birthday with an open episode: weeks and months pass, and it is as loud as before.

    Only a recorded handover to a named adult service, by two people, ends it.
    """
    world.check_in(Outcome.NOT_HERE)
    world.time_passes(60)
    world.outage(60 * 24 * 200)
    world.heard.clear()
    world.time_passes(61)
    assert len(minutes(world, Role.RESPONSIBLE_INDIVIDUAL, "still_open")) >= 4
    assert world.answer(Response.TAKE) == "taken"
    assert world.close(Ending.ADULT_HANDOVER, to=" ") == "refused: handover_to"
    assert world.close(Ending.ADULT_HANDOVER, to="An adult service") == "awaits_second_person"
    assert world.close(Ending.ADULT_HANDOVER, Role.SOCIAL_WORKER, to="An adult service") == "closed"
    world.heard.clear()
    world.time_passes(60 * 24)

    assert world.heard == []


@pytest.mark.parametrize("known", ["away", "located"])
@pytest.mark.parametrize("how", ["reported", "confirmed"])
def test_a_child_who_is_not_where_they_were_said_to_be_is_missing_in_that_second(known: str, how: str) -> None:
    """Whereabouts known, then lost: A becomes M the moment it is reported, not when the child was to be back."""
    world = World(built_in()["arrival-high"])
    world.check_in(Outcome.NOT_HERE_KNOWN_PLACE if known == "away" else Outcome.NOT_HERE)
    if known == "located":
        world.found(Role.SHIFT_LEAD, back_in=600)
        assert world.found(Role.KEY_WORKER, back_in=600) == "located"
    assert world.episode.stage.value == known
    world.time_passes(20)
    world.heard.clear()
    if how == "reported":
        assert world.check_in(Outcome.NOT_HERE) == "reported_not_here"
    else:
        assert world.answer(Response.CONFIRM_MISSING, Role.ON_CALL_MANAGER) == "missing"

    assert world.episode.stage is Stage.MISSING
    assert minutes(world, Role.ON_CALL_MANAGER, "call_the_police") == [20]
