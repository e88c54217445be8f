"""The real workflow in virtual time, in three situations: every minute that a policy promises, as it happens."""

import asyncio
from datetime import timedelta

import pytest

from domain.names import Channel, Role
from domain.policy import Policy
from rehearsal.heard import Firing, Heard, Told
from rehearsal.rehearse import rehearse
from rehearsal.situations import Beginning
from tests.rehearsal.conftest import Rehearsed, Traces
from tests.scenarios.engine_room import temporal_program


def minute(one: Firing | Heard) -> int:
    """The whole minute in which it happened."""
    return int(one.after.total_seconds()) // 60


def climb(night: Told) -> list[tuple[int | None, int, int]]:
    """Each rung's first time: its number, the minute it was planned for, and the minute in which it fired."""
    return [(one.rung, int(one.planned.total_seconds()) // 60, minute(one)) for one in night.firings if one.times == 1]


def heard_by(night: Told, role: Role) -> list[tuple[int, Channel, str]]:
    """What somebody heard, or failed to hear."""
    return [(minute(one), one.channel, one.became) for one in night.heard if one.role is role]


def test_when_nobody_answers_each_rung_fires_in_its_minute(rehearsed: Rehearsed) -> None:
    """5, 10, 15, 30 minutes after the check was due, and the ladder's end 15 minutes later."""
    night = rehearsed.nights["nobody-answers"]
    assert climb(night) == [(0, 5, 5), (1, 10, 10), (2, 15, 15), (3, 30, 30), (None, 45, 45)]
    assert [minute(one) for one in night.firings if one.police] == [30, 40, 50]
    assert [minute(one) for one in night.firings if one.rung is None] == [45]
    assert night.leases == ()
    assert night.late == []


def test_everybody_hears_on_the_channels_of_their_rung(rehearsed: Rehearsed) -> None:
    """Texts and e-mails, delivered, in the words that the real alert made."""
    night = rehearsed.nights["nobody-answers"]
    assert heard_by(night, Role.KEY_WORKER)[0] == (10, Channel.SMS, "delivered")
    assert [one[:2] for one in heard_by(night, Role.REGISTERED_MANAGER)[:2]] == [(15, Channel.SMS), (15, Channel.EMAIL)]
    assert {one.became for one in night.heard} == {"delivered"}
    first = night.heard[0]
    assert (first.role, first.code, first.then) == (Role.SHIFT_LEAD, None, None)
    assert "welfare check not recorded" in first.words
    assert "Reply Y" in first.words


def test_who_answers_and_falls_silent_holds_the_ladder_back_until_the_lease_ends(rehearsed: Rehearsed) -> None:
    """Taken in minute 5 for 20 minutes: rungs 1 and 2 wait, go out together in minute 25; the police rung does not."""
    night = rehearsed.nights["falls-silent"]
    (lease,) = night.leases
    assert lease.role is Role.SHIFT_LEAD
    assert (int(lease.begins.total_seconds()) // 60, lease.ends - lease.begins) == (5, timedelta(minutes=20))
    assert climb(night) == [(0, 5, 5), (1, 10, 25), (2, 15, 25), (3, 30, 30), (None, 45, 45)]
    assert [one.rung for one in night.firings if one.held] == [1, 2]
    assert night.late == [], "held back is not late"
    assert heard_by(night, Role.KEY_WORKER)[0] == (25, Channel.SMS, "delivered")
    (caught_up, *_) = [one for one in night.heard if one.role is Role.KEY_WORKER]
    assert "Taken by shift lead 20 min ago, no outcome" in caught_up.words


def test_with_the_sms_provider_down_everybody_hears_by_e_mail_in_the_same_minute(rehearsed: Rehearsed) -> None:
    """A rung by text alone moves to e-mail at once, not at the next timer."""
    night = rehearsed.nights["sms-down"]
    assert climb(night) == climb(rehearsed.nights["nobody-answers"])
    assert heard_by(night, Role.KEY_WORKER)[:3] == [
        (10, Channel.SMS, "failed"),
        (10, Channel.SMS, "failed"),
        (10, Channel.EMAIL, "delivered"),
    ]
    assert {one.channel for one in night.heard if not one.failed} == {Channel.EMAIL}
    assert {one.then for one in night.heard if one.failed} == {Channel.EMAIL}
    assert {one.code for one in night.heard if one.failed} == {503}
    answered = rehearsed.nights["nobody-answers"]
    assert {one.role for one in night.heard if not one.failed} == {one.role for one in answered.heard}


async def test_a_child_reported_not_here_begins_the_other_ladder(short: Policy, traces: Traces) -> None:
    """The call to the police goes out in minute 0, counted from the report; a lease holds back what comes after."""
    nights = await rehearse(
        short, temporal=temporal_program(), beginning=Beginning.DECLARED, length=timedelta(minutes=15)
    )
    for night in nights:
        assert climb(night) == ([(4, 0, 0)] if night.leases else [(4, 0, 0), (5, 5, 5)])
        assert night.police is not None
        assert night.police.after < timedelta(minutes=1)
    assert [bool(night.leases) for night in nights] == [False, True, False]
    assert traces.nothing_is_left()


def test_nothing_is_left_of_a_rehearsal(rehearsed: Rehearsed) -> None:
    """The server has ended, and the directory with the made-up people is gone."""
    assert rehearsed.traces.servers
    assert rehearsed.traces.nothing_is_left()


async def test_nothing_is_left_of_a_rehearsal_that_is_stopped(short: Policy, traces: Traces) -> None:
    """Stopped while the server starts, and while the night is played."""
    for seconds in (0.3, 3.0):
        before = len(traces.servers)
        rehearsing = asyncio.ensure_future(
            rehearse(short, temporal=temporal_program(), beginning=Beginning.DUE, length=timedelta(hours=3))
        )
        while len(traces.servers) == before:  # noqa: ASYNC110 - until its server is there
            await asyncio.sleep(0.01)
        await asyncio.sleep(seconds)
        rehearsing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await rehearsing
        assert traces.nothing_is_left()
