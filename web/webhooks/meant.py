"""Which child is meant: what a phone was told about, and what a reply from it can be about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from domain.addressing import reply_code
from domain.names import Stage
from domain.replies import Parsed, ReplyKind
from domain.snapshot import EpisodeSnapshot
from store.reply_codes import ReplyCode

QUIET = (Stage.RETURNED, Stage.CLOSED)
"""Nothing is being sent in these stages: a reply without a code is not about them."""

NOTHING_OPEN = "No open alarm is known here for this phone. Reply Y and the code in the message, or ring the home."
"""One may be open all the same: what went out while the store was away is not known yet, and its code works."""
UNKNOWN = "That code is not known here. Reply Y and the code in the message, or ring the home."
LETTERS = {ReplyKind.TAKE: "Y", ReplyKind.CANNOT: "N", ReplyKind.CLAIM: "C"}
MOST_NAMED = 3
"""How many open references fit into one text."""


@dataclass(frozen=True, slots=True)
class Meant:
    """An episode, and the person who answers for this phone."""

    alias: str
    episode: int
    person_id: str
    code: str = ""
    """By which it is named on this phone."""
    people: tuple[str, ...] = ()
    """Everybody who shares the phone, if several do."""


@dataclass(frozen=True, slots=True)
class Phone:
    """A phone, whose it is, and what it was told about."""

    people: list[str]
    codes: list[ReplyCode]
    episodes: list[tuple[str, EpisodeSnapshot]]
    """All that run, and the last that closed of each placement."""
    address: str = field(repr=False)
    begun_since: tuple[tuple[str, int], ...] = ()
    """The episodes that may have begun without the store knowing it, one for each placement: it may be locked."""
    remembered: bool = False
    """The store does not answer now: this is what it said some seconds ago."""

    @classmethod
    def known(
        cls,
        address: str,
        people: list[str],
        codes: list[ReplyCode],
        placements: Mapping[str, Sequence[EpisodeSnapshot]],
        *,
        remembered: bool = False,
    ) -> "Phone":
        """As the store says it is, or said a while ago; `placements`: whatever it can be about, by alias."""
        found = [(alias, episode) for alias, episodes in placements.items() for episode in episodes]
        # Running ones first: a code that fits two means the one that can still be taken.
        episodes = sorted(found, key=lambda pair: pair[1].ending is not None)
        next_ones = [(alias, max((one.number for one in known), default=0) + 1) for alias, known in placements.items()]
        return cls(people, codes, episodes, address, tuple(next_ones), remembered)

    def meant(self, parsed: Parsed) -> Meant | str:
        """The episode a reply is about, or what to ask its sender instead."""
        if parsed.code is not None:
            return self._by_code(parsed.code) or UNKNOWN
        found = [Meant(code.alias, code.episode, code.person_id, code.code) for code in self.codes]
        if parsed.reference is not None:
            named = [one for one in found if one.alias.upper() == parsed.reference]
            return named[0] if named else UNKNOWN
        quiet = {(alias, one.number) for alias, one in self.episodes if one.stage in QUIET}
        running = [one for one in found if (one.alias, one.episode) not in quiet]
        if len(running) == 1:
            return running[0]
        return _which(running, LETTERS.get(parsed.kind, "Y")) if running else NOTHING_OPEN

    def _by_code(self, code: str) -> Meant | None:
        """By the codes that were printed; a message that went out while the store was away has the one it proposes."""
        stored = next((one for one in self.codes if one.code == code), None)
        if stored is not None:
            return Meant(stored.alias, stored.episode, stored.person_id, stored.code)
        possible = [*((alias, one.number) for alias, one in self.episodes), *self.begun_since]
        return next(
            (
                Meant(alias, number, self.people[0], code)
                for alias, number in possible
                if reply_code(self.address, alias, number) == code
            ),
            None,
        )


def _which(running: list[Meant], letter: str) -> str:
    named = ", ".join(f"{letter} {one.code} for {one.alias.upper()}" for one in running[:MOST_NAMED])
    more = " or the code in the message" if len(running) > MOST_NAMED else ""
    return f"Several are open. Reply {named}{more}."
