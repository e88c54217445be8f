"""What the parts are told: the operator's settings, and for each that is not set the embedded one.

Nothing here changes a setting that is set. Secrets that are made here are kept in the data directory with mode 0600.
"""

import os
import secrets
import subprocess
import sys
from collections.abc import Mapping

from cli.embedded import FULL, NAMESPACE, temporal_is_embedded
from config.keys import KeyRing, SecretFileError, read_or_create_secret_file, read_secret_file
from config.settings import CHECKOUT, Places, SettingsError
from simulator.config import SimulatorConfig

KEYS_FILE = "encryption.keys"
TOKEN_FILE = "bootstrap.token"  # noqa: S105 - a file's name
DEMO_CONTACTS = "+447700900999,watchdog@goldenhour.example"


def simulates(environment: Mapping[str, str], *, demo: bool) -> bool:
    """Whether the simulator stands in: only for a demonstration, and only if nothing of a real provider is set."""
    real = any(name.startswith(("TWILIO_", "SENDGRID_")) and value for name, value in environment.items())
    return demo and not real


def complete(environment: Mapping[str, str], places: Places, *, demo: bool) -> dict[str, str]:
    """The environment of every part.

    Raises:
        SecretFileError: a kept secret can be read by others, or is missing although data were sealed with it.
        SettingsError: nobody could be told of a missing child.
    """
    filled = {
        "GOLDENHOUR_PUBLIC_URL": f"http://127.0.0.1:{places.web_port}",
        "GOLDENHOUR_LOG_FORMAT": "console",
        "DATABASE_URL": _store(places, demo=demo),
        "REDIS_URL": f"redis://127.0.0.1:{places.redis_port}/0",
        "PYTHONUNBUFFERED": "1",
    }
    if temporal_is_embedded(environment):
        filled |= {"TEMPORAL_ADDRESS": f"127.0.0.1:{places.temporal_port}", "TEMPORAL_NAMESPACE": NAMESPACE}
    if demo:
        filled |= {"GOLDENHOUR_DEMO": "1"}
    if simulates(environment, demo=demo):
        filled |= _simulated_providers(environment, places)
    else:
        _require_providers(environment)
    resolved = {"GOLDENHOUR_DATA_DIR": str(places.data_dir)}
    return filled | dict(environment) | resolved | _secrets(environment, places)


def _store(places: Places, *, demo: bool) -> str:
    """The embedded store's address."""
    path = f"sqlite+aiosqlite:///{places.data_dir / 'goldenhour.db'}"
    return path if demo else f"{path}?synchronous={FULL}"


def _require_providers(environment: Mapping[str, str]) -> None:
    if not any(name.startswith(("TWILIO_", "SENDGRID_")) and value for name, value in environment.items()):
        reason = "no TWILIO_* and no SENDGRID_* is set, so nobody could be told of a missing child"
        raise SettingsError([f"{reason}: set them, or try the demonstration with `goldenhour up --demo`"])


def _secrets(environment: Mapping[str, str], places: Places) -> dict[str, str]:
    made = {}
    if not environment.get("GOLDENHOUR_ENCRYPTION_KEYS"):
        made["GOLDENHOUR_ENCRYPTION_KEYS"] = _kept_keys(places)
    if not environment.get("GOLDENHOUR_BOOTSTRAP_TOKEN"):
        path = places.data_dir / TOKEN_FILE
        made["GOLDENHOUR_BOOTSTRAP_TOKEN"] = read_or_create_secret_file(path, lambda: secrets.token_urlsafe(32))
    return made


def _kept_keys(places: Places) -> str:
    """The data directory's own key ring. A lost one is not replaced while something is sealed with it."""
    path = places.data_dir / KEYS_FILE
    if read_secret_file(path) is None and (places.data_dir / "temporal.db").exists():
        raise SecretFileError(
            f"{path} is missing, and {places.data_dir / 'temporal.db'} was sealed with it: restore it from a backup, "
            "set GOLDENHOUR_ENCRYPTION_KEYS, or start afresh with another GOLDENHOUR_DATA_DIR"
        )
    return read_or_create_secret_file(path, lambda: KeyRing.generate().to_setting())


def _simulated_providers(environment: Mapping[str, str], places: Places) -> dict[str, str]:
    """The made-up account that the simulator publishes."""
    account = SimulatorConfig()
    address = f"http://127.0.0.1:{places.simulator_port}"
    return {
        "TWILIO_ACCOUNT_SID": account.account_sid,
        "TWILIO_AUTH_TOKEN": account.auth_token,
        "TWILIO_FROM_NUMBER": account.from_number,
        "TWILIO_API_BASE_URL": address,
        "SENDGRID_API_KEY": account.sendgrid_api_key,
        "SENDGRID_FROM_EMAIL": "alerts@goldenhour.example",
        "SENDGRID_API_BASE_URL": address,
        "SENDGRID_WEBHOOK_PUBLIC_KEY": _simulators_key(environment, places),
        "GOLDENHOUR_WATCHDOG_CONTACTS": DEMO_CONTACTS,
    }


def _simulators_key(environment: Mapping[str, str], places: Places) -> str:
    """The key that the simulator signs e-mail events with; made on its first start and kept by it."""
    asked = subprocess.run(
        (sys.executable, "-m", "simulator", "--public-key"),
        cwd=CHECKOUT,
        env=os.environ | dict(environment) | {"GOLDENHOUR_DATA_DIR": str(places.data_dir)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if asked.returncode:
        last = (asked.stderr.strip().splitlines() or ["it said nothing"])[-1]
        raise SettingsError([f"the simulator's key can't be read: {last}"])
    return asked.stdout.strip()
