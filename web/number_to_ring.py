"""The number that somebody who has been alerted rings to speak to the home."""

from web.services import Services

PATIENCE = 2.0
"""Seconds that the store may keep somebody waiting on the telephone."""


class NumberToRing:
    """Looks a home's number up by a child's reference."""

    def __init__(self, services: Services) -> None:
        self._services = services

    async def __call__(self, reference: str) -> str | None:
        """The number, by a reference such as HERON-42: the alias in capitals. None: none is recorded.

        Raises:
            StoreUnavailable: the store did not answer in time.
        """
        return await self._services.store.directory.number_to_ring(reference.capitalize(), timeout=PATIENCE)
