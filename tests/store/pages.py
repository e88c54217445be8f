"""A history as the engine hands it over."""

from collections.abc import AsyncIterator


async def pages(history: bytes, size: int = 1000) -> AsyncIterator[bytes]:
    """So many bytes at a time."""
    for start in range(0, len(history), size):
        yield history[start : start + size]
