"""What makes a well-formed policy a bad one: each rule names its line and its reason in plain English."""

import pytest

from config.explain import explain
from config.policy import lint, load, parse
from domain.names import Role
from domain.policy import from_text, to_text
from tests.config.sound_policy import (
    FIRST_RUNG_ROLES,
    POLICE,
    SECOND_ROW,
    SOUND,
    WINTER,
    broken,
    marked_line,
    mistakes_of,
)

RULES = {
    "offsets rise": (('after = "PT0S"', 'after = "PT11M"'), "rung[4].after", "offsets rise"),
    "stages never fall": (('stage = "missing"', 'stage = "overdue" # here'), "rung[2].stage", "never falls"),
    "a timer never finds a child": (
        ('stage = "missing"', 'stage = "located" # here'),
        "rung[2].stage",
        "for a person to say",
    ),
    "grace comes first": (('after = "PT15M"', 'after = "PT14M" # here'), "rung[0].after", "before the longest grace"),
    "nobody has been alerted yet": (
        (FIRST_RUNG_ROLES, 'roles = ["everyone_alerted"] # here'),
        "rung[0].roles",
        "reaches nobody",
    ),
    "observers are for exercises": (
        (FIRST_RUNG_ROLES, 'roles = ["shift_lead", "observer"] # here'),
        "rung[0].roles",
        "in exercises only",
    ),
    "roles are not empty": ((FIRST_RUNG_ROLES, "roles = [] # here"), "rung[0].roles", "must not be empty"),
    "until needs every": ((POLICE, 'until = "police_reference" # here'), "rung[2].until", "until needs every"),
    "the police rung says so": (
        ('template = "call_the_police"', 'template = "unaccounted" # here'),
        "rung[2].template",
        "must say so",
    ),
    "two channels from the manager up": (
        ('channels = ["sms", "voice"]', 'channels = ["voice", "voice"] # here'),
        "rung[1].channels",
        "two different channels",
    ),
    "two channels also beyond the manager": (
        ('channels = ["sms", "email"]', 'channels = ["sms"] # here'),
        "rung[2].channels",
        "two different channels",
    ),
    "neighbours hear their own words": (
        ('template = "neighbour_alert"', 'template = "authority_alert"'),
        "rung[4].roles",
        "needs a rung of its own",
    ),
    "nobody else hears the neighbours' words": (
        ('template = "unaccounted"', 'template = "neighbour_alert" # here'),
        "rung[1].template",
        "written for neighbouring_authority only",
    ),
    "an answer takes time": (
        ('answer_within = "PT5M"', 'answer_within = "PT0S" # here'),
        "rung[0].answer_within",
        "longer than nothing",
    ),
    "intervals and times": ((SECOND_ROW, SECOND_ROW + ' # here\nwaking = "PT1H"'), "check_plan[1].times", "not both"),
    "neither interval nor times": (("[[check_plan]]\ntimes", "[[check_plan]] # here\n#"), "check_plan[1]", "neither"),
    "waking without sleeping": (
        ('[[check_plan]]\ndays = [0, 0]\nwaking = "PT30M"\n', "[[check_plan]] # here\ndays = [0, 0]\n"),
        "check_plan[0]",
        "waking is missing",
    ),
    "a time twice": (
        (SECOND_ROW, "times = [07:30:00, 22:00:00, 22:00:00] # here"),
        "check_plan[1].times",
        "2 times",
    ),
    "an interval of nothing": (('waking = "PT30M"', 'waking = "PT0S" # here'), "check_plan[0].waking", "no interval"),
    "an interval over a day": (('waking = "PT30M"', 'waking = "P1DT1S" # here'), "check_plan[0].waking", "24 hours"),
    "grace is shorter than the interval": (
        ('sleeping = "PT30M"\ngrace = "PT5M"', 'sleeping = "PT6M"\ngrace = "PT6M" # here'),
        "check_plan[0].grace",
        "not shorter",
    ),
    "grace is shorter than the time between set times": (
        (SECOND_ROW, 'times = [07:30:00, 07:50:00]\nremind_before = "PT20M" # here'),
        "check_plan[1].remind_before",
        "not shorter than the time between checks, 20 min",
    ),
    "a reminder comes after the last check": (
        ('remind_before = "PT5M"', 'remind_before = "PT30M" # here'),
        "check_plan[0].remind_before",
        "not shorter",
    ),
    "the last day is before the first": (("days = [0, 0]", "days = [0, -1] # here"), "check_plan[0].days", "before"),
    "a day is left out": (("days = [0, 0]", "days = [1, 2] # here"), "check_plan[0].days", "starts at day 1"),
    "the last row ends": (
        ("[[check_plan]]\ntimes", "[[check_plan]]\ndays = [1, 9] # here\ntimes"),
        "check_plan[1].days",
        "no days",
    ),
    "a row that is never used": (
        ("[[check_plan]]\ndays = [0, 0]", "[[check_plan]] # here"),
        "check_plan[0]",
        "no row after it is used",
    ),
    "no such time zone": (
        ('timezone = "Europe/London"', 'timezone = "Europe/Londn" # here'),
        "timezone",
        "no time zone",
    ),
    "a time zone that is a path": (
        ('timezone = "Europe/London"', 'timezone = "../Europe" # here'),
        "timezone",
        "no time zone",
    ),
    "no night": (
        ("sleeping_from = 22:00:00", "sleeping_from = 07:00:00 # here"),
        "day.sleeping_from",
        "can't begin at the same time",
    ),
    "the repeat is bearable": (
        ('[repeat]\nevery = "PT15M"', '[repeat]\nevery = "PT59S" # here'),
        "repeat.every",
        "at most once a minute",
    ),
    "the repeat can't be switched off": (
        ('[repeat]\nevery = "PT15M"', '[repeat]\nevery = "P365D" # here'),
        "repeat.every",
        "every 60 min at least",
    ),
    "the end is for everyone who was alerted": (
        ('roles = ["everyone_alerted"]', 'roles = ["key_worker"] # here'),
        "repeat.roles",
        "for everyone who was alerted",
    ),
    "a rung never says that it is over": (
        ('template = "check_not_recorded"', 'template = "stand_down" # here'),
        "rung[0].template",
        "would mislead",
    ),
    "a rung never says that a missing child is back": (
        ('template = "unaccounted"', 'template = "return_tasks" # here'),
        "rung[1].template",
        "would mislead",
    ),
    "a time beyond the calendar": (
        ('anchor = "declared"\nafter = "PT10M"', 'anchor = "declared"\nafter = "P4000000D" # here'),
        "rung[4].after",
        "at most 1 d",
    ),
    "an answer within the day": (
        ('answer_within = "PT5M"', 'answer_within = "P4000000D" # here'),
        "rung[0].answer_within",
        "at most 1 d",
    ),
    "the call to ring the police floods no phone": (
        ('every = "PT2M"', 'every = "PT1S" # here'),
        "rung[3].every",
        "every 1 min to 60 min",
    ),
    "the call to ring the police is not forgotten": (
        ('every = "PT2M"', 'every = "P9999D" # here'),
        "rung[3].every",
        "every 1 min to 60 min",
    ),
    "a time zone that differs by machine": (
        ('timezone = "Europe/London"', 'timezone = "localtime" # here'),
        "timezone",
        "no time zone",
    ),
    "a title that no picture can show": (
        ('title = "', 'title = "\\u0001 " # here\n#"'),
        "title",
        "invisible character",
    ),
    "a lease is not too short": (('first = "PT10M"', 'first = "PT59S" # here'), "lease.first", "1 min to 30 min"),
    "a lease is not too long": (('first = "PT10M"', 'first = "PT31M" # here'), "lease.first", "not 31 min"),
}


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES.keys())
def test_each_rule_names_its_line_and_its_reason(rule: tuple[tuple[str, str], str, str]) -> None:
    """One broken place is one mistake, at its line, and the reason can be understood."""
    change, field, reason = rule
    text = broken(change)

    ((line, found, detail),) = mistakes_of(text)

    assert found == field
    assert reason in detail
    if "# here" in text:
        assert line == marked_line(text)


def test_a_sound_policy_is_clean() -> None:
    """The policy that the other tests break has no mistake of its own, and the engine reads it back as it was."""
    policy = load(SOUND, source="small-home.toml")

    assert from_text(to_text(policy)) == policy


@pytest.mark.parametrize("anchor", ["due", "declared"])
def test_a_missed_check_and_a_child_reported_not_here_each_have_a_ladder_that_reaches_the_police(anchor: str) -> None:
    """Without one of the two ladders, or without its police rung, a policy is not fit to keep a child safe."""
    policy = parse(SOUND, source="small-home.toml")
    without = policy.model_copy(update={"rung": tuple(rung for rung in policy.rung if rung.anchor != anchor)})
    calm = policy.model_copy(
        update={"rung": tuple(rung for rung in policy.rung if not (rung.anchor == anchor and rung.is_police))}
    )

    missing = [f'there is no ladder for "{anchor}": at least one rung must have that anchor']
    assert [error.detail for error in lint(without, text=SOUND)] == (missing if anchor == "due" else [])
    assert [error.detail for error in lint(calm, text=SOUND)] == [
        f'the ladder for "{anchor}" never reaches the police: one rung needs until = "police_reference"'
    ]


def test_every_without_until_is_a_mistake() -> None:
    """A rung that repeats for no reason would never end; and the ladder has lost its police rung."""
    text = broken((POLICE, 'every = "PT5M" # here'))

    assert mistakes_of(text)[1] == (
        marked_line(text),
        "rung[2].every",
        'every needs until on "due": only a review on "opened" comes again without it',
    )


REVIEW = """
[[rung]]
anchor = "opened"
after = "P28D"
stage = "missing"
roles = ["head_of_service"]
channels = ["sms", "email"]
template = "missing_review"
every = "{every}" # here

[repeat]"""


def test_a_review_comes_again_after_days_and_only_while_the_child_is_missing() -> None:
    """Monthly, weekly or daily; not by the hour, which is the climb's pace. A demonstration shows it in minutes."""
    monthly, hourly = (broken(("\n[repeat]", REVIEW.format(every=every))) for every in ("P28D", "PT23H"))
    shown = hourly.replace('title = "A small home"', 'title = "A small home"\ndemonstration = true')

    assert load(monthly, source="x").rung[-1].is_review
    assert mistakes_of(hourly) == [
        (marked_line(hourly), "rung[5].every", "a review comes again after 1 d at the soonest")
    ]
    assert load(shown, source="x").rung[-1].is_review


def test_a_phase_and_a_risk_are_suited_once() -> None:
    """A pair named twice was meant to be another."""
    pair = '\n[[suits]]\nphase = "arrival"\nrisk = "high"'
    text = broken(("\n[lease]", f"{pair}\n{pair} # here\n[lease]"))
    unknown = broken(("\n[lease]", pair.replace("arrival", "arival") + "\n[lease]"))

    assert mistakes_of(text) == [(marked_line(text) - 2, "suits[1]", "arrival at high risk stands there already")]
    ((_, field, detail),) = mistakes_of(unknown)
    assert (field, detail.endswith("did you mean arrival?")) == ("suits[0].phase", True)


def test_a_role_nobody_holds_is_a_mistake_only_when_asked() -> None:
    """Where the policy is to run, somebody must hold each role; `everyone_alerted` is no such role."""
    policy = parse(SOUND, source="small-home.toml")
    held = {Role.SHIFT_LEAD, Role.REGISTERED_MANAGER, Role.ON_CALL_MANAGER}

    (error,) = lint(policy, held, text=SOUND)

    assert (error.field, error.detail) == (
        "rung[4].roles",
        "nobody holds the role neighbouring_authority: it can reach no one",
    )
    assert lint(policy, held | {Role.NEIGHBOURING_AUTHORITY}) == []


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("sleeping_from = 22:00:00", "sleeping_from = 01:30:00 # here", "day.sleeping_from"),
        ("waking_from = 07:00:00", "waking_from = 01:00:00 # here", "day.waking_from"),
        ("[07:30:00, 16:00:00", "[07:30:00, 01:59:59", "check_plan[1].times[1]"),
    ],
)
def test_a_local_time_in_the_hour_of_the_clock_change_is_a_mistake(old: str, new: str, field: str) -> None:
    """01:30 in London is skipped in March and happens twice in October; 02:00 is not."""
    found = lint(parse(broken((old, new)), source="x"), from_day=WINTER)

    assert [error.field for error in found] == [field]
    assert (
        " is skipped on 2026-03-29 and happens twice on 2026-10-25, when the clocks change in Europe/London: "
        in found[0].detail
    )
    assert lint(parse(SOUND.replace("22:00:00", "02:00:00"), source="x"), from_day=WINTER) == []


def test_a_zone_whose_clocks_never_change_has_no_such_hour() -> None:
    """The rule asks the policy's own zone."""
    text = broken(("Europe/London", "Africa/Lagos"), ("sleeping_from = 22:00:00", "sleeping_from = 01:30:00"))

    assert lint(parse(text, source="x"), from_day=WINTER) == []


def test_all_mistakes_of_judgement_are_named_at_once() -> None:
    """Rules don't hide one another; the mistakes come in the order of the text."""
    text = broken(('first = "PT10M"', 'first = "PT2H"'), ("days = [0, 0]", "days = [3, 4]"), (', "voice"]', "]"))

    assert [(line, field) for line, field, _ in mistakes_of(text)] == [
        (6, "lease.first"),
        (9, "check_plan[0].days"),
        (37, "rung[1].channels"),
    ]


def test_silence_counts_as_failed_within_minutes() -> None:
    """Not while the phone still rings, and not when the next people have been told long ago."""
    short, long, shown = (
        broken(("\n[lease]", f'\n[delivery]\nconfirmed_within = "{within}" # here\n[lease]'))
        for within in ("PT20S", "PT6M", "PT90S")
    )
    expected = "a message counts as not delivered after 45 s to 5 min, not"

    assert mistakes_of(short) == [(marked_line(short), "delivery.confirmed_within", f"{expected} 20 s")]
    assert mistakes_of(long) == [(marked_line(long), "delivery.confirmed_within", f"{expected} 6 min")]
    assert "nothing is heard for 1 min 30 s" in explain(load(shown, source="x"))
