"""Who is told what has happened to somebody's number: the right manager, once, and nothing that names the person."""

import re
from dataclasses import replace

import pytest

from domain.names import Channel, Role, Template
from engine.errors import Unreachable
from store.directory import HeldRole, Person, PersonContact
from tests.web.api.conftest import furnished, here, sendgrid_key, settings
from tests.web.api.installation import DUTY_PHONE, NOW, PHONE, Installation
from web import news, notices

__all__ = ["furnished", "here", "sendgrid_key", "settings"]


def told(here: Installation) -> list[tuple[str, Template, Role | None, Channel | None]]:
    """Whom, what, about whom by role, and which channel."""
    return [(one.contacts[0].person_id, one.template, one.about_role, one.about_channel) for one in here.engine.notices]


async def hire(here: Installation, role: Role, number: int, **place: str) -> str:
    """One more person."""
    contacts = (PersonContact(Channel.SMS, f"+4477009002{number:02}", verified_at=NOW),)
    return (await here.store.directory.create_person(Person("New", (HeldRole(role, **place),), contacts))).id


async def test_the_homes_manager_is_told_of_a_stop_once(here: Installation) -> None:
    """However often it is looked at, and after a crash between telling and noting that it was told."""
    await here.store.directory.stop_texts(PHONE, NOW)
    await news.tell(here.services)
    await notices.tell_texts_stopped(here.services, [here.directory.shift_lead], NOW)
    await news.tell(here.services)
    assert told(here) == [(here.directory.manager, Template.TEXTS_STOPPED, Role.SHIFT_LEAD, Channel.SMS)]
    (identity,) = here.engine.notice_ids
    assert re.fullmatch(r"[0-9a-f]{32}", identity), "nothing of a person stands in the id"


async def test_the_on_call_manager_comes_first(here: Installation) -> None:
    """Who is on call acts tonight."""
    on_call = await hire(here, Role.ON_CALL_MANAGER, 1, home_id=here.directory.home)
    await notices.tell_texts_started(here.services, [here.directory.shift_lead], NOW)
    assert told(here) == [(on_call, Template.TEXTS_STARTED, Role.SHIFT_LEAD, Channel.SMS)]


async def test_nobody_is_told_of_themselves_as_their_own_manager(here: Installation) -> None:
    """A manager's own phone is the next manager's to look after."""
    responsible = await hire(here, Role.RESPONSIBLE_INDIVIDUAL, 2, home_id=here.directory.home)
    await notices.tell_texts_stopped(here.services, [here.directory.manager], NOW)
    assert told(here) == [(responsible, Template.TEXTS_STOPPED, Role.REGISTERED_MANAGER, Channel.SMS)]


async def test_an_authoritys_people_are_the_head_of_services_to_look_after(here: Installation) -> None:
    """Not the homes', if there is one."""
    head = await hire(here, Role.HEAD_OF_SERVICE, 3, authority_id=here.directory.placing)
    worker = await hire(here, Role.SOCIAL_WORKER, 4, authority_id=here.directory.placing)
    await notices.tell_texts_stopped(here.services, [worker], NOW)
    assert told(here) == [(head, Template.TEXTS_STOPPED, Role.SOCIAL_WORKER, Channel.SMS)]


async def test_a_desk_without_a_head_of_service_is_looked_after_by_the_homes_that_rely_on_it(
    here: Installation,
) -> None:
    """Otherwise nobody would ring them by day."""
    await here.store.directory.stop_texts(DUTY_PHONE, NOW)
    await news.tell(here.services)
    assert told(here) == [(here.directory.manager, Template.TEXTS_STOPPED, Role.HOST_AUTHORITY, Channel.SMS)]


async def test_of_a_number_that_does_not_work_the_owner_is_told_on_another_channel(here: Installation) -> None:
    """C67: and their manager; telling it by hand as well tells nobody twice."""
    await here.store.directory.contact_failed(Channel.SMS, PHONE, NOW)
    await news.tell(here.services)
    await notices.tell_number_failed(here.services, here.directory.shift_lead, Channel.SMS)
    assert told(here) == [
        (here.directory.shift_lead, Template.OWN_CONTACT_FAILED, None, Channel.SMS),
        (here.directory.manager, Template.STAFF_CONTACT_FAILED, Role.SHIFT_LEAD, Channel.SMS),
    ]
    assert here.engine.notices[0].contacts[0].channels == ((Channel.EMAIL, "sam@example.org"),)


async def test_a_duty_phone_is_one_notice(here: Installation) -> None:
    """Three roles on one phone are one thing to put right."""
    people = [here.directory.shift_lead, here.directory.key_worker]
    await notices.tell_texts_stopped(here.services, people, NOW)
    assert len(here.engine.notices) == 1


async def test_with_the_engine_away_it_is_told_when_it_is_back(here: Installation) -> None:
    """The news stays written down."""
    await here.store.directory.stop_texts(PHONE, NOW)
    here.engine.fails = Unreachable("away")
    await news.tell_soon(here.services)
    assert here.engine.notices == []
    here.engine.fails = None
    await news.tell_soon(here.services)
    assert len(here.engine.notices) == 1
    assert await here.store.directory.contact_news() == []


async def test_somebody_whom_nobody_looks_after_holds_up_nobody_else(here: Installation) -> None:
    """It is in the log, and the next piece of news is told."""
    manager = await here.store.directory.person(here.directory.manager)
    await here.store.directory.put_person(replace(manager, roles=()))
    await here.store.directory.stop_texts(manager.contacts[0].address, NOW)
    await news.tell(here.services)
    assert here.engine.notices == []
    assert await here.store.directory.contact_news() == []


@pytest.mark.parametrize("channel", Channel)
async def test_who_has_no_other_channel_is_told_by_their_manager(here: Installation, channel: Channel) -> None:
    """Nothing is sent where nothing arrives."""
    one = await hire(here, Role.KEY_WORKER, 5, home_id=here.directory.home)
    await notices.tell_number_failed(here.services, one, channel, NOW)
    owners = [who for who, template, _, _ in told(here) if template is Template.OWN_CONTACT_FAILED]
    assert owners == ([] if channel is Channel.SMS else [one])
