"""Stories of circulars to the authorities next door. Each keeps the placement's history, and that of the broadcast."""

import asyncio
from collections.abc import Awaitable, Callable

from domain.broadcast_outcomes import LISTENS
from tests.replay.stories_of_trouble import once
from tests.replay.told import Story, story

LOOKS = "Slim, 160 cm, short black hair, grey hooded jacket"


@story
async def circular_chased(told: Story) -> None:
    """The ladder sends it; one desk acknowledges by text, the other is told again, and then rings."""
    second = await told.home.second_neighbour()
    await _leaves(told, after=told.police_are_told)
    text = await told.phone("neighbouring authority").expects("asks you to look out")
    await text.replies("Y CODE")
    await told.home.recorded(told.alias, "circulation_acknowledged", skipping=False)
    await told.passes(minutes=15.1)
    await second.expects("asks you to look out")
    await second.expects("not acknowledged")
    await told.home.recorded(told.alias, "circulation_not_acknowledged", skipping=False)
    rung = await told.reports("circulation/acknowledgements", by="key worker", desk=await _waiting(told))
    assert rung == "acknowledged"
    await told.home.settles()


@story
async def circular_cancelled(told: Story) -> None:
    """What it tells changes, so those who have it get it again; found: they hear that it is cancelled."""
    await _leaves(told)
    assert await told.reports("circulation", description=LOOKS) == "updated"
    await told.home.recorded(told.alias, "circulation_updated", skipping=False)
    await told.passes(minutes=1)
    await told.two_people_find_the_child()
    await _is_over(told, "circulation_cancelled")


@story
async def circular_expires(told: Story) -> None:
    """A manager approves it; no desk is known at first; after three days it expires."""
    await told.arrives()
    await told.is_seen("not_here")
    await told.police_are_told()
    assert await told.reports("circulation", description=LOOKS) == "awaits_approval"
    with once(told.room.store.directory, "desks_next_door", []):
        assert await told.reports("circulation", by="on-call manager") == "circulated"
        told.keep.append(await told.home.broadcast(told.alias))
        await told.home.recorded(told.alias, "circulated", skipping=False)
    await told.passes(minutes=15.1)
    await told.home.recorded(told.alias, "circulated", times=2, skipping=False)
    await told.answers("take", by="neighbouring authority")
    await told.home.settles()
    await told.room.env.fast_forward(told.room.client.get_workflow_handle(told.home.broadcasts[-1]), 72 * 3600)
    await _is_over(told, "circulation_expired")


async def _leaves(told: Story, *, after: Callable[[], Awaitable[None]] | None = None) -> None:
    """A child is gone, and the ladder sends a circular without being asked."""
    await told.arrives("golden-neighbours")
    await told.is_seen("not_here")
    if after is not None:
        await after()
    await told.passes(minutes=1.1)
    told.keep.append(await told.home.broadcast(told.alias))
    await told.home.recorded(told.alias, "circulated", skipping=False)


async def _waiting(told: Story) -> str:
    """The key of the one desk that nobody has acknowledged for."""
    seen = (await told.home.get(f"/episodes/{told.alias}-{told.number}"))["circulation"]
    (desk,) = (one["key"] for one in seen["desks"] if one["acknowledged_at"] is None)
    return str(desk)


async def _is_over(told: Story, kind: str) -> None:
    """The placement has heard the last of it, and its broadcast is complete."""
    await told.home.recorded(told.alias, kind, skipping=False)
    broadcast = told.room.client.get_workflow_handle(told.home.broadcasts.pop())
    await told.room.env.fast_forward(broadcast, LISTENS)  # for so long it hears whether that has arrived
    async with asyncio.timeout(30):
        await broadcast.result()
    told.home.phones.may_ring_on()
