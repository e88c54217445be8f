"""E-mail by SendGrid."""

import asyncio
import http.client
import json
import logging
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from urllib.error import URLError

from python_http_client.client import Response
from python_http_client.exceptions import HTTPError
from sendgrid import SendGridAPIClient

from domain.names import Channel
from notifiers.errors import NotifierError, OutcomeUnknown, ProviderUnavailable, Undeliverable
from notifiers.interface import Notification, Receipt
from notifiers.twilio_http import seconds

# At DEBUG the library logs the key, the address and the text.
for _name in ("python_http_client", "python_http_client.client"):
    logging.getLogger(_name).setLevel(logging.WARNING)

PROVIDER = "sendgrid"
_DEFAULT_URL = "https://api.sendgrid.com"
_THREADS = 32
_OF_THE_TIME_LEFT = 0.95
_TOO_LATE = 0.1
"""With less than this share of its time left, a request would leave only to be in doubt."""
_OUR_FAULT = {
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
}


@dataclass(slots=True)
class _Attempt:
    """One request in a thread: when it must have left, and whether it has."""

    deadline: float
    left: bool = field(default=False)


class SendGridEmail:
    """Sends e-mail with the real `sendgrid` library in threads of its own; never retries, never logs an address.

    Args:
        api_key: A key that may send mail.
        from_email: The verified sender.
        base_url: Where the API is, when not at SendGrid (the simulator).
        send_within: The longest that a send may take, in seconds.
    """

    channel = Channel.EMAIL

    def __init__(self, *, api_key: str, from_email: str, base_url: str | None = None, send_within: float = 8.0) -> None:
        self._from_email = from_email
        self._send_within = send_within
        self._library = SendGridAPIClient(api_key, host=(base_url or _DEFAULT_URL).rstrip("/"))
        # Without a timeout urllib waits for ever. It limits each socket operation; `send` limits the whole.
        self._library.client.timeout = send_within
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="sendgrid")

    def __repr__(self) -> str:
        return "SendGridEmail()"

    async def send(self, notification: Notification) -> Receipt:
        """Hand the e-mail to SendGrid, once.

        Raises:
            Undeliverable: SendGrid refused this address or text; use the person's next channel.
            ProviderUnavailable: nothing was sent: not reached, 429, or our key or sender is at fault.
            OutcomeUnknown: the answer was lost, came too late, or was a 5xx.
        """
        attempt = _Attempt(deadline=time.monotonic() + self._send_within)
        try:
            async with asyncio.timeout(self._send_within):
                job = asyncio.get_running_loop().run_in_executor(self._threads, self._post, attempt, notification)
                return _receipt(await job)
        except NotifierError as known:
            fault = known
        except HTTPError as refused:
            fault = refusal(refused)
        except (OSError, http.client.HTTPException) as problem:
            fault = silence(problem, left=attempt.left)
        except RuntimeError:
            fault = ProviderUnavailable("the channel is closed")
        # Raised outside of the `except` clauses: the library's error holds the answer, which may name the address.
        raise fault

    async def find(self, notification: Notification, *, since: datetime) -> Receipt | None:  # noqa: ARG002
        """SendGrid can't be asked what it accepted, so the answer is always None: send again."""
        return None

    async def close(self) -> None:
        """Give back the threads; one that still waits ends by its own timeout."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _post(self, attempt: _Attempt, notification: Notification) -> Response:
        remaining = attempt.deadline - time.monotonic()
        if remaining <= self._send_within * _TOO_LATE:
            raise ProviderUnavailable("the time to send was used up waiting for a thread")
        body = mail(notification, self._from_email)
        notification.last_look()
        attempt.left = True
        # A little less than there is, so that urllib still gets to say whether it was connecting or reading.
        return self._library.client.mail.send.post(request_body=body, timeout=remaining * _OF_THE_TIME_LEFT)


def mail(notification: Notification, from_email: str) -> dict[str, object]:
    """The request's body: plain text, no tracking, and nothing kept at SendGrid but the notification's id."""
    return {
        "personalizations": [
            {
                "to": [{"email": notification.address}],
                "custom_args": {"notification_id": notification.notification_id},
            }
        ],
        "from": {"email": from_email},
        "subject": notification.subject,
        "content": [{"type": "text/plain", "value": notification.text}],
        "tracking_settings": {
            "click_tracking": {"enable": False, "enable_text": False},
            "open_tracking": {"enable": False},
            "subscription_tracking": {"enable": False},
        },
    }


def refusal(refused: HTTPError) -> NotifierError:
    """What an HTTP status of SendGrid means. A 5xx may come after the message was accepted."""
    status = int(refused.status_code)
    reason = f"sendgrid answered {status}"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return ProviderUnavailable("sendgrid asks us to slow down", code=status, retry_after=_wait(refused))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status < HTTPStatus.BAD_REQUEST:
        return OutcomeUnknown(reason, code=status)
    if status in _OUR_FAULT or _blames_our_sender(refused):
        return ProviderUnavailable(reason, code=status)
    return Undeliverable(reason, code=status)


def silence(problem: Exception, *, left: bool) -> NotifierError:
    """There was no answer. `URLError` is what urllib raises while it connects and writes, before it reads."""
    if isinstance(problem, URLError):
        return ProviderUnavailable(f"sendgrid could not be reached ({type(problem.reason).__name__})")
    if not left:
        return ProviderUnavailable("the time to send was used up waiting for a thread")
    return OutcomeUnknown(f"sendgrid's answer was lost ({type(problem).__name__})")


def _receipt(response: Response) -> Receipt:
    """An accepted message: without an id it is accepted all the same, and `custom_args` name it in its events."""
    if response.status_code != HTTPStatus.ACCEPTED:
        raise OutcomeUnknown(f"sendgrid answered {response.status_code}", code=response.status_code)
    return Receipt(provider=PROVIDER, provider_id=str(response.headers.get("X-Message-Id", "")))


def _wait(refused: HTTPError) -> float | None:
    """SendGrid names the instant (seconds since 1970) at which its limit is lifted; a proxy may name a wait."""
    wait = seconds(refused.headers, "Retry-After")
    lifted = seconds(refused.headers, "X-RateLimit-Reset")
    if wait is not None or lifted is None:
        return wait
    return max(0.0, lifted - time.time())


def _blames_our_sender(refused: HTTPError) -> bool:
    """Whether a 400 is about the sender: then no address is at fault."""
    try:
        errors = json.loads(refused.body)["errors"]
        return any(str(error.get("field") or "").startswith("from") for error in errors)
    except (ValueError, TypeError, KeyError, AttributeError):
        return False
