"""Posting to the application as the providers do: signed, bounded in time, tried again a few times."""

import asyncio
import json
import logging
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urldefrag, urlencode, urlsplit

import aiohttp

from simulator.config import SimulatorConfig
from simulator.messages import new_id
from simulator.signing import SendGridKey, twilio_signature

_logger = logging.getLogger(__name__)

_TIME_LIMIT = aiohttp.ClientTimeout(total=15, sock_connect=5)
_AT_ONCE = 50
_MOST_TRIES = 6
SENDGRID_TRIES = 4
_CLIENT_ERROR, _SERVER_ERROR = 400, 500

TWILIO_INBOUND = "/webhooks/twilio/inbound-sms"
SENDGRID_EVENTS = "/webhooks/sendgrid/events"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the application said; status 0 when it said nothing."""

    status: int
    body: str = ""


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a webhook is tried, and after what. Twilio's default is one more try when it can't connect."""

    tries: int = 2
    after: frozenset[str] = frozenset({"ct"})

    def again(self, answer: Answer) -> bool:
        """Whether this answer is worth another try."""
        if not answer.status:
            return bool(self.after & {"ct", "rt", "all"})
        if answer.status >= _SERVER_ERROR:
            return bool(self.after & {"5xx", "all"})
        return answer.status >= _CLIENT_ERROR and bool(self.after & {"4xx", "all"})


def patience_of(url: str) -> Patience:
    """Twilio's connection overrides: `#rc=3&rp=all` behind a URL sets retry count and policy."""
    overrides = parse_qs(urldefrag(url).fragment)
    default = Patience()
    count = overrides.get("rc", [""])[0]
    policy = overrides.get("rp", [""])[0]
    return Patience(
        tries=min(int(count) + 1, _MOST_TRIES) if count.isdecimal() else default.tries,
        after=frozenset(policy.split(",")) if policy else default.after,
    )


class Webhooks:
    """The provider's side of every webhook."""

    def __init__(self, config: SimulatorConfig, key: SendGridKey) -> None:
        self.public_url = config.public_url
        """Where the application is; a test may learn it only after the simulator runs."""
        self._config = config
        self._key = key
        self._session: aiohttp.ClientSession | None = None

    def open(self) -> None:
        """Make the connection pool, inside the running loop."""
        # No cookies, no redirects and no keep-alive for long: each post is on its own.
        connector = aiohttp.TCPConnector(limit=_AT_ONCE, keepalive_timeout=2)
        self._session = aiohttp.ClientSession(
            connector=connector, timeout=_TIME_LIMIT, cookie_jar=aiohttp.DummyCookieJar()
        )

    async def close(self) -> None:
        """Give back the connections."""
        if self._session is not None:
            await self._session.close()

    async def twilio(self, url: str, form: dict[str, str], *, forged: bool = False) -> Answer:
        """Post a signed form; the answer to the last try."""
        headers = {
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
            "User-Agent": "TwilioProxy/1.1",
            "I-Twilio-Idempotency-Token": new_id(""),
            "X-Twilio-Signature": twilio_signature(self._config.auth_token, url, form, forged=forged),
        }
        return await self._post(url, urlencode(form).encode(), headers, patience_of(url))

    async def sendgrid(self, events: list[dict[str, Any]], *, forged: bool = False) -> Answer:
        """Post a signed batch of events, if there is anywhere to post to; the answer to the last try."""
        if self.public_url is None:
            return Answer(0)
        body = (json.dumps(events, separators=(",", ":")) + "\r\n").encode()
        timestamp = str(int(time.time()))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "SendGrid Event API",
            "X-Twilio-Email-Event-Webhook-Signature": self._key.sign(timestamp, body, forged=forged),
            "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
        }
        patience = Patience(tries=SENDGRID_TRIES, after=frozenset({"all"}))
        return await self._post(self.public_url.rstrip("/") + SENDGRID_EVENTS, body, headers, patience)

    async def _post(self, url: str, body: bytes, headers: dict[str, str], patience: Patience) -> Answer:
        pause = self._config.callback_pause_seconds
        answer = Answer(0)
        for attempt in range(patience.tries):
            if attempt:
                await asyncio.sleep(pause)
                pause *= 2
            answer = await self._try(url, body, headers)
            if not patience.again(answer):
                break
        if not answer.status or answer.status >= _CLIENT_ERROR:
            _logger.warning("webhook %s was answered with %s", urlsplit(url).path, answer.status or "nothing")
        return answer

    async def _try(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        if self._session is None:
            raise RuntimeError("the simulator is not running")
        try:
            async with self._session.post(urldefrag(url).url, data=body, headers=headers, allow_redirects=False) as got:
                return Answer(got.status, await got.text())
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError):
            return Answer(0)
