"""How requests reach Twilio: bounded in time, silent in the logs, and sure about whether anything left.

The library's own asynchronous client ignores the timeout it is given, writes the recipient to the log and drops the
response headers. This one answers the question that decides what may be done next: did the request leave?
"""

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import aiohttp
from twilio.http.async_http_client import AsyncTwilioHttpClient  # type: ignore[import-untyped]
from twilio.http.response import Response  # type: ignore[import-untyped]

from notifiers.errors import NotifierError, OutcomeUnknown, ProviderUnavailable

# The library logs the query of every list call, recipient included, at INFO. Both loggers that it uses are named.
for _name in ("twilio", "twilio.http_client", "twilio.async_http_client"):
    logging.getLogger(_name).setLevel(logging.WARNING)

_TOO_MANY_REQUESTS = 429
_SERVER_ERROR = 500

_EXACT = 3600.0
"""aiohttp rounds timeouts above 5 s up to a whole second of the loop's clock; our 8 s are 8 s."""


_LAST_LOOK: ContextVar[Callable[[], None] | None] = ContextVar("last_look", default=None)


@contextmanager
def looking(last_look: Callable[[], None]) -> Iterator[None]:
    """Have this called in the moment in which a request is written; the library has no place to hand it through."""
    token = _LAST_LOOK.set(last_look)
    try:
        yield
    finally:
        _LAST_LOOK.reset(token)


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """The longest that a call may take in all, in seconds: connecting, sending and reading."""

    send: float = 8.0
    find: float = 5.0

    def of(self, method: str) -> float:
        """Reading is `find`; everything else changes something and is `send`."""
        return self.find if method.upper() == "GET" else self.send


class BoundedHttpClient(AsyncTwilioHttpClient):  # type: ignore[misc]
    """The transport of the real library, with limits that hold. It never retries."""

    def __init__(self, limits: TimeLimits) -> None:
        super().__init__(pool_connections=False)
        self._limits = limits
        # A queue inside the pool would use up the time of messages that never left: the caller bounds how many run.
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=10.0, ttl_dns_cache=60),
            trace_configs=[_watch_for_departure()],
        )

    async def request(  # noqa: PLR0917 - the library's signature
        self,
        method: str,
        url: str,
        params: dict[str, object] | None = None,
        data: dict[str, object] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's signature
        allow_redirects: bool = False,  # noqa: FBT001, FBT002 - the library's signature
    ) -> Response:
        """Make one request.

        Raises:
            ProviderUnavailable: it never left, the provider asked us to slow down, or a question got no answer.
            OutcomeUnknown: it left, and what became of it is not known.
        """
        departure = SimpleNamespace(left=False, held_back=None, last_look=_LAST_LOOK.get())
        total = timeout or self._limits.of(method)
        try:
            async with self._session.request(
                method.upper(),
                url,
                params=_texts(params),
                data=_texts(data),
                headers=_signed_in(headers, auth),
                timeout=aiohttp.ClientTimeout(total=total, ceil_threshold=_EXACT),
                allow_redirects=allow_redirects,
                trace_request_ctx=departure,
            ) as answer:
                response = Response(answer.status, await answer.text(), answer.headers)
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError) as problem:
            fault: Exception | None = departure.held_back or _silence(
                method, type(problem).__name__, left=departure.left
            )
        else:
            fault = _busy(method, response)
        if fault is not None:
            raise fault
        return response

    async def close(self) -> None:
        """Give back the connections."""
        await self._session.close()


def _watch_for_departure() -> aiohttp.TraceConfig:
    """Look once more in the moment in which a request is written, and note that from then on the provider may have it.

    aiohttp calls this before it writes a body, and the headers with it; only a request with a body changes anything.
    """
    trace = aiohttp.TraceConfig()

    async def leaving(_session: aiohttp.ClientSession, context: Any, _params: object) -> None:  # noqa: ANN401
        departure = context.trace_request_ctx
        if departure.last_look is not None:
            try:
                departure.last_look()
            except Exception as held_back:
                departure.held_back = held_back  # aiohttp makes a failed connection of it
                raise
        departure.left = True

    trace.on_request_chunk_sent.append(leaving)
    return trace


def _signed_in(headers: Mapping[str, str] | None, auth: tuple[str, str] | None) -> dict[str, str]:
    return {**(headers or {}), **({"Authorization": aiohttp.encode_basic_auth(*auth)} if auth else {})}


def _texts(values: Mapping[str, object] | None) -> list[tuple[str, str]] | None:
    """Names and texts; a list, such as the events of a call that are to be reported, is its name several times."""
    if values is None:
        return None
    return [
        (name, str(one)) for name, value in values.items() for one in (value if isinstance(value, list) else [value])
    ]


def _silence(method: str, what: str, *, left: bool) -> NotifierError:
    """There was no usable answer. Asking twice is harmless; sending twice is not."""
    if method.upper() == "GET" or not left:
        return ProviderUnavailable(f"twilio could not be reached ({what})")
    return OutcomeUnknown(f"twilio's answer was lost ({what})")


def _busy(method: str, response: Response) -> NotifierError | None:
    """429 is a refusal; a 5xx may come from a part that failed after another had accepted the message."""
    status = response.status_code
    if status == _TOO_MANY_REQUESTS:
        return ProviderUnavailable(
            "twilio asks us to slow down", code=status, retry_after=seconds(response.headers, "Retry-After")
        )
    if status >= _SERVER_ERROR:
        reason = f"twilio answered {status}"
        return (
            ProviderUnavailable(reason, code=status) if method.upper() == "GET" else OutcomeUnknown(reason, code=status)
        )
    return None


def seconds(headers: Mapping[str, str] | None, name: str) -> float | None:
    """A wait given in seconds by a header, or None; never negative."""
    try:
        return max(0.0, float((headers or {}).get(name, "")))
    except ValueError:
        return None
