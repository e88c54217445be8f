"""Links in messages: a look changes nothing, a press acts once, and what is altered is nobody's."""

import re
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import update

from domain.names import Channel, Response, Role, Stage
from domain.requests import Answer, Reply
from engine.errors import NotTaken, Unreachable
from store.errors import StoreUnavailable
from store.links import hash_of
from store.people import PersonContact
from store.tables import notifications
from tests.web.api.installation import KEY_PHONE, NOW, PHONE, Installation
from tests.web.webhooks.provider import alerted, linked

TAKEN = Reply(outcome="taken", episode=1, until=NOW + timedelta(minutes=15))


@pytest.fixture
async def heron(here: Installation) -> str:
    """A child whose check is overdue."""
    alias = await here.admit()
    await here.open_episode(alias)
    here.engine.reply = TAKEN
    return alias


@pytest.fixture
async def path(here: Installation, heron: str) -> str:
    """The link in the shift lead's message."""
    return await linked(here, heron, here.directory.shift_lead, PHONE)


async def press(here: Installation, path: str, answer: str = "take", **more: str) -> httpx.Response:
    """Press a button of the page, and see what comes of it."""
    return await here.client.post(path, data={"answer": answer, **more}, follow_redirects=True)


def words(page: httpx.Response) -> str:
    """What is to be read."""
    body = re.sub(r"(?s)<footer>.*", "", page.text.partition("<main")[2])
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


def acts(here: Installation) -> list[str]:
    """What the engine was asked."""
    return [update for _, update, _ in here.engine.asked if update != "admit"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_mail_scanner_changes_nothing(here: Installation, path: str, method: str) -> None:
    """C51: it opens every link, more than once, before its reader does."""
    for _ in range(3):
        seen = await here.client.request(method, path)
        assert seen.status_code == 200
        assert "no-store" in seen.headers["cache-control"]
    assert acts(here) == []
    assert "You have it until 21:45" in words(await press(here, path))


async def test_the_page_says_what_happened_and_who_has_it_and_nothing_personal(
    here: Installation, heron: str, path: str
) -> None:
    """What could stand in a text, and two buttons; no script is needed and no cookie is set."""
    seen = await here.client.get(path)
    said = words(seen)
    assert f"{heron.upper()} Check overdue" in said
    assert "Who has it Nobody" in said
    assert seen.text.count('name="answer"') == 2
    assert "set-cookie" not in seen.headers
    assert not [word for word in ("Reed", "Elms", PHONE, "example.org", "trafficked") if word in seen.text]


async def test_a_press_takes_it_as_a_text_would(here: Installation, heron: str, path: str) -> None:
    """The answer says until when; the record says by which way."""
    assert "You said: I have it. You have it until 21:45." in words(await press(here, path))
    alias, update, answer = here.engine.asked[-1]
    assert (alias, update) == (heron, "answer")
    assert isinstance(answer, Answer)
    assert (answer.kind, answer.episode, answer.actor.via) == (Response.TAKE, 1, "link")
    assert (answer.actor.person_id, answer.actor.role) == (here.directory.shift_lead, Role.SHIFT_LEAD)


async def test_the_other_button_tells_the_next_people(here: Installation, path: str) -> None:
    """Cannot moves on at once."""
    here.engine.reply = Reply(outcome="moved_on", episode=1)
    assert "You said: I cannot. Noted that you cannot." in words(await press(here, path, "cannot"))
    assert here.engine.asked[-1][2].model_dump()["kind"] is Response.CANNOT


async def test_used_twice_it_says_what_was_done(here: Installation, path: str) -> None:
    """C51: once a link, whatever the second press asks."""
    await press(here, path)
    here.engine.reply = Reply(outcome="moved_on", episode=1)
    for answer in ("take", "cannot"):
        again = words(await press(here, path, answer))
        assert "This link has been used You said: I have it. You have it until 21:45." in again
        assert "Your answer" not in again
    assert acts(here) == ["answer"]


async def test_pressed_twice_at_once_it_counts_once(here: Installation, path: str) -> None:
    """A double tap, and one of each button: the first counts."""
    pressed = [await here.client.post(path, data={"answer": answer}) for answer in ("take", "take", "cannot")]
    assert {one.status_code for one in pressed} <= {303, 200}
    assert acts(here) == ["answer"]


@pytest.mark.parametrize("altered", ["aaaaaaaaaaaa", "short", "A" * 12, "..x", "%00%ff", "é" * 12, "1" * 12])
async def test_an_altered_link_is_nobodys(here: Installation, path: str, altered: str) -> None:
    """C51: 403, on a page that says so, and nothing changes."""
    for one in (f"/a/{altered}", f"{path[:-1]}{'b' if path[-1] == 'a' else 'a'}", f"{path}x"):
        looked, pressed = await here.client.get(one), await press(here, one)
        assert (looked.status_code, pressed.status_code) == (403, 403)
    assert (await here.client.get("/a/../../etc/x")).status_code == 404
    assert acts(here) == []


async def test_a_row_of_the_table_makes_no_link(here: Installation, path: str) -> None:
    """Whoever can write the table, and not the key, can't make one that works."""
    async with here.store.database.transaction() as connection:
        await connection.execute(update(notifications).values(link_hash=hash_of("abcdefghijkl")))
    assert (await here.client.get("/a/abcdefghijkl")).status_code == 403
    assert (await here.client.get(path)).status_code == 403


async def test_after_a_day_it_has_expired(here: Installation, path: str) -> None:
    """The page says so; the press does nothing."""
    here.engine.now = NOW + timedelta(hours=24)
    assert (await here.client.get(path)).status_code == 410
    assert "This link has expired" in words(await press(here, path))
    assert acts(here) == []


@pytest.mark.parametrize("stage", [Stage.RETURNED, Stage.CLOSED])
async def test_when_it_is_over_there_is_nothing_to_press(
    here: Installation, heron: str, path: str, stage: Stage
) -> None:
    """A child who is back needs no answer."""
    row = await here.store.placements.get(heron)
    assert row is not None
    assert row.snapshot is not None
    over = row.snapshot.episodes[0].model_copy(update={"stage": stage})
    await here.store.facts.insert(heron, [], row.snapshot.model_copy(update={"as_of_fact": 9, "episodes": [over]}))
    assert "It is over Nothing more is needed from you." in words(await press(here, path))
    assert acts(here) == []


async def test_a_refusal_is_told_with_its_reason(here: Installation, path: str) -> None:
    """In plain English, on the page."""
    here.engine.fails = NotTaken("episode_id", "the alarm is not on in this episode")
    assert "Not done: the alarm is not on in this episode." in words(await press(here, path, "cannot"))


async def test_with_the_engine_away_it_is_kept_and_says_so(here: Installation, path: str) -> None:
    """And is delivered later."""
    here.engine.fails = Unreachable("away")
    assert "You said: I have it. Kept, but not done yet" in words(await press(here, path))
    here.engine.fails = None
    await here.app.state.acts.sweep()
    assert acts(here) == ["answer"]
    assert "You have it until 21:45" in words(await here.client.get(path))


async def test_with_the_store_away_it_says_that_nothing_was_recorded(
    here: Installation, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Silence would be taken for success."""

    def away(*_: object, **__: object) -> None:
        raise StoreUnavailable("locked")

    monkeypatch.setattr(here.store.database, "_timed", away)
    for answer in (await here.client.get(path), await press(here, path)):
        assert answer.status_code == 503
        assert "nothing was recorded. Ring the home now" in words(answer)


async def test_a_press_without_an_answer_is_asked_for_one(here: Installation, path: str) -> None:
    """A form that somebody made up."""
    asked = await press(here, path, "close")
    assert asked.status_code == 422
    assert "press one of the two buttons" in words(asked)
    assert acts(here) == []


async def test_who_is_late_hears_that_others_were_told(here: Installation, heron: str, path: str) -> None:
    """They have it all the same."""
    await alerted(here, heron, here.directory.key_worker, KEY_PHONE, minutes=5)
    assert "You have it until 21:45" in words(await press(here, path))
    assert "Others have been told since." in words(await here.client.get(path))


async def test_on_a_shared_address_the_page_asks_who(here: Installation, heron: str) -> None:
    """By role; whoever is chosen has it."""
    directory = here.store.directory
    for person_id in (here.directory.shift_lead, here.directory.key_worker):
        person = await directory.person(person_id)
        await directory.put_person(replace(person, contacts=(PersonContact(Channel.EMAIL, "duty@example.org"),)))
    path = await linked(here, heron, here.directory.shift_lead, "Duty@example.org", channel=Channel.EMAIL)
    assert "Who are you? Shift lead Key worker" in words(await here.client.get(path))
    assert "say who you are" in words(await press(here, path))
    assert "say who you are" in words(await press(here, path, who="police"))
    assert acts(here) == []
    await press(here, path, who="key_worker")
    assert here.engine.asked[-1][2].actor.person_id == here.directory.key_worker
