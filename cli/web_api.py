"""The web app's HTTP API, as the commands use it: every failure is one line for a person."""

import re
import uuid
from pathlib import Path
from typing import Any

import httpx

from cli.environment import TOKEN_FILE
from cli.errors import CommandError, MisuseError
from config.keys import SecretFileError, read_secret_file
from config.settings import Places, SettingsError, read_environment

PATIENCE = 15.0
"""Seconds for one answer."""

ATTEMPTS = 3
"""A POST whose answer was lost is sent again with the same key, so it counts once."""


class WebApi:
    """One person's access to a running web app."""

    def __init__(self, url: str, token: str) -> None:
        if not token:
            raise MisuseError("no token: give --token or set GOLDENHOUR_TOKEN (`goldenhour token create` makes one)")
        if not re.fullmatch(r"[!-~]+", token):
            raise MisuseError("the token is none: it holds letters, digits and signs, and no space")
        self._client = httpx.Client(
            base_url=(url or default_url()).rstrip("/"), timeout=PATIENCE, headers={"Authorization": f"Bearer {token}"}
        )

    def get(self, path: str) -> dict[str, Any]:
        """Read something.

        Raises:
            CommandError: with what the web app said, or that it did not answer.
        """
        return _object(self._answer("GET", path))

    def get_list(self, path: str) -> list[dict[str, Any]]:
        """Read a list of things.

        Raises:
            CommandError: as `get`.
        """
        content = self._answer("GET", path)
        return content if isinstance(content, list) else []

    def post(self, path: str, body: object = None) -> dict[str, Any]:
        """Send JSON, once even if it has to be sent again.

        Raises:
            CommandError: as `get`.
        """
        return _object(self._answer("POST", path, json={} if body is None else body))

    def post_toml(self, path: str, text: str) -> dict[str, Any]:
        """Send TOML.

        Raises:
            CommandError: as `get`.
        """
        return _object(self._answer("POST", path, content=text.encode(), headers={"Content-Type": "application/toml"}))

    def _answer(self, method: str, path: str, **request: Any) -> Any:  # noqa: ANN401 - httpx's own, and any JSON
        headers = dict(request.pop("headers", {}))
        if method == "POST":
            headers["Idempotency-Key"] = str(uuid.uuid4())
        for attempt in range(1, ATTEMPTS + 1):
            try:
                response = self._client.request(method, path, headers=headers, **request)
                break
            except httpx.InvalidURL:
                raise MisuseError("--url is no web address") from None
            except httpx.TransportError as error:
                if attempt == ATTEMPTS or isinstance(error, httpx.ConnectError | httpx.UnsupportedProtocol):
                    where = self._client.base_url
                    raise CommandError(f"no answer from {where}: is the web app running there? See --url") from None
        return _content(response)


def default_url() -> str:
    """Where the web app most likely is.

    Raises:
        CommandError: a setting is wrong.
    """
    return read_environment().get("GOLDENHOUR_PUBLIC_URL") or f"http://127.0.0.1:{_places().web_port}"


def _places() -> Places:
    try:
        return Places.load()
    except SettingsError as error:
        raise CommandError(str(error)) from None


def read_text(file: str) -> str:
    """A file's text; `-` is the standard input.

    Raises:
        MisuseError: it can't be read.
    """
    try:
        return Path("/dev/stdin" if file == "-" else file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise MisuseError(f"{file} can't be read: {reason}") from None


def kept_bootstrap_token() -> str:
    """The bootstrap token that is set, else the one that `goldenhour up` keeps.

    Raises:
        MisuseError: there is none.
        CommandError: others can read it.
    """
    if given := read_environment().get("GOLDENHOUR_BOOTSTRAP_TOKEN"):
        return given
    try:
        kept = read_secret_file(_places().data_dir / TOKEN_FILE)
    except SecretFileError as error:
        raise CommandError(str(error)) from None
    if kept is None:
        raise MisuseError("no bootstrap token: set GOLDENHOUR_BOOTSTRAP_TOKEN as the web app has it")
    return kept


def _object(content: object) -> dict[str, Any]:
    return content if isinstance(content, dict) else {}


def _content(response: httpx.Response) -> Any:  # noqa: ANN401 - any JSON
    try:
        content = response.json()
    except ValueError:
        content = None
    if response.is_success and isinstance(content, dict | list):
        return content
    raise CommandError(_problem(response.status_code, content if isinstance(content, dict) else {}))


def _problem(status: int, content: dict[str, Any]) -> str:
    """An RFC 9457 problem in one line."""
    if status == httpx.codes.UNAUTHORIZED:
        return "the token is not accepted (401): make one with `goldenhour token create`"
    told = [str(content[part]) for part in ("title", "detail") if content.get(part)]
    told += [f"{error.get('field')}: {error.get('detail')}" for error in content.get("errors") or []]
    return " ".join(f"refused ({status}): {'; '.join(told) or 'the web app gave no reason'}".split())
