"""Circulars that wait for a throttle, or are lost after they were accepted: who hears another way, what is counted."""

from collections.abc import Iterable
from datetime import timedelta

import pytest

from config.policy import built_in
from domain import circulating, fail_over
from domain.facts import Fact, FactKind
from domain.names import Channel, Ending, Outcome, Role
from domain.requests import DeliveryFailed
from domain.sending import SendStatus
from domain.story import sentence
from tests.domain.world import ROLES, World, people

NEIGHBOUR, VOLUNTARY = Role.NEIGHBOURING_AUTHORITY, Role.VOLUNTARY_SECTOR
BOTH = (Channel.SMS, Channel.EMAIL)


def circulated(channels: tuple[Channel, ...] = BOTH) -> World:
    """A child who is gone, and a circular that two desks have had for a minute."""
    world = World(built_in()["arrival-high"], contacts=people(ROLES, channels=channels))
    world.check_in(Outcome.NOT_HERE)
    world.time_passes(31)
    return world


def back(world: World) -> None:
    """Two people have seen the child."""
    world.found(Role.SHIFT_LEAD)
    world.found(Role.KEY_WORKER)


def lose(world: World, channel: Channel, *, by: Role = NEIGHBOUR, code: int | None = 30003) -> None:
    """A provider reports the last message to this desk on this channel as not arrived."""
    last = [one for one in world.heard if one.person == by and one.channel is channel][-1]
    failed = DeliveryFailed(
        request_id=f"failed-{last.notification_id}",
        notification_id=last.notification_id,
        episode=1,
        person_id=by,
        channel=channel,
        rung=last.rung,
        status="undelivered",
        code=code,
    )
    fail_over.failed_later(world.state, failed, channel, world.now)
    world.settle()


def heard(world: World, by: Role = NEIGHBOUR, *, since: int = 0) -> list[tuple[str, Channel]]:
    """What this desk has heard, and how."""
    return [(one.template, one.channel) for one in world.heard[since:] if one.person == by]


def sentences(facts: Iterable[Fact]) -> list[str]:
    """As the record shows them."""
    return [sentence(fact, lambda person: f"({person})") for fact in facts]


# ── held ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_chase_that_a_throttle_holds_back_is_said_at_its_own_time_and_stands_in_the_record_once() -> None:
    """Not tried every few seconds, not taken for a failure: no next channel, and no second line for one chase."""
    world = circulated()
    asked: list[float] = []

    def text_is_held(person: str, channel: Channel) -> SendStatus:
        if person == NEIGHBOUR and channel is Channel.SMS:
            asked.append((world.now - started) / timedelta(seconds=1))
            return SendStatus.HELD if len(asked) < 3 else SendStatus.ACCEPTED
        return SendStatus.ACCEPTED

    started, before = world.now, len(world.heard)
    world.fate = text_is_held
    world.time_passes(14.5)
    chased = asked[0]
    assert asked == [chased]
    (held,) = world.record(FactKind.MESSAGE_HELD)
    assert (held.data["person"], held.data["message"]) == (NEIGHBOUR, "circular")
    assert sentences([held])[0].startswith("The text to (neighbouring_authority) that a circular is not acknowledged")
    assert world.record(FactKind.MESSAGE_FAILED) == []
    world.time_passes(5)

    assert asked == [chased, chased + 60, chased + 120]
    assert heard(world, since=before) == [("neighbour_chase", Channel.EMAIL), ("neighbour_chase", Channel.SMS)]
    assert len(world.record(FactKind.CIRCULATION_NOT_ACKNOWLEDGED)) <= 1


def test_the_next_chase_takes_the_place_of_one_that_still_waits() -> None:
    """No phone gets a backlog: after an hour of rest it rings once."""
    world = circulated(channels=(Channel.SMS,))
    before = len(world.heard)
    until = world.now + timedelta(minutes=50)
    world.fate = lambda person, _channel: (
        SendStatus.HELD if person == NEIGHBOUR and world.now < until else SendStatus.ACCEPTED
    )
    world.time_passes(52)

    assert heard(world, since=before) == [("neighbour_chase", Channel.SMS)]


def test_found_while_a_chase_waits_only_the_cancellation_is_heard() -> None:
    """What was held of a circular that is cancelled is never said."""
    world = circulated(channels=(Channel.SMS,))
    world.fate = lambda _person, _channel: SendStatus.HELD
    world.time_passes(15)
    world.fate = lambda _person, _channel: SendStatus.ACCEPTED
    before = len(world.heard)
    back(world)
    world.time_passes(30)

    assert heard(world, since=before) == [("neighbour_cancelled", Channel.SMS)]


def test_what_the_record_counts_in_the_end_is_every_message_that_said_it_was_over() -> None:
    """Three at once, the fourth when its provider is back: the last line says four, and that none is to come."""
    world = circulated()
    ill = world.now + timedelta(minutes=3)
    world.fate = lambda person, channel: (
        SendStatus.UNAVAILABLE
        if person == NEIGHBOUR and channel is Channel.SMS and world.now < ill
        else SendStatus.ACCEPTED
    )
    back(world)
    (first,) = world.record(FactKind.CIRCULATION_CANCELLED)
    assert (first.data["messages"], first.data["to_come"]) == (3, 1)
    assert "messages 3, 1 more to come." in sentences([first])[0]
    world.time_passes(7)
    last = world.record(FactKind.CIRCULATION_CANCELLED)[-1]

    assert (last.data["messages"], last.data.get("to_come")) == (4, None)
    assert last.data["authorities"] == sorted([NEIGHBOUR, VOLUNTARY])


# ── accepted, and then lost ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_lost_text_is_no_news_where_the_mail_has_arrived() -> None:
    """It stands in the record; nobody is told twice."""
    world = circulated()
    before = len(world.heard)
    lose(world, Channel.SMS)

    assert heard(world, since=before) == []
    assert len(world.record(FactKind.MESSAGE_FAILED)) == 1


def test_when_nothing_has_arrived_the_desk_is_reached_another_way_at_once_and_that_is_recorded() -> None:
    """The text is lost and the mail bounces: their telephone rings, now, and no other desk is disturbed."""
    world = circulated(channels=(Channel.SMS, Channel.EMAIL, Channel.VOICE))
    before = len(world.heard)
    lose(world, Channel.SMS)
    lose(world, Channel.EMAIL, code=511)

    assert heard(world, since=before) == [("neighbour_alert", Channel.VOICE)]
    assert heard(world, VOLUNTARY, since=before) == []
    last = world.record(FactKind.CIRCULATED)[-1]
    assert (last.data.get("authorities", []), last.data.get("unreached", []), last.data["messages"]) == (
        [NEIGHBOUR],
        [],
        1,
    )


def test_a_desk_that_nothing_reaches_is_named_in_the_record_and_chased_on() -> None:
    """No other way is left: loud, and the next chase tries what may work again, and only that."""
    world = circulated()
    before = len(world.heard)
    lose(world, Channel.SMS)
    lose(world, Channel.EMAIL, code=511)
    last = world.record(FactKind.CIRCULATED)[-1]
    assert (last.data.get("authorities", []), last.data.get("unreached", []), last.data["messages"]) == (
        [],
        [NEIGHBOUR],
        0,
    )
    assert sentences([last])[0].endswith("Not reached: neighbouring_authority.")
    world.time_passes(15)

    assert heard(world, since=before) == [("neighbour_chase", Channel.SMS)]


def test_a_circular_that_has_reached_nobody_after_all_fires_the_next_rung() -> None:
    """Rule 3: found out minutes later it is as loud as at once."""
    world = circulated(channels=(Channel.SMS,))
    assert world.record(FactKind.RUNG_REACHED_NOBODY) == []
    lose(world, Channel.SMS, by=VOLUNTARY)
    assert world.record(FactKind.RUNG_REACHED_NOBODY) == []
    lose(world, Channel.SMS)

    assert len(world.record(FactKind.RUNG_REACHED_NOBODY)) == 1


def test_a_chase_does_not_wait_longer_because_another_desk_was_lost() -> None:
    """The other way of one desk moves no timer of the others."""
    world = circulated(channels=(Channel.SMS, Channel.VOICE))
    before = len(world.heard)
    world.time_passes(10)
    lose(world, Channel.SMS)
    world.time_passes(4.5)

    assert heard(world, VOLUNTARY, since=before) == [("neighbour_chase", Channel.SMS)]


@pytest.mark.parametrize("after", [1, 19])
def test_a_cancellation_that_is_lost_goes_another_way(after: float) -> None:
    """Nobody is left looking because a text was lost, found out up to twenty minutes later; and it is counted."""
    world = circulated(channels=(Channel.SMS, Channel.VOICE))
    back(world)
    world.close(Ending.CLOSED_AFTER_RETURN)
    world.time_passes(after)
    before = len(world.heard)
    lose(world, Channel.SMS)

    assert heard(world, since=before) == [("neighbour_cancelled", Channel.VOICE)]
    assert heard(world, VOLUNTARY, since=before) == []
    last = world.record(FactKind.CIRCULATION_CANCELLED)[-1]
    assert (last.data["messages"], last.data.get("unreached", [])) == (3, [])
    world.time_passes(21)
    assert world.state.episodes[0].circulations == []


def test_a_cancellation_that_nobody_can_bring_is_named_in_the_record_and_ends_all_the_same() -> None:
    """No other way: it is said which desk still looks."""
    world = circulated(channels=(Channel.SMS,))
    back(world)
    lose(world, Channel.SMS)
    last = world.record(FactKind.CIRCULATION_CANCELLED)[-1]

    assert last.data["unreached"] == [NEIGHBOUR]
    assert last.data["authorities"] == [VOLUNTARY]
    world.time_passes(21)
    assert world.episode.circulations == []
    assert all(one.ended for one in world.broadcasts.values())


def test_an_order_says_by_when_a_text_counts_as_lost() -> None:
    """A text that the provider says nothing of is lost in the policy's time, next door as at home."""
    world = circulated()
    (circulation,) = world.episode.circulations
    order = circulating.order(world.state, world.episode, circulation)

    assert order.confirm_within == world.episode.policy.delivery.confirmed_within
