"""`goldenhour placement …`. Personal data come from files or the standard input, never from arguments."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from cli.errors import MisuseError
from cli.web_api import WebApi, read_text
from domain.names import Method, Outcome


@dataclass(frozen=True, slots=True)
class CheckIn:
    """A check-in as it was typed."""

    outcome: str
    method: str
    seen_at: str
    """Empty: now."""
    note: str
    """The name of a file, or empty."""

    def body(self) -> dict[str, Any]:
        """What the API is sent.

        Raises:
            MisuseError: an outcome or a method that there is not, or no instant.
        """
        body = {
            "outcome": _one_of(Outcome, self.outcome, "--outcome"),
            "method": _one_of(Method, self.method, "--method"),
            "seen_at": _instant(self.seen_at),
        }
        return body | ({"note": read_text(self.note).strip()} if self.note else {})


def admit(file: str, api: WebApi) -> None:
    """Send the body of a new placement.

    Raises:
        MisuseError: the file holds no JSON object.
        CommandError: the web app refused it.
    """
    try:
        body = json.loads(read_text(file))
        json.dumps(body, ensure_ascii=False, allow_nan=False).encode()  # as it will be sent: no NaN, no half letters
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise MisuseError(f"{file} holds no JSON object")
    _show(api.post("/api/v1/placements", body))


def show(placement_id: str, api: WebApi) -> None:
    """Print a placement's state."""
    _show(api.get(f"/api/v1/placements/{quote(placement_id, safe='')}"))


def check_in(placement_id: str, given: CheckIn, api: WebApi) -> None:
    """Record a check-in, and say so if it is queued."""
    answer = api.post(f"/api/v1/placements/{quote(placement_id, safe='')}/check-ins", given.body())
    _show(answer)
    if answer.get("queued"):
        print("Queued: it is kept and will be delivered as soon as the engine answers.")


def _show(answer: dict[str, Any]) -> None:
    print(json.dumps(answer, indent=2, ensure_ascii=False))


def _one_of(words: type[Outcome] | type[Method], given: str, option: str) -> str:
    if given not in set(words):
        raise MisuseError(f"{option} is one of {', '.join(words)}")
    return given


def _instant(given: str) -> str:
    try:
        instant = datetime.fromisoformat(given) if given else datetime.now(UTC)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise MisuseError("--seen-at is an instant with its offset, like 2026-11-22T21:30:00Z")
    return instant.isoformat()
