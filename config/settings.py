"""What an operator decides, as environment variables; a development checkout may keep them in `.env`.

`TEMPORAL_*` is not here: `temporalio.envconfig` reads the standard variables itself (engine/client.py).
A missing or malformed variable stops start-up with one line that names it and never shows what a secret holds.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from config.keys import KeyRing

CHECKOUT = Path(__file__).resolve().parent.parent
_E164 = re.compile(r"\+[1-9]\d{6,14}")
_EMAIL = re.compile(r"[^\s@,]+@[^\s@,]+\.[^\s@,.]+")
_PROVIDER_DOMAINS = (".twilio.com", ".sendgrid.com")


class SettingsError(Exception):
    """Start-up stops here. The text is one line; `problems` has one entry for each variable."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def _matches(pattern: str, expected: str) -> AfterValidator:
    """A text of a certain shape, with an error that says the shape and not the text."""

    def check(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"expected {expected}")
        return text

    return AfterValidator(check)


def _web_address(text: str) -> str:
    """An http(s) address without a trailing slash, so that paths can be put behind it."""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("expected an address like https://example.org")
    return text.rstrip("/")


def _contacts(text: object) -> object:
    """A comma list of telephone numbers and e-mail addresses."""
    if not isinstance(text, str):
        return text
    entries = [entry.strip() for entry in text.split(",") if entry.strip()]
    for place, entry in enumerate(entries, start=1):
        if not (_E164.fullmatch(entry) or _EMAIL.fullmatch(entry)):
            raise ValueError(f"entry {place} is neither a number like +447700900123 nor an e-mail address")
    return tuple(entries)


def _keys(text: str) -> str:
    """Parsed here only so that a mistake stops start-up."""
    KeyRing.parse(text)
    return text


Port = Annotated[int, Field(ge=1, le=65535)]
WebAddress = Annotated[str, AfterValidator(_web_address)]
PhoneNumber = Annotated[str, _matches(_E164.pattern, "a number like +447700900123")]
EmailAddress = Annotated[str, _matches(_EMAIL.pattern, "an e-mail address")]


class Places(BaseSettings):
    """Where things are on this machine: what `goldenhour up` needs to know before it can fill in the rest."""

    model_config = SettingsConfigDict(
        case_sensitive=True, env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    web_port: Port = Field(8000, validation_alias="GOLDENHOUR_WEB_PORT")
    simulator_port: Port = Field(8010, validation_alias="GOLDENHOUR_SIMULATOR_PORT")
    temporal_port: Port = Field(7233, validation_alias="GOLDENHOUR_TEMPORAL_PORT")
    temporal_ui_port: Port = Field(8233, validation_alias="GOLDENHOUR_TEMPORAL_UI_PORT")
    redis_port: Port = Field(6390, validation_alias="GOLDENHOUR_REDIS_PORT")
    metrics_port: Port = Field(9464, validation_alias="GOLDENHOUR_METRICS_PORT")
    data_dir: Path = Field(CHECKOUT / "data", validation_alias="GOLDENHOUR_DATA_DIR")

    @classmethod
    def load(cls, environment: Mapping[str, str] | None = None) -> Self:
        """Read the environment (with `.env` beneath it), or exactly the variables given.

        Raises:
            SettingsError: one line that names every variable that is missing or malformed.
        """
        given = read_environment() if environment is None else environment
        try:
            values: dict[str, Any] = {name: value.strip() for name, value in given.items() if value.strip()}
            return cls(**values)
        except ValidationError as error:
            raise SettingsError([_problem(cls, detail) for detail in error.errors(include_input=False)]) from None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What `load` was given and nothing else: a test's settings can't be changed by a developer's `.env`."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)


class Settings(Places):
    """Every setting of a running part. Secrets are left out of `repr`."""

    database_url: Annotated[
        str,
        _matches(r"(sqlite|postgres(ql)?)(\+\w+)?://.+", "sqlite:///… or postgresql://…"),
    ] = Field(validation_alias="DATABASE_URL", repr=False)
    redis_url: Annotated[str, _matches(r"(redis|rediss|unix)://.+", "redis://…, rediss://… or unix://…")] = Field(
        validation_alias="REDIS_URL", repr=False
    )

    twilio_account_sid: Annotated[str, _matches("AC[0-9a-f]{32}", "AC and 32 hexadecimal digits")] | None = Field(
        None, validation_alias="TWILIO_ACCOUNT_SID", repr=False
    )
    twilio_auth_token: str | None = Field(None, validation_alias="TWILIO_AUTH_TOKEN", repr=False)
    twilio_auth_token_next: str | None = Field(None, validation_alias="TWILIO_AUTH_TOKEN_NEXT", repr=False)
    """While the token is being rotated: webhooks signed with either are genuine."""
    twilio_from_number: PhoneNumber | None = Field(None, validation_alias="TWILIO_FROM_NUMBER", repr=False)
    twilio_voice_number: PhoneNumber | None = Field(None, validation_alias="TWILIO_VOICE_NUMBER", repr=False)
    """The number that calls come from. None: the sender of texts, if that is a number."""
    twilio_messaging_service_sid: Annotated[str, _matches("MG[0-9a-f]{32}", "MG and 32 hexadecimal digits")] | None = (
        Field(None, validation_alias="TWILIO_MESSAGING_SERVICE_SID", repr=False)
    )
    twilio_api_base_url: WebAddress | None = Field(None, validation_alias="TWILIO_API_BASE_URL")
    """None: Twilio's own."""

    sendgrid_api_key: str | None = Field(None, validation_alias="SENDGRID_API_KEY", repr=False)
    sendgrid_from_email: EmailAddress | None = Field(None, validation_alias="SENDGRID_FROM_EMAIL", repr=False)
    sendgrid_api_base_url: WebAddress | None = Field(None, validation_alias="SENDGRID_API_BASE_URL")
    """None: SendGrid's own."""
    sendgrid_webhook_public_key: str | None = Field(None, validation_alias="SENDGRID_WEBHOOK_PUBLIC_KEY", repr=False)

    public_url: WebAddress = Field("", validation_alias="GOLDENHOUR_PUBLIC_URL")
    """Where people and providers reach the web app: links and webhook signatures are made of it."""
    encryption_keys: Annotated[str, AfterValidator(_keys)] = Field(
        validation_alias="GOLDENHOUR_ENCRYPTION_KEYS", repr=False
    )
    bootstrap_token: Annotated[str, _matches(r"\S{16,}", "16 or more characters without spaces")] | None = Field(
        None, validation_alias="GOLDENHOUR_BOOTSTRAP_TOKEN", repr=False
    )
    """May only make tokens: how the first person gets one. None: nobody can."""
    deadman_url: WebAddress | None = Field(None, validation_alias="GOLDENHOUR_DEADMAN_URL", repr=False)
    """Pinged every minute by the canary; who watches that address learns when the pings stop."""
    codec_origin: WebAddress = Field("", validation_alias="GOLDENHOUR_CODEC_ORIGIN")
    """The origin of the Temporal UI, the only one that may ask for payloads to be decrypted."""
    watchdog_contacts: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_contacts)] = Field(
        (), validation_alias="GOLDENHOUR_WATCHDOG_CONTACTS", repr=False
    )
    """Whom the watchdog pages: numbers in E.164 and e-mail addresses."""
    log_format: Literal["json", "console"] = Field("json", validation_alias="GOLDENHOUR_LOG_FORMAT")
    demo: bool = Field(False, validation_alias="GOLDENHOUR_DEMO")
    """Set by `goldenhour up --demo`."""

    @model_validator(mode="before")
    @classmethod
    def _fill_in_addresses(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Addresses on this machine follow the ports."""
        web, ui = values.get("GOLDENHOUR_WEB_PORT", 8000), values.get("GOLDENHOUR_TEMPORAL_UI_PORT", 8233)
        local = {
            "GOLDENHOUR_PUBLIC_URL": f"http://127.0.0.1:{web}",
            "GOLDENHOUR_CODEC_ORIGIN": f"http://127.0.0.1:{ui}",
        }
        return local | values

    @model_validator(mode="after")
    def _providers_are_whole(self) -> Self:
        """Half a provider would look set up and reach nobody."""
        problems = missing_provider_settings(
            {
                str(field.validation_alias): "set"
                for name, field in type(self).model_fields.items()
                if getattr(self, name) is not None
            }
        )
        if not self.simulated and not self.public_url.startswith("https://"):
            problems.append(
                "GOLDENHOUR_PUBLIC_URL: expected an https address, where Twilio and SendGrid report back to"
            )
        if problems:
            raise ValueError("; ".join(problems))
        return self

    @property
    def simulated(self) -> bool:
        """No real phone rings: some provider's address is not the provider's."""
        addresses = (self.twilio_api_base_url, self.sendgrid_api_base_url)
        hosts = [urlsplit(address).hostname or "" for address in addresses if address]
        return not all(host.endswith(_PROVIDER_DOMAINS) for host in hosts)

    @property
    def key_ring(self) -> KeyRing:
        """The parsed encryption keys."""
        return KeyRing.parse(self.encryption_keys)


def missing_provider_settings(environment: Mapping[str, str]) -> list[str]:
    """What is wrong with the providers' settings as a whole: none set, one half set, two senders at once."""
    twilio = {name for name, value in environment.items() if name.startswith("TWILIO_") and value}
    sendgrid = {name for name, value in environment.items() if name.startswith("SENDGRID_") and value}
    if not twilio and not sendgrid:
        return ["TWILIO_ACCOUNT_SID and SENDGRID_API_KEY are not set: nobody could be told of a missing child"]
    problems = []
    if twilio:
        problems += _unset({"TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"} - twilio, among="TWILIO")
        senders = {"TWILIO_FROM_NUMBER", "TWILIO_MESSAGING_SERVICE_SID"} & twilio
        if len(senders) != 1:
            fault = "both set" if senders else "not set"
            problems.append(f"TWILIO_FROM_NUMBER and TWILIO_MESSAGING_SERVICE_SID are {fault}: set exactly one")
    if sendgrid:
        wanted = {"SENDGRID_API_KEY", "SENDGRID_FROM_EMAIL", "SENDGRID_WEBHOOK_PUBLIC_KEY"}
        problems += _unset(wanted - sendgrid, among="SENDGRID")
    return problems


def _unset(names: set[str], *, among: str) -> list[str]:
    return [f"{name} is not set, although other {among}_* settings are" for name in sorted(names)]


def read_environment() -> dict[str, str]:
    """The process environment, over the checkout's `.env` if there is one."""
    from_file = {name: value for name, value in dotenv_values(CHECKOUT / ".env").items() if value}
    return from_file | {name: value for name, value in os.environ.items() if value}


def _problem(settings_class: type[BaseSettings], detail: ErrorDetails) -> str:
    """One mistake as a person reads it: the variable's name and what was expected of it."""
    reason = detail["msg"].removeprefix("Value error, ")
    if not detail["loc"]:
        return reason
    name = str(detail["loc"][0])
    field = settings_class.model_fields.get(name)
    variable = str(field.validation_alias) if field else name
    if detail["type"] == "missing":
        return f"{variable} is not set"
    return reason if reason.startswith(variable) else f"{variable}: {reason[0].lower()}{reason[1:]}"
