"""One night: a child is admitted, the ladder begins, perhaps somebody answers, and virtual time passes.

Time is skipped only while no activity is out, so every alert is sent and answered at its own instant; the instants told
afterwards are those that the workflow itself has written down.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionResponse
from temporalio.client import WorkflowHandle

from domain.calendar import resolve
from domain.facts import Actor, Fact, FactKind
from domain.names import Channel, Method, Outcome, Response, Role
from domain.policy import Policy, to_text
from domain.requests import Admission, Answer, CheckIn
from engine.errors import EngineError
from rehearsal.errors import RehearsalError
from rehearsal.house import House
from rehearsal.household import Household
from rehearsal.situations import Beginning, Situation, child_for, first_rung
from simulator.faults import FaultKind
from simulator.messages import Message
from store.facts import StoredFact
from store.notifications import NotificationRow
from workflows import signatures

PATIENCE = timedelta(seconds=30)
"""Real time that an answer of the engine may take on a busy machine."""

STANDSTILL = 60.0
"""Seconds of real time without any skip: longer than every activity, so nothing is going to move any more."""

REAL_TIME = timedelta(seconds=3)
"""Virtual time that passes between two looks by itself, on a busy machine, without any skip."""

SETTLES = 70.0
"""Seconds; every activity ends within 60."""

AFTERWARDS = timedelta(seconds=30)
"""What happened in the last second is stored within five; see domain.ledger.SOON."""

EPISODE = 1


@dataclass(frozen=True, slots=True)
class Played:
    """What a night left behind: the facts of the workflow, and what the simulated providers hold."""

    began_at: datetime
    """What minutes are counted from: when the check was due, or the report was made (UTC, virtual)."""
    facts: list[StoredFact]
    messages: dict[str, Message]
    """By notification id."""
    rows: dict[str, NotificationRow]
    """By notification id; one is missing where the store was silent when it was claimed: the message went out."""
    roles: dict[str, Role]
    """By person id."""


class Night:
    """A night in the making."""

    def __init__(self, house: House, household: Household, policy: Policy, situation: Situation, alias: str) -> None:
        self._house = house
        self._household = household
        self._policy = policy
        self._situation = situation
        self._alias = alias
        self._messages: dict[str, Message] = {}
        self._run = ""
        self._began_at: datetime | None = None
        self._seen = datetime.min.replace(tzinfo=UTC)

    async def play(self, beginning: Beginning, length: timedelta) -> Played:
        """Play it until `length` after its beginning.

        Raises:
            RehearsalError: virtual time stood still, or the engine took something in that it should not, or did not.
        """
        if self._situation.sms_is_down:
            self._break_sms()
        try:
            self._began_at = began_at = await self._begin(beginning)
            if self._situation.first_person_answers:
                await self._until(began_at + first_rung(self._policy, beginning).after)
                await self._first_person_answers()
            await self._until(began_at + length + AFTERWARDS)
        except EngineError as error:
            raise RehearsalError(f"the engine did not take a request in: {error}") from None
        return await self._told(began_at, began_at + length)

    def _break_sms(self) -> None:
        for number in self._household.numbers:
            self._house.simulator.fault(FaultKind.UNAVAILABLE, number, channel="sms", on="send")
            self._house.simulator.fault(FaultKind.UNAVAILABLE, number, channel="sms", on="find")

    async def _begin(self, beginning: Beginning) -> datetime:
        """Admit the child now, before any time was skipped; the two clocks still agree."""
        now = datetime.now(UTC)
        reply = await self._house.engine.admit(self._admission(now), patience=PATIENCE)
        if beginning is Beginning.DUE:
            if reply.next_due_at is None:
                raise RehearsalError("the engine expects no check of this child")
            return reply.next_due_at
        now = datetime.now(UTC)
        not_here = CheckIn(
            request_id=f"{self._alias}-not-here",
            actor=Actor(role=Role.SHIFT_LEAD),
            received_at=now,
            outcome=Outcome.NOT_HERE,
            method=Method.SEEN,
            seen_at=now,
        )
        reply = await self._house.engine.ask(self._alias, "check_in", not_here, patience=PATIENCE)
        return _opened(reply.facts)

    def _admission(self, now: datetime) -> Admission:
        phase, risk = child_for(self._policy)
        return Admission(
            request_id=f"{self._alias}-arrives",
            actor=Actor(),
            received_at=now,
            alias=self._alias,
            home_id=self._household.home_id,
            placing_authority_id=self._household.placing_authority_id,
            arrived_at=now,
            phase=phase,
            risk=risk,
            policy_text=to_text(self._policy),
            calendar=resolve(self._policy, now),
            contacts=self._household.contacts,
        )

    async def _first_person_answers(self) -> None:
        """Whoever holds the first role that has heard answers as they would; then nothing follows."""
        person, role = await self._first_person()
        answer = Answer(
            request_id=f"{self._alias}-takes",
            actor=Actor(person_id=person, role=role, via=Channel.SMS.value),
            received_at=datetime.now(UTC),
            episode=EPISODE,
            kind=Response.TAKE,
        )
        reply = await self._house.engine.ask(self._alias, "answer", answer, patience=PATIENCE)
        if reply.outcome != "taken":
            raise RehearsalError(f"the {role.label} answered, and the engine said: {reply.outcome}")

    async def _first_person(self) -> tuple[str, Role]:
        """The holder of the first role who has a message, waiting for it: it is sent in real time."""
        deadline = asyncio.get_running_loop().time() + PATIENCE.total_seconds()
        while asyncio.get_running_loop().time() < deadline:
            await self._settled()
            reached = {message.to for message in self._house.simulator.messages}
            for one in self._household.contacts:
                if reached.intersection(address for _, address in one.channels):
                    return one.person_id, self._household.roles[one.person_id]
            await asyncio.sleep(0.02)
        raise RehearsalError("nobody heard of the first rung")

    async def _until(self, instant: datetime) -> None:
        """Let virtual time pass until an instant, in one go, and wait until what was due by then has been done.

        In one go: skipping that is asked for while a timer is just going off leaps over the next ones (measured).
        """
        await self._settled()
        ahead = instant - await self._now()
        if ahead > timedelta(0):
            skipping = asyncio.ensure_future(self._house.clock.fast_forward(self._handle, ahead))
            try:
                await self._watch(skipping)
            finally:
                skipping.cancel()
        await self._settled()
        self._collect()

    async def _watch(self, skipping: asyncio.Future[bool]) -> None:
        """Wait for time to pass, and see to it that it does."""
        loop = asyncio.get_running_loop()
        moved_at = loop.time()
        self._seen = await self._now()
        while not (await asyncio.wait({skipping}, timeout=1.0))[0]:
            self._collect()
            await self._same_run()
            now = await self._now()
            if now - self._seen > REAL_TIME:
                moved_at = loop.time()
            self._seen = now
            if loop.time() - moved_at > STANDSTILL:
                raise RehearsalError("virtual time stands still: is this machine very busy? Try again")
        skipping.result()

    async def _settled(self) -> None:
        """Wait until nothing is out: no activity, no decision."""
        deadline = asyncio.get_running_loop().time() + SETTLES
        while asyncio.get_running_loop().time() < deadline:
            raw = await self._same_run()
            if not raw.pending_activities and not raw.HasField("pending_workflow_task"):
                return
            await asyncio.sleep(0.02)
        raise RehearsalError("an alert does not come back: is this machine very busy? Try again")

    async def _same_run(self) -> DescribeWorkflowExecutionResponse:
        """The workflow as the server describes it.

        Raises:
            RehearsalError: its history was so long that a new run has begun. The engine is built for that; skipping is
                not: the new run's clock leaps, and what would be told of it would be wrong.
        """
        described = await self._handle.describe()
        self._run = self._run or described.run_id
        if described.run_id != self._run:
            raise RehearsalError(f"so much happens that only about {self._hours} h can be tried: give fewer --hours")
        return described.raw_description

    @property
    def _hours(self) -> int:
        """Whole hours since the beginning that were seen to pass."""
        return max(1, (self._seen - self._began_at) // timedelta(hours=1)) if self._began_at else 1

    async def _now(self) -> datetime:
        """The child's virtual time (UTC)."""
        return await self._house.clock.get_current_time(self._handle)

    @property
    def _handle(self) -> WorkflowHandle[object, object]:
        """Whichever run is the current one."""
        return self._house.client.get_workflow_handle(signatures.workflow_id(self._alias))

    def _collect(self) -> None:
        """Keep this household's messages: over days the simulator forgets the oldest."""
        mine = {address for one in self._household.contacts for _, address in one.channels}
        for message in self._house.simulator.messages:
            if message.to in mine:
                self._messages.setdefault(_notification_of(message), message)

    async def _told(self, began_at: datetime, until: datetime) -> Played:
        rows = await self._house.store.notifications.for_episode(self._alias, EPISODE)
        facts = await self._house.store.facts.timeline(self._alias, EPISODE)
        return Played(
            began_at=began_at,
            facts=[fact for fact in facts if fact.recorded_at <= until],
            messages=self._messages,
            rows={row.notification_id: row for row in rows},
            roles=self._household.roles,
        )


def _opened(facts: list[Fact]) -> datetime:
    """When the episode began, by the engine's own word."""
    return next(fact.at for fact in facts if fact.kind is FactKind.EPISODE_OPENED)


def _notification_of(message: Message) -> str:
    """The notification's id, as each provider hands it back."""
    if "notification_id" in message.custom_args:
        return message.custom_args["notification_id"]
    return message.status_callback.partition("?n=")[2].partition("#")[0]
