"""Doctor, part one: the settings themselves, without connecting to anything."""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from cli.findings import Finding, failed, fine, warning
from config.settings import Settings, SettingsError

_PREFIXES = ("GOLDENHOUR_", "TWILIO_", "SENDGRID_")
_OTHERS = {"GOLDENHOUR_TOKEN"}
"""Known, but settings of the command line."""


def check_settings(environment: Mapping[str, str]) -> tuple[Settings | None, list[Finding]]:
    """The settings, or None if they can't be used, and a line for each."""
    findings = list(_unknown(environment))
    try:
        settings = Settings.load(environment)
    except SettingsError as error:
        findings += [
            failed("setting", problem, "Every part refuses to start until it is set") for problem in error.problems
        ]
        return None, findings
    findings += _each(settings, environment)
    findings += _risks(settings, environment)
    return settings, findings


def _each(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    for name, field in type(settings).model_fields.items():
        variable = str(field.validation_alias)
        if not environment.get(variable):
            value = getattr(settings, name)
            yield fine(variable, f"not set, so {value}" if field.repr and value not in (None, "") else "not set")
        else:
            yield fine(variable, str(getattr(settings, name)) if field.repr else "set")


def _unknown(environment: Mapping[str, str]) -> Iterator[Finding]:
    known = {str(field.validation_alias) for field in Settings.model_fields.values()} | _OTHERS
    for variable in sorted(environment):
        if variable.startswith(_PREFIXES) and variable not in known:
            meant = get_close_matches(variable, known, n=1)
            yield warning(variable, "no such setting, so it does nothing", f"Did you mean {meant[0]}?" if meant else "")


def _risks(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    if settings.simulated:
        yield warning("providers", "simulated, no real phone will ring", "Unset TWILIO_API_BASE_URL to reach real ones")
    if not settings.twilio_account_sid:
        yield warning("Twilio", "not set, so there are no texts", "Set the TWILIO_* settings")
    elif not (settings.twilio_voice_number or settings.twilio_from_number):
        yield warning("voice", "no number to call from, so there are no calls", "Set TWILIO_VOICE_NUMBER")
    if not settings.sendgrid_api_key:
        yield warning("SendGrid", "not set, so there is no e-mail", "Set the SENDGRID_* settings")
    if not settings.watchdog_contacts:
        remedy = "Set GOLDENHOUR_WATCHDOG_CONTACTS"
        yield warning("watchdog", "nobody is paged if the engine stands still", remedy)
    if not settings.deadman_url:
        remedy = "Set GOLDENHOUR_DEADMAN_URL to a service that alarms when its pings stop"
        yield warning("dead-man ping", "nobody outside notices if this machine is gone", remedy)
    if not environment.get("TEMPORAL_ADDRESS") and not environment.get("TEMPORAL_PROFILE"):
        yield fine("TEMPORAL_ADDRESS", "not set, so 127.0.0.1:7233")
