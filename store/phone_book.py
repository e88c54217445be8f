"""Whose each phone is and what it was told about: read as a whole, for those who keep it while the store is away."""

from collections import defaultdict
from dataclasses import dataclass, field

from pydantic import TypeAdapter
from sqlalchemy import or_, select

from domain.names import Channel
from domain.snapshot import EpisodeSnapshot
from store.reply_codes import ReplyCode
from store.repository import Repository
from store.sealing import Index
from store.tables import contacts, reply_codes, snapshots

_REACHED = (
    select(contacts.c.address_hash, contacts.c.channel, contacts.c.person_id)
    .where(contacts.c.channel.in_([Channel.SMS, Channel.VOICE]))
    .order_by(contacts.c.person_id)
)
_OPEN = (
    select(reply_codes)
    .where(reply_codes.c.closed_at.is_(None))
    .order_by(reply_codes.c.opened_at.desc(), reply_codes.c.id.desc())
)
_GOING_ON = (
    select(snapshots.c.alias, snapshots.c.snapshot)
    .where(or_(snapshots.c.ended.is_(False), snapshots.c.episode_open))
    .order_by(snapshots.c.alias)
)

_EPISODES = TypeAdapter(list[EpisodeSnapshot])
"""The rest of a snapshot is not read: this is done every few seconds, for every child."""


@dataclass(frozen=True, slots=True)
class PhoneBook:
    """What the store said of all phones at one moment. It holds no number, only hashes of them."""

    index: Index
    people: dict[tuple[str, Channel], list[str]] = field(repr=False)
    codes: dict[str, list[ReplyCode]] = field(repr=False)
    placements: dict[str, list[EpisodeSnapshot]]
    """The episodes of those that have not ended, or of which one is open, by alias."""

    def people_at(self, address: str) -> list[str]:
        """Those who are reached at this number, by text or else by call."""
        hashed = self.index.of_address(address)
        return self.people.get((hashed, Channel.SMS)) or self.people.get((hashed, Channel.VOICE)) or []

    def codes_at(self, address: str) -> list[ReplyCode]:
        """What a reply from this number can be about, newest first."""
        return self.codes.get(self.index.of_address(address), [])


class PhoneBooks(Repository):
    """The phone book as it is now."""

    async def read(self, *, timeout: float | None = None) -> PhoneBook:
        """Read it: three short queries, nothing opened that is sealed.

        Raises:
            StoreUnavailable: it can't be read now.
        """
        people: dict[tuple[str, Channel], list[str]] = defaultdict(list)
        codes: dict[str, list[ReplyCode]] = defaultdict(list)
        async with self._database.reading(timeout=timeout) as connection:
            index = await self._database.index(connection)
            for row in await connection.execute(_REACHED):
                people[row.address_hash, Channel(row.channel)].append(row.person_id)
            for row in await connection.execute(_OPEN):
                codes[row.address_hash].append(ReplyCode(row.code, row.alias, row.episode, row.person_id))
            going_on = {
                row.alias: _EPISODES.validate_python(row.snapshot.get("episodes", []))
                for row in await connection.execute(_GOING_ON)
            }
        return PhoneBook(index, dict(people), dict(codes), going_on)
