"""What people do about an episode: each form's name, the engine's update, and the request that is made of the form."""

from collections.abc import Callable
from datetime import datetime
from typing import TypedDict

from domain.facts import Actor
from domain.names import AgeBand, Ending, Response
from domain.requests import (
    Answer,
    Circulate,
    Closing,
    DeskAcknowledged,
    Found,
    PoliceReported,
    Reopening,
    ReturnInterview,
    Sighting,
)
from domain.requests import Request as Asked
from web.pages.forms import Builder, Form, Refusal


class _Common(TypedDict):
    """What every request about an episode carries."""

    request_id: str
    actor: Actor
    received_at: datetime
    stored: list[int]
    episode: int


Make = Callable[[_Common], Asked]
Reader = Callable[[Form, datetime], Make]
"""Reads a form and returns what makes the request of it; refuses what is missing before anything is sent."""


def _answer(kind: Response, *, reason: str = "") -> Reader:
    def read(form: Form, _now: datetime) -> Make:
        words = form.needed("reason", reason) if reason else form.text("reason")
        return lambda common: Answer(**common, kind=kind, reason=words)

    return read


def _to_another(kind: Response, missing: str) -> Reader:
    def read(form: Form, _now: datetime) -> Make:
        to_person = form.needed("to_person", missing)
        return lambda common: Answer(**common, kind=kind, to_person=to_person[:64], reason=form.text("reason")[:2000])

    return read


def _police(form: Form, now: datetime) -> Make:
    reference = form.needed("reference", "enter the reference that the police gave you")
    force = form.needed("force", "name the police force")
    reported_at = form.time("reported_at", now)
    return lambda common: PoliceReported(
        **common, reference=reference[:60], force=force[:120], reported_at=reported_at or common["received_at"]
    )


def _sighting(form: Form, now: datetime) -> Make:
    text = form.needed("text", "write down what was said")
    obtained_at = form.time("obtained_at", now)
    return lambda common: Sighting(
        **common,
        text=text[:4000],
        source=form.text("source")[:500],
        source_contact=form.text("source_contact")[:500],
        obtained_at=obtained_at or common["received_at"],
    )


def _circulate(form: Form, _now: datetime) -> Make:
    description = form.text("description")
    band = form.text("age_band")
    age_band = AgeBand(band) if band in set(AgeBand) else AgeBand.UNKNOWN
    return lambda common: Circulate(**common, description=description[:500], age_band=age_band)


def _desk(form: Form, _now: datetime) -> Make:
    desk = form.needed("desk", "choose the desk that has seen it")
    return lambda common: DeskAcknowledged(**common, desk=desk[:160])


def _returned(form: Form, now: datetime) -> Make:
    how_known = form.needed("how_known", "say how you know that the child is back")
    seen_at = form.time("seen_at", now)
    return lambda common: Found(
        **common, located=False, seen_at=seen_at or common["received_at"], how_known=how_known[:2000]
    )


def _located(form: Form, now: datetime) -> Make:
    how_known = form.needed("how_known", "say where the child is and how you know")
    back_by = form.time("expected_back_by", now)
    if back_by is None:
        raise Refusal("expected_back_by", "say when the child is to be back; then the alarm is raised again")
    return lambda common: Found(
        **common, located=True, seen_at=common["received_at"], how_known=how_known[:2000], expected_back_by=back_by
    )


def _closing(ending: Ending, missing: str) -> Reader:
    def read(form: Form, _now: datetime) -> Make:
        reason = form.needed("reason", missing)
        return lambda common: Closing(**common, ending=ending, reason=reason[:2000])

    return read


def _reopen(form: Form, _now: datetime) -> Make:
    reason = form.needed("reason", "say why the episode is opened again")
    return lambda common: Reopening(**common, reason=reason[:2000])


def _return_interview(form: Form, now: datetime) -> Make:
    state = form.needed("state", "say how it stands")
    if state not in INTERVIEW:
        raise Refusal("state", "say how it stands")
    at, how_known = form.time("at", now), form.needed("how_known", "say who, and how you know")
    return lambda common: ReturnInterview(
        **common, state=state, at=at or common["received_at"], how_known=how_known[:2000]
    )


INTERVIEW = ("offered", "accepted", "declined", "held")

FORMS: dict[str, tuple[str, Reader]] = {
    "take": ("answer", _answer(Response.TAKE)),
    "cannot": ("answer", _answer(Response.CANNOT)),
    "extend": ("answer", _answer(Response.EXTEND, reason="say why you need longer")),
    "hand-over": ("answer", _to_another(Response.HAND_OVER, "name the person who is to take it")),
    "vouch": ("answer", _to_another(Response.VOUCH, "name the person who may take it again")),
    "return-interview": ("return_interview", _return_interview),
    "confirm-missing": ("answer", _answer(Response.CONFIRM_MISSING)),
    "escalate-now": ("answer", _answer(Response.ESCALATE_NOW)),
    "police-report": ("police_reported", _police),
    "sighting": ("sighting", _sighting),
    "circulate": ("circulate", _circulate),
    "desk-acknowledged": ("desk_acknowledged", _desk),
    "returned": ("found", _returned),
    "located": ("found", _located),
    "close": ("close", _closing(Ending.CLOSED_AFTER_RETURN, "say what was done, and what would have helped sooner")),
    "cancel": ("close", _closing(Ending.DECLARED_IN_ERROR, "say what the error was")),
    "reopen": ("reopen", _reopen),
}
"""By the form's name, which stands in its address."""


def builder(name: str, form: Form, episode: int, now: datetime) -> Builder:
    """What makes the request of a form about an episode.

    Raises:
        Refusal: something is missing in the form.
    """
    _, read = FORMS[name]
    make = read(form, now)

    def build(actor: Actor, request_id: str, received_at: datetime, stored: list[int]) -> Asked:
        return make(
            _Common(request_id=request_id, actor=actor, received_at=received_at, stored=stored, episode=episode)
        )

    return build
