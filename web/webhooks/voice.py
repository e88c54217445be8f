"""Calls: what is said to whoever answers, what their keys do, and what became of a call that nobody answered.

1. a machine hears nothing, and is no answer: the person's next channel is tried at once
2. a person hears the reference, what is due and a menu, twice; what the call is about is in its signed address, so that
   it is spoken while the store is away
3. 1 and 2 go the way of all acts, once a call; 3 tells the number to ring; any other key brings the menu again
   On a phone that several people share, a second key says which of them answers.
4. busy, no answer, failed, and a call that ended before anybody heard a word, are as a text that was not delivered
Calls that we do not know change nothing.
"""

import hashlib
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

import structlog
from fastapi import APIRouter, Request, Response

from domain import voice
from domain.facts import Actor
from domain.messages import Situation
from domain.requests import Answer
from domain.requests import Request as Asked
from engine.errors import EngineError, NotTaken
from store.errors import IdempotencyMismatch, StoreError
from store.notifications import Applied
from store.placements import PlacementRow
from web import late
from web.acts import Act, Acts, Asker, NothingWorks, Queued
from web.problems import Problem
from web.replies import Telling, sentence
from web.services import Services
from web.standing import Place, Standings
from web.webhooks import code_calls, twiml
from web.webhooks.receipts import Receipts
from web.webhooks.signatures import twilio_form
from web.webhooks.whose import sharing

log = structlog.get_logger()

router = APIRouter(prefix="/twilio")

PATH = "/webhooks/twilio/voice"

PATIENCE = 2.0
"""Seconds that the store may keep somebody waiting for the first word."""

KEY_PATIENCE = 5.0
"""The same after a key: without the store it is not known who answers for whom, and the answer would be lost."""

MOST_TURNS = 5
"""How often the menu is told in one call: after that a key is stuck, or a child plays with the phone."""

UNKNOWN = "This is Golden Hour. This call is not known here. If a child may be missing, ring the home."
NOT_DONE = "Not recorded: Golden Hour does not answer. Ring the home now."
QUEUED = "Kept, but not done yet: the engine does not answer. Ring the home now."
TWICE = "This call was answered before."
NO_NUMBER = "No number is recorded here. Ring the home on the number that you have."
TURNS_OVER = "Goodbye. The alarm goes on."

NumberToRing = Callable[[str], Awaitable[str | None]]
"""By reference, such as HERON-42; `app.state.number_to_ring` holds it. None: no number is recorded."""

_CALL = re.compile(r"CA[0-9a-f]{32}", re.ASCII)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)

_WORDS_OF_TEXTS = {
    "queued": "queued",
    "initiated": "sending",
    "ringing": "sent",
    "in-progress": "sent",
    "busy": "undelivered",
    "no-answer": "undelivered",
    "failed": "failed",
    "canceled": "canceled",
}
"""A call's statuses in the words that are kept. `completed` is not among them: it does not say who heard anything."""

_HEARD = frozenset({"delivered", "read"})


@dataclass(frozen=True, slots=True)
class Turn:
    """One request of Twilio's for words."""

    sid: str
    notification_id: str
    situation: Situation
    turns: int
    """How often keys were pressed before."""
    answered: str = ""
    """The key that answers, while a shared phone is asked who pressed it."""

    def next_address(self, public_url: str, *, answered: str = "") -> str:
        """Where the next key goes."""
        about = quote(voice.packed(self.situation), safe="")
        asked = f"&a={answered}" if answered else ""
        return f"{public_url}{PATH}?n={self.notification_id}&s={about}&k={self.turns + 1}{asked}"


@router.api_route("/voice", methods=["GET", "POST"])
async def take_call(request: Request) -> Response:
    """Say what a call is about, or do what a key asks."""
    form = await twilio_form(request)
    fields = {**request.query_params, **form}
    return Response(await Calls.of(request).answer(fields), media_type="application/xml")


@router.post("/call-status")
async def take_call_status(request: Request, n: str = "") -> Response:
    """Note what became of a call. The address names our message: a report may overtake the answer to its creation."""
    form = await twilio_form(request)
    sid = form.get("CallSid", "")
    if _UUID.fullmatch(n) and _CALL.fullmatch(sid):
        await Calls.of(request).note(n, sid, form.get("CallStatus", "").lower(), form.get("ErrorCode") or None)
    return Response(status_code=204)


class Calls:
    """Answers calls."""

    def __init__(
        self,
        services: Services,
        acts: Acts,
        standings: Standings,
        receipts: Receipts,
        number_to_ring: NumberToRing | None = None,
    ) -> None:
        self._services = services
        self._acts = acts
        self._standings = standings
        self._receipts = receipts
        self._number_to_ring = number_to_ring

    @classmethod
    def of(cls, request: Request) -> "Calls":
        """Made from what the application holds."""
        state = request.app.state
        number_to_ring = getattr(state, "number_to_ring", None)
        return cls(state.services, state.acts, state.standings, state.receipts, number_to_ring)

    async def answer(self, fields: dict[str, str]) -> str:
        """The TwiML for this moment of a call."""
        turn = _turn(fields)
        if turn is None:
            return await code_calls.told(self._services, fields) or twiml.once(UNKNOWN)
        if fields.get("AnsweredBy", "").startswith(("machine", "fax")):
            await self._nobody_heard(turn)
            return twiml.silence()
        key = fields.get("Digits", "")
        if not key:
            await self._applied(turn, "delivered", PATIENCE)
            return self._told(turn)
        if not voice.is_answerable(turn.situation.template):
            return self._told(turn)
        return await self._pressed(turn, key)

    async def note(self, notification_id: str, sid: str, status: str, code: str | None) -> None:
        """Note a call's status; one that reached nobody goes to the engine, as an undelivered text does.

        Raises:
            StoreUnavailable: the provider is to try again.
        """
        now = self._services.clock()
        if status in _WORDS_OF_TEXTS:
            await self._receipts.take(notification_id, sid, _WORDS_OF_TEXTS[status], now, code, said=status)
        elif status == "completed":
            applied = await self._services.store.notifications.apply_status(notification_id, sid, "sent", now)
            if applied is not None and applied.status not in _HEARD:
                await self._receipts.take(notification_id, sid, "undelivered", now, code, said="unheard")

    async def _pressed(self, turn: Turn, key: str) -> str:
        answered = turn.answered or key
        if answered in voice.ANSWERS:
            people = await sharing(self._services, self._standings, turn.notification_id, KEY_PATIENCE)
            if len(people) < 2:  # noqa: PLR2004 - nobody to be told apart from
                return twiml.once(await self._act(turn, answered))
            chosen = dict(zip("123456789", people, strict=False)).get(key) if turn.answered else None
            if chosen is not None:
                return twiml.once(await self._act(turn, answered, by=chosen.person_id))
        if turn.turns >= MOST_TURNS:
            return twiml.once(TURNS_OVER)
        if answered in voice.ANSWERS:
            next_address = turn.next_address(self._services.settings.public_url, answered=answered)
            return twiml.menu(voice.who([one.role for one in people]), next_address)
        said = await self._number(turn) if key == voice.NUMBER else ""
        return twiml.menu(f"{said} {voice.MENU}".strip(), turn.next_address(self._services.settings.public_url))

    def _told(self, turn: Turn) -> str:
        """The whole message, and the menu if there is anything to answer."""
        script = voice.script(turn.situation)
        if not voice.is_answerable(turn.situation.template):
            return twiml.twice(script)
        return twiml.menu(f"{script} {voice.MENU}", turn.next_address(self._services.settings.public_url))

    async def _nobody_heard(self, turn: Turn) -> None:
        """With the store away the report of the call's end says it again."""
        with suppress(StoreError):
            now = self._services.clock()
            await self._receipts.take(turn.notification_id, turn.sid, "undelivered", now, said="machine")

    async def _applied(self, turn: Turn, status: str, patience: float) -> Applied | None:
        """Note how far the call has come; None: it is not known, or the store is away."""
        try:
            return await self._services.store.notifications.apply_status(
                turn.notification_id, turn.sid, status, self._services.clock(), timeout=patience
            )
        except StoreError as error:
            log.warning("a call could not be noted", error=type(error).__name__)
            return None

    async def _number(self, turn: Turn) -> str:
        number = None
        if self._number_to_ring is not None:
            with suppress(StoreError):
                number = await self._number_to_ring(turn.situation.reference)
        if not number:
            return NO_NUMBER
        spoken = voice.number_for_the_ear(number)
        return f"The number to ring is {spoken}. Again: {spoken}."

    async def _act(self, turn: Turn, key: str, *, by: str | None = None) -> str:
        """Answer for the child, and say what happened."""
        applied = await self._applied(turn, "read", KEY_PATIENCE)
        if applied is None or applied.episode is None:
            return NOT_DONE
        try:
            said = await self._perform(turn, key, applied, applied.episode, by=by)
        except (StoreError, EngineError, NothingWorks) as error:
            log.warning("a key could not be dealt with", error=type(error).__name__)
            return NOT_DONE
        return f"Reference {voice.reference_for_the_ear(applied.alias.upper())}. {said}"

    async def _perform(self, turn: Turn, key: str, applied: Applied, episode: int, *, by: str | None) -> str:
        placement = await self._placement(applied.alias)
        actor = await self._actor(by or applied.person_id, placement)
        # Once a call, whoever of those who share the phone answers.
        asker = Asker(identity=f"voice:{applied.person_id}", actor=actor)
        try:
            outcome = await self._acts.perform(asker, _act(turn, key, applied.alias, episode, actor))
        except NotTaken as refusal:
            return f"Not done: {refusal.detail}."
        except IdempotencyMismatch:
            return TWICE
        if isinstance(outcome, Queued):
            return QUEUED
        telling = Telling(await self._standings.zone(placement), self._services.clock())
        told = {applied.person_id, by or applied.person_id}
        others = await late.others_told(self._services, applied.alias, episode, told, outcome)
        return f"{sentence('answer', outcome, telling)}{others}"

    async def _actor(self, person_id: str, placement: PlacementRow | None) -> Actor:
        role = None
        if placement is not None:
            with suppress(StoreError):
                role = await self._standings.role(person_id, Place.of(placement))
        return Actor(person_id=person_id, role=role, via="voice")

    async def _placement(self, alias: str) -> PlacementRow | None:
        try:
            return await self._standings.placement(alias)
        except Problem:
            return None


def _turn(fields: dict[str, str]) -> Turn | None:
    """What Twilio asks about; None: not one of our calls."""
    sid, notification_id, turns = fields.get("CallSid", ""), fields.get("n", ""), fields.get("k", "0")
    situation = voice.unpacked(fields.get("s", ""))
    if situation is None or not _CALL.fullmatch(sid) or not _UUID.fullmatch(notification_id):
        return None
    answered = fields.get("a", "")
    is_number = turns.isascii() and turns.isdecimal() and len(turns) <= len(str(MOST_TURNS))
    pressed = int(turns) if is_number else MOST_TURNS
    return Turn(sid, notification_id, situation, pressed, answered if answered in voice.ANSWERS else "")


def _act(turn: Turn, key: str, alias: str, episode: int, actor: Actor) -> Act:
    kind = voice.ANSWERS[key]

    def build(request_id: str, received_at: datetime, stored: list[int]) -> Asked:
        return Answer(
            request_id=request_id, actor=actor, received_at=received_at, stored=stored, episode=episode, kind=kind
        )

    return Act(
        key=turn.sid,
        route=f"POST {PATH}",
        fingerprint=hashlib.sha256(f"{kind}|{alias}|{episode}".encode()).hexdigest(),
        alias=alias,
        update="answer",
        build=build,
    )
