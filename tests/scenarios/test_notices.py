"""What was kept and could not be done is told to the person who reported it, whatever the providers do."""

from datetime import timedelta

from domain.facts import Actor
from domain.names import Channel, Role
from domain.requests import AgreedAbsence
from tests.scenarios.phones import Phones
from tests.scenarios.story import Home
from web import notices


async def test_a_refusal_is_told_on_the_next_channel_if_the_first_is_dead(home: Home, phones: Phones) -> None:
    """Rule 12: a provider that refuses comes back as data, and the notice goes on by itself."""
    heron = await home.admit()
    lead = phones["shift lead"]
    home.room.simulator.fault("reject", lead.number, code=21211)
    now = home.room.clock()
    request = AgreedAbsence(
        request_id=f"refused-{heron}",
        actor=Actor(person_id=lead.person_id, role=Role.SHIFT_LEAD),
        received_at=now,
        back_by=now + timedelta(hours=1),
    )
    await notices.tell_refused(home.room.services, heron, request)
    await lead.expects("could not be kept", channel=Channel.EMAIL, within=15)
    await phones.nobody_else_was_disturbed()
