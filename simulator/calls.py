"""What becomes of a call: it rings, somebody answers or not, our application says its words, keys are pressed."""

import asyncio
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any
from urllib.parse import urljoin

from simulator.carrier import Reporting, reporting_of
from simulator.config import SimulatorConfig
from simulator.faults import ENDINGS, FaultBook, FaultKind
from simulator.messages import CALL_OVER, CallDetails, Message, MessageBook
from simulator.phone_line import Behaviour, Habit, PhoneLine
from simulator.twiml import Gather, Hangup, NotTwiml, Pause, Redirect, Say, Verb, verbs_in
from simulator.webhooks import Answer, Webhooks

ANYBODY = "*"
_MOST_FETCHES = 20
_STEPS_A_WORD = 2
"""A word takes two steps to speak: 0.4 s at the usual pace."""
_GOOD = range(200, 300)

ENDS = {Habit.BUSY: "busy", Habit.NO_ANSWER: "no-answer", Habit.FAILED: "failed"}
_EVENT_OF = {"initiated": "initiated", "ringing": "ringing", "in-progress": "answered"}


@dataclass(slots=True)
class _Live:
    """A call under way."""

    message: Message
    call: CallDetails
    line: PhoneLine
    reporting: Reporting
    reports: int = 0
    last_report: "asyncio.Task[None] | None" = None
    answered_at: float | None = None


class Switchboard:
    """Places every call, each in a task of its own."""

    def __init__(self, config: SimulatorConfig, book: MessageBook, faults: FaultBook, webhooks: Webhooks) -> None:
        self._config = config
        self._book = book
        self._faults = faults
        self._webhooks = webhooks
        self._tasks: set[asyncio.Task[None]] = set()
        self._lines: dict[str, PhoneLine] = {}
        self.behaviours: dict[str, Behaviour] = {}
        """By number, `*` for anybody. A phone without one waits for a person."""

    def take(self, message: Message, call: CallDetails) -> None:
        """Let it ring."""
        behaviour = self.behaviours.get(message.to) or self.behaviours.get(ANYBODY)
        line = PhoneLine(behaviour)
        self._lines[message.id] = line
        self._start(self._carry(_Live(message, call, line, reporting_of(self._faults, message))))

    def line(self, call_id: str) -> PhoneLine | None:
        """The person's end of a call that is not over."""
        return self._lines.get(call_id)

    async def settle(self) -> None:
        """Wait until every call is over and every report has been made."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def close(self) -> None:
        """Cut every line."""
        while tasks := set(self._tasks):
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        self._lines.clear()

    def _start(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _carry(self, live: _Live) -> None:
        try:
            self._report(live, "initiated")
            await asyncio.sleep(self._config.step_seconds)
            self._move(live, "ringing")
            await asyncio.sleep(self._config.step_seconds)
            became = self._faulty_end(live.message) or await live.line.picked_up(live.call.ring_seconds)
            if became in ENDS:
                self._move(live, ENDS[became])
                return
            live.call.answered_by = "machine_start" if became is Habit.MACHINE else "human"
            live.answered_at = time.monotonic()
            self._move(live, "in-progress")
            await self._converse(live)
            self._move(live, "completed")
        finally:
            self._lines.pop(live.message.id, None)

    def _faulty_end(self, message: Message) -> Habit | None:
        fault = self._faults.take(ENDINGS, message.kind, message.to)
        if fault is None or fault.kind is FaultKind.STUCK:
            return None
        return Habit.FAILED if fault.kind is FaultKind.FAILED else Habit.NO_ANSWER

    def _move(self, live: _Live, status: str) -> None:
        self._book.move(live.message, status)
        self._report(live, status)

    async def _converse(self, live: _Live) -> None:
        """Fetch words and follow them until they end, or the phone is put down."""
        url: str | None = live.call.url
        keys: str | None = None
        for _ in range(_MOST_FETCHES):
            if url is None or live.line.is_down:
                return
            answer = await self._fetch(live, url, keys)
            try:
                verbs = verbs_in(answer.body) if answer.status in _GOOD else None
            except NotTwiml:
                verbs = None
            if verbs is None:
                self._book.hear(live.message, "(an application error has occurred)")
                return
            url, keys = await self._follow(live, url, verbs)

    async def _follow(self, live: _Live, url: str, verbs: list[Verb]) -> tuple[str | None, str | None]:
        """Do as the verbs say; returns what is fetched next, and with which keys."""
        for verb in verbs:
            match verb:
                case Say(words):
                    self._book.hear(live.message, words)
                    await live.line.listen(self._speaking(words))
                case Pause(seconds):
                    await live.line.listen(seconds if self._config.step_seconds else 0)
                case Gather():
                    keys = await self._gather(live, verb)
                    if keys:
                        return urljoin(url, verb.action) if verb.action else url, keys
                case Redirect(elsewhere):
                    return urljoin(url, elsewhere), None
                case Hangup():
                    return None, None
            if live.line.is_down:
                return None, None
        return None, None

    async def _gather(self, live: _Live, verb: Gather) -> str:
        if verb.words:
            self._book.hear(live.message, verb.words)
        wait, pressed = self._speaking(verb.words) + verb.seconds, ""
        while verb.digits is None or len(pressed) < verb.digits:
            key = await live.line.key(wait)
            if key is None or key == "#":
                break
            pressed, wait = pressed + key, verb.seconds
            live.call.keys += key
        if pressed:
            self._book.hear(live.message, f"[{pressed} pressed]")
        return pressed

    def _speaking(self, words: str) -> float:
        return len(words.split()) * _STEPS_A_WORD * self._config.step_seconds

    async def _fetch(self, live: _Live, url: str, keys: str | None) -> Answer:
        form = self._form(live, "in-progress")
        if live.call.detects_machines:
            form["AnsweredBy"] = live.call.answered_by
        if keys is not None:
            form |= {"Digits": keys, "FinishedOnKey": "", "msg": "Gather End"}
        answer = await self._webhooks.twilio(url, form)
        live.call.requests.append(_event("POST", url, form, answer.status))
        return answer

    def _report(self, live: _Live, status: str) -> None:
        event = _EVENT_OF.get(status, "completed")
        callback = live.message.status_callback
        if not callback or event not in live.call.events or live.reporting.silent:
            return
        form = self._form(live, status) | {
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(live.reports),
            "Timestamp": formatdate(usegmt=False),
        }
        if status in CALL_OVER:
            form["CallDuration"] = str(int(time.monotonic() - (live.answered_at or time.monotonic())))
        live.reports += 1
        # A slow application holds up the next report about this call, but not the call.
        live.last_report = self._start(self._post(live, callback, form, live.last_report))

    async def _post(
        self, live: _Live, callback: str, form: dict[str, str], previous: "asyncio.Task[None] | None"
    ) -> None:
        if previous is not None:
            await asyncio.wait({previous})
        if live.reporting.delay:
            await asyncio.sleep(live.reporting.delay)
        for _ in range(2 if live.reporting.twice else 1):
            answer = await self._webhooks.twilio(callback, form, forged=live.reporting.forged)
            live.call.requests.append(_event("POST", callback, form, answer.status))

    def _form(self, live: _Live, status: str) -> dict[str, str]:
        message = live.message
        return {
            "AccountSid": self._config.account_sid,
            "ApiVersion": "2010-04-01",
            "CallSid": message.id,
            "CallStatus": status,
            "Called": message.to,
            "Caller": message.sender,
            "Direction": message.direction,
            "From": message.sender,
            "To": message.to,
        }


def _event(method: str, url: str, form: dict[str, str], status: int) -> dict[str, Any]:
    """A request as the call's events show it."""
    return {
        "request": {"method": method, "url": url, "parameters": form},
        "response": {"response_code": status, "date_created": formatdate(usegmt=False)},
    }


def over(call: Message) -> bool:
    """Whether a call has ended."""
    return call.status in CALL_OVER
