"""Notifications: claimed once, and evidence only ever moves forward."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.facts import Fact, FactKind
from domain.names import Channel
from store.claims import Claim, ClaimState
from store.repositories import Store

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
CLAIM = Claim(
    notification_id="n1",
    alias="Heron-42",
    episode=1,
    rung="0",
    person_id="p1",
    channel=Channel.SMS,
    address="+447700900101",
    template="check_not_recorded",
    code="4821",
    created_at=NOON,
)


async def test_a_message_is_claimed_once(store: Store) -> None:
    """A retry after a crash learns that it may have been sent."""
    assert await store.notifications.claim([CLAIM]) == {"n1": ClaimState("pending", None, first=True, code="4821")}
    await store.notifications.outcome([("n1", "accepted", "SM1", None, NOON)])
    assert await store.notifications.claim([CLAIM]) == {"n1": ClaimState("accepted", "SM1", first=False, code="4821")}


async def test_many_are_claimed_at_once_by_many(store: Store) -> None:
    """Ten workers with the same rung: each message is first for exactly one of them."""
    rows = [replace(CLAIM, notification_id=f"n{each}", address=f"+44770090020{each}") for each in range(8)]
    answers = await asyncio.gather(*(store.notifications.claim(rows) for _ in range(10)))
    for row in rows:
        assert sum(answer[row.notification_id].first for answer in answers) == 1


async def test_a_code_means_one_episode_on_one_phone(store: Store) -> None:
    """The next free one is printed; after 9999 comes 0000."""
    two = replace(CLAIM, notification_id="n2", alias="Merlin-7")
    three = replace(CLAIM, notification_id="n3", alias="Merlin-7", address="+447700900102")
    states = await store.notifications.claim([CLAIM, two, three])
    assert [states[each].code for each in ("n1", "n2", "n3")] == ["4821", "4822", "4821"]
    last = [replace(CLAIM, notification_id=f"m{each}", alias=f"Swift-{each}", code="9999") for each in (1, 2)]
    states = await store.notifications.claim(last)
    assert [states[each].code for each in ("m1", "m2")] == ["9999", "0000"]


async def test_an_episode_keeps_its_code_on_a_phone(store: Store) -> None:
    """Whatever a later rung proposes, the person's `Y 4821` still works."""
    await store.notifications.claim([CLAIM])
    states = await store.notifications.claim([replace(CLAIM, notification_id="n2", rung="1", code="7777")])
    assert states["n2"].code == "4821"
    (code,) = await store.notifications.open_codes("+447700900101")
    assert (code.code, code.alias, code.episode, code.person_id) == ("4821", "Heron-42", 1, "p1")


async def test_a_closed_episode_gives_its_codes_back(store: Store) -> None:
    """Then they may mean another child."""
    await store.notifications.claim([CLAIM])
    await store.notifications.close_codes("Heron-42", 1, NOON + MINUTE)
    assert await store.notifications.open_codes("+447700900101") == []
    states = await store.notifications.claim([replace(CLAIM, notification_id="n2", alias="Merlin-7")])
    assert states["n2"].code == "4821"


async def test_what_is_claimed_late_has_its_code_unless_its_episode_has_ended(store: Store) -> None:
    """The store was away while it went out; a code that stays open for ever would make a bare Y ambiguous."""
    ended = Fact(n=1, kind=FactKind.EPISODE_ENDED, at=NOON, recorded_at=NOON + MINUTE, episode=1)
    reopened = ended.model_copy(update={"n": 2, "kind": FactKind.REOPENED, "recorded_at": NOON + 2 * MINUTE})
    other = replace(CLAIM, notification_id="n2", alias="Merlin-7", code="7310")
    await store.facts.insert("Heron-42", [ended])
    await store.notifications.claim_late([CLAIM, other])
    assert [one.alias for one in await store.notifications.open_codes("+447700900101")] == ["Merlin-7"]
    await store.facts.insert("Heron-42", [reopened])
    again = replace(CLAIM, notification_id="n3", created_at=NOON + 3 * MINUTE)
    await store.notifications.claim_late([again])
    assert [one.alias for one in await store.notifications.open_codes("+447700900101")] == ["Heron-42", "Merlin-7"]


async def test_an_ending_that_is_recorded_gives_the_codes_back_but_not_those_opened_since(store: Store) -> None:
    """Recorded twice, and opened again in between: `Y 4821` goes on working."""
    ended = Fact(n=1, kind=FactKind.EPISODE_ENDED, at=NOON, recorded_at=NOON + MINUTE, episode=1)
    reopened = ended.model_copy(update={"n": 2, "kind": FactKind.REOPENED})
    await store.notifications.claim([CLAIM])
    await store.facts.insert("Heron-42", [ended, reopened])
    assert len(await store.notifications.open_codes("+447700900101")) == 1
    await store.facts.insert("Heron-42", [ended])
    assert await store.notifications.open_codes("+447700900101") == []
    await store.notifications.claim([replace(CLAIM, notification_id="n2", created_at=NOON + 2 * MINUTE)])
    await store.facts.insert("Heron-42", [ended])
    assert len(await store.notifications.open_codes("+447700900101")) == 1


async def test_a_message_without_a_code_has_none(store: Store) -> None:
    """A stand-down asks nothing."""
    states = await store.notifications.claim([replace(CLAIM, code=None)])
    assert states["n1"].code is None
    assert await store.notifications.open_codes("+447700900101") == []


@pytest.mark.parametrize(
    ("reports", "status", "changes", "failures"),
    [
        (["queued", "sending", "sent", "delivered", "read"], "read", 5, 0),
        (["delivered", "sent", "queued"], "delivered", 1, 0),
        (["sent", "sent"], "sent", 1, 0),
        (["sent", "undelivered", "delivered"], "undelivered", 2, 1),
        (["failed", "failed"], "failed", 1, 1),
        (["delivered", "failed"], "failed", 2, 1),
        (["read", "failed"], "read", 1, 0),
        (["sent", "nonsense"], "sent", 1, 0),
    ],
)
async def test_reports_move_evidence_forward_only(
    store: Store, reports: list[str], status: str, changes: int, failures: int
) -> None:
    """Late, twice or out of order: the same end, and a failure is news once."""
    await store.notifications.claim([CLAIM])
    applied = [await store.notifications.apply_status("n1", "SM1", report, NOON) for report in reports]
    assert sum(each is not None and each.changed for each in applied) == changes
    assert sum(each is not None and each.became_failed for each in applied) == failures
    (row,) = await store.notifications.for_episode("Heron-42", 1)
    assert (row.status, row.provider_id) == (status, "SM1")


async def test_a_report_that_overtakes_the_answer_is_kept(store: Store) -> None:
    """The callback came before our own send returned."""
    await store.notifications.claim([CLAIM])
    await store.notifications.apply_status("n1", "SM1", "delivered", NOON, 0)
    await store.notifications.outcome([("n1", "accepted", "SM1", None, NOON + MINUTE)])
    (row,) = await store.notifications.for_episode("Heron-42", 1)
    assert (row.status, row.provider_id, row.status_at) == ("delivered", "SM1", NOON)


async def test_not_taken_does_not_undo_perhaps_taken(store: Store) -> None:
    """A lost answer stays in doubt until the provider is asked; what was not taken can be sent again."""
    await store.notifications.claim([CLAIM, replace(CLAIM, notification_id="n2")])
    for status in ("unknown", "unavailable"):
        await store.notifications.outcome([("n1", status, None, None, NOON)])
        await store.notifications.outcome([("n2", status, None, 21610, NOON)])
    states = await store.notifications.claim([CLAIM])
    assert states["n1"].status == "unknown"
    await store.notifications.outcome(
        [("n1", "accepted", "SM1", None, NOON), ("unheard-of", "accepted", None, None, NOON)]
    )
    states = await store.notifications.claim([CLAIM])
    assert (states["n1"].status, states["n1"].provider_id) == ("accepted", "SM1")


async def test_a_report_names_the_message_or_the_providers_id(store: Store) -> None:
    """A stranger's id is nobody's message."""
    await store.notifications.claim([CLAIM])
    await store.notifications.outcome([("n1", "accepted", "SM1", None, NOON)])
    assert await store.notifications.apply_status("forged", "SM1", "failed", NOON) is None
    applied = await store.notifications.apply_status(None, "SM1", "failed", NOON, 30003)
    assert applied is not None
    assert (applied.notification_id, applied.alias, applied.episode) == ("n1", "Heron-42", 1)
    assert (applied.person_id, applied.channel, applied.became_failed) == ("p1", Channel.SMS, True)
    (row,) = await store.notifications.for_episode("Heron-42", 1)
    assert row.error_code == "30003"


async def test_our_answers_to_a_phone_are_counted(store: Store) -> None:
    """So that two machines can't text each other for ever."""
    for minutes in range(3):
        await store.notifications.note_reply("+447700900101", NOON + minutes * MINUTE)
    assert await store.notifications.replies_sent("+447700900101", NOON + MINUTE) == 2
    assert await store.notifications.replies_sent("+447700900102", NOON) == 0


async def test_what_is_said_of_a_text_is_said_of_all_whom_it_took_along(store: Store) -> None:
    """One text about three children: delivered, it is for each; not delivered, each is followed up."""
    rows = [replace(CLAIM, notification_id=f"n{each}", alias=f"Heron-{each}", code=None) for each in range(3)]
    await store.notifications.claim(rows)
    await store.notifications.outcome([("n0", "accepted", "SM1", None, NOON), ("n1", "accepted", "SM1", None, NOON)])
    delivered = await store.notifications.apply_status("n0", "SM1", "delivered", NOON + MINUTE)
    assert delivered is not None
    assert [(one.notification_id, one.status) for one in delivered.also] == [("n1", "delivered")]

    await store.notifications.outcome([("n2", "accepted", "SM1", None, NOON + MINUTE)])
    (late,) = await store.notifications.for_episode("Heron-2", 1)
    assert late.status == "delivered", "the report had come before it was noted with whom it went"

    failed = await store.notifications.apply_status("n0", "SM1", "undelivered", NOON + 2 * MINUTE, 30003)
    assert failed is not None
    assert [(one.notification_id, one.became_failed) for one in (failed, *failed.also)] == [
        ("n0", True),
        ("n1", True),
        ("n2", True),
    ]
