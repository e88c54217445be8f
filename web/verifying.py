"""Verifying a contact: asking for a code or a link, and answering it. Pages and the API do it in the same way."""

from store.people import Person
from store.repositories import Store
from store.verifications import Verification
from web.preparing import may_verify
from web.services import Services


async def may_try(store: Store, person: Person | None, whose: Person) -> None:
    """Let somebody try a contact of their own, or one that their home relies on; a machine any.

    Raises:
        Forbidden: it is not theirs to try.
    """
    if person is None or person.id != whose.id:
        await may_verify(store, person, whose)


async def send(services: Services, verification_id: str, person_id: str, contact_id: str) -> Verification:
    """Send a code or a link to a contact. Asked for twice with one id it is sent once.

    Raises:
        NotFound: the person has no such contact.
        Conflict: it is out of use, or too many were sent there.
        StoreUnavailable: nothing was begun.
        Unreachable: the engine did not take it; asked for again with the same id it is sent.
    """
    begun = await services.store.verifications.begin(verification_id, person_id, contact_id, services.clock())
    await services.engine.verify(begun.id, patience=begun.expires_at - begun.created_at)
    return begun
