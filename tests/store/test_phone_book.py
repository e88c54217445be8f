"""The phone book: what a text can be about, read ahead."""

from datetime import UTC, datetime

from domain.names import Channel, Phase, Risk, Stage
from domain.snapshot import EpisodeSnapshot, Snapshot
from store.claims import Claim
from store.repositories import Store
from tests.store.conftest import SHIFT_LEAD_PHONE, Town

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


async def test_it_says_of_a_number_what_the_store_would_say(store: Store, town: Town) -> None:
    """Whose it is and what its codes mean; it holds no number itself. Of a number that is nobody's it says nothing."""
    claim = Claim(
        notification_id="n1",
        alias="Heron-42",
        episode=1,
        rung="0",
        person_id=town.shift_lead.id,
        channel=Channel.SMS,
        address=SHIFT_LEAD_PHONE,
        template="check_not_recorded",
        code="4821",
        created_at=NOON,
    )
    await store.notifications.claim([claim])
    running = Snapshot(
        alias="Heron-42",
        as_of_fact=1,
        as_of=NOON,
        phase=Phase.ARRIVAL,
        risk=Risk.HIGH,
        episodes=[EpisodeSnapshot(number=1, stage=Stage.OVERDUE, began_at=NOON)],
    )
    await store.facts.insert("Heron-42", [], running)
    await store.facts.insert(
        "Merlin-7", [], running.model_copy(update={"alias": "Merlin-7", "ended": True, "episodes": []})
    )
    book = await store.phone_books.read()

    assert book.people_at(SHIFT_LEAD_PHONE) == [town.shift_lead.id]
    assert book.codes_at(SHIFT_LEAD_PHONE) == await store.notifications.open_codes(SHIFT_LEAD_PHONE)
    assert book.placements == {"Heron-42": running.episodes}
    assert book.people_at("+447700900666") == []
    assert book.codes_at("+447700900666") == []
    assert SHIFT_LEAD_PHONE not in repr(book)
