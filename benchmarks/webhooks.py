"""From a provider's webhook on: a text that was not delivered, and a text by which a person takes an episode.

1. so many children at homes of their own, so that each phone has heard of one child only; all their checks fall
   overdue at one instant, and the first rung's texts have come before anything is measured
2. then webhook by webhook, each alone, with a bare update after each
The webhooks are posted from here, signed as the provider signs them. What the simulator needs to make up its mind that
a text was not delivered, or that somebody has texted, is not ours and is not measured.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urldefrag

from benchmarks.check_ins import CheckIns
from benchmarks.deadlines import Deadlines, arrived, milliseconds
from benchmarks.installation import Installation, MeasurementFailed
from benchmarks.town import Town
from domain.snapshot import Snapshot
from simulator.carrier import Step, twilio_report
from simulator.faults import FaultKind
from simulator.messages import from_json, new_id
from simulator.signing import twilio_signature
from simulator.webhooks import TWILIO_INBOUND
from workflows.signatures import workflow_id

AFTERWARDS = 0.6
"""Seconds after a webhook: what it has set off, the reports of the next message included, is over."""
BETWEEN = 0.2
"""Seconds between a bare update and the next webhook."""
LONGEST, LOOK_EVERY = 30.0, 0.1
"""Seconds in which a rung must be held, and between two looks at one that was not when the webhook was answered."""
UNDELIVERED = Step("undelivered", 30003)
"""The phone was off: it may work the next time, so that no number is marked and nobody is told of it."""


class Webhooks:
    """Posts what providers post, one after the other, and bare updates in turn."""

    def __init__(self, house: Installation, town: Town) -> None:
        self._house = house
        self._town = town
        self._deadlines = Deadlines(house, town)
        self._floor = CheckIns(house, town)

    async def fail_over(self, count: int) -> tuple[list[float], list[float]]:
        """From the report that a text was not delivered until the provider has the request on the next channel.

        Both instants are read from the same machine's clock: just before the report is posted, and when the simulator
        has the e-mail's request.

        Returns:
            Milliseconds, ours and of bare updates.

        Raises:
            MeasurementFailed: an e-mail did not come, or came twice.
        """
        texts = await self._texts(count, fault=FaultKind.STUCK)
        reported = dict[str, datetime]()

        async def report(alias: str, text: dict[str, Any]) -> None:
            form = twilio_report(self._account, from_json(text), UNDELIVERED)
            reported[alias.upper()] = datetime.now(UTC)
            await self._post(text["status_callback"], form)

        bare = await self._in_turn(texts, report)
        await self._deadlines.wait(until=datetime.now(UTC), expected=2 * count)
        came = await self._deadlines.messages("email")
        await self._town.forget(texts)
        return of_all(reported, {key: [arrived(one) for one in found] for key, found in came.items()}), bare

    async def answers(self, count: int) -> tuple[list[float], list[float]]:
        """From a `Y` until the next rung is held back because it has been taken in.

        That is when the webhook is answered: the answer says what has become of it, so it waits for the workflow's own,
        and adds only that it is kept in the store as well. What is held must be held then: the workflow itself is asked
        at once, outside of what is measured. If it was only kept, and is not done yet, all of that counts as waiting.

        Returns:
            Milliseconds, ours and of bare updates.

        Raises:
            MeasurementFailed: a ladder was not held within half a minute.
        """
        texts = await self._texts(count)
        took = list[float]()

        async def answer(alias: str, text: dict[str, Any]) -> None:
            form = self._inbound(text["to"])
            began = time.perf_counter()
            said = await self._post(self._house.settings.public_url + TWILIO_INBOUND, form)
            seconds = time.perf_counter() - began
            while not is_held(await self._look(alias)):
                if seconds > LONGEST:
                    raise MeasurementFailed(f"answers: no rung was held back although the webhook said: {said}")
                await asyncio.sleep(LOOK_EVERY)
                seconds = time.perf_counter() - began
            took.append(seconds * 1000)

        bare = await self._in_turn(texts, answer)
        await self._town.forget(texts)
        return took, bare

    async def _texts(self, count: int, *, fault: FaultKind | None = None) -> dict[str, dict[str, Any]]:
        """By alias: the text of the first rung, as the simulator has it."""
        homes = await self._town.homes(count)
        aliases, _ = await self._deadlines.together(homes, count, fault=fault)
        texts = await self._deadlines.messages("sms")
        if sorted(texts) != sorted(map(str.upper, aliases)) or any(len(found) != 1 for found in texts.values()):
            raise MeasurementFailed("a text of a first rung was lost, or one came that nobody expected")
        await self._house.comes_to_rest()
        return {alias: texts[alias.upper()][0] for alias in aliases}

    async def _in_turn(
        self, texts: dict[str, dict[str, Any]], webhook: Callable[[str, dict[str, Any]], Awaitable[None]]
    ) -> list[float]:
        """Webhook by webhook, and after each a bare update; the milliseconds that each of these took."""
        bare = await self._floor.bare_child()
        floors = list[float]()
        for alias, text in texts.items():
            await webhook(alias, text)
            await asyncio.sleep(AFTERWARDS)
            floors += await self._floor.bare_alone(bare, 1)
            await asyncio.sleep(BETWEEN)
        return floors

    async def _post(self, url: str, form: dict[str, str]) -> str:
        headers = {"X-Twilio-Signature": twilio_signature(self._house.settings.twilio_auth_token or "", url, form)}
        async with self._house.http.post(urldefrag(url).url, data=form, headers=headers) as answer:
            said = await answer.text()
            if not answer.ok:
                raise MeasurementFailed(f"a provider's webhook was answered {answer.status}")
            return said

    @property
    def _account(self) -> str:
        return self._house.settings.twilio_account_sid or ""

    def _inbound(self, sender: str) -> dict[str, str]:
        """What Twilio posts of a text that somebody has sent, as far as it is read."""
        return {
            "AccountSid": self._account,
            "Body": "Y",
            "From": sender,
            "MessageSid": new_id("SM"),
            "NumMedia": "0",
            "SmsStatus": "received",
            "To": self._house.settings.twilio_from_number or "",
        }

    async def _look(self, alias: str) -> Snapshot:
        handle = self._house.client.get_workflow_handle(workflow_id(alias))
        placement: Snapshot = await handle.query("snapshot", result_type=Snapshot)
        return placement


def is_held(placement: Snapshot) -> bool:
    """Whether the one episode's next rung waits for the end of a lease that a text has begun."""
    return any(
        episode.owner is not None
        and episode.owner.via == "sms"
        and not episode.takers_wanted
        and episode.held_until is not None
        and placement.as_of < episode.held_until
        for episode in placement.episodes
    )


def of_all(reported: dict[str, datetime], came: dict[str, list[datetime]]) -> list[float]:
    """Milliseconds from each report to the one message that came of it.

    Raises:
        MeasurementFailed: one did not come, or came twice, or nobody had asked for it.
    """
    if set(came) != set(reported) or any(len(times) != 1 for times in came.values()):
        raise MeasurementFailed("fail-over: a message on the next channel was lost, or one came that nobody expected")
    return [milliseconds(came[key][0], at) for key, at in reported.items()]
