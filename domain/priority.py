"""What goes first when not everything can go at once: the first word about a child before anything said again."""

from enum import IntEnum

from domain.names import Phase, Template
from domain.sending import AlertRequest
from domain.state import Delivery, DeliveryKind, Episode, PlacementState


class Priority(IntEnum):
    """The engine's own scale: 1 goes first, 5 last; what has none counts as 3."""

    ARRIVAL_FIRST = 1
    """The first alert about a child in the arrival phase: the golden hour."""
    FIRST = 2
    """The first alert about any other child."""
    CLIMB = 3
    """A new rung, and the next channel of a person who was not reached."""
    AGAIN = 4
    """What these people have been told before."""
    STATUS = 5
    """That it is over, that a carer is worried, that the child is at a known place."""

    @property
    def can_wait(self) -> bool:
        """Whether it steps aside for first alerts, and may be held back by the throttles."""
        return self >= Priority.AGAIN


def goes_first(request: AlertRequest) -> bool:
    """Whether what was said before steps aside for it. Nothing about a real child does for an exercise."""
    return not Priority(request.priority).can_wait and not request.exercise


def as_handed_out(request: AlertRequest) -> Priority:
    """How urgent it is to the engine, which hands out alerts of children and of exercises from one queue."""
    return Priority.STATUS if request.exercise else Priority(request.priority)


def of_delivery(state: PlacementState, episode: Episode | None, delivery: Delivery) -> Priority:
    """How urgent these messages are. What nobody may have heard yet never counts as said again."""
    if delivery.template is Template.HAND_OVER:
        # Somebody is asked to act, by somebody who may be about to fall asleep.
        return Priority.CLIMB
    if delivery.kind in (DeliveryKind.STAND_DOWN, DeliveryKind.CONCERN):
        return Priority.STATUS
    if delivery.kind is DeliveryKind.REPEAT or (delivery.kind is DeliveryKind.RUNGS and delivery.times > 1):
        return Priority.AGAIN
    if episode is None or any(told.last_at is not None for told in episode.told):
        return Priority.CLIMB
    if state.exercise is not None:
        # The first word about a child who is really gone goes before that of any exercise.
        return Priority.CLIMB
    return Priority.ARRIVAL_FIRST if state.phase is Phase.ARRIVAL else Priority.FIRST
