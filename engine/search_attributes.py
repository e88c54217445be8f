"""The search attributes of a placement: stage, phase and risk, no personal data, no deadline.

An unregistered one would wedge every workflow task of a placement for ever: a worker registers or checks them before it
polls. Where a connection may not list them (Temporal Cloud keeps that to its own tools), a search says whether they
are there.
"""

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from workflows.screen import PHASE, RISK, STAGE

NAMES = (STAGE.name, PHASE.name, RISK.name)

NOT_OURS = (RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNIMPLEMENTED, RPCStatusCode.UNAUTHENTICATED)
"""What is answered where only an operator may do this."""


class Unregistered(Exception):  # noqa: N818 - it is a state of the namespace
    """Search attributes are missing, and this connection may not register them."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(
            f"the namespace has no search attribute {', '.join(names)}, and this connection may not make one: "
            "have an operator register each as a keyword, then start again"
        )


async def missing(client: Client) -> list[str]:
    """The attributes that the namespace does not have yet."""
    try:
        listed = await client.operator_service.list_search_attributes(
            ListSearchAttributesRequest(namespace=client.namespace)
        )
    except RPCError as error:
        if error.status not in NOT_OURS:
            raise
        return [name for name in NAMES if not await _is_searchable(client, name)]
    return [name for name in NAMES if name not in listed.custom_attributes]


async def _is_searchable(client: Client, name: str) -> bool:
    """Whether a search by this attribute is a valid one: it is not, where nobody has registered it."""
    try:
        await client.count_workflows(f"{name} = 'none'")
    except RPCError as error:
        if error.status is RPCStatusCode.INVALID_ARGUMENT:
            return False
        raise
    return True


async def register(client: Client) -> None:
    """Register what is missing.

    Raises:
        Unregistered: this connection may not; `goldenhour doctor` names them as well.
        RPCError: Temporal can't do it now.
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
        if error.status in NOT_OURS:
            raise Unregistered(names) from None
        # Two workers that start together both find them missing; the second one's request then says so.
        if error.status is not RPCStatusCode.ALREADY_EXISTS:
            raise
