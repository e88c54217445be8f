"""What is sent about a placement or an episode. Texts that people write go into the body and nowhere else."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from domain.names import AgeBand, Ending, Method, Outcome, Phase, Response, Risk

FIRST = datetime(2000, 1, 1, tzinfo=UTC)
LAST = datetime(2100, 1, 1, tzinfo=UTC)
AT = "2026-11-22T21:28:00Z"
PERSON = "01931e4a-7c1b-7a52-9d3e-5f6a7b8c9d0e"
UUID = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"


def _possible(at: datetime) -> datetime:
    """An instant of this century, in UTC."""
    if not FIRST <= at <= LAST:
        raise ValueError("no child of today was seen then: expected an instant of this century")
    return at.astimezone(UTC)


Instant = Annotated[AwareDatetime, AfterValidator(_possible)]
"""With its offset from UTC: a time of day alone means two instants in October."""
Id = Annotated[str, Field(pattern=UUID)]
Written = Annotated[str, Field(max_length=2000)]
Reason = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"\S")]


def example(**fields: Any) -> ConfigDict:  # noqa: ANN401 - any JSON
    """The configuration of a body: unknown fields are mistakes, and the document shows this example."""
    return ConfigDict(extra="forbid", frozen=True, json_schema_extra={"examples": [fields]})


class Body(BaseModel):
    """What every body may hold."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    on_behalf_of: Id | None = None
    """The person who acts, if the token belongs to nobody."""


class ChildDetails(BaseModel):
    """What is personal about the child. Kept sealed, told to nobody by message."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    preferred_name: str = Field("", max_length=200)
    date_of_birth: date | None = None
    """Left out: the age is not known, and they are treated as a child. Under 12 a closer watch is kept."""
    medical_dependency: bool = False
    """Dependent on medicine or care that can't wait: a closer watch is kept."""
    description: Written = ""
    languages: str = Field("", max_length=200)
    notes: Written = ""


class PlacementBody(Body):
    """A child enters care."""

    model_config = example(
        home_id="01931e4a-7c1b-7a52-9d3e-5f6a7b8c9d01",
        placing_authority_id="01931e4a-7c1b-7a52-9d3e-5f6a7b8c9d02",
        policy_id="arrival-high",
        risk="high",
        arrived_at=AT,
        child={"preferred_name": "Sam", "date_of_birth": "2011-04-17"},
    )

    home_id: Id
    placing_authority_id: Id
    policy_id: str | None = Field(None, min_length=1, max_length=64)
    """Left out: the published policy that suits phase, risk and age."""
    risk: Risk = Risk.HIGH
    phase: Phase = Phase.ARRIVAL
    """Later than arrival only for a child who has lived here for so long already, and with a second person."""
    second_person: Id | None = None
    arrived_at: Instant | None = None
    """Left out: now."""
    child: ChildDetails = ChildDetails()


class CheckInBody(Body):
    """A carer records whether the child was seen."""

    model_config = example(outcome="seen_well", method="seen", seen_at=AT, note="Watching television.")

    outcome: Outcome
    method: Method = Method.SEEN
    seen_at: Instant | None = None
    """Left out: now."""
    note: Written = ""
    back_by: Instant | None = None
    """For a known place: when the child is to be back; decided anew after an hour at the latest."""


class AbsenceBody(Body):
    """The child is out with agreement until a time."""

    model_config = example(back_by="2026-11-22T21:00:00Z", where="Football training", with_whom="The coach")

    back_by: Instant
    where: str = Field("", max_length=500)
    with_whom: str = Field("", max_length=500)


class PlanBody(Body):
    """Risk, phase or policy change, signed off by people."""

    model_config = example(phase="settling", reason="Review of 22 November", second_person=PERSON)

    risk: Risk | None = None
    phase: Phase | None = None
    closer_watch: bool | None = None
    """Under 12, or dependent on medicine or care that can't wait: one ladder closer."""
    policy_id: str | None = Field(None, min_length=1, max_length=64)
    """Left out: the published policy that suits the new phase, risk and watch, if the child was on such a one."""
    reason: Reason
    second_person: Id | None = None
    """Who else signs, if the child is to be watched less closely. To move on to the next phase a manager of the home
    and a social worker (or manager) of the placing authority sign."""
    apply_to_episode: str | None = None
    """The id of a running episode that is to change to this policy as well."""


class EndBody(Body):
    """The child leaves care, or has moved: the new placement is made first."""

    model_config = example(reason="Moved to a foster family", moved_to="Otter-17")

    reason: Reason
    moved_to: str | None = None
    """The new placement's id."""


class ResponseBody(Body):
    """What an alerted person answers."""

    model_config = example(kind="take")

    kind: Response
    reason: Written = ""
    to_person: Id | None = None
    """For `hand_over`: who is to take it. For `vouch`: who may take it again after their time ran out."""


class PoliceReportBody(Body):
    """The police have been told: a reference, a force and a time, all three."""

    model_config = example(reference="NC-1234-22112026", force="Northshire Police", reported_at=AT)

    reference: str = Field(min_length=1, max_length=60, pattern=r"\S")
    force: str = Field(min_length=1, max_length=120, pattern=r"\S")
    reported_at: Instant


class SightingBody(Body):
    """An item of information."""

    model_config = example(
        text="Seen at the bus station with two adults.",
        source="A bus driver",
        source_contact="The depot's desk, until 23:00",
        obtained_at=AT,
    )

    text: str = Field(min_length=1, max_length=4000, pattern=r"\S")
    source: str = Field("", max_length=500)
    source_contact: str = Field("", max_length=500)
    """How the source can be reached again."""
    obtained_at: Instant


class CirculationBody(Body):
    """What a circular to the neighbouring authorities tells; from somebody who may, the approval that it leaves."""

    model_config = example(description="Slim, 160 cm, short black hair, grey hooded jacket", age_band="13_to_15")

    description: str = Field("", max_length=500)
    """What the young person looks like and wears. No name, no place, nothing of why. Left out: as it was."""
    age_band: AgeBand = AgeBand.UNKNOWN


class DeskBody(Body):
    """A desk has said, by telephone, that it has seen the circular."""

    model_config = example(desk="01931e4a-7c1b-7a52-9d3e-5f6a7b8c9d03")

    desk: str = Field(min_length=1, max_length=160)
    """Its key, as the episode's `circulation` names it."""


class LocatedBody(Body):
    """It is known where the child is; they are not back yet."""

    model_config = example(seen_at=AT, how_known="At the police station", expected_back_by="2026-11-22T23:30:00Z")

    seen_at: Instant | None = None
    how_known: Written = ""
    expected_back_by: Instant
    """At that time the alarm returns if they are not back."""


class ReturnedBody(Body):
    """The child is back."""

    model_config = example(seen_at=AT, how_known="Opened the door to them.")

    seen_at: Instant | None = None
    how_known: Written = ""


class CloseBody(Body):
    """An episode ends."""

    model_config = example(ending="closed_after_return", reason="Back, well, interview offered.")

    ending: Ending = Ending.CLOSED_AFTER_RETURN
    reason: Reason
    handover_to: str | None = Field(None, max_length=500)
    """For `adult_handover`: the service that has accepted."""
    date_of_birth: date | None = None
    """For `adult_handover` where it was not known on arrival: as assessed since."""


class CancelBody(Body):
    """It was declared in error. A second person has to say so too."""

    model_config = example(reason="The wrong child was tapped.")

    reason: Reason


class ReopenBody(Body):
    """A closed episode starts again."""

    model_config = example(reason="Not the child who came back.")

    reason: Reason


class ReturnInterviewBody(Body):
    """The return interview."""

    model_config = example(state="offered", at="2026-11-23T10:00:00Z")

    state: str = Field(pattern="^(offered|accepted|declined|held)$")
    at: Instant | None = None
    """Left out: now."""
    how_known: Written = ""
    """Who offered or held it, and how this is known."""
