"""Arming the next expectation. A child in care always has one, or an open episode."""

from datetime import datetime

from domain import check_plan
from domain.state import PlacementState


def arm(state: PlacementState, base: datetime) -> None:
    """Arm the next expectation, counted from the instant (UTC) the child was last known to be there.

    During an agreed absence that is the time the child is to be back, however the child is heard of meanwhile.
    A placement that has ended expects nobody any more, whatever becomes of its open episode.
    """
    if state.ended_at is not None:
        state.expectation = None
        return
    if state.absence is not None:
        state.expectation = check_plan.expected_at(state.policy, state.phase_base, state.absence.back_by)
        return
    state.expectation = check_plan.expectation(state.policy, state.calendar, state.phase_base, base)
