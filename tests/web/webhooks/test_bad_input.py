"""Bad input at the webhooks: no error, no change, and a clear answer where one is due. One row for each thing sent.

Keys outside the menu of a call are in test_voice.py.
"""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from domain.messages import fits_sms
from domain.names import Channel, Role
from domain.requests import Reply
from store.people import HeldRole, Person, PersonContact
from tests.web.api.installation import NOW, PHONE, Installation
from tests.web.webhooks.provider import alerted, post_twilio, sid, status_of, text

HELP, UNKNOWN = "Reply Y and the code", "not known"
HOUR = timedelta(hours=1, minutes=1)
ELSEWHERE = ("+12025550123", "+35312345678", "+2348012345678", "+252612345678", "+85212345678", "+85512345678")
"""Numbers from +1 to +852 and beyond, that nobody here has."""

BODIES: dict[str, tuple[str, str]] = {
    "empty": ("", HELP),
    "white space": (" \t\r\n ", HELP),
    "emoji": ("😀🙏🏽👨‍👩‍👧", HELP),
    "right to left": ("הילד לא כאן", HELP),
    "arabic": ("الطفل ليس هنا", HELP),
    "arabic digits are no code of ours": ("Y ٤٨٢١", HELP),
    "direction marks": ("\u202eY 9999\u202c", UNKNOWN),
    "nothing but marks": ("\u200b\u200d\ufeff", HELP),
    "a nul": ("Y\x009999", HELP),
    "a story": ("I am driving and " * 40, HELP),
    "two codes": ("Y 4821 7310", HELP),
    "two references": ("Y HERON-42 OTTER-17", HELP),
    "a code of nobody": ("Y 9999", UNKNOWN),
    "a reference of nobody": ("Y ZEBRA-99", UNKNOWN),
    "markup": ("<Response><Message>Y 9999</Message></Response>", HELP),
    "a template": ("{{7*7}} ${jndi:ldap://x} %s %n", HELP),
    "sql": ("'; drop table facts; --", HELP),
}


@pytest.fixture
async def heron(here: Installation) -> str:
    """A child whose check is overdue, and whose shift lead has been told."""
    alias = await here.admit()
    await here.open_episode(alias)
    await alerted(here, alias, here.directory.shift_lead, PHONE)
    here.engine.reply = Reply(outcome="taken", episode=1)
    return alias


def asked(here: Installation) -> list[str]:
    """What the engine was asked, beyond the admission."""
    return [update for _, update, _ in here.engine.asked if update != "admit"]


async def test_a_text_that_means_nothing_changes_nothing(here: Installation, heron: str) -> None:
    """Its sender hears in one text what would have been understood. An hour passes between two: help is rationed."""
    answers = {}
    for name, (body, _) in BODIES.items():
        answers[name] = await text(here, PHONE, body) or ""
        here.engine.now += HOUR

    assert {name: said for name, said in answers.items() if BODIES[name][1] not in said} == {}
    assert all(fits_sms(said) for said in answers.values())
    assert asked(here) == []
    del heron


async def test_a_number_from_anywhere_is_a_stranger_until_it_is_entered(here: Installation, heron: str) -> None:
    """Silence for strangers; a person of ours with such a number answers like any other."""
    roles = (HeldRole(Role.KEY_WORKER, home_id=here.directory.home),)
    for count, number in enumerate(ELSEWHERE):
        assert await text(here, number, "Y 4821") is None
        assert len(asked(here)) == count
        contacts = (PersonContact(Channel.SMS, number, verified_at=NOW),)
        abroad = await here.store.directory.create_person(Person(name="Abroad", roles=roles, contacts=contacts))
        await alerted(here, heron, abroad.id, number, code="7310")
        assert await text(here, number, "Y 7310") is not None
        assert len(asked(here)) == count + 1


async def test_a_sender_that_is_no_number_hears_nothing(here: Installation, heron: str) -> None:
    """Withheld, too long, a name: nobody of ours."""
    senders = ("", "+", "anonymous", "+4477009001019999999", "client:x", "+44 7700 900101", "0")
    said = {sender: await text(here, sender, "Y 4821") for sender in senders}

    assert said == dict.fromkeys(senders)
    assert asked(here) == []
    del heron


async def test_a_text_with_an_id_that_is_none_is_passed_over(here: Installation, heron: str) -> None:
    """Signed, and yet not of the provider's making: an empty answer."""
    for message in ("", "SM1", "XX" + "0" * 32, "SM" + "g" * 32, "SM" + "0" * 33, "SM٣" + "0" * 31):
        form = {"MessageSid": message, "From": PHONE, "Body": "Y 4821"}
        answer = await post_twilio(here, "/webhooks/twilio/inbound-sms", form)
        assert (answer.status_code, "<Message>" in answer.text) == (200, False), message

    assert asked(here) == []
    del heron


@dataclass(frozen=True)
class Report:
    """A status report that fits no message, or says nothing that is known."""

    path: str
    form: dict[str, str] = field(default_factory=dict)


STRANGE = "01931e4a-7c1b-7a52-9d3e-5f6a7b8c9d0e"
REPORTS = {
    "a text that nobody sent": Report(
        f"/webhooks/twilio/message-status?n={STRANGE}", {"MessageSid": sid(), "MessageStatus": "undelivered"}
    ),
    "no notification": Report("/webhooks/twilio/message-status", {"MessageSid": sid(), "MessageStatus": "failed"}),
    "an id that is none": Report(
        "/webhooks/twilio/message-status?n=../../1", {"MessageSid": sid(), "MessageStatus": "failed"}
    ),
    "nothing in it": Report(f"/webhooks/twilio/message-status?n={STRANGE}"),
    "a call that nobody made": Report(
        f"/webhooks/twilio/call-status?n={STRANGE}", {"CallSid": "CA" + "0" * 32, "CallStatus": "busy"}
    ),
}


async def test_a_report_about_nothing_is_taken_and_changes_nothing(here: Installation, heron: str) -> None:
    """204: the provider is not to send it again, and no next channel is tried."""
    for name, report in REPORTS.items():
        assert (await post_twilio(here, report.path, report.form)).status_code == 204, name

    assert here.engine.failures == []
    del heron


async def test_a_status_that_nobody_knows_is_no_evidence(here: Installation, heron: str) -> None:
    """The message stays as it was."""
    told = await alerted(here, heron, here.directory.shift_lead, PHONE, minutes=1)
    for status in ("", "DELIVERED?", "exploded", "😀", "undelivered; drop", "null"):
        form = {"MessageSid": sid(), "MessageStatus": status}
        answer = await post_twilio(here, f"/webhooks/twilio/message-status?n={told}", form)
        assert (answer.status_code, await status_of(here, heron, told)) == (204, "accepted"), status

    assert here.engine.failures == []


async def test_what_is_not_signed_is_refused(here: Installation, heron: str) -> None:
    """403, whatever it says."""
    for path in ("inbound-sms", "message-status", "voice", "call-status"):
        for signature in ("", "x", "😀".encode().hex(), "A" * 28):
            form = {"MessageSid": sid(), "From": PHONE, "Body": "Y 4821"}
            answer = await post_twilio(here, f"/webhooks/twilio/{path}", form, signature=signature)
            assert answer.status_code == 403, (path, signature)

    assert asked(here) == []
    del heron
