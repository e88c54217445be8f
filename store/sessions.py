"""Demonstration sign-in: somebody chose a person and is that person until the session ends."""

from datetime import UTC, datetime

from sqlalchemy import delete, insert, select

from store.repository import Repository
from store.tables import sessions
from store.tokens import hash_of, make_secret


class Sessions(Repository):
    """Sessions by secret."""

    async def create(self, person_id: str, expires_at: datetime) -> str:
        """Begin a session; its secret belongs in a cookie. Those that have expired are cleared away."""
        secret, now = make_secret("ghs"), datetime.now(UTC)
        row = {"secret_hash": hash_of(secret), "person_id": person_id, "created_at": now, "expires_at": expires_at}
        async with self._database.transaction() as connection:
            await connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
            await connection.execute(insert(sessions), row)
        return secret

    async def find(self, secret: str, *, now: datetime | None = None, timeout: float | None = None) -> str | None:
        """The person who is signed in, unless the session has expired."""
        query = select(sessions.c.person_id).where(
            sessions.c.secret_hash == hash_of(secret), sessions.c.expires_at > (now or datetime.now(UTC))
        )
        async with self._database.reading(timeout=timeout) as connection:
            return await connection.scalar(query)

    async def end(self, secret: str) -> None:
        """Sign out."""
        async with self._database.transaction() as connection:
            await connection.execute(delete(sessions).where(sessions.c.secret_hash == hash_of(secret)))
