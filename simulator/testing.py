"""A simulator inside a test's own process and loop, over real HTTP on a free port."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Generator
from typing import Any

from simulator.app import create_app
from simulator.config import SimulatorConfig
from simulator.faults import Fault, FaultBook, FaultKind
from simulator.messages import Message
from simulator.phone_line import Behaviour, Habit, PhoneLine
from simulator.server import SimulatorServer, server_for
from simulator.simulator import Exchange, Simulator
from simulator.webhooks import Webhooks

_START_SECONDS = 10.0


class RunningSimulator:
    """A test's hands on a running simulator."""

    def __init__(self, simulator: Simulator, url: str) -> None:
        self._simulator = simulator
        self.url = url
        """The base address of both providers, without a slash at its end."""

    @property
    def config(self) -> SimulatorConfig:
        """Its credentials and paces."""
        return self._simulator.config

    @property
    def public_key(self) -> str:
        """The key by which e-mail events are verified."""
        return self._simulator.key.public_key

    @property
    def messages(self) -> list[Message]:
        """Every message, texts and e-mails, both directions, oldest first."""
        return self._simulator.book.since(0)

    @property
    def faults(self) -> FaultBook:
        """What is to go wrong."""
        return self._simulator.faults

    @property
    def webhooks(self) -> Webhooks:
        """What posts to the application."""
        return self._simulator.webhooks

    def to(self, address: str) -> list[Message]:
        """Every message to this number or address, oldest first."""
        return [message for message in self.messages if message.to == address]

    def point_at(self, public_url: str | None) -> None:
        """Where the application is, for inbound texts and e-mail events: a test learns its port late."""
        self._simulator.webhooks.public_url = public_url

    def fault(self, kind: FaultKind | str, address: str = "*", **details: Any) -> Fault:  # noqa: ANN401
        """Set a fault; details are those of `Fault`: channel, on, count, code, seconds."""
        return self.faults.add(Fault(FaultKind(kind), address, **details))

    def name_phones(self, names: dict[str, str]) -> None:
        """What phones and mailboxes are called on the page."""
        self._simulator.name_phones(names)

    def phone(self, habit: Habit | str, keys: str = "", *, address: str = "*") -> None:
        """What a phone does with calls from now on: a word of `Habit`, and the keys that it presses."""
        self._simulator.switchboard.behaviours[address] = Behaviour(Habit(habit), keys)

    def line(self, call_id: str) -> PhoneLine:
        """The person's end of a call that is under way."""
        line = self._simulator.switchboard.line(call_id)
        if line is None:
            raise LookupError("no such call, or it is over")
        return line

    async def give_up(self, message: Message, code: int | None = None) -> None:
        """A message that is stuck (a fault) does not arrive, and that is reported now; `code`: as a report has it."""
        await self._simulator.carrier.give_up(message, code)

    async def inbound(self, from_number: str, text: str) -> Exchange:
        """A person texts the application's number."""
        return await self._simulator.inbound(from_number, text)

    async def wait_for(
        self,
        *,
        to: str | None = None,
        containing: str = "",
        status: str | None = None,
        after: int = 0,
        within: float = 5.0,
    ) -> Message:
        """The first message after this index that fits, waiting for it to come or to reach that status.

        Raises:
            TimeoutError: none did; names how many there are, not what they say.
        """

        def fits(message: Message) -> bool:
            return (
                to in {None, message.to}
                and containing in message.subject + "\n" + message.body
                and status in {None, message.status}
            )

        changed = asyncio.Event()
        stop_listening = self._simulator.book.listen(lambda _message: changed.set())
        try:
            async with asyncio.timeout(within):
                while True:
                    changed.clear()
                    for message in self._simulator.book.since(after):
                        if fits(message):
                            return message
                    await changed.wait()
        except TimeoutError:
            raise TimeoutError(f"no such message within {within} s; there are {len(self.messages)}") from None
        finally:
            stop_listening()

    async def settle(self, within: float = 5.0) -> None:
        """Wait until every message has come to its end and every report about it has been made."""
        async with asyncio.timeout(within):
            await self._simulator.carrier.settle()
            await self._simulator.switchboard.settle()

    async def reset(self) -> None:
        """Forget messages, names, faults and who opted out."""
        await self._simulator.reset()


class _QuietServer(SimulatorServer):
    """Leaves the signals to the test runner."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


@contextlib.asynccontextmanager
async def running_simulator(config: SimulatorConfig | None = None) -> AsyncIterator[RunningSimulator]:
    """Run a simulator on a free loopback port; without a configuration statuses follow each other at once."""
    app = create_app(config or SimulatorConfig(step_seconds=0.0, callback_pause_seconds=0.01))
    quiet = server_for(app)
    server = _QuietServer(quiet.config, app)
    # Named as TCP: asyncio turns off Nagle's delay, 40 ms an answer, only for sockets that say so.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.setblocking(False)
        port = listener.getsockname()[1]
        serving = asyncio.get_running_loop().create_task(server.serve(sockets=[listener]))
        try:
            async with asyncio.timeout(_START_SECONDS):
                while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn has no event for it
                    await asyncio.sleep(0.005)
            yield RunningSimulator(app.state.simulator, f"http://127.0.0.1:{port}")
        finally:
            server.should_exit = True
            await serving
