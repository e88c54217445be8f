"""The words in which scenarios are told: a home, its phones, and time that passes."""

import asyncio
import itertools
from contextlib import suppress
from datetime import timedelta
from typing import Any

import httpx
from temporalio.api.enums.v1 import EventType
from temporalio.api.sdk.v1 import WorkflowMetadata
from temporalio.service import RPCError

from domain.facts import Actor
from domain.names import Channel, Method, Outcome, Role
from domain.requests import CheckIn
from engine.errors import Unreachable
from store.authorities import Authority
from store.homes import Home as StoredHome
from store.people import HeldRole, Person, PersonContact
from tests.scenarios.engine_room import Room
from tests.scenarios.phones import SETTLE, Phone, Phones
from workflows import signatures

NUMBERS = itertools.count(100_000)

AT_HOME = (
    Role.SHIFT_LEAD,
    Role.KEY_WORKER,
    Role.ON_CALL_MANAGER,
    Role.REGISTERED_MANAGER,
    Role.RESPONSIBLE_INDIVIDUAL,
    Role.OBSERVER,
)
AT_PLACING = (Role.SOCIAL_WORKER, Role.EMERGENCY_DUTY_TEAM, Role.PLACING_AUTHORITY, Role.HEAD_OF_SERVICE)
SIGNAL_IS_OUT = (
    EventType.EVENT_TYPE_EXTERNAL_WORKFLOW_EXECUTION_SIGNALED,
    EventType.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_FAILED,
)


class Refused(Exception):  # noqa: N818 - it is an answer
    """The API refused; the problem it answered with."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        super().__init__(f"{status}: {problem}")
        self.status = status
        self.problem = problem

    @property
    def fields(self) -> list[str]:
        """The fields at fault."""
        return [error["field"] for error in self.problem.get("errors", [])]


class Home:
    """A home with its people, and the children in it."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.phones = Phones(self)
        self.home_id = ""
        self.name = ""
        self.placing_authority_id = ""
        self._keys = itertools.count()
        self._web = httpx.AsyncClient(base_url=room.url, timeout=10)
        self.children: list[str] = []
        self.broadcasts: list[str] = []
        self.neighbours: list[Authority] = []

    async def open(self, *, without: tuple[Role, ...] = ()) -> "Home":
        """Give it authorities, a police force and one person for each role."""
        directory = self.room.store.directory
        force = await directory.create_authority(Authority(name=self._name("Force"), kind="police_force"))
        neighbours = [
            await directory.create_authority(Authority(name=self._name("Neighbour"), kind="local_authority"))
            for _ in range(2)
        ]
        self.neighbours = neighbours
        host = await directory.create_authority(
            Authority(
                name=self._name("Host"),
                kind="local_authority",
                police_id=force.id,
                neighbours=tuple(one.id for one in neighbours),
            )
        )
        placing = await directory.create_authority(Authority(name=self._name("Placing"), kind="local_authority"))
        home = await directory.create_home(
            StoredHome(code=self._name("H"), name="Gooseberryhouse", authority_id=host.id, demonstration=True)
        )
        self.home_id, self.placing_authority_id, self.name = home.id, placing.id, home.name
        held = [(role, HeldRole(role, home_id=home.id)) for role in AT_HOME]
        held += [(role, HeldRole(role, authority_id=placing.id)) for role in AT_PLACING]
        held += [(Role.HOST_AUTHORITY, HeldRole(Role.HOST_AUTHORITY, authority_id=host.id))]
        held += [(Role.POLICE, HeldRole(Role.POLICE, authority_id=force.id))]
        held += [(Role.NEIGHBOURING_AUTHORITY, HeldRole(Role.NEIGHBOURING_AUTHORITY, authority_id=neighbours[0].id))]
        for role, one in held:
            if role not in without:
                self.phones.add(await self._person(role, one))
        return self

    async def second_neighbour(self) -> Phone:
        """The duty desk of the other authority next door; not among `phones`, which has one for each role."""
        held = HeldRole(Role.NEIGHBOURING_AUTHORITY, authority_id=self.neighbours[1].id)
        return await self._person(Role.NEIGHBOURING_AUTHORITY, held)

    async def _person(self, role: Role, held: HeldRole) -> Phone:
        serial = next(NUMBERS)
        number, mailbox = f"+4477009{serial:06}"[:14], f"{role.value}.{serial}@example.org"
        now = self.room.clock()
        person = await self.room.store.directory.create_person(
            Person(
                name=f"Test {role.label}",
                roles=(held,),
                contacts=(
                    PersonContact(Channel.SMS, number, verified_at=now),
                    PersonContact(Channel.EMAIL, mailbox, verified_at=now),
                ),
            )
        )
        token = await self.room.store.tokens.create(person.id, role.label, by="tests")
        return Phone(self, role, person.id, number, mailbox, token)

    def _name(self, what: str) -> str:
        return f"{what} {next(NUMBERS)}"

    # ── what people do, by the API ──────────────────────────────────────────────────────────────────────────────────

    async def post(
        self, path: str, body: dict[str, Any], *, by: str = "shift lead", key: str | None = None
    ) -> dict[str, Any]:
        """Call the API as somebody.

        Raises:
            Refused: it answered with a problem.
        """
        answer = await self._web.post(
            f"/api/v1{path}",
            json=body,
            headers={
                "Authorization": f"Bearer {self.phones[by].token}",
                "Idempotency-Key": key or f"{self.home_id}-{next(self._keys)}",
            },
        )
        if answer.is_error:
            raise Refused(answer.status_code, answer.json())
        return {"status": answer.status_code, **answer.json()}

    async def get(self, path: str, *, by: str = "registered manager") -> dict[str, Any]:
        """Read from the API as somebody."""
        answer = await self._web.get(f"/api/v1{path}", headers={"Authorization": f"Bearer {self.phones[by].token}"})
        if answer.is_error:
            raise Refused(answer.status_code, answer.json())
        found: dict[str, Any] = answer.json()
        return found

    async def admit(self, policy: str | None = "arrival-high", **more: Any) -> str:  # noqa: ANN401
        """A child enters care; returns the alias."""
        body = {
            "home_id": self.home_id,
            "placing_authority_id": self.placing_authority_id,
            "policy_id": policy,
            "arrived_at": self.room.clock().isoformat(),
            **more,
        }
        with self.room.env.with_time_skipping_disabled():
            answer = await self.post("/placements", body, by="registered manager")
        alias: str = answer["placement_id"]
        self.children.append(alias)
        return alias

    async def exercise(self, *, by: str = "registered manager", **body: Any) -> str:  # noqa: ANN401
        """A manager starts an exercise; returns its alias."""
        with self.room.env.with_time_skipping_disabled():
            answer = await self.post(f"/homes/{self.home_id}/exercises", body, by=by)
        alias: str = answer["exercise_id"]
        self.children.append(alias)
        return alias

    async def check_in(self, alias: str, outcome: str = "seen_well", **more: Any) -> dict[str, Any]:  # noqa: ANN401
        """A carer records a check-in; `by` and `key` as in `post`."""
        by, key = more.pop("by", "shift lead"), more.pop("key", None)
        body = {"outcome": outcome, "method": "seen", "seen_at": self.room.clock().isoformat(), **more}
        return await self.post(f"/placements/{alias}/check-ins", body, by=by, key=key)

    async def tried_until_taken(self, alias: str) -> dict[str, Any]:
        """A check-in that may be queued first: the same tap until the engine's own answer comes back."""
        tap = {"seen_at": self.now(), "key": f"{alias}-{next(self._keys)}"}
        async with asyncio.timeout(30):
            while (answer := await self.check_in(alias, **tap))["status"] == httpx.codes.ACCEPTED:  # noqa: ASYNC110
                await asyncio.sleep(0.5)
        return answer

    async def responds(self, episode: str, kind: str, *, by: str = "shift lead", **more: Any) -> dict[str, Any]:  # noqa: ANN401
        """An alerted person answers on the page."""
        return await self.post(f"/episodes/{episode}/responses", {"kind": kind, **more}, by=by)

    # ── time ────────────────────────────────────────────────────────────────────────────────────────────────────────

    async def time_passes(self, *, minutes: float = 0, seconds: float = 0, settled: bool = True) -> None:
        """Let the engine's virtual clock run on; first wait until nothing is on its way, unless told not to."""
        step = timedelta(minutes=minutes, seconds=seconds)
        if settled:
            await self.settles()
        for alias in self.children:
            handle = self.room.client.get_workflow_handle(signatures.workflow_id(alias))
            await self.room.env.fast_forward(handle, step)
        for broadcast_id in self.broadcasts:
            await self.room.env.fast_forward(self.room.client.get_workflow_handle(broadcast_id), step)
        self.room.clock.skipped += step
        await asyncio.sleep(0.05)

    async def broadcast(self, alias: str, number: int = 1) -> str:
        """Wait for the broadcast of an episode's circular; from now on time passes for it as well.

        Raises:
            AssertionError: none begins.
        """
        broadcast_id = signatures.broadcast_id(alias, 1, number)
        deadline = asyncio.get_running_loop().time() + SETTLE
        while True:
            with suppress(RPCError):
                await self.room.client.get_workflow_handle(broadcast_id).describe()
                self.broadcasts.append(broadcast_id)
                return broadcast_id
            assert asyncio.get_running_loop().time() < deadline, "no broadcast has begun"
            await asyncio.sleep(0.05)

    def now(self) -> str:
        """The engine's virtual time, as the API takes it."""
        return self.room.clock().isoformat()

    def handle(self, alias: str) -> Any:  # noqa: ANN401
        """The placement in the engine."""
        return self.room.client.get_workflow_handle(signatures.workflow_id(alias))

    async def timeline(self, alias: str) -> list[dict[str, Any]]:
        """The facts that the record has of a child."""
        facts = await self.room.store.facts.timeline(alias)
        return [{"n": fact.n, "kind": str(fact.kind), "data": fact.data, "episode": fact.episode} for fact in facts]

    async def broadcast_knows(self, broadcast_id: str, orders: int = 1) -> None:
        """Wait until a broadcast has been given so many orders after the one that began it.

        A second passes where one is to be given again.

        Raises:
            AssertionError: it has not.
        """
        handle = self.room.client.get_workflow_handle(broadcast_id)
        for _ in range(30):
            await self.settles()
            kinds = [event.event_type async for event in handle.fetch_history_events()]
            if kinds.count(EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED) > orders:
                return
            await self.time_passes(seconds=1)
        raise AssertionError("the broadcast has not heard of it")

    async def settles(self) -> None:
        """Wait until nothing of these placements and their broadcasts is on its way: no activity, no task, no signal.

        What one does may be news for another: so all of them have to be at rest, and none has moved between two looks.
        """
        before: list[int] = []
        for _ in range(400):
            looks = [await self._events_at_rest(one) for one in self._workflow_ids()]
            at_rest = [events for events in looks if events is not None]
            if len(at_rest) == len(looks) and at_rest == before:
                return
            before = at_rest
            await asyncio.sleep(0.02)

    def _workflow_ids(self) -> list[str]:
        return [*map(signatures.workflow_id, self.children), *self.broadcasts]

    async def _events_at_rest(self, workflow_id: str) -> int | None:
        """How many events a workflow has had; None: something of it is still on its way."""
        handle = self.room.client.get_workflow_handle(workflow_id)
        description = await handle.describe()
        raw = description.raw_description
        if raw.pending_activities or raw.HasField("pending_workflow_task"):
            return None
        if workflow_id in self.broadcasts:
            kinds = [event.event_type async for event in handle.fetch_history_events()]
            if kinds.count(EventType.EVENT_TYPE_SIGNAL_EXTERNAL_WORKFLOW_EXECUTION_INITIATED) > sum(
                map(kinds.count, SIGNAL_IS_OUT)
            ):
                return None
        return description.history_length

    async def let_check_in_lapse(self, alias: str, *, settled: bool = True) -> None:
        """Nobody records the next check, and its grace runs out."""
        del alias
        await self.time_passes(minutes=35, seconds=1, settled=settled)

    async def recorded(
        self, alias: str, kind: str, *, times: int = 1, within: float = 15, skipping: bool = True
    ) -> list[dict[str, Any]]:
        """The facts of a kind, once the record has so many of them, letting virtual time pass unless told not to.

        Raises:
            AssertionError: it has fewer after so many seconds of real time.
        """
        deadline = asyncio.get_running_loop().time() + within
        for look in itertools.count(1):
            found = [fact for fact in await self.timeline(alias) if fact["kind"] == kind]
            if len(found) >= times:
                return found
            assert asyncio.get_running_loop().time() < deadline, f"{len(found)} of {times} {kind} in the record"
            await asyncio.sleep(0.1)
            if skipping and look % 20 == 0:
                await self.time_passes(minutes=1)
        raise AssertionError

    async def details(self, alias: str) -> str:
        """What stands at the top of the case in the engine's own screen."""
        metadata = await self.handle(alias).query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
        return str(metadata.current_details)

    async def many_check_ins(self, alias: str, count: int) -> None:
        """Check-ins straight to the engine, a few at a time."""
        actor = Actor(person_id=self.phones["shift lead"].person_id)
        now = self.room.clock()

        async def one(number: int) -> None:
            request = CheckIn(
                request_id=f"bulk-{alias}-{number}",
                actor=actor,
                received_at=now,
                outcome=Outcome.SEEN_WELL,
                method=Method.SEEN,
                seen_at=now,
                note="n" * 300,
            )
            while True:  # as the sweeper would: the same request until it is taken
                with suppress(Unreachable):
                    await self.room.services.engine.ask(alias, "check_in", request, patience=timedelta(seconds=30))
                    return

        for start in range(0, count, 8):
            await asyncio.gather(*(one(number) for number in range(start, min(start + 8, count))))

    async def history(self, alias: str) -> list[Any]:
        """The events of the placement's current run."""
        handle = self.room.client.get_workflow_handle(signatures.workflow_id(alias))
        return [event async for event in handle.fetch_history_events()]

    async def close(self) -> None:
        """End what is still going on, so that no later story hears of it."""
        broadcasts = [signatures.broadcast_id(alias, 1, 1) for alias in self.children]
        for workflow_id in {*self._workflow_ids(), *broadcasts}:
            with suppress(RPCError):  # it had ended by itself, or never begun
                await self.room.client.get_workflow_handle(workflow_id).terminate("the story is over")
        await self._web.aclose()
