"""What can be known of a message, in order: evidence only ever moves forward.

pending → unavailable, unknown → accepted → queued → sending → sent → delivered → read; or it ends as a failure.
"""

PENDING = "pending"
_UNSETTLED = ("pending", "unavailable", "unknown")
"""It may be sent (again): nothing says that the provider has it."""
_RANKS = {
    status: rank
    for rank, status in enumerate(
        (*_UNSETTLED, "accepted", "scheduled", "queued", "sending", "sent", "delivered", "read")
    )
}
FAILED = frozenset({"undelivered", "failed", "canceled", "undeliverable", "no_channel"})
"""It will not arrive: the person's next channel is tried."""


def is_final(status: str) -> bool:
    """Whether nobody need wait for news of it any more."""
    return status in FAILED or status in ("delivered", "read")


def after_outcome(current: str, outcome: str) -> str:
    """The status after our own attempt: it says nothing new if the provider's reports have overtaken it."""
    if current not in _UNSETTLED:
        return current
    # "Not taken" does not undo "perhaps taken": the lost message may have gone out.
    return current if outcome == "unavailable" and current == "unknown" else outcome


def after_report(current: str, reported: str) -> str:
    """The status after a provider's report, which may come late, twice or out of order.

    A failure is believed even after "delivered", as a mailbox may send a message back: a needless message on the
    next channel is better than silence. Nothing comes after a failure, or undoes that it was read.
    """
    if current in FAILED or (reported not in FAILED and reported not in _RANKS):
        return current
    if reported in FAILED:
        return current if current == "read" else reported
    return reported if _RANKS[reported] > _RANKS[current] else current
