"""Stories of days: check-ins, absences, changes of plan, long times, and the border between two runs."""

import asyncio
from datetime import timedelta
from unittest import mock

from temporalio.exceptions import ApplicationError

from activities.canary import Canary
from domain.facts import Actor
from domain.names import Role
from domain.requests import Sighting
from tests.replay.told import Story, story
from workflows import signatures
from workflows.canary import ROUNDS

DAYS_UNTIL = {"settling": 3, "settled": 28}


@story
async def quiet_day(told: Story) -> None:
    """Check-ins in time, one with a worry, one that is sent late, one refused; then the child leaves."""
    await told.arrives()
    early = told.now()
    for _ in range(4):
        await told.passes(minutes=20)
        await told.is_seen()
    assert await told.is_seen(seen_at=early) == "sent_late"
    await told.is_refused(told.is_seen(seen_at=told.now(ahead=timedelta(hours=1))))
    await told.is_seen("seen_concern", note="very quiet")
    await told.passes(minutes=1)
    await told.leaves()


@story
async def absences(told: Story) -> None:
    """Out with agreement, heard of by telephone, back in time; then out again, and not back."""
    await told.arrives()
    await told.does("absences", back_by=told.now(ahead=timedelta(hours=3)), where="training")
    await told.passes(minutes=60)
    await told.is_seen(method="phone")
    await told.passes(minutes=60)
    await told.is_seen()
    await told.does("absences", back_by=told.now(ahead=timedelta(hours=1)))
    await told.passes(minutes=66)
    assert await told.is_seen() == "seen_late"


@story
async def changes_of_plan(told: Story) -> None:
    """Risk down needs a second person, up does not; an episode changes its policy by an explicit act."""
    await told.arrives()
    second = told.phone("social worker").person_id
    await told.is_refused(told.does("plan", by="registered manager", risk="medium", reason="calm"))
    await told.does("plan", by="registered manager", risk="medium", reason="calm", second_person=second)
    await told.does("plan", by="registered manager", risk="high", reason="new worry")
    await told.nobody_checks()
    more = {"policy_id": "golden-months", "reason": "review", "apply_to_episode": f"{told.alias}-1"}
    await told.does("plan", by="registered manager", second_person=second, **more)
    await told.passes(minutes=11)
    await told.two_people_find_the_child()


@story
async def phases(told: Story) -> None:
    """Arrival, settling, settled, each signed for by two people; gone and back: arrival begins again."""
    await told.arrives()
    second = told.phone("social worker").person_id
    stages = (("settling", 3.1, "golden"), ("settled", 12.5, "golden-months"), ("settled", 12.5, "golden-months"))
    for phase, days, policy in stages:
        await told.does("absences", back_by=told.now(ahead=timedelta(days=days)), where="family")
        await told.passes(days=days)
        await told.is_seen()
        signed = {"phase": phase, "reason": "review", "second_person": second, "policy_id": policy}
        if told.days_in_care() >= DAYS_UNTIL[phase]:
            await told.does("plan", by="registered manager", **signed)
        else:
            await told.is_refused(told.does("plan", by="registered manager", **signed))
    await told.is_seen("not_here")
    await told.passes(minutes=1)
    await told.two_people_find_the_child()


@story
async def two_months_missing(told: Story) -> None:
    """Reviews that come round, the ladder's end that repeats, local times renewed: nothing stops by itself."""
    await told.arrives("golden-months")
    await told.is_seen("not_here")
    await told.passes(minutes=1)
    await told.police_are_told()
    for _ in range(6):
        await told.passes(days=10)
    await told.two_people_find_the_child()


@story
async def continues_as_new_in_an_episode(told: Story) -> None:
    """A long run hands an episode over to the next one, and a request that comes again is not done again."""
    await told.arrives()
    asked = Sighting(
        request_id=f"sighting-{told.alias}",
        actor=Actor(person_id=told.phone("shift lead").person_id, role=Role.SHIFT_LEAD),
        received_at=told.room.clock(),
        episode=1,
        text="Seen at the station",
        obtained_at=told.room.clock(),
    )
    for _ in range(14):
        await told.is_seen()
    await told.nobody_checks()
    await told.room.services.engine.ask(told.alias, "sighting", asked)
    async with asyncio.timeout(60):
        while not await told.has_continued(signatures.workflow_id(told.alias)):
            await told.passes(minutes=5)
    again = await told.room.services.engine.ask(told.alias, "sighting", asked)
    assert again.facts == []
    await told.passes(minutes=6)
    await told.two_people_find_the_child()


@story
async def canary(told: Story) -> None:
    """A round a minute, one of which fails; after so many the flight goes on in a new run."""
    flying = told.room.client.get_workflow_handle(signatures.CANARY_ID)
    with told.room.env.with_time_skipping_disabled():
        await told.room.services.engine.start_canary()
    lost = ApplicationError("dead-man's switch answered 500", type="NoPing", non_retryable=True)
    with mock.patch.object(Canary, "_ping", mock.AsyncMock(side_effect=lost)):
        await told.room.env.fast_forward(flying, timedelta(minutes=1))
    told.keep = [signatures.CANARY_ID]
    await told.room.env.fast_forward(flying, timedelta(minutes=ROUNDS))
    while not await told.has_continued(signatures.CANARY_ID):
        await told.room.env.fast_forward(flying, timedelta(minutes=1))
    await told.room.env.fast_forward(flying, timedelta(minutes=2))
