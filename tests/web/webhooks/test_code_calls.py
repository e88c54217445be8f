"""A call that tells a code: to a person, not to a machine, and with the code in no address."""

from uuid import uuid4

from domain import verification
from domain.names import Channel
from store.directory import Person, PersonContact
from store.verifications import Outgoing
from tests.web.api.installation import NOW, Installation
from tests.web.webhooks.provider import post_twilio


async def call(here: Installation, verification_id: str, **more: str) -> str:
    """Twilio asks for the words."""
    path = f"/webhooks/twilio/voice?n={verification_id}&s={verification.CALL}"
    answer = await post_twilio(here, path, {"CallSid": f"CA{uuid4().hex}", "AnsweredBy": "human"} | more)
    assert answer.status_code == 200, answer.text
    return answer.text


async def asked_for(here: Installation) -> Outgoing:
    """A code for a number that is called."""
    contacts = (PersonContact(Channel.VOICE, "+447700900188"),)
    person = await here.store.directory.create_person(Person("New", (), contacts))
    begun = await here.store.verifications.begin(str(uuid4()), person.id, person.contacts[0].id, NOW)
    outgoing = await here.store.verifications.outgoing(begun.id, NOW)
    assert outgoing is not None
    return outgoing


async def test_a_person_hears_the_code_and_a_machine_hears_nothing(here: Installation) -> None:
    """Twice, digit by digit."""
    one = await asked_for(here)
    said = await call(here, one.id)
    assert said.count(verification.script(one.code)) == 2
    machine = await call(here, one.id, AnsweredBy="machine_start")
    assert "Say" not in machine


async def test_a_code_that_is_over_and_a_call_that_nobody_knows_say_no_code(here: Installation) -> None:
    """No error, no change."""
    one = await asked_for(here)
    here.engine.now = one.expires_at
    for verification_id in (one.id, str(uuid4())):
        assert "has expired, or was used" in await call(here, verification_id)
    unknown = await call(here, "not-an-id")
    assert "This call is not known here" in unknown
