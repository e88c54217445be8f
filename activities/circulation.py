"""A circular on its way out of a placement: hand the order to its broadcast, and look up whose desks it goes to."""

import structlog
from temporalio import activity
from temporalio.client import Client
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from domain.circulation_orders import CirculationOrder, CirculationTaken, Desk, DesksRequest, DesksResult
from domain.names import CIRCULATED
from domain.state import Contact
from store.errors import StoreError
from store.repositories import Store
from workflows import signatures
from workflows.broadcast import BroadcastWorkflow

log = structlog.get_logger()

SILENCE = 2.0
"""Seconds after which a store that does not answer is taken as away."""


class Circulating:
    """The activities of circulars."""

    def __init__(self, store: Store, client: Client) -> None:
        self._store = store
        self._client = client

    @activity.defn(name="circulate")
    async def circulate(self, order: CirculationOrder) -> CirculationTaken:
        """Hand the order over, starting the broadcast with the first one. Handed over twice it counts once."""
        broadcast_id = signatures.broadcast_id(order.alias, order.episode, order.number)
        if order.over:
            return await self._call_back(broadcast_id, order)
        try:
            await self._client.start_workflow(
                BroadcastWorkflow.run,
                order,
                id=broadcast_id,
                task_queue=signatures.WORKFLOWS,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
                start_signal="ordered",
                start_signal_args=[order],
                static_summary=f"{order.alias}, episode {order.episode}: circular {order.number}",
            )
        except WorkflowAlreadyStartedError:
            return CirculationTaken(gone=True)
        return CirculationTaken()

    async def _call_back(self, broadcast_id: str, order: CirculationOrder) -> CirculationTaken:
        """A broadcast that never began, or is done, has nobody to tell."""
        try:
            await self._client.get_workflow_handle(broadcast_id).signal("ordered", order)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return CirculationTaken(gone=True)
        return CirculationTaken()

    @activity.defn(name="look_up_desks")
    async def look_up_desks(self, request: DesksRequest) -> DesksResult:
        """Whose desks hear of it. With the store silent: the people last resolved, each as a desk of their own."""
        try:
            desks = await self._store.directory.desks_next_door(
                request.home_id, request.placing_authority_id, timeout=SILENCE
            )
        except StoreError as error:
            log.warning("store silent: circulating to the people last resolved", error=type(error).__name__)
            return DesksResult(desks=[_alone(one) for one in request.contacts], carried=True)
        return DesksResult(desks=desks)


def _alone(person: Contact) -> Desk:
    """Somebody whose authority is not known now."""
    role = next((one for one in person.roles if one in CIRCULATED), CIRCULATED[0])
    return Desk(key=person.person_id, name=f"a {role.label} that could not be looked up", role=role, people=[person])
