"""What becomes of a message: C60 to C82 of the behaviour cases, where the rules alone can tell them."""

from datetime import timedelta

from domain.facts import Fact, FactKind
from domain.names import Channel, Response, Role
from domain.sending import SendStatus
from tests.domain.cases.night import does_not_arrive, kinds, ladder_of, minutes, rung, told
from tests.domain.world import World


def heard_by(world: World, person: Role) -> list[Channel]:
    """On which channels this person was reached, in order."""
    return [one.channel for one in world.heard if one.person == person]


def test_a_text_that_did_not_arrive_is_an_e_mail_in_the_same_second_and_the_record_says_why(
    world: World, record: list[Fact]
) -> None:
    """C60: not again to the same number, not at the next timer, and with the provider's own code."""
    world.time_passes(36)
    does_not_arrive(world, Role.SHIFT_LEAD, code=30003)

    assert heard_by(world, Role.SHIFT_LEAD) == [Channel.SMS, Channel.EMAIL]
    assert minutes(world, Role.SHIFT_LEAD) == [35, 36]
    assert told(record, FactKind.MESSAGE_FAILED) == [
        "The text to (shift_lead) did not arrive (code 30003). The next way to reach them is used."
    ]
    world.time_passes(3)
    assert world.said_to(Role.KEY_WORKER) == [], "somebody was reached: the next rung keeps its time"


def test_when_every_channel_of_a_person_has_failed_the_next_people_are_told(world: World, record: list[Fact]) -> None:
    """C61: a peer sends a second time and then is silent. Rule 4: the next channel, and then at once the next rung."""
    world.time_passes(36)
    does_not_arrive(world, Role.SHIFT_LEAD)
    world.time_passes(0.5)
    does_not_arrive(world, Role.SHIFT_LEAD, Channel.EMAIL)

    assert heard_by(world, Role.SHIFT_LEAD) == [Channel.SMS, Channel.EMAIL]
    assert kinds(record, FactKind.MESSAGE_GIVEN_UP) == [FactKind.MESSAGE_GIVEN_UP]
    assert minutes(world, Role.KEY_WORKER) == [36.5]


def test_a_failure_that_is_reported_when_all_is_over_disturbs_nobody(world: World, record: list[Fact]) -> None:
    """C62: an hour late, after the child was seen: noted, and nobody is told of an alarm that is over."""
    world.time_passes(36)
    world.check_in()
    for _ in range(3):
        world.time_passes(25)
        world.check_in()
    before = len(world.heard)
    does_not_arrive(world, Role.SHIFT_LEAD)

    assert kinds(record, FactKind.MESSAGE_FAILED) == [FactKind.MESSAGE_FAILED]
    assert len(world.heard) == before


def test_a_failure_of_an_episode_that_nobody_knows_is_passed_over(world: World) -> None:
    """C62: an id from nowhere: no error, nobody told."""
    world.time_passes(36)
    before = len(world.heard)
    does_not_arrive(world, Role.SHIFT_LEAD, episode=99)
    world.time_passes(3)

    assert len(world.heard) == before


def test_with_no_texts_everybody_hears_by_e_mail_in_the_same_second_and_nobody_early(world: World) -> None:
    """C66, and "SMS provider down": what was meant for the phone goes to the mailbox; the ladder keeps its times."""
    by_both = World(world.policy)
    world.fate = lambda _person, channel: SendStatus.UNAVAILABLE if channel is Channel.SMS else SendStatus.ACCEPTED
    for one in (world, by_both):
        one.time_passes(59)
    people = {one.person for one in by_both.heard}

    assert {one.channel for one in world.heard} == {Channel.EMAIL}
    assert {one.person for one in world.heard} == people
    assert {person: minutes(world, Role(person)) for person in people} == {
        person: minutes(by_both, Role(person)) for person in people
    }


def test_eight_rounds_of_alarm_and_answer_are_eight_alarms() -> None:
    """C82: a check is missed every 23 minutes, taken, and the child is seen: the eighth is told like the first."""
    world = World(ladder_of(rung(5, Role.SHIFT_LEAD), rung(10, Role.KEY_WORKER), every=18))
    alarms = []
    for _ in range(8):
        began = world.now
        world.time_passes(23)
        assert world.answer(Response.TAKE) == "taken"
        assert world.check_in() == "seen_late"
        alarms += [one.at - began for one in world.heard if one.template != "stand_down" and one.at > began]

    assert alarms == [timedelta(minutes=23)] * 8
    assert world.said_to(Role.KEY_WORKER) == []
