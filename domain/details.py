"""A placement in words for an operator of the engine, and the answer a request gets. Aliases and roles only."""

from datetime import datetime

from domain import episodes, ladder
from domain.facts import Fact
from domain.names import Stage
from domain.requests import Reply
from domain.state import Delivery, DeliveryKind, Episode, PlacementState


def stage(state: PlacementState) -> str:
    """The stage of the gravest open episode, or `none`."""
    active = episodes.active(state)
    if active is not None:
        return active.stage.value
    return next((one.stage.value for one in state.episodes if one.ending is None), "none")


def of_placement(state: PlacementState) -> str:
    """What stands at the top of the case in the engine's screen (Markdown)."""
    lines = [f"**{state.alias}** · {state.phase.value} · {state.risk.value} risk"]
    if state.exercise is not None:
        lines.append("**Exercise**")
    if state.ended_at is not None:
        lines.append(f"Placement ended {_clock(state.ended_at)}.")
    if state.expectation is not None:
        lines.append(
            f"Next check due **{_clock(state.expectation.due_at)}**; alarm at {_clock(state.expectation.overdue_at)}."
        )
    lines += [_of_episode(one) for one in state.episodes if one.ending is None]
    return "\n\n".join(lines)


def _of_episode(episode: Episode) -> str:
    parts = [f"**Episode {episode.number}: {episode.stage.value}** since {_clock(episode.began_at)}."]
    if episode.owner is not None:
        role = episode.owner.actor.role
        parts.append(f"Held by {role.label if role else 'somebody'} until {_clock(episode.owner.until)}.")
    following = next(iter(ladder.steps(episode)), None)
    if following is not None:
        roles = ", ".join(role.label for role in following.rung.roles)
        parts.append(f"Next rung {_clock(following.at)}: {roles}.")
    if ladder.climbs(episode):
        parts.append("Police told." if episode.police else "Police not told yet.")
    parts.append(f"{sum(bool(told.channels) for told in episode.told)} people alerted.")
    return " ".join(parts)


def of_delivery(state: PlacementState, delivery: Delivery) -> str:
    """What an alert is about, as the engine's screen names it."""
    episode = next((one for one in state.episodes if one.number == delivery.episode), None)
    if delivery.kind is DeliveryKind.STAND_DOWN:
        return f"stand-down to {len({person for person, _ in delivery.recipients})} people"
    if delivery.kind is DeliveryKind.REPEAT:
        return f"end of the ladder, time {delivery.times}: everyone, on all channels"
    if episode is None or not delivery.rungs:
        return delivery.template.value.replace("_", " ")
    again = f", time {delivery.times}" if delivery.times > 1 else ""
    follow_up = "next channel for one person: " if delivery.kind is DeliveryKind.FOLLOW_UP else ""
    return follow_up + "; ".join(rung_name(episode, number) for number in delivery.rungs) + again


def rung_name(episode: Episode, number: int) -> str:
    """A rung in words: `due +5 min: shift lead`."""
    rung = episode.policy.rung[number]
    seconds = int(rung.after.total_seconds())
    offset = f"{seconds // 60} min" if seconds % 60 == 0 else f"{seconds} s"
    return f"{rung.anchor.value} +{offset}: {', '.join(role.label for role in rung.roles)}"


def of_group(state: PlacementState, number: int | None) -> str:
    """An episode's name in the engine's screen."""
    episode = next((one for one in state.episodes if one.number == number), None)
    return f"Episode {number} since {_clock(episode.began_at)}" if episode else state.alias


def answer(state: PlacementState, outcome: str, *, made: list[Fact], episode: int | None = None) -> Reply:
    """What a request is answered: the next check, and the episode it belongs to, if any."""
    number = episode or next((fact.episode for fact in made if fact.episode is not None), None)
    mine = next((one for one in state.episodes if one.number == number), None) or episodes.active(state)
    owner = mine.owner if mine is not None else None
    expected = state.expectation
    return Reply(
        outcome=outcome,
        next_due_at=expected.due_at if expected else None,
        remind_at=expected.remind_at if expected else None,
        episode=mine.number if mine is not None and mine.stage is not Stage.CLOSED else number,
        held_by=owner.actor if owner else None,
        until=owner.until if owner else None,
    )


def _clock(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"
