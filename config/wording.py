"""The parts of a policy in plain words, for the text and for the picture that somebody signs."""

from datetime import timedelta

from config.worst_cases import WorstCase
from domain.names import Anchor, Channel, Role, Template
from domain.policy import CheckPlanRow, Policy, Rung

HEADINGS = {
    Anchor.DUE: "A check-in is not recorded (counted from when it was due)",
    Anchor.DECLARED: "The child is reported not here (counted from the report)",
    Anchor.OPENED: "The missing episode is open (counted from its opening)",
    Anchor.RETURNED: "The child has returned (counted from the return)",
}

CHANNELS = {Channel.SMS: "SMS", Channel.VOICE: "voice call", Channel.EMAIL: "e-mail"}

CIRCULAR = "a circular, sent again until it is acknowledged, called back when the child is found, for 72 h at most"

LEASES_INCLUDED = (
    "The worst case includes leases: however often somebody has it in hand, the police rung is not delayed."
)


def in_words(duration: timedelta) -> str:
    """A duration as people say it: `1 h 30 min`, `60 min`, `15 s`."""
    if duration < timedelta(0):
        return f"minus {in_words(-duration)}"
    seconds = int(duration.total_seconds())
    if seconds == 3600:  # noqa: PLR2004 - an hour is said as the minutes of a ladder
        return "60 min"
    parts = [
        (seconds // 86400, "d"),
        (seconds % 86400 // 3600, "h"),
        (seconds % 3600 // 60, "min"),
        (seconds % 60, "s"),
    ]
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 min"


def roles_in_words(roles: tuple[Role, ...]) -> str:
    """`shift lead, on-call manager`."""
    return ", ".join(role.label for role in roles)


def channels_in_words(rung: Rung) -> str:
    """`SMS and e-mail`."""
    return " and ".join(CHANNELS[channel] for channel in rung.channels)


def message_in_words(rung: Rung) -> str:
    """What is said, and how often: the template, the channels, the answer wanted, the repeats."""
    said = f'"{rung.template.replace("_", " ")}" by {channels_in_words(rung)}'
    if rung.template is Template.NEIGHBOUR_ALERT:
        said += f"; {CIRCULAR}"
    if rung.template is Template.NEIGHBOUR_DECISION:
        said += "; nothing goes to them before a manager, the duty team or the police has approved it"
    if rung.answer_within is not None:
        said += f", to answer within {in_words(rung.answer_within)}"
    if rung.is_review and rung.every is not None:
        said += f", again every {in_words(rung.every)} for as long as the child is missing"
    elif rung.every is not None:
        said += f", again every {in_words(rung.every)}, each time a rung further up,"
        said += " until a police reference is entered; no lease delays it"
    if rung.confirmations > 1:
        said += f", {rung.confirmations} answers wanted"
    return said


def suits_in_words(policy: Policy) -> str:
    """`arrival at medium risk; settling at high risk`, or nothing if it does not say."""
    return "; ".join(f"{suit.phase} at {suit.risk} risk" for suit in policy.suits)


def days_in_words(row: CheckPlanRow, *, only: bool) -> str:
    """Which days of the placement a row of the check plan is for; `only`: it is the one row."""
    if row.days is None:
        return "Every day" if only else "All other days"
    first, last = row.days
    return f"Day {first}" if first == last else f"Days {first} to {last}"


def checks_in_words(row: CheckPlanRow) -> str:
    """`every 30 min waking, 60 min sleeping`, or `at 07:30, 22:00`."""
    if row.times:
        return "at " + ", ".join(f"{at:%H:%M}" for at in sorted(row.times))
    waking, sleeping = (in_words(interval or timedelta(0)) for interval in (row.waking, row.sleeping))
    return f"every {waking}, day and night" if waking == sleeping else f"every {waking} waking, {sleeping} sleeping"


def worst_in_words(case: WorstCase) -> str:
    """`1 h 45 min waking, 2 h 45 min sleeping`, or one number where both are the same."""
    if case.waking == case.sleeping:
        return in_words(case.waking)
    return f"{in_words(case.waking)} waking, {in_words(case.sleeping)} sleeping"


def end_in_words(policy: Policy) -> str:
    """What goes on at the end of the ladder."""
    return f"every {in_words(policy.repeat.every)}: {roles_in_words(policy.repeat.roles)}"
