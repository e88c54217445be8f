"""What can go wrong between the web and the engine.

EngineError
├── Unreachable     the engine did not answer in time: keep the intent, it will be delivered
├── NotTaken        it answered that this can't be done; `field` and `detail` say why
└── NoSuchPlacement there is no placement of this alias in hand
"""


class EngineError(Exception):
    """The engine did not do what was asked."""


class Unreachable(EngineError):  # noqa: N818 - it is a state, not a mistake
    """The engine did not answer in time. What was asked may or may not be done; asking again is harmless."""


class NoSuchPlacement(EngineError):  # noqa: N818
    """There is no placement of this alias that has not ended."""


class NotTaken(EngineError):  # noqa: N818
    """The engine refused, with a field and a reason in plain English. Nothing was changed."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(f"{field}: {detail}")
        self.field = field
        self.detail = detail
