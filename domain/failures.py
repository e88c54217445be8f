"""Why a message did not arrive, and whether it is any use trying that number again.

Providers say that their codes change and should not drive logic. So a code decides one thing only: whether a number is
never tried again. Whatever it says, or if it is one that nobody has seen yet, the person's next channel is tried now.
"""

from enum import StrEnum

from domain.consent import TEXTS_STOPPED_CODE
from domain.names import Channel


class Reason(StrEnum):
    """Whose fault it is that a message did not arrive."""

    PERMANENT = "permanent"
    """This number or mailbox will never work: it is marked, and not tried again until somebody has put it right."""
    STOPPED = "stopped"
    """The person wants no texts: none goes to that number until they text START."""
    TRANSIENT = "transient"
    """Busy, no answer, a phone that is off, a carrier in trouble, nothing heard: it may work the next time."""
    OURS = "ours"
    """Our account, sender, settings or words: no fault of the number, and somebody has to put it right here."""


NUMBER = {
    21211: "the number is not valid",
    21214: "the number can't be reached",
    21217: "the number is not valid",
}
"""Twilio's codes for a number that no text and no call will ever reach."""

PERMANENT: dict[Channel, dict[int, str]] = {
    Channel.SMS: NUMBER
    | {
        21265: "the number can't be a short code",
        21614: "the number can't receive texts",
        30004: "the number blocks us",
        30005: "the number is not known",
        30006: "the number is a landline",
    },
    Channel.VOICE: NUMBER | {13223: "the number is not valid", 13224: "the number is not valid"},
    Channel.EMAIL: {
        510: "the mailbox is not valid",
        511: "there is no such mailbox",
        512: "there is no such mail server",
        513: "the mailbox is not valid",
        516: "the mailbox has moved",
    },
}
"""For an e-mail the provider's enhanced status (RFC 3463) without its dots: 5.1.1 is 511.

21612, no route from our sender, is not among them: a wrong sender of ours would mark every number that there is.
"""

OURS = frozenset(
    {
        *(10001, 20003, 20005, 20404, 21205, 21210, 21212, 21213, 21215, 21216, 21219, 21408),
        *(21602, 21603, 21604, 21605, 21606, 21609, 21612, 21617, 21659, 21701, 21703, 21704),
        *(30002, 30007, 30032, 30034, 90007),
    }
)
"""Twilio's codes for an account, a sender, a setting or words of ours; 30007, filtered by the carrier, as well."""


def reason(channel: Channel, code: int | None) -> Reason:
    """Why it did not arrive, by the provider's own code. A code never seen, or none: it may work the next time."""
    if code == TEXTS_STOPPED_CODE and channel is Channel.SMS:
        return Reason.STOPPED
    if code in PERMANENT[channel]:
        return Reason.PERMANENT
    return Reason.OURS if code in OURS else Reason.TRANSIENT


def ends_the_channel(why: Reason) -> bool:
    """Whether nothing more is to go there in this episode."""
    return why in (Reason.PERMANENT, Reason.STOPPED)
