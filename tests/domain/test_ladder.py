"""Who hears what, when: the ladder of the built-in Arrival-High policy."""

from datetime import timedelta

import pytest

from config.policy import built_in
from domain.names import Channel, Ending, Outcome, Response, Role, Stage
from domain.sending import SendStatus
from tests.domain.world import START, World


@pytest.fixture
def world() -> World:
    """A child has just arrived at 21:00."""
    return World(built_in()["arrival-high"])


def test_a_child_who_arrives_is_expected_at_once(world: World) -> None:
    """C04: no first ping is needed; the expectation is armed with the arrival."""
    assert world.state.expectation is not None
    assert world.state.expectation.due_at == START + timedelta(minutes=30)


def test_within_grace_nobody_is_disturbed(world: World) -> None:
    """C01: due, and not overdue yet."""
    world.time_passes(34.9)

    assert world.heard == []


def test_a_missed_check_is_stamped_with_its_deadline(world: World) -> None:
    """C02: the episode begins when the check was due, not when somebody noticed."""
    world.time_passes(35)

    assert world.episode.began_at == START + timedelta(minutes=30)
    assert world.said_to(Role.SHIFT_LEAD) == ["check_not_recorded"]


def test_the_ladder_climbs_at_its_times_and_nobody_hears_early(world: World) -> None:
    """C20, C21: each rung at its offset from due, everyone on it."""
    world.time_passes(30 + 30)
    at = {heard.person: (heard.at - START) for heard in reversed(world.heard)}

    assert at[Role.SHIFT_LEAD] == timedelta(minutes=35)
    assert at[Role.KEY_WORKER] == at[Role.ON_CALL_MANAGER] == timedelta(minutes=40)
    assert at[Role.REGISTERED_MANAGER] == timedelta(minutes=45)
    assert at[Role.SOCIAL_WORKER] == timedelta(minutes=50)
    assert Role.HOST_AUTHORITY not in at
    assert world.episode.stage is Stage.MISSING


def test_a_check_in_after_the_miss_stands_down_whoever_was_alerted(world: World) -> None:
    """C12: those who heard hear that it is over, on the same channel; nobody else is disturbed."""
    world.time_passes(40)
    told = {(heard.person, heard.channel) for heard in world.heard}
    outcome = world.check_in()

    over = [heard for heard in world.heard if heard.template == "stand_down"]
    assert outcome == "seen_late"
    assert {(heard.person, heard.channel) for heard in over} == told
    assert world.episode.ending is Ending.SEEN_LATE
    assert world.state.expectation is not None


def test_taking_is_a_lease_and_its_end_lets_the_ladder_climb(world: World) -> None:
    """C48: acknowledging is not resolving."""
    world.time_passes(35)
    assert world.answer(Response.TAKE) == "taken"
    world.time_passes(9.9)
    assert world.said_to(Role.KEY_WORKER) == []
    world.time_passes(0.2)

    assert world.said_to(Role.KEY_WORKER) == ["check_not_recorded"]
    assert world.said_to(Role.REGISTERED_MANAGER) == ["check_not_recorded"]


def test_no_sum_of_leases_delays_the_police_rung(world: World) -> None:
    """Held as long as a person can hold it, the call to ring the police still goes out half an hour after due."""
    world.time_passes(39)
    world.answer(Response.TAKE)
    world.time_passes(9)
    world.answer(Response.EXTEND)
    world.answer(Response.EXTEND)
    world.time_passes(12)

    assert "call_the_police" in world.said_to(Role.SHIFT_LEAD)
    assert world.said_to(Role.REGISTERED_MANAGER), "rungs stay in order: those held before it go out with it"
    assert world.said_to(Role.HOST_AUTHORITY) == []


def test_a_second_taker_hears_who_has_it(world: World) -> None:
    """One owner at a time."""
    world.time_passes(40)
    world.answer(Response.TAKE, Role.SHIFT_LEAD)

    assert world.answer(Response.TAKE, Role.KEY_WORKER) == "taken_by_other"


def test_a_hand_over_needs_the_other_to_accept(world: World) -> None:
    """The owner keeps it until then."""
    world.time_passes(40)
    world.answer(Response.TAKE, Role.SHIFT_LEAD)
    world.answer(Response.HAND_OVER, Role.SHIFT_LEAD, to="key_worker")
    assert world.episode.owner is not None
    assert world.episode.owner.actor.person_id == "shift_lead"

    assert world.answer(Response.TAKE, Role.KEY_WORKER) == "taken"
    assert world.episode.owner.actor.person_id == "key_worker"


def test_cannot_moves_on_at_once(world: World) -> None:
    """A person who cannot is not waited for."""
    world.time_passes(35)
    world.answer(Response.CANNOT)

    assert world.said_to(Role.KEY_WORKER) == ["check_not_recorded"]
    world.time_passes(9)
    assert world.said_to(Role.REGISTERED_MANAGER) == [], "the others keep their times"


def test_a_cannot_that_comes_late_hurries_nobody(world: World) -> None:
    """The ladder has moved on from them by itself: those who are asked now have their time."""
    world.time_passes(41)
    assert world.answer(Response.CANNOT) == "moved_on_before"
    assert world.said_to(Role.REGISTERED_MANAGER) == []

    assert world.answer(Response.CANNOT, Role.KEY_WORKER) == "moved_on", "they are asked now: the next are told"
    assert world.said_to(Role.REGISTERED_MANAGER) == ["check_not_recorded"]


def test_at_the_end_of_the_ladder_no_cannot_is_late(world: World) -> None:
    """Everyone who was alerted is asked again and again: whoever cannot lets the others hear at once."""
    world.time_passes(150)
    world.heard.clear()
    assert world.answer(Response.CANNOT) == "moved_on"
    world.time_passes(1)

    assert "still_open" in world.said_to(Role.RESPONSIBLE_INDIVIDUAL)


def test_a_rung_that_reaches_nobody_is_loud_and_moves_on_at_once(world: World) -> None:
    """C31: nobody holds the role, so the next rung fires now."""
    world.contacts = [one for one in world.contacts if one.person_id != Role.SHIFT_LEAD]
    world.time_passes(35)

    assert world.said_to(Role.KEY_WORKER) == ["check_not_recorded"]
    world.time_passes(5)
    assert world.said_to(Role.REGISTERED_MANAGER) == [], "the third rung keeps its time"


def test_two_empty_rungs_are_a_minute_apart(world: World) -> None:
    """Nobody anywhere: the ladder hurries, but does not run away."""
    world.contacts = [one for one in world.contacts if one.person_id == Role.HEAD_OF_SERVICE]
    world.time_passes(35)
    assert len(world.episode.rungs) == 2
    world.time_passes(1)
    assert len(world.episode.rungs) == 3


def test_a_failed_text_goes_to_the_persons_next_channel_at_once(world: World) -> None:
    """C60: not again to the same number, and not at the next timer."""
    world.fate = lambda _person, channel: SendStatus.UNDELIVERABLE if channel is Channel.SMS else SendStatus.ACCEPTED
    world.time_passes(35)

    assert [(one.person, one.channel) for one in world.heard] == [("shift_lead", Channel.EMAIL)]
    world.time_passes(4)
    assert world.said_to(Role.KEY_WORKER) == [], "somebody was reached: the next rung keeps its time"


def test_everything_failing_moves_on_and_keeps_trying(world: World) -> None:
    """C66: with every provider down the ladder climbs, and messages arrive when a provider is back."""
    world.fate = lambda _person, _channel: SendStatus.UNAVAILABLE
    world.time_passes(37)
    assert world.heard == []
    assert len(world.episode.rungs) > 2
    world.fate = lambda _person, _channel: SendStatus.ACCEPTED
    world.time_passes(1)

    assert world.said_to(Role.SHIFT_LEAD)


def test_after_an_outage_each_person_gets_one_message_that_says_how_late_it_is(world: World) -> None:
    """Rule 2: no phone gets a backlog."""
    world.outage(30 + 61)
    first = [heard for heard in world.heard if heard.channel is Channel.SMS]

    assert len({heard.person for heard in first}) == len(first)
    # A circular tells nobody outside since when the child is gone, so it does not say how late it is either.
    assert all(heard.late for heard in first if not heard.template.startswith("neighbour"))
    assert world.said_to(Role.NEIGHBOURING_AUTHORITY)


def test_not_here_starts_the_other_anchor(world: World) -> None:
    """No grace: the shift lead and the manager hear in the same second, and the police rung is the first."""
    world.time_passes(10)
    assert world.check_in(Outcome.NOT_HERE) == "reported_not_here"

    assert world.said_to(Role.SHIFT_LEAD)[0] in ("call_the_police", "reported_not_here")
    assert world.episode.stage is Stage.MISSING
    assert world.state.expectation is None


def test_after_not_here_a_due_rung_tells_only_those_who_have_not_heard(world: World) -> None:
    """The two ladders run side by side, and nobody is told twice what they know."""
    world.time_passes(39)
    world.check_in(Outcome.NOT_HERE)
    world.answer(Response.CANNOT)
    before = len(world.said_to(Role.SHIFT_LEAD))
    world.time_passes(1.5)

    assert world.said_to(Role.KEY_WORKER) == ["reported_not_here"]
    assert len(world.said_to(Role.SHIFT_LEAD)) - before <= 1


def test_after_unaccounted_a_second_person_confirms(world: World) -> None:
    """Rule 6: one person's word does not end it, nor does the same person's twice, nor a text."""
    world.time_passes(10)
    world.check_in(Outcome.NOT_HERE)
    world.time_passes(1)
    assert world.claim() == "claimed"
    assert world.check_in() == "awaits_second_person"
    assert world.found(Role.SHIFT_LEAD) == "awaits_second_person"
    assert world.found(Role.KEY_WORKER) == "returned"

    alerted = {one.person for one in world.heard if one.template not in ("stand_down", "return_tasks")}
    assert {one.person for one in world.heard if one.template == "stand_down"} == alerted
    assert world.state.expectation is not None, "back home, checks go on"


def test_located_and_not_back_in_time_is_missing_again(world: World) -> None:
    """A time is promised; when it passes, the alarm is raised anew, from its first rung."""
    world.time_passes(10)
    world.check_in(Outcome.NOT_HERE)
    opened = world.episode.anchors["opened"]  # type: ignore[index]
    world.found(Role.SHIFT_LEAD, back_in=20)
    assert world.found(Role.KEY_WORKER, back_in=20) == "located"
    world.heard.clear()
    world.time_passes(19)
    assert world.heard == []
    world.time_passes(2)

    assert world.said_to(Role.SHIFT_LEAD)
    assert world.episode.stage is Stage.MISSING
    assert world.episode.anchors["opened"] == opened, "the missing episode's clock was not restarted"  # type: ignore[index]


def test_a_known_place_is_decided_anew_within_the_hour(world: World) -> None:
    """Code A becomes M when the child is not back, and the social worker hears at once."""
    assert world.check_in(Outcome.NOT_HERE_KNOWN_PLACE) == "reported_away"
    assert world.episode.stage is Stage.AWAY
    assert world.said_to(Role.SOCIAL_WORKER) == ["away"]
    world.time_passes(61)

    assert world.episode.stage.value == "missing"


def test_the_police_rung_repeats_until_a_reference_is_entered(world: World) -> None:
    """Rule 7: nothing but a reference, a force and a time counts."""
    world.time_passes(60)
    calls = world.said_to(Role.SHIFT_LEAD).count("call_the_police")
    world.time_passes(11)
    assert world.said_to(Role.SHIFT_LEAD).count("call_the_police") == calls + 2 * calls
    world.police_told()
    world.time_passes(11)

    assert world.said_to(Role.SHIFT_LEAD).count("call_the_police") == calls + 2 * calls


CALLERS = (
    ("missed", ["registered_manager", "social_worker", "placing_authority", "head_of_service"]),
    ("not here", ["social_worker", "registered_manager", "responsible_individual", "placing_authority"]),
)


@pytest.mark.parametrize(("began", "callers"), CALLERS)
def test_the_call_to_the_police_climbs_with_each_repeat(world: World, began: str, callers: list[str]) -> None:
    """Whoever was asked first may be asleep: every five minutes the next rung's people are asked as well."""
    if began == "missed":
        world.time_passes(60)
    else:
        world.check_in(Outcome.NOT_HERE)
    first = {one.person for one in world.heard if one.template == "call_the_police"}
    assert first == {"shift_lead", "on_call_manager"}
    for nth in range(1, len(callers) + 1):
        world.heard.clear()
        world.time_passes(5)
        asked = {one.person for one in world.heard if one.template == "call_the_police"}
        assert first | set(callers[:nth]) <= asked
        assert not set(callers[nth:]) & asked
        assert not asked & {"police", "host_authority", "neighbouring_authority", "observer", "voluntary_sector"}
    world.police_told()
    world.heard.clear()
    world.time_passes(20)
    assert not [one for one in world.heard if one.template == "call_the_police"]


def test_the_end_of_the_ladder_repeats_for_ever_on_all_channels(world: World) -> None:
    """Rule 3, C34: the last rung is not the last word."""
    world.time_passes(30 + 60)
    world.police_told()
    world.heard.clear()
    world.time_passes(24 * 60)
    repeats = [one for one in world.heard if one.person == Role.SHIFT_LEAD and one.template == "still_open"]

    assert len(repeats) == 2 * 24 * 4
    assert {one.channel for one in repeats} == {Channel.SMS, Channel.EMAIL}


def test_the_fourth_episode_pages_at_the_same_offsets_as_the_first(world: World) -> None:
    """Risk does not fall because a child goes missing often."""
    offsets = []
    for _ in range(4):
        began = world.now
        world.heard.clear()
        world.time_passes(35)
        offsets.append(world.heard[0].at - began)
        world.check_in()

    assert len(set(offsets)) == 1


def test_out_with_agreement_and_not_back(world: World) -> None:
    """C06: not being back in time counts, even if no routine check was due."""
    world.absence(120)
    world.time_passes(124)
    assert world.heard == []
    world.time_passes(1)

    assert world.said_to(Role.SHIFT_LEAD) == ["check_not_recorded"]


def test_an_older_check_in_moves_nothing(world: World) -> None:
    """Rule: kept, and shown as sent late."""
    world.time_passes(10)
    world.check_in()
    due = world.state.expectation
    world.time_passes(1)

    assert world.check_in(ago=5) == "sent_late"
    assert world.state.expectation == due


def test_impossible_times_are_refused(world: World) -> None:
    """Before the child arrived, or in the future."""
    world.time_passes(10)

    assert world.check_in(ago=11) == "refused: seen_at"
    assert world.check_in(ago=-2.1) == "refused: seen_at"
    assert world.check_in(ago=-1.9) == "done"


def test_a_device_ahead_of_time_gains_none(world: World) -> None:
    """The next check is never later than receipt plus interval."""
    world.time_passes(10)
    world.check_in(ago=-1.5)

    assert world.state.expectation is not None
    assert world.state.expectation.due_at == world.now + timedelta(minutes=30)


def test_the_only_endings(world: World) -> None:
    """Declared in error: a reason and a second person, and never once the police have been told."""
    world.check_in(Outcome.NOT_HERE)
    assert world.close(Ending.CLOSED_AFTER_RETURN) == "refused: ending"
    assert world.close(Ending.SEEN_LATE) == "refused: ending"
    assert world.close(Ending.DECLARED_IN_ERROR) == "awaits_second_person"
    assert world.close(Ending.DECLARED_IN_ERROR) == "awaits_second_person"
    world.police_told()
    assert world.close(Ending.DECLARED_IN_ERROR, Role.SHIFT_LEAD) == "refused: ending"
    assert world.close(Ending.ADULT_HANDOVER) == "refused: handover_to"
    assert world.close(Ending.ADULT_HANDOVER, to="An adult service") == "awaits_second_person"
    assert world.close(Ending.ADULT_HANDOVER, Role.SOCIAL_WORKER, to="An adult service") == "closed"
    assert world.state.expectation is None


def test_a_child_who_is_gone_again_is_reported_to_the_police_again(world: World) -> None:
    """Rule 7: what they were told of the last time does not count; and it can't have been an error any more."""
    world.check_in(Outcome.NOT_HERE)
    world.police_told()
    world.found(Role.SHIFT_LEAD, back_in=20)
    world.found(Role.KEY_WORKER, back_in=20)
    world.heard.clear()
    world.time_passes(27)

    assert world.said_to(Role.SHIFT_LEAD).count("call_the_police") >= 2
    assert world.close(Ending.DECLARED_IN_ERROR) == "refused: ending"
