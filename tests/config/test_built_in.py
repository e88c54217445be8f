"""The policies that come with Golden Hour are the four columns of practice notes 6.4, and nothing else than those."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from config import policy as policies_module
from config.policy import DIRECTORY, PolicyErrors, built_in, in_words, lint, load, worst_case, worst_cases
from domain.names import Anchor, Phase, Risk, Role, Stage, Template
from domain.policy import Policy, Rung

WINTER = date(2026, 1, 1)
COLUMNS = ("arrival-high", "arrival-medium", "settling-medium", "settled-medium")
NEVER = timedelta.max

DUE = {
    "shift lead": (5, 10, 15, 30),
    "key worker, on-call manager": (10, 20, 30, 60),
    "registered manager": (15, 30, 45, 90),
    "social worker, emergency duty team": (20, 40, 60, 90),
    "police task": (30, 45, 75, 120),
    "host authority, placing authority": (40, 60, 90, 150),
    "head of service": (60, 120, 180, 240),
}
"""Minutes from due, as the table has them, one number a column."""

DECLARED = {
    "police task": 0,
    "shift lead, on-call manager": 0,
    "social worker, emergency duty team": 5,
    "registered manager": 10,
    "responsible individual, emergency duty team": 15,
    "placing authority, host authority": 20,
    "head of service": 60,
}
"""Minutes from "not here", the same in every phase."""

HOURS_OPEN = [1, 4, 12, 24, 48, 72, 7 * 24, 14 * 24, 28 * 24]
HOURS_RETURNED = [0, 1, 24, 48, 72, 7 * 24]


@pytest.fixture(scope="module")
def policies() -> Mapping[str, Policy]:
    """The policies that come with Golden Hour."""
    return built_in()


@pytest.fixture(scope="module")
def columns(policies: Mapping[str, Policy]) -> list[Policy]:
    """The four columns, the closest watch first."""
    return [policies[name] for name in COLUMNS]


def of(policy: Policy, anchor: Anchor) -> list[Rung]:
    """The rungs of one anchor, earliest first."""
    return [rung for _, rung in policy.rungs(anchor)]


def when(rungs: list[Rung], who: str) -> timedelta:
    """When these roles are first told together; the task to call the police has a name of its own."""
    if who == "police task":
        return next(rung.after for rung in rungs if rung.is_police)
    roles = set(who.split(", "))
    return next(rung.after for rung in rungs if roles <= {role.label for role in rung.roles})


def test_the_built_in_policies_are_clean(policies: Mapping[str, Policy]) -> None:
    """What we ship follows our own rules, each file is named as its policy; only the demonstration runs in minutes."""
    assert {name: policy.demonstration for name, policy in policies.items()} == {
        **dict.fromkeys(COLUMNS, False),
        "demonstration": True,
    }
    assert {file.stem for file in DIRECTORY.glob("*.toml")} == set(policies)
    for policy in policies.values():
        assert lint(policy, set(Role), from_day=WINTER) == []
        assert {rung.anchor for rung in policy.rung} == set(Anchor)


def test_each_phase_and_risk_has_exactly_one_policy(columns: list[Policy]) -> None:
    """Whoever admits a child is offered one policy, not a choice."""
    suited = [(suit.phase, suit.risk) for policy in columns for suit in policy.suits]

    assert sorted(suited) == sorted((phase, risk) for phase in Phase for risk in Risk)
    assert [(suit.phase, suit.risk) for suit in columns[1].suits] == [("arrival", "medium"), ("settling", "high")]


@pytest.mark.parametrize("who", DUE)
def test_a_missed_check_climbs_at_the_minutes_of_the_table(columns: list[Policy], who: str) -> None:
    """Each row of the practice notes' ladder table, column by column."""
    assert tuple(when(of(policy, Anchor.DUE), who) for policy in columns) == tuple(
        timedelta(minutes=minutes) for minutes in DUE[who]
    )


def test_leases_graces_and_police_repeats_are_those_of_the_table(columns: list[Policy]) -> None:
    """10, 15, 20, 30 minutes to act; 5, 10, 15, 30 before anybody is alarmed; the police again every 5, 10, 10, 15."""
    minutes = timedelta(minutes=1)
    police = [next(rung for rung in of(policy, Anchor.DUE) if rung.is_police) for policy in columns]

    assert [policy.lease.first / minutes for policy in columns] == [10, 15, 20, 30]
    assert [policy.check_plan[-1].grace / minutes for policy in columns] == [5, 10, 15, 30]
    assert [rung.every / minutes for rung in police if rung.every] == [5, 10, 10, 15]


@pytest.mark.parametrize("name", COLUMNS)
def test_a_child_reported_not_here_is_no_less_urgent_in_any_phase(policies: Mapping[str, Policy], name: str) -> None:
    """The report's ladder does not lengthen with the phase; the call to ring the police comes again every 5 minutes."""
    declared = of(policies[name], Anchor.DECLARED)

    assert {who: when(declared, who) for who in DECLARED} == {
        who: timedelta(minutes=minutes) for who, minutes in DECLARED.items()
    }
    assert [rung.every for rung in declared if rung.is_police] == [timedelta(minutes=5)]


@pytest.mark.parametrize("name", COLUMNS)
def test_an_open_episode_is_reviewed_to_day_28_and_then_monthly(policies: Mapping[str, Policy], name: str) -> None:
    """Hours, days, weeks; after that every four weeks for as long as the child is missing."""
    opened = of(policies[name], Anchor.OPENED)

    assert [rung.after / timedelta(hours=1) for rung in opened] == HOURS_OPEN
    assert [rung.every for rung in opened] == [None] * 8 + [timedelta(days=28)]
    assert [rung.after / timedelta(hours=1) for rung in of(policies[name], Anchor.RETURNED)] == HOURS_RETURNED


def test_a_child_at_high_risk_reaches_the_head_of_service_within_the_first_hour_open(columns: list[Policy]) -> None:
    """A published protocol says "at once" for high risk; only the column for medium risk alone leaves it to the day."""
    first = [of(policy, Anchor.OPENED)[0] for policy in columns]

    assert [Role.HEAD_OF_SERVICE in rung.roles for rung in first] == [True, True, True, False]


def test_neighbours_are_told_unasked_only_where_that_was_agreed_beforehand(columns: list[Policy]) -> None:
    """Arrival at high risk is pre-authorised; elsewhere those who may approve are asked when it would be time."""
    neighbours = [
        {rung.anchor for rung in policy.rung if Role.NEIGHBOURING_AUTHORITY in rung.roles} for policy in columns
    ]
    may_approve = {Role.REGISTERED_MANAGER, Role.ON_CALL_MANAGER, Role.EMERGENCY_DUTY_TEAM}
    asked = [
        [rung.after / timedelta(minutes=1) for rung in policy.rung if set(rung.roles) == may_approve]
        for policy in columns
    ]

    assert neighbours == [{Anchor.DUE, Anchor.DECLARED}, set(), set(), set()]
    assert asked == [[], [90, 30], [120, 30], [180, 30]]


def speeds(policy: Policy) -> Iterator[tuple[str, timedelta]]:
    """How soon each thing happens under a policy, by name; what never happens takes for ever."""
    for case in worst_cases(policy, from_day=WINTER)[-1:]:
        yield from (("worst case, waking", case.waking), ("worst case, sleeping", case.sleeping))
    yield "grace", policy.check_plan[-1].grace
    yield "lease", policy.lease.first
    yield "end of the ladder", policy.repeat.every
    for anchor in Anchor:
        rungs = of(policy, anchor)
        for role in Role:
            yield f"{anchor}: {role}", min((rung.after for rung in rungs if role in rung.roles), default=NEVER)
        for stage in Stage:
            yield f"{anchor}: {stage}", min((rung.after for rung in rungs if rung.stage is stage), default=NEVER)
        yield f"{anchor}: police", min((rung.after for rung in rungs if rung.is_police), default=NEVER)
        yield f"{anchor}: again", min((rung.every for rung in rungs if rung.every), default=NEVER)


def test_no_column_is_quicker_than_the_one_to_its_left(columns: list[Policy]) -> None:
    """A child who needs a closer watch is never told of later, in any anchor, to any role."""
    for closer, looser in pairwise(columns):
        slower = dict(speeds(looser))
        assert {what: (at, slower[what]) for what, at in speeds(closer) if at > slower[what]} == {}


def test_police_are_called_within_60_minutes_of_leaving_on_the_first_day(policies: Mapping[str, Policy]) -> None:
    """The golden hour: 30 minutes until the next check, 30 until "call the police". Later nights take 90 minutes."""
    first, later = worst_cases(policies["arrival-high"])

    assert worst_case(policies["arrival-high"], 0) == first.longest == timedelta(minutes=60)
    assert (later.waking, later.sleeping) == (timedelta(minutes=60), timedelta(minutes=90))
    assert worst_case(policies["arrival-high"]) == timedelta(minutes=90)


def test_the_worst_case_of_each_other_column_is_the_one_its_file_says(columns: list[Policy]) -> None:
    """Interval plus police rung, waking and sleeping; set times by their longest wait, in the night of 25 hours."""
    minutes = timedelta(minutes=1)
    cases = [worst_cases(policy, from_day=WINTER)[0] for policy in columns[1:]]

    assert [(case.waking / minutes, case.sleeping / minutes) for case in cases] == [(105, 165), (195, 315), (450, 450)]
    assert [(case.waking_wait / minutes, case.sleeping_wait / minutes) for case in cases] == [
        (60, 120),
        (120, 240),
        (330, 330),
    ]
    for policy, said in zip(columns[1:], ("2 h 45 min", "5 h 15 min", "7 h 30 min"), strict=True):
        assert said in (DIRECTORY / f"{policy.id}.toml").read_text("utf-8").partition("\nid = ")[0]


def test_the_authors_page_shows_a_sound_policy_and_the_true_numbers(columns: list[Policy]) -> None:
    """Whoever copies the example can publish it, and the table of worst cases is not from an older version."""
    page = (DIRECTORY.parents[1] / "docs" / "policy-authoring.md").read_text("utf-8")
    example = page.partition("```toml\n")[2].partition("```")[0]

    assert load(example, source="policy-authoring.md", roles_held=set(Role)).id == "north-arrival"
    for policy in columns[1:]:
        (row,) = (line for line in page.splitlines() if line.startswith(f"| `{policy.id}` |"))
        (case,) = worst_cases(policy, from_day=WINTER)
        assert row.split(" | ")[-1].removesuffix(" |") == " / ".join(
            dict.fromkeys((in_words(case.waking), in_words(case.sleeping)))
        )


def test_every_stage_of_the_demonstration_is_seen_within_five_minutes(policies: Mapping[str, Policy]) -> None:
    """Somebody who watches sees a missed check reach the neighbours without leaving the chair."""
    due = of(policies["demonstration"], Anchor.DUE)

    assert [rung.stage for rung in due if rung.template is Template.POLICE_ALERT] == [Stage.MISSING]
    assert due[-1].after <= timedelta(minutes=3)


def test_two_files_with_one_id_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither silently takes the other's place."""
    text = (DIRECTORY / "demonstration.toml").read_text("utf-8")
    (tmp_path / "one.toml").write_text(text)
    (tmp_path / "two.toml").write_text(text)
    monkeypatch.setattr(policies_module, "DIRECTORY", tmp_path)

    with pytest.raises(
        PolicyErrors, match=r'^two\.toml: line \d+: id: "demonstration" is the id of one\.toml already$'
    ):
        built_in()
