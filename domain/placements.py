"""A placement's beginning and end."""

from datetime import datetime

from domain import arming, circulating, drill, ledger
from domain.errors import Refused
from domain.facts import FactKind
from domain.policy import from_text
from domain.requests import Admission, PlacementEnd
from domain.state import PlacementState


def begin(admission: Admission, now: datetime) -> PlacementState:
    """A child enters care: the first expectation is armed in the same breath, counted from arrival."""
    policy_text, arrival_policy_text = drill.ladder_of(admission)
    state = PlacementState(
        alias=admission.alias,
        home_id=admission.home_id,
        placing_authority_id=admission.placing_authority_id,
        arrived_at=admission.arrived_at,
        phase=admission.phase,
        phase_since=admission.arrived_at,
        risk=admission.risk,
        closer_watch=admission.closer_watch,
        exercise=admission.exercise,
        policy_text=policy_text,
        arrival_policy_text=arrival_policy_text,  # empty: the same, and the state fills it in
        calendar=admission.calendar,
        last_seen_at=admission.arrived_at,
        contacts=drill.people_of(admission),
    )
    ledger.note(
        state,
        FactKind.PLACEMENT_STARTED,
        now,
        at=admission.arrived_at,
        actor=admission.actor,
        home=admission.home_id,
        risk=admission.risk.value,
        phase=admission.phase.value,
        closer_watch=admission.closer_watch,
        age_known=admission.age_known,
        second_person=admission.second_person,
        policy=_named(admission.policy_text),
    )
    # Entered late, a placement still owes the child its first check: from now, not from an arrival hours ago.
    arming.arm(state, max(admission.arrived_at, admission.received_at))
    if admission.exercise is not None:
        drill.begin(state, admission.exercise, admission.actor, now)
    return state


def end(state: PlacementState, request: PlacementEnd, now: datetime) -> str:
    """The child leaves care, or has moved. An open episode stays with this placement until it is closed.

    Raises:
        Refused: it has ended already, or there is no reason.
    """
    if state.ended_at is not None:
        raise Refused("placement_id", "this placement has ended already")
    if not request.reason.strip():
        raise Refused("reason", "say why the placement ends")
    if state.exercise is not None:
        drill.end(state, now, reason=request.reason, actor=request.actor)
        return "ended"
    state.ended_at, state.expectation, state.absence = now, None, None
    ledger.note(
        state,
        FactKind.PLACEMENT_ENDED,
        now,
        actor=request.actor,
        reason=request.reason,
        moved_to=request.moved_to,
    )
    return "ended"


def is_over(state: PlacementState) -> bool:
    """Whether nothing is left to be done: the placement has ended, no episode is open, nothing is to be sent."""
    return (
        state.ended_at is not None
        and all(episode.ending is not None for episode in state.episodes)
        and not state.deliveries
        and not any(circulating.is_unfinished(episode) for episode in state.episodes)
    )


def _named(policy_text: str) -> str:
    policy = from_text(policy_text)
    return f"{policy.id} version {policy.version}"
