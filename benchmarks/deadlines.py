"""From a deadline to the provider's door: one alone, and many at one instant."""

import asyncio
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks.bare import QUEUE, BareDeadline
from benchmarks.bare_messages import BareMessage
from benchmarks.installation import Installation, MeasurementFailed
from benchmarks.town import CHILDREN, Town, in_turns
from config.policy import built_in
from notifiers.registry import MESSAGE_STATUS_PATH

APART = timedelta(seconds=1)
"""Between two single deadlines: each is alone."""
MARGIN = timedelta(seconds=3)
"""Between the last preparation and a deadline: the server has come to rest."""
LONGEST = 120.0
"""Seconds after a deadline in which every text must have come."""
REFERENCE = re.compile(r"\b([A-Z]+-\d{2,4})\b")


@dataclass(frozen=True, slots=True)
class Burst:
    """What came of many deadlines at one instant."""

    last: float
    """Seconds from the deadline to the last placement's first text."""
    lost: int
    """Texts that never came."""
    twice: int
    """Texts that came again."""


class Deadlines:
    """Sets deadlines, ours and bare ones, and reads at the simulator when each request came."""

    def __init__(self, house: Installation, town: Town) -> None:
        self._house = house
        self._town = town
        self._bare_count = 0
        self._pace = 0.1
        """Seconds that an admission took last, when many came together."""
        self._simulator = f"{house.settings.twilio_api_base_url}/control"
        plan = built_in()["arrival-high"].plan_for(0)
        self._after_sighting = (plan.waking or timedelta(0)) + plan.grace

    async def alone(self, count: int) -> tuple[list[float], list[float]]:
        """So many single deadlines, ours and a bare one in turn; the milliseconds each took, ours and bare."""
        homes = await self._town.homes(-(-count // CHILDREN))
        aliases = await self._admit(homes, count)
        await self._reset()
        first = self._soon(2 * count)
        ours = {alias: first + 2 * place * APART for place, alias in enumerate(aliases)}
        bare = await self._start_bare([at + APART for at in ours.values()])
        await in_turns([lambda alias=alias, at=at: self._arm(alias, at) for alias, at in ours.items()])  # type: ignore[misc]
        _still_ahead(first)
        await self.wait(until=max(bare.values()), expected=2 * count)
        came = await self._came()
        await self._town.forget(aliases)
        if set(came) != {*map(str.upper, ours), *bare}:
            raise MeasurementFailed("single deadlines: a text was lost, or one came that nobody expected")
        return (
            [milliseconds(came[alias.upper()][0], at) for alias, at in ours.items()],
            [milliseconds(came[key][0], at) for key, at in bare.items()],
        )

    async def burst(self, homes: list[str], count: int, *, people: int) -> Burst:
        """So many placements whose checks fall overdue at one instant, with so many people on the first rung."""
        aliases, at = await self.together(homes, count, people=people)
        came = await self._came()
        await self._town.forget(aliases)
        return of_burst({alias.upper() for alias in aliases}, came, at, people)

    async def together(
        self, homes: list[str], count: int, *, people: int = 1, fault: str | None = None
    ) -> tuple[list[str], datetime]:
        """So many checks fall overdue at one instant, and all texts of the first rung have come.

        Args:
            homes: where the children live.
            count: how many.
            people: on the first rung of each.
            fault: what the simulator does to every text, by its own name.

        Returns:
            The aliases, whose ladders go on until they are forgotten, and the deadline (UTC).
        """
        aliases = await self._admit(homes, count)
        await self._reset()
        if fault is not None:
            await self._set_fault(fault)
        at = self._soon(count)
        await in_turns([lambda alias=alias: self._arm(alias, at) for alias in aliases])  # type: ignore[misc]
        _still_ahead(at)
        await self.wait(until=at, expected=count * people)
        return aliases, at

    async def bare_burst(self, count: int) -> Burst:
        """The same by bare workflows."""
        await self._reset()
        at = self._soon(count)
        bare = await self._start_bare([at] * count)
        _still_ahead(at)
        await self.wait(until=at, expected=count)
        return of_burst(set(bare), await self._came(), at, 1)

    async def _admit(self, homes: list[str], count: int) -> list[str]:
        began = time.monotonic()
        aliases = await self._town.admit_many(homes, count)
        self._pace = (time.monotonic() - began) / count
        return aliases

    def _soon(self, count: int) -> datetime:
        """When so many deadlines can have been set: each takes less than the admission before it."""
        return datetime.now(UTC) + timedelta(seconds=self._pace * count) + MARGIN

    async def _arm(self, alias: str, at: datetime) -> None:
        """A sighting so long ago that the check after it falls overdue at that instant."""
        answer = await self._town.check_in(alias, seen_at=at - self._after_sighting)
        if answer["outcome"] != "done":
            raise MeasurementFailed(f"a deadline could not be set: {answer['outcome']}")

    async def _start_bare(self, deadlines: list[datetime]) -> dict[str, datetime]:
        keys = {f"BARE-{self._next():04}": at for at in deadlines}
        await in_turns([lambda key=key, at=at: self._start_one(key, at) for key, at in keys.items()])  # type: ignore[misc]
        return keys

    async def _start_one(self, key: str, at: datetime) -> None:
        message = BareMessage(deadline=at, form=self._form(key))
        await self._house.bare.start_workflow(BareDeadline.run, message, id=f"bare/{key}", task_queue=QUEUE)

    def _form(self, key: str) -> dict[str, str]:
        """The same fields as of our own texts, and about as long."""
        return {
            "To": "+447700900555",
            "From": self._house.settings.twilio_from_number or "",
            "Body": f"{key}: check due 21:30 not recorded. Look now and record it. Reply Y 4821 if you have it. #ABC",
            "ValidityPeriod": "900",
            "StatusCallback": f"{self._house.settings.public_url}{MESSAGE_STATUS_PATH}?n={key}#rc=3&rp=all",
        }

    def _next(self) -> int:
        self._bare_count += 1
        return self._bare_count

    async def wait(self, *, until: datetime, expected: int) -> None:
        """Until the deadline is over and so many messages have come, or time is up; then for any that come twice."""
        await asyncio.sleep(max(0.0, (until - datetime.now(UTC)).total_seconds()) + 0.5)
        for _ in range(int(LONGEST * 2)):
            if await self._count() >= expected:
                break
            await asyncio.sleep(0.5)
        await asyncio.sleep(2)

    async def _reset(self) -> None:
        """Empty the phones, when all is at rest: what comes from now on belongs to this measurement."""
        await self._house.comes_to_rest()
        async with self._house.http.post(f"{self._simulator}/reset") as answer:
            answer.raise_for_status()

    async def _count(self) -> int:
        async with self._house.http.get(f"{self._simulator}/health") as answer:
            return int((await answer.json())["messages"])

    async def _set_fault(self, kind: str) -> None:
        async with self._house.http.post(f"{self._simulator}/faults", json={"kind": kind, "channel": "sms"}) as answer:
            answer.raise_for_status()

    async def _came(self) -> dict[str, list[datetime]]:
        """When each text came, by the reference in it, earliest first."""
        messages = await self.messages("sms")
        return {key: [arrived(one) for one in found] for key, found in messages.items()}

    async def messages(self, kind: str) -> dict[str, list[dict[str, Any]]]:
        """All texts, or all e-mails, as the simulator has them, by the reference in them, earliest first."""
        since, came = 0, dict[str, list[dict[str, Any]]]()
        while True:
            async with self._house.http.get(
                f"{self._simulator}/messages", params={"since": since, "kind": kind}
            ) as answer:
                messages: list[dict[str, Any]] = (await answer.json())["messages"]
            if not messages:
                return came
            since = int(messages[-1]["index"])
            for message in messages:
                found = REFERENCE.search(message["body"])
                if found is None:
                    raise MeasurementFailed("a message without a reference came")
                came.setdefault(found[1], []).append(message)


def arrived(message: dict[str, Any]) -> datetime:
    """When the simulator had the request (UTC)."""
    return datetime.fromisoformat(message["created"])


def of_burst(references: set[str], came: dict[str, list[datetime]], at: datetime, people: int) -> Burst:
    """What came of a burst: so many texts are due for each of these references, and what else came is not ours."""
    ours = {key: times for key, times in came.items() if key in references}
    return Burst(
        last=max(((times[0] - at).total_seconds() for times in ours.values()), default=float("nan")),
        lost=sum(max(0, people - len(ours.get(key, []))) for key in references),
        twice=sum(max(0, len(times) - people) for times in ours.values()),
    )


def milliseconds(came: datetime, at: datetime) -> float:
    """From a deadline, or a report, to what came of it."""
    return (came - at).total_seconds() * 1000


def _still_ahead(at: datetime) -> None:
    if at - datetime.now(UTC) < timedelta(seconds=1):
        raise MeasurementFailed("this machine took so long to prepare that the deadline had come")
