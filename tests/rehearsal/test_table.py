"""What people read of a rehearsal, from what a night has left behind."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from domain.facts import Actor, FactKind, type_of_value
from domain.names import Role, Template
from domain.policy import Policy
from rehearsal.data import as_data
from rehearsal.heard import told
from rehearsal.night import Played
from rehearsal.picture import picture
from rehearsal.situations import SITUATIONS, Beginning
from rehearsal.table import table
from store.facts import StoredFact
from tests.rehearsal.conftest import Rehearsed

HOUR = timedelta(hours=1)
DUE = datetime(2026, 11, 22, 21, 0, tzinfo=UTC)


def a_fact(number: int, kind: FactKind, minutes: float, *, late: float = 0, **data: type_of_value) -> StoredFact:
    """A fact `minutes` after the check was due, noted `late` minutes after that."""
    at = DUE + timedelta(minutes=minutes)
    recorded = at + timedelta(minutes=late)
    return StoredFact(f"Wren-1#{number}", number, "workflow", kind, at, recorded, Actor(), 1, data)


def a_night(*facts: StoredFact) -> Played:
    """A night of which the store has no notifications: it was silent when they were claimed."""
    return Played(began_at=DUE, facts=list(facts), messages={}, rows={}, roles={"p": Role.KEY_WORKER})


def test_the_table_tells_who_had_it_and_what_was_held_back(rehearsed: Rehearsed) -> None:
    """A lease, its end, and the rungs that waited for it, each in its line."""
    lines = table(rehearsed.nights["falls-silent"], HOUR).splitlines()
    assert lines[0] == "The first person answers, and falls silent"
    (taken,) = [line for line in lines if "takes it: has it until 25 min" in line]
    assert taken.startswith("  5 min")
    assert any("the lease ends" in line for line in lines)
    (held,) = [line for line in lines if "held back from 10 min" in line]
    assert held.startswith("  25 min")
    assert "key worker" in held


def test_the_table_tells_what_failed_and_where_it_went_instead(rehearsed: Rehearsed) -> None:
    """Twice by text, then by e-mail; and the call to the police, which is repeated to one rung more each time."""
    text = table(rehearsed.nights["sms-down"], HOUR)
    assert "failed twice (503) -> e-mail" in text
    assert '"Ring the police" went out at 30 min; planned for 30 min.' in text
    assert "Nothing was late" in text
    calls = [line for line in text.splitlines() if "not found since" in line]
    assert ["key worker" in line for line in calls] == [False, True, True]
    assert text.count("(call the police)") == 3, "texts that failed, beside the e-mails"


def test_what_came_late_is_said_aloud(short: Policy) -> None:
    """More than a minute after its time, with no lease that had held it back."""
    night = told(SITUATIONS[0], short, a_night(a_fact(1, FactKind.RUNG_FIRED, 10, late=2, rung=1)))
    assert [one.rung for one in night.late] == [1]
    assert "LATE: 1 rungs, the worst by 2 min." in table(night, HOUR)
    assert "Within 60 min nobody was told to ring the police." in table(night, HOUR)


def test_a_rung_that_reaches_nobody_has_a_line(short: Policy) -> None:
    """Loud, as in the engine."""
    facts = (
        a_fact(1, FactKind.RUNG_REACHED_NOBODY, 10, rung=1),
        a_fact(2, FactKind.MESSAGE_GIVEN_UP, 11, person="p"),
    )
    text = table(told(SITUATIONS[2], short, a_night(*facts)), HOUR)
    assert "this rung reached nobody" in text
    assert "can't be reached on any channel" in text


def test_a_message_whose_claim_was_never_written_is_told_all_the_same(short: Policy) -> None:
    """Rule 10: a silent store stops no alert, and is not to hide one either."""
    said: dict[str, Any] = {"person": "p", "channel": "sms", "notification": "n"}
    night = told(
        SITUATIONS[0],
        short,
        a_night(
            a_fact(1, FactKind.RUNG_FIRED, 10, rung=1),
            a_fact(2, FactKind.MESSAGE_ACCEPTED, 10.01, message="rungs", **said),
            a_fact(3, FactKind.LADDER_REPEATED, 45, again=1),
            a_fact(4, FactKind.MESSAGE_ACCEPTED, 45.01, message="repeat", **said),
        ),
    )
    assert [(one.firing.rung, one.template, one.became) for one in night.heard] == [
        (1, Template.CHECK_NOT_RECORDED, "accepted"),
        (None, Template.STILL_OPEN, "accepted"),
    ]


def test_data_and_picture_hold_what_the_table_tells(rehearsed: Rehearsed) -> None:
    """The same nights; nobody's number, address or name is in any of them."""
    nights = list(rehearsed.nights.values())
    data = as_data(rehearsed.policy, nights, Beginning.DUE, HOUR)
    assert [night["situation"] for night in data["situations"]] == list(rehearsed.nights)
    assert 1800 <= data["situations"][0]["police_rung"] < 1860
    drawn = picture(rehearsed.policy, nights, Beginning.DUE, HOUR)
    assert [panel.title for panel in drawn.panels] == [night.situation.title for night in nights]
    assert len({tuple(lane.label for lane in panel.lanes) for panel in drawn.panels}) == 1, "the same lanes everywhere"
    assert sum(len(lane.marks) for lane in drawn.panels[0].lanes) == len(nights[0].heard)
    for told_as in (str(data), str(drawn), table(nights[0], HOUR)):
        assert not [word for word in ("+4477", "@example", "Made-up") if word in told_as]


def test_a_night_in_which_nobody_hears_is_a_table_all_the_same(short: Policy) -> None:
    """Nothing to show is no reason to fail."""
    night = told(SITUATIONS[0], short, a_night())
    assert "0 people heard, in 0 messages" in table(night, HOUR)
    assert picture(short, [replace(night)], Beginning.DUE, HOUR).panels[0].lanes == ()
