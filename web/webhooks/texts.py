"""A text that came in."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Text:
    """A text that came in."""

    sid: str
    """The provider's id: the idempotency key of what it asks."""
    sender: str = field(repr=False)
    body: str = field(repr=False)
    opt_out_type: str = ""
    """`STOP`, `START` or `HELP`, where Twilio has read a word of the carrier's in it."""
