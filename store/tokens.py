"""Tokens of the HTTP interface. The secret is shown once; only its hash is kept."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, insert, select, update

from store.errors import NotFound
from store.ids import new_id
from store.repository import Repository
from store.tables import tokens

_COLUMN = "tokens.label"
_SECRET_BYTES = 32


def make_secret(prefix: str) -> str:
    """A secret that can't be guessed; the prefix helps to recognise one that was lost."""
    return f"{prefix}_{secrets.token_urlsafe(_SECRET_BYTES)}"


def hash_of(secret: str) -> str:
    """What is stored of it. SHA-256 is enough for 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Token:
    """A token that is valid."""

    id: str
    person_id: str | None
    """None: it belongs to a system, which names a person in `on_behalf_of`."""
    label: str
    created_by: str
    created_at: datetime


class Tokens(Repository):
    """Tokens by secret."""

    async def create(self, person_id: str | None, label: str, *, by: str) -> str:
        """Make a token. The secret is returned here and nowhere else, ever."""
        secret, token_id = make_secret("gh"), new_id()
        row = {
            "id": token_id,
            "secret_hash": hash_of(secret),
            "person_id": person_id,
            "created_by": by,
            "created_at": datetime.now(UTC),
            "label_sealed": self._seals.seal_json(_COLUMN, token_id, label),
            "key_id": self._seals.key_id,
        }
        async with self._database.transaction() as connection:
            await connection.execute(insert(tokens), row)
        return secret

    async def find(self, secret: str, *, timeout: float | None = None) -> Token | None:
        """The token of a secret, unless it was revoked."""
        query = select(tokens).where(tokens.c.secret_hash == hash_of(secret), tokens.c.revoked_at.is_(None))
        async with self._database.reading(timeout=timeout) as connection:
            row = (await connection.execute(query)).one_or_none()
        return self._token(row) if row is not None else None

    async def list(self) -> list[Token]:
        """All valid tokens, oldest first."""
        query = select(tokens).where(tokens.c.revoked_at.is_(None)).order_by(tokens.c.created_at, tokens.c.id)
        async with self._database.reading() as connection:
            return [self._token(row) for row in await connection.execute(query)]

    async def revoke(self, token_id: str) -> None:
        """End a token at once.

        Raises:
            NotFound: there is no such token.
        """
        statement = update(tokens).where(tokens.c.id == token_id)
        async with self._database.transaction() as connection:
            if not (await connection.execute(statement.values(revoked_at=datetime.now(UTC)))).rowcount:
                raise NotFound("token_id", "there is no such token")

    def _token(self, row: Row[Any]) -> Token:
        return Token(
            id=row.id,
            person_id=row.person_id,
            label=self._seals.open_json(_COLUMN, row.id, row.key_id, row.label_sealed),
            created_by=row.created_by,
            created_at=row.created_at,
        )
