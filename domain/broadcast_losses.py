"""What a provider had accepted of a circular and then did not deliver: who has heard nothing, and how else they can.

A text that is reported lost minutes later, or a mail that bounces, is news only if nothing else has reached that
person: then every other way they have is tried at once. The same holds of the message that it is over: nobody is left
looking because a text was lost.
"""

from domain.broadcast_state import BroadcastState, Target, people_at, waiting


def of_the_circular(state: BroadcastState) -> list[str]:
    """Those who have not acknowledged, of whose messages one has just turned out not to arrive, and none has."""
    failed = state.order.failed
    people = people_at(waiting(state))
    return [one for one in _unheard(state.reached, failed, state.failed) if one in people]


def of_the_end(state: BroadcastState) -> list[str]:
    """Those of whom the same is true of the message that it is over."""
    return _unheard(state.ends, state.order.ends_failed, state.ends_failed)


def other_ways(state: BroadcastState, people: list[str], *, over: bool) -> list[Target]:
    """Every way that has not failed them; may be none."""
    failed = [*state.order.dead, *(state.order.ends_failed if over else state.order.failed)]
    known = people_at(state.desks)
    ways = [(one, channel) for one in people if one in known for channel, _ in known[one].channels]
    return [one for one in dict.fromkeys(ways) if one not in failed]


def never_heard(accepted: list[Target], failed: list[Target]) -> list[str]:
    """Whose every accepted message did not arrive."""
    heard = {person for person, channel in accepted if (person, channel) not in failed}
    return [one for one in dict.fromkeys(person for person, _ in accepted) if one not in heard]


def _unheard(accepted: list[Target], failed: list[Target], known: list[Target]) -> list[str]:
    news = {person for person, channel in failed if (person, channel) not in known}
    return [one for one in never_heard(accepted, failed) if one in news]
