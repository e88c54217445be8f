"""Why a request is refused."""


class Refused(Exception):  # noqa: N818 - it is a refusal, not a fault of ours
    """What was asked can't be done. `field` names the part at fault, `detail` says why in plain English.

    Neither may hold anything personal: both travel in the engine's and the web's error messages.
    """

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(f"{field}: {detail}")
        self.field = field
        self.detail = detail
