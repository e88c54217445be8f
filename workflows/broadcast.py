"""A circular to neighbouring authorities, as a workflow of its own: decide, act, wait, until all know that it is over.

Started by an activity of the placement, which does not wait for it. Everything that is judged is judged in
`domain.broadcast`. One act at a time: a message that is on its way holds up the next one for a minute at most.
"""

from contextlib import suppress
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import FailureError

with workflow.unsafe.imports_passed_through():
    from domain import broadcast, broadcast_outcomes
    from domain.broadcast_state import Action, LookUp, Send, Tell
    from domain.circulation_orders import CirculationOrder, DesksResult
    from domain.sending import AlertResult
    from workflows import errands, signatures


@workflow.defn(name="BroadcastWorkflow")
class BroadcastWorkflow:
    """At most 72 hours and the telling of their end; a few hundred acts, so it never continues as new."""

    @workflow.init
    def __init__(self, order: CirculationOrder) -> None:
        self._state = broadcast.begin(order, workflow.now())
        self._changed = False

    @workflow.run
    async def run(self, order: CirculationOrder) -> None:  # noqa: ARG002 - the initialiser has taken it
        """Decide, act, wait, until it is over."""
        while True:
            plan = broadcast.decide(self._state, workflow.now())
            if plan.action is not None:
                await self._carry_out(plan.action)
            elif self._state.ended:
                return
            else:
                await self._until_something_changes(plan.next_wake)

    @workflow.signal
    def ordered(self, order: CirculationOrder) -> None:
        """The placement wants something else. A signal never raises."""
        broadcast.take(self._state, order)
        self._changed = True

    async def _carry_out(self, action: Action) -> None:
        broadcast.carry_out(self._state, action, workflow.now())
        match action:
            case LookUp():
                broadcast_outcomes.looked_up(self._state, await self._look_up(), workflow.now())
            case Send():
                broadcast_outcomes.sent(self._state, await self._send(), workflow.now())
            case Tell():
                await self._tell_placement()
            case _:
                pass

    async def _look_up(self) -> DesksResult | None:
        request = broadcast.desks_request(self._state)
        handle = errands.urgent(signatures.LOOK_UP_DESKS, request, DesksResult, summary="the desks next door")
        return await errands.outcome(handle)

    async def _send(self) -> AlertResult | None:
        message = self._state.message
        if message is None:
            return None
        request = broadcast.alert_request(self._state, message, workflow.now())
        summary = f"circular {message.what.value}: {len(message.targets)} messages"
        return await errands.outcome(errands.alert(signatures.ALERT, request, AlertResult, summary=summary))

    async def _tell_placement(self) -> None:
        """A placement that has ended needs to hear nothing."""
        placement = workflow.get_external_workflow_handle(signatures.workflow_id(self._state.order.alias))
        with suppress(FailureError):
            await placement.signal("circulation_reported", self._state.reports[0])
        broadcast_outcomes.told_placement(self._state)

    async def _until_something_changes(self, wake: datetime | None) -> None:
        self._changed = False
        patience = None if wake is None else max(wake - workflow.now(), timedelta(0))
        with suppress(TimeoutError):
            await workflow.wait_condition(lambda: self._changed, timeout=patience)
