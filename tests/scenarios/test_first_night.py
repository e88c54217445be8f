"""The main job: a child enters care, a check-in is missed, the right phones ring."""

from tests.scenarios.story import Home, Phones


async def test_a_missed_check_in_is_one_text_to_the_shift_lead(home: Home, phones: Phones) -> None:
    """Arrival, silence, one text; nobody else is disturbed."""
    heron = await home.admit()
    await home.let_check_in_lapse(heron)
    await phones["shift lead"].expects("welfare check not recorded", heron.upper())
    await phones.nobody_else_was_disturbed()


async def test_a_taken_episode_climbs_again_when_its_owner_goes_quiet(home: Home, phones: Phones) -> None:
    """Acknowledging is not resolving: the lease ends and the next person is told."""
    heron = await home.admit()
    await home.let_check_in_lapse(heron)
    text = await phones["shift lead"].expects("check not recorded")
    assert "you have it until" in await text.replies("Y CODE")
    await home.time_passes(minutes=10)
    await phones["key worker"].expects("taken by shift lead 10 min ago, no outcome")
