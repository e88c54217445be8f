"""Policies: one person drafts, another publishes."""

from datetime import timedelta

import pytest

from domain.names import Anchor, Channel, Role, Stage, Template
from domain.policy import CheckPlanRow, Policy, Rung
from store.errors import Conflict, NotFound
from store.repositories import Store

POLICY = Policy(
    id="arrival-high",
    title="Arrival, high risk",
    check_plan=(CheckPlanRow(waking=timedelta(minutes=30), sleeping=timedelta(hours=1), grace=timedelta(minutes=5)),),
    rung=(
        Rung(
            anchor=Anchor.DUE,
            after=timedelta(minutes=5),
            stage=Stage.OVERDUE,
            roles=(Role.SHIFT_LEAD,),
            channels=(Channel.SMS,),
            template=Template.CHECK_NOT_RECORDED,
        ),
    ),
)


async def test_drafts_are_numbered_and_change_nothing_yet(store: Store) -> None:
    """What the author wrote is kept to the letter."""
    assert await store.policies.save_draft(POLICY, "# ours\n", "p1") == 1
    assert await store.policies.save_draft(POLICY, "# ours, again\n", "p1") == 2
    assert await store.policies.published("arrival-high") is None
    draft = await store.policies.get("arrival-high", 1)
    assert draft is not None
    assert (draft.policy, draft.toml_text, draft.drafted_by) == (POLICY, "# ours\n", "p1")
    newest = await store.policies.get("arrival-high")
    assert newest is not None
    assert (newest.version, newest.policy.version) == (2, 2)
    assert [(row.policy.id, row.version) for row in await store.policies.list()] == [
        ("arrival-high", 2),
        ("arrival-high", 1),
    ]


async def test_a_second_person_publishes(store: Store) -> None:
    """Nobody decides alone when a missing child is reported."""
    await store.policies.save_draft(POLICY, "", "p1")
    with pytest.raises(Conflict) as caught:
        await store.policies.publish("arrival-high", 1, "p1", alone_allowed=False)
    assert caught.value.field == "published_by"
    assert await store.policies.published("arrival-high") is None
    assert await store.policies.publish("arrival-high", 1, "p2", alone_allowed=False) == POLICY
    assert await store.policies.published("arrival-high") == POLICY


async def test_in_a_demonstration_one_person_may(store: Store) -> None:
    """There is only one person there."""
    await store.policies.save_draft(POLICY, "", "p1")
    await store.policies.publish("arrival-high", 1, "p1", alone_allowed=True)
    assert await store.policies.published("arrival-high") == POLICY


async def test_publishing_twice_is_the_same_and_going_back_is_refused(store: Store) -> None:
    """A retry is harmless; an older version comes back only as a new draft."""
    for _ in range(3):
        await store.policies.save_draft(POLICY, "", "p1")
    for _ in range(2):
        await store.policies.publish("arrival-high", 2, "p2", alone_allowed=False)
    for version, by in ((2, "p3"), (1, "p2")):
        with pytest.raises(Conflict) as caught:
            await store.policies.publish("arrival-high", version, by, alone_allowed=False)
        assert caught.value.field == "version"
    published = await store.policies.published("arrival-high")
    assert published is not None
    assert published.version == 2


async def test_what_is_not_there_is_not_published(store: Store) -> None:
    """Neither a policy nor a version."""
    with pytest.raises(NotFound):
        await store.policies.publish("arrival-high", 1, "p2", alone_allowed=False)
    assert await store.policies.get("arrival-high") is None
