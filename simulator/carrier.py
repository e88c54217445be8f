"""What becomes of an accepted message: its statuses, one after the other, and the reports about them."""

import asyncio
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

from simulator.config import SimulatorConfig
from simulator.faults import ENDINGS, FaultBook, FaultKind
from simulator.messages import TERMINAL, Message, MessageBook, new_id
from simulator.webhooks import Webhooks

_UNREACHABLE, _UNKNOWN_ERROR, _EXPIRED = 30003, 30008, 30036


@dataclass(frozen=True, slots=True)
class Step:
    """One status on the way, with Twilio's error code if it is a bad end."""

    status: str
    error_code: int | None = None


@dataclass(frozen=True, slots=True)
class Reporting:
    """In what manner the application is told."""

    silent: bool
    twice: bool
    backwards: bool
    forged: bool
    delay: float


def reporting_of(faults: FaultBook, message: Message) -> Reporting:
    """How this message or call is reported, as the faults demand."""

    def strikes(kind: FaultKind) -> bool:
        return faults.take({kind}, message.kind, message.to) is not None

    delayed = faults.take({FaultKind.DELAYED_CALLBACKS}, message.kind, message.to)
    return Reporting(
        silent=strikes(FaultKind.NO_CALLBACK),
        twice=strikes(FaultKind.DUPLICATE_CALLBACKS),
        backwards=strikes(FaultKind.OUT_OF_ORDER_CALLBACKS),
        forged=strikes(FaultKind.FORGED_CALLBACKS),
        delay=(delayed.seconds or 0.0) if delayed else 0.0,
    )


class Carrier:
    """Moves every message along, each in a task of its own, and reports each move."""

    def __init__(self, config: SimulatorConfig, book: MessageBook, faults: FaultBook, webhooks: Webhooks) -> None:
        self._config = config
        self._book = book
        self._faults = faults
        self._webhooks = webhooks
        self._tasks: set[asyncio.Task[None]] = set()

    def take(self, message: Message) -> None:
        """Carry this message from where it stands to its end."""
        if message.status not in TERMINAL:
            self._start(self._carry(message))

    async def give_up(self, message: Message, code: int | None = None) -> None:
        """What was stuck on its way does not arrive; its report has been made when this returns."""
        step = Step("bounce" if message.kind == "email" else "undelivered", code or _UNREACHABLE)
        self._book.move(message, step.status, error_code=step.error_code)
        await self._report(message, step, reporting_of(self._faults, message), None)

    async def settle(self) -> None:
        """Wait until every message has come to its end and every report has been made."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def close(self) -> None:
        """Drop everything that is under way; it goes on after a restart."""
        while tasks := set(self._tasks):
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _carry(self, message: Message) -> None:
        reporting = reporting_of(self._faults, message)
        expired = await self._held_too_long(message)
        steps = [Step("failed", _EXPIRED)] if expired else self._steps(message)
        reports: list[Coroutine[Any, Any, None]] = []
        previous: asyncio.Task[None] | None = None
        for step in steps:
            await asyncio.sleep(self._config.step_seconds)
            self._book.move(message, step.status, error_code=step.error_code)
            if reporting.silent:
                continue
            if reporting.backwards:
                reports.insert(0, self._report(message, step, reporting, None))
            else:
                # A slow application holds up the next report about this message, but not the message.
                previous = self._start(self._report(message, step, reporting, previous))
        for report in reports:
            await report

    async def _held_too_long(self, message: Message) -> bool:
        held = self._faults.take({FaultKind.HELD}, message.kind, message.to)
        if held is None:
            return False
        seconds = held.seconds or 0.0
        valid = message.validity_seconds
        await asyncio.sleep(seconds if valid is None else min(seconds, valid))
        return valid is not None and valid < seconds

    def _steps(self, message: Message) -> list[Step]:
        """The statuses still to come."""
        passed, good, bad, worst = (
            ("processed", "delivered", "bounce", "dropped")
            if message.kind == "email"
            else ("sent", "delivered", "undelivered", "failed")
        )
        ending = self._faults.take(ENDINGS, message.kind, message.to)
        kind = ending.kind if ending else None
        code = ending.code if ending else None
        if kind is FaultKind.FAILED:
            return [Step(worst, code or _UNKNOWN_ERROR)]
        on_the_way = [] if message.status == passed else [Step(passed)]
        if kind is FaultKind.STUCK:
            return on_the_way
        if kind is FaultKind.UNDELIVERED:
            return [*on_the_way, Step(bad, code or _UNREACHABLE)]
        return [*on_the_way, Step(good)]

    async def _report(
        self, message: Message, step: Step, reporting: Reporting, previous: "asyncio.Task[None] | None"
    ) -> None:
        if previous is not None:
            await asyncio.wait({previous})
        if reporting.delay:
            await asyncio.sleep(reporting.delay)
        event = sendgrid_event(message, step) if message.kind == "email" else {}
        for _ in range(2 if reporting.twice else 1):
            if message.kind == "email":
                await self._webhooks.sendgrid([event], forged=reporting.forged)
            elif message.status_callback:
                form = twilio_report(self._config.account_sid, message, step)
                await self._webhooks.twilio(message.status_callback, form, forged=reporting.forged)


def twilio_report(account_sid: str, message: Message, step: Step) -> dict[str, str]:
    """The form of a status callback."""
    form = {
        "AccountSid": account_sid,
        "ApiVersion": "2010-04-01",
        "From": message.sender,
        "To": message.to,
        "MessageSid": message.id,
        "MessageStatus": step.status,
        "SmsSid": message.id,
        "SmsStatus": step.status,
    }
    if message.messaging_service:
        form["MessagingServiceSid"] = message.messaging_service
    if step.error_code is not None:
        form["ErrorCode"] = str(step.error_code)
    return form


def sendgrid_event(message: Message, step: Step) -> dict[str, Any]:
    """One event; custom arguments stand at the top level, as SendGrid puts them."""
    event: dict[str, Any] = {
        **message.custom_args,
        "email": message.to,
        "timestamp": int(time.time()),
        "event": step.status,
        "sg_event_id": new_id(""),
        "sg_message_id": f"{message.id}.recvd-simulated-1-0",
        "smtp-id": f"<{message.id}@simulated>",
    }
    if step.status == "delivered":
        event["response"] = "250 OK"
    if step.status == "bounce":
        status = _enhanced(step.error_code)
        event |= {"reason": f"550 {status} no such mailbox", "status": status, "type": "bounce"}
    if step.status == "dropped":
        event["reason"] = "Bounced Address"
    return event


def _enhanced(code: int | None) -> str:
    """What a mail server says of a bounce: 522, a full mailbox, is 5.2.2; without a code there is no such mailbox."""
    text = str(code)
    return ".".join(text) if len(text) == len("511") else "5.1.1"
