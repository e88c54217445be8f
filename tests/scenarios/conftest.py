"""Stories run on the real parts; any message that nobody expected fails them."""

from collections.abc import AsyncIterator

import pytest

from tests.scenarios.engine_room import Room, engine_room
from tests.scenarios.phones import Phones
from tests.scenarios.story import Home
from tests.store.backends import empty_database


@pytest.fixture(scope="session", params=["sqlite", "postgresql-uncached"])
async def room(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Room]:
    """The real parts, once for all stories on each database.

    With PostgreSQL the worker forgets every workflow after every task (`max_cached_workflows=0`): each story is then
    also told by a worker that knows it from its history only, as after a crash.
    """
    directory = tmp_path_factory.mktemp("room")
    if request.param == "sqlite":
        async with engine_room(directory) as running:
            yield running
        return
    async with (
        empty_database(request.getfixturevalue("postgresql")) as url,
        engine_room(directory, database_url=url, max_cached_workflows=0) as running,
    ):
        yield running


@pytest.fixture
async def home(room: Room) -> AsyncIterator[Home]:
    """A home with one person for each role; at the end, nobody may have got a message that nobody expected."""
    room.clock.skipped = type(room.clock.skipped)(0)
    opened = await Home(room).open()
    yield opened
    room.simulator.faults.clear()
    try:
        await opened.phones.nobody_else_was_disturbed()
    finally:
        await opened.close()


@pytest.fixture
def phones(home: Home) -> Phones:
    """The phones of the home's people."""
    return home.phones
