"""The installation, with a database of its own for every test."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from config.keys import KeyRing
from config.settings import Settings
from simulator.signing import SendGridKey
from store.migrate import upgrade
from store.repositories import Store
from tests.web.api.installation import Directory, Installation, environment, install, people, publish_policies


@pytest.fixture(scope="session")
def sendgrid_key() -> SendGridKey:
    """The key pair of the e-mail events."""
    return SendGridKey()


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory, sendgrid_key: SendGridKey) -> Settings:
    """A simulated installation."""
    database = f"sqlite:///{tmp_path_factory.mktemp('api') / 'api.db'}"
    upgrade(database)
    keys = KeyRing.generate().to_setting()
    return Settings.load(
        environment(sendgrid_key.public_key) | {"DATABASE_URL": database, "GOLDENHOUR_ENCRYPTION_KEYS": keys}
    )


@pytest.fixture(scope="session")
async def furnished(settings: Settings) -> Directory:
    """The directory and the policies, made once."""
    store = Store.open(settings.database_url, settings.key_ring)
    directory = await people(store)
    await publish_policies(store)
    await store.close()
    return directory


@pytest.fixture
async def here(settings: Settings, furnished: Directory, tmp_path: Path) -> AsyncIterator[Installation]:
    """The installation of one test."""
    async with opened(settings, furnished, tmp_path) as installation:
        yield installation


@pytest.fixture(scope="session")
async def unmoved(
    settings: Settings, furnished: Directory, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Installation]:
    """One for all tests in which nothing is done: a child in care, with an open episode."""
    async with opened(settings, furnished, tmp_path_factory.mktemp("unmoved")) as installation:
        await installation.open_episode(await installation.admit())
        yield installation


@asynccontextmanager
async def opened(settings: Settings, furnished: Directory, folder: Path) -> AsyncIterator[Installation]:
    """An installation on a copy of the furnished database, closed at the end."""
    copy = folder / "store.db"
    shutil.copyfile(settings.database_url.partition(":///")[2], copy)
    store = Store.open(f"sqlite:///{copy}", settings.key_ring)
    installation = install(settings, store, furnished)
    yield installation
    await installation.app.state.admissions.close()
    await installation.app.state.receipts.close()
    await installation.client.aclose()
    await installation.services.redis.aclose()
    await store.close()
