"""The people and messages of these tests."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from notifiers.interface import Notification

SHIFT_LEAD = "+447700900123"
MAILBOX = "duty.team@authority.example"
FROM_EMAIL = "alerts@goldenhour.example"
WORDS = "Heron-42: check not recorded, due 21:30. Reply Y K7QX if you have it."
IMPATIENT_SECONDS = 0.8


def a_text(fingerprint: str = "K7QX", *, to: str = SHIFT_LEAD) -> Notification:
    """A text to the shift lead, recognisable by its reply code."""
    return Notification(
        notification_id=f"0197-{fingerprint}",
        address=to,
        text=WORDS.replace("K7QX", fingerprint),
        subject="",
        fingerprint=fingerprint,
        valid_for=timedelta(minutes=5),
    )


def an_email(fingerprint: str = "K7QX", *, to: str = MAILBOX) -> Notification:
    """An e-mail to the duty team."""
    return Notification(
        notification_id=f"0197-{fingerprint}",
        address=to,
        text=WORDS.replace("K7QX", fingerprint),
        subject="OFFICIAL-SENSITIVE: Heron-42",
        fingerprint=fingerprint,
        valid_for=timedelta(minutes=5),
    )


@contextmanager
def a_host_that_does_not_answer() -> Iterator[str]:
    """An address where connections are not even accepted: the queue of its listener is full."""
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
