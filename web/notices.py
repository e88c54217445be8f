"""Messages to one person that belong to no episode."""

from datetime import datetime

from domain.names import Phase, Risk, Template
from domain.requests import Request
from domain.sending import AlertRequest
from domain.snapshot import Snapshot
from domain.state import Contact
from web.services import Services


async def tell_refused(services: Services, alias: str, request: Request) -> None:
    """Tell the person who reported something that it was kept, delivered late, and refused.

    Raises:
        StoreError: who they are can't be looked up now.
        Unreachable: the engine did not take the message.
    """
    person_id = request.actor.person_id
    if person_id is None:
        return
    person = await services.store.directory.person(person_id)
    channels = tuple((one.channel, one.address) for one in person.contacts if one.disabled_at is None)
    if not channels:
        return
    contact = Contact(person_id=person.id, roles=(), channels=channels)
    now = services.clock()
    notice = AlertRequest(
        alias=alias,
        home_id="",
        placing_authority_id="",
        timezone="Europe/London",
        delivery=0,
        attempt=0,
        episode=None,
        template=Template.REPORT_REFUSED,
        due_at=request.received_at,
        scheduled_at=request.received_at,
        now=now,
        recipients=[(contact.person_id, contact.channels[0][0])],
        contacts=[contact],
        snapshot=_nothing(alias, now),
    )
    await services.engine.notify(request.request_id, notice)


def _nothing(alias: str, now: datetime) -> Snapshot:
    return Snapshot(alias=alias, as_of_fact=0, as_of=now, phase=Phase.ARRIVAL, risk=Risk.HIGH)
