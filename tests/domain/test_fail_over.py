"""An accepted message does not arrive: the person's next channel, then the next person, never the next timer."""

from datetime import timedelta

import pytest

from config.policy import built_in
from domain import carried_people, deliveries, fail_over, failures
from domain.facts import Fact, FactKind
from domain.fail_over import Origin, origin
from domain.names import Channel, Outcome, Response, Role, Template
from domain.requests import DeliveryFailed
from domain.sending import AlertResult, SendStatus
from domain.state import Delivery, DeliveryKind
from tests.domain.cases.night import kinds, ladder_of, minutes, rung
from tests.domain.world import World, people

SMS, VOICE, EMAIL = Channel.SMS, Channel.VOICE, Channel.EMAIL
ALL = (SMS, VOICE, EMAIL)
SHORT = (rung(5, Role.SHIFT_LEAD), rung(10, Role.KEY_WORKER), rung(15, Role.REGISTERED_MANAGER))


@pytest.fixture
def world() -> World:
    """Three rungs at 35, 40 and 45 minutes after arrival; everybody has a phone that can be rung, and a mailbox."""
    return World(ladder_of(*SHORT), people(channels=ALL))


def fails(
    world: World,
    person: Role,
    channel: Channel,
    *,
    code: int | None = None,
    status: str = "undelivered",
    which: int = -1,
) -> None:
    """The provider's report about a message that this person has got on this channel: the last one, unless said."""
    sent = [one for one in world.heard if (one.person, one.channel) == (person.value, channel)][which]
    failed = DeliveryFailed(
        request_id=f"failed-{sent.notification_id}",
        notification_id=sent.notification_id,
        episode=world.state.episodes[-1].number if world.state.episodes else None,
        person_id=person.value,
        channel=channel.value,
        rung=sent.rung,
        status=status,
        code=code,
    )
    fail_over.failed_later(world.state, failed, channel, world.now)
    world.settle()


def ways(world: World, person: Role) -> list[tuple[str, Channel]]:
    """What this person got, and by which channel."""
    return [(one.template, one.channel) for one in world.heard if one.person == person]


def test_the_next_channel_says_the_same_with_the_same_id_as_if_it_had_been_the_first(world: World) -> None:
    """So that a retry finds it again, and the person reads what is due and not that somebody else was not reached."""
    world.time_passes(35)
    fails(world, Role.SHIFT_LEAD, SMS, code=30003)

    assert ways(world, Role.SHIFT_LEAD) == [("check_not_recorded", SMS), ("check_not_recorded", VOICE)]
    assert {one.rung for one in world.heard} == {"0"}
    assert minutes(world, Role.SHIFT_LEAD) == [35]


def test_busy_and_no_answer_go_on_to_the_mailbox(world: World) -> None:
    """Rule 4: in the person's own order, each once; and somebody may have heard, so the next rung keeps its time."""
    world.time_passes(35)
    fails(world, Role.SHIFT_LEAD, SMS)
    fails(world, Role.SHIFT_LEAD, VOICE, status="no-answer")
    world.time_passes(4)

    assert [channel for _, channel in ways(world, Role.SHIFT_LEAD)] == [SMS, VOICE, EMAIL]
    assert ways(world, Role.KEY_WORKER) == []


def test_when_no_channel_is_left_the_next_person_is_told_at_once(world: World) -> None:
    """C61: not at the next timer, and not by a third try of the same."""
    world.time_passes(36)
    for channel in ALL:
        fails(world, Role.SHIFT_LEAD, channel)

    assert minutes(world, Role.KEY_WORKER) == [36]
    assert ways(world, Role.REGISTERED_MANAGER) == [], "one rung, not all of them"


def test_a_rung_that_nobody_has_heard_moves_on_though_an_earlier_one_was_heard(world: World) -> None:
    """The shift lead had the first text. That the key worker has none is no reason to wait for the manager's time."""
    world.time_passes(41)
    for channel in ALL:
        fails(world, Role.KEY_WORKER, channel)

    assert minutes(world, Role.REGISTERED_MANAGER) == [41]


def test_of_an_earlier_rung_nothing_is_hurried_once_a_later_one_is_heard(world: World) -> None:
    """The next person has been told: one more would be woken for nothing."""
    world.time_passes(41)
    for channel in ALL:
        fails(world, Role.SHIFT_LEAD, channel)
    world.time_passes(3)

    assert ways(world, Role.REGISTERED_MANAGER) == []


def test_one_of_two_people_on_a_rung_is_enough_to_wait() -> None:
    """The other one's phone is off, and the next rung keeps its time."""
    world = World(ladder_of(rung(5, Role.SHIFT_LEAD, Role.KEY_WORKER), *SHORT[2:]), people(channels=(SMS,)))
    world.time_passes(36)
    fails(world, Role.SHIFT_LEAD, SMS)
    world.time_passes(8)
    assert ways(world, Role.REGISTERED_MANAGER) == []
    fails(world, Role.KEY_WORKER, SMS)

    assert minutes(world, Role.REGISTERED_MANAGER) == [44]


def test_a_channel_that_was_busy_at_one_rung_is_tried_again_at_the_next() -> None:
    """Busy at two o'clock is not busy at half past."""
    world = World(ladder_of(rung(5, Role.SHIFT_LEAD), rung(35, Role.SHIFT_LEAD)), people(channels=ALL))
    world.time_passes(36)
    for channel in ALL:
        fails(world, Role.SHIFT_LEAD, channel, code=30003)
    world.heard.clear()
    world.time_passes(35)
    assert [channel for _, channel in ways(world, Role.SHIFT_LEAD)][:1] == [SMS]
    fails(world, Role.SHIFT_LEAD, SMS, which=0)
    fails(world, Role.SHIFT_LEAD, VOICE, which=0)

    assert {channel for _, channel in ways(world, Role.SHIFT_LEAD)} == set(ALL)


def test_a_number_that_will_never_work_is_not_tried_at_a_later_rung(record: list[Fact]) -> None:
    """C67: also while the store, which marks it, has not been asked again. The record says it once."""
    world = World(ladder_of(rung(5, Role.SHIFT_LEAD), rung(35, Role.SHIFT_LEAD)), people())
    world.time_passes(35)
    fails(world, Role.SHIFT_LEAD, SMS, code=30005)

    assert [channel for _, channel in ways(world, Role.SHIFT_LEAD)] == [SMS, EMAIL]
    carried = next(one for one in world.state.contacts if one.person_id == Role.SHIFT_LEAD)
    assert dict(carried.channels).keys() == {EMAIL}
    assert [fact.data for fact in record if fact.kind is FactKind.CONTACT_PUT_OUT_OF_USE] == [
        {"person": "shift_lead", "channel": "sms", "code": 30005, "why": "permanent"}
    ]


def test_a_number_that_is_refused_when_it_is_sent_to_is_not_tried_again_either(record: list[Fact]) -> None:
    """C67, with no report to wait for."""
    world = World(ladder_of(rung(5, Role.SHIFT_LEAD), *SHORT[1:]), people())
    world.fate = lambda person, channel: (
        SendStatus.UNDELIVERABLE if (person, channel) == ("shift_lead", SMS) else SendStatus.ACCEPTED
    )
    world.codes = {SMS: 21211}
    world.time_passes(35)

    assert [channel for _, channel in ways(world, Role.SHIFT_LEAD)] == [EMAIL]
    assert kinds(record, FactKind.CONTACT_PUT_OUT_OF_USE) == [FactKind.CONTACT_PUT_OUT_OF_USE]


def test_a_report_that_comes_twice_is_followed_once(world: World) -> None:
    """Nothing heard for a minute, and then "undelivered": one call, not two."""
    world.time_passes(36)
    fails(world, Role.SHIFT_LEAD, SMS, status="unconfirmed")
    fails(world, Role.SHIFT_LEAD, SMS)

    assert [channel for _, channel in ways(world, Role.SHIFT_LEAD)] == [SMS, VOICE]


def test_two_channels_that_fail_in_one_moment_are_one_mail() -> None:
    """Text and call went out together and neither arrives."""
    world = World(ladder_of(rung(5, Role.SHIFT_LEAD, channels=(SMS, VOICE)), *SHORT[1:]), people(channels=ALL))
    world.time_passes(35)
    world.answering = False
    fails(world, Role.SHIFT_LEAD, SMS)
    fails(world, Role.SHIFT_LEAD, VOICE)
    waiting = [one.recipients for one in world.state.deliveries]

    assert waiting == [[("shift_lead", EMAIL)]]


def test_a_report_may_overtake_the_answer_to_the_send() -> None:
    """The phone was off before our worker had said that the text was accepted."""
    world = World(ladder_of(*SHORT), people())
    world.answering = False
    world.time_passes(35)
    alert = next(one for one in world.state.deliveries if one.in_flight)
    failed = DeliveryFailed(
        request_id="failed-early", notification_id="n", episode=1, person_id="shift_lead", channel="sms", rung="0"
    )
    fail_over.failed_later(world.state, failed, SMS, world.now)
    world.answering = True
    world._deliver(alert.number)  # noqa: SLF001
    world.settle()
    for one in [one for one in world.state.deliveries if one.in_flight]:
        world._deliver(one.number)  # noqa: SLF001
    world.settle()

    assert [channel for _, channel in ways(world, Role.SHIFT_LEAD)] == [SMS, EMAIL]
    assert world.episode.rungs[0].heard == {"shift_lead": [EMAIL]}


def test_after_a_lease_one_message_spoke_for_several_rungs() -> None:
    """All of them wait for what follows it, and none of them counts as heard when nothing has arrived."""
    world = World(
        ladder_of(rung(5, Role.SHIFT_LEAD), rung(8, Role.KEY_WORKER), rung(10, Role.KEY_WORKER), *SHORT[2:]),
        people(channels=(SMS,)),
    )
    world.time_passes(35)
    world.answer(Response.TAKE)
    world.time_passes(10.5)
    assert minutes(world, Role.KEY_WORKER) == [45]
    assert minutes(world, Role.REGISTERED_MANAGER) == [45]
    fails(world, Role.KEY_WORKER, SMS)

    assert not world.episode.rungs[1].heard
    assert not world.episode.rungs[2].heard


def test_a_follow_up_waits_while_somebody_has_the_child_in_hand(world: World) -> None:
    """Nobody is woken for what is in hand; when the time given is over, it goes out."""
    world.time_passes(41)
    world.answer(Response.TAKE)
    fails(world, Role.KEY_WORKER, SMS)
    assert [channel for _, channel in ways(world, Role.KEY_WORKER)] == [SMS]
    world.time_passes(10)

    assert VOICE in [channel for _, channel in ways(world, Role.KEY_WORKER)]


def test_a_stand_down_that_does_not_arrive_goes_to_the_next_channel(world: World, record: list[Fact]) -> None:
    """Rule 6: nobody is left alarmed because a text was lost."""
    world.time_passes(36)
    world.check_in()
    fails(world, Role.SHIFT_LEAD, SMS)
    assert ways(world, Role.SHIFT_LEAD)[-2:] == [("stand_down", SMS), ("stand_down", VOICE)]
    for _ in range(2):
        fails(world, Role.SHIFT_LEAD, VOICE, status="busy")
    assert ways(world, Role.SHIFT_LEAD)[-1] == ("stand_down", EMAIL)
    fails(world, Role.SHIFT_LEAD, EMAIL)

    assert [one for one in ways(world, Role.SHIFT_LEAD) if one[0] == "stand_down"] == [
        ("stand_down", channel) for channel in ALL
    ]
    assert kinds(record, FactKind.MESSAGE_GIVEN_UP)


def test_a_stand_down_that_another_channel_has_brought_is_not_said_again() -> None:
    """Alerted by text and mail, stood down on both: one of them is enough."""
    world = World(ladder_of(rung(5, Role.SHIFT_LEAD, channels=(SMS, EMAIL)), *SHORT[1:]), people(channels=ALL))
    world.time_passes(36)
    world.check_in()
    before = len(world.heard)
    fails(world, Role.SHIFT_LEAD, SMS)

    assert len(world.heard) == before


def test_good_news_that_was_lost_does_not_follow_a_new_alarm(world: World) -> None:
    """The child is missing again by then."""
    world.time_passes(36)
    world.check_in()
    world.check_in(Outcome.NOT_HERE)
    failed = DeliveryFailed(
        request_id="failed-late", notification_id="n", episode=1, person_id="shift_lead", channel="sms",
        rung="stand_down.2",
    )  # fmt: skip
    fail_over.failed_later(world.state, failed, SMS, world.now)
    world.settle()

    assert ("stand_down", VOICE) not in ways(world, Role.SHIFT_LEAD)


def test_a_concern_that_does_not_arrive_is_said_on_the_next_channel(world: World) -> None:
    """It belongs to no episode, and somebody is worried all the same; each channel once, in the person's order."""
    world.time_passes(5)
    world.check_in(Outcome.SEEN_CONCERN)
    for channel in ALL:
        fails(world, Role.SHIFT_LEAD, channel)

    assert ways(world, Role.SHIFT_LEAD) == [("concern", channel) for channel in ALL]


def test_a_failure_at_the_end_of_the_ladder_is_noted_and_the_end_repeats_anyway() -> None:
    """It had gone to all of a person's channels at once."""
    world = World(ladder_of(*SHORT), people(channels=(SMS, EMAIL)))
    world.time_passes(62)
    before = len(world.heard)
    assert world.heard[-1].template == "still_open"
    fails(world, Role.SHIFT_LEAD, SMS)
    assert len(world.heard) == before
    world.time_passes(16)

    assert len(world.heard) > before


def test_a_call_to_the_police_that_failed_once_is_made_again_with_each_repeat() -> None:
    """The police rung repeats, on the channel that was busy before as well."""
    world = World(
        ladder_of(rung(5, Role.SHIFT_LEAD), rung(10, Role.ON_CALL_MANAGER, channels=(SMS,), police=True)),
        people(channels=ALL),
    )
    world.time_passes(41)
    fails(world, Role.ON_CALL_MANAGER, SMS)
    world.time_passes(5)
    fails(world, Role.ON_CALL_MANAGER, SMS)

    assert [channel for _, channel in ways(world, Role.ON_CALL_MANAGER)] == [SMS, VOICE, SMS, VOICE]


def test_an_older_web_apps_report_names_no_rung(world: World) -> None:
    """It is the last one that told them so."""
    world.time_passes(36)
    failed = DeliveryFailed(
        request_id="failed-old", notification_id="n", episode=1, person_id="shift_lead", channel="sms"
    )
    for _ in range(2):
        fail_over.failed_later(world.state, failed, SMS, world.now)
        world.settle()

    assert [channel for _, channel in ways(world, Role.SHIFT_LEAD)] == [SMS, VOICE]


def test_what_a_claim_says_of_its_origin() -> None:
    """As `addressing` writes it; anything else is nothing."""
    assert origin("3") == Origin(rung=3)
    assert origin("stand_down.12") == Origin(template=Template.STAND_DOWN, delivery=12)
    for text in ("", "x", "stand_down", "stand_down.", "stand_down.x", "no.1", "-1"):
        assert origin(text) == Origin()


def test_a_whole_night_of_failures_comes_to_an_end_and_is_paced() -> None:
    """Every text, call and mail that anybody gets fails a second later: the ladder climbs, at most a rung a minute."""
    world = World(built_in()["arrival-high"], people(channels=ALL))
    world.time_passes(35)
    done = 0
    for _ in range(60):
        fresh, done = world.heard[done:], len(world.heard)
        for one in fresh:
            failed = DeliveryFailed(
                request_id=f"failed-{one.notification_id}",
                notification_id=one.notification_id,
                episode=1,
                person_id=one.person,
                channel=one.channel.value,
                rung=one.rung,
            )
            fail_over.failed_later(world.state, failed, one.channel, world.now)
            world.settle()
        world.time_passes(seconds=15)
    police = minutes(world, Role.ON_CALL_MANAGER, "call_the_police")

    assert police, "the police rung has come"
    assert police[0] < 60, "earlier than by its timer"
    fired = sorted(run.fired_at for run in world.episode.rungs.values())
    assert max(fired) - min(fired) >= timedelta(minutes=3), "paced"
    assert len(world.heard) < 400


def test_a_dead_number_does_not_come_back_with_an_alert_that_was_on_its_way(world: World) -> None:
    """The report can overtake the alert's own answer, which still names the number: a stand-down would go there."""
    world.time_passes(36)
    state = world.state
    before = list(state.contacts)
    never = failures.Reason.PERMANENT
    carried_people.forget_channel(state, Role.SHIFT_LEAD.value, SMS, world.now, code=30005, why=never)
    late = Delivery(
        number=99, kind=DeliveryKind.RUNGS, episode=1, template=Template.UNACCOUNTED,
        scheduled_at=world.now, not_before=world.now, in_flight=True,
    )  # fmt: skip
    state.deliveries.append(late)
    deliveries.done(state, 99, AlertResult(contacts=before), world.now)
    assert carried(world, Role.SHIFT_LEAD) == [VOICE, EMAIL]
    state.deliveries.append(late.model_copy(update={"number": 100}))
    deliveries.done(state, 100, AlertResult(contacts=before), world.now + timedelta(hours=1))
    assert carried(world, Role.SHIFT_LEAD) == [SMS, VOICE, EMAIL], "somebody has put it right"


def carried(world: World, role: Role) -> list[Channel]:
    """The ways to a person that the placement carries."""
    (person,) = [one for one in world.state.contacts if one.person_id == role.value]
    return [channel for channel, _ in person.channels]
