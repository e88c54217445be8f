"""The phone rings: what a person hears, what their keys do, and what follows when nobody answers."""

from tests.scenarios.phones import Phones
from tests.scenarios.story import Home


async def test_a_manager_who_is_rung_presses_1_and_has_it(home: Home, phones: Phones) -> None:
    """C46: text, call and mail go out at once; the one who answers the call takes it, and nobody else is woken."""
    manager = phones["registered manager"]
    await manager.can_be_rung("answer", keys="1")
    heron = await home.admit()
    await home.let_check_in_lapse(heron)
    await phones["shift lead"].expects("check not recorded")
    await home.time_passes(minutes=5)
    await phones["key worker"].expects("check not recorded")
    await phones["on-call manager"].expects("check not recorded")
    await home.time_passes(minutes=5)
    await manager.expects("check not recorded")
    await manager.is_rung("welfare check not recorded", "press 1 to take it", "[1 pressed]", "you have it until")
    manager.reads_everything()

    taken = (await home.recorded(heron, "taken", skipping=False))[0]
    episode = await home.get(f"/episodes/{heron}-{taken['episode']}")
    assert episode["held_by_role"] == "registered_manager"
    await home.time_passes(minutes=6)
    await phones.nobody_else_was_disturbed()
