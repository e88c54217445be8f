"""STOP and START (C45): texts end and come back, calls and e-mail go on, the manager hears of both."""

import pytest

from domain.facts import FactKind
from domain.names import Channel, Role, Template
from domain.requests import Reply
from engine.errors import Unreachable
from store.directory import PersonContact
from store.errors import StoreUnavailable
from tests.web.api.installation import KEY_PHONE, NOW, PHONE, Installation
from tests.web.webhooks.provider import alerted, text


async def channels(here: Installation) -> list[Channel]:
    """By which the shift lead would be alerted now."""
    found = await here.store.directory.resolve(here.directory.home, here.directory.placing, [Role.SHIFT_LEAD])
    return [channel for channel, _ in found[0].channels]


def notices(here: Installation) -> list[Template]:
    """What the manager was told."""
    return [one.template for one in here.engine.notices]


async def test_stop_ends_texts_and_start_brings_them_back(here: Installation) -> None:
    """The carrier answers both by itself, so we say nothing; the manager is told once each."""
    assert await text(here, PHONE, "STOP") is None
    assert await text(here, PHONE, "stop") is None
    assert await channels(here) == [Channel.EMAIL]
    assert notices(here) == [Template.TEXTS_STOPPED]
    assert here.engine.notices[0].contacts[0].person_id == here.directory.manager

    assert await text(here, PHONE, "START") is None
    assert await channels(here) == [Channel.SMS, Channel.EMAIL]
    assert notices(here) == [Template.TEXTS_STOPPED, Template.TEXTS_STARTED]


async def test_calls_to_the_same_number_go_on(here: Installation) -> None:
    """STOP is about texts."""
    lead = await here.store.directory.person(here.directory.shift_lead)
    both = (*lead.contacts, PersonContact(Channel.VOICE, PHONE))
    await here.store.directory.put_person(type(lead)(lead.name, lead.roles, both, id=lead.id))
    await text(here, PHONE, "STOP")
    assert await channels(here) == [Channel.EMAIL, Channel.VOICE]


async def test_the_words_of_an_installation_of_its_own_count(here: Installation) -> None:
    """Twilio says what it made of them."""
    assert await text(here, PHONE, "arret", OptOutType="STOP") is None
    assert await channels(here) == [Channel.EMAIL]
    assert await text(here, PHONE, "encore", OptOutType="START") is None
    assert await channels(here) == [Channel.SMS, Channel.EMAIL]


async def test_yes_after_a_stop_is_a_start_and_an_answer(here: Installation) -> None:
    """Twilio sends texts there again; and the person has taken the episode."""
    alias = await here.admit()
    await here.open_episode(alias)
    await alerted(here, alias, here.directory.shift_lead, PHONE)
    await text(here, PHONE, "STOP")
    here.engine.reply = Reply(outcome="taken", episode=1, until=NOW)
    assert "you have it" in (await text(here, PHONE, "YES") or "")
    assert notices(here) == [Template.TEXTS_STOPPED, Template.TEXTS_STARTED]


async def test_yes_without_a_stop_is_an_answer_and_nothing_else(here: Installation) -> None:
    """Nobody is told that texts came back which had never ended."""
    await text(here, KEY_PHONE, "YES")
    assert notices(here) == []


async def test_it_stands_in_the_record_of_the_children_about_whom_the_phone_was_alerted(here: Installation) -> None:
    """A manager who reads it years later sees why a text was not sent."""
    heron, otter = await here.admit(), await here.admit(risk="medium")
    await here.open_episode(heron)
    await alerted(here, heron, here.directory.shift_lead, PHONE)
    await text(here, PHONE, "STOP")
    await text(here, PHONE, "START")
    for alias, kinds in ((heron, [FactKind.TEXTS_STOPPED, FactKind.TEXTS_STARTED]), (otter, [])):
        facts = [one for one in await here.store.facts.timeline(alias) if one.origin == "web"]
        assert [one.kind for one in facts] == kinds
        assert all(one.actor.person_id == here.directory.shift_lead and one.episode == 1 for one in facts)


async def test_strangers_change_nothing(here: Installation) -> None:
    """Neither by word nor by silence."""
    assert await text(here, "+447700900199", "STOP") is None
    assert await here.store.directory.contact_news() == []


async def test_with_the_engine_away_the_manager_is_told_later(here: Installation) -> None:
    """The STOP itself counts at once."""
    here.engine.fails = Unreachable("away")
    await text(here, PHONE, "STOP")
    assert await channels(here) == [Channel.EMAIL]
    assert len(await here.store.directory.contact_news()) == 1


async def test_with_the_store_away_stop_is_silent_all_the_same(
    here: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twilio would not pass an answer on; the next text is refused, and that says it again."""

    async def away(*_: object, **__: object) -> list[str]:
        raise StoreUnavailable("away")

    monkeypatch.setattr(here.store.directory, "stop_texts", away)
    assert await text(here, PHONE, "STOP") is None


@pytest.mark.parametrize("body", ["👍🏽🚨", "مرحبا", "שלום 4821", "", " ", "\u202eY 4821", "\ufffd" * 300, "٤٨٢١"])
async def test_emoji_other_scripts_and_nothing_at_all_are_no_error(here: Installation, body: str) -> None:
    """C73's other half: help, an answer or silence, and no text of ours is longer than one."""
    said = await text(here, PHONE, body)
    assert said is None or len(said) <= 160
