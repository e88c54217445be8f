"""What makes a well-formed policy a bad one: each rule is one function, and its docstring is the rule.

A rule yields every place where it is broken, so that an author sees all mistakes at once. The rules of ladders are in
config/ladder_rules.py, those of check plans in config/check_rules.py. Whether the texts fit their channels is held
where the texts are, by domain.messages; see `docs/policy-authoring.md`.
"""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import available_timezones

from config.check_rules import CHECK_RULES, times_exist_once
from config.ladder_rules import LADDER_RULES, roles_are_held
from config.mistake import Mistake, Mistakes, Rule
from config.wording import in_words
from domain.names import Role
from domain.policy import Policy, to_text

MOST_CANONICAL_CHARACTERS = 32_000
"""A placement carries its policy, and each open episode its own copy; together they have 256 KB."""


QUIETEST = timedelta(hours=1)
"""The end of the ladder is loud for ever: a repeat in a year would be an off switch."""

RINGS = timedelta(seconds=45)
"""A call rings for half a minute, and then it is found out who or what has answered."""

LONGEST_SILENCE = timedelta(minutes=5)

WHEREVER = frozenset({"Factory", "localtime", "posixrules"})
"""Names that the time-zone database knows and that mean another zone on every machine."""


def mistakes(policy: Policy, *, roles_held: set[Role] | None = None, from_day: date | None = None) -> list[Mistake]:
    """Every mistake in a policy, by every rule.

    Args:
        policy: the policy to judge.
        roles_held: the roles that somebody holds where the policy is to run; None leaves that question out.
        from_day: the day from which clock changes are looked for; None is today (UTC).
    """
    found = [mistake for rule in RULES for mistake in rule(policy)]
    found.extend(times_exist_once(policy, from_day or datetime.now(UTC).date()))
    if roles_held is not None:
        found.extend(roles_are_held(policy, roles_held))
    return found


def _time_zone_exists(policy: Policy) -> Mistakes:
    """Local times need a time zone that the engine knows."""
    if policy.timezone not in available_timezones() - WHEREVER:
        yield Mistake(("timezone",), f'there is no time zone "{policy.timezone}"; write it like Europe/London')


def _title_is_one_line(policy: Policy) -> Mistakes:
    """A title is read on one line of a text, a page and a picture."""
    if not policy.title.strip() or not policy.title.isprintable():
        yield Mistake(("title",), "needs letters, and no line break or invisible character")


def _paces_are_bearable(policy: Policy) -> Mistakes:
    """The endless repeat is at least a minute apart; "I have it" holds 1 to 30 minutes. A demonstration is quicker."""
    if policy.repeat.every < timedelta(minutes=1) and not policy.demonstration:
        yield Mistake(("repeat", "every"), "the end of the ladder repeats at most once a minute (PT60S)")
    if policy.repeat.every > QUIETEST:
        yield Mistake(("repeat", "every"), f"the end of the ladder repeats every {in_words(QUIETEST)} at least")
    shortest = timedelta(seconds=20) if policy.demonstration else timedelta(minutes=1)
    if not shortest <= policy.lease.first <= timedelta(minutes=30):
        detail = f"a lease holds for {in_words(shortest)} to 30 min, not {in_words(policy.lease.first)}"
        yield Mistake(("lease", "first"), detail)


def _silence_is_short(policy: Policy) -> Mistakes:
    """What is not confirmed moves on: not while the phone still rings, and not when the next people have been told."""
    shortest = timedelta(seconds=1) if policy.demonstration else RINGS
    if not shortest <= policy.delivery.confirmed_within <= LONGEST_SILENCE:
        detail = (
            f"{in_words(shortest)} to {in_words(LONGEST_SILENCE)}, not {in_words(policy.delivery.confirmed_within)}"
        )
        yield Mistake(("delivery", "confirmed_within"), f"a message counts as not delivered after {detail}")


def _fits_a_placement(policy: Policy) -> Mistakes:
    """A placement carries its policy everywhere, so the policy is of a bearable size."""
    if len(to_text(policy)) > MOST_CANONICAL_CHARACTERS:
        yield Mistake(
            ("rung",), f"the policy is longer than {MOST_CANONICAL_CHARACTERS} characters as the engine has it"
        )


def _suits_each_once(policy: Policy) -> Mistakes:
    """A phase and a risk that a policy is written for are named once."""
    seen: Counter[tuple[str, str]] = Counter()
    for number, suit in enumerate(policy.suits):
        seen[suit.phase, suit.risk] += 1
        if seen[suit.phase, suit.risk] > 1:
            yield Mistake(("suits", number), f"{suit.phase} at {suit.risk} risk stands there already")


RULES: tuple[Rule, ...] = (
    *LADDER_RULES,
    *CHECK_RULES,
    _suits_each_once,
    _time_zone_exists,
    _title_is_one_line,
    _paces_are_bearable,
    _silence_is_short,
    _fits_a_placement,
)
"""All rules but those that need to know the day, or the people."""
