"""`goldenhour doctor`: is this installation able to alert?"""

import os

from cli.check_connections import check_connections
from cli.check_directory import check_directory
from cli.check_settings import check_settings
from cli.disk import low_disk
from cli.environment import KEYS_FILE, complete
from cli.findings import Finding, Level, failed, fine, warning
from config.keys import SecretFileError
from config.settings import Places, Settings, SettingsError, read_environment


async def examine() -> bool:
    """Print a line for each setting and connection; whether none FAILED.

    Run beside `goldenhour up`, it examines what `up` embeds.
    """
    environment = read_environment()
    try:
        environment = as_up_sees_it(environment)
    except (SettingsError, SecretFileError) as error:
        return _told([failed("setting", str(error), "Every part refuses to start until it is set")])
    # Temporal's own settings are read from the process environment.
    os.environ.update(environment)
    settings, findings = check_settings(environment)
    if settings is not None:
        findings.append(_disk(settings))
        findings += await check_connections(settings)
        if not any(finding.about == "SQL store" and finding.level is Level.FAILED for finding in findings):
            findings += await check_directory(settings)
    return _told(findings)


def as_up_sees_it(environment: dict[str, str]) -> dict[str, str]:
    """If this machine is run by `up` and the environment names no database, look at what `up` embeds.

    Raises:
        SettingsError: the data directory can't be used.
        SecretFileError: a kept secret can't.
    """
    places = Places.load(environment)
    try:
        if environment.get("DATABASE_URL") or not (places.data_dir / KEYS_FILE).exists():
            return environment
        simulator_was_used = (places.data_dir / "logs" / "simulator.log").exists()
        return complete(environment, places, demo=simulator_was_used)
    except OSError as error:
        raise SettingsError([f"GOLDENHOUR_DATA_DIR: {places.data_dir} can't be used: {error.strerror}"]) from None


def _disk(settings: Settings) -> Finding:
    """Room for databases and logs: without it nothing can be recorded, and no timer can act."""
    scarce = low_disk(settings.data_dir)
    if scarce is None:
        return fine("disk", "room enough")
    return warning("disk", scarce, "Make room: a full disk stops checks and alerts")


def _told(findings: list[Finding]) -> bool:
    for finding in findings:
        print(finding)
    count = sum(finding.level is Level.FAILED for finding in findings)
    print(f"\n{count} FAILED" if count else "\nReady to alert")
    return count == 0
