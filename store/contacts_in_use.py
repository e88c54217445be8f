"""How people are reached: their contacts in use, read beside their roles, and put together as an alert takes them.

A number that was put out of use, or from which STOP was texted, is no way to anybody: not for a child, not in an
exercise.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import Column, ColumnElement, Row, and_

from domain.names import Channel, Role
from domain.state import Contact
from store.people import ADDRESS
from store.sealing import Seals
from store.tables import contacts, roles

OF_HOLDERS: tuple[Column[Any], ...] = (
    roles.c.person_id,
    roles.c.role,
    contacts.c.id,
    contacts.c.channel,
    contacts.c.address_sealed,
    contacts.c.key_id,
    contacts.c.verified_at,
    contacts.c.taken_over,
)
"""What is read of each role with each contact of whoever holds it."""

IN_USE: ColumnElement[bool] = and_(
    contacts.c.person_id == roles.c.person_id,
    contacts.c.disabled_at.is_(None),
    contacts.c.stopped_at.is_(None),
)
"""On which contacts are joined to roles."""


def is_relied_upon(row: Row[Any]) -> bool:
    """Whether a contact was verified, or entered by somebody who says that it is right; however long ago."""
    return row.verified_at is not None or bool(row.taken_over)


def holders_among(
    rows: Iterable[tuple[Row[Any], Collection[Role]]], wanted: Sequence[Role], seals: Seals
) -> list[Contact]:
    """Whoever means any of the wanted roles, each once, with their contacts in the rows' order.

    Args:
        rows: each with what it means to the placement; passed over if it means nothing.
        wanted: the roles, in the order in which each person is to have them.
        seals: for the addresses.
    """
    held: dict[str, set[Role]] = {}
    reached: dict[str, dict[str, tuple[Channel, str]]] = {}
    tried: dict[str, dict[Channel, bool]] = {}
    for row, meanings in rows:
        if not meanings:
            continue
        held.setdefault(row.person_id, set()).update(meanings)
        channels = reached.setdefault(row.person_id, {})
        if row.id is not None and row.id not in channels:
            address = seals.open_json(ADDRESS, row.id, row.key_id, row.address_sealed)
            channels[row.id] = (Channel(row.channel), address)
            # Messages go to a channel's first address: whether that one was verified is what counts.
            tried.setdefault(row.person_id, {}).setdefault(Channel(row.channel), is_relied_upon(row))
    return [
        Contact(
            person_id=person_id,
            roles=tuple(role for role in wanted if role in of_person),
            channels=tuple(reached[person_id].values()),
            unverified=tuple(channel for channel, is_tried in tried.get(person_id, {}).items() if not is_tried),
        )
        for person_id, of_person in held.items()
    ]
