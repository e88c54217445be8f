"""What the two measurements of webhooks stand on: every message counted once, and a rung that is truly held."""

from datetime import UTC, datetime, timedelta

import pytest

from benchmarks.installation import MeasurementFailed
from benchmarks.webhooks import is_held, of_all
from domain.facts import Actor
from domain.names import Phase, Risk, Stage
from domain.snapshot import EpisodeSnapshot, Snapshot

AT = datetime(2026, 11, 22, 21, 30, tzinfo=UTC)
BY_TEXT = Actor(person_id="p1", via="sms")


def _after(*milliseconds: int) -> list[datetime]:
    return [AT + timedelta(milliseconds=one) for one in milliseconds]


def _placement(**episode: object) -> Snapshot:
    one = EpisodeSnapshot(number=1, stage=Stage.OVERDUE, began_at=AT, **episode)
    return Snapshot(alias="Heron-42", as_of_fact=3, as_of=AT, phase=Phase.ARRIVAL, risk=Risk.HIGH, episodes=[one])


def test_each_report_is_followed_to_the_message_that_came_of_it() -> None:
    """Whatever order they come in."""
    reported = {"HERON-42": AT, "WREN-17": AT + timedelta(seconds=1)}
    assert of_all(reported, {"WREN-17": _after(1070), "HERON-42": _after(60)}) == [60, 70]


@pytest.mark.parametrize(
    "came",
    [
        pytest.param({}, id="none came"),
        pytest.param({"HERON-42": _after(60, 90)}, id="it came twice"),
        pytest.param({"HERON-42": _after(60), "ROBIN-9": _after(60)}, id="somebody else's came"),
    ],
)
def test_a_message_lost_or_doubled_is_no_measure(came: dict[str, list[datetime]]) -> None:
    """The median of those that came would hide the one that did not."""
    with pytest.raises(MeasurementFailed, match="lost, or one came that nobody expected"):
        of_all({"HERON-42": AT}, came)


def test_a_rung_is_held_by_a_lease_that_a_text_began() -> None:
    """And by enough people, for as long as the lease goes."""
    assert is_held(_placement(owner=BY_TEXT, held_until=AT + timedelta(minutes=10)))


@pytest.mark.parametrize(
    "episode",
    [
        pytest.param({}, id="nobody has it"),
        pytest.param({"owner": Actor(person_id="p1", via="web"), "held_until": _after(9)[0]}, id="taken on the web"),
        pytest.param({"owner": BY_TEXT, "held_until": AT}, id="the lease is over"),
        pytest.param({"owner": BY_TEXT, "held_until": _after(9)[0], "takers_wanted": 1}, id="a second one is wanted"),
    ],
)
def test_what_does_not_hold_the_rung_does_not_count_as_an_answer(episode: dict[str, object]) -> None:
    """An answer from the webhook alone proves nothing."""
    assert not is_held(_placement(**episode))
