"""Nights on which two things meet: an alert under way and a child who is found, a new policy, a dead phone."""

from datetime import timedelta
from typing import Any

import pytest

from config.policy import built_in
from domain import addressing, alerting, calendar, deliveries, fail_over, ledger, placements, plans
from domain.errors import Refused
from domain.names import Anchor, Channel, Method, Outcome, Response, Risk, Role, Stage, Template
from domain.next_channel import A_MOMENT
from domain.policy import CheckPlanRow, to_text
from domain.requests import DeliveryFailed, PlacementEnd, PlanChange
from domain.sending import AlertRequest, AlertResult, SendStatus, Sent
from domain.state import DeliveryKind
from tests.domain.world import World, all_arrive, people


@pytest.fixture
def world() -> World:
    """A child has just arrived at 21:00."""
    return World(built_in()["arrival-high"])


def under_way(world: World) -> list[int]:
    """The deliveries whose activities have been started and have not come back."""
    return [one.number for one in world.state.deliveries if one.in_flight]


def comes_back(world: World, number: int) -> None:
    """An activity that was under way reaches people, or does not, as the story says, and comes back."""
    world.answering = True
    world._deliver(number)  # noqa: SLF001
    world.settle()


def changes_plan(world: World, **change: Any) -> str:  # noqa: ANN401 - whatever a plan change takes
    """A manager changes the plan, and a second person signs."""
    request = PlanChange(
        request_id="plan-change",
        actor=world.actor(Role.REGISTERED_MANAGER),
        received_at=world.now,
        reason="review",
        second_person="social_worker",
        **change,
    )
    outcome = plans.change_plan(world.state, request, world.now)
    world.settle()
    return outcome


def tried(world: World, monkeypatch: pytest.MonkeyPatch) -> list[Sent]:
    """Every message that is tried from now on, whatever becomes of it."""
    messages: list[Sent] = []
    real = world._alert  # noqa: SLF001

    def noted(request: AlertRequest) -> AlertResult:
        result = real(request)
        messages.extend(result.sent)
        return result

    monkeypatch.setattr(world, "_alert", noted)
    return messages


def test_an_alert_that_was_held_for_a_check_in_does_not_go_out_once_the_check_in_is_there(world: World) -> None:
    """The alert looks, sees a queued check-in, and comes back just after that was delivered: nobody is disturbed."""
    world.answering = False
    world.time_passes(35)
    [alert] = under_way(world)
    assert world.check_in() == "seen_late"
    world.answering = True
    deliveries.done(world.state, alert, AlertResult(held=True), world.now)
    world.time_passes(5)

    assert world.heard == []


def test_a_message_that_failed_while_the_child_was_found_is_not_followed_up(world: World) -> None:
    """Found stops what has not gone out: nobody hears an alarm that is over on their next channel."""
    world.fate = lambda _person, channel: SendStatus.UNDELIVERABLE if channel is Channel.SMS else SendStatus.ACCEPTED
    world.answering = False
    world.time_passes(35)
    [alert] = under_way(world)
    world.check_in()
    comes_back(world, alert)

    assert world.heard == []


def test_a_message_of_which_nobody_knows_is_stood_down_too(world: World) -> None:
    """The provider's answer was lost, and the child is found before it could be asked: the phone may have rung."""
    fates = {SendStatus.UNKNOWN: True}
    world.fate = lambda _person, _channel: SendStatus.UNKNOWN if fates[SendStatus.UNKNOWN] else SendStatus.ACCEPTED
    world.answering = False
    world.time_passes(35)
    [alert] = under_way(world)
    request = alerting.request(world.state, deliveries.get(world.state, alert), world.now, facts=[])  # type: ignore[arg-type]
    result = world._alert(request)  # noqa: SLF001
    deliveries.done(world.state, alert, result, world.now)
    fates[SendStatus.UNKNOWN] = False
    world.answering = True
    assert world.check_in() == "seen_late"

    assert world.said_to(Role.SHIFT_LEAD) == ["stand_down"]


def test_a_policy_that_changes_a_running_episode_finds_alerts_under_way(world: World) -> None:
    """Fewer rungs than before: what is on its way by the old numbers neither breaks the placement nor is lost."""
    world.fate = lambda _person, _channel: SendStatus.UNAVAILABLE
    world.time_passes(60)
    short = built_in()["arrival-high"]
    rungs = [rung for rung in short.rung if rung.anchor in (Anchor.DUE, Anchor.RETURNED)][:2]
    shorter = short.model_copy(update={"rung": tuple(rungs), "version": 2})
    world.answering = False
    world.time_passes(1)
    changes_plan(
        world, policy_text=to_text(shorter), calendar=world.state.calendar, apply_to_episode=world.episode.number
    )
    world.answering = True
    world.fate = lambda _person, _channel: SendStatus.ACCEPTED
    for number in under_way(world):
        deliveries.lost(world.state, number, world.now)
    world.time_passes(30)

    assert world.said_to(Role.SHIFT_LEAD)


def test_a_new_policy_does_not_swallow_the_next_calls_to_the_police(world: World) -> None:
    """A repeat that is counted from one again would have the id of a message that has long been sent."""
    world.check_in(Outcome.NOT_HERE)
    world.time_passes(60)
    changes_plan(
        world,
        policy_text=to_text(world.policy.model_copy(update={"version": 2})),
        calendar=world.state.calendar,
        apply_to_episode=world.episode.number,
    )
    world.time_passes(60)
    ids = [one.notification_id for one in world.heard]

    assert len(ids) == len(set(ids))


def test_after_the_placement_has_ended_a_return_arms_nothing(world: World) -> None:
    """The child has moved and is found: the old home is not expected to see them."""
    world.check_in(Outcome.NOT_HERE)
    placements.end(
        world.state,
        PlacementEnd(
            request_id="the-move", actor=world.actor(Role.REGISTERED_MANAGER), received_at=world.now, reason="moved"
        ),
        world.now,
    )
    world.found(Role.SHIFT_LEAD)
    assert world.found(Role.KEY_WORKER) == "returned"
    world.heard.clear()
    world.time_passes(60)

    assert world.state.expectation is None
    assert "check_not_recorded" not in world.said_to(Role.SHIFT_LEAD)


def test_a_person_with_two_roles_is_carried_with_both() -> None:
    """Rule 10: resolved for one rung, they are still known for the next when the store falls silent."""
    lead = people([Role.SHIFT_LEAD])[0].model_copy(update={"roles": (Role.SHIFT_LEAD, Role.REGISTERED_MANAGER)})
    world = World(built_in()["arrival-high"], contacts=[lead])
    world.time_passes(35)

    assert set(world.state.contacts[0].roles) == {Role.SHIFT_LEAD, Role.REGISTERED_MANAGER}


def test_a_follow_up_says_what_the_person_was_to_hear(world: World) -> None:
    """After an outage many rungs go out together; who is followed up hears their own words, not the last rung's."""
    world.fate = lambda _person, channel: SendStatus.UNDELIVERABLE if channel is Channel.SMS else SendStatus.ACCEPTED
    world.outage(30 + 61)
    by_person = {one.person: one.template for one in world.heard}

    assert by_person[Role.KEY_WORKER] == "check_not_recorded"
    assert by_person[Role.SHIFT_LEAD] == "call_the_police"


def test_a_lost_answer_is_asked_for_by_the_same_message_id(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """C69, also where several rungs went out together: by another id the provider would not find it."""
    messages = tried(world, monkeypatch)
    world.fate = lambda _person, _channel: SendStatus.UNKNOWN
    world.outage(30 + 61)
    ids: dict[tuple[str, Channel], set[str]] = {}
    for message in messages:
        ids.setdefault((message.person_id, message.channel), set()).add(message.notification_id)

    assert all(len(one) == 1 for one in ids.values())


def test_a_stand_down_whose_answer_was_lost_is_asked_for_by_the_same_id(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """C69 holds for the good news too."""
    world.time_passes(35)
    messages = tried(world, monkeypatch)
    fates = iter([SendStatus.UNKNOWN, SendStatus.ACCEPTED])
    world.fate = lambda _person, _channel: next(fates)
    world.check_in()

    assert [one.status for one in messages] == [SendStatus.UNKNOWN, SendStatus.ACCEPTED]
    assert len({one.notification_id for one in messages}) == 1


@pytest.mark.parametrize("minutes", [1, 9])
def test_whoever_has_one_channel_hears_within_seconds_of_its_return(world: World, minutes: int) -> None:
    """However long it was away: the next try begins five seconds after the last one began."""
    world.fate = lambda _person, _channel: SendStatus.UNAVAILABLE
    world.time_passes(35)
    world.time_passes(minutes)
    assert world.said_to(Role.SHIFT_LEAD) == []
    world.fate = all_arrive
    world.time_passes(seconds=5)

    assert world.said_to(Role.SHIFT_LEAD) != []


def test_a_try_that_took_its_time_is_followed_by_the_next_at_once(world: World) -> None:
    """It hung, or waited for its provider: the pause is counted from its beginning."""
    world.fate = lambda _person, _channel: SendStatus.UNAVAILABLE
    world.time_passes(35, seconds=30)
    world.answering = False
    world.time_passes(seconds=5)
    world.answering = True
    waiting = [deliveries.get(world.state, one) for one in under_way(world)]
    tries = [one for one in waiting if one is not None and one.kind is DeliveryKind.FOLLOW_UP and one.attempt > 1]
    assert tries
    world.now += timedelta(seconds=9)
    for one in tries:
        person, channel = one.recipients[0]
        sent = [Sent(person_id=person, channel=channel, status=SendStatus.UNAVAILABLE)]
        deliveries.done(world.state, one.number, AlertResult(sent=sent), world.now)
    following = [one for one in world.state.deliveries if one.attempt > tries[0].attempt and not one.in_flight]

    assert {one.not_before for one in following} == {world.now + A_MOMENT}


def test_reviews_of_the_coming_days_are_not_used_up_by_a_bad_hour(world: World) -> None:
    """A rung that reaches nobody hurries the climb, not the reviews of a missing child's next days."""
    world.check_in(Outcome.NOT_HERE)
    world.fate = lambda _person, _channel: SendStatus.UNAVAILABLE
    world.time_passes(60)
    policy = world.episode.policy
    early = [
        policy.rung[number].after
        for number, run in world.episode.rungs.items()
        if policy.rung[number].anchor is Anchor.OPENED
        and run.fired_at < world.episode.anchors[Anchor.OPENED] + policy.rung[number].after
    ]

    assert early == []


def test_escalating_at_the_end_of_the_ladder_is_loud_at_once(world: World) -> None:
    """A person's wish is heard also when there is no rung left to climb."""
    world.time_passes(30 + 60)
    world.time_passes(7)
    world.heard.clear()
    world.answer(Response.ESCALATE_NOW)

    assert "still_open" in world.said_to(Role.SHIFT_LEAD)


def test_two_dead_channels_are_not_played_against_each_other(world: World) -> None:
    """Accepted and then undelivered on one, bounced on the other: said once, not tried in a circle for ever."""
    world.time_passes(35)
    for turn in range(20):
        channel = (Channel.SMS, Channel.EMAIL)[turn % 2]
        failed = DeliveryFailed(
            request_id=f"failed-{turn}", notification_id=f"n{turn}", episode=1, person_id="shift_lead", channel=channel
        )
        fail_over.failed_later(world.state, failed, channel, world.now)
        world.time_passes(seconds=3)

    assert len(world.said_to(Role.SHIFT_LEAD)) <= 3


def test_nobody_is_left_alarmed_because_a_provider_was_away(world: World) -> None:
    """Rule 6: a stand-down is tried until it arrives."""
    world.time_passes(35)
    world.fate = lambda _person, _channel: SendStatus.UNAVAILABLE
    world.found(Role.SHIFT_LEAD)
    world.time_passes(20)
    world.fate = lambda _person, _channel: SendStatus.ACCEPTED
    world.time_passes(9)

    assert "stand_down" in world.said_to(Role.SHIFT_LEAD)


def test_an_old_stand_down_never_follows_a_new_alarm(world: World) -> None:
    """Good news that could not be delivered is no news any more once the child is missing again."""
    world.check_in(Outcome.NOT_HERE)
    world.fate = lambda _person, _channel: SendStatus.UNAVAILABLE
    world.found(Role.SHIFT_LEAD, back_in=5)
    assert world.found(Role.KEY_WORKER, back_in=5) == "located"
    world.heard.clear()
    world.time_passes(6)
    world.fate = lambda _person, _channel: SendStatus.ACCEPTED
    world.time_passes(9)

    assert world.episode.stage is Stage.MISSING
    assert "stand_down" not in world.said_to(Role.SHIFT_LEAD)


def test_a_change_of_plan_alarms_nobody_about_the_past(world: World) -> None:
    """A child entered hours after arriving: lowering the risk does not make the first check overdue in hindsight."""
    world.state.arrived_at -= timedelta(hours=4)
    world.state.last_seen_at -= timedelta(hours=4)
    world.time_passes(10)
    changes_plan(world, risk=Risk.MEDIUM)
    world.time_passes(4)

    assert world.heard == []


def test_a_not_here_a_moment_older_than_the_last_sighting_is_heard(world: World) -> None:
    """Two phones whose clocks differ by a minute: a child who is not here is looked for."""
    world.time_passes(10)
    world.check_in()
    world.time_passes(0.5)

    assert world.check_in(Outcome.NOT_HERE, ago=1) == "reported_not_here"


def test_located_is_believed_for_two_weeks_at_most(world: World) -> None:
    """A slip in the year must not silence the alarm for a year."""
    world.check_in(Outcome.NOT_HERE)
    world.found(Role.SHIFT_LEAD, back_in=60 * 24 * 365)

    assert world.found(Role.KEY_WORKER, back_in=60 * 24 * 365) == "refused: expected_back_by"


def test_a_telephone_call_from_a_known_place_is_no_return(world: World) -> None:
    """Away without authorisation and heard of: they are not back."""
    world.check_in(Outcome.NOT_HERE_KNOWN_PLACE)
    world.check_in(method=Method.PHONE)

    assert world.episode.stage is Stage.AWAY


def test_a_rung_that_reaches_nobody_is_loud_also_among_others(world: World) -> None:
    """After an outage rungs go out together: those whose roles nobody holds count as such, and no others."""
    world.contacts = [one for one in world.contacts if one.person_id != Role.REGISTERED_MANAGER]
    world.outage(30 + 25)
    runs = world.episode.rungs.items()

    assert [world.policy.rung[number].roles for number, run in runs if not run.reached] == [(Role.REGISTERED_MANAGER,)]


def test_alerts_that_piled_up_are_told_once(world: World) -> None:
    """Rule 2: the senders stood still for two hours while the clock ran; nobody's phone gets the backlog."""
    world.time_passes(30 + 60)
    world.heard.clear()
    world.answering = False
    world.time_passes(120)
    world.answering = True
    for number in under_way(world):
        deliveries.lost(world.state, number, world.now)
    world.time_passes(2)
    texts = [one for one in world.heard if one.person == Role.SHIFT_LEAD and one.channel is Channel.SMS]

    assert len(texts) <= 3


def test_the_first_of_two_numbers_is_the_first(world: World) -> None:
    """A person's own order counts."""
    lead = next(one for one in world.contacts if one.person_id == Role.SHIFT_LEAD)
    two = lead.model_copy(update={"channels": ((Channel.SMS, "+447700900111"), (Channel.SMS, "+447700900222"))})
    world.contacts = [two]
    world.answering = False
    world.time_passes(35)
    asked = alerting.request(world.state, world.state.deliveries[0], world.now, facts=[])
    [message] = addressing.messages(asked, [two], [Channel.SMS])

    assert message.address == "+447700900111"


def test_a_stand_down_that_is_due_in_the_instant_of_a_new_alarm_gives_way(world: World) -> None:
    """The next check falls overdue just when the stand-down was to be tried again: the alarm goes first, and alone."""
    world.time_passes(49)
    world.fate = lambda _person, _channel: SendStatus.UNKNOWN
    world.found(Role.ON_CALL_MANAGER)
    world.time_passes(20)
    world.fate = lambda _person, _channel: SendStatus.ACCEPTED
    world.heard.clear()
    expected = world.state.expectation
    assert expected is not None
    for one in world.state.deliveries:
        one.not_before = expected.overdue_at
    world.time_passes((expected.overdue_at - world.now).total_seconds() / 60)

    assert "check_not_recorded" in world.said_to(Role.SHIFT_LEAD)
    assert "stand_down" not in world.said_to(Role.SHIFT_LEAD)


def test_a_dead_provider_is_asked_ever_more_seldom(world: World) -> None:
    """An hour without any provider costs each person some tens of tries, not thousands."""
    world.time_passes(35)
    world.fate = lambda _person, _channel: SendStatus.UNKNOWN
    world.found(Role.SHIFT_LEAD)
    before = world.state.delivery_count
    world.time_passes(29)

    assert world.state.delivery_count - before < 150


def test_a_text_refused_for_a_moment_is_tried_again_though_the_mailbox_is_dead(world: World) -> None:
    """The provider of texts has a bad minute, and the e-mail address never works: the phone is still to ring."""
    texts = iter([SendStatus.UNAVAILABLE])
    world.fate = lambda _person, channel: (
        next(texts, SendStatus.ACCEPTED) if channel is Channel.SMS else SendStatus.UNDELIVERABLE
    )
    world.time_passes(35)
    world.time_passes(0.5)

    assert world.said_to(Role.SHIFT_LEAD) == ["check_not_recorded"]


def test_watching_a_child_less_closely_takes_two_people(world: World) -> None:
    """A laxer policy lowers the guard as much as a lower risk does."""
    lax = CheckPlanRow(
        waking=timedelta(hours=24), sleeping=timedelta(hours=24), grace=timedelta(minutes=5), remind_before=timedelta(0)
    )
    policy = world.policy.model_copy(update={"check_plan": (lax,)})
    fields = {
        "request_id": "a-laxer-policy",
        "actor": world.actor(Role.SHIFT_LEAD),
        "received_at": world.now,
        "policy_text": to_text(policy),
        "calendar": calendar.resolve(policy, world.now),
        "reason": "settled in",
    }

    with pytest.raises(Refused) as alone:
        plans.change_plan(world.state, PlanChange.model_validate(fields), world.now)
    assert alone.value.field == "second_person"
    same = PlanChange.model_validate(fields | {"second_person": "shift_lead"})
    with pytest.raises(Refused):
        plans.change_plan(world.state, same, world.now)
    two = PlanChange.model_validate(fields | {"second_person": "registered_manager"})
    assert plans.change_plan(world.state, two, world.now) == "changed"


def test_a_task_after_a_return_does_not_wait_for_the_check_in_that_brought_the_child_back(world: World) -> None:
    """Only the climb from a missed check may be false; being back is not."""
    world.time_passes(36)
    due = world.state.deliveries
    world.answering = False
    world.time_passes(5)
    [climbing] = [one for one in due if one.in_flight]
    assert alerting.request(world.state, climbing, world.now, facts=[]).look_for_check_in
    world.answering = True
    comes_back(world, climbing.number)
    world.time_passes(20)
    world.answering = False
    world.check_in()
    world.check_in(by=Role.KEY_WORKER)

    tasks = [one for one in world.state.deliveries if one.template is Template.RETURN_TASKS]
    requests = [alerting.request(world.state, one, world.now, facts=[]) for one in tasks]
    assert [request.look_for_check_in for request in requests] == [False]


def test_facts_that_rode_on_a_lost_alert_are_taken_along_by_the_next_one(world: World) -> None:
    """A crash between loses nothing, and delays nothing for a minute and a half."""
    world.answering = False
    world.check_in(Outcome.NOT_HERE)
    [alert] = [one for one in world.state.deliveries if one.in_flight]
    assert ledger.take_along(world.state, world.now)
    deliveries.lost(world.state, alert.number, world.now)

    assert world.state.facts
    assert ledger.take_along(world.state, world.now) == ledger.batch(world.state.facts)
