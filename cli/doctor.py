"""`goldenhour doctor`: is this installation able to alert?"""

import os

from cli.check_connections import check_connections
from cli.check_settings import check_settings
from cli.environment import KEYS_FILE, complete
from cli.findings import Finding, Level, failed
from config.keys import SecretFileError
from config.settings import Places, SettingsError, read_environment


async def examine() -> bool:
    """Print a line for each setting and connection; whether none FAILED.

    Run beside `goldenhour up`, it examines what `up` embeds.
    """
    environment = read_environment()
    try:
        environment = _as_up_sees_it(environment)
    except (SettingsError, SecretFileError) as error:
        return _told([failed("setting", str(error), "Every part refuses to start until it is set")])
    # Temporal's own settings are read from the process environment.
    os.environ.update(environment)
    settings, findings = check_settings(environment)
    if settings is not None:
        findings += await check_connections(settings)
    return _told(findings)


def _as_up_sees_it(environment: dict[str, str]) -> dict[str, str]:
    """If this machine is run by `up` and the environment names no database, look at what `up` embeds."""
    places = Places.load(environment)
    if environment.get("DATABASE_URL") or not (places.data_dir / KEYS_FILE).exists():
        return environment
    simulator_was_used = (places.data_dir / "logs" / "simulator.log").exists()
    return complete(environment, places, demo=simulator_was_used)


def _told(findings: list[Finding]) -> bool:
    for finding in findings:
        print(finding)
    count = sum(finding.level is Level.FAILED for finding in findings)
    print(f"\n{count} FAILED" if count else "\nReady to alert")
    return count == 0
