"""Gaps among the duty contacts in plain words: what is wrong, what it means for the child, what to do."""

from collections.abc import Iterable, Sequence

from domain.names import Role
from store.duty_contacts import DUTY_ROLES, VERIFIED_FOR, Gap, Lack

MOST_NAMES = 6
"""Names in one sentence; a county may have a dozen neighbours."""


def told(gaps: Iterable[Gap]) -> list[str]:
    """A sentence for each role and what is wrong with it, in the order in which they come."""
    alike: dict[tuple[Role, Lack], list[Gap]] = {}
    for gap in gaps:
        alike.setdefault((gap.role, gap.lack), []).append(gap)
    return [_sentence(role, lack, of_kind) for (role, lack), of_kind in alike.items()]


def _sentence(role: Role, lack: Lack, gaps: Sequence[Gap]) -> str:
    names = _listed([gap.place for gap in gaps])
    match lack:
        case Lack.NOBODY:
            where = f" ({names})" if role in DUTY_ROLES else ""
            return f"Nobody who can be reached is {role.label}{where}: that rung moves on at once."
        case Lack.NOBODY_THERE:
            return f"Nobody who can be reached is {role.label} at {names}: nobody is told there."
        case Lack.NO_PLACE if role is Role.POLICE:
            return f"No police force is known for {names}: enter it, or load the geography."
        case Lack.NO_PLACE:
            return f"No {role.label} is known for {names}: nobody is told. Enter it by hand, or load the geography."
        case _:
            return _untried(role, lack, gaps, names)


def _untried(role: Role, lack: Lack, gaps: Sequence[Gap], names: str) -> str:
    """Somebody can be reached, and nobody knows it for sure."""
    if lack is Lack.NEVER_VERIFIED:
        return f"Never verified: how the {role.label} is reached ({names}). Try it before it is needed."
    if lack is Lack.UNVERIFIED:
        return (
            f"Never verified: how the {role.label} is reached ({names}). They are told, and the next people with them. "
            "Verify a contact."
        )
    if lack is Lack.ONE_WAY:
        return (
            f"The {role.label} has one verified way only ({names}): one flat battery is silence. Verify a second "
            "number or a mailbox."
        )
    oldest = min(gap.verified_at for gap in gaps if gap.verified_at)
    since = f"{names}; not since {oldest.day} {oldest:%B %Y}"
    days = VERIFIED_FOR.days
    return f"Not verified for {days} days: how the {role.label} is reached ({since}). Try it before it is needed."


def _listed(names: Sequence[str]) -> str:
    """`A, B, C and 9 more`."""
    shown = ", ".join(names[:MOST_NAMES])
    more = len(names) - MOST_NAMES
    return f"{shown} and {more} more" if more > 0 else shown
