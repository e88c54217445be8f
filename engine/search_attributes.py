"""The search attributes of a placement: stage, phase and risk, no personal data, no deadline.

An unregistered one would wedge every workflow task of a placement for ever: a worker registers or checks them before it
polls.
"""

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from workflows.placement import PHASE, RISK, STAGE

NAMES = (STAGE.name, PHASE.name, RISK.name)


async def missing(client: Client) -> list[str]:
    """The attributes that the namespace does not have yet."""
    listed = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    return [name for name in NAMES if name not in listed.custom_attributes]


async def register(client: Client) -> None:
    """Register what is missing.

    Raises:
        RPCError: this connection may not; an operator has to register them (`goldenhour doctor` names them).
    """
    names = await missing(client)
    if not names:
        return
    try:
        await client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(
                namespace=client.namespace,
                search_attributes=dict.fromkeys(names, IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD),
            )
        )
    except RPCError as error:
        # Two workers that start together both find them missing; the second one's request then says so.
        if error.status is not RPCStatusCode.ALREADY_EXISTS:
            raise
