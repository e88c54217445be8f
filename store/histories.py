"""The engine's own histories, kept after the engine has let go of them: the record's last resort."""

import asyncio
import zlib
from collections.abc import AsyncIterable
from datetime import UTC, datetime

from sqlalchemy import select

from store.dialect import insert_absent
from store.repository import Repository
from store.tables import histories

_COLUMN = "histories.history"


class Histories(Repository):
    """Histories by run."""

    async def keep(
        self, alias: str, workflow_id: str, run_id: str, pages: AsyncIterable[bytes], *, timeout: float | None = None
    ) -> None:
        """Keep a run's history, compressed and sealed; the first one kept stays.

        It comes page by page and is never whole in memory: it can have tens of megabytes.
        """
        sealed = await asyncio.to_thread(self._sealed, run_id, await _compressed(pages))
        row = {
            "run_id": run_id,
            "alias": alias,
            "workflow_id": workflow_id,
            "kept_at": datetime.now(UTC),
            "history_sealed": sealed,
            "key_id": self._seals.key_id,
        }
        async with self._database.transaction(timeout=timeout) as connection:
            await connection.execute(insert_absent(connection, histories), row)

    async def get(self, run_id: str) -> bytes | None:
        """A run's history as JSON."""
        query = select(histories.c.history_sealed, histories.c.key_id).where(histories.c.run_id == run_id)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        if row is None:
            return None
        return await asyncio.to_thread(self._expanded, run_id, row.key_id, row.history_sealed)

    async def runs(self, alias: str) -> list[str]:
        """The runs of a placement whose histories are kept, in the order in which they were kept."""
        query = select(histories.c.run_id).where(histories.c.alias == alias)
        async with self._database.reading() as connection:
            return list(await connection.scalars(query.order_by(histories.c.kept_at, histories.c.run_id)))

    def _sealed(self, run_id: str, compressed: bytes) -> bytes:
        return self._seals.seal(_COLUMN, run_id, compressed)

    def _expanded(self, run_id: str, key_id: str, sealed: bytes) -> bytes:
        return zlib.decompress(self._seals.open(_COLUMN, run_id, key_id, sealed))


async def _compressed(pages: AsyncIterable[bytes]) -> bytes:
    packer = zlib.compressobj()
    packed = bytearray()
    async for page in pages:
        # In a thread: alerts share this loop.
        packed += await asyncio.to_thread(packer.compress, page)
    return bytes(packed + packer.flush())
