"""Changes of plan: risk, phase, a closer watch, policy; and how a running episode takes a new policy."""

from datetime import datetime

from domain import arming, check_plan, drill, episodes, phases
from domain.errors import Refused
from domain.facts import Actor
from domain.names import Risk
from domain.policy import Policy, Rung, from_text
from domain.requests import PlanChange
from domain.state import DeliveryKind, Episode, PlacementState


def change_plan(state: PlacementState, change: PlanChange, now: datetime) -> str:
    """Change risk, phase or policy. What lowers the guard needs a second person; the next check is never put off.

    Raises:
        Refused: the placement has ended, nothing is changed, a second person or a reason is missing, or it is too early
            for this phase.
    """
    _refuse_change(state, change, now)
    state.risk = change.risk or state.risk
    if change.closer_watch is not None:
        state.closer_watch = change.closer_watch
    if change.phase is not None and change.phase is not state.phase:
        state.phase, state.phase_since = change.phase, now
    if change.policy_text is not None and change.calendar is not None:
        state.policy_text, state.calendar = change.policy_text, change.calendar
    if change.arrival_policy_text is not None:
        state.arrival_policy_text = change.arrival_policy_text
    _apply_to_episode(state, change, now)
    phases.note(
        state,
        now,
        actor=change.actor,
        episode=change.apply_to_episode,
        reason=change.reason,
        second_person=change.second_person,
    )
    _arm_no_later(state, now)
    return "changed"


def _arm_no_later(state: PlacementState, now: datetime) -> None:
    """Arm the next expectation by the new plan, unless that would put it off."""
    before = state.expectation
    if before is None:
        return
    arming.arm(state, state.last_seen_at)
    after = state.expectation
    if after is not None and after.due_at < now:
        # Nobody was asked to look at that time: the closer watch begins now.
        after = state.expectation = check_plan.expected_at(state.policy, state.phase_base, now)
    if after is not None and (after.due_at > before.due_at or after.overdue_at > before.overdue_at):
        state.expectation = before


def _refuse_change(state: PlacementState, change: PlanChange, now: datetime) -> None:
    if state.ended_at is not None:
        raise Refused("placement_id", "this placement has ended")
    drill.refuse_in_exercise(state, "it keeps the plan it began with; end it, and start another one")
    if change.risk is None and change.phase is None and change.policy_text is None and change.closer_watch is None:
        raise Refused("risk", "name a risk, a phase, a closer watch or a policy to change to")
    if not change.reason.strip():
        raise Refused("reason", "say why the plan changes")
    onward = change.phase is not None and phases.ORDER.index(change.phase) > phases.ORDER.index(state.phase)
    if (onward or _is_looser(state, change)) and not _another(change.actor, change.second_person):
        raise Refused("second_person", "a second person must sign when a child is watched less closely")
    if onward and change.phase is not None:
        if episodes.active(state) is not None:
            raise Refused("phase", "an episode is open: a child who is not back does not move on")
        phases.refuse_moving_on(state, change.phase, (change.actor_roles, change.second_roles), now)
    _refuse_too_loose(state, change)


def _refuse_too_loose(state: PlacementState, change: PlanChange) -> None:
    """A plan for children who need less watching is no way round the two who sign that a child moves on.

    Judged by how the child is watched now: the asker may have known less, or waited in a queue.
    """
    if change.policy_text is None:
        return
    phase, risk = change.phase or state.phase, change.risk or state.risk
    closer = state.closer_watch if change.closer_watch is None else change.closer_watch
    if phases.too_loose(from_text(change.policy_text), phase, risk, closer_watch=closer):
        detail = f"this plan is for children who need less watching than {phase.value}, {risk.value} risk"
        raise Refused("policy_id", detail)


def _is_looser(state: PlacementState, change: PlanChange) -> bool:
    """Whether the child is watched less than before: a lower risk, no closer watch any more, or a longer ladder."""
    lower = change.risk is Risk.MEDIUM and state.risk is Risk.HIGH
    farther = state.closer_watch and change.closer_watch is False
    longer = change.policy_text is not None and phases.watches_less(from_text(change.policy_text), state.policy)
    return lower or farther or longer


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
