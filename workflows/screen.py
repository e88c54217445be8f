"""A placement in the engine's own screen, for an operator: how its acts stand together, and what it can be found by.

Aliases, roles and stages only. This holds no state, so the sandbox lets it through, as it does `workflows.updates`.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from temporalio import workflow
from temporalio.common import SearchAttributeKey

from domain import details
from domain.state import Delivery, PlacementState

STAGE = SearchAttributeKey.for_keyword("GoldenHourStage")
PHASE = SearchAttributeKey.for_keyword("GoldenHourPhase")
RISK = SearchAttributeKey.for_keyword("GoldenHourRisk")


def show(state: PlacementState, shown: str) -> str:
    """Bring the screen up to date with the state; `shown` is what this gave back the last time.

    Not while an alert is out: what an operator sees may come a moment after what a carer hears.
    """
    workflow.set_current_details(details.of_placement(state))
    stage = details.stage(state)
    now_shown = f"{stage}/{state.phase}/{state.risk}"
    if any(delivery.in_flight for delivery in state.deliveries):
        return shown
    if now_shown != shown and (stage != "none" or shown):
        workflow.upsert_search_attributes(
            [STAGE.value_set(stage), PHASE.value_set(state.phase.value), RISK.value_set(state.risk.value)]
        )
    return now_shown


@contextmanager
def grouped(state: PlacementState, delivery: Delivery) -> Iterator[None]:
    """Everything of an episode stands together, and everything of a rung within it."""
    number = delivery.episode
    identity = f"{state.alias}-{number}" if number else state.alias
    rungs = "-".join(str(rung) for rung in delivery.rungs) or delivery.kind.value
    with (
        workflow.create_event_group(identity, label=details.of_group(state, number)).scope(),
        workflow.create_event_group(f"{identity}/{rungs}", label=details.of_delivery(state, delivery)).scope(),
    ):
        yield
