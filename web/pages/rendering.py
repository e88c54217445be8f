"""From a template to an answer: what every page shows, and the headers every page carries."""

import uuid
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context

from domain.story import LONDON, Happening, clock, sentence
from web.pages import times
from web.pages.receipts import take_receipt
from web.pages.visitors import Visitor
from web.services import Services

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def services_of(request: Request) -> Services:
    """What the app stands on."""
    services: Services = request.app.state.services
    return services


def page(
    request: Request,
    template: str,
    *,
    visitor: Visitor | None = None,
    status: int = 200,
    **content: Any,  # noqa: ANN401 - whatever the template shows
) -> HTMLResponse:
    """A page. A receipt that waits for this session is shown on it, once."""
    services = services_of(request)
    receipt = take_receipt(request, visitor) if visitor else None
    common = {
        "now": services.clock(),
        "path": request.url.path,
        "simulated": services.settings.simulated,
        "elsewhere": _elsewhere(request, services) if services.settings.simulated else {},
        "visitor": visitor,
        "receipt": receipt,
        "problem": None,
        "new_key": lambda: str(uuid.uuid4()),
    }
    body = ENVIRONMENT.get_template(template).render(common | content)
    response = HTMLResponse(body, status_code=status, headers=HEADERS)
    if receipt is not None:
        receipt.forget(response)
    return response


def _elsewhere(request: Request, services: Services) -> dict[str, str]:
    """The other windows of the demonstration, on the host name that the reader uses."""
    host = request.url.hostname or "127.0.0.1"
    settings = services.settings
    return {
        "phones": f"http://{host}:{settings.simulator_port}/",
        "codec": f"http://{host}:{settings.web_port}/codec",
        "engine": f"http://{host}:{settings.temporal_ui_port}/namespaces/default/workflows",
    }


@pass_context
def _local(context: Context, at: datetime) -> str:
    """A time as the reader's clock shows it, with the date unless it is today."""
    return clock(at, beside=context["now"])


@pass_context
def _at_home(context: Context, at: datetime, zone: ZoneInfo) -> str:
    """A time as the home's clocks show it."""
    return clock(at, zone, beside=context["now"])


@pass_context
def _until(context: Context, at: datetime) -> str:
    return times.until(at, context["now"])


@pass_context
def _for_form(context: Context, at: datetime | None = None) -> str:
    return times.for_form(at or context["now"])


@pass_context
def _stamp(context: Context, at: datetime) -> str:
    """A time to the second, as a record needs it."""
    local, today = at.astimezone(LONDON), context["now"].astimezone(LONDON).date()
    return f"{local:%H:%M:%S}" if local.date() == today else f"{local.day} {local:%b %Y %H:%M:%S}"


def _sentence(fact: Happening, names: Callable[[str], str]) -> str:
    return sentence(fact, names)


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "local": _local,
        "at_home": _at_home,
        "until": _until,
        "for_form": _for_form,
        "stamp": _stamp,
        "sentence": _sentence,
    }
    return environment


ENVIRONMENT = _environment()
