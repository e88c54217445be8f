"""Stories of what alerted people answer."""

from tests.replay.told import Story, story


@story
async def lease_taken_extended_and_ended(told: Story) -> None:
    """Taken, not by two; extended once, a second time refused; then the lease ends and the ladder climbs again."""
    await told.arrives()
    await told.nobody_checks()
    assert await told.answers("take") == "taken"
    assert await told.answers("take", by="on-call manager") == "taken_by_other"
    await told.passes(minutes=5)
    await told.answers("extend", reason="still looking")
    await told.is_refused(told.answers("extend", reason="still looking"))
    await told.passes(minutes=15.5)


@story
async def seen_by_two(told: Story) -> None:
    """Unaccounted for, then seen: one check-in is a first word, another person's ends it."""
    await told.arrives()
    await told.nobody_checks()
    await told.passes(minutes=11)
    assert await told.is_seen() == "awaits_second_person"
    assert await told.is_seen(by="key worker") == "returned"


@story
async def handed_over(told: Story) -> None:
    """Offered to another, who hears so and takes it; then somebody wakes the next person."""
    await told.arrives()
    await told.nobody_checks()
    await told.answers("take")
    await told.answers("hand_over", to_person=told.phone("on-call manager").person_id)
    await told.phone("on-call manager").expects("take this over")
    await told.passes(minutes=1)
    assert await told.answers("take", by="on-call manager") == "taken"
    await told.passes(minutes=1)
    assert await told.answers("escalate_now", by="on-call manager", reason="not found") == "escalated"
    await told.passes(minutes=1)
    await told.two_people_find_the_child()


@story
async def cannot(told: Story) -> None:
    """The first person can't: the next one is rung at once."""
    await told.arrives()
    await told.nobody_checks()
    assert await told.answers("cannot", reason="driving") == "moved_on"
    await told.passes(minutes=1)
    await told.two_people_find_the_child()


@story
async def claimed_by_text(told: Story) -> None:
    """A text says that the child is here: kept, and the ladder goes on."""
    await told.arrives()
    await told.nobody_checks()
    message = await told.phone("shift lead").expects("check not recorded")
    await message.replies("C CODE")
    await told.passes(minutes=11)
    await told.two_people_find_the_child()


@story
async def lapsed_and_vouched_for(told: Story) -> None:
    """Whoever let it lapse can't take it again alone; somebody vouches, and they can."""
    await told.arrives()
    await told.nobody_checks()
    assert await told.answers("take") == "taken"
    await told.passes(minutes=10.5)
    assert await told.answers("take") == "needs_second_person"
    lead = told.phone("shift lead").person_id
    assert await told.answers("vouch", by="on-call manager", to_person=lead, reason="spoke to them") == "vouched"
    assert await told.answers("take") == "taken"
    await told.two_people_find_the_child()
