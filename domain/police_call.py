"""What to say to the police. The engine never rings them: a person does, with these words in front of them.

They begin with the two questions of every police call, why you are worried and what has been done so far, and with what
tells a missing child from one who is late (practice notes 2.2). Made from facts, for whoever looks after the child and
is signed in; nothing of it goes into a message. Name, date of birth and description are not here: whoever rings has the
child's file before them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo

from domain.facts import FactKind
from domain.names import Outcome, Risk
from domain.story import Happening, clock

RING = "Ring 999 if the child may be in danger now, else 101."
SEEN = (Outcome.SEEN_WELL.value, Outcome.SEEN_CONCERN.value)
MOST_SIGHTINGS = 3

WORRIED = (
    "Why we are worried: the child has been identified as one who may have been trafficked. Whoever exploited them may "
    "have taken them, or may be waiting for them. The first hour matters most."
)
ASK = (
    "their reference number: without it the police do not count as told",
    "the name or number of whom you speak to, and of the force",
    "how they grade the risk, and to say so if you do not agree",
    "when an officer comes, and what you are to do and not to touch until then",
)
THEN = (
    "Enter the reference, the force and the time here at once. Until all three are entered the police count as not "
    "told, and people are told again to ring."
)


@dataclass(frozen=True, slots=True)
class PoliceCall:
    """A call to make: whom to ring, what to say, what to ask for, and what to do then."""

    ring: str
    force: str
    """The police force of the area where the home stands; empty: not known here."""
    say: tuple[str, ...]
    ask: tuple[str, ...]
    then: str


def police_call(
    reference: str,
    risk: Risk,
    facts: Sequence[Happening],
    *,
    episode: int,
    now: datetime,
    force: str = "",
    zone: tzinfo,
) -> PoliceCall:
    """The words for one episode.

    Args:
        reference: the placement's alias in capitals.
        risk: the home's own grade.
        facts: everything that is known of the placement, oldest first.
        episode: the number of the episode.
        now: the time of day (UTC).
        force: the force of the home's area, if it is known.
        zone: where the caller lives: times are local.
    """
    told = _Told(facts, episode, now, zone)
    say = [
        f"I report a child missing from care. Our reference is {reference}.",
        "Say the child's name, date of birth, description and what they wear: from the child's file.",
        *told.last_seen(),
        *told.since(),
        WORRIED,
        f"Our own grade of risk is {risk.value}. This is not a child who is late or absent.",
        *told.done(),
        *told.sightings(),
        "Say who was seen near the home, which telephones and accounts the child uses, and what medicine they need.",
    ]
    return PoliceCall(ring=RING, force=force, say=tuple(say), ask=ASK, then=THEN)


@dataclass(frozen=True, slots=True)
class _Told:
    """What the facts say, in sentences. What is not known is left out: nobody reads out a guess."""

    facts: Sequence[Happening]
    episode: int
    now: datetime
    zone: tzinfo

    def last_seen(self) -> list[str]:
        seen = self._last(fact for fact in self._of(FactKind.CHECKED_IN) if fact.data.get("outcome") in SEEN)
        return [f"They were last seen by staff at {self._clock(seen.at)}."] if seen else []

    def since(self) -> list[str]:
        said = {
            FactKind.CHECK_OVERDUE: "The check after that was missed; we noticed at {at}.",
            FactKind.REPORTED_NOT_HERE: "Staff looked, and reported them not here at {at}.",
            FactKind.NOT_BACK_WHEN_EXPECTED: "They were to be back at {at}, and were not.",
            FactKind.CONFIRMED_MISSING: "They were confirmed missing at {at}.",
        }
        found = [(fact.at, said[kind]) for kind in said if (fact := self._last(self._of(kind))) is not None]
        return [words.format(at=self._clock(at)) for at, words in sorted(found)]

    def done(self) -> list[str]:
        people = {str(fact.data.get("person")) for fact in self._here(FactKind.MESSAGE_ACCEPTED)}
        alerted = f"{len(people)} people have been alerted. " if people else ""
        return [f"What has been done: {alerted}Say what was searched, who was rung, and who is looking now."]

    def sightings(self) -> list[str]:
        return [
            f"We were told at {self._clock(fact.at)}: {fact.data.get('text', '')}"
            for fact in [*self._here(FactKind.SIGHTING)][-MOST_SIGHTINGS:]
        ]

    def _of(self, kind: FactKind) -> Iterable[Happening]:
        return (fact for fact in self.facts if fact.kind is kind)

    def _here(self, kind: FactKind) -> Iterable[Happening]:
        return (fact for fact in self._of(kind) if fact.episode == self.episode)

    @staticmethod
    def _last(found: Iterable[Happening]) -> Happening | None:
        return max(found, key=lambda fact: fact.at, default=None)

    def _clock(self, at: datetime) -> str:
        return clock(at, self.zone, beside=self.now)
