"""What follows when the time of whoever has an episode is up."""

from datetime import datetime

from domain import holding, ledger, ownership
from domain.facts import FactKind
from domain.state import Episode, PlacementState


def lease_ends(state: PlacementState, episode: Episode, now: datetime) -> None:
    """The lease is over: it is in the record, and the ladder climbs again."""
    owner = ownership.run_out(episode, now)
    holding.drop_repeats(state, episode.number)
    if owner is not None:
        ledger.note(
            state,
            FactKind.LEASE_ENDED,
            now,
            at=owner.until,
            episode=episode.number,
            person=owner.actor.person_id,
            role=owner.actor.role.value if owner.actor.role else None,
            outcome=", ".join(owner.outcomes) or None,
        )


def before_an_answer(state: PlacementState, episode: Episode, now: datetime) -> None:
    """An answer that comes in the instant of the end, or while the engine was away, comes after the end.

    The engine hands out messages before timers: whoever overslept would else take it again as if nothing had been.
    """
    if episode.owner is not None and ownership.lapsed(episode.owner, now):
        lease_ends(state, episode, now)
