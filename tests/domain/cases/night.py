"""What a case needs beside the world: ladders of its own, bad news of a provider, who heard what in which minute."""

from datetime import timedelta

from domain import answers, calendar, fail_over, plans
from domain.errors import Refused
from domain.facts import Fact, FactKind
from domain.names import Anchor, Channel, Role, Stage, Template
from domain.policy import CheckPlanRow, Policy, Rung, to_text
from domain.requests import DeliveryFailed, PlanChange, ReturnInterview, Sighting
from domain.story import sentence
from tests.domain.world import World


def rung(after: int, *roles: Role, channels: tuple[Channel, ...] = (Channel.SMS,), police: bool = False) -> Rung:
    """A rung so many minutes after a check was due."""
    return Rung(
        anchor=Anchor.DUE,
        after=timedelta(minutes=after),
        stage=Stage.MISSING if police else Stage.OVERDUE,
        roles=roles,
        channels=channels,
        template=Template.CALL_THE_POLICE if police else Template.CHECK_NOT_RECORDED,
        until="police_reference" if police else None,
        every=timedelta(minutes=5) if police else None,
    )


def ladder_of(*rungs: Rung, every: int = 30) -> Policy:
    """A policy with these rungs, and a check every so many minutes with five minutes of grace."""
    row = CheckPlanRow(waking=timedelta(minutes=every), sleeping=timedelta(minutes=every), grace=timedelta(minutes=5))
    return Policy(id="of-this-case", title="Of this case", check_plan=(row,), rung=rungs)


def minutes(world: World, role: Role, *templates: str) -> list[float]:
    """In which minutes after the child's arrival this person's phones rang, and with which messages, if named."""
    mine = [one.at for one in world.heard if one.person == role and (not templates or one.template in templates)]
    return [(at - world.state.arrived_at) / timedelta(minutes=1) for at in dict.fromkeys(mine)]


def kinds(record: list[Fact], *wanted: FactKind) -> list[FactKind]:
    """What was noted, in its order; only these kinds, if named."""
    return [fact.kind for fact in record if not wanted or fact.kind in wanted]


def told(record: list[Fact], kind: FactKind) -> list[str]:
    """The sentences of this kind of fact, as a manager reads them."""
    return [sentence(fact, lambda person: f"({person})") for fact in record if fact.kind is kind]


def does_not_arrive(
    world: World, person: Role, channel: Channel = Channel.SMS, *, code: int = 30003, episode: int = 1
) -> None:
    """The provider reports that a message which it had accepted will not arrive."""
    failed = DeliveryFailed(
        request_id=f"failed-{person}-{channel}",
        notification_id="of-a-message",
        episode=episode,
        person_id=person.value,
        channel=channel.value,
        code=code,
    )
    fail_over.failed_later(world.state, failed, channel, world.now)
    world.settle()


def takes_policy(world: World, policy: Policy, *, into_episode: bool) -> str:
    """Two people sign a new policy for the child; the open episode takes it only if that is said."""
    change = PlanChange(
        request_id="a-new-policy",
        actor=world.actor(Role.REGISTERED_MANAGER),
        received_at=world.now,
        policy_text=to_text(policy),
        calendar=calendar.resolve(policy, world.now),
        reason="review",
        second_person="social_worker",
        apply_to_episode=world.episode.number if into_episode else None,
    )
    outcome = plans.change_plan(world.state, change, world.now)
    world.settle()
    return outcome


def hears(world: World, text: str, source: str) -> str:
    """Somebody enters an item of information."""
    request = Sighting(
        request_id="information",
        actor=world.actor(Role.SHIFT_LEAD),
        received_at=world.now,
        episode=world.episode.number,
        text=text,
        source=source,
        obtained_at=world.now,
    )
    outcome = answers.sighting(world.state, request, world.now)
    world.settle()
    return outcome


def return_interview(world: World, state: str) -> str:
    """The social worker notes how the return interview stands; the field that is refused, if it is."""
    request = ReturnInterview(
        request_id=f"interview-{state}",
        actor=world.actor(Role.SOCIAL_WORKER),
        received_at=world.now,
        episode=world.episode.number,
        state=state,
        at=world.now,
    )
    try:
        return answers.return_interview(world.state, request, world.now)
    except Refused as refusal:
        return f"refused: {refusal.field}"


def share_a_phone(world: World, *roles: Role, phone: str = "+447700900999") -> None:
    """These people are all reached on one duty phone, and have no other; their mailbox is one as well."""
    world.contacts = [
        one.model_copy(update={"channels": ((Channel.SMS, phone), (Channel.EMAIL, "Duty@example.org"))})
        if set(one.roles) & set(roles)
        else one
        for one in world.contacts
    ]
    world.state.contacts = list(world.contacts)
