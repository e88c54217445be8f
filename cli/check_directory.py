"""Doctor, part three: who would be told, and has anybody tried their numbers lately?"""

from collections.abc import Iterator
from datetime import UTC, datetime

from cli.findings import Finding, failed, fine, warning
from config.settings import Settings
from store.errors import StoreError
from store.gap_words import told
from store.geography import Standing
from store.preparedness import Prepared, prepared
from store.repositories import Store

LOAD = "Run `goldenhour geography load`"


async def check_directory(settings: Settings) -> list[Finding]:
    """The geography, and for each home who is missing or has not been verified for 90 days."""
    store = Store.open(settings.database_url, settings.key_ring)
    try:
        homes = await prepared(store, datetime.now(UTC))
        standing = await store.directory.geography()
    except StoreError as error:
        remedy = "Run `goldenhour migrate`, and check GOLDENHOUR_ENCRYPTION_KEYS"
        return [failed("directory", f"can't be read: {error}", remedy)]
    finally:
        await store.close()
    return [*_geography(standing), *(finding for home in homes for finding in _home(home))]


def _geography(standing: Standing) -> Iterator[Finding]:
    if not standing.authorities:
        detail = "never loaded, so only police forces and neighbours that were entered by hand are told"
        yield warning("geography", detail, LOAD)
        return
    yield fine("geography", f"{standing.authorities} authorities, {standing.forces} police forces")
    if standing.former:
        names = ", ".join(standing.former)
        remedy = "Enter their homes and people at the authorities that took over"
        yield warning("geography", f"{names}: no longer an authority, and still referred to", remedy)


def _home(home: Prepared) -> Iterator[Finding]:
    about = f"home {home.home.code}"
    if home.reaches_nobody:
        detail = "a child lives there, and nobody at all can be reached if a check is missed"
        yield failed(about, detail, "Enter people and their numbers now")
        return
    # The sentences end in a full stop, as a finding does by itself.
    sentences = [sentence.rstrip(".") for sentence in told(home.gaps)]
    if not sentences:
        yield fine(about, "everybody whom its ladders name can be reached")
    for sentence in sentences:
        yield warning(about, sentence, "")
