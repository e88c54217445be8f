"""What `goldenhour up` fills in, and what it leaves alone."""

import stat
from pathlib import Path

import pytest

from cli.embedded import redis_part, temporal_is_embedded, temporal_part
from cli.environment import complete, simulates
from config.keys import SecretFileError
from config.settings import Places, Settings, SettingsError

TWILIO = {
    "TWILIO_ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO_AUTH_TOKEN": "sesame",
    "TWILIO_FROM_NUMBER": "+447700900000",
    "GOLDENHOUR_PUBLIC_URL": "https://goldenhour.example",
}


@pytest.fixture
def places(tmp_path: Path) -> Places:
    """An empty data directory."""
    return Places.load({"GOLDENHOUR_DATA_DIR": str(tmp_path)})


def test_a_demonstration_needs_no_setting_at_all(places: Places) -> None:
    """From nothing to sound settings, simulated, with keys kept for their owner only."""
    settings = Settings.load(complete({}, places, demo=True))
    assert settings.simulated
    assert settings.demo
    assert settings.twilio_api_base_url == "http://127.0.0.1:8010"
    assert settings.sendgrid_webhook_public_key
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in places.data_dir.iterdir()}
    assert modes["encryption.keys"] == modes["bootstrap.token"] == 0o600


def test_the_second_start_has_the_first_ones_secrets(places: Places) -> None:
    """Nothing sealed yesterday is lost today."""
    first, second = (complete(TWILIO, places, demo=False) for _ in range(2))
    assert first == second


def test_what_is_set_stays_as_it_is(places: Places) -> None:
    """`up` embeds what is not set, and nothing else."""
    given = TWILIO | {"REDIS_URL": "redis://elsewhere/1", "TEMPORAL_ADDRESS": "cluster:7233"}
    filled = complete(given, places, demo=False)
    assert filled["REDIS_URL"] == "redis://elsewhere/1"
    assert not temporal_is_embedded(given)
    assert "TEMPORAL_NAMESPACE" not in filled
    assert filled["GOLDENHOUR_DATA_DIR"] == str(places.data_dir)
    assert filled["DATABASE_URL"].startswith("sqlite+aiosqlite:///")


@pytest.mark.parametrize("name", ["TWILIO_FROM_NUMBER", "SENDGRID_API_KEY", "TWILIO_API_BASE_URL"])
def test_the_simulator_stays_off_when_anything_of_a_provider_is_set(name: str) -> None:
    """Somebody who set a real account means it."""
    assert simulates({}, demo=True)
    assert not simulates({name: "x"}, demo=True)
    assert not simulates({}, demo=False)


def test_without_providers_and_without_demo_it_does_not_start(places: Places) -> None:
    """An engine that can tell nobody must not look alive."""
    with pytest.raises(SettingsError, match="goldenhour up --demo"):
        complete({}, places, demo=False)


def test_a_lost_key_is_not_replaced_in_silence(places: Places) -> None:
    """A new key would make every running placement unreadable."""
    complete(TWILIO, places, demo=False)
    (places.data_dir / "temporal.db").touch()
    (places.data_dir / "encryption.keys").unlink()
    with pytest.raises(SecretFileError, match="restore it from a backup") as refusal:
        complete(TWILIO, places, demo=False)
    assert "\n" not in str(refusal.value)


def test_the_embedded_servers_listen_on_this_machine_only(places: Places) -> None:
    """No port of theirs is open to the network; Temporal writes ahead and keeps its file in the data directory."""
    temporal, redis = temporal_part({}, places), redis_part({}, places)
    assert temporal.command[temporal.command.index("--ip") + 1] == "127.0.0.1"
    assert str(places.data_dir / "temporal.db") in temporal.command
    assert "journal_mode=WAL" in temporal.command
    assert redis.command[redis.command.index("--bind") + 1] == "127.0.0.1"


def test_a_real_homes_files_outlive_a_power_cut_and_a_demonstrations_are_quick(places: Places) -> None:
    """What somebody was told is recorded is on the disk: synchronous=FULL for the engine's file and the store's."""
    real = complete(TWILIO, places, demo=False)
    assert "synchronous=FULL" in temporal_part(real, places).command
    assert real["DATABASE_URL"].endswith("?synchronous=full")
    demo = complete(TWILIO, places, demo=True)
    assert "synchronous=NORMAL" in temporal_part(demo, places).command
    assert demo["DATABASE_URL"].endswith("goldenhour.db")
