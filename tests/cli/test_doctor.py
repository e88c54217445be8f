"""`goldenhour doctor`: a line for each setting and connection, and for what is wrong what to do."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest

from cli.check_connections import check_connections
from cli.check_settings import check_settings
from cli.doctor import examine
from cli.findings import Level
from config.keys import KeyRing
from config.settings import Settings

SOUND = {
    "DATABASE_URL": "sqlite+aiosqlite:////no/such/directory/x.db",
    "REDIS_URL": "redis://127.0.0.1:9/0",
    "GOLDENHOUR_ENCRYPTION_KEYS": KeyRing.generate().to_setting(),
    "GOLDENHOUR_PUBLIC_URL": "https://goldenhour.example",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "open-sesame",
    "TWILIO_FROM_NUMBER": "+447700900000",
}


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> dict[str, httpx.Response]:
    """What each host answers; any other can't be reached."""
    responses: dict[str, httpx.Response] = {}

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.host not in responses:
            raise httpx.ConnectError("closed")
        return responses[request.url.host]

    original = httpx.AsyncClient
    monkeypatch.setattr(
        "cli.check_connections.httpx.AsyncClient",
        lambda timeout: original(transport=httpx.MockTransport(answer), timeout=timeout),
    )
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:9")
    return responses


async def findings(change: dict[str, str] | None = None) -> dict[str, str]:
    """What the connections are found to be: the lines by what they are about."""
    return {finding.about: str(finding) for finding in await check_connections(Settings.load(SOUND | (change or {})))}


async def test_nothing_that_does_not_answer_is_passed_over(answers: dict[str, httpx.Response]) -> None:
    """Everything is away: every line FAILED, each with a remedy, and no secret in any."""
    assert not answers
    found = await findings()
    assert set(found) == {"Temporal", "SQL store", "Redis", "Twilio", "web app"}
    assert all(line.startswith("FAILED") for line in found.values())
    assert "TEMPORAL_" in found["Temporal"]
    assert "open-sesame" not in str(found)


async def test_wrong_credentials_and_a_wrong_clock_are_told(answers: dict[str, httpx.Response]) -> None:
    """Twilio refuses, and its clock is the only one outside this house."""
    late = format_datetime(datetime.now(UTC) - timedelta(minutes=5), usegmt=True)
    answers["api.twilio.com"] = httpx.Response(401, headers={"Date": late})
    found = await findings()
    assert "refuses these credentials. Check the TWILIO_* settings" in found["Twilio"]
    assert found["clock"].startswith("warning  clock: differs from Twilio's by 29") or "by 300" in found["clock"]


async def test_sound_providers_and_a_ready_web_app_are_ok(answers: dict[str, httpx.Response]) -> None:
    """SendGrid is asked with a message that it checks and does not send."""
    now = format_datetime(datetime.now(UTC), usegmt=True)
    answers["api.twilio.com"] = answers["api.sendgrid.com"] = httpx.Response(200, headers={"Date": now})
    answers["goldenhour.example"] = httpx.Response(200)
    sendgrid = {
        "SENDGRID_API_KEY": "SG.open-sesame",
        "SENDGRID_FROM_EMAIL": "a@goldenhour.example",
        "SENDGRID_WEBHOOK_PUBLIC_KEY": "key",
    }
    found = await findings(sendgrid)
    for about in ("Twilio", "SendGrid", "web app", "clock"):
        assert found[about].startswith("ok"), found[about]


def test_settings_are_listed_without_their_secrets() -> None:
    """What is set, what is by default, what does nothing, what is risky."""
    settings, found = check_settings(SOUND | {"GOLDENHOUR_WEBPORT": "8001"})
    lines = "\n".join(str(finding) for finding in found)
    assert settings is not None
    assert "TWILIO_AUTH_TOKEN: set" in lines
    assert "open-sesame" not in lines
    assert "GOLDENHOUR_REDIS_PORT: not set, so 6390" in lines
    assert "GOLDENHOUR_WEBPORT: no such setting, so it does nothing. Did you mean GOLDENHOUR_WEB_PORT?" in lines
    assert "GOLDENHOUR_WATCHDOG_CONTACTS" in lines


def test_broken_settings_are_failures() -> None:
    """One line for each, and nothing is connected to."""
    settings, found = check_settings(SOUND | {"DATABASE_URL": "", "REDIS_URL": "x"})
    assert settings is None
    assert [finding.level for finding in found].count(Level.FAILED) == 2


async def test_doctor_says_no_when_something_failed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The exit code is for scripts, the last line for people."""
    environment = {"GOLDENHOUR_DATA_DIR": str(tmp_path)}
    monkeypatch.setattr("cli.doctor.read_environment", lambda: environment)
    monkeypatch.setenv("GOLDENHOUR_DATA_DIR", str(tmp_path))
    assert not await examine()
    assert capsys.readouterr().out.endswith("FAILED\n")
