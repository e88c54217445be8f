"""Episodes: how they begin, what changes their stage, and the only ways they end."""

from datetime import datetime

from domain import arming, circulating, ladder, ledger, ownership, phases
from domain.errors import Refused
from domain.facts import ENGINE, Actor, FactKind
from domain.names import Anchor, Channel, Ending, Stage, Template
from domain.state import (
    Delivery,
    DeliveryKind,
    Episode,
    PlacementState,
    Proposal,
    ProposalKind,
    Told,
)

OPEN_STAGES = (Stage.OVERDUE, Stage.UNACCOUNTED, Stage.AWAY, Stage.MISSING, Stage.LOCATED)
"""The child is not back where they live."""

UNSAFE = (Stage.UNACCOUNTED, Stage.MISSING)


def active(state: PlacementState) -> Episode | None:
    """The episode in which the child is not back yet; there is at most one."""
    return next((one for one in state.episodes if one.ending is None and one.stage in OPEN_STAGES), None)


def get(state: PlacementState, number: int) -> Episode:
    """An episode by number.

    Raises:
        Refused: it is not one of this placement's, or it was closed and a later one has been closed since.
    """
    for episode in state.episodes:
        if episode.number == number:
            return episode
    raise Refused("episode_id", "there is no such episode in hand; look it up in the record")


def get_open(state: PlacementState, number: int) -> Episode:
    """An episode that has not ended.

    Raises:
        Refused: there is none of that number, or it has ended.
    """
    episode = get(state, number)
    if episode.ending is not None:
        raise Refused("episode_id", "this episode is over; reopen it if that was wrong")
    return episode


def whereabouts_known(episode: Episode) -> bool:
    """Whether it is known where the child is, who is not back yet."""
    return episode.ending is None and episode.stage in (Stage.AWAY, Stage.LOCATED)


def open_episode(
    state: PlacementState, anchor: Anchor, stage: Stage, now: datetime, *, at: datetime, actor: Actor = ENGINE
) -> Episode:
    """Begin an episode at an instant; the expectation gives way to it."""
    state.episode_count += 1
    episode = Episode(
        number=state.episode_count,
        policy_text=state.policy_text,
        began_at=at,
        stage=stage,
        anchors={anchor: at},
        needs_second_person=stage in UNSAFE,
    )
    kept = [one for one in state.episodes if one.ending is None or circulating.is_unfinished(one)]
    state.episodes = [*kept, episode]
    state.expectation = None
    take_back_stand_downs(state, episode)
    ledger.note(
        state,
        FactKind.EPISODE_OPENED,
        now,
        at=at,
        episode=episode.number,
        actor=actor,
        stage=stage.value,
        policy=f"{episode.policy.id} version {episode.policy.version}",
    )
    return episode


def report_not_here(
    state: PlacementState, episode: Episode | None, actor: Actor, now: datetime, *, at: datetime, note: str = ""
) -> Episode:
    """The child is reported not here: the ladder of `declared` runs from this instant, never from a time to come."""
    at = min(at, now)
    if episode is None:
        episode = open_episode(state, Anchor.DECLARED, Stage.UNACCOUNTED, now, at=at, actor=actor)
    else:
        if Anchor.DECLARED in episode.anchors and ladder.climbs(episode):
            ledger.note(state, FactKind.REPORTED_NOT_HERE, now, at=at, episode=episode.number, actor=actor, note=note)
            return episode
        stage = ladder.later(episode.stage, Stage.UNACCOUNTED)
        if whereabouts_known(episode):
            # Known whereabouts are lost: missing in this second, not when they were to be back (A becomes M).
            start_again(state, episode, at, now)
            stage = Stage.MISSING
        episode.anchors[Anchor.DECLARED] = at
        set_stage(state, episode, stage, now, at=at, actor=actor)
    if not episode.policy.rungs(Anchor.DECLARED):
        # A policy without a ladder of its own for this: the other one runs, from the instant of the report.
        episode.anchors.setdefault(Anchor.DUE, at)
    state.absence = None
    ledger.note(state, FactKind.REPORTED_NOT_HERE, now, at=at, episode=episode.number, actor=actor, note=note)
    return episode


def report_away(
    state: PlacementState, episode: Episode | None, actor: Actor, now: datetime, *, back_by: datetime, note: str = ""
) -> Episode:
    """The child is away without authorisation at a known place (code A); decided anew when they are not back in time.

    Raises:
        Refused: the child is already unaccounted for or missing: where they are is then recorded as located.
    """
    if episode is not None and episode.stage in UNSAFE:
        raise Refused("outcome", "the child is unaccounted for: record where they are as located, with a second person")
    if episode is None:
        episode = open_episode(state, Anchor.DECLARED, Stage.AWAY, now, at=now, actor=actor)
        del episode.anchors[Anchor.DECLARED]
    else:
        set_stage(state, episode, Stage.AWAY, now, actor=actor)
    ownership.end(episode, now)
    episode.expected_back_by = back_by
    enqueue(state, episode, DeliveryKind.CONCERN, Template.AWAY, now)
    ledger.note(
        state,
        FactKind.REPORTED_AWAY,
        now,
        episode=episode.number,
        actor=actor,
        back_by=back_by.isoformat(),
        note=note,
    )
    return episode


def set_stage(
    state: PlacementState,
    episode: Episode,
    stage: Stage,
    now: datetime,
    *,
    at: datetime | None = None,
    actor: Actor = ENGINE,
) -> None:
    """Move to a stage, and open the missing episode's own anchor when it becomes missing, once and for all."""
    episode.needs_second_person = episode.needs_second_person or stage in UNSAFE
    if stage is Stage.MISSING:
        episode.anchors.setdefault(Anchor.OPENED, at or now)
    if stage is episode.stage:
        return
    before, episode.stage = episode.stage, stage
    ledger.note(
        state,
        FactKind.STAGE_CHANGED,
        now,
        at=at,
        episode=episode.number,
        actor=actor,
        before=before.value,
        stage=stage.value,
    )


def start_again(state: PlacementState, episode: Episode, at: datetime, now: datetime) -> None:
    """The ladder starts anew from `declared`, loud from its first rung; the missing episode's clock goes on."""
    take_back_stand_downs(state, episode)
    episode.epoch += 1
    episode.rungs = {
        number: run for number, run in episode.rungs.items() if episode.policy.rung[number].anchor is Anchor.OPENED
    }
    episode.anchors.pop(Anchor.DUE, None)
    episode.anchors[Anchor.DECLARED] = at
    if not episode.policy.rungs(Anchor.DECLARED):
        episode.anchors[Anchor.DUE] = at
    episode.expected_back_by = episode.pulled_at = episode.last_empty_at = episode.last_repeat_at = None
    episode.repeats = 0
    episode.police = None
    ownership.end(episode, now)
    episode.proposals = []


def may_have_heard(episode: Episode, person_id: str, channel: Channel) -> Told:
    """Keep that this person may have been alerted on this channel: then they are to hear when it is over."""
    told = next((known for known in episode.told if known.person_id == person_id), None)
    if told is None:
        told = Told(person_id=person_id, channels=[])
        episode.told.append(told)
    if channel not in told.channels:
        told.channels.append(channel)
    told.stood_down, told.failed = False, []
    return told


def take_back_stand_downs(state: PlacementState, episode: Episode) -> None:
    """Good news that has not arrived is not to follow a new alarm; those it was for hear when that one is over."""
    waiting = [one for one in state.deliveries if one.kind is DeliveryKind.STAND_DOWN and not one.in_flight]
    state.deliveries = [one for one in state.deliveries if one not in waiting]
    for delivery in waiting:
        for person_id, channel in delivery.recipients:
            may_have_heard(episode, person_id, channel)


def proposed_by_another(
    state: PlacementState, episode: Episode, kind: ProposalKind, actor: Actor, now: datetime, *, how_known: str = ""
) -> bool:
    """Whether a different person has said so already; if nobody has, this is kept as the first word."""
    for proposal in episode.proposals:
        if proposal.kind is kind:
            return actor.person_id is not None and proposal.by.person_id != actor.person_id
    episode.proposals.append(Proposal(kind=kind, by=actor, at=now))
    ledger.note(
        state,
        FactKind.AWAITS_SECOND_PERSON,
        now,
        episode=episode.number,
        actor=actor,
        what=kind.value,
        how_known=how_known,
    )
    return False


def found(
    state: PlacementState,
    episode: Episode,
    actor: Actor,
    now: datetime,
    *,
    seen_at: datetime,
    how_known: str = "",
    located_until: datetime | None = None,
) -> str:
    """The child is found: returned, or located until a time. After unaccounted, the second person's word counts."""
    kind = ProposalKind.RETURNED if located_until is None else ProposalKind.LOCATED
    first_word = episode.needs_second_person
    if first_word and not proposed_by_another(state, episode, kind, actor, now, how_known=how_known):
        return "awaits_second_person"
    stage = Stage.RETURNED if located_until is None else Stage.LOCATED
    fact = FactKind.RETURNED if located_until is None else FactKind.LOCATED
    ledger.note(
        state,
        fact,
        now,
        at=seen_at,
        episode=episode.number,
        actor=actor,
        how_known=how_known,
        back_by=located_until.isoformat() if located_until else None,
    )
    set_stage(state, episode, stage, now, actor=actor)
    episode.proposals = []
    episode.expected_back_by = located_until
    stand_down(state, episode, now)
    if located_until is None:
        _back_home(state, episode, seen_at, now)
    return stage.value


def _back_home(state: PlacementState, episode: Episode, seen_at: datetime, now: datetime) -> None:
    """After a return the child is as much at risk as on arrival: the arrival phase begins again."""
    episode.anchors[Anchor.RETURNED] = now
    phases.begin_arrival_again(state, now)
    state.last_seen_at = max(state.last_seen_at, seen_at)
    state.absence = None
    if active(state) is None:
        arming.arm(state, min(seen_at, now))


def stand_down(state: PlacementState, episode: Episode, now: datetime) -> None:
    """Nothing more goes out, the lease ends, and everyone who was alerted hears on the same channel that it is over."""
    ownership.end(episode, now)
    circulating.cancel(episode, now)
    episode.pulled_at = None
    for run in episode.rungs.values():
        # No failure of an alarm matters any more, and an episode that nobody closes is carried for long.
        run.heard, run.failed = {}, {}
    state.deliveries = [one for one in state.deliveries if one.in_flight or one.episode != episode.number]
    waiting = [told for told in episode.told if not told.stood_down]
    recipients = [(told.person_id, channel) for told in waiting for channel in told.channels]
    for told in waiting:
        told.stood_down = True
    if recipients:
        enqueue(state, episode, DeliveryKind.STAND_DOWN, Template.STAND_DOWN, now, recipients=recipients)


def finish(
    state: PlacementState, episode: Episode, ending: Ending, actor: Actor, now: datetime, *, reason: str = ""
) -> None:
    """End an episode; who was alerted and does not know yet that it is over is stood down."""
    stand_down(state, episode, now)
    episode.ending, episode.ended_at, episode.stage = ending, now, Stage.CLOSED
    ledger.note(
        state,
        FactKind.EPISODE_ENDED,
        now,
        episode=episode.number,
        actor=actor,
        ending=ending.value,
        reason=reason,
    )


def enqueue(
    state: PlacementState,
    episode: Episode | None,
    kind: DeliveryKind,
    template: Template,
    now: datetime,
    *,
    recipients: list[tuple[str, Channel]] | None = None,
    scheduled_at: datetime | None = None,
) -> Delivery:
    """Put messages into the placement's outbox; the run loop sends them."""
    state.delivery_count += 1
    delivery = Delivery(
        number=state.delivery_count,
        kind=kind,
        episode=episode.number if episode else None,
        epoch=episode.epoch if episode else 0,
        template=template,
        scheduled_at=scheduled_at or now,
        recipients=recipients or [],
        not_before=now,
    )
    state.deliveries.append(delivery)
    return delivery
