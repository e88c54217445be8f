"""Whose answer it is: on a phone that several people share they are asked, by role and not by name."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from domain.names import Role
from domain.replies import Parsed
from store.errors import StoreError
from web.problems import Problem
from web.services import Services
from web.standing import Place, Standings
from web.webhooks.meant import LETTERS, Meant

LONGEST = 130
"""Characters of a question: with the reference before it, it is one text."""


@dataclass(frozen=True, slots=True)
class Question:
    """What the phone is asked before anything is done."""

    alias: str
    text: str


@dataclass(frozen=True, slots=True)
class Answerer:
    """One of those who share a phone, and what they are to the placement."""

    role: Role
    person_id: str


async def answerers(standings: Standings, people: Sequence[str], alias: str) -> list[Answerer]:
    """Who of these has a role for this placement, in the order of `Role`: one person for each role.

    Empty if that can't be told now.
    """
    found: dict[Role, str] = {}
    with suppress(StoreError, Problem):
        placement = await standings.placement(alias)
        if placement is None:
            return []
        place = Place.of(placement)
        for person_id in people:
            role = await standings.role(person_id, place)
            if role is not None:
                found.setdefault(role, person_id)
    return [Answerer(role, found[role]) for role in Role if role in found]


async def sharing(services: Services, standings: Standings, notification_id: str, patience: float) -> list[Answerer]:
    """Who is reached where a message went, of those who have a role for the child; empty: it can't be told now."""
    with suppress(StoreError):
        reached = await services.store.links.reached_by(notification_id, timeout=patience)
        if reached is not None:
            alias, people = reached
            return await answerers(standings, people, alias)
    return []


async def whose(standings: Standings, people: Sequence[str], parsed: Parsed, meant: Meant) -> Meant | Question:
    """The same for the person who answers, or what the phone is to be asked."""
    if len(people) == 1:
        return replace(meant, person_id=people[0])
    meant = replace(meant, people=tuple(people))
    known = await answerers(standings, people, meant.alias)
    if not known:
        return meant
    if len(known) == 1:
        return replace(meant, person_id=known[0].person_id)
    if parsed.who is not None and parsed.who <= len(known):
        return replace(meant, person_id=known[parsed.who - 1].person_id)
    return Question(meant.alias, _question(known, f"{LETTERS[parsed.kind]} {meant.code}"))


def _question(known: Sequence[Answerer], said: str) -> str:
    """As many roles as one text holds."""
    asked = f"Who are you? Reply {said} 1 for {known[0].role.label}"
    for number, one in enumerate(known[1:], start=2):
        more = f", {number} for {one.role.label}"
        if len(asked) + len(more) < LONGEST:
            asked += more
    return f"{asked}."
