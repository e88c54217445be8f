"""The climb: C20 to C37 of the behaviour cases, where the rules alone can tell them."""

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from domain.facts import Fact, FactKind
from domain.names import Channel, Outcome, Response, Role
from domain.policy import Repeat
from domain.sending import SendStatus
from domain.state import Contact, PlacementState
from tests.domain.cases.night import kinds, ladder_of, minutes, rung, takes_policy, told
from tests.domain.world import World, people

SHORT = (
    rung(5, Role.SHIFT_LEAD),
    rung(10, Role.KEY_WORKER),
    rung(30, Role.ON_CALL_MANAGER, police=True),
)


def without(world: World, *roles: Role) -> None:
    """From now on nobody holds these roles."""
    world.contacts = [one for one in world.contacts if not set(one.roles) & set(roles)]


def test_a_person_on_two_rungs_is_told_at_each_of_their_times_on_each_of_their_channels() -> None:
    """C22: at once by text and by a call, half an hour later by text again; each once, and the mailbox not at all."""
    both = (Channel.SMS, Channel.VOICE)
    policy = ladder_of(rung(5, Role.SHIFT_LEAD, channels=both), rung(35, Role.SHIFT_LEAD))
    world = World(policy, people(channels=(Channel.SMS, Channel.VOICE, Channel.EMAIL)))
    world.time_passes(66)
    at = [(one.at.hour * 60 + one.at.minute - 21 * 60, one.channel) for one in world.heard]

    assert at == [(35, Channel.SMS), (35, Channel.VOICE), (65, Channel.SMS)]


def test_who_has_taken_it_can_send_it_on_and_the_next_people_are_told(world: World, record: list[Fact]) -> None:
    """C24: "escalate now" ends the lease, and the second rung goes out in that minute."""
    world.time_passes(36)
    world.answer(Response.TAKE)
    world.time_passes(1)
    assert world.answer(Response.ESCALATE_NOW) == "escalated"

    assert world.episode.owner is None
    assert minutes(world, Role.KEY_WORKER) == [37]
    assert kinds(record, FactKind.TAKEN, FactKind.ESCALATED_NOW)[-1] is FactKind.ESCALATED_NOW


def test_a_new_policy_leaves_the_ladder_that_is_running_alone() -> None:
    """C25: a peer stops the old ladder and starts the new one. Rule 11: only an explicit, recorded act does that.

    The next episode follows the new policy, from its first rung.
    """
    world = World(ladder_of(*SHORT))
    world.time_passes(36)
    quicker = (rung(5, Role.SHIFT_LEAD), rung(7, Role.REGISTERED_MANAGER), *SHORT[1:])
    takes_policy(world, ladder_of(*quicker), into_episode=False)
    world.time_passes(5)
    assert world.said_to(Role.REGISTERED_MANAGER) == []
    assert minutes(world, Role.KEY_WORKER) == [40]
    world.check_in()
    world.time_passes(38)

    assert minutes(world, Role.REGISTERED_MANAGER) == [41 + 30 + 7]


def test_a_policy_taken_into_an_episode_counts_from_the_check_that_was_missed(record: list[Fact]) -> None:
    """C25: with the explicit act of rule 11 the new ladder runs, by the old clock: nobody gains time by it."""
    world = World(ladder_of(*SHORT))
    world.time_passes(36)
    quicker = (SHORT[0], rung(8, Role.REGISTERED_MANAGER), rung(20, Role.ON_CALL_MANAGER, police=True))
    takes_policy(world, ladder_of(*quicker), into_episode=True)
    world.time_passes(15)

    assert minutes(world, Role.REGISTERED_MANAGER) == [38]
    assert minutes(world, Role.ON_CALL_MANAGER, "call_the_police") == [50]
    assert world.said_to(Role.KEY_WORKER) == []
    assert [fact.episode for fact in record if fact.kind is FactKind.PLAN_CHANGED] == [1]


def test_somebody_without_a_telephone_does_not_keep_the_others_on_the_rung_from_hearing(world: World) -> None:
    """C27: odd data. The key worker has no address at all; the manager beside them is told at the rung's time."""
    alone = Contact(person_id="key_worker", roles=(Role.KEY_WORKER,), channels=())
    without(world, Role.KEY_WORKER)
    world.contacts.append(alone)
    world.time_passes(41)

    assert minutes(world, Role.ON_CALL_MANAGER) == [40]
    assert world.said_to(Role.REGISTERED_MANAGER) == [], "somebody was reached: the next rung keeps its time"


def test_a_ladder_without_rungs_and_a_rung_without_people_can_not_be_made() -> None:
    """C27: an empty policy is a mistake that is told before it is used, not a night in which nobody is told."""
    with pytest.raises(ValidationError):
        ladder_of()
    with pytest.raises(ValidationError):
        rung(5)
    with pytest.raises(ValidationError):
        Repeat(roles=())


def test_a_rung_added_while_it_climbs_fires_if_its_time_is_still_to_come() -> None:
    """C28: not for what has been climbed past, and only by the explicit act of rule 11; from 0 the next time."""
    world = World(ladder_of(*SHORT))
    world.time_passes(41)
    added = (SHORT[0], rung(7, Role.HEAD_OF_SERVICE), SHORT[1], rung(12, Role.RESPONSIBLE_INDIVIDUAL), SHORT[2])
    takes_policy(world, ladder_of(*added), into_episode=True)
    world.time_passes(18)
    assert world.said_to(Role.HEAD_OF_SERVICE) == []
    assert minutes(world, Role.RESPONSIBLE_INDIVIDUAL) == [42]
    assert minutes(world, Role.SHIFT_LEAD) == [35], "what has fired stays fired"
    world.check_in()
    world.time_passes(38)

    assert minutes(world, Role.HEAD_OF_SERVICE) == [59 + 30 + 7]


@pytest.mark.parametrize("minute", [34, 36, 41, 59, 61])
def test_a_state_that_is_carried_to_another_process_climbs_on_at_the_same_minutes(minute: int) -> None:
    """C30: written down and read again in the middle, under a lease as well; every rung to come keeps its time."""
    stayed, carried = World(ladder_of(*SHORT)), World(ladder_of(*SHORT))
    for world in (stayed, carried):
        world.time_passes(minute)
        world.answer(Response.TAKE)
    carried.state = PlacementState.model_validate_json(carried.state.model_dump_json())
    for world in (stayed, carried):
        world.time_passes(60)

    assert carried.heard == stayed.heard
    assert len(carried.heard) > 5


def test_a_rung_that_was_called_forward_fires_in_its_minute_though_the_state_was_carried_before_it() -> None:
    """C30: two rungs have reached nobody, the third is called for the coming minute, and then the process changes."""
    world = World(ladder_of(*SHORT), contacts=people([Role.ON_CALL_MANAGER]))
    world.time_passes(35.5)
    world.state = PlacementState.model_validate_json(world.state.model_dump_json())
    world.time_passes(1)

    assert minutes(world, Role.ON_CALL_MANAGER) == [36]


def test_that_nobody_holds_a_role_is_in_the_record_in_words(world: World, record: list[Fact]) -> None:
    """C31: "no one on call" is said, and the next people are told in the same minute, not at their own time."""
    without(world, Role.SHIFT_LEAD)
    world.time_passes(35)

    assert told(record, FactKind.RUNG_REACHED_NOBODY) == [
        "Nobody was reached as shift lead: the next people are told at once."
    ]
    assert minutes(world, Role.KEY_WORKER) == [35]


def test_a_rung_of_people_without_any_address_counts_as_nobody(world: World, record: list[Fact]) -> None:
    """C32: somebody holds the role, and there is no way to reach them: said, and moved on at once."""
    without(world, Role.SHIFT_LEAD)
    world.contacts.append(Contact(person_id="new", roles=(Role.SHIFT_LEAD,), channels=()))
    world.time_passes(35)

    assert kinds(record, FactKind.RUNG_REACHED_NOBODY) == [FactKind.RUNG_REACHED_NOBODY]
    assert minutes(world, Role.KEY_WORKER) == [35]


def test_there_is_no_maintenance_in_which_a_child_is_not_looked_for(world: World) -> None:
    """C33: a peer keeps new alerts silent. Rules 1 and 3: time out can be agreed, and it silences nothing.

    Reported not here during agreed time out, the alarm is on at once; while it is on, no time out can be agreed, and
    escalating is never refused.
    """
    world.absence(240)
    world.time_passes(20)
    assert world.check_in(Outcome.NOT_HERE) == "reported_not_here"
    assert minutes(world, Role.SHIFT_LEAD)[:1] == [20]
    assert world.absence(240) == "refused: placement_id"
    assert world.answer(Response.ESCALATE_NOW) == "escalated"

    assert minutes(world, Role.SOCIAL_WORKER) == [20]


def test_the_end_of_the_ladder_comes_round_also_when_no_rung_ever_reached_anybody(
    world: World, record: list[Fact]
) -> None:
    """C34: a peer stops after n times, and may end in silence. Rule 3: the end repeats for ever.

    All providers are away for five hours; it tries all that time, and is heard when the first of them is back.
    """
    world.fate = lambda _person, _channel: SendStatus.UNAVAILABLE
    world.time_passes(5 * 60)
    assert world.heard == []
    assert kinds(record, FactKind.LADDER_REPEATED)
    world.fate = lambda _person, _channel: SendStatus.ACCEPTED
    world.time_passes(15)

    assert world.said_to(Role.RESPONSIBLE_INDIVIDUAL)


def test_whoever_has_left_is_not_told_and_holds_nobody_up(world: World, record: list[Fact]) -> None:
    """C35: roles are resolved at the rung's own time. The last manager is gone: said, and the next are told at once."""
    world.contacts.append(Contact(person_id="deputy", roles=(Role.KEY_WORKER,), channels=((Channel.SMS, "+4477"),)))
    world.time_passes(36)
    without(world, Role.REGISTERED_MANAGER)
    world.contacts = [one for one in world.contacts if one.person_id != "key_worker"]
    world.time_passes(9)

    assert world.said_to(Role.KEY_WORKER) == []
    assert [one.at.minute for one in world.heard if one.person == "deputy"] == [40]
    assert minutes(world, Role.SOCIAL_WORKER) == [45]
    assert told(record, FactKind.RUNG_REACHED_NOBODY) == [
        "Nobody was reached as registered manager: the next people are told at once."
    ]


@pytest.mark.parametrize(
    "arrival",
    [
        datetime(2026, 6, 10, 22, 45, tzinfo=UTC),
        datetime(2026, 3, 28, 23, 50, tzinfo=UTC),
        datetime(2026, 10, 24, 23, 50, tzinfo=UTC),
    ],
    ids=["across midnight", "clocks go forward", "clocks go back"],
)
def test_no_rung_waits_for_the_morning(world: World, arrival: datetime) -> None:
    """C36: a peer pages within hours of the day only. Rule 2: here every hour is the same, by any clock."""
    night = World(world.policy, now=arrival)
    for one in (world, night):
        one.time_passes(95)

    assert [(one.at - arrival, one.person, one.channel) for one in night.heard] == [
        (one.at - world.state.arrived_at, one.person, one.channel) for one in world.heard
    ]
    assert len({one.person for one in night.heard}) > 8


def test_the_next_rung_does_not_cancel_what_the_one_before_still_has_to_say(world: World) -> None:
    """C37: the shift lead's phone and mailbox fail for six minutes; they hear, though others were told meanwhile."""
    world.fate = lambda person, _channel: SendStatus.UNAVAILABLE if person == Role.SHIFT_LEAD else SendStatus.ACCEPTED
    world.time_passes(41)
    assert minutes(world, Role.KEY_WORKER) == [35]
    assert world.said_to(Role.SHIFT_LEAD) == []
    world.fate = lambda _person, _channel: SendStatus.ACCEPTED
    world.time_passes(1)

    assert world.said_to(Role.SHIFT_LEAD) == ["check_not_recorded"]
    world.time_passes(18)
    assert minutes(world, Role.SHIFT_LEAD, "call_the_police") == [60]
