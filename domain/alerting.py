"""What a delivery asks of an alert: which roles, on which channels, in which words, and what to look for first."""

from datetime import datetime, timedelta

from domain import deliveries, ladder, priority
from domain.facts import Actor, Fact
from domain.names import Anchor, Role, Template
from domain.sending import AlertRequest, ExerciseAlert, RungCall
from domain.snapshot import of as snapshot_of
from domain.state import Delivery, DeliveryKind, Episode, PlacementState

OUTSIDERS = (Role.POLICE, Role.NEIGHBOURING_AUTHORITY)

AWAY_ROLES = (Role.SHIFT_LEAD, Role.ON_CALL_MANAGER, Role.SOCIAL_WORKER, Role.EMERGENCY_DUTY_TEAM)
"""A known-place absence: the social worker or emergency duty team hears within 30 minutes (practice notes 6.4)."""


def request(state: PlacementState, delivery: Delivery, now: datetime, *, facts: list[Fact]) -> AlertRequest:
    """Everything an alert needs, so that it can go out while the store is away; `facts` ride along."""
    episode = next((one for one in state.episodes if one.number == delivery.episode), None)
    policy = episode.policy if episode else state.policy
    following = next(iter(ladder.steps(episode)), None) if episode else None
    lapsed = _lapsed(episode, now)
    asked = AlertRequest(
        alias=state.alias,
        home_id=state.home_id,
        placing_authority_id=state.placing_authority_id,
        exercise=state.exercise is not None,
        timezone=policy.timezone,
        delivery=delivery.follows or delivery.number,
        attempt=delivery.attempt,
        episode=delivery.episode,
        epoch=delivery.epoch,
        times=delivery.times,
        template=delivery.template,
        stage=episode.stage if episode else None,
        ending=episode.ending if episode else None,
        due_at=ladder.since(episode) if episode else delivery.scheduled_at,
        scheduled_at=delivery.scheduled_at,
        late_from=delivery.late_from,
        now=now,
        priority=priority.of_delivery(state, episode, delivery),
        rungs=_calls(state, episode, delivery),
        all_channels=delivery.kind is DeliveryKind.REPEAT,
        recipients=delivery.recipients,
        alerted=sorted(told.person_id for told in episode.told) if episode else [],
        skip=delivery.skip,
        confirm_within=_confirm_within(episode, delivery),
        look_for_check_in=_may_be_queued(episode, delivery),
        next_roles=list(following.rung.roles) if following else [],
        next_at=following.at if following else None,
        lapsed=lapsed[0] if lapsed else None,
        lapsed_minutes=lapsed[1] if lapsed else 0,
        police_reference=episode is not None and episode.police is not None,
        contacts=state.contacts,
        facts=facts,
        snapshot=snapshot_of(state, now),
    )
    return asked if state.exercise is None else ExerciseAlert.of(asked)


def _lapsed(episode: Episode | None, now: datetime) -> tuple[Actor, int] | None:
    """Who had it and let it go with no outcome, and how many minutes ago they took it."""
    if episode is None or episode.owner is not None or episode.last_lease is None or episode.last_owner is None:
        return None
    if episode.last_lease_had_outcome:
        return None
    return episode.last_owner, int((now - episode.last_lease[0]).total_seconds() // 60)


def _confirm_within(episode: Episode | None, delivery: Delivery) -> timedelta | None:
    """An alarm that nobody hears of is tried on the next channel. The end's repeat has used them all."""
    alarms = delivery.kind in (DeliveryKind.RUNGS, DeliveryKind.FOLLOW_UP)
    return episode.policy.delivery.confirmed_within if alarms and episode and ladder.climbs(episode) else None


def _may_be_queued(episode: Episode | None, delivery: Delivery) -> bool:
    """Whether a check-in that waits for the engine could make this alert a false one: only while it climbs from due."""
    if episode is None or delivery.kind is not DeliveryKind.RUNGS or Anchor.DECLARED in episode.anchors:
        return False
    due = all(episode.policy.rung[number].anchor is Anchor.DUE for number in delivery.rungs)
    return due and Anchor.DUE in episode.anchors and delivery.attempt < deliveries.LONGEST_HOLD


def _calls(state: PlacementState, episode: Episode | None, delivery: Delivery) -> list[RungCall]:
    if delivery.kind is DeliveryKind.CONCERN:
        roles = (Role.SHIFT_LEAD, Role.KEY_WORKER) if delivery.template is Template.CONCERN else AWAY_ROLES
        channels = state.policy.rung[0].channels
        return [
            RungCall(
                number=-1,
                roles=roles,
                channels=channels,
                template=delivery.template,
                scheduled_at=delivery.scheduled_at,
            )
        ]
    if episode is None:
        return []
    policy = episode.policy
    if delivery.kind is DeliveryKind.REPEAT:
        return [
            RungCall(
                number=-1,
                roles=_at_the_end(episode),
                channels=(),
                template=delivery.template,
                scheduled_at=delivery.scheduled_at,
            )
        ]
    return [
        RungCall(
            number=number,
            roles=ladder.roles_asked(episode, number),
            channels=policy.rung[number].channels,
            template=ladder.template_now(episode, policy.rung[number]),
            scheduled_at=episode.rungs[number].scheduled_at if number in episode.rungs else delivery.scheduled_at,
            police=policy.rung[number].is_police,
        )
        for number in delivery.rungs
    ]


def _at_the_end(episode: Episode) -> tuple[Role, ...]:
    """Who hears the end of the ladder. If nobody has been alerted yet, `everyone_alerted` is nobody.

    Then whoever was to be told on the way up is looked for again: somebody may hold the role by now.
    """
    policy = episode.policy
    if episode.told:
        return policy.repeat.roles
    climbed = (policy.rung[number] for number in episode.rungs)
    wanted = [role for rung in climbed if rung.anchor in ladder.URGENT for role in rung.roles if role not in OUTSIDERS]
    return tuple(dict.fromkeys((*policy.repeat.roles, *wanted)))
