"""A placement's side of a circular: that it goes out, what it tells, who has acknowledged it, that it is called back.

The placement waits for none of this. It says what it wants as an order, hands that over until it has been taken, and
notes what the broadcast reports.
"""

from datetime import datetime, timedelta

from domain import ladder, ledger
from domain.circulation import Circular
from domain.circulation_orders import LAST, TEMPLATES, CirculationOrder, CirculationReport, CirculationTaken, What
from domain.errors import Refused
from domain.facts import Actor, FactKind
from domain.names import CIRCULATED, Channel, Template
from domain.policy import Rung
from domain.sending import SendStatus, Sent
from domain.state import Circulation, Episode, PlacementState

CHANNELS = (Channel.SMS, Channel.EMAIL)
"""Of a circular that somebody has approved; one that the policy sends goes on its rung's."""

CIRCULARS = frozenset(TEMPLATES.values())
"""The messages that a broadcast sends."""

ENDS = frozenset(TEMPLATES[what] for what in LAST)
"""Those that say that it is over."""

RETRIES = (1, 2, 5, 10, 30, 60)
"""Seconds between tries to hand an order over; the last for every further one."""

NOTED = {
    What.TOLD: FactKind.CIRCULATED,
    What.UPDATED: FactKind.CIRCULATION_UPDATED,
    What.CHASED: FactKind.CIRCULATION_NOT_ACKNOWLEDGED,
    What.CANCELLED: FactKind.CIRCULATION_CANCELLED,
    What.EXPIRED: FactKind.CIRCULATION_EXPIRED,
}


def is_circular(state: PlacementState, rung: Rung) -> bool:
    """Whether a rung's message is a circular; an exercise has none, its rung goes the way of every other."""
    return rung.template is Template.NEIGHBOUR_ALERT and state.exercise is None


def active(episode: Episode) -> Circulation | None:
    """The circular that stands; there is at most one."""
    return next((one for one in reversed(episode.circulations) if not one.over), None)


def is_approved_beforehand(episode: Episode) -> bool:
    """Whether the policy sends one by itself: then no approval is asked for."""
    return any(rung.template is Template.NEIGHBOUR_ALERT for rung in episode.policy.rung)


def begin(episode: Episode, now: datetime, *, by: Actor | None = None, rung: int | None = None) -> None:
    """A circular is to go out, unless one stands already."""
    if active(episode) is not None:
        return
    episode.circulation_count += 1
    kept = [one for one in episode.circulations if _is_unfinished(one)]
    began = Circulation(number=episode.circulation_count, began_at=now, by=by, rung=rung, not_before=now)
    episode.circulations = [*kept, began]


def cancel(episode: Episode, now: datetime) -> None:
    """The child is found, or it was an error: every desk that was told hears that it is over."""
    standing = active(episode)
    if standing is not None:
        standing.over = True
        _changed(standing, now)


def content_changed(episode: Episode, now: datetime) -> None:
    """What the circular tells has changed: those who have it get it again."""
    standing = active(episode)
    if standing is not None:
        standing.content += 1
        _changed(standing, now)


def _changed(circulation: Circulation, now: datetime) -> None:
    circulation.revision += 1
    circulation.attempt, circulation.not_before = 0, now


def _is_unfinished(circulation: Circulation) -> bool:
    return circulation.taken < circulation.revision or circulation.over


def is_unfinished(episode: Episode) -> bool:
    """Whether a broadcast is still to hear something, or to say that it has told everybody that it is over."""
    return any(_is_unfinished(one) for one in episode.circulations)


def to_hand_over(episode: Episode, now: datetime) -> list[int]:
    """The circulations of which an order is to be handed over now."""
    waiting = [one for one in episode.circulations if one.taken < one.revision]
    return [one.number for one in waiting if not one.in_flight and one.not_before <= now]


def wakes(episode: Episode) -> list[datetime]:
    """When orders are to be handed over again."""
    return [one.not_before for one in episode.circulations if one.taken < one.revision and not one.in_flight]


def get(episode: Episode, number: int) -> Circulation | None:
    """A circulation by number; None: it is over and done."""
    return next((one for one in episode.circulations if one.number == number), None)


def order(state: PlacementState, episode: Episode, circulation: Circulation) -> CirculationOrder:
    """All that a broadcast needs.

    Raises:
        Refused: this is an exercise.
    """
    if state.exercise is not None:
        raise Refused("placement_id", "this is an exercise: nothing is circulated")
    policy = episode.policy
    return CirculationOrder(
        alias=state.alias,
        episode=episode.number,
        number=circulation.number,
        home_id=state.home_id,
        placing_authority_id=state.placing_authority_id,
        timezone=policy.timezone,
        since=ladder.since(episode),
        revision=circulation.revision,
        content=circulation.content,
        circular=Circular(
            description=episode.description,
            age_band=episode.age_band,
            risk=state.risk,
            police_reference=episode.police.reference if episode.police else "",
        ),
        channels=policy.rung[circulation.rung].channels if circulation.rung is not None else CHANNELS,
        pace=policy.repeat.every,
        acknowledged=sorted(circulation.acknowledged),
        failed=circulation.failed,
        dead=circulation.dead,
        ends_failed=circulation.ends_failed,
        confirm_within=policy.delivery.confirmed_within,
        over=circulation.over,
        contacts=[one for one in state.contacts if set(one.roles) & set(CIRCULATED)],
    )


def taken(
    episode: Episode, circulation: Circulation, revision: int, result: CirculationTaken | None, now: datetime
) -> None:
    """What became of an order; None: no answer, so it is handed over again."""
    circulation.in_flight = False
    if result is None:
        circulation.attempt += 1
        wait = RETRIES[min(circulation.attempt, len(RETRIES)) - 1]
        circulation.not_before = now + timedelta(seconds=wait)
        return
    circulation.taken = max(circulation.taken, revision)
    if result.gone:
        _done(episode, circulation)


def settle(
    state: PlacementState, episode: Episode, standing: Circulation, actor: Actor, desk: str | None, now: datetime
) -> None:
    """Note it, once a desk; a desk that is not known yet is when the broadcast has reported."""
    if desk in standing.acknowledged:
        return
    if desk is not None:
        standing.acknowledged[desk] = now
        _changed(standing, now)
    name = standing.desks.get(desk or "", "")
    ledger.note(state, FactKind.CIRCULATION_ACKNOWLEDGED, now, episode=episode.number, actor=actor, authority=name)


def find_another_way(
    episode: Episode | None, template: Template, lost: tuple[str, Channel], now: datetime, *, for_good: bool
) -> None:
    """The broadcast is to hear that a message did not arrive: to this person, on this channel."""
    if episode is None:
        return
    if template in ENDS:
        ended = next((one for one in reversed(episode.circulations) if one.over), None)
        if ended is not None and lost not in ended.ends_failed:
            ended.ends_failed.append(lost)
            _changed(ended, now)
        return
    standing = active(episode)
    if standing is None or lost in standing.dead or (lost in standing.failed and not for_good):
        return
    standing.failed = [*(one for one in standing.failed if one != lost), lost]
    standing.dead += [lost] if for_good else []
    _changed(standing, now)


def reported(state: PlacementState, report: CirculationReport, now: datetime) -> None:
    """Note what the broadcast says. Of an episode that is long closed, the facts are kept all the same."""
    episode = next((one for one in state.episodes if one.number == report.episode), None)
    circulation = get(episode, report.number) if episode is not None else None
    if circulation is not None and report.serial <= circulation.heard_of:
        return
    began_at = circulation.began_at if circulation is not None else now
    if not report.silent:
        _note(state, report, now, at=min(began_at + report.after, now))
    if episode is None or circulation is None:
        return
    circulation.heard_of = report.serial
    circulation.desks |= report.desks
    circulation.people |= report.people
    if report.what is What.EXPIRED:
        circulation.over = True
    for person_id in [one for one in circulation.answered if one in report.people]:
        desk = report.people[person_id]
        if desk not in circulation.acknowledged:
            circulation.acknowledged[desk] = now
            _changed(circulation, now)
    if report.what is What.TOLD and not set(circulation.people) - set(report.lost) and circulation.rung is not None:
        _reached_nobody(state, episode, circulation.rung, now)
    if report.last:
        _done(episode, circulation)


def _done(episode: Episode, circulation: Circulation) -> None:
    """Nothing is left to be said: the record has it, and what is carried stays small."""
    episode.circulations = [one for one in episode.circulations if one is not circulation]


def _note(state: PlacementState, report: CirculationReport, now: datetime, *, at: datetime) -> None:
    for one in report.sent:
        _note_message(state, report, one, now, at=at)
    if report.what is What.CHASED and report.again:
        return  # that they are told again has been said, and each message that has gone out since is noted
    if report.carried and report.what is What.TOLD:
        ledger.note(state, FactKind.USED_CARRIED_PEOPLE, now, episode=report.episode)
    names = (
        report.unreached + list(report.desks.values()) if report.what is What.CHASED else list(report.desks.values())
    )
    ledger.note(
        state,
        NOTED[report.what],
        now,
        at=at,
        episode=report.episode,
        authorities=sorted(names),
        unreached=sorted(report.unreached),
        messages=report.messages,
        to_come=report.to_come or None,
    )


def _note_message(state: PlacementState, report: CirculationReport, one: Sent, now: datetime, *, at: datetime) -> None:
    noted = {SendStatus.ACCEPTED: FactKind.MESSAGE_ACCEPTED, SendStatus.HELD: FactKind.MESSAGE_HELD}
    kind = noted.get(one.status, FactKind.MESSAGE_FAILED)
    ledger.note(
        state,
        kind,
        now,
        at=at,
        episode=report.episode,
        person=one.person_id,
        channel=one.channel.value,
        status=one.status.value if kind is FactKind.MESSAGE_FAILED else None,
        until=one.held_until.isoformat() if one.held_until else None,
        code=one.code,
        notification=one.notification_id,
        message="circular",
    )


def _reached_nobody(state: PlacementState, episode: Episode, number: int, now: datetime) -> None:
    """A rung that reaches nobody is loud, and moves on at once, also when it is a circular."""
    run = episode.rungs.get(number)
    if run is None or run.settled:
        return
    run.settled = True
    roles = [role.value for role in episode.policy.rung[number].roles]
    ledger.note(state, FactKind.RUNG_REACHED_NOBODY, now, episode=episode.number, rung=number, roles=roles)
    if ladder.climbs(episode):
        ladder.pull_next(episode, now, paced=True)
