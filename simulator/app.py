"""The simulator as a web application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette

from simulator import calls_control, control_api, page, sendgrid_api, twilio_api, twilio_calls_api
from simulator.config import SimulatorConfig
from simulator.simulator import Simulator


def create_app(config: SimulatorConfig | None = None) -> Starlette:
    """An application that plays Twilio and SendGrid; `app.state.simulator` is what is behind it."""
    simulator = Simulator(config or SimulatorConfig())

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await simulator.start()
        try:
            yield
        finally:
            await simulator.stop()

    routes = [
        *twilio_api.routes(),
        *twilio_calls_api.routes(),
        *sendgrid_api.routes(),
        *control_api.routes(),
        *calls_control.routes(),
        *page.routes(),
    ]
    app = Starlette(routes=routes, lifespan=lifespan)
    app.state.simulator = simulator
    return app
