"""What Twilio's refusals mean for the person who was to be reached.

Twilio says that codes change and should not drive logic, so there is a rule for every code that is not listed: a
refusal means *use the person's next channel*. Listed are the codes where that would be wrong, because the fault is ours
or Twilio's and not the address's, and those that are known to be permanent, so that a test holds them.
"""

from http import HTTPStatus

from notifiers.errors import NotifierError, OutcomeUnknown, ProviderUnavailable, Undeliverable

PERMANENT: dict[int, str] = {
    21211: "the number is not valid",
    21214: "the number can't be reached",
    21217: "the number is not valid",
    21265: "the number can't be a short code",
    21408: "texts to that country are not enabled",
    21602: "the text is empty",
    21604: "the number is missing",
    21605: "the text is too long",
    21610: "the person has texted STOP",
    21612: "there is no route to the number from our sender",
    21614: "the number can't receive texts",
    21617: "the text is too long",
    30004: "the number blocks us",
    30005: "the number is not known",
    30006: "the number is a landline",
    30007: "the text was filtered",
}
"""This address, or this text, will not work by SMS."""

OURS: dict[int, str] = {
    20003: "the credentials were refused",
    20005: "the account is not active",
    20404: "the account or address of the service is not known",
    21212: "the sender is not valid",
    21603: "the sender is missing",
    21606: "the sender is not ours",
    21609: "the status callback is not valid",
    21659: "the sender is not a Twilio number",
    21701: "the messaging service is not known",
    21703: "the messaging service has no sender",
    21704: "the messaging service has no sender for texts",
    30002: "the account is suspended",
    30034: "the sender is not registered",
    90007: "the validity period is not valid",
}
"""Our account, sender or settings: no text to anyone can be sent until somebody puts it right."""

TRANSIENT: dict[int, str] = {
    14107: "we send faster than allowed",
    20429: "we send faster than allowed",
    21611: "the sender's queue is full",
    30001: "the queue is full",
    30003: "the phone can't be reached",
    30008: "the carrier failed",
}
"""Nothing was sent, and a later try may work."""

AMBIGUOUS: dict[int, str] = {20500: "an internal error", 20503: "the service is unavailable"}
"""Twilio's own failures: they may come after it has accepted the message."""

_OUR_FAULT = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}


def refusal(status: int, code: int | None) -> NotifierError:
    """The error to raise for a refusal by Twilio: HTTP status and Twilio's own code.

    Unlisted codes are decided by the status: what is wrong with our account is not the address's fault; anything else
    sends the alert to the person's next channel at once.
    """
    known = code or status
    if known in PERMANENT:
        return Undeliverable(f"twilio: {PERMANENT[known]}", code=known)
    if known in OURS or known in TRANSIENT:
        return ProviderUnavailable(f"twilio: {OURS.get(known) or TRANSIENT[known]}", code=known)
    if known in AMBIGUOUS:
        return OutcomeUnknown(f"twilio: {AMBIGUOUS[known]}", code=known)
    if status in _OUR_FAULT:
        return ProviderUnavailable(f"twilio refused us with {status}", code=known)
    if status == HTTPStatus.REQUEST_TIMEOUT or status < HTTPStatus.BAD_REQUEST:
        return OutcomeUnknown(f"twilio answered {status}", code=known)
    return Undeliverable(f"twilio refused the message with {status}", code=known)
