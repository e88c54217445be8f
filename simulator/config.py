"""What the simulator is told, from its environment or by a test."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DEFAULT_PORT = 8010


@dataclass(frozen=True, slots=True)
class SimulatorConfig:
    """Published, made-up credentials by default: this is no real account."""

    account_sid: str = "AC" + "0" * 32
    auth_token: str = "simulated-auth-token"  # noqa: S105 - made up and published
    from_number: str = "+447700900000"
    sendgrid_api_key: str = "SG.simulated"

    public_url: str | None = None
    """Where inbound texts and e-mail events are posted to; None: nowhere."""

    data_dir: Path | None = None
    """Where messages and the signing key outlive a restart; None: nothing is kept."""

    step_seconds: float = 0.2
    """Between one status of a message and the next."""

    hang_seconds: float = 60.0
    """The longest that a hanging request is held."""

    callback_pause_seconds: float = 0.5
    """Before a callback that failed is tried again; doubles."""


def from_environment(environment: Mapping[str, str]) -> SimulatorConfig:
    """Read the variables that the application reads, so that both agree; what is not set keeps its default."""
    default = SimulatorConfig()
    data_dir = environment.get("GOLDENHOUR_DATA_DIR")
    return SimulatorConfig(
        account_sid=environment.get("TWILIO_ACCOUNT_SID") or default.account_sid,
        auth_token=environment.get("TWILIO_AUTH_TOKEN") or default.auth_token,
        from_number=environment.get("TWILIO_FROM_NUMBER") or default.from_number,
        sendgrid_api_key=environment.get("SENDGRID_API_KEY") or default.sendgrid_api_key,
        public_url=environment.get("GOLDENHOUR_PUBLIC_URL") or None,
        data_dir=Path(data_dir) if data_dir else None,
    )


def port_from_environment(environment: Mapping[str, str]) -> int:
    """The port to listen on."""
    return int(environment.get("GOLDENHOUR_SIMULATOR_PORT") or DEFAULT_PORT)
