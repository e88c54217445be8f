"""What the floor's workflows are told. The sandbox need not read these anew for every workflow."""

from datetime import datetime

from pydantic import BaseModel


class BareMessage(BaseModel):
    """A text and when it is to leave (UTC)."""

    deadline: datetime
    form: dict[str, str]


class BareSighting(BaseModel):
    """A check-in with nothing in it but what moves the deadline."""

    seen_at: datetime
