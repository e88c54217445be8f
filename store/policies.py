"""Policies: drafted by one person, published by another, and never changed after that."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from domain.policy import Policy, from_text, to_text
from store.errors import Conflict, NotFound
from store.repository import Repository
from store.tables import policies


@dataclass(frozen=True, slots=True)
class PolicyRow:
    """One version of a policy."""

    policy: Policy
    toml_text: str
    """As its author wrote it."""
    drafted_by: str
    drafted_at: datetime
    published_by: str | None
    published_at: datetime | None

    @property
    def version(self) -> int:
        """Counted from 1 within the policy's id."""
        return self.policy.version


class Policies(Repository):
    """Policies by id and version."""

    async def save_draft(self, policy: Policy, toml_text: str, by: str) -> int:
        """Keep a new version; placements go on with the published one.

        Returns:
            The version it was given; whatever stood in the policy is replaced by it.
        """
        async with self._database.transaction() as connection:
            newest = await connection.scalar(select(func.max(policies.c.version)).where(policies.c.id == policy.id))
            version = (newest or 0) + 1
            row = {
                "id": policy.id,
                "version": version,
                "canonical": to_text(policy.model_copy(update={"version": version})),
                "toml": toml_text,
                "drafted_by": by,
                "drafted_at": datetime.now(UTC),
            }
            try:
                await connection.execute(insert(policies), row)
            except IntegrityError:
                raise Conflict("version", "somebody saved this policy at the same moment: save it again") from None
        return version

    async def publish(self, policy_id: str, version: int, by: str, *, alone_allowed: bool) -> Policy:
        """Let placements use a version from now on. A second person has read it, unless `alone_allowed`.

        Publishing what the same person has published already changes nothing.

        Raises:
            NotFound: there is no such version.
            Conflict: `by` drafted it; or it, or a newer version, is published.
        """
        async with self._database.transaction() as connection:
            query = select(policies).where(policies.c.id == policy_id, policies.c.version >= version)
            # Locked: of two who publish at once, the second one reads that it is done (SQLite writes one at a time).
            rows = (await connection.execute(query.order_by(policies.c.version).with_for_update())).all()
            if not rows or rows[0].version != version:
                raise NotFound("version", "there is no such version of this policy")
            if rows[0].published_by != by:
                _check_publishing(rows, by, alone_allowed=alone_allowed)
                await connection.execute(
                    update(policies)
                    .where(policies.c.id == policy_id, policies.c.version == version)
                    .values(published_by=by, published_at=datetime.now(UTC))
                )
        return from_text(rows[0].canonical)

    async def published(self, policy_id: str) -> Policy | None:
        """The newest published version: what a new placement gets."""
        query = select(policies.c.canonical).where(policies.c.id == policy_id, policies.c.published_at.is_not(None))
        async with self._database.reading() as connection:
            text = await connection.scalar(query.order_by(policies.c.version.desc()).limit(1))
        return from_text(text) if text is not None else None

    async def all_published(self) -> list[Policy]:
        """The newest published version of every policy, the last published first."""
        query = select(policies.c.id, policies.c.canonical).where(policies.c.published_at.is_not(None))
        async with self._database.reading() as connection:
            rows = (await connection.execute(query.order_by(policies.c.version))).all()
            newest = {row.id: row.canonical for row in rows}
            times = select(policies.c.id, func.max(policies.c.published_at)).group_by(policies.c.id)
            latest = {identity: at for identity, at in await connection.execute(times) if at is not None}
        return [from_text(newest[one]) for one in sorted(newest, key=lambda one: (latest[one], one), reverse=True)]

    async def get(self, policy_id: str, version: int | None = None) -> PolicyRow | None:
        """One version, or the newest, published or not."""
        query = select(policies).where(policies.c.id == policy_id).order_by(policies.c.version.desc()).limit(1)
        if version is not None:
            query = query.where(policies.c.version == version)
        async with self._database.reading() as connection:
            row = (await connection.execute(query)).one_or_none()
        return _policy(row) if row is not None else None

    async def list(self) -> list[PolicyRow]:
        """Every version of every policy, newest version of each first."""
        query = select(policies).order_by(policies.c.id, policies.c.version.desc())
        async with self._database.reading() as connection:
            return [_policy(row) for row in await connection.execute(query)]


def _check_publishing(rows: Sequence[Row[Any]], by: str, *, alone_allowed: bool) -> None:
    wanted, *newer = rows
    if wanted.published_at is not None:
        raise Conflict("version", "it is published already")
    if any(row.published_at is not None for row in newer):
        raise Conflict("version", "a newer version is published: save this one as a new draft")
    if wanted.drafted_by == by and not alone_allowed:
        raise Conflict("published_by", "the person who drafted a policy can't publish it: ask a second person")


def _policy(row: Row[Any]) -> PolicyRow:
    return PolicyRow(
        policy=from_text(row.canonical),
        toml_text=row.toml,
        drafted_by=row.drafted_by,
        drafted_at=row.drafted_at,
        published_by=row.published_by,
        published_at=row.published_at,
    )
