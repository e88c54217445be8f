"""Stories of episodes: how they begin, climb and end."""

from datetime import timedelta

from domain.facts import Actor
from domain.names import Ending
from domain.requests import Closing
from tests.replay.told import Story, story


@story
async def climbs_to_the_police(told: Story) -> None:
    """Nobody answers: up to the police, who are called for again until there is a reference; the end, loud again."""
    await told.arrives()
    await told.nobody_checks()
    await told.passes(minutes=31)
    await told.police_are_told()
    await told.passes(minutes=16)


@story
async def after_a_return(told: Story) -> None:
    """Back: tasks at once and an hour later, the interview, and the end; meanwhile the child is seen."""
    await told.arrives()
    await told.is_seen("not_here")
    await told.passes(minutes=1)
    await told.two_people_find_the_child()
    await told.reports("return-interview", by="social worker", state="offered", at=told.now())
    await told.passes(minutes=30)
    await told.is_seen()
    await told.passes(minutes=31)
    await told.is_seen()
    await told.reports("return-interview", by="social worker", state="held", at=told.now())
    await told.is_closed()


@story
async def seen_late(told: Story) -> None:
    """A missed check, one text, and the carer records it after all."""
    await told.arrives()
    await told.nobody_checks()
    assert await told.is_seen() == "seen_late"
    await told.passes(minutes=10)
    await told.is_seen()


@story
async def reported_not_here(told: Story) -> None:
    """The carer says that the child is not here: the police at once. Confirmed missing, a sighting, and back."""
    await told.arrives()
    assert await told.is_seen("not_here") == "reported_not_here"
    await told.passes(minutes=1)
    await told.is_seen("not_here", by="key worker")
    await told.answers("confirm_missing", by="on-call manager", reason="searched")
    await told.reports("sightings", text="Seen at the station", source="A driver", obtained_at=told.now())
    await told.passes(minutes=10)
    await told.two_people_find_the_child()


@story
async def away_and_not_back(told: Story) -> None:
    """Away at a known place, not back after an hour: missing, loud from the first rung."""
    await told.arrives()
    assert await told.is_seen("not_here_known_place", note="at a friend's") == "reported_away"
    await told.passes(minutes=61)
    await told.passes(minutes=5)
    await told.two_people_find_the_child()


@story
async def located_and_lost_again(told: Story) -> None:
    """Located by two people until a time; then not there any more: the ladder starts again."""
    await told.arrives()
    await told.is_seen("not_here")
    await told.passes(minutes=1)
    until = told.now(ahead=timedelta(minutes=30))
    for who in ("shift lead", "key worker"):
        await told.reports("located", by=who, seen_at=told.now(), how_known="rang", expected_back_by=until)
    await told.passes(minutes=31)
    await told.passes(minutes=5)
    await told.two_people_find_the_child()


@story
async def cancelled_by_two(told: Story) -> None:
    """The wrong child was tapped: one person says so, another agrees."""
    await told.arrives()
    await told.is_seen("not_here")
    await told.passes(minutes=1)
    assert await told.reports("cancel", reason="the wrong child") == "awaits_second_person"
    await told.is_refused(told.reports("reopen", by="registered manager", reason="too early"))
    assert await told.reports("cancel", by="registered manager", reason="the wrong child") == "closed"
    await told.is_seen()


@story
async def reopened(told: Story) -> None:
    """Closed, and it was not the child who came back: the same episode, loud again."""
    await told.arrives()
    await told.is_seen("not_here")
    await told.passes(minutes=1)
    await told.two_people_find_the_child()
    await told.is_closed()
    assert await told.reports("reopen", by="registered manager", reason="another child") == "reopened"
    await told.passes(minutes=1)
    await told.two_people_find_the_child()


@story
async def placement_ends_with_an_open_episode(told: Story) -> None:
    """Moved on paper while missing: the episode stays, and the run ends only when that is closed."""
    await told.arrives()
    await told.is_seen("not_here")
    await told.passes(minutes=1)
    await told.leaves()
    await told.passes(minutes=10)
    await told.two_people_find_the_child()
    await told.is_closed()


@story
async def death_recorded(told: Story) -> None:
    """Two people record it, and everything ends."""
    await told.arrives()
    await told.is_seen("not_here")
    await told.passes(minutes=1)
    for who in ("social worker", "registered manager"):
        await told.reports("close", by=who, ending="death_recorded", reason="told by the police")


@story
async def adult_handover(told: Story) -> None:
    """Missing at the 18th birthday: handed over, by two people, to a named service."""
    await told.arrives()
    await told.is_seen("not_here")
    await told.passes(minutes=1)
    for who in ("social worker", "registered manager"):
        closing = Closing(
            request_id=f"closing-{told.phone(who).person_id}",
            actor=Actor(person_id=told.phone(who).person_id),
            received_at=told.room.clock(),
            episode=told.number,
            ending=Ending.ADULT_HANDOVER,
            reason="eighteen",
            handover_to="Adult services",
        )
        # Straight to the engine: the web asks for a date of birth first, and that is no business of the workflow.
        await told.room.services.engine.ask(told.alias, "close", closing)


@story
async def exercise(told: Story) -> None:
    """Not here, as an exercise: at its time it is over by itself, and everyone who was alerted hears it."""
    await told.rehearses(scenario="not_here", lasts="PT3M")
    await told.passes(minutes=1)
    await told.passes(minutes=3)
