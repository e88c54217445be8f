"""Nothing personal about a child leaves the process in clear: rule 8, read off the wire."""

from pathlib import Path

import pytest

from domain.messages import fits_sms
from tests.scenarios.phones import Phones
from tests.scenarios.story import Home

CHILD = {
    "preferred_name": "Zebulonia",
    "date_of_birth": "2011-04-17",
    "description": "Quillfeather birthmark, from Ruritania",
    "languages": "Ruritanian",
    "notes": "Lives at 17 Gooseberry Crescent; believed trafficked",
}
PERSONAL = ("zebulonia", "2011-04-17", "quillfeather", "ruritania", "gooseberry", "trafficked", "worrisome")


def personal(text: str | bytes) -> list[str]:
    """Which of the child's details stand in a text."""
    plain = text.lower() if isinstance(text, bytes) else text.lower().encode()
    return [word for word in PERSONAL if word.encode() in plain]


async def test_no_personal_data_on_any_wire_in_any_store_or_log(
    home: Home, phones: Phones, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Messages, requests, ids, payloads, search attributes, Redis, SQL and logs, over a whole episode."""
    caplog.set_level("DEBUG")
    heron = await home.admit(child=CHILD)
    await home.check_in(heron, "seen_concern", note="Zebulonia said worrisome things about Ruritania")
    await home.time_passes(minutes=36)
    episode = f"{heron}-1"
    await home.post(f"/episodes/{episode}/sightings", sighting(home))
    await home.time_passes(minutes=30)
    await home.post(f"/episodes/{episode}/returned", {"seen_at": home.now(), "how_known": "Zebulonia rang"})
    await home.post(
        f"/episodes/{episode}/returned", {"seen_at": home.now(), "how_known": "at Gooseberry"}, by="key worker"
    )
    await home.time_passes(seconds=10)

    messages = [message for phone in phones.all() for message in phone.reads_everything()]
    assert len(messages) > 20
    assert [personal(f"{one.subject} {one.body} {one.custom_args}") for one in messages if one.body] == [[]] * len(
        messages
    )
    assert all(fits_sms(one.body) for one in messages if one.kind == "sms")
    assert [word for message in messages for word in message.body.lower().split() if home.name.lower() in word] == []
    history = b"".join(event.SerializeToString() for event in await home.history(heron))
    assert personal(history) == []
    described = await home.handle(heron).describe()
    assert personal(described.raw_description.SerializeToString()) == []
    assert personal(await everything_in_redis(home)) == []
    assert personal(files(home)) == []
    printed = capfd.readouterr()
    assert personal(printed.out + printed.err + caplog.text) == []


def sighting(home: Home) -> dict[str, str]:
    """An item of information with a name in it."""
    return {"text": "Zebulonia seen near Gooseberry Crescent", "source": "a neighbour", "obtained_at": home.now()}


async def everything_in_redis(home: Home) -> bytes:
    """Every key and value."""
    found = b""
    async for key in home.room.redis.scan_iter("*"):
        kind = await home.room.redis.type(key)
        value = await home.room.redis.get(key) if kind == "string" else await home.room.redis.dump(key)
        found += str(key).encode() + str(value).encode()
    return found


def files(home: Home) -> bytes:
    """The bytes of the database and whatever stands beside it."""
    directory = Path(home.room.services.settings.data_dir)
    return b"".join(path.read_bytes() for path in sorted(directory.iterdir()) if path.is_file())
