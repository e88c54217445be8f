"""How many messages one telephone gets: what holds back what was said before, and never what is new.

A phone that rings all night is switched off. The limits are those that another on-call system found bearable in years
of use; repeats of several children share them, because they share the phone.
"""

from dataclasses import dataclass
from datetime import timedelta

from domain.names import Channel, Template


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` messages `within` a time.

    A smooth one lets as many through as the limit before it does, and spreads the rest evenly over its own time.
    """

    count: int
    within: timedelta
    smooth: bool = False


MINUTE = Limit(1, timedelta(minutes=1))

LIMITS: dict[Channel, tuple[Limit, ...]] = {
    Channel.SMS: (
        MINUTE,
        Limit(5, timedelta(minutes=15)),
        Limit(11, timedelta(hours=1), smooth=True),
        Limit(21, timedelta(hours=3), smooth=True),
    ),
    Channel.VOICE: (
        MINUTE,
        Limit(3, timedelta(minutes=15)),
        Limit(7, timedelta(hours=1), smooth=True),
        Limit(15, timedelta(hours=3), smooth=True),
    ),
}
"""By channel, the shortest first. E-mail wakes nobody and has none."""

ENDS = frozenset({Template.STAND_DOWN, Template.NEIGHBOUR_CANCELLED, Template.NEIGHBOUR_EXPIRED})
"""What says that something is over."""

REMEMBERED = timedelta(hours=3)
"""For so long a message counts, and a person has heard of a child."""


def of_message(channel: Channel, template: Template) -> tuple[Limit, ...]:
    """The limits of a message that may wait.

    That it is over is news, once for each alarm and each circular: whoever is out looking for the child is to stop, and
    whoever has their description is to destroy it. It is counted apart from alarms, and only said again it waits, for a
    minute at most.
    """
    return (MINUTE,) if template in ENDS and channel in LIMITS else LIMITS.get(channel, ())
