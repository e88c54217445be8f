"""Doctor, part two: does everything answer, with these credentials, at this time of day?

Every check takes at most `PATIENCE` seconds and turns what goes wrong into a finding; no finding holds a secret.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import URL, text
from sqlalchemy.exc import SQLAlchemyError
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError

from cli.findings import Finding, failed, fine, warning
from config.settings import Settings
from engine.client import connect
from engine.search_attributes import missing
from store.database import create_engine, database_url
from store.errors import StoreError

PATIENCE = 10.0
LONGEST_SKEW = timedelta(seconds=2)
SHORTEST_RETENTION = timedelta(days=90)

Check = Callable[[Settings], Awaitable[list[Finding]]]


async def check_connections(settings: Settings) -> list[Finding]:
    """Ask everything at once; the findings come in a fixed order."""
    checks: dict[str, Check] = {
        "Temporal": _temporal,
        "SQL store": _store,
        "Redis": _redis,
        "Twilio": _twilio,
        "SendGrid": _sendgrid,
        "web app": _web,
    }
    found = await asyncio.gather(*(_within_patience(name, check, settings) for name, check in checks.items()))
    return [finding for findings in found for finding in findings]


async def _within_patience(name: str, check: Check, settings: Settings) -> list[Finding]:
    try:
        return await asyncio.wait_for(check(settings), PATIENCE)
    except TimeoutError:
        return [failed(name, f"no answer within {PATIENCE:g} s", "Check its address and the network")]


async def _temporal(settings: Settings) -> list[Finding]:
    try:
        client = await connect(settings.key_ring)
        return [
            fine("Temporal", f"{client.service_client.config.target_host}, namespace {client.namespace}"),
            await _retention(client),
            await _search_attributes(client),
        ]
    except (RPCError, RuntimeError) as error:
        reason = error.status.name if isinstance(error, RPCError) else "nobody answers there"
        return [failed("Temporal", reason, "Check the TEMPORAL_* settings; no alert can be planned without it")]


async def _retention(client: Client) -> Finding:
    described = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))
    kept = described.config.workflow_execution_retention_ttl.ToTimedelta()
    if kept >= SHORTEST_RETENTION:
        return fine("retention", f"histories are kept {kept.days} days")
    remedy = f"Run `temporal operator namespace update --namespace {client.namespace} --retention 90d`"
    return warning("retention", f"histories are kept {kept.days} days only, not 90", remedy)


async def _search_attributes(client: Client) -> Finding:
    names = await missing(client)
    if not names:
        return fine("search attributes", "registered")
    remedy = "Start a worker, which registers them, or have an operator do it"
    return failed("search attributes", f"{', '.join(names)} not registered", remedy)


async def _store(settings: Settings) -> list[Finding]:
    try:
        url = database_url(settings.database_url)
        if _file_is_missing(url):
            return [failed("SQL store", "there is no such file", "Check DATABASE_URL; `goldenhour up` makes it")]
        return await _ask_store(url)
    except (SQLAlchemyError, StoreError, OSError) as error:
        reason = str(error) if isinstance(error, StoreError) else type(getattr(error, "orig", None) or error).__name__
        return [failed("SQL store", reason, "Check DATABASE_URL; `goldenhour up` makes its tables")]


def _file_is_missing(url: URL) -> bool:
    """Asked first: SQLite would make an empty one."""
    return url.get_backend_name() == "sqlite" and not Path(url.database or "").exists()


async def _ask_store(url: URL) -> list[Finding]:
    engine = create_engine(url)
    try:
        async with engine.connect() as connection:
            version = (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar()
            findings = [fine("SQL store", f"{engine.dialect.name}, schema {version}")]
            if engine.dialect.name == "postgresql":
                theirs = (await connection.execute(text("SELECT clock_timestamp()"))).scalar_one()
                findings.append(_clock("SQL store", theirs, exact=True))
            return findings
    finally:
        await engine.dispose()


async def _redis(settings: Settings) -> list[Finding]:
    redis = Redis.from_url(settings.redis_url)
    try:
        await redis.ping()
    except (RedisError, OSError) as error:
        remedy = "Check REDIS_URL. Alerts go out without it, but the live board stands still"
        return [failed("Redis", type(error).__name__, remedy)]
    else:
        return [fine("Redis", "answers")]
    finally:
        await redis.aclose()


async def _twilio(settings: Settings) -> list[Finding]:
    sid, secret = settings.twilio_account_sid, settings.twilio_auth_token
    if not sid or not secret:
        return []
    address = f"{settings.twilio_api_base_url or 'https://api.twilio.com'}/2010-04-01/Accounts/{sid}.json"
    return await _provider("Twilio", httpx.Request("GET", address), auth=(sid, secret), simulated=settings.simulated)


async def _sendgrid(settings: Settings) -> list[Finding]:
    """A message that SendGrid checks and does not send."""
    if not settings.sendgrid_api_key:
        return []
    sender = {"email": settings.sendgrid_from_email}
    message = {
        "personalizations": [{"to": [sender]}],
        "from": sender,
        "subject": "Golden Hour: check of the settings",
        "content": [{"type": "text/plain", "value": "Not sent."}],
        "mail_settings": {"sandbox_mode": {"enable": True}},
    }
    request = httpx.Request(
        "POST",
        f"{settings.sendgrid_api_base_url or 'https://api.sendgrid.com'}/v3/mail/send",
        json=message,
        headers={"Authorization": f"Bearer {settings.sendgrid_api_key}"},
    )
    return await _provider("SendGrid", request, auth=None, simulated=settings.simulated)


async def _provider(
    name: str, request: httpx.Request, *, auth: tuple[str, str] | None, simulated: bool
) -> list[Finding]:
    """Whether a provider takes these credentials; and its clock, the only one outside this house."""
    try:
        async with httpx.AsyncClient(timeout=PATIENCE) as client:
            response = await client.send(request, auth=auth)
    except httpx.HTTPError as error:
        return [failed(name, f"no answer ({type(error).__name__})", "Check the network; nobody can be told through it")]
    findings = [_credentials(name, response.status_code, simulated=simulated)]
    if date := response.headers.get("Date"):
        findings.append(_clock(name, parsedate_to_datetime(date)))
    return findings


def _credentials(name: str, status: int, *, simulated: bool) -> Finding:
    if httpx.codes.is_success(status):
        return fine(name, "takes these credentials")
    if status == httpx.codes.NOT_FOUND and simulated:
        return warning(name, "the simulator can't be asked", "")
    reason = "refuses these credentials" if status in {401, 403} else f"answered {status}"
    return failed(name, reason, f"Check the {name.upper()}_* settings in its console")


def _clock(whose: str, theirs: datetime, *, exact: bool = False) -> Finding:
    """This clock against another; a Date header has only whole seconds, cut off."""
    cut_off = timedelta() if exact else timedelta(seconds=0.5)
    skew = abs(datetime.now(UTC) - theirs - cut_off)
    if skew - cut_off <= LONGEST_SKEW:
        return fine("clock", f"agrees with {whose}'s to {max(skew.total_seconds(), 0.1):.1f} s")
    detail = f"differs from {whose}'s by {skew.total_seconds():.1f} s"
    return warning("clock", detail, "Set up time synchronisation (NTP): check-ins and signatures depend on it")


async def _web(settings: Settings) -> list[Finding]:
    try:
        async with httpx.AsyncClient(timeout=PATIENCE) as client:
            response = await client.get(f"{settings.public_url}/readyz")
    except httpx.HTTPError as error:
        remedy = "Start it, or check GOLDENHOUR_PUBLIC_URL: webhooks come in there"
        return [failed("web app", f"no answer at {settings.public_url} ({type(error).__name__})", remedy)]
    if response.is_success:
        return [fine("web app", "ready to alert")]
    return [failed("web app", f"not ready ({response.status_code})", f"See {settings.public_url}/readyz")]
