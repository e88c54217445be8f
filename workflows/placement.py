"""One child's stay at one home, as a durable workflow: decide, act, wait.

Everything that is judged is judged in `domain`; everything that leaves is sent by an activity. This file only
interprets. Handlers change the state and return; the run loop acts, and acting never waits: an activity's outcome comes
back as a change of state, so that a provider that hangs delays neither the next rung nor "found".
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from temporalio import workflow
from temporalio.exceptions import ApplicationError

with workflow.unsafe.imports_passed_through():
    from domain import (
        alerting,
        circulating,
        deliveries,
        details,
        episodes,
        fail_over,
        journey,
        ledger,
        placements,
        priority,
    )
    from domain.actions import Action, Circulate, Record, RenewCalendar, Send
    from domain.circulation_orders import CirculationReport, CirculationTaken
    from domain.errors import Refused
    from domain.facts import Fact
    from domain.names import Channel
    from domain.requests import (
        DeliveryFailed,
        EpisodeRequest,
        Reply,
        Request,
    )
    from domain.sending import AlertResult, ExerciseAlert, RecordRequest, RecordResult
    from domain.snapshot import Snapshot
    from domain.snapshot import of as snapshot_of
    from domain.state import Circulation, Delivery, DeliveryKind, Episode, PlacementState
    from workflows import errands, screen, signatures, updates
    from workflows.signatures import CalendarRequest, CalendarResult, ExportRequest, PlacementStart
    from workflows.updates import Rule

R = TypeVar("R")

FORCED_EVENTS, FORCED_UPDATES = 12_000, 1_500
"""A run this long continues as new even if an alert is still out, which is then decided anew, with the same message
ids: the engine ends a run at 51,200 events and takes 2,000 updates from people."""


@workflow.defn(name="PlacementWorkflow")
class PlacementWorkflow:
    """From arrival until the placement has ended and no episode is open."""

    READ_BY_INITIALISER = True
    """Nothing holds what the placement was started with, once it has become state (`engine.first_message`)."""

    @workflow.init
    def __init__(self, start: PlacementStart) -> None:
        self._state, self._admitted_by = _begun(start)
        for delivery in self._state.deliveries:
            delivery.in_flight = False
        for circulation in (one for episode in self._state.episodes for one in episode.circulations):
            circulation.in_flight = False
        self._state.chores = {}
        self._unexported = list(start.unexported)
        self._out: set[asyncio.Task[None]] = set()
        self._mistake: BaseException | None = None
        self._changed = False
        self._taken = 0
        self._shown = ""

    @workflow.run
    async def run(self, start: PlacementStart) -> None:  # noqa: ARG002 - the initialiser has taken it
        """Decide, act, wait, until it is over."""
        self._export()
        while not self._is_finished():
            plan = journey.decide(self._state, workflow.now())
            for action in plan.actions:
                self._carry_out(action)
            if plan.actions:
                continue
            self._shown = screen.show(self._state, self._shown)
            self._record_before_leaving()
            await self._until_something_changes(plan.next_wake)
            if self._mistake is not None:
                raise self._mistake
            if self._must_continue_as_new():
                await workflow.wait_condition(workflow.all_handlers_finished)
                workflow.continue_as_new(self._successor())
        await workflow.wait_condition(workflow.all_handlers_finished)

    # ── acting ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _carry_out(self, action: Action) -> None:
        journey.carry_out(self._state, action, workflow.now())
        match action:
            case Send(number):
                delivery = deliveries.get(self._state, number)
                if delivery is not None:
                    self._send(delivery)
            case Circulate(number, which):
                self._circulate(number, which)
            case Record():
                self._record()
            case RenewCalendar():
                self._renew_calendar()
            case _:
                pass

    def _send(self, delivery: Delivery) -> None:
        now = workflow.now()
        request = alerting.request(self._state, delivery, now, facts=ledger.take_along(self._state, now))
        follow_up = delivery.kind is DeliveryKind.FOLLOW_UP
        name = signatures.FOLLOW_UP if follow_up else signatures.ALERT
        if isinstance(request, ExerciseAlert):
            name = signatures.ALERT_EXERCISE
        with screen.grouped(self._state, delivery):
            summary = details.of_delivery(self._state, delivery)
            urgency = priority.as_handed_out(request)
            handle = errands.alert(name, request, AlertResult, summary=summary, priority=urgency)
        self._await(handle, partial(self._sent, delivery.number))

    def _sent(self, number: int, result: AlertResult | None) -> None:
        if result is None:
            deliveries.lost(self._state, number, workflow.now())
        else:
            deliveries.done(self._state, number, result, workflow.now())

    def _circulate(self, number: int, which: int) -> None:
        """Hand an order to the broadcast, which the activity starts if there is none yet."""
        episode = episodes.get(self._state, number)
        circulation = circulating.get(episode, which)
        if circulation is None:
            return
        order = circulating.order(self._state, episode, circulation)
        summary = f"circular {which}, order {order.revision}"
        handle = errands.urgent(signatures.CIRCULATE, order, CirculationTaken, summary=summary)
        self._await(handle, partial(self._handed_over, episode, circulation, order.revision))

    def _handed_over(
        self, episode: Episode, circulation: Circulation, revision: int, result: CirculationTaken | None
    ) -> None:
        circulating.taken(episode, circulation, revision, result, workflow.now())

    def _record(self) -> None:
        now = workflow.now()
        request = RecordRequest(
            alias=self._state.alias,
            facts=ledger.batch(self._state.facts),
            snapshot=snapshot_of(self._state, now),
            hand_over=True,
        )
        summary = f"{len(request.facts)} facts to the ledger"
        self._await(errands.chore(signatures.RECORD, request, RecordResult, summary=summary, within=20), self._recorded)

    def _recorded(self, result: RecordResult | None) -> None:
        if result is not None:
            ledger.confirm(self._state, result.stored)

    def _renew_calendar(self) -> None:
        request = CalendarRequest(policy_text=self._state.policy_text, start=workflow.now().isoformat())
        summary = "local times for the next two weeks"
        handle = errands.chore(signatures.RENEW_CALENDAR, request, CalendarResult, summary=summary, within=10)
        self._await(handle, self._renewed)

    def _renewed(self, result: CalendarResult | None) -> None:
        if result is not None and result.policy_text == self._state.policy_text:
            self._state.calendar = result.calendar
            self._state.chores.pop(ledger.CALENDAR, None)

    def _export(self) -> None:
        """The histories of earlier runs go to the record, one after the other: Temporal forgets them in time."""
        if not self._unexported:
            return
        handle = workflow.start_activity(
            signatures.EXPORT_HISTORY,
            ExportRequest(alias=self._state.alias, workflow_id=workflow.info().workflow_id, run_id=self._unexported[0]),
            task_queue=signatures.HOUSEKEEPING,
            start_to_close_timeout=timedelta(seconds=60),
            retry_policy=errands.PATIENT,
            summary="an earlier run's history for the record",
        )
        handle.add_done_callback(lambda _: self._exported())

    def _exported(self) -> None:
        self._unexported.pop(0)
        self._changed = True
        self._export()

    def _await(self, handle: "workflow.ActivityHandle[R]", take_in: Callable[[R | None], None]) -> None:
        """What comes of it is taken in when it is there; None: it ended without an answer."""
        task = asyncio.create_task(_taken_in(handle, take_in))
        self._out.add(task)
        task.add_done_callback(self._came_back)

    def _came_back(self, task: "asyncio.Task[None]") -> None:
        """An outcome is in. A mistake of ours in taking it in stops the task, loudly, and waits for a better worker."""
        self._out.discard(task)
        if not task.cancelled():
            self._mistake = self._mistake or task.exception()
        self._changed = True

    # ── waiting ─────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _until_something_changes(self, wake: datetime | None) -> None:
        self._changed = False
        patience = None if wake is None else max(wake - workflow.now(), timedelta(0))
        with suppress(TimeoutError):
            # No summary: each text shown beside a timer is sealed on its own, at every check-in.
            await workflow.wait_condition(lambda: self._changed or self._must_continue_as_new(), timeout=patience)

    def _is_finished(self) -> bool:
        return placements.is_over(self._state) and not self._state.facts and not self._out and not self._unexported

    def _record_before_leaving(self) -> None:
        """Before continue-as-new or the end, what waits for the ledger goes there, without waiting for it."""
        leaving = workflow.info().is_continue_as_new_suggested() or placements.is_over(self._state)
        if leaving and self._state.facts and not ledger.is_under_way(self._state, ledger.RECORD, workflow.now()):
            self._carry_out(Record())

    def _must_continue_as_new(self) -> bool:
        """When the engine suggests it, and no alert is out; a chore that is out is done again by the next run.

        Never waiting so long that a limit of the engine would refuse what people report.
        """
        info = workflow.info()
        if self._taken > FORCED_UPDATES or info.get_current_history_length() > FORCED_EVENTS:
            return True
        is_alerting = any(delivery.in_flight for delivery in self._state.deliveries)
        return info.is_continue_as_new_suggested() and not is_alerting and not ledger.is_heavy(self._state)

    def _successor(self) -> PlacementStart:
        return PlacementStart(
            state=self._state,
            admitted_by=self._admitted_by,
            unexported=[*self._unexported, workflow.info().run_id],
        )

    # ── messages: validate, change the state, answer; the run loop acts ─────────────────────────────────────────────

    def refuse(self, request: Request, rule: Rule) -> None:
        """Try the rule on a copy: what it refuses leaves no trace in the engine's history."""
        if request.request_id in self._state.handled:
            return
        try:
            rule(self._state.model_copy(deep=True), workflow.now())
        except Refused as refusal:
            raise ApplicationError(str(refusal), refusal.field, refusal.detail, type="Refused") from None

    def handle(self, request: Request, rule: Rule) -> Reply:
        """Do what was asked, once; the same request id gets the same answer and does nothing more."""
        now = workflow.now()
        self._taken += 1
        ledger.forget(self._state, request.stored)
        if (known := self._state.handled.get(request.request_id)) is not None:
            return Reply.model_validate_json(known)
        before = self._state.fact_count
        outcome = rule(self._state, now)
        made = [fact for fact in self._state.facts if fact.n > before]
        episode = request.episode if isinstance(request, EpisodeRequest) else None
        answer = details.answer(self._state, outcome, episode=episode, made=made)
        ledger.remember(self._state, request.request_id, answer.model_dump_json(exclude_defaults=True))
        self._changed = True
        return answer.model_copy(update={"facts": made, "snapshot": snapshot_of(self._state, now)})

    @workflow.update
    def admit(self, request: Request) -> Reply:  # noqa: ARG002 - the start has brought it
        """A child enters care. The placement began with the start itself; this answers what was armed."""
        facts: list[Fact] = self._state.facts[:1]
        answer = details.answer(self._state, "done", made=facts)
        return answer.model_copy(update={"facts": facts, "snapshot": snapshot_of(self._state, workflow.now())})

    @admit.validator
    def _refuse_admission(self, request: Request) -> None:
        """Another child may not be taken for this one: an alias is unique for ever."""
        if request.request_id != self._admitted_by:
            raise ApplicationError("alias: taken", "alias", "this alias belongs to another child", type="Refused")

    check_in = updates.check_in
    agree_absence = updates.agree_absence
    change_plan = updates.change_plan
    end_placement = updates.end_placement
    answer = updates.answer
    claim = updates.claim
    police_reported = updates.police_reported
    sighting = updates.sighting
    circulate = updates.circulate
    desk_acknowledged = updates.desk_acknowledged
    found = updates.found
    close = updates.close
    reopen = updates.reopen
    return_interview = updates.return_interview

    @workflow.query
    def snapshot(self) -> Snapshot:
        """The placement in a few lines, for the watchdog and for whoever looks into one case."""
        return snapshot_of(self._state, workflow.now())

    @workflow.signal
    def message_failed(self, failed: DeliveryFailed) -> None:
        """A provider says that an accepted message will not arrive. A signal never raises."""
        if failed.request_id not in self._state.handled:
            ledger.remember(self._state, failed.request_id, "{}")
            fail_over.failed_later(self._state, failed, Channel(failed.channel), workflow.now())
            self._changed = True

    @workflow.signal
    def circulation_reported(self, report: CirculationReport) -> None:
        """The broadcast of a circular says what has happened. A signal never raises."""
        circulating.reported(self._state, report, workflow.now())
        self._changed = True


def _begun(start: PlacementStart) -> tuple[PlacementState, str]:
    """The state, carried on or new, and the request that the child was admitted by."""
    if start.admission is None:
        if start.state is None:
            raise ApplicationError("a placement starts with an admission, or goes on with its state", type="NoStart")
        return start.state, start.admitted_by
    return start.state or placements.begin(start.admission, workflow.now()), start.admission.request_id


async def _taken_in(handle: "workflow.ActivityHandle[R]", take_in: Callable[[R | None], None]) -> None:
    take_in(await errands.outcome(handle))
