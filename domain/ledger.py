"""Noting facts in a placement's state, and forgetting them once they are stored."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from domain.facts import ENGINE, Actor, Fact, FactKind, type_of_value
from domain.state import PlacementState

KEPT_ANSWERS = 96
"""How many dealt-with request ids a placement remembers: enough for any retry, small enough to carry."""

MANY = 32
"""With so many facts waiting, they are recorded without waiting for an activity that runs anyway."""

OLD = timedelta(minutes=15)
"""So is a fact older than this, at a wake-up."""

BATCH_BYTES = 60_000
"""The facts of one activity's input: far below the 256 KB that no input may exceed."""

SOON = timedelta(seconds=5)
"""Facts of an episode are wanted at once by whoever follows it; so long they wait for an activity to ride on."""

RECORD, CALENDAR = "record", "calendar"
"""The chores a placement starts without waiting for them."""

CHORE_PATIENCE = timedelta(seconds=90)
"""Every activity ends within 60 seconds; a chore not heard of for this long may be started again."""


def note(
    state: PlacementState,
    kind: FactKind,
    now: datetime,
    *,
    at: datetime | None = None,
    episode: int | None = None,
    actor: Actor = ENGINE,
    **data: type_of_value,
) -> Fact:
    """Note that something happened, at `at` (UTC; now, if not given)."""
    state.fact_count += 1
    kept = {key: value for key, value in data.items() if value not in (None, "", [])}
    fact = Fact(n=state.fact_count, kind=kind, at=at or now, recorded_at=now, episode=episode, actor=actor, data=kept)
    state.facts.append(fact)
    return fact


def forget(state: PlacementState, stored: Iterable[int]) -> None:
    """Forget facts that are confirmed as stored."""
    confirmed = frozenset(stored)
    state.facts = [fact for fact in state.facts if fact.n not in confirmed]


def batch(facts: list[Fact]) -> list[Fact]:
    """The oldest facts that fit into one activity's input; at least one."""
    size = 0
    for count, fact in enumerate(facts):
        size += len(fact.model_dump_json())
        if size > BATCH_BYTES and count:
            return facts[:count]
    return list(facts)


def take_along(state: PlacementState, now: datetime) -> list[Fact]:
    """Facts that ride on an activity which runs anyway; none while others are on their way."""
    if not state.facts or is_under_way(state, RECORD, now):
        return []
    state.chores[RECORD] = now + CHORE_PATIENCE
    return batch(state.facts)


def confirm(state: PlacementState, stored: Iterable[int]) -> None:
    """What was under way has come back: forget what is stored; what is not may be tried again at the next occasion."""
    state.chores.pop(RECORD, None)
    forget(state, stored)


def is_heavy(state: PlacementState) -> bool:
    """Whether so many facts wait that they can't be carried into the next run (256 KB at most, all told)."""
    return len(state.facts) > MANY and sum(len(fact.model_dump_json()) for fact in state.facts) > 2 * BATCH_BYTES


def must_record(state: PlacementState, now: datetime) -> bool:
    """Whether facts wait that nothing else will carry to the ledger soon."""
    if is_under_way(state, RECORD, now):
        return False
    at = record_at(state)
    oldest = state.facts[0].recorded_at if state.facts else now
    return len(state.facts) >= MANY or now - oldest > OLD or (at is not None and at <= now)


def record_at(state: PlacementState) -> datetime | None:
    """When the facts of an episode are to be recorded, if nothing has carried them by then."""
    first = next((fact for fact in state.facts if fact.episode is not None), None)
    if first is None:
        return None
    return max(first.recorded_at + SOON, state.chores.get(RECORD, first.recorded_at))


def remember(state: PlacementState, request_id: str, answer: str) -> None:
    """Keep the answer to a request, so that the same request is answered and not done again."""
    state.handled[request_id] = answer
    while len(state.handled) > KEPT_ANSWERS:
        del state.handled[next(iter(state.handled))]


def is_under_way(state: PlacementState, chore: str, now: datetime) -> bool:
    """Whether a chore has been started and may still come back."""
    return chore in state.chores and now < state.chores[chore]
