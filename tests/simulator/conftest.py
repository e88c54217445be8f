from collections.abc import AsyncIterator

import pytest

from simulator.testing import RunningSimulator, running_simulator
from tests.simulator.application import Application, running_application


@pytest.fixture(scope="session")
async def one_simulator() -> AsyncIterator[RunningSimulator]:
    """One simulator for all tests: starting and stopping takes 0.2 s."""
    async with running_simulator() as running:
        yield running


@pytest.fixture
async def application() -> AsyncIterator[Application]:
    """A web application that keeps every webhook."""
    async with running_application() as running:
        yield running


@pytest.fixture
async def simulator(one_simulator: RunningSimulator, application: Application) -> RunningSimulator:
    """A simulator with nothing in it, that knows where the application is."""
    await one_simulator.reset()
    one_simulator.point_at(application.url)
    return one_simulator
