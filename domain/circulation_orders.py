"""What a placement and the broadcast of its circular say to each other: orders one way, reports the other."""

from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from domain.circulation import Circular
from domain.names import Channel, Role, Template
from domain.sending import Sent
from domain.state import SharedContact


class Desk(BaseModel):
    """Whom a circular goes to: the duty desk of an authority, or a voluntary organisation there."""

    model_config = ConfigDict(frozen=True)

    key: str
    """Stays the same for as long as the directory names it so."""
    name: str
    role: Role
    people: list[SharedContact]


class CirculationOrder(BaseModel):
    """What a placement wants of a broadcast, as a whole: the order with the highest revision counts."""

    model_config = ConfigDict(frozen=True)

    alias: str
    episode: int
    number: int
    """Which circulation of the episode."""
    home_id: str
    placing_authority_id: str
    timezone: str
    since: datetime
    revision: int
    content: int
    """Goes up when the circular has changed: then it is sent again as an update."""
    circular: Circular
    channels: tuple[Channel, ...]
    pace: timedelta
    """How often a desk that has not acknowledged is told again in the first hour."""
    acknowledged: list[str] = []
    """Keys of desks."""
    failed: list[tuple[str, Channel]] = []
    """Messages that were accepted and then did not arrive, by person and channel."""
    dead: list[tuple[str, Channel]] = []
    """Of these, what will never work; the others are tried again with the next message."""
    ends_failed: list[tuple[str, Channel]] = []
    """That it is over was accepted and then did not arrive, by person and channel."""
    confirm_within: timedelta | None = None
    """By then the provider has said what became of a text, or it counts as not arrived. None: whenever."""
    over: bool = False
    """Nobody is looked for any more: whoever was told hears that it is cancelled."""
    contacts: list[SharedContact] = []
    """The people last resolved: who is told when the store is silent."""


class What(StrEnum):
    """What a message of a broadcast is."""

    TOLD = "told"
    UPDATED = "updated"
    CHASED = "chased"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


TEMPLATES = {
    What.TOLD: Template.NEIGHBOUR_ALERT,
    What.UPDATED: Template.NEIGHBOUR_UPDATE,
    What.CHASED: Template.NEIGHBOUR_CHASE,
    What.CANCELLED: Template.NEIGHBOUR_CANCELLED,
    What.EXPIRED: Template.NEIGHBOUR_EXPIRED,
}
LAST = (What.CANCELLED, What.EXPIRED)
"""After one of these the broadcast ends."""


class CirculationReport(BaseModel):
    """What a broadcast tells its placement; told twice it counts once."""

    model_config = ConfigDict(frozen=True)

    episode: int
    number: int
    serial: int
    what: What
    after: timedelta = timedelta(0)
    """How long after the broadcast began, by its own clock."""
    desks: dict[str, str] = {}
    """Keys and names of the desks that this message has reached."""
    people: dict[str, str] = {}
    """Who was reached, and for which desk."""
    unreached: list[str] = []
    """Names of the desks that it has not reached."""
    lost: list[str] = []
    """Whose every message of this circular did not arrive."""
    messages: int = 0
    """How many were accepted since the last report; that it is over, how many in all."""
    to_come: int = 0
    """How many of the same message are still to go out."""
    again: bool = False
    """The same message has been reported before."""
    sent: list[Sent] = []
    """Each message that was accepted, and those that failed at the first try or are held back."""
    carried: bool = False
    silent: bool = False
    """It is no news, and nothing is to be noted."""
    last: bool = False
    """The broadcast has ended."""


class CirculationTaken(BaseModel):
    """What became of an order."""

    model_config = ConfigDict(frozen=True)

    gone: bool = False
    """There is no such broadcast any more: nothing can be told by it."""


class DesksRequest(BaseModel):
    """Whose desks are to be looked up, and who is told if the store is silent."""

    model_config = ConfigDict(frozen=True)

    home_id: str
    placing_authority_id: str
    contacts: list[SharedContact] = []


class DesksResult(BaseModel):
    """The desks, and whether the store was silent."""

    model_config = ConfigDict(frozen=True)

    desks: list[Desk] = []
    carried: bool = False
