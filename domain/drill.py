"""The course of an exercise: how it begins, and that it always ends.

It ends with a stand-down: when it has been answered (the child of the story is found), when somebody ends it, when its
time is up, or when a real child at the same home needs the phones.
"""

from datetime import datetime

from domain import check_plan, episodes, ledger
from domain.errors import Refused
from domain.exercise import HOME_CAST, PLACING_CAST, Exercise, Scenario, rehearsed
from domain.facts import ENGINE, Actor, FactKind
from domain.names import Ending
from domain.policy import from_text, to_text
from domain.requests import Admission
from domain.state import Contact, PlacementState

ANSWERED = "it was answered"
TIME_IS_UP = "its time was up"
REAL_ALERT = "a real child at this home comes first"


def ladder_of(admission: Admission) -> tuple[str, str | None]:
    """The policy that the placement follows, and the one after a return: written anew for an exercise, here only."""
    if admission.exercise is None:
        return admission.policy_text, admission.arrival_policy_text
    policy = from_text(admission.policy_text)
    return to_text(rehearsed(policy, authority=admission.exercise.authority_takes_part)), None


def people_of(admission: Admission) -> list[Contact]:
    """The people carried from the beginning: who answers for the police or another authority is not among them."""
    if admission.exercise is None:
        return admission.contacts
    return [one for one in admission.contacts if set(one.roles) <= HOME_CAST | PLACING_CAST]


def begin(state: PlacementState, exercise: Exercise, actor: Actor, now: datetime) -> None:
    """The exercise begins in the same breath as its placement."""
    ledger.note(
        state,
        FactKind.EXERCISE_STARTED,
        now,
        actor=actor,
        scenario=exercise.scenario.value,
        until=exercise.until.isoformat(),
        authority_takes_part=exercise.authority_takes_part,
    )
    if exercise.scenario is Scenario.NOT_HERE:
        episodes.report_not_here(state, None, actor, now, at=now)
    else:
        state.expectation = check_plan.expected_at(state.policy, state.phase_base, now)


def reason_to_end(state: PlacementState, now: datetime) -> str | None:
    """Why the exercise is over at this instant; None: it is not, or this is none."""
    if state.exercise is None or state.ended_at is not None:
        return None
    if now >= state.exercise.until:
        return TIME_IS_UP
    seen_in_time = not state.episode_count and state.last_seen_at > state.arrived_at
    answered = state.episode_count > 0 and episodes.active(state) is None
    return ANSWERED if answered or seen_in_time else None


def end(state: PlacementState, now: datetime, *, reason: str, actor: Actor = ENGINE) -> None:
    """End it: everyone who was alerted hears that it is over, and nothing is expected any more."""
    for episode in state.episodes:
        if episode.ending is None:
            episodes.finish(state, episode, Ending.EXERCISE_OVER, actor, now, reason=reason)
    state.ended_at, state.expectation, state.absence = now, None, None
    ledger.note(state, FactKind.EXERCISE_ENDED, now, actor=actor, reason=reason)


def refuse_in_exercise(state: PlacementState, what: str) -> None:
    """Some things are done to a child's placement only.

    Raises:
        Refused: this is an exercise.
    """
    if state.exercise is not None:
        raise Refused("placement_id", f"this is an exercise: {what}")
