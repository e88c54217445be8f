"""The person's end of a call: whoever picks up the phone, presses keys, and puts it down."""

import asyncio
from dataclasses import dataclass
from enum import StrEnum


class Habit(StrEnum):
    """What a phone does with every call, so that a test need not be there when it rings."""

    ANSWER = "answer"
    MACHINE = "machine"
    """An answering machine takes it."""
    BUSY = "busy"
    NO_ANSWER = "no_answer"
    FAILED = "failed"
    """The network can't reach it."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """A habit, and the keys that are pressed one after the other, each when keys are waited for."""

    habit: Habit
    keys: str = ""


class PhoneLine:
    """One call at the person's end. With a behaviour it acts by itself and at once; without, a person acts."""

    def __init__(self, behaviour: Behaviour | None) -> None:
        self.behaviour = behaviour
        self._to_press = list(behaviour.keys) if behaviour else []
        self._picked_up: asyncio.Future[Habit] = asyncio.get_running_loop().create_future()
        self._keys: asyncio.Queue[str] = asyncio.Queue()
        self._down = asyncio.Event()

    def answer(self) -> None:
        """Pick up."""
        self._decide(Habit.ANSWER)

    def reject(self) -> None:
        """Press the red button while it rings: the caller hears that it is busy."""
        self._decide(Habit.BUSY)

    def press(self, key: str) -> None:
        """Press a key."""
        self._keys.put_nowait(key)

    def put_down(self) -> None:
        """End the call."""
        self._down.set()

    @property
    def is_down(self) -> bool:
        """Whether the person has ended the call."""
        return self._down.is_set()

    async def picked_up(self, seconds: float) -> Habit:
        """What becomes of the ringing, within that time."""
        if self.behaviour is not None:
            return self.behaviour.habit
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.shield(self._picked_up)
        except TimeoutError:
            return Habit.NO_ANSWER

    async def key(self, seconds: float) -> str | None:
        """The next key, within that time; None: none, or the phone was put down."""
        if self.behaviour is not None:
            return self._to_press.pop(0) if self._to_press else None
        pressed, down = asyncio.ensure_future(self._keys.get()), asyncio.ensure_future(self._down.wait())
        try:
            await asyncio.wait({pressed, down}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            return pressed.result() if pressed.done() else None
        finally:
            pressed.cancel()
            down.cancel()

    async def listen(self, seconds: float) -> None:
        """Hear that many seconds of it, or put the phone down."""
        if self.behaviour is None and seconds > 0:
            try:
                async with asyncio.timeout(seconds):
                    await self._down.wait()
            except TimeoutError:
                return

    def _decide(self, habit: Habit) -> None:
        if not self._picked_up.done():
            self._picked_up.set_result(habit)
