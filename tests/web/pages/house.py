"""The demonstration house without Temporal: real pages, real store, real rules, and a clock in the test's hand."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import httpx

from domain import alerting, answers, check_ins, circulars, details, journey, ledger, placements, plans
from domain.actions import Record, RenewCalendar, Send
from domain.deliveries import done as delivered
from domain.deliveries import get as delivery_of
from domain.errors import Refused
from domain.names import Channel
from domain.requests import Admission, Reply, Request
from domain.sending import AlertRequest, AlertResult, SendStatus, Sent
from domain.snapshot import of as snapshot_of
from domain.state import PlacementState
from engine.errors import NoSuchPlacement, NotTaken, Unreachable
from store.repositories import Store
from web import demo

NIGHT = datetime(2026, 6, 1, 20, 30, tzinfo=UTC)
"""21:30 in London."""

RULES: dict[str, Callable[[PlacementState, Any, datetime], str]] = {
    "check_in": check_ins.record,
    "agree_absence": check_ins.agree_absence,
    "change_plan": plans.change_plan,
    "end_placement": placements.end,
    "answer": answers.answer,
    "claim": answers.claim,
    "police_reported": answers.police_reported,
    "sighting": answers.sighting,
    "circulate": circulars.circulate,
    "desk_acknowledged": circulars.desk_acknowledged,
    "found": answers.found,
    "close": answers.close,
    "reopen": answers.reopen,
    "return_interview": answers.return_interview,
}


@dataclass
class Clock:
    """The time of the test."""

    now: datetime = NIGHT

    def __call__(self) -> datetime:
        """The time of day."""
        return self.now


@dataclass
class RuledEngine:
    """The engine's façade over the pure rules: what the workflow does, without the workflow."""

    clock: Clock
    store: Store
    states: dict[str, PlacementState] = field(default_factory=dict)
    down: bool = False
    verifications: dict[str, timedelta] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    """The updates that were done, for counting."""

    async def admit(self, admission: Admission) -> Reply:
        """A child enters care."""
        self._refuse_if_down()
        state = self.states.setdefault(admission.alias, placements.begin(admission, self.clock()))
        return self._reply(state, "done", before=0)

    async def ask(self, alias: str, update: str, request: Request) -> Reply:
        """One update: refused on a copy, or done; the same request once."""
        self._refuse_if_down()
        state = self.states.get(alias)
        if state is None:
            raise NoSuchPlacement("none")
        if request.request_id in state.handled:
            return Reply.model_validate_json(state.handled[request.request_id])
        try:
            RULES[update](state.model_copy(deep=True), request, self.clock())
        except Refused as refusal:
            raise NotTaken(refusal.field, refusal.detail) from None
        before = state.fact_count
        outcome = RULES[update](state, request, self.clock())
        self.asked.append(update)
        reply = self._reply(state, outcome, before=before, episode=getattr(request, "episode", None))
        ledger.remember(state, request.request_id, reply.model_dump_json(exclude={"facts", "snapshot"}))
        return reply

    async def verify(self, verification_id: str, *, patience: timedelta) -> None:
        """A code or a link is to be sent."""
        self._refuse_if_down()
        self.verifications.setdefault(verification_id, patience)

    async def pass_time(self, length: timedelta) -> None:
        """Let time pass, with every deadline in its place; every message is taken by its provider."""
        end = self.clock() + length
        for state in self.states.values():
            while True:
                await self._act(state)
                wake = journey.decide(state, self.clock()).next_wake
                if wake is None or wake > end:
                    break
                self.clock.now = wake
        self.clock.now = end
        for state in self.states.values():
            await self.store.facts.insert(state.alias, state.facts, snapshot_of(state, end))

    async def _act(self, state: PlacementState) -> None:
        while actions := [one for one in journey.decide(state, self.clock()).actions if not _is_chore(one)]:
            for action in actions:
                delivery = delivery_of(state, action.delivery) if isinstance(action, Send) else None
                journey.carry_out(state, action, self.clock())
                if delivery is not None:
                    request = alerting.request(state, delivery, self.clock(), facts=[])
                    wanted = _wanted(state, request)
                    delivered(
                        state, delivery.number, AlertResult(sent=_all_taken(delivery.number, wanted)), self.clock()
                    )

    def _reply(self, state: PlacementState, outcome: str, *, before: int, episode: int | None = None) -> Reply:
        made = [fact for fact in state.facts if fact.n > before]
        answer = details.answer(state, outcome, episode=episode, made=made)
        return answer.model_copy(update={"facts": made, "snapshot": snapshot_of(state, self.clock())})

    def _refuse_if_down(self) -> None:
        if self.down:
            raise Unreachable("no answer in time")


def _wanted(state: PlacementState, request: AlertRequest) -> set[str]:
    """The people whom an alert names, or who hold the roles of its rungs."""
    roles = {role for call in request.rungs for role in call.roles}
    holders = {contact.person_id for contact in state.contacts if roles & set(contact.roles)}
    return {person for person, _ in request.recipients} or holders


def _all_taken(delivery: int, people: set[str]) -> list[Sent]:
    """One text to each, taken by the provider."""
    return [
        Sent(
            person_id=person_id,
            channel=Channel.SMS,
            status=SendStatus.ACCEPTED,
            notification_id=f"{delivery}-{person_id}",
        )
        for person_id in sorted(people)
    ]


def _is_chore(action: object) -> bool:
    return isinstance(action, RenewCalendar | Record)


class Browser:
    """A person's browser, as far as HTML goes: it follows links and sends the forms that are on the page."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.page = ""
        self.status = 0

    async def open(self, path: str) -> str:
        """Open a page, wherever it leads."""
        return self._shown(await self.client.get(path, follow_redirects=True, headers={"Accept": "text/html"}))

    async def sign_in(self, name: str) -> str:
        """Choose a person."""
        page = await self.open("/sign-in")
        entry = re.search(r'name="entry" value="([^"]+)"', page)
        person = next(part.person() for part in demo.PARTS if part.name == name)
        assert entry is not None
        return await self.post("/sign-in", {"entry": entry[1], "person": person.id})

    async def send(self, action: str, /, form: str = "", **typed: str) -> str:
        """Fill in the form of this page that goes to an address (and has this name), and send it."""
        return await self.post(action, self.form(action, form) | typed)

    def form(self, action: str, name: str = "") -> dict[str, str]:
        """The hidden fields of a form of this page."""
        for found in re.finditer(r"<form\b[^>]*>.*?</form>", self.page, re.DOTALL):
            hidden = dict(re.findall(r'type="hidden"\s+name="([^"]+)"\s+value="([^"]*)"', found[0]))
            if f'action="{action}"' in found[0] and hidden.get("form", "") == (name or hidden.get("form", "")):
                return {key: unescape(value) for key, value in hidden.items()}
        raise AssertionError(f"no form {name} to {action} on this page")

    async def post(self, path: str, data: dict[str, str]) -> str:
        """Send a form as it is."""
        return self._shown(
            await self.client.post(path, data=data, follow_redirects=True, headers={"Accept": "text/html"})
        )

    def _shown(self, answer: httpx.Response) -> str:
        self.status, self.page = answer.status_code, answer.text
        return self.page

    @property
    def text(self) -> str:
        """What is to be read on the page."""
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", self.page.partition("<body")[2])).split())
