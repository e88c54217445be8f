"""Reply codes: the four digits that tell `Y 4821` from `Y 7310` when one phone hears of two children.

An open code means one episode on one phone. The same episode keeps its code on that phone for as long as it is open.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Update, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from domain.facts import FactKind
from store.ids import new_id
from store.repository import Repository
from store.tables import facts, replies, reply_codes

_CODES = 10_000

type_of_place = tuple[str, str, int | None]
"""Address hash, alias, episode."""
type_of_codes = dict[type_of_place, str]


@dataclass(frozen=True, slots=True)
class ReplyCode:
    """What a code on a phone means."""

    code: str
    alias: str
    episode: int
    person_id: str
    """Who was alerted there first."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A code proposed for an episode on a phone."""

    address_hash: str
    code: str
    alias: str
    episode: int
    person_id: str
    at: datetime


def free_codes(alias: str, episode: int, at: datetime) -> Update:
    """The statement that frees the codes that an episode had opened by then.

    Not those opened later: the ending of an episode that was opened again since may be recorded a second time.
    """
    open_ones = update(reply_codes).where(
        reply_codes.c.alias == alias,
        reply_codes.c.episode == episode,
        reply_codes.c.opened_at <= at,
        reply_codes.c.closed_at.is_(None),
    )
    return open_ones.values(closed_at=at)


class ReplyCodes(Repository):
    """Codes by phone and by episode, and how often we answered a phone."""

    async def open_codes(self, address: str, *, timeout: float | None = None) -> list[ReplyCode]:
        """What a reply from this address can be about, newest first."""
        async with self._database.reading(timeout=timeout) as connection:
            address_hash = (await self._database.index(connection)).of_address(address)
            query = select(reply_codes).where(
                reply_codes.c.address_hash == address_hash, reply_codes.c.closed_at.is_(None)
            )
            rows = await connection.execute(query.order_by(reply_codes.c.opened_at.desc(), reply_codes.c.id.desc()))
            return [ReplyCode(row.code, row.alias, row.episode, row.person_id) for row in rows]

    async def close_codes(self, alias: str, episode: int, at: datetime, *, timeout: float | None = None) -> None:
        """The episode is over: its codes are free again."""
        async with self._database.transaction(timeout=timeout) as connection:
            await connection.execute(free_codes(alias, episode, at))

    async def close_ended(self, aliases: Collection[str], *, timeout: float | None = None) -> None:
        """Free the codes of episodes of these placements of which the record knows that they have ended."""
        turns = (
            select(facts.c.alias, facts.c.episode, facts.c.kind, facts.c.recorded_at)
            .where(facts.c.alias.in_(aliases), facts.c.kind.in_([FactKind.EPISODE_ENDED, FactKind.REOPENED]))
            .order_by(facts.c.n)
        )
        async with self._database.transaction(timeout=timeout) as connection:
            last = {(row.alias, row.episode): row for row in await connection.execute(turns)}
            for row in last.values():
                if row.kind == FactKind.EPISODE_ENDED:
                    await connection.execute(free_codes(row.alias, row.episode, row.recorded_at))

    async def note_reply(self, address: str, at: datetime, *, timeout: float | None = None) -> None:
        """Count an answer sent to a text that came in."""
        async with self._database.transaction(timeout=timeout) as connection:
            address_hash = (await self._database.index(connection)).of_address(address)
            row = {"id": new_id(), "address_hash": address_hash, "sent_at": at}
            await connection.execute(insert(replies), row)

    async def replies_sent(self, address: str, since: datetime, *, timeout: float | None = None) -> int:
        """How many answers went to this address since then."""
        async with self._database.reading(timeout=timeout) as connection:
            address_hash = (await self._database.index(connection)).of_address(address)
            query = select(func.count()).where(replies.c.address_hash == address_hash, replies.c.sent_at >= since)
            return await connection.scalar(query) or 0


async def settle(connection: AsyncConnection, wishes: Sequence[Wish]) -> type_of_codes:
    """Give every wish a code that means nothing else on its phone, and open it.

    Raises:
        IntegrityError: another process opened one of them at the same moment; begin again.
    """
    if not wishes:
        return {}
    kept, taken = await _open_codes(connection, {wish.address_hash for wish in wishes})
    opened = []
    for wish in wishes:
        place = (wish.address_hash, wish.alias, wish.episode)
        code = kept.get(place) or _free(wish.code, taken[wish.address_hash])
        if code is None or place in kept:
            continue
        kept[place] = code
        taken[wish.address_hash].add(code)
        opened.append(_row(wish, code))
    if opened:
        await connection.execute(insert(reply_codes), opened)
    return kept


async def _open_codes(connection: AsyncConnection, hashes: Iterable[str]) -> tuple[type_of_codes, dict[str, set[str]]]:
    kept: type_of_codes = {}
    taken: dict[str, set[str]] = {address_hash: set() for address_hash in hashes}
    query = select(reply_codes).where(reply_codes.c.address_hash.in_(taken), reply_codes.c.closed_at.is_(None))
    for row in await connection.execute(query):
        kept[row.address_hash, row.alias, row.episode] = row.code
        taken[row.address_hash].add(row.code)
    return kept, taken


def _free(proposed: str, taken: set[str]) -> str | None:
    """The proposed code, or the next one that is free; None when all ten thousand are taken."""
    first = int(proposed)
    candidates = (f"{(first + step) % _CODES:04}" for step in range(_CODES))
    return next((code for code in candidates if code not in taken), None)


def _row(wish: Wish, code: str) -> dict[str, object]:
    return {
        "id": new_id(),
        "address_hash": wish.address_hash,
        "code": code,
        "alias": wish.alias,
        "episode": wish.episode,
        "person_id": wish.person_id,
        "opened_at": wish.at,
    }
