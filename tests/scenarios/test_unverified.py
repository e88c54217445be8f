"""A number that nobody has ever tried may be a wrong one: it is told, and so are the next people."""

from dataclasses import replace

from tests.scenarios.phones import Phones
from tests.scenarios.story import Home


async def test_a_rung_that_rests_on_an_unverified_number_wakes_the_next_one_now(home: Home, phones: Phones) -> None:
    """Practice notes 6.7, 13: the shift lead is texted; the key worker and the manager do not wait for their timer."""
    phones.may_ring_on()
    lead = phones["shift lead"]
    person = await home.room.store.directory.person(lead.person_id)
    forgotten = tuple(replace(one, verified_at=None) for one in person.contacts)
    await home.room.store.directory.put_person(replace(person, contacts=forgotten))
    heron = await home.admit()
    await home.let_check_in_lapse(heron)
    await lead.expects("check not recorded")
    await home.recorded(heron, "rung_reached_unverified", skipping=False)
    await home.time_passes(seconds=62)
    await phones["on-call manager"].expects(heron.upper())
