"""The placement's outbox: what goes to whom, and what follows from what became of it.

Delivery receipts are evidence; only a human answer stops a rung. What failed moves to the person's next
channel at once.
"""

from datetime import datetime, timedelta

from domain import addressing, drill, episodes, failures, holding, ladder, ledger, modes, reach
from domain.facts import FactKind
from domain.names import Anchor, Channel, Stage, Template
from domain.sending import AlertResult, SendStatus, Sent
from domain.state import Contact, Delivery, DeliveryKind, Episode, PlacementState

HOLD = timedelta(seconds=5)
"""How long an alert waits for a queued check-in before it looks again."""

LONGEST_HOLD = 12
"""How often it looks: a minute in all. Then the alarm goes out."""

GIVE_UP = timedelta(minutes=10)
"""An alert this old would only confuse: the ladder has long moved on."""

KEEP_TRYING = timedelta(hours=12)
"""What no ladder repeats is tried for longer: a stand-down, a concern, a known place, tasks after a return."""

ON_ITS_WAY = timedelta(minutes=1)
"""As long as an alert can take: for so long one may bring along an address that has been put out of use since."""

RETRIES = (1, 2, 5, 10, *[30] * 20, 300)
"""Seconds between tries; the last for every further one."""


def retry_after(attempt: int) -> timedelta:
    """How long to wait before trying again, by how often it has been tried."""
    return timedelta(seconds=RETRIES[min(attempt, len(RETRIES)) - 1] if attempt > 0 else 0)


def get(state: PlacementState, number: int) -> Delivery | None:
    """A delivery that is still in the outbox."""
    return next((one for one in state.deliveries if one.number == number), None)


def may_leave(state: PlacementState, delivery: Delivery, now: datetime) -> bool:
    """Whether it is this delivery's time.

    Once somebody has the child in hand, nobody else is woken by a message that had failed to reach them before. It
    waits for the end of the lease, as rungs do; what follows up the police rung waits for nothing.
    """
    if delivery.in_flight or delivery.not_before > now:
        return False
    episode = _episode(state, delivery)
    waits = delivery.kind is DeliveryKind.FOLLOW_UP or delivery.held
    if not waits or episode is None or not ladder.climbs(episode):
        return True
    return not ladder.held(episode, now) or any(episode.policy.rung[number].is_police for number in delivery.rungs)


def lost(state: PlacementState, number: int, now: datetime) -> None:
    """An alert ended without an answer (no worker, a crash, a time-out): decide anew, with the same message ids."""
    delivery = get(state, number)
    if delivery is None:
        return
    delivery.in_flight = False
    delivery.attempt += 1
    delivery.not_before = now + retry_after(delivery.attempt)
    # The facts that rode on it may be lost as well: the next occasion takes them along again.
    state.chores.pop(ledger.RECORD, None)
    if any(_is_repeated_by(one, delivery) for one in state.deliveries):
        state.deliveries.remove(delivery)
        return
    climbing = episodes.active(state)
    if delivery.kind is DeliveryKind.STAND_DOWN and climbing is not None and ladder.climbs(climbing):
        episodes.take_back_stand_downs(state, climbing)


def _is_repeated_by(later: Delivery, delivery: Delivery) -> bool:
    """Whether a later delivery says the same to the same roles: a repeat overtakes what it repeats."""
    same = (later.kind, later.episode, later.epoch, later.rungs) == (
        delivery.kind,
        delivery.episode,
        delivery.epoch,
        delivery.rungs,
    )
    return same and later.times > delivery.times and delivery.kind in (DeliveryKind.RUNGS, DeliveryKind.REPEAT)


def done(state: PlacementState, number: int, result: AlertResult, now: datetime) -> None:
    """An alert has come back: note what became of each message, and follow up what failed."""
    if result.stored:
        ledger.confirm(state, result.stored)
    delivery = get(state, number)
    if delivery is None:
        return
    delivery.in_flight = False
    episode = _episode(state, delivery)
    if result.held:
        _hold(state, episode, delivery, now)
        return
    state.deliveries.remove(delivery)
    if result.real_alert and state.ended_at is None:
        drill.end(state, now, reason=drill.REAL_ALERT)
        return
    _learn(state, delivery, result, now)
    _became(state, episode, delivery, result.sent, now)
    if episode is not None:
        reach.settle(state, episode, delivery, result, now)


def _became(
    state: PlacementState, episode: Episode | None, delivery: Delivery, every: list[Sent], now: datetime
) -> None:
    """Note what became of each message, and follow up what failed. What is held back has neither failed nor told."""
    tried, held = holding.parted(every)
    for sent in tried:
        if sent.status is SendStatus.ACCEPTED or delivery.attempt <= 1:
            _note_sent(state, delivery, sent, now)
    _overtake(state, delivery, {sent.person_id for sent in tried})
    holding.overtake(state, delivery, every)
    if tried or not held:
        _told(state, episode, delivery, tried, now)
    if not is_moot(state, episode, delivery):
        holding.keep(state, episode, delivery, held, now)
        waiting = {one.person_id for one in held}
        _follow_up(state, episode, delivery, [one for one in tried if one.person_id not in waiting], now)


def _learn(state: PlacementState, delivery: Delivery, result: AlertResult, now: datetime) -> None:
    """What an alert has found out about people, channels and numbers, whatever became of its messages."""
    _merge_contacts(state, result.contacts, now)
    modes.take_in(state, delivery.episode, result, now)
    _forget_what_never_works(state, result.sent, now)
    if result.carried:
        ledger.note(state, FactKind.USED_CARRIED_PEOPLE, now, episode=delivery.episode)


def _hold(state: PlacementState, episode: Episode | None, delivery: Delivery, now: datetime) -> None:
    """Wait for the check-in; if it has come while the alert was looking, there is nothing left to say."""
    if is_moot(state, episode, delivery):
        state.deliveries.remove(delivery)
        return
    if delivery.attempt == 0:
        ledger.note(state, FactKind.RUNG_HELD_FOR_QUEUED_CHECK_IN, now, episode=delivery.episode)
    delivery.attempt += 1
    delivery.not_before = now + HOLD


def _episode(state: PlacementState, delivery: Delivery) -> Episode | None:
    return next((one for one in state.episodes if one.number == delivery.episode), None)


def is_moot(state: PlacementState, episode: Episode | None, delivery: Delivery) -> bool:
    """Whether this is an alarm that is over, or good news that is none any more: nothing more of it is to go out."""
    if delivery.kind is DeliveryKind.STAND_DOWN:
        return any(ladder.climbs(one) for one in state.episodes)
    if episode is None or _is_about_the_return(episode, delivery):
        return False
    if delivery.template is Template.AWAY:
        return episode.stage is not Stage.AWAY
    return not ladder.climbs(episode)


def _merge_contacts(state: PlacementState, fresh: list[Contact], now: datetime) -> None:
    """Keep the people as last resolved; whoever was not asked for this time stays as they were.

    An alert asks for its own rungs' roles only: the others that somebody holds are kept.
    """
    known = {contact.person_id: contact for contact in state.contacts}
    dead = {(person, channel, address) for person, channel, address, at in state.dead if now - at < ON_ITS_WAY}
    for one in fresh:
        held = known[one.person_id].roles if one.person_id in known else ()
        alive = tuple(way for way in one.channels if (one.person_id, *way) not in dead)
        merged = {"roles": tuple(dict.fromkeys((*one.roles, *held))), "channels": alive}
        known[one.person_id] = one.model_copy(update=merged)
    state.contacts = [known[person_id] for person_id in sorted(known)]


def _note_sent(state: PlacementState, delivery: Delivery, sent: Sent, now: datetime) -> None:
    accepted = sent.status is SendStatus.ACCEPTED
    ledger.note(
        state,
        FactKind.MESSAGE_ACCEPTED if accepted else FactKind.MESSAGE_FAILED,
        now,
        episode=delivery.episode,
        person=sent.person_id,
        channel=sent.channel.value,
        status=None if accepted else sent.status.value,
        code=sent.code,
        notification=sent.notification_id,
        message=delivery.kind.value,
    )


def _told(state: PlacementState, episode: Episode | None, delivery: Delivery, sent: list[Sent], now: datetime) -> None:
    """Keep who was alerted on which channel. Whoever hears only after it was over is told that it is over."""
    accepted = [one for one in sent if one.status is SendStatus.ACCEPTED]
    if episode is None or _is_about_the_return(episode, delivery):
        return
    if delivery.kind is DeliveryKind.STAND_DOWN:
        people = sorted({one.person_id for one in accepted})
        ledger.note(state, FactKind.STOOD_DOWN, now, episode=episode.number, people=len(people), messages=len(accepted))
        return
    heard = [one for one in sent if one.status in (SendStatus.ACCEPTED, SendStatus.UNKNOWN)]
    over = episode.ending is not None or episode.stage in (Stage.LOCATED, Stage.RETURNED)
    for one in heard:
        told = episodes.may_have_heard(episode, one.person_id, one.channel)
        told.roles, told.stood_down = list(reach.roles_of(state, one.person_id)), over
        if one.status is SendStatus.ACCEPTED:
            told.last_at = now
    if over and heard:
        episodes.enqueue(
            state,
            episode,
            DeliveryKind.STAND_DOWN,
            Template.STAND_DOWN,
            now,
            recipients=[(one.person_id, one.channel) for one in heard],
        )


def _overtake(state: PlacementState, delivery: Delivery, people: set[str]) -> None:
    """A newer message to a person overtakes older ones still being tried: no phone gets a backlog."""
    state.deliveries = [
        one
        for one in state.deliveries
        if one.in_flight
        or one.kind is not DeliveryKind.FOLLOW_UP
        or one.episode != delivery.episode
        or one.number > delivery.number
        or not people.issuperset(person for person, _ in one.recipients)
    ]


def _is_newer_waiting(state: PlacementState, delivery: Delivery, person_id: str) -> bool:
    """Whether something newer is already on its way to this person."""
    return any(
        one.number > delivery.number
        and one.episode == delivery.episode
        and any(p == person_id for p, _ in one.recipients)
        for one in state.deliveries
    )


def _is_about_the_return(episode: Episode, delivery: Delivery) -> bool:
    """Whether these are tasks after a return: they alarm nobody, so nobody is stood down from them."""
    anchors = {episode.policy.rung[number].anchor for number in delivery.rungs}
    return anchors == {Anchor.RETURNED}


def _follow_up(
    state: PlacementState, episode: Episode | None, delivery: Delivery, sent: list[Sent], now: datetime
) -> None:
    """Whoever was not reached on any channel is tried on their next one, each on their own."""
    reached = {one.person_id for one in sent if one.status is SendStatus.ACCEPTED}
    for person_id in dict.fromkeys(one.person_id for one in sent):
        if person_id in reached:
            continue
        mine = [one for one in sent if one.person_id == person_id]
        unknown = [one.channel for one in mine if one.status is SendStatus.UNKNOWN]
        if unknown and delivery.attempt == 0:
            _queue(state, episode, delivery, person_id, unknown[0], delivery.tried, now, attempt=1)
            continue
        tried = list(dict.fromkeys([*delivery.tried, *(one.channel for one in mine)]))
        if queue_next(state, episode, delivery, person_id, tried, now) is None:
            _try_again(state, episode, delivery, person_id, mine, now)


def queue_next(
    state: PlacementState,
    episode: Episode | None,
    delivery: Delivery,
    person_id: str,
    tried: list[Channel],
    now: datetime,
) -> Delivery | None:
    """Queue the person's next channel; None if there is none left."""
    left = [channel for channel in _channels(state, person_id) if channel not in tried]
    if not left:
        return None
    return _queue(state, episode, delivery, person_id, left[0], tried, now, attempt=0)


def channels_until(state: PlacementState, person_id: str, channel: Channel) -> list[Channel]:
    """A person's channels in their own order, up to this one."""
    own = _channels(state, person_id)
    return own[: own.index(channel) + 1] if channel in own else [channel]


def _channels(state: PlacementState, person_id: str) -> list[Channel]:
    contact = next((one for one in state.contacts if one.person_id == person_id), None)
    return list(dict.fromkeys(channel for channel, _ in contact.channels)) if contact else []


def _forget_what_never_works(state: PlacementState, sent: list[Sent], now: datetime) -> None:
    for one in sent:
        why = failures.reason(one.channel, one.code)
        if one.status is SendStatus.UNDELIVERABLE and failures.ends_the_channel(why):
            forget_channel(state, one.person_id, one.channel, now, code=one.code, why=why)


def forget_channel(
    state: PlacementState, person_id: str, channel: Channel, now: datetime, *, code: int | None, why: failures.Reason
) -> None:
    """What will never work is not tried again, also while the store, which marks it, is away. It is noted once."""
    if channel not in _channels(state, person_id):
        return
    gone = [(person_id, *way, now) for one in state.contacts if one.person_id == person_id for way in one.channels]
    state.dead = [one for one in state.dead if now - one[3] < ON_ITS_WAY] + [one for one in gone if one[1] is channel]
    state.contacts = [
        one.model_copy(update={"channels": tuple(way for way in one.channels if way[0] is not channel)})
        if one.person_id == person_id
        else one
        for one in state.contacts
    ]
    ledger.note(
        state,
        FactKind.CONTACT_PUT_OUT_OF_USE,
        now,
        person=person_id,
        channel=channel.value,
        code=code,
        why=why.value,
    )


def _queue(
    state: PlacementState,
    episode: Episode | None,
    before: Delivery,
    person_id: str,
    channel: Channel,
    tried: list[Channel],
    now: datetime,
    *,
    attempt: int,
) -> Delivery:
    if (same := _to_the_same_address(state, before, person_id, channel, tried, attempt)) is not None:
        same.recipients.append((person_id, channel))
        return same
    stand_down = before.kind is DeliveryKind.STAND_DOWN
    following = episodes.enqueue(
        state,
        episode,
        DeliveryKind.STAND_DOWN if stand_down else DeliveryKind.FOLLOW_UP,
        before.template,
        now,
        recipients=[(person_id, channel)],
        scheduled_at=before.scheduled_at,
    )
    following.tried = list(tried)
    following.attempt = attempt
    following.follows = before.follows or before.number
    following.rungs, following.times, following.late_from = list(before.rungs), before.times, before.late_from
    return following


def _to_the_same_address(
    state: PlacementState,
    before: Delivery,
    person_id: str,
    channel: Channel,
    tried: list[Channel],
    attempt: int,
) -> Delivery | None:
    """A message about the same that waits for somebody else on the same phone: they are told together."""
    follows = before.follows or before.number
    sharing = {(one, channel) for one in addressing.shared_with(state.contacts, person_id, channel)}
    waiting = (
        one
        for one in state.deliveries
        if (one.follows, one.rungs, one.times) == (follows, before.rungs, before.times)
        and one.attempt == attempt
        and one.tried == tried
        and not one.in_flight
    )
    return next((one for one in waiting if one.recipients and sharing.issuperset(one.recipients)), None)


def _try_again(
    state: PlacementState,
    episode: Episode | None,
    delivery: Delivery,
    person_id: str,
    mine: list[Sent],
    now: datetime,
) -> None:
    """No channel is left. What may yet work is tried again, patiently; what never will is given up, and said."""
    if _is_newer_waiting(state, delivery, person_id):
        return
    asked = [one.channel for one in mine]
    hopeful = [one.channel for one in mine if one.status in (SendStatus.UNAVAILABLE, SendStatus.UNKNOWN)]
    if delivery.attempt <= 1:
        # The first round on all channels together: an earlier one may have failed for a moment only.
        hopeful += [channel for channel in delivery.tried if channel not in asked]
    patience = GIVE_UP if episode is not None and ladder.climbs(episode) else KEEP_TRYING
    if not hopeful or now - delivery.scheduled_at > patience:
        ledger.note(state, FactKind.MESSAGE_GIVEN_UP, now, episode=delivery.episode, person=person_id)
        return
    attempt = max(delivery.attempt, 1) + 1
    tried = list(dict.fromkeys([*delivery.tried, *asked]))
    following = _queue(state, episode, delivery, person_id, hopeful[0], tried, now, attempt=attempt)
    following.recipients = [(person_id, channel) for channel in dict.fromkeys(hopeful)]
    following.not_before = now + retry_after(attempt)
