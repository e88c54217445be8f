"""Is it alive, is it able to alert, and the numbers behind that."""

import asyncio
import ipaddress
from datetime import timedelta
from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis.exceptions import RedisError

from domain.names import Channel
from store.errors import StoreError
from web.problems import Unauthorised
from web.services import Services
from workflows.signatures import OUTAGE_MARK

router = APIRouter(tags=["health"])

OLD = timedelta(minutes=3)
"""The canary flies every minute, through the queues that decide and alert: older than this, one has no worker."""

QUEUED_TOO_LONG = timedelta(seconds=60)
SIMULATED = "no real phone will ring"


@router.get("/healthz")
async def alive() -> dict[str, str]:
    """The web app answers. It says nothing about the engine."""
    return {"status": "alive"}


@router.get("/readyz")
async def ready(request: Request) -> Response:
    """Whether a missed check would ring a phone now. What is wrong in detail is told to those who are signed in."""
    services: Services = request.app.state.services
    faults = await _faults(services)
    content: dict[str, object] = {"ready": not faults}
    if services.settings.simulated:
        content["simulated"] = SIMULATED
    out = await _channels_out(services)
    if (faults or out) and await _is_known(request):
        content |= {"faults": faults} if faults else {}
        content |= {"channels_out": out} if out else {}
    return JSONResponse(content, status_code=HTTPStatus.SERVICE_UNAVAILABLE if faults else HTTPStatus.OK)


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Prometheus: from this machine without a token, from elsewhere with one."""
    if not _is_local(request):
        await request.app.state.door.recognise(request)
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _faults(services: Services) -> list[str]:
    """What keeps an alert from going out, each in one line."""
    faults = []
    if not await _reaches_engine(services):
        faults.append("Temporal does not answer")
    now = services.clock()
    try:
        flown_at = await services.store.canary.last(timeout=1)
        queued_at = await services.store.intents.oldest_queued_at(timeout=1)
    except StoreError:
        return [*faults, "the store does not answer"]
    if flown_at is None or now - flown_at > OLD:
        faults.append("the canary has not flown for three minutes: is a worker running?")
    if queued_at is not None and now - queued_at > QUEUED_TOO_LONG:
        faults.append("what people reported waits for more than a minute")
    return faults


async def _channels_out(services: Services) -> dict[str, str]:
    """Channels whose provider a worker has found down, and since when: an alert goes out by the others."""
    try:
        async with asyncio.timeout(1):
            since = await services.redis.mget([f"{OUTAGE_MARK}{channel.value}" for channel in Channel])
    except (RedisError, OSError, TimeoutError):
        return {}
    return {channel.value: str(at) for channel, at in zip(Channel, since, strict=True) if at}


async def _reaches_engine(services: Services) -> bool:
    try:
        return await services.engine.is_reachable()
    except RuntimeError:
        # The client has never reached Temporal since this process started.
        return False


async def _is_known(request: Request) -> bool:
    try:
        await request.app.state.door.recognise(request)
    except (Unauthorised, StoreError):
        return False
    return True


def _is_local(request: Request) -> bool:
    """From this machine, and not through a proxy on it."""
    forwarded = any(name in request.headers for name in ("forwarded", "x-forwarded-for", "x-real-ip", "via"))
    try:
        return not forwarded and request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False
