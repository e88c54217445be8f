"""Stories run on the real parts; any message that nobody expected fails them."""

from collections.abc import AsyncIterator

import pytest

from tests.scenarios.engine_room import Room, engine_room
from tests.scenarios.story import Home, Phones


@pytest.fixture(scope="session")
async def room(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Room]:
    """The real parts, once for all stories."""
    async with engine_room(tmp_path_factory.mktemp("room")) as running:
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
