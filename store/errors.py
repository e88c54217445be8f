"""What can go wrong with the store.

StoreError
├── StoreUnavailable     locked, gone or too slow: nothing was changed, and it may be tried again
├── Conflict             something that must be unique, or in a certain state, is not; names the field
├── NotFound             there is no such thing; names the field
├── IdempotencyMismatch  one idempotency key with two different requests
└── Unreadable           sealed with a key that is not in the ring, or changed since it was sealed

No text of these errors holds a value that was stored or looked for, except the names of fields.
"""


class StoreError(Exception):
    """The store could not do it."""


class StoreUnavailable(StoreError):  # noqa: N818 - the name says what happened
    """The database is locked, gone or too slow. Nothing was changed; an alert goes out without it."""


class Conflict(StoreError):  # noqa: N818 - the same
    """It would contradict what is stored."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(f"{field}: {detail}")
        self.field = field
        self.detail = detail


class NotFound(StoreError):  # noqa: N818 - the same
    """There is no such thing."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(f"{field}: {detail}")
        self.field = field
        self.detail = detail


class IdempotencyMismatch(StoreError):  # noqa: N818 - the same
    """This idempotency key came before, with another request: neither may be taken for the other."""

    def __init__(self) -> None:
        super().__init__("this Idempotency-Key was used for another request: use a new key for each thing you report")


class Unreadable(StoreError):  # noqa: N818 - the same
    """A sealed value can't be opened. It is still there: the right key makes it readable again."""
