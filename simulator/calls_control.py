"""What tests, drills and the page may do with calls, under /control/calls."""

from http import HTTPStatus
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulator.calls import ANYBODY
from simulator.control_api import PHONE, body_as, problem, simulator_of
from simulator.phone_line import Behaviour, Habit

_KEYS = r"^[0-9*#]*$"


class BehaviourRequest(BaseModel):
    """What a phone (`*`: every one) does with calls from now on, and the keys that it presses."""

    model_config = ConfigDict(extra="forbid")
    address: str = Field(default=ANYBODY, pattern=rf"{PHONE}|^\*$")
    habit: Habit
    keys: str = Field(default="", pattern=_KEYS, max_length=50)


class HandRequest(BaseModel):
    """What a person does with a call that is under way."""

    model_config = ConfigDict(extra="forbid")
    does: Literal["answer", "reject", "press", "put_down"]
    key: str = Field(default="", pattern=r"^[0-9*#]?$")


def routes() -> list[Route]:
    """Every route about calls."""
    return [
        Route("/control/calls/behaviour", set_behaviour, methods=["PUT"]),
        Route("/control/calls/behaviour", clear_behaviours, methods=["DELETE"]),
        Route("/control/calls/{id}", hand, methods=["POST"]),
    ]


async def set_behaviour(request: Request) -> Response:
    """Give a phone a habit."""
    asked = await body_as(request, BehaviourRequest)
    if isinstance(asked, Response):
        return asked
    simulator_of(request).switchboard.behaviours[asked.address] = Behaviour(asked.habit, asked.keys)
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def clear_behaviours(request: Request) -> Response:
    """Every phone waits for a person again."""
    simulator_of(request).switchboard.behaviours.clear()
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def hand(request: Request) -> Response:
    """Answer, reject, press a key or put the phone down."""
    asked = await body_as(request, HandRequest)
    if isinstance(asked, Response):
        return asked
    simulator = simulator_of(request)
    call = simulator.book.get(request.path_params["id"])
    line = simulator.switchboard.line(request.path_params["id"])
    if line is None or call is None:
        return problem("no such call, or it is over", HTTPStatus.NOT_FOUND)
    if asked.does == "press" and not asked.key:
        return problem("which key?")
    match asked.does:
        case "answer":
            line.answer()
        case "reject":
            line.reject()
        case "put_down":
            line.put_down()
        case "press":
            line.press(asked.key)
    return JSONResponse(call.as_json())
