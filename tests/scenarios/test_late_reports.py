"""Reports and answers that come an hour late: they are evidence of the past, and alarm nobody now."""

from domain.names import Channel
from simulator.carrier import Step, sendgrid_event, twilio_report
from simulator.faults import FaultKind
from simulator.messages import Message
from tests.scenarios.phones import Phones
from tests.scenarios.story import Home


async def an_hour_passes(home: Home, alias: str) -> None:
    """The child is seen each time that it is to be seen."""
    for _ in range(3):
        await home.time_passes(minutes=20)
        await home.check_in(alias)


async def is_reported(home: Home, message: Message, *statuses: str) -> None:
    """The provider says only now what became of a message, genuinely signed."""
    webhooks = home.room.simulator.webhooks
    for status in statuses:
        step = Step(status, 30003 if status == "undelivered" else None)
        if message.kind == "email":
            # A mailbox that is full, not one that does not exist: that would be news of its own.
            answer = await webhooks.sendgrid([sendgrid_event(message, step) | {"status": "4.2.2"}])
        else:
            account = home.room.simulator.config.account_sid
            answer = await webhooks.twilio(message.status_callback, twilio_report(account, message, step))
        assert answer.status == 204


async def test_what_is_reported_an_hour_late_wakes_nobody(home: Home, phones: Phones) -> None:
    """The alarm is over: a failure is noted, once, and nobody hears of it; an arrival says nothing new.

    And an answer that comes so late is told how it stands.
    """
    lead, worker, manager = (phones[one] for one in ("shift lead", "key worker", "registered manager"))
    for silent in (lead.number, worker.number, manager.mailbox):
        home.room.simulator.fault(FaultKind.NO_CALLBACK, silent)
    heron = await home.admit()
    await home.let_check_in_lapse(heron)
    text = await lead.expects("check not recorded")
    await home.time_passes(minutes=5)
    other = await worker.expects("check not recorded")
    await phones["on-call manager"].expects("check not recorded")
    await home.time_passes(minutes=5)
    await manager.expects("check not recorded")
    mail = await manager.expects("check not recorded", channel=Channel.EMAIL)
    await home.check_in(heron)
    for phone in (lead, worker, phones["on-call manager"], manager):
        await phone.expects("stand down")
    await manager.expects("stand down", channel=Channel.EMAIL)
    await an_hour_passes(home, heron)
    await home.recorded(heron, "stood_down")
    assert await home.recorded(heron, "message_failed", times=0) == []

    for _ in range(2):
        await is_reported(home, text.message, "undelivered", "sent", "delivered")
        await is_reported(home, mail.message, "bounce", "delivered", "processed")
        await is_reported(home, other.message, "delivered", "sent")
    assert "over" in (await text.replies("Y CODE")).lower()
    await home.check_in(heron)
    failed = await home.recorded(heron, "message_failed", times=2)
    assert sorted(one["data"]["channel"] for one in failed) == ["email", "sms"]
    assert len(await home.recorded(heron, "episode_opened")) == 1
    await phones.nobody_else_was_disturbed()
