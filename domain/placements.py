"""A placement's beginning, changes of plan, and end."""

from datetime import datetime, timedelta

from domain import arming, check_plan, episodes, ledger
from domain.check_plan import LONGEST_WAIT
from domain.errors import Refused
from domain.facts import Actor, FactKind
from domain.names import Anchor, Phase, Risk
from domain.policy import Policy, Rung, from_text
from domain.requests import Admission, PlacementEnd, PlanChange
from domain.state import DeliveryKind, Episode, PlacementState

PHASES = (Phase.ARRIVAL, Phase.SETTLING, Phase.SETTLED)


def begin(admission: Admission, now: datetime) -> PlacementState:
    """A child enters care: the first expectation is armed in the same breath, counted from arrival."""
    state = PlacementState(
        alias=admission.alias,
        home_id=admission.home_id,
        placing_authority_id=admission.placing_authority_id,
        arrived_at=admission.arrived_at,
        phase=admission.phase,
        phase_since=admission.arrived_at,
        risk=admission.risk,
        exercise=admission.exercise,
        policy_text=admission.policy_text,
        calendar=admission.calendar,
        last_seen_at=admission.arrived_at,
        contacts=admission.contacts,
    )
    ledger.note(
        state,
        FactKind.PLACEMENT_STARTED,
        now,
        at=admission.arrived_at,
        actor=admission.actor,
        home=admission.home_id,
        risk=admission.risk.value,
        policy=_named(admission.policy_text),
    )
    # Entered late, a placement still owes the child its first check: from now, not from an arrival hours ago.
    arming.arm(state, max(admission.arrived_at, admission.received_at))
    return state


def change_plan(state: PlacementState, change: PlanChange, now: datetime) -> str:
    """Change risk, phase or policy. What lowers the guard needs a second person; the next check is never put off.

    Raises:
        Refused: the placement has ended, nothing is changed, a second person or a reason is missing.
    """
    _refuse_change(state, change)
    state.risk = change.risk or state.risk
    if change.phase is not None and change.phase is not state.phase:
        state.phase, state.phase_since = change.phase, now
    if change.policy_text is not None and change.calendar is not None:
        state.policy_text, state.calendar = change.policy_text, change.calendar
    _apply_to_episode(state, change, now)
    ledger.note(
        state,
        FactKind.PLAN_CHANGED,
        now,
        episode=change.apply_to_episode,
        actor=change.actor,
        risk=state.risk.value,
        phase=state.phase.value,
        policy=_named(state.policy_text),
        reason=change.reason,
        second_person=change.second_person,
    )
    before = state.expectation
    if before is not None:
        arming.arm(state, state.last_seen_at)
        after = state.expectation
        if after is not None and after.due_at < now:
            # Nobody was asked to look at that time: the closer watch begins now.
            after = state.expectation = check_plan.expected_at(state.policy, state.phase_base, now)
        if after is not None and (after.due_at > before.due_at or after.overdue_at > before.overdue_at):
            state.expectation = before
    return "changed"


def _refuse_change(state: PlacementState, change: PlanChange) -> None:
    if state.ended_at is not None:
        raise Refused("placement_id", "this placement has ended")
    if change.risk is None and change.phase is None and change.policy_text is None:
        raise Refused("risk", "name a risk, a phase or a policy to change to")
    if not change.reason.strip():
        raise Refused("reason", "say why the plan changes")
    onward = change.phase is not None and PHASES.index(change.phase) > PHASES.index(state.phase)
    lower = change.risk is Risk.MEDIUM and state.risk is Risk.HIGH
    lower = lower or (change.policy_text is not None and watches_less(from_text(change.policy_text), state.policy))
    if (onward or lower) and not _another(change.actor, change.second_person):
        raise Refused("second_person", "a second person must sign when a child is watched less closely")


def watches_less(new: Policy, old: Policy) -> bool:
    """Whether a policy lets a child be gone for longer before anybody, or before the police, are told."""
    return longest_unseen(new) > longest_unseen(old) or police_after(new) > police_after(old)


def longest_unseen(policy: Policy) -> timedelta:
    """The longest a check plan lets pass from one sighting to the next being overdue."""
    return max(max(row.waking or LONGEST_WAIT, row.sleeping or LONGEST_WAIT) + row.grace for row in policy.check_plan)


def police_after(policy: Policy) -> timedelta:
    """From a check's due time to "call the police"."""
    return min((rung.after for _, rung in policy.rungs(Anchor.DUE) if rung.is_police), default=timedelta.max)


def _another(actor: Actor, second_person: str | None) -> bool:
    return bool(second_person) and second_person != actor.person_id


def _apply_to_episode(state: PlacementState, change: PlanChange, now: datetime) -> None:
    """A running episode takes the new policy only when this act says so; rungs that have fired stay fired by time."""
    if change.apply_to_episode is None or change.policy_text is None:
        return
    episode = episodes.get_open(state, change.apply_to_episode)
    before, policy = episode.policy, from_text(change.policy_text)
    undone = [before.rung[number] for number in _renumber_outbox(state, episode, policy)]
    fired = [rung for rung in (before.rung[number] for number in episode.rungs) if rung not in undone]
    runs = [episode.rungs[number] for number in sorted(episode.rungs)]
    episode.policy_text, episode.rungs = change.policy_text, {}
    for number, rung in enumerate(policy.rung):
        passed = any(one.anchor is rung.anchor and one.after >= rung.after for one in fired)
        if passed and not any(one.anchor is rung.anchor and one.after <= rung.after for one in undone):
            # Counted on from the most repeated: a repeat with an old number's count would be taken for its message.
            times = max(run.times for run in runs)
            episode.rungs[number] = runs[0].model_copy(
                update={"fired_at": now, "last_at": now, "settled": True, "times": times}
            )


def _renumber_outbox(state: PlacementState, episode: Episode, policy: Policy) -> set[int]:
    """Give alerts still on their way the rungs' numbers in the new policy.

    Returns:
        The old numbers of rungs that it has no more and of which nobody may have heard yet: they count as not fired.
    """
    before, undone = episode.policy, set[int]()
    for delivery in [one for one in state.deliveries if one.episode == episode.number and one.rungs]:
        same = {old: _same_rung(policy, before.rung[old]) for old in delivery.rungs}
        delivery.rungs = [number for number in same.values() if number is not None]
        if delivery.kind is not DeliveryKind.RUNGS:
            continue
        if delivery.times == 1:
            undone |= {old for old, number in same.items() if number is None}
        if not delivery.rungs and not delivery.in_flight:
            state.deliveries.remove(delivery)
    return undone


def _same_rung(policy: Policy, rung: Rung) -> int | None:
    return next(
        (
            number
            for number, one in enumerate(policy.rung)
            if (one.anchor, one.after, one.roles) == (rung.anchor, rung.after, rung.roles)
        ),
        None,
    )


def end(state: PlacementState, request: PlacementEnd, now: datetime) -> str:
    """The child leaves care, or has moved. An open episode stays with this placement until it is closed.

    Raises:
        Refused: it has ended already, or there is no reason.
    """
    if state.ended_at is not None:
        raise Refused("placement_id", "this placement has ended already")
    if not request.reason.strip():
        raise Refused("reason", "say why the placement ends")
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
    )


def _named(policy_text: str) -> str:
    policy = from_text(policy_text)
    return f"{policy.id} version {policy.version}"
