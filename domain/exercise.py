"""What an exercise is, and who takes part. Police and neighbours do not: observers stand in for them, by type.

An exercise is the same code, the same timers and real phones. What keeps it from the police is nothing that anybody has
to remember to ask: its ladder is written anew, in `ExerciseRole`, which has no word for them, and its people are looked
up where there are none of them (`store.exercise_cast`).
"""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict

from domain.names import Role
from domain.policy import Policy

HomeRole = Literal[
    Role.SHIFT_LEAD,
    Role.KEY_WORKER,
    Role.ON_CALL_MANAGER,
    Role.REGISTERED_MANAGER,
    Role.RESPONSIBLE_INDIVIDUAL,
    Role.OBSERVER,
]
PlacingRole = Literal[Role.SOCIAL_WORKER, Role.EMERGENCY_DUTY_TEAM, Role.PLACING_AUTHORITY, Role.HEAD_OF_SERVICE]
ExerciseRole = HomeRole | PlacingRole | Literal[Role.EVERYONE_ALERTED]
"""Everybody whom an exercise can name. Not police, not the host authority, not neighbours, and nobody who is added to
`Role` later: who is not in here is played by an observer."""

HOME_CAST: frozenset[Role] = frozenset(get_args(HomeRole))
PLACING_CAST: frozenset[Role] = frozenset(get_args(PlacingRole))
"""They take part only where their authority has agreed to it."""
CAST: tuple[Role, ...] = tuple(role for role in Role if role in HOME_CAST | PLACING_CAST)

NAMES = ("Exercise", "Rehearsal", "Training")
"""What exercises are called, with a number: nobody takes `Exercise-482` for a child, and no child is called so."""

SHORT, LONG = (100, 900), (1000, 9000)
"""The first number, and how many there are."""
SHORT_TRIES, TRIES = 20, 200

LASTS = timedelta(minutes=30)
"""How long an exercise runs unless it is told otherwise: to the police rung on arrival at high risk."""
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(hours=4)
"""So short that it can be tried, so long that the longest built-in ladder comes to its end in it."""


class Scenario(StrEnum):
    """What begins an exercise."""

    NOT_HERE = "not_here"
    """It is declared at once that the child is not here."""
    MISSED_CHECK = "missed_check"
    """A check is due at once, and nobody records it."""


class Exercise(BaseModel):
    """What makes a placement an exercise: how it begins, and when it is over at the latest."""

    model_config = ConfigDict(frozen=True)

    scenario: Scenario
    until: datetime
    """It ends then by itself (UTC)."""
    authority_takes_part: bool = False
    """The placing authority has agreed to it; if not, observers play its people too."""


def is_exercise(alias: str) -> bool:
    """Whether this is the name of an exercise: known wherever a name is, also while the store is away."""
    return alias.partition("-")[0].capitalize() in NAMES


def aliases(request_id: str) -> Iterator[str]:
    """The names that an exercise may get, in the order in which they are tried; the same for the same request."""
    for attempt in range(TRIES):
        first, count = SHORT if attempt < SHORT_TRIES else LONG
        digest = hashlib.sha256(f"exercise|{request_id}|{attempt}".encode()).digest()
        number = first + int.from_bytes(digest[8:16], "big") % count
        yield f"{NAMES[int.from_bytes(digest[:8], 'big') % len(NAMES)]}-{number}"


def played_by(role: Role, *, authority: bool) -> Role:
    """Who hears what this role would hear: themselves if they take part, else an observer."""
    takes_part = role in HOME_CAST or role is Role.EVERYONE_ALERTED or (authority and role in PLACING_CAST)
    return role if takes_part else Role.OBSERVER


def rehearsed(policy: Policy, *, authority: bool) -> Policy:
    """The same plan and ladder with observers in the place of everybody who does not take part."""
    rungs = tuple(rung.model_copy(update={"roles": _cast(rung.roles, authority=authority)}) for rung in policy.rung)
    repeat = policy.repeat.model_copy(update={"roles": _cast(policy.repeat.roles, authority=authority)})
    return policy.model_copy(update={"rung": rungs, "repeat": repeat})


def _cast(roles: Iterable[Role], *, authority: bool) -> tuple[Role, ...]:
    return tuple(dict.fromkeys(played_by(role, authority=authority) for role in roles))
