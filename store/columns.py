"""Column types that mean the same on SQLite and on PostgreSQL."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, DateTime, Dialect, LargeBinary, String, TypeDecorator


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant. SQLite knows no time zones: there it is kept without one, always in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn into UTC; a naive one is a mistake that would move a deadline."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant without a time zone can't be stored")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Say that it is UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


def sealed(name: str, *, nullable: bool = False) -> Column[bytes]:
    """A column that only a key in the ring can open; see store.sealing."""
    return Column(f"{name}_sealed", LargeBinary, nullable=nullable)


def key_id() -> Column[str]:
    """Which key sealed this row."""
    return Column("key_id", String(32), nullable=False)


def identity(name: str = "id", **options: Any) -> Column[str]:  # noqa: ANN401 - SQLAlchemy's own options
    """A UUID as text, or an alias."""
    return Column(name, String(64), **options)
