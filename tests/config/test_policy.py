"""A policy's author sees every mistake at once, each with its line and a reason in plain English."""

import json
from collections.abc import Mapping
from datetime import date, timedelta

import pytest

from config.explain import explain
from config.policy import PolicyErrors, built_in, lint, load, parse, parse_json, worst_case
from domain.names import Role, Stage
from domain.policy import Policy, from_text, to_text

SOUND = """\
id = "small-home"
title = "A small home"
timezone = "Europe/London"

[lease]
first = "PT10M"

[[check_plan]]
days = [0, 0]
waking = "PT30M"
sleeping = "PT30M"
grace = "PT5M"
remind_before = "PT5M"

[[check_plan]]
times = [07:30:00, 16:00:00, 22:00:00]
grace = "PT15M"

[day]
waking_from = 07:00:00
sleeping_from = 22:00:00

[[rung]]
anchor = "due"
after = "PT15M"
stage = "overdue"
roles = ["shift_lead"]
channels = ["sms"]
template = "check_not_recorded"
answer_within = "PT5M"

[[rung]]
anchor = "due"
after = "PT20M"
stage = "unaccounted"
roles = ["registered_manager"]
channels = ["sms", "voice"]
template = "unaccounted"

[[rung]]
anchor = "due"
after = "PT30M"
stage = "missing"
roles = ["shift_lead", "everyone_alerted"]
channels = ["sms", "email"]
template = "call_the_police"
until = "police_reference"
every = "PT5M"

[[rung]]
anchor = "declared"
after = "PT0S"
stage = "missing"
roles = ["on_call_manager"]
channels = ["sms", "voice"]
template = "call_the_police"
until = "police_reference"
every = "PT2M"

[[rung]]
anchor = "declared"
after = "PT10M"
stage = "missing"
roles = ["neighbouring_authority"]
channels = ["sms", "email"]
template = "neighbour_alert"

[repeat]
every = "PT15M"
roles = ["everyone_alerted"]
"""

EXAMPLE = """\
id = "arrival-high"
title = "Arrival, high risk"
timezone = "Europe/London"

[lease]                       # how long "I have it" holds, how often it may be extended with a reason
first = "PT10M"
extensions = 2

[[check_plan]]                # first matching row wins
days = [0, 0]                 # day of the placement, first and last
waking = "PT30M"
sleeping = "PT30M"
grace = "PT5M"
remind_before = "PT5M"

[[check_plan]]
waking = "PT30M"
sleeping = "PT60M"
grace = "PT5M"
remind_before = "PT5M"

[day]
waking_from = 07:00:00
sleeping_from = 22:00:00

[[rung]]
anchor = "due"                # due · declared · opened · returned
after = "PT5M"
stage = "overdue"             # the stage the episode is in from this rung on
roles = ["shift_lead"]
channels = ["sms"]            # the first that works for the person; several rungs up: ["sms", "voice"] sends both
template = "check_not_recorded"
answer_within = "PT5M"

[[rung]]
anchor = "due"
after = "PT30M"
stage = "missing"
roles = ["shift_lead", "on_call_manager"]
channels = ["sms", "voice"]
template = "call_the_police"
until = "police_reference"    # repeats every `every` until a person has entered it
every = "PT5M"
confirmations = 1

[repeat]                      # after the last rung, for ever
every = "PT15M"
roles = ["everyone_alerted", "responsible_individual"]
"""
"""The shape of a policy as the design shows it."""

WINTER = date(2026, 1, 1)


def broken(*changes: tuple[str, str]) -> str:
    """The sound policy with one occurrence of each text replaced."""
    text = SOUND
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def mistakes_of(text: str) -> list[tuple[int | None, str, str]]:
    """Line, field and detail of every mistake."""
    with pytest.raises(PolicyErrors) as caught:
        load(text, source="small-home.toml")
    return [(error.line, error.field, error.detail) for error in caught.value.errors]


def marked_line(text: str) -> int:
    """The line that the test marked with `# here`."""
    return next(number for number, row in enumerate(text.split("\n"), start=1) if "# here" in row)


POLICE = 'until = "police_reference"\nevery = "PT5M"'
FIRST_RUNG_ROLES = 'roles = ["shift_lead"]'
SECOND_ROW = "times = [07:30:00, 16:00:00, 22:00:00]"

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


def test_all_mistakes_of_shape_are_named_at_once() -> None:
    """A wrong word, a missing key, a number for a duration: one round of corrections is enough."""
    text = broken(
        ('title = "A small home"\n', ""),
        ('first = "PT10M"', "first = 10"),
        ('stage = "overdue"', 'stage = "overdu"'),
        ('answer_within = "PT5M"', 'anwser_within = "PT5M"'),
        ('anchor = "declared"\n', ""),
    )

    assert mistakes_of(text) == [
        (None, "title", "is missing"),
        (
            5,
            "lease.first",
            "10 is not a duration: write days, hours, minutes, seconds, such as PT15M or P1DT12H",
        ),
        (
            25,
            "rung[0].stage",
            f'"overdu" is not one of {", ".join(Stage)}; did you mean overdue?',
        ),
        (29, "rung[0].anwser_within", "there is no such key; did you mean answer_within?"),
        (49, "rung[3].anchor", "is missing"),
    ]


@pytest.mark.parametrize("duration", ["P5M", "P1Y", "P1W", "PT1.5S", "PT", "P", "-PT5M", "5m", "00:05:00"])
def test_a_duration_that_could_be_misread_is_refused(duration: str) -> None:
    """`P5M` is five months: a ladder would never fire, where its author meant five minutes."""
    text = broken(('after = "PT30M"', f'after = "{duration}" # here'))

    ((line, field, detail),) = mistakes_of(text)

    assert (line, field) == (marked_line(text), "rung[2].after")
    assert "is not a duration" in detail


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("waking_from = 07:00:00", "waking_from = 07:00 # here", "a time of day needs its seconds: 07:00:00"),
        ("waking_from = 07:00:00", "waking_from = 07:00:00 # here\nwaking_from = 07:00:00", "overwrite"),
        ('id = "small-home"', 'id = "small-home # here', "this is not TOML"),
    ],
)
def test_a_syntax_error_has_its_line(old: str, new: str, reason: str) -> None:
    """What can't be read at all is named where reading stopped."""
    text = broken((old, new))

    ((line, field, detail),) = mistakes_of(text)

    assert (field, reason in detail) == ("", True)
    assert line is not None
    assert line - marked_line(text) in (0, 1)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x = " + "[" * 5000, "nested too deeply"),
        ("a." * 20_000 + "b = 1", "nested too deeply"),
        ("x = 1\n" * 2500, "at most"),
        ("x" * 70_000, "at most"),
        ("x = " + "9" * 5000, "this is not TOML"),
    ],
)
def test_a_text_made_to_hurt_is_refused_like_any_other(text: str, reason: str) -> None:
    """A hostile text costs its author an error, not the service its life."""
    assert reason in mistakes_of(text)[0][2]


@pytest.mark.parametrize("text", ['{"title": "\\ud800"}', '{"\\ud800": 1}', '{"\\ud800": 1, "\\ud800": 1}'])
def test_half_a_character_is_named_in_words_that_can_be_sent(text: str) -> None:
    """JSON may hold what no answer can say."""
    with pytest.raises(PolicyErrors) as refused:
        parse_json(text, source="policy")
    assert "ud800" in str(refused.value).encode().decode()


def test_lines_are_found_past_values_of_many_lines() -> None:
    """Arrays over several lines, comments and inline tables don't shift the count."""
    text = broken(
        (FIRST_RUNG_ROLES, 'roles = [ # the shift\n  "shift_lead", # ]\n]'), ('"sms", "voice"]', '"sms"] # here')
    )
    inline = text.replace('[lease]\nfirst = "PT10M"', 'lease = { first = "PT40M" }', 1)

    assert mistakes_of(text)[0][0] == marked_line(text)
    assert [line for line, _, _ in mistakes_of(inline)] == [5, marked_line(inline)]


def test_a_single_table_where_a_list_belongs_teaches_the_fix() -> None:
    """One pair of brackets instead of two is the commonest slip."""
    head = SOUND.split("[[rung]]", maxsplit=1)[0]

    assert (23, "rung", "is a list: write [[rung]] with two brackets") in mistakes_of(head + "[rung]\n")


def test_json_is_the_same_policy() -> None:
    """A program may send the same shape as JSON; its mistakes have fields, and a syntax error has its line."""
    policy = parse(SOUND, source="x")

    assert parse_json(to_text(policy), source="x") == policy
    for text, line, reason in [
        ("{\n,}", 2, "this is not JSON"),
        ('{"id": "a1", "id": "a2"}', None, 'the key "id" stands there twice'),
        ("[]", None, "a policy is a JSON object"),
        ("[" * 100_000, None, "at most"),
        ("[" * 60_000, None, "nested too deeply"),
        (json.dumps({"day": {"waking_from": 7}}), None, "7 is not a time of day"),
    ]:
        with pytest.raises(PolicyErrors) as caught:
            parse_json(text, source="x")
        assert caught.value.errors[0].line == line
        assert reason in caught.value.errors[0].detail


def test_a_message_names_the_file_the_line_and_the_field() -> None:
    """What the command prints can be found in an editor at once."""
    with pytest.raises(PolicyErrors, match=r"^small-home\.toml: line 6: lease\.first: a lease holds for"):
        load(broken(('first = "PT10M"', 'first = "PT2H"')), source="small-home.toml")


def test_a_byte_order_mark_is_no_mistake() -> None:
    """Some editors put one at the start of the file."""
    assert load("\ufeff" + SOUND, source="x") == load(SOUND, source="x")


@pytest.fixture(scope="module")
def policies() -> Mapping[str, Policy]:
    """The policies that come with Golden Hour."""
    return built_in()


def test_the_worst_case_of_set_times_is_the_longest_night() -> None:
    """From 22:00 to 07:30 is 9.5 hours, and 10.5 in the night when the clocks go back."""
    policy = parse(SOUND, source="x")
    unchanging = policy.model_copy(update={"timezone": "Africa/Lagos"})

    assert worst_case(policy, 5, from_day=WINTER) == timedelta(hours=10, minutes=30) + timedelta(minutes=30)
    assert worst_case(unchanging, 5, from_day=WINTER) == timedelta(hours=9, minutes=30) + timedelta(minutes=30)


def test_a_policy_without_a_police_rung_has_no_worst_case() -> None:
    """It has no end, so no number is made up for it."""
    policy = parse(SOUND, source="x")
    calm = policy.model_copy(update={"rung": tuple(rung for rung in policy.rung if not rung.is_police)})

    with pytest.raises(ValueError, match="without end"):
        worst_case(calm)


def test_the_example_of_the_design_is_sound() -> None:
    """The shape shown to authors can be published as it stands."""
    assert load(EXAMPLE, source="design.toml").id == "arrival-high"


def test_a_policy_is_explained_in_plain_words(policies: Mapping[str, Policy]) -> None:
    """Whoever signs a policy reads who hears what, when, and how long a child may be gone by then."""
    said = explain(policies["arrival-high"])

    assert "Day 0: every 30 min, day and night; overdue 5 min after due." in said
    assert 'Worst case from leaving to "call the police": 60 min.' in said
    assert "All other days: every 30 min waking, 60 min sleeping" in said
    assert '  +5 min  overdue      shift lead: "check not recorded" by SMS, to answer within 5 min' in said
    assert "again every 5 min until a police reference is entered; no lease delays it" in said
    assert "The child has returned" in said
    assert "every 15 min: everyone alerted, responsible individual" in said
    assert "again every 28 d for as long as the child is missing" in said
    assert "Ref HERON-42: not found since 21:30. Ring police now: 999 if in danger, else 101." in said
    assert "For demonstration homes only." in explain(policies["demonstration"])
    assert "Written for: arrival at medium risk; settling at high risk." in explain(policies["arrival-medium"])


def test_set_times_are_explained() -> None:
    """A settled child is seen at bed time, not every so often."""
    assert "All other days: at 07:30, 16:00, 22:00; overdue 15 min after due." in explain(parse(SOUND, source="x"))
