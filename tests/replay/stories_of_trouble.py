"""Stories in which something is ill: a provider, the store, an activity of ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest import mock

from temporalio.exceptions import ApplicationError

from activities import breaker
from activities.alert import Alerting
from domain.facts import Actor
from domain.names import Channel, Role
from domain.requests import AgreedAbsence, DeliveryFailed
from store.errors import StoreUnavailable
from tests.replay.told import Story, story
from web import notices


@contextmanager
def once(part: object, name: str, first: object) -> Iterator[None]:
    """The first call answers or raises this; every later one is the real thing."""
    real = getattr(part, name)
    left = [first]

    async def answer(*args: Any, **more: Any) -> Any:  # noqa: ANN401
        if not left:
            return await real(*args, **more)
        if isinstance(answered := left.pop(), Exception):
            raise answered
        return answered

    with mock.patch.object(part, name, answer):
        yield


@story
async def undelivered_text(told: Story) -> None:
    """Accepted and then not delivered: the person's mailbox at once; that too, and the next rung. A report twice."""
    told.breaks("undelivered", "shift lead", code=30005)
    told.breaks("delayed_callbacks", "shift lead", seconds=1)  # the report does not overtake the send's own answer
    await told.arrives()
    await told.nobody_checks()
    await told.waits_for("message_failed")
    await told.phone("shift lead").expects("OFFICIAL-SENSITIVE", channel=Channel.EMAIL)
    await told.settles()  # the engine knows that the mail was accepted, before it comes back
    failed = DeliveryFailed(
        request_id=f"bounced-{told.alias}",
        notification_id="n",
        episode=1,
        person_id=told.phone("shift lead").person_id,
        channel=Channel.EMAIL,
    )
    for _ in range(2):
        await told.room.services.engine.tell_message_failed(told.alias, failed)
    await told.passes(minutes=2)


@story
async def nobody_reached(told: Story) -> None:
    """Texts and mails refused: followed up on each channel, given up, and the next rung fires now."""
    told.breaks("reject", "shift lead", code=21211)
    told.room.simulator.fault("reject", told.phone("shift lead").mailbox, code=400)
    await told.arrives()
    await told.nobody_checks()
    await told.phone("key worker").expects("unaccounted")


@story
async def provider_away(told: Story) -> None:
    """The provider takes nothing for a while: mail at once, and tried again until it does."""
    told.breaks("unavailable", "shift lead")
    told.room.simulator.fault("unavailable", told.phone("shift lead").mailbox)
    await told.arrives()
    await told.nobody_checks()
    await told.passes(minutes=1)
    told.room.simulator.faults.clear()
    await told.passes(minutes=6)


@story
async def texts_out(told: Story) -> None:
    """No text is taken from anybody: the channel is out, and said to be; the next one that is taken brings it back."""
    told.room.simulator.fault("throttle", seconds=1, channel="sms")
    with mock.patch.multiple(breaker, ALIVE=0.0, PAUSE=0.0, REPEATS_PAUSE=0.0):
        await told.arrives()
        await told.nobody_checks()
        await told.passes(minutes=11)
        await told.passes(minutes=15)
        await told.home.settles()
        told.room.simulator.faults.clear()
        await told.passes(minutes=6)
        await told.home.recorded(told.alias, "channel_back", skipping=False)


@story
async def alert_lost(told: Story) -> None:
    """An alert ends without an answer: decided anew, with the same message ids."""
    await told.arrives()
    broken = ApplicationError("a mistake of ours", type="Broken", non_retryable=True)
    with mock.patch.object(Alerting, "_run", mock.AsyncMock(side_effect=broken)):
        await told.nobody_checks()
        await told.waits_for("activity_task_failed")
    await told.passes(minutes=3)
    await told.phone("shift lead").expects("check not recorded")


@story
async def store_silent(told: Story) -> None:
    """The store does not say who they are: the people last resolved are told."""
    await told.arrives()
    with once(told.room.store.directory, "resolve", StoreUnavailable("silent")):
        await told.nobody_checks()
        await told.phone("shift lead").expects("check not recorded")


@story
async def held_for_a_queued_check_in(told: Story) -> None:
    """A check-in waits in the web's queue: the alarm is held, and goes out when none has come."""
    await told.arrives()
    with once(told.room.store.intents, "pending_check_in", True):
        await told.nobody_checks()
        await told.passes(minutes=1)
        await told.phone("shift lead").expects("check not recorded")


@story
async def store_away(told: Story) -> None:
    """Facts that the store can't take: a workflow of their own keeps them until it can."""
    await told.arrives()
    with mock.patch.object(told.room.store.facts, "insert", mock.AsyncMock(side_effect=StoreUnavailable("away"))):
        await told.nobody_checks()
        await told.passes(minutes=1)
        keeper = await told.waits_for_workflow(f"record/{told.alias}/")
    await told.room.client.get_workflow_handle(keeper).result()
    told.keep = [keeper]


@story
async def notice(told: Story) -> None:
    """What was kept and refused later is told to the person who reported it, on their next channel if need be."""
    told.breaks("reject", "shift lead", code=21211)
    await told.arrives()
    now = told.room.clock()
    request = AgreedAbsence(
        request_id=f"refused-{told.alias}",
        actor=Actor(person_id=told.phone("shift lead").person_id, role=Role.SHIFT_LEAD),
        received_at=now,
        back_by=now,
    )
    await notices.tell_refused(told.room.services, told.alias, request)
    told.keep = [f"notice/refused-{told.alias}"]
    await told.phone("shift lead").expects("could not be kept", channel=Channel.EMAIL, within=15)


@story
async def contact_verified(told: Story) -> None:
    """A code is sent to a number: the workflow that sends it holds neither the number nor the code."""
    lead = told.phone("shift lead")
    person = await told.room.store.directory.person(lead.person_id)
    await told.home.post(f"/people/{lead.person_id}/contacts/{person.contacts[0].id}/verification", {})
    sending = await told.waits_for_workflow("verification/")
    await told.room.client.get_workflow_handle(sending).result()
    await lead.expects("your code is", within=15)
    told.keep = [sending]


@story
async def unverified_contacts(told: Story) -> None:
    """A rung that has reached somebody on contacts alone that nobody has ever tried: the next one fires now."""
    lead = told.phone("shift lead")
    person = await told.room.store.directory.person(lead.person_id)
    untried = tuple(replace(one, verified_at=None) for one in person.contacts)
    await told.room.store.directory.put_person(replace(person, contacts=untried))
    await told.arrives()
    await told.nobody_checks()
    await told.home.recorded(told.alias, "rung_reached_unverified", skipping=False)
    await told.passes(minutes=2)
    await told.two_people_find_the_child()
    await told.is_closed()
    told.home.phones.may_ring_on()
