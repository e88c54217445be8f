"""What people may ask of a placement: each request's name, its form, and the rule in `domain` that does it.

These are the same for every child, hold no state and only hand on, so the sandbox lets them through: made anew for each
workflow they took a sixth of what a live placement holds in memory.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol, TypeVar

from temporalio import workflow

from domain import answers, check_ins, circulars, placements, plans
from domain.requests import (
    AgreedAbsence,
    Answer,
    CheckIn,
    Circulate,
    Claim,
    Closing,
    DeskAcknowledged,
    Found,
    PlacementEnd,
    PlanChange,
    PoliceReported,
    Reopening,
    Reply,
    Request,
    ReturnInterview,
    Sighting,
)
from domain.state import PlacementState

Rule = Callable[[PlacementState, datetime], str]
R = TypeVar("R", bound=Request)


class Placement(Protocol):
    """The workflow, as far as its updates go."""

    def refuse(self, request: Request, rule: Rule) -> None:
        """Try the rule: what it refuses leaves no trace."""

    def handle(self, request: Request, rule: Rule) -> Reply:
        """Do what was asked, once."""


def _update(name: str, asked: type[R], rule: Callable[[PlacementState, R, datetime], str]) -> Any:  # noqa: ANN401 - what the SDK makes of it has no name that fits a method
    """An update of this name: tried on a copy before it is taken in, then done; the rule is in `domain`."""

    def refuse(self: Placement, request: R) -> None:
        self.refuse(request, lambda state, now: rule(state, request, now))

    def handle(self: Placement, request: R) -> Reply:
        return self.handle(request, lambda state, now: rule(state, request, now))

    # What the engine reads an argument's type from.
    handle.__annotations__ = {"request": asked, "return": Reply}
    refuse.__annotations__ = {"request": asked, "return": None}
    handle.__doc__ = rule.__doc__
    made = workflow.update(name=name, description=(rule.__doc__ or "").splitlines()[0])(handle)
    made.validator(refuse)
    return made


check_in = _update("check_in", CheckIn, check_ins.record)
agree_absence = _update("agree_absence", AgreedAbsence, check_ins.agree_absence)
change_plan = _update("change_plan", PlanChange, plans.change_plan)
end_placement = _update("end_placement", PlacementEnd, placements.end)
answer = _update("answer", Answer, answers.answer)
claim = _update("claim", Claim, answers.claim)
police_reported = _update("police_reported", PoliceReported, answers.police_reported)
sighting = _update("sighting", Sighting, answers.sighting)
circulate = _update("circulate", Circulate, circulars.circulate)
desk_acknowledged = _update("desk_acknowledged", DeskAcknowledged, circulars.desk_acknowledged)
found = _update("found", Found, answers.found)
close = _update("close", Closing, answers.close)
reopen = _update("reopen", Reopening, answers.reopen)
return_interview = _update("return_interview", ReturnInterview, answers.return_interview)
