"""Search attributes on a real server, and on one that keeps registering them to its operators."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import WorkflowEnvironment

from engine import search_attributes
from engine.search_attributes import NAMES, Unregistered
from tests.scenarios.engine_room import temporal_program


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    """A server on which nobody has registered anything."""
    async with await WorkflowEnvironment.start_local(
        dev_server_existing_path=temporal_program(), dev_server_log_level="never"
    ) as environment:
        yield environment.client


def keep_to_operators(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Temporal Cloud answers: nothing else on this machine can make that answer."""

    async def refused(*_: Any, **__: Any) -> None:  # noqa: ANN401 - whatever is asked
        raise RPCError("not for you", RPCStatusCode.PERMISSION_DENIED, b"")

    monkeypatch.setattr(client.operator_service, "list_search_attributes", refused)
    monkeypatch.setattr(client.operator_service, "add_search_attributes", refused)


async def test_what_is_missing_is_registered_once_and_found_again(client: Client) -> None:
    """Two workers may start together."""
    assert await search_attributes.missing(client) == list(NAMES)
    await search_attributes.register(client)
    await search_attributes.register(client)
    assert await search_attributes.missing(client) == []


async def test_where_only_operators_may_register_a_worker_says_which_are_missing(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It must not poll: a task that sets an unregistered attribute would be stuck for ever."""
    with monkeypatch.context() as refusing:
        keep_to_operators(client, refusing)
        with pytest.raises(Unregistered, match="GoldenHourStage, GoldenHourPhase, GoldenHourRisk"):
            await search_attributes.register(client)


async def test_where_only_operators_may_list_them_a_search_tells_that_they_are_there(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then a worker starts as anywhere else."""
    await search_attributes.register(client)
    with monkeypatch.context() as refusing:
        keep_to_operators(client, refusing)
        assert await search_attributes.missing(client) == []
        await search_attributes.register(client)
