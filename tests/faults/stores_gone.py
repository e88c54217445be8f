"""Six children's checks lapse while Redis is killed and wiped and the SQL store is locked; people answer meanwhile.

Each child has a home and people of its own:

- watched       nobody answers: each rung is to be heard at its time
- told before   a text that came before the lock is answered during it, with its code
- told during   a text that came during the lock is answered during it, with its code
- told late     the alarm itself begins during the lock; its first text is answered at once
- told and back a text that came during the lock is answered after it, by a bare Y
- seen          a carer records a check-in during the lock
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import httpx

from domain.facts import FactKind
from domain.names import Role
from store.facts import StoredFact
from tests.faults.climb import CLIMBING, PATIENCE, Climb, climbing
from tests.faults.house import REDIS, House
from tests.scenarios.phones import Phone, Received
from tests.store.backends import writers_held_up
from web.webhooks.phones import EVERY_SECONDS

ON_TIME = 5.0
"""Seconds within which a text comes later than one before the lock, with nothing but the engine and the provider."""
LATER = 7.0
"""Seconds after the others' that the last child's alarm begins."""
OUT = 0.5
"""Seconds for which there is no Redis at all."""
FIRST = Role.SHIFT_LEAD.label
SECOND = Role.KEY_WORKER.label
TAKEN = "you have it until"


@dataclass
class StoresGone:
    """The children, and what their people were told."""

    house: House
    watched: Climb
    told_before: Climb
    told_during: Climb
    told_and_back: Climb
    seen: Climb
    told_late: Climb
    said: dict[str, str] = field(default_factory=dict)
    """What answers were answered with, by whose child it was about."""
    waited: list[float] = field(default_factory=list)
    """Seconds for which the senders of those answers waited."""
    locked_for: float = 0.0

    async def happens(self, seconds: float) -> None:
        """Everything, with the store locked for so long, or until all of it has happened."""
        before = await heard(self.told_before, FIRST)
        for child in (self.watched, self.told_during, self.told_and_back, self.seen):
            await heard(child, FIRST)
        await self.seen.home.get(f"/placements/{self.seen.alias}", by=FIRST)
        await asyncio.sleep(EVERY_SECONDS)  # what was entered in the last seconds before a lock is not known
        assert not self.told_late.texts(Role.SHIFT_LEAD), "its alarm is to begin during the lock"
        async with writers_held_up(self.house.environment["DATABASE_URL"], readers_too=True):
            began = time.monotonic()
            await self._redis_is_wiped()
            answers = [asyncio.create_task(self._answers("told before", before, "Y CODE"))]
            tap = await self.seen.home.check_in(self.seen.alias)
            assert tap["status"] in {httpx.codes.OK, httpx.codes.ACCEPTED}
            late = await heard(self.told_late, FIRST)
            answers += [asyncio.create_task(self._answers("told late", late, "Y CODE"))]
            during = await heard(self.told_during, SECOND)
            await asyncio.gather(*answers, self._answers("told during", during, "y CODE"))
            after = await heard(self.told_and_back, SECOND)
            await heard(self.watched, SECOND)
            await asyncio.sleep(began + seconds - time.monotonic())
            self.locked_for = time.monotonic() - began
        await self._is_known(after)
        await self._answers("told and back", after, "Y")

    async def each_answer_took_its_child_once(self) -> None:
        """The person who answered has it, they heard so, and the record has it without a gap.

        Raises:
            AssertionError: one of these is not so.
        """
        took = {
            "told before": (self.told_before, FIRST),
            "told during": (self.told_during, SECOND),
            "told late": (self.told_late, FIRST),
            "told and back": (self.told_and_back, SECOND),
        }
        assert {name: TAKEN in words for name, words in self.said.items()} == dict.fromkeys(took, True), self.said
        for child, by in took.values():
            facts = of_kind(await child.facts(), FactKind.TAKEN)
            assert [one.actor.person_id for one in facts] == [child.home.phones[by].person_id]

    async def the_child_who_was_seen_is_known_to_be(self) -> None:
        """The check-in is in the record once, and who was alerted is stood down, once.

        Raises:
            AssertionError: one of these is not so.
        """
        facts = await self.seen.facts()
        assert len(of_kind(facts, FactKind.CHECKED_IN)) == 1
        await self.house.simulator.wait_for(to=self.seen.number(Role.SHIFT_LEAD), containing="stand down")
        told = [one.body for one in self.seen.texts(Role.SHIFT_LEAD) if "stand down" in one.body.lower()]
        assert len(told) == 1

    async def each_rung_was_heard_once(self) -> list[float]:
        """Of the child for whom nobody answered: by how many seconds each rung was late, the first before the lock."""
        await self.watched.reaches(Role.RESPONSIBLE_INDIVIDUAL)
        return await self.watched.everyone_heard_once()

    async def _is_known(self, received: Received) -> None:
        """Wait until what went out during the lock is written down: with no code in it, an answer needs that."""
        notifications = self.house.room.store.notifications
        async with asyncio.timeout(ON_TIME):
            while not await notifications.open_codes(received.phone.number):  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    async def _answers(self, name: str, received: Received, text: str) -> None:
        began = time.monotonic()
        self.said[name] = await received.replies(text)
        self.waited.append(time.monotonic() - began)

    async def _redis_is_wiped(self) -> None:
        """Killed, and back with nothing in it."""
        assert await self.house.room.redis.dbsize() > 0
        await self.house.killed_for(OUT, REDIS)
        kept = [one for one in self.house.places.data_dir.glob("*") if one.suffix in {".rdb", ".aof"}]
        assert not kept, "there is no file from which it could come back with what it knew"


@asynccontextmanager
async def six_children(house: House) -> AsyncIterator[StoresGone]:
    """All in care; five alarms begin in five seconds, and one while the store is locked."""
    async with AsyncExitStack() as stack:
        watched, before, during, back, seen = [await stack.enter_async_context(climbing(house)) for _ in range(5)]
        late = await stack.enter_async_context(climbing(house, later=LATER))
        yield StoresGone(house, watched, before, during, back, seen, late)


async def heard(child: Climb, label: str) -> Received:
    """The first text to somebody."""
    phone: Phone = child.home.phones[label]
    return await phone.expects("check not recorded", within=PATIENCE)


def of_kind(facts: list[StoredFact], kind: FactKind) -> list[StoredFact]:
    """Those of one kind."""
    return [one for one in facts if one.kind is kind]


async def stores_are_gone(house: House, seconds: float) -> str:
    """The whole drill; what was measured, in words.

    Raises:
        AssertionError: something was lost, late or done twice.
    """
    async with six_children(house) as night:
        await night.happens(seconds)
        late = await night.each_rung_was_heard_once()
        await night.each_answer_took_its_child_once()
        await night.the_child_who_was_seen_is_known_to_be()
        assert len(late) == len(CLIMBING)
        assert max(late) - late[0] <= ON_TIME, late
        each = ", ".join(f"{one:.1f}" for one in late[1:])
        return (
            f"Redis wiped, store locked for {night.locked_for:.0f} s: 0 lost, 4 answers taken once, each answered "
            f"within {max(night.waited):.1f} s; the rung before it late by {late[0]:.1f} s, those after by {each} s"
        )
