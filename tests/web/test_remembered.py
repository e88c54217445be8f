"""What was read a moment ago is not read again with every tap, and what was taken away is gone a moment later."""

from store.errors import StoreUnavailable
from web.remembered import Remembered


class Shelf:
    """A store that counts how often it is asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.roles = {"a-person": "shift_lead"}
        self.away = False

    async def read(self, _place: str) -> dict[str, str]:
        """What stands there."""
        self.asked += 1
        if self.away:
            raise StoreUnavailable("away")
        return dict(self.roles)


async def test_a_moment_later_the_same_is_not_asked_again_and_somebody_new_is() -> None:
    """Only what was found is trusted: a person who has just been entered may act at once."""
    shelf = Shelf()
    remembered = Remembered(shelf.read, fresh_for=60)
    for _ in range(3):
        assert "a-person" in await remembered.lately("home", lambda known: "a-person" in known)
    assert shelf.asked == 1
    shelf.roles["new-person"] = "key_worker"
    assert "new-person" in await remembered.lately("home", lambda known: "new-person" in known)
    assert shelf.asked == 2


async def test_what_was_forgotten_or_is_old_is_asked_again_and_survives_a_store_that_is_away() -> None:
    """Forgetting means asking, not losing: with the store away the last known answer still counts."""
    shelf = Shelf()
    remembered = Remembered(shelf.read, fresh_for=60)
    await remembered.get("home")
    shelf.roles.clear()
    remembered.forget()
    assert await remembered.lately("home", lambda _: True) == {}
    never_fresh = Remembered(shelf.read)
    await never_fresh.lately("home", lambda _: True)
    await never_fresh.lately("home", lambda _: True)
    assert shelf.asked == 4
    shelf.away = True
    assert await never_fresh.lately("home", lambda _: True) == {}
