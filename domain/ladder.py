"""The ladder's arithmetic: which rung fires when.

Offsets are absolute from their anchor and never shift. A lease holds rungs back only until it ends; then all that were
passed fire together, one message a person. No lease delays the police rung: when its time comes, everything that was
passed before it goes out with it, so that rungs stay in order.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.names import CIRCULATED, Anchor, Role, Stage, Template
from domain.policy import ANCHOR_ORDER, Policy, Rung
from domain.state import Episode, RungRun

PACE = timedelta(seconds=60)
"""Empty rungs, and the endless repeat, are at least this far apart."""

CLIMBING = (Stage.OVERDUE, Stage.UNACCOUNTED, Stage.MISSING)
"""The stages in which nobody knows that the child is safe."""

URGENT = (Anchor.DUE, Anchor.DECLARED)
"""The anchors whose rungs are the climb itself."""

NO_CALLERS = frozenset({*CIRCULATED, Role.HOST_AUTHORITY, Role.POLICE, Role.OBSERVER, Role.EVERYONE_ALERTED})
"""They can't report the child for the home, or hear of it in words of their own."""

ORDER = (Stage.OVERDUE, Stage.UNACCOUNTED, Stage.MISSING)


@dataclass(frozen=True, slots=True)
class Step:
    """A rung of an episode, and the instant (UTC) at which it fires."""

    number: int
    rung: Rung
    at: datetime


def climbs(episode: Episode) -> bool:
    """Whether the alarm is on: it has not ended, and the child is not known to be safe."""
    return episode.ending is None and episode.stage in CLIMBING


def since(episode: Episode) -> datetime:
    """The time (UTC) that messages name: since then the child is reported missing, or a check is due."""
    return episode.anchors.get(Anchor.DECLARED) or episode.anchors.get(Anchor.DUE) or episode.began_at


def _anchors(episode: Episode) -> tuple[Anchor, ...]:
    if episode.ending is None and episode.stage is Stage.RETURNED:
        return (Anchor.RETURNED,)
    return tuple(anchor for anchor in ANCHOR_ORDER if anchor is not Anchor.RETURNED) if climbs(episode) else ()


def steps(episode: Episode) -> list[Step]:
    """The rungs that have not fired yet, in the order of their times.

    The next one to climb may have been pulled forward. Reviews and tasks of the coming days never are: used up in a
    bad hour, they would be missing when their day comes.
    """
    policy = episode.policy
    waiting = [
        Step(number, rung, episode.anchors[anchor] + rung.after)
        for anchor in _anchors(episode)
        if anchor in episode.anchors
        for number, rung in policy.rungs(anchor)
        if number not in episode.rungs
    ]
    waiting.sort(key=_by_time)
    pulled = next((step for step in waiting if step.rung.anchor in URGENT), None)
    if pulled is not None and episode.pulled_at is not None and episode.pulled_at < pulled.at:
        waiting.remove(pulled)
        waiting.append(Step(pulled.number, pulled.rung, episode.pulled_at))
        waiting.sort(key=_by_time)
    return waiting


def _by_time(step: Step) -> tuple[datetime, int, int]:
    return step.at, ANCHOR_ORDER.index(step.rung.anchor), step.number


def leased(episode: Episode, now: datetime) -> bool:
    """Whether somebody has taken the episode and their time is not up."""
    return episode.owner is not None and now < episode.owner.until


def held(episode: Episode, now: datetime) -> bool:
    """Whether the episode is in hand at this instant: leased, and taken by as many people as its rungs want."""
    return leased(episode, now) and missing_takers(episode) == 0


def missing_takers(episode: Episode) -> int:
    """How many more people must take it before the ladder is held: the gravest rung that has fired says."""
    policy = episode.policy
    wanted = max((policy.rung[number].confirmations for number in episode.rungs), default=1)
    have = 1 + len(episode.owner.with_others) if episode.owner is not None else 0
    return max(0, wanted - have)


def passed(episode: Episode, now: datetime) -> list[Step]:
    """The rungs that fire now. Under a lease: only as far as the police rung, if that has come."""
    reached = [step for step in steps(episode) if step.at <= now]
    if not held(episode, now):
        return reached
    police = [index for index, step in enumerate(reached) if step.rung.is_police]
    return reached[: police[-1] + 1] if police else []


def police_rung(episode: Episode) -> tuple[int, Rung, RungRun] | None:
    """The police rung that is repeating: the last one fired, until a reference has been entered."""
    if episode.police is not None or not climbs(episode):
        return None
    policy = episode.policy
    fired = [
        (number, policy.rung[number], run) for number, run in episode.rungs.items() if policy.rung[number].is_police
    ]
    return max(fired, key=lambda one: (one[2].last_at, one[0]), default=None)


def police_repeats_at(episode: Episode) -> datetime | None:
    """When the call to ring the police goes out again; None once they have been told, or before its first time."""
    repeating = police_rung(episode)
    if repeating is None:
        return None
    _, rung, run = repeating
    return run.last_at + (rung.every or PACE)


def roles_asked(episode: Episode, number: int) -> tuple[Role, ...]:
    """Whom a rung asks. The call to ring the police goes one step further up the ladder each time it is repeated.

    A step is a rung of the same anchor above those whom the call names (practice notes 6.4: "repeat to next rung").
    """
    rung, run = episode.policy.rung[number], episode.rungs.get(number)
    if run is None or run.times == 1 or not rung.is_police:
        return rung.roles
    further = _above(episode.policy, rung)[: run.times - 1]
    return tuple(dict.fromkeys((*rung.roles, *(role for roles in further for role in roles))))


def _above(policy: Policy, police: Rung) -> list[tuple[Role, ...]]:
    climb = [rung.roles for _, rung in policy.rungs(police.anchor) if not rung.is_police]
    below = [index for index, roles in enumerate(climb) if set(roles) & set(police.roles)]
    steps = (tuple(one for one in roles if one not in NO_CALLERS) for roles in climb[max(below, default=-1) + 1 :])
    return [roles for roles in steps if roles]


def reviews_again(episode: Episode) -> list[tuple[datetime, int]]:
    """When reviews come again, and which: at their own time plus whole steps of `every`, for as long as it climbs.

    After an outage only the next step counts: nobody is called to three months of reviews at once.
    """
    policy = episode.policy
    again = []
    for number, run in episode.rungs.items() if climbs(episode) else ():
        rung = policy.rung[number]
        if rung.is_review and rung.every is not None and rung.anchor in episode.anchors:
            first = episode.anchors[rung.anchor] + rung.after
            again.append((first + rung.every * max(1, (run.last_at - first) // rung.every + 1), number))
    return sorted(again)


def again(episode: Episode, now: datetime) -> list[int]:
    """The fired rungs that go out again now. Under a lease only the call to the police does."""
    police, at = police_rung(episode), police_repeats_at(episode)
    due = [police[0]] if police is not None and at is not None and at <= now else []
    reviews = [] if held(episode, now) else [number for at, number in reviews_again(episode) if at <= now]
    return due + reviews


def repeats_at(episode: Episode) -> datetime | None:
    """When the end of the ladder repeats; None while there are rungs to climb, or the alarm is off.

    The anchors `opened` and `returned` are reviews and duties over weeks: the ladder's end does not wait for them.
    Somebody's wish to escalate, or a last rung that reached nobody, brings the repeat forward.
    """
    policy = episode.policy
    urgent = _urgent(episode)
    climbing = [number for number, rung in enumerate(policy.rung) if rung.anchor in urgent]
    if not climbs(episode) or any(number not in episode.rungs for number in climbing):
        return None
    last = max((episode.rungs[number].fired_at for number in climbing), default=episode.began_at)
    last = max(last, episode.last_repeat_at or last)
    regular = last + max(policy.repeat.every, PACE)
    return regular if episode.pulled_at is None else min(regular, max(episode.pulled_at, last + PACE))


def _urgent(episode: Episode) -> tuple[Anchor, ...]:
    return tuple(anchor for anchor in URGENT if anchor in episode.anchors)


def has_moved_on_from(episode: Episode, person_id: str | None) -> bool:
    """Whether others have been told since this person was: their answer is late, and hurries nobody else.

    The end of the ladder asks everyone who was alerted: nobody is late for it.
    """
    policy = episode.policy
    runs = [run for number, run in episode.rungs.items() if policy.rung[number].anchor in URGENT]
    mine = max((run.last_at for run in runs if person_id in run.heard), default=None)
    latest = max((run.last_at for run in runs if run.heard or not run.settled), default=None)
    return not episode.repeats and mine is not None and latest is not None and mine < latest


def template_now(episode: Episode, rung: Rung) -> Template:
    """A rung's words, unless the story has moved on: once reported not here, no one is asked about a check."""
    overtaken = rung.template in (Template.CHECK_NOT_RECORDED, Template.UNACCOUNTED)
    if overtaken and Anchor.DECLARED in episode.anchors:
        return Template.REPORTED_NOT_HERE
    return rung.template


def told_since_declared(episode: Episode, rungs: Iterable[Rung]) -> list[str]:
    """Who need not hear a due rung any more: whoever has been told since the child was reported not here."""
    declared = episode.anchors.get(Anchor.DECLARED)
    if declared is None or any(rung.anchor is not Anchor.DUE or rung.is_police for rung in rungs):
        return []
    heard = (told for told in episode.told if told.channels)
    return sorted(told.person_id for told in heard if told.last_at and told.last_at >= declared)


def later(stage: Stage, other: Stage) -> Stage:
    """The graver of two climbing stages: an episode's stage never falls by a rung."""
    if stage not in ORDER or other not in ORDER:
        return stage if stage not in ORDER else other
    return max(stage, other, key=ORDER.index)


def pull_next(episode: Episode, now: datetime, *, paced: bool) -> None:
    """Let the next rung fire now, instead of at its own time; the others keep theirs.

    Paced, because nobody was reached: two empty rungs are at least a minute apart. A person's wish is not paced.
    """
    at = now
    if paced:
        if episode.last_empty_at is not None:
            at = max(now, episode.last_empty_at + PACE)
        episode.last_empty_at = at
    episode.pulled_at = at
