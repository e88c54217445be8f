"""Texts and e-mails that are accepted and then given up, all at one instant, and the call that follows each."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from itertools import cycle

from domain.names import Channel
from simulator.faults import Fault, FaultKind
from simulator.messages import Message
from tests.faults.burst import Burst, address
from tests.faults.house import House

BAR = 5.0
"""Seconds from a provider's report to the next channel (issue 4)."""
CODES = (30003, 30008, 30001, 30010, 99999)
"""The phone is off, an error nobody knows, a full queue, too dear, and a code that nobody has seen yet."""
FULL_MAILBOX = 522
"""5.2.2: of a mailbox that does not exist its owner is told as well, by the call that is waited for here."""
ON_ITS_WAY = frozenset({"sent", "processed"})
"""Where what is stuck stands: handed to the carrier or the mail server, and no more is known of it."""
PATIENCE = 60.0
CARRIER = 3.0
"""Seconds after which a carrier has found out that it can't deliver; the alert's own bookkeeping is done by then."""


@dataclass
class Lost:
    """Whose first message does not arrive."""

    burst: Burst
    stuck: Fault = field(init=False)

    def __post_init__(self) -> None:
        """Nothing gets beyond the carrier by itself."""
        self.stuck = self.house.simulator.fault(FaultKind.STUCK)

    @property
    def house(self) -> House:
        """Where it happens."""
        return self.burst.house

    async def given_up_at_once(self) -> list[float]:
        """All first messages, once each is on its way, are reported as lost in the same instant.

        Returns:
            By person: the seconds from that instant until the provider had the call to them.

        Raises:
            AssertionError: somebody was not rung, or twice.
        """
        first = await self._first_messages()
        await asyncio.gather(
            *(
                self.house.simulator.give_up(one, FULL_MAILBOX if one.kind == "email" else code)
                for one, code in zip(first, cycle(CODES), strict=False)
            )
        )
        calls = await self._a_call_to_each()
        return [(call.created - one.updated).total_seconds() for one, call in zip(first, calls, strict=True)]

    async def nobody_was_rung_twice(self, quiet: float) -> None:
        """Also when every retry has had its time: so many seconds.

        Raises:
            AssertionError: somebody was, or had a second text.
        """
        await asyncio.sleep(quiet)
        kinds = Counter((one.to, one.kind) for one in self.house.simulator.messages)
        twice = [one for one, times in kinds.items() if times > 1]
        assert not twice, f"{len(twice)} of {self.burst.size} twice"
        assert len(kinds) == 2 * self.burst.size, f"{len(kinds)} messages for {self.burst.size} people"

    async def _first_messages(self) -> list[Message]:
        """One to each, in the order of their numbers."""
        await self.burst.texts(self.burst.size)
        async with asyncio.timeout(PATIENCE):
            while any(one.status not in ON_ITS_WAY for one in self.house.simulator.messages):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        await self.house.simulator.settle(within=PATIENCE)
        await asyncio.sleep(CARRIER)
        return [self.house.simulator.to(phone)[0] for phone in self.burst.phones]

    async def _a_call_to_each(self) -> list[Message]:
        numbers = [address(Channel.VOICE, number) for number in range(self.burst.size)]
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while True:
            calls = {one.to: one for one in reversed(self.house.simulator.messages) if one.kind == "voice"}
            missing = [number for number in numbers if number not in calls]
            if not missing:
                return [calls[number] for number in numbers]
            assert asyncio.get_running_loop().time() < deadline, f"{len(missing)} of {len(numbers)} were not rung"
            await asyncio.sleep(0.02)


def summed_up(seconds: list[float]) -> str:
    """The middle one and the latest."""
    return f"median {sorted(seconds)[len(seconds) // 2]:.2f} s, last {max(seconds):.2f} s"
