"""Settings: a broken one stops start-up with one line that names it and shows no secret."""

from pathlib import Path

import pytest

from config.keys import KeyRing
from config.settings import CHECKOUT, Places, Settings, SettingsError

RING = KeyRing.generate().to_setting()
SOUND = {
    "DATABASE_URL": "sqlite+aiosqlite:///x.db",
    "REDIS_URL": "redis://127.0.0.1:6390/0",
    "GOLDENHOUR_ENCRYPTION_KEYS": RING,
    "GOLDENHOUR_PUBLIC_URL": "https://goldenhour.example/",
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "open-sesame",
    "TWILIO_FROM_NUMBER": "+447700900000",
}


def test_sound_settings_are_read_and_the_rest_has_its_default() -> None:
    """Ports, the data directory and the codec's origin need not be said."""
    settings = Settings.load(SOUND)
    assert settings.public_url == "https://goldenhour.example"
    assert (settings.web_port, settings.simulator_port, settings.metrics_port) == (8000, 8010, 9464)
    assert settings.codec_origin == "http://127.0.0.1:8233"
    assert settings.data_dir == CHECKOUT / "data"
    assert settings.key_ring.encrypts_with == "k1"
    assert not settings.simulated
    assert not settings.demo


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"DATABASE_URL": ""}, "DATABASE_URL is not set"),
        ({"DATABASE_URL": "mysql://open-sesame@x"}, "DATABASE_URL: expected sqlite"),
        ({"REDIS_URL": ""}, "REDIS_URL is not set"),
        ({"REDIS_URL": "localhost:6379"}, "REDIS_URL: expected redis://"),
        ({"GOLDENHOUR_ENCRYPTION_KEYS": ""}, "GOLDENHOUR_ENCRYPTION_KEYS is not set"),
        ({"GOLDENHOUR_ENCRYPTION_KEYS": "k1:open-sesame"}, "GOLDENHOUR_ENCRYPTION_KEYS: the key of entry 1"),
        ({"GOLDENHOUR_WEB_PORT": "eighty"}, "GOLDENHOUR_WEB_PORT: input should be a valid integer"),
        ({"GOLDENHOUR_WEB_PORT": "70000"}, "GOLDENHOUR_WEB_PORT: input should be less than"),
        ({"GOLDENHOUR_PUBLIC_URL": "goldenhour.example"}, "GOLDENHOUR_PUBLIC_URL: expected an address"),
        ({"GOLDENHOUR_PUBLIC_URL": ""}, "GOLDENHOUR_PUBLIC_URL: expected an https address"),
        ({"GOLDENHOUR_BOOTSTRAP_TOKEN": "short"}, "GOLDENHOUR_BOOTSTRAP_TOKEN: expected 16 or more"),
        ({"GOLDENHOUR_LOG_FORMAT": "xml"}, "GOLDENHOUR_LOG_FORMAT: input should be 'json' or 'console'"),
        ({"GOLDENHOUR_WATCHDOG_CONTACTS": "+447700900000,Ann"}, "GOLDENHOUR_WATCHDOG_CONTACTS: entry 2 is neither"),
        ({"TWILIO_ACCOUNT_SID": "open-sesame"}, "TWILIO_ACCOUNT_SID: expected AC"),
        ({"TWILIO_AUTH_TOKEN": ""}, "TWILIO_AUTH_TOKEN is not set, although other TWILIO_"),
        ({"TWILIO_FROM_NUMBER": ""}, "TWILIO_FROM_NUMBER and TWILIO_MESSAGING_SERVICE_SID are not set"),
        ({"TWILIO_FROM_NUMBER": "07700 900000"}, "TWILIO_FROM_NUMBER: expected a number like"),
        ({"TWILIO_MESSAGING_SERVICE_SID": "MG" + "0" * 32}, "are both set: set exactly one"),
        ({"SENDGRID_API_KEY": "SG.open-sesame"}, "SENDGRID_FROM_EMAIL is not set, although other SENDGRID_"),
        ({"TWILIO_ACCOUNT_SID": "", "TWILIO_AUTH_TOKEN": "", "TWILIO_FROM_NUMBER": ""}, "nobody could be told"),
    ],
)
def test_a_broken_setting_stops_start_up_with_one_line_that_names_it(change: dict[str, str], told: str) -> None:
    """Whatever is wrong, the operator reads which variable it is, and no log reads what it held."""
    with pytest.raises(SettingsError) as refusal:
        Settings.load(SOUND | change)
    message = str(refusal.value)
    assert told in message
    assert "\n" not in message
    assert "open-sesame" not in message
    assert "Ann" not in message


def test_all_mistakes_are_told_at_once() -> None:
    """Nobody should have to start five times to find five mistakes."""
    with pytest.raises(SettingsError) as refusal:
        Settings.load(SOUND | {"DATABASE_URL": "", "GOLDENHOUR_WEB_PORT": "x"})
    assert len(refusal.value.problems) == 2


def test_no_secret_is_in_the_repr() -> None:
    """Settings in a traceback give nothing away."""
    shown = repr(Settings.load(SOUND | {"TWILIO_AUTH_TOKEN_NEXT": "sesame-next"}))
    assert not [secret for secret in ("open-sesame", "sesame-next", RING, "7700900000") if secret in shown]


@pytest.mark.parametrize(
    ("address", "simulated"),
    [("http://127.0.0.1:8010", True), ("https://api.dublin.ie1.twilio.com", False), ("", False)],
)
def test_simulated_means_that_some_provider_is_not_the_provider(address: str, *, simulated: bool) -> None:
    """On doubt it is simulated: then only demonstration homes can admit a child."""
    assert Settings.load(SOUND | {"TWILIO_API_BASE_URL": address}).simulated is simulated


def test_watchdog_contacts_are_numbers_and_addresses() -> None:
    """A comma list, spaces allowed."""
    settings = Settings.load(SOUND | {"GOLDENHOUR_WATCHDOG_CONTACTS": "+447700900001, duty@home.example"})
    assert settings.watchdog_contacts == ("+447700900001", "duty@home.example")


def test_places_need_nothing_else(tmp_path: Path) -> None:
    """`up` can learn its ports and its directory before the rest is known."""
    places = Places.load({"GOLDENHOUR_DATA_DIR": str(tmp_path), "GOLDENHOUR_REDIS_PORT": "7000"})
    assert (places.data_dir, places.redis_port) == (tmp_path, 7000)


def test_the_process_environment_is_read_when_nothing_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ordinary start of a part."""
    for name, value in SOUND.items():
        monkeypatch.setenv(name, value)
    assert Settings.load().twilio_from_number == "+447700900000"
