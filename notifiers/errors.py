"""What can go wrong when a message is handed to a provider.

NotifierError
├── Undeliverable         this address will never work
├── ProviderUnavailable   nothing was sent; try again or use another channel
└── OutcomeUnknown        the answer was lost; ask before sending again

The text of these errors carries a provider's status and code, never an address and never a message.
"""


class NotifierError(Exception):
    """A message was not confirmed as accepted.

    `code` is the provider's own code where it gave one (Twilio's 21211, an HTTP status), else None.
    """

    def __init__(self, reason: str, *, code: int | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code


class Undeliverable(NotifierError):  # noqa: N818 - named as a sender speaks of it
    """This address will never work: use the person's next channel."""


class ProviderUnavailable(NotifierError):  # noqa: N818 - named as a sender speaks of it
    """The provider did not take the message: nothing was sent, and it is safe to try again.

    `retry_after` is the wait the provider asked for, in seconds, or None.
    """

    def __init__(self, reason: str, *, code: int | None = None, retry_after: float | None = None) -> None:
        super().__init__(reason, code=code)
        self.retry_after = retry_after


class OutcomeUnknown(NotifierError):  # noqa: N818 - named as a sender speaks of it
    """The request left and the answer was lost: the message may or may not have been sent."""
