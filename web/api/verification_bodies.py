"""What is sent and answered when a contact is verified."""

from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, Field

from domain.names import Channel
from domain.verification import MOST_TRIES, Standing
from store.duty_contacts import VERIFIED_FOR
from store.people import PersonContact
from store.verifications import Verification
from web.api.bodies import example


class SendBody(BaseModel):
    """Nothing needs to be said: the contact stands in the address."""

    model_config = example()


class CodeBody(BaseModel):
    """What came by text or call."""

    model_config = example(code="482193")

    code: str = Field(min_length=1, max_length=20)
    """Six digits, however they are spaced."""


class SentAnswer(BaseModel):
    """It is on its way."""

    contact_id: str
    channel: Channel
    by: Literal["code", "link"]
    """A code is typed where it was asked for; a link is opened by whoever reads the mailbox."""
    expires_at: datetime


class VerifiedAnswer(BaseModel):
    """The contact counts as verified."""

    contact_id: str
    channel: Channel
    verified_at: datetime


class UnderWay(BaseModel):
    """A code or a link that was asked for and has not expired."""

    standing: Standing
    expires_at: datetime
    tries_left: int


class ContactAnswer(BaseModel):
    """A way to reach a person."""

    id: str
    """The same for as long as channel and address are."""
    channel: Channel
    address: str
    verified_at: datetime | None
    stale: bool
    """Verified more than 90 days ago: it still counts, and ought to be tried."""
    taken_over: bool
    """Whoever entered it says that it is right: relied upon until it is changed or verified."""
    stopped_at: datetime | None
    """STOP was texted from it."""
    disabled_at: datetime | None
    under_way: UnderWay | None

    @classmethod
    def of(cls, contact: PersonContact, latest: Verification | None, now: datetime) -> Self:
        """From the store."""
        under_way = None
        if latest is not None and latest.standing in (Standing.WAITING, Standing.REFUSED):
            left = max(0, MOST_TRIES - latest.tries)
            under_way = UnderWay(standing=latest.standing, expires_at=latest.expires_at, tries_left=left)
        return cls(
            id=contact.id,
            channel=contact.channel,
            address=contact.address,
            verified_at=contact.verified_at,
            stale=contact.verified_at is not None and now - contact.verified_at > VERIFIED_FOR,
            taken_over=contact.taken_over,
            stopped_at=contact.stopped_at,
            disabled_at=contact.disabled_at,
            under_way=under_way,
        )


class ContactsAnswer(BaseModel):
    """A person's contacts, in the order in which they want to be reached."""

    as_of: datetime
    person_id: str
    contacts: list[ContactAnswer]
