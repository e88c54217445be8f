"""A policy as plain text: who hears what, when, and how long a child may be gone before the police are called."""

from datetime import date, timedelta

from config.policy_lint import WorstCase, in_words, worst_cases
from domain.names import Anchor, Role
from domain.policy import CheckPlanRow, Policy, Rung

HEADINGS = {
    Anchor.DUE: "A check-in is not recorded (counted from when it was due)",
    Anchor.DECLARED: "The child is reported not here (counted from the report)",
    Anchor.OPENED: "The missing episode is open (counted from its opening)",
    Anchor.RETURNED: "The child has returned (counted from the return)",
}

CHANNELS = {"sms": "SMS", "voice": "voice call", "email": "e-mail"}


def explain(policy: Policy, *, from_day: date | None = None) -> str:
    """Explain a linted policy to somebody who is to sign it.

    Args:
        policy: a policy without mistakes.
        from_day: the day from which set times are held against clock changes; None is today (UTC).
    """
    parts = [_title(policy), _checks(policy, worst_cases(policy, from_day=from_day))]
    parts.extend(_ladder(policy, anchor) for anchor in Anchor if policy.rungs(anchor))
    parts.append(_end(policy))
    return "\n\n".join(parts) + "\n"


def _title(policy: Policy) -> str:
    lines = [policy.title, f"{policy.id}, version {policy.version}, local times in {policy.timezone}"]
    if policy.demonstration:
        lines.append("For demonstration homes only.")
    return "\n".join(lines)


def _checks(policy: Policy, cases: tuple[WorstCase, ...]) -> str:
    day = policy.day
    lines = [
        "When the child is to be seen",
        f"  Waking hours begin at {day.waking_from:%H:%M}, sleeping hours at {day.sleeping_from:%H:%M}.",
    ]
    for row, case in zip(policy.check_plan, cases, strict=True):
        lines.append(f"  {_days(row, only=len(cases) == 1)}: {_pattern(row)}; overdue {in_words(row.grace)} after due.")
        if row.remind_before:
            lines.append(f"    The home's screen prompts {in_words(row.remind_before)} before.")
        lines.append(f'    Worst case from leaving to "call the police": {_worst(case)}.')
    lines.append(
        "  The worst case includes leases: however often somebody has it in hand, the police rung is not delayed."
    )
    return "\n".join(lines)


def _days(row: CheckPlanRow, *, only: bool) -> str:
    if row.days is None:
        return "Every day" if only else "All other days"
    first, last = row.days
    return f"Day {first}" if first == last else f"Days {first} to {last}"


def _pattern(row: CheckPlanRow) -> str:
    if row.times:
        return "at " + ", ".join(f"{at:%H:%M}" for at in sorted(row.times))
    waking, sleeping = (in_words(interval or timedelta(0)) for interval in (row.waking, row.sleeping))
    return f"every {waking}, day and night" if waking == sleeping else f"every {waking} waking, {sleeping} sleeping"


def _worst(case: WorstCase) -> str:
    if case.waking == case.sleeping:
        return in_words(case.waking)
    return f"{in_words(case.waking)} waking, {in_words(case.sleeping)} sleeping"


def _ladder(policy: Policy, anchor: Anchor) -> str:
    rungs = [rung for _, rung in policy.rungs(anchor)]
    offsets = [f"+{in_words(rung.after)}" for rung in rungs]
    width = max(map(len, offsets))
    stages = max(len(rung.stage) for rung in rungs)
    lines = [HEADINGS[anchor]]
    for offset, rung in zip(offsets, rungs, strict=True):
        lines.append(f"  {offset:>{width}}  {rung.stage:<{stages}}  {_rung(rung)}")
    return "\n".join(lines)


def _rung(rung: Rung) -> str:
    said = f'{_spelled(rung.roles)}: "{rung.template.replace("_", " ")}" by {_channels(rung)}'
    if rung.answer_within is not None:
        said += f", to answer within {in_words(rung.answer_within)}"
    if rung.every is not None:
        said += f", again every {in_words(rung.every)} until a police reference is entered; no lease delays it"
    if rung.confirmations > 1:
        said += f", {rung.confirmations} answers wanted"
    return said


def _spelled(roles: tuple[str, ...]) -> str:
    return ", ".join(Role(role).label for role in roles)


def _channels(rung: Rung) -> str:
    return " and ".join(CHANNELS[channel] for channel in rung.channels)


def _end(policy: Policy) -> str:
    lease = policy.lease
    return f"""At the end of the ladder, for as long as nobody knows that the child is safe
  every {in_words(policy.repeat.every)}: {_spelled(policy.repeat.roles)}

"I have it"
  holds the ladder back for {in_words(lease.first)}, and can be extended {lease.extensions} times with a reason;
  then what was held back goes out at once."""
