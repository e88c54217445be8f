"""A text comes in: who sent it, which child is meant, what is asked, and what the sender is told.

1. the same text again gets the same answer, and is not done twice
2. strangers, and the carrier's own words such as STOP, are met with silence; STOP and START are kept (`wishes`)
3. the code or the reference says which episode; without either there must be exactly one
   with the store away, as it was read a few seconds before (`phones`)
4. on a phone that several people share the last digit says who of them; without it they are asked, by role
5. the act goes the way of all acts; the answer says what happened, and nothing that is personal
"""

import hashlib
from contextlib import suppress
from datetime import datetime

import structlog
from redis.exceptions import RedisError

from domain.facts import Actor
from domain.names import Response
from domain.replies import Parsed, ReplyKind, parse
from domain.requests import Answer, Claim, Request
from engine.errors import EngineError, NotTaken
from store.errors import IdempotencyMismatch, StoreError
from store.placements import PlacementRow
from web import late
from web.acts import Act, Acts, Asker, NothingWorks, Queued
from web.problems import Problem
from web.replies import Telling, sentence, text
from web.services import Services
from web.standing import Place, Standings
from web.webhooks.answered import Answered
from web.webhooks.meant import Meant, Phone
from web.webhooks.phones import Phones
from web.webhooks.texts import Text
from web.webhooks.whose import Question, whose
from web.webhooks.wishes import Wishes

log = structlog.get_logger()

HELPS, ANSWERS = 5, 30
"""Answers to one phone in an hour: to what is not understood, and in all. Two machines must not text for ever.

Only help counts as help: whoever has answered for five children, and then forgets a code, is still asked for it.
"""

KEPT_SECONDS = 24 * 3600
"""How long an answer is kept for the same text coming again."""

WHAT = (
    "Golden Hour asks for help when a child may be missing. Reply Y and the code to take it, N if you cannot, C if the "
    "child is here. If in doubt ring the home."
)
HELP = (
    "Reply Y and the code in the message to take it, N and the code if you cannot, C and the code if the child is "
    "here. If in doubt ring the home."
)
QUEUED = "kept, but not done yet: the engine does not answer. Ring the home now."
NOT_DONE = "Not recorded: Golden Hour does not answer. Ring the home now."


class Inbound:
    """Answers texts."""

    def __init__(self, services: Services, acts: Acts, standings: Standings) -> None:
        self._services = services
        self._acts = acts
        self._standings = standings
        self._wishes = Wishes(services)
        self._answered = Answered(services)
        self.phones = Phones(services)

    async def answer(self, message: Text) -> str | None:
        """Do what it asks, once; returns what its sender is told, None for silence."""
        known = await self._remembered(message.sid)
        if known is not None:
            return known or None
        try:
            said = await self._answer(message)
        except (StoreError, EngineError, NothingWorks) as error:
            log.warning("a text could not be dealt with", error=type(error).__name__)
            return NOT_DONE
        await self._remember(message.sid, said or "")
        return said

    async def _answer(self, message: Text) -> str | None:
        parsed = parse(message.body)
        if await self._wishes.heard(message) or parsed.kind is ReplyKind.CARRIER:
            return None
        phone = await self.phones.at(message.sender, code=parsed.code)
        if phone is None:
            return None
        is_help = parsed.kind in (ReplyKind.HELP, ReplyKind.UNCLEAR)
        counted = [(message.sender, ANSWERS), *([(_helps(message.sender), HELPS)] if is_help else [])]
        lately = [await self._answered.lately(what, store_away=phone.remembered) for what, _ in counted]
        has_had_enough = [before >= most for before, (_, most) in zip(lately, counted, strict=True)]
        if is_help:
            said = WHAT if parsed.kind is ReplyKind.HELP else HELP
        else:
            said = await self._asked(message, parsed, phone)
        if any(has_had_enough):
            return None
        for what, _ in counted:
            await self._answered.one_more(what, store_away=phone.remembered)
        return said

    async def _asked(self, message: Text, parsed: Parsed, phone: Phone) -> str:
        """Do what is asked, if it is clear of which child and by whom; else ask."""
        meant = phone.meant(parsed)
        if not isinstance(meant, Meant):
            return meant
        asked = await whose(self._standings, phone.people, parsed, meant)
        if isinstance(asked, Question):
            return text(asked.alias, asked.text)
        return await self._act(message, parsed, asked, store_away=phone.remembered)

    async def _act(self, message: Text, parsed: Parsed, meant: Meant, *, store_away: bool) -> str:
        """Perform what was asked about an episode, and say what happened."""
        placement = await self._placement(meant.alias)
        role = None
        if placement is not None:
            with suppress(StoreError):
                place = Place.of(placement)
                role = await self._standings.role(meant.person_id, place)
        actor = Actor(person_id=meant.person_id, role=role, via="sms")
        asker = Asker(identity=f"sms:{meant.person_id}", actor=actor)
        update = "claim" if parsed.kind is ReplyKind.CLAIM else "answer"
        try:
            outcome = await self._acts.perform(asker, _act(message, parsed, meant, actor, update))
        except NotTaken as refusal:
            return text(meant.alias, f"not done: {refusal.detail}.")
        except IdempotencyMismatch:
            return text(meant.alias, "this text was dealt with before.")
        if isinstance(outcome, Queued):
            return text(meant.alias, QUEUED)
        telling = Telling(await self._standings.zone(placement), self._services.clock())
        if store_away:
            return text(meant.alias, sentence(update, outcome, telling))
        people = meant.people or (meant.person_id,)
        others = await late.others_told(self._services, meant.alias, meant.episode, people, outcome)
        return text(meant.alias, f"{sentence(update, outcome, telling)}{others}")

    async def _placement(self, alias: str) -> PlacementRow | None:
        try:
            return await self._standings.placement(alias)
        except Problem:
            return None

    async def _remembered(self, sid: str) -> str | None:
        """The answer this text got before; `` stands for silence. Without Redis the act's own key still holds."""
        try:
            kept = await self._services.redis.get(f"goldenhour:inbound:{sid}")
        except (RedisError, OSError, TimeoutError):
            return None
        return kept.decode() if isinstance(kept, bytes) else kept

    async def _remember(self, sid: str, said: str) -> None:
        with suppress(RedisError, OSError, TimeoutError):
            await self._services.redis.set(f"goldenhour:inbound:{sid}", said, ex=KEPT_SECONDS)


def _helps(sender: str) -> str:
    """What help to a phone is counted by, apart from its other answers."""
    return f"help to {sender}"


def _act(message: Text, parsed: Parsed, meant: Meant, actor: Actor, update: str) -> Act:
    kind = Response.CANNOT if parsed.kind is ReplyKind.CANNOT else Response.TAKE

    def build(request_id: str, received_at: datetime, stored: list[int]) -> Request:
        if update == "claim":
            return Claim(
                request_id=request_id, actor=actor, received_at=received_at, stored=stored, episode=meant.episode
            )
        return Answer(
            request_id=request_id,
            actor=actor,
            received_at=received_at,
            stored=stored,
            episode=meant.episode,
            kind=kind,
        )

    what = f"{parsed.kind}|{meant.alias}|{meant.episode}"
    return Act(
        key=message.sid,
        route="POST /webhooks/twilio/inbound-sms",
        fingerprint=hashlib.sha256(what.encode()).hexdigest(),
        alias=meant.alias,
        update=update,
        build=build,
    )
