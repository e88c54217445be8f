"""An unverified contact is never the only way to reach a rung: the message goes there, and the next people hear now."""

from itertools import pairwise

import pytest

from config.policy import built_in
from domain import surety
from domain.facts import Fact, FactKind
from domain.names import Channel, Role
from domain.sending import SendStatus
from domain.state import Contact, PlacementState
from tests.domain.world import World, people

LEAD, WORKER, ON_CALL = Role.SHIFT_LEAD, Role.KEY_WORKER, Role.ON_CALL_MANAGER


def doubting(*roles: Role, channels: tuple[Channel, ...] = tuple(Channel)) -> World:
    """A night on which these people's contacts on these channels were never verified."""
    contacts = [
        one.model_copy(update={"unverified": channels}) if set(one.roles) & set(roles) else one for one in people()
    ]
    return World(built_in()["arrival-high"], contacts=contacts)


def told(world: World) -> dict[str, float]:
    """When each person heard first, in minutes after the child's arrival."""
    first: dict[str, float] = {}
    for one in world.heard:
        first.setdefault(one.person, (one.at - world.heard[0].at).total_seconds() / 60)
    return first


def test_a_rung_that_rests_on_an_unverified_contact_tells_the_next_people_now() -> None:
    """The shift lead is told, and a minute at most after them the next rung's people, not at their timer."""
    world = doubting(LEAD)
    world.time_passes(36.5)
    assert told(world)[LEAD.value] == 0
    assert told(world)[WORKER.value] <= 1


def test_with_verified_contacts_nobody_is_told_early() -> None:
    """The control: the same night with everybody verified."""
    world = World(built_in()["arrival-high"])
    world.time_passes(36.5)
    assert list(told(world)) == [LEAD.value]


def test_it_stands_in_the_record(record: list[Fact]) -> None:
    """Once for the rung, with its roles; nobody says that nobody was reached."""
    world = doubting(LEAD)
    world.time_passes(35)
    noted = [one for one in record if one.kind is FactKind.RUNG_REACHED_UNVERIFIED]
    assert [one.data["roles"] for one in noted] == [[LEAD.value]]
    assert not any(one.kind is FactKind.RUNG_REACHED_NOBODY for one in record)


def test_who_has_a_verified_contact_as_well_hears_there_too() -> None:
    """Text unverified, mailbox verified: both are used at once, and the rung counts as reached."""
    world = doubting(LEAD, channels=(Channel.SMS,))
    world.time_passes(36.5)
    mine = [one.channel for one in world.heard if one.person == LEAD.value]
    assert mine == [Channel.SMS, Channel.EMAIL]
    assert list(told(world)) == [LEAD.value]


def test_the_verified_contact_failing_leaves_the_unverified_one_alone() -> None:
    """What has surely arrived nowhere is not surely told."""
    world = doubting(LEAD, channels=(Channel.SMS,))

    def fate(person: str, channel: Channel) -> SendStatus:
        dead = person == LEAD.value and channel is Channel.EMAIL
        return SendStatus.UNDELIVERABLE if dead else SendStatus.ACCEPTED

    world.fate = fate
    world.time_passes(36.5)
    assert told(world)[WORKER.value] <= 1


def test_one_verified_person_on_a_rung_is_enough() -> None:
    """The second rung has a key worker and an on-call manager."""
    world = doubting(WORKER)
    world.time_passes(41)
    assert set(told(world)) == {LEAD.value, WORKER.value, ON_CALL.value}


def test_a_ladder_of_unverified_people_climbs_a_rung_a_minute_and_not_faster() -> None:
    """Paced, as empty rungs are: a phone that rings with everything at once helps nobody."""
    world = doubting(*Role)
    world.time_passes(45)
    times = sorted(dict.fromkeys(told(world).values()))
    assert len(times) > 3
    assert all(later - earlier >= 1 for earlier, later in pairwise(times))


@pytest.mark.parametrize(
    ("chosen", "unverified", "wanted"),
    [
        ([Channel.SMS], (), [Channel.SMS]),
        ([Channel.SMS], (Channel.EMAIL,), [Channel.SMS]),
        ([Channel.SMS], (Channel.SMS,), [Channel.SMS, Channel.VOICE]),
        ([Channel.SMS, Channel.VOICE], (Channel.SMS,), [Channel.SMS, Channel.VOICE]),
        ([Channel.SMS, Channel.VOICE], (Channel.SMS, Channel.VOICE), [Channel.SMS, Channel.VOICE, Channel.EMAIL]),
        ([Channel.SMS], tuple(Channel), [Channel.SMS]),
        ([], (Channel.SMS,), [Channel.VOICE]),
    ],
)
def test_the_first_verified_channel_is_added(
    chosen: list[Channel], unverified: tuple[Channel, ...], wanted: list[Channel]
) -> None:
    """In the person's own order, and only if none of the rung's is verified."""
    ways = ((Channel.SMS, "1"), (Channel.VOICE, "1"), (Channel.EMAIL, "m"))
    contact = Contact(person_id="p", roles=(), channels=ways, unverified=unverified)
    assert surety.with_a_verified_one(chosen, contact, [channel for channel, _ in ways]) == wanted


def test_a_verified_contact_costs_no_byte_where_it_is_carried() -> None:
    """State stays as small as it was; and what was carried before this was known is not doubted."""
    one = people()[0]
    assert "unverified" not in one.model_dump_json()
    doubted = one.model_copy(update={"unverified": (Channel.SMS,)})
    assert Contact.model_validate_json(doubted.model_dump_json()) == doubted
    world = doubting(LEAD)
    carried = PlacementState.model_validate_json(world.state.model_dump_json())
    assert carried.contacts == world.state.contacts
