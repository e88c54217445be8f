"""Having it in hand: what makes a lease go on, who may take it again, and how many people a rung wants."""

from datetime import timedelta

import pytest

from config.policy import built_in
from domain import answers
from domain.facts import Fact, FactKind
from domain.messages import fits_sms
from domain.names import Channel, Ending, Outcome, Response, Role, Template
from domain.policy import Policy, Repeat
from domain.priority import of_delivery
from domain.requests import Answer, Reply
from domain.state import Delivery
from tests.domain.cases.night import kinds, ladder_of, minutes, rung, told
from tests.domain.world import World, people
from web.replies import SENTENCES, text

LEAD, KEY, MANAGER = Role.SHIFT_LEAD, Role.KEY_WORKER, Role.ON_CALL_MANAGER


def slow() -> Policy:
    """A shift lead at five minutes, a key worker at six, the call to the police in an hour."""
    return ladder_of(rung(5, LEAD), rung(6, KEY), rung(60, MANAGER, police=True))


@pytest.fixture
def world() -> World:
    """A child whose check is overdue, and whose shift lead has been told and has it."""
    world = World(slow())
    world.time_passes(35)
    assert world.answer(Response.TAKE) == "taken"
    return world


def test_nothing_follows_and_the_next_people_are_told(world: World) -> None:
    """A lease buys time, not silence."""
    world.time_passes(9.9)
    assert minutes(world, KEY) == []
    world.time_passes(0.2)
    assert minutes(world, KEY) == [45]


@pytest.mark.parametrize("outcome", ["confirmed missing", "police reference"])
def test_an_outcome_gives_its_owner_another_lease_once(world: World, outcome: str) -> None:
    """C48: who has confirmed it, or told the police, is awake and at work; the same outcome twice buys nothing more."""
    world.time_passes(5)
    for _ in range(2):
        if outcome == "confirmed missing":
            assert world.answer(Response.CONFIRM_MISSING) == "missing"
        else:
            assert world.police_told(LEAD) == "police_told"
        world.time_passes(0.5)
    world.heard.clear()
    world.time_passes(8.9)
    assert minutes(world, KEY) == []
    world.time_passes(0.2)
    assert minutes(world, KEY) == [50]


def test_somebody_elses_outcome_does_not_keep_a_sleepers_lease_alive(world: World) -> None:
    """That the manager has a reference does not say that the shift lead is awake."""
    world.time_passes(5)
    world.police_told(MANAGER)
    world.time_passes(5.1)
    assert minutes(world, KEY) == [45]


def test_after_an_outcome_the_next_people_are_not_told_that_there_was_none(world: World, record: list[Fact]) -> None:
    """And whoever brought it may take it again."""
    world.police_told(LEAD)
    world.time_passes(11)
    assert told(record, FactKind.LEASE_ENDED) == [
        "(shift_lead) had this, and the time held is over: the ladder climbs again."
    ]
    assert world.answer(Response.TAKE) == "taken"


def test_found_ends_the_lease_and_the_ladder(world: World) -> None:
    """The best of outcomes."""
    world.found()
    world.found(KEY)
    world.heard.clear()
    world.time_passes(20)
    assert [one for one in world.heard if one.template == "check_not_recorded"] == []
    assert world.episode.owner is None


def test_whoever_let_it_lapse_does_not_take_it_again_alone(world: World, record: list[Fact]) -> None:
    """C48: they hear so, it is in the record, and the ladder climbs on."""
    world.time_passes(10.5)
    assert world.answer(Response.TAKE) == "needs_second_person"
    assert world.episode.owner is None
    assert told(record, FactKind.TAKE_REFUSED) == [
        "(shift_lead) wanted to take this again; their time had run out, so a second person is needed."
    ]
    world.time_passes(50)
    assert minutes(world, MANAGER, "call_the_police")[:1] == [90], "and the police rung comes at its time"


@pytest.mark.parametrize("late", [0, 1, 30])
def test_an_answer_in_the_instant_of_the_end_comes_after_it(world: World, record: list[Fact], late: float) -> None:
    """The engine was away, or hands out messages before timers: whoever overslept has let it lapse all the same."""
    world.now += timedelta(minutes=10 + late)
    assert world.answer(Response.TAKE) == "needs_second_person"
    assert kinds(record, FactKind.LEASE_ENDED, FactKind.TAKE_REFUSED) == [
        FactKind.LEASE_ENDED,
        FactKind.TAKE_REFUSED,
    ]
    assert minutes(world, KEY) == [45 + late], "and the ladder climbs in that second"


def test_another_person_who_takes_it_in_the_instant_of_the_end_has_it(world: World, record: list[Fact]) -> None:
    """The end is in the record before, and the next rung is theirs to hold back."""
    world.now += timedelta(minutes=10)
    assert world.answer(Response.TAKE, KEY) == "taken"
    assert kinds(record, FactKind.LEASE_ENDED, FactKind.TAKEN) == [
        FactKind.TAKEN,
        FactKind.LEASE_ENDED,
        FactKind.TAKEN,
    ]
    assert world.answer(Response.TAKE) == "taken_by_other"


def test_somebody_else_takes_it_and_may_hand_it_back(world: World) -> None:
    """The second person is the one who hands it over."""
    world.time_passes(10.5)
    assert world.answer(Response.TAKE, KEY) == "taken"
    assert world.answer(Response.TAKE) == "taken_by_other"
    assert world.answer(Response.HAND_OVER, KEY, to="shift_lead") == "offered"
    assert world.answer(Response.TAKE) == "taken"


def test_a_second_person_vouches(world: World, record: list[Fact]) -> None:
    """Nobody vouches for themselves, or for somebody who needs no word."""
    world.time_passes(10.5)
    assert world.answer(Response.VOUCH, LEAD, to="shift_lead") == "refused: to_person"
    assert world.answer(Response.VOUCH, LEAD, to="key_worker") == "refused: to_person"
    assert world.answer(Response.VOUCH, KEY) == "refused: to_person"
    assert world.answer(Response.VOUCH, KEY, to="shift_lead", reason="spoke to them") == "vouched"
    assert told(record, FactKind.VOUCHED) == ["(key_worker) said that (shift_lead) may take this again: spoke to them."]
    assert world.answer(Response.TAKE) == "taken"
    world.time_passes(11)
    assert world.answer(Response.TAKE) == "needs_second_person", "one word is for one time"


def test_another_episode_begins_with_nobodys_lapse(world: World) -> None:
    """What was in the last one is over."""
    world.time_passes(10.5)
    world.check_in()
    world.time_passes(35)
    assert world.answer(Response.TAKE) == "taken"


def test_whoever_is_to_take_over_is_told_and_has_it_only_once_they_take_it(world: World) -> None:
    """On each of their channels; until then the owner keeps it, and its time runs on."""
    assert world.answer(Response.HAND_OVER, to="social_worker") == "offered"
    heard = {one.channel for one in world.heard if one.person == "social_worker" and one.template == "hand_over"}
    assert heard == {Channel.SMS, Channel.EMAIL}
    assert world.episode.owner is not None
    assert world.episode.owner.actor.person_id == "shift_lead"
    assert world.answer(Response.TAKE, Role.SOCIAL_WORKER) == "taken"
    assert world.episode.owner.actor.person_id == "social_worker"
    world.check_in()
    assert world.said_to(Role.SOCIAL_WORKER)[-1] == "stand_down", "who was asked hears that it is over"


def test_a_hand_over_waits_behind_nothing_that_can_wait(world: World) -> None:
    """It asks somebody to act: no throttle holds it back."""
    asked = hand_over_waiting(world)
    assert not of_delivery(world.state, world.episode, asked).can_wait


def hand_over_waiting(world: World) -> Delivery:
    """The message of a hand-over, before it has left."""
    offer = Answer(
        request_id="a-hand-over",
        actor=world.actor(LEAD),
        received_at=world.now,
        episode=1,
        kind=Response.HAND_OVER,
        to_person="social_worker",
    )
    answers.answer(world.state, offer, world.now)
    return next(one for one in world.state.deliveries if one.template is Template.HAND_OVER)


def test_who_can_not_be_told_is_to_be_rung(world: World) -> None:
    """The offer stands, and its author hears that no message went out. Nobody offers it to themselves."""
    assert world.answer(Response.HAND_OVER, to="somebody-new") == "offered_untold"
    assert world.answer(Response.HAND_OVER, to="shift_lead") == "refused: to_person"


# ── more than one person wanted ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def two() -> World:
    """A first rung that wants two people to take it, and a key worker five minutes later."""
    first = rung(5, LEAD, MANAGER).model_copy(update={"confirmations": 2})
    world = World(ladder_of(first, rung(10, KEY), rung(15, Role.REGISTERED_MANAGER), rung(90, MANAGER, police=True)))
    world.time_passes(35)
    return world


def test_one_of_two_does_not_hold_the_ladder(two: World, record: list[Fact]) -> None:
    """C47: the first hears that somebody else must take it too; taking it twice is not two people."""
    assert two.answer(Response.TAKE) == "taken_more_wanted"
    assert two.answer(Response.TAKE) == "taken_more_wanted"
    assert told(record, FactKind.TAKEN) == [
        "(shift_lead) took this; more people are wanted: 1. Until then the ladder goes on."
    ]
    two.time_passes(5)
    assert minutes(two, KEY) == [40]


def test_the_second_of_two_holds_it_and_both_leases_end_together(two: World, record: list[Fact]) -> None:
    """The time counts from the second; a third hears who has it."""
    two.answer(Response.TAKE)
    two.time_passes(2)
    assert two.answer(Response.TAKE, MANAGER) == "taken_too"
    assert two.answer(Response.TAKE, KEY) == "taken_by_other"
    assert two.answer(Response.TAKE) == "taken"
    two.time_passes(9.9)
    assert minutes(two, KEY) == []
    two.time_passes(0.2)
    assert minutes(two, KEY) == [47]
    assert len(kinds(record, FactKind.LEASE_ENDED)) == 1
    assert two.answer(Response.TAKE) == "needs_second_person"
    assert two.answer(Response.TAKE, MANAGER) == "needs_second_person"


def test_when_one_of_two_can_not_any_more_the_next_are_told(two: World) -> None:
    """*Cannot* moves on at once; the other one still has it."""
    two.answer(Response.TAKE)
    two.answer(Response.TAKE, MANAGER)
    assert two.answer(Response.CANNOT, KEY) == "noted"
    assert two.answer(Response.CANNOT, MANAGER) == "moved_on"
    assert minutes(two, KEY) == [35]
    assert two.episode.owner is not None
    assert two.answer(Response.TAKE, KEY) == "taken_too"


def test_a_later_rung_that_wants_two_is_not_held_by_one() -> None:
    """The one who has it goes on having it; the ladder climbs until there are two."""
    late = rung(10, MANAGER, police=True).model_copy(update={"confirmations": 2})
    world = World(ladder_of(rung(5, LEAD), late, rung(11, KEY)))
    world.time_passes(35)
    assert world.answer(Response.TAKE) == "taken"
    world.time_passes(6)
    assert minutes(world, KEY) == [41]


# ── beside the lease ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_answered_fits_a_text() -> None:
    """Whatever became of it."""
    longest = {"until": "23:59:59", "holder": "responsible individual", "Holder": "Responsible individual"}
    for update in ("answer", "claim"):
        for words in SENTENCES[update].values():
            said = text("W" * 12 + "-999", words.format(**longest))
            assert fits_sms(said), said
            assert not said.endswith("..."), said
    assert Reply(outcome="needs_second_person").outcome in SENTENCES["answer"]


@pytest.mark.parametrize("policy", list(built_in()))
def test_a_child_who_was_away_is_missing_in_that_second_and_the_clock_goes_on(policy: str) -> None:
    """A becomes M when whereabouts are lost; the missing episode's own clock is set once and for all."""
    world = World(built_in()[policy])
    world.check_in(Outcome.NOT_HERE_KNOWN_PLACE)
    assert world.answer(Response.CONFIRM_MISSING) == "missing"
    opened = world.episode.anchors
    first = dict(opened)
    world.time_passes(5)
    world.found(back_in=60)
    world.found(KEY, back_in=60)
    world.time_passes(30)
    assert world.answer(Response.CONFIRM_MISSING) == "missing"
    assert {key.value: at for key, at in opened.items()}["opened"] == {k.value: a for k, a in first.items()}["opened"]


def test_a_stand_down_is_for_those_who_were_alerted_and_for_nobody_else(world: World, record: list[Fact]) -> None:
    """Each on the channel on which they heard of it; the count of people and messages is in the record."""
    world.time_passes(11)
    alerted = {(one.person, one.channel) for one in world.heard}
    world.heard.clear()
    world.check_in()
    assert {(one.person, one.channel) for one in world.heard if one.template == "stand_down"} == alerted
    assert {one.person for one in world.heard} == {"shift_lead", "key_worker"}
    assert told(record, FactKind.STOOD_DOWN) == ["Told that it is over: people 2, messages 2."]


def test_the_end_of_the_ladder_looks_again_for_whom_nobody_was() -> None:
    """Nobody held a role when the rungs fired: the repeat of everyone alerted would be a repeat to nobody, for ever."""
    policy = ladder_of(rung(5, LEAD), rung(6, KEY, police=True))
    world = World(policy.model_copy(update={"repeat": Repeat(roles=(Role.EVERYONE_ALERTED,))}), contacts=[])
    world.time_passes(45)
    assert world.heard == []
    world.contacts = people([KEY])
    world.time_passes(20)
    assert "still_open" in world.said_to(KEY)


def test_there_are_five_endings_and_no_other() -> None:
    """Seen late, in error, after a return, death, an adult's service: no count and no time ends the search.

    A drill has one more, which no child's episode can have.
    """
    assert {ending.value for ending in Ending} - {"exercise_over"} == {
        "seen_late",
        "declared_in_error",
        "closed_after_return",
        "death_recorded",
        "adult_handover",
    }
    world = World(slow())
    world.time_passes(36)
    assert world.close(Ending.SEEN_LATE) == "refused: ending"
    assert world.close(Ending.EXERCISE_OVER) == "refused: ending"
    assert world.close(Ending.CLOSED_AFTER_RETURN) == "refused: ending"
    assert world.close(Ending.ADULT_HANDOVER) == "refused: handover_to"
    assert world.close(Ending.DEATH_RECORDED) == "awaits_second_person"
    assert world.close(Ending.DEATH_RECORDED) == "awaits_second_person", "the same person twice is one"
    assert world.episode.ending is None
