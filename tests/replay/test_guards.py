"""The guard is guarded: each history walks its branch, and no branch is without a history."""

import pytest
from temporalio import workflow

from activities.alert import Alerting
from activities.canary import Canary
from activities.circulation import Circulating
from activities.record import Recording
from activities.verifying import Verifying
from domain.facts import FactKind
from domain.names import Ending, Outcome, Response, Stage
from domain.state import DeliveryKind
from engine.sandbox import WORKFLOWS
from tests.replay import files, guards, told, walked
from tests.replay.explain import story_of
from tests.replay.guard import Guard, NotWalked, hold
from tests.replay.record import TOLD_IN
from tests.scenarios import engine_room

HOW = "tell a story that walks there in tests/replay/stories_of_*.py, guard it in guards.py, then: make histories"

NOT_IN_A_HISTORY = {FactKind.REFUSED, FactKind.TEXTS_STOPPED, FactKind.TEXTS_STARTED}
"""Noted by the web: what is refused leaves no trace in the engine."""


def everything() -> set[str]:
    """Every step and fact of every history."""
    found = (walked.of_file(stem) for stem in files.stems())
    return {word for one in found for word in (*one.steps, *one.facts)}


def missing(wanted: list[str]) -> list[str]:
    """Which of these no history has."""
    have = everything()
    return [one for one in wanted if not any(word == one or word.startswith(f"{one}: ") for word in have)]


@pytest.mark.parametrize("stem", files.stems())
def test_a_history_walks_the_branch_it_guards(stem: str) -> None:
    """One that does not guards nothing, and nobody would notice."""
    guards.check(stem, walked.of_file(stem))


def test_every_story_is_recorded_and_every_recording_is_guarded() -> None:
    """No file without a story that makes it anew, no guard without a file."""
    assert TOLD_IN
    assert {story_of(stem) for stem in files.stems()} == set(told.STORIES)
    assert set(guards.GUARDS) == set(files.stems()), "each history has a guard, each guard a history: make histories"


def test_every_kind_of_fact_is_walked() -> None:
    """Whatever can happen has happened in a recorded run."""
    assert missing([kind for kind in FactKind if kind not in NOT_IN_A_HISTORY]) == [], HOW


def test_every_message_of_every_workflow_is_walked() -> None:
    """Each update and signal by which a run is told something."""
    defined = [workflow._Definition.must_from_class(one) for one in WORKFLOWS]  # noqa: SLF001 - the SDK has no other list
    updates = [f"update {name}" for one in defined for name in one.updates]
    signals = [f"signal {name}" for one in defined for name in one.signals]

    assert len(updates) > 10
    assert missing([*updates, *signals]) == [], HOW


def test_every_activity_is_walked() -> None:
    """Each by which a run acts, as the worker registers them."""
    registered = [
        definition.name
        for part in (Alerting, Canary, Circulating, Recording, Verifying)
        for one in vars(part).values()
        if (definition := getattr(one, "__temporal_activity_definition", None)) is not None
    ]

    assert len(registered) == 10
    assert missing([f"activity {name}" for name in registered]) == [], HOW


def test_every_workflow_is_walked() -> None:
    """Each that the worker runs."""
    assert {walked.of_file(stem).workflow for stem in files.stems()} == {one.__name__ for one in WORKFLOWS}, HOW


def test_every_ending_stage_outcome_kind_of_message_and_answer_is_walked() -> None:
    """The words that the rules branch on."""
    wanted = [f"episode_ended: {one}" for one in Ending]
    wanted += [f"stage_changed: {one}" for one in Stage if one not in (Stage.OVERDUE, Stage.AWAY, Stage.CLOSED)]
    wanted += [f"episode_opened: {one}" for one in (Stage.OVERDUE, Stage.UNACCOUNTED, Stage.AWAY)]
    wanted += [f"message_accepted: {one}" for one in DeliveryKind]
    wanted += [f"checked_in: {one}" for one in (Outcome.SEEN_WELL, Outcome.SEEN_CONCERN)]

    assert missing(wanted) == [], HOW
    answers = {one for stem in files.stems() for one in walked.of_file(stem).answers}
    assert answers == set(Response), HOW


def test_a_run_that_gives_way_to_the_next_is_kept_with_the_next() -> None:
    """Continue-as-new is a border that both sides must be able to cross."""
    first, then = (walked.of_file(f"continues-as-new-in-an-episode-{run}") for run in (1, 2))

    assert (first.steps[-1], then.steps[0]) == ("continued as new", "continues")


def test_a_history_that_walks_elsewhere_is_found_out() -> None:
    """The check can fail: a step that is not there, one in the wrong place, one too often, none at all."""
    seen_late = walked.of_file("seen-late")
    for wrong in (
        Guard("", steps=("update found",)),
        Guard("", facts=("episode_ended", "check_overdue")),
        Guard("", never=("stood_down",)),
        Guard("", counts=(("activity alert", 1),)),
        Guard("", workflow="CanaryWorkflow"),
        None,
    ):
        with pytest.raises(NotWalked):
            hold("seen-late", wrong, seen_late)


def test_the_key_of_the_histories_is_the_published_one() -> None:
    """And no other: whoever reads this project can read them."""
    assert files.KEYS == engine_room.KEYS
