"""A policy as plain text: who hears what, when, and how long a child may be gone before the police are called."""

from datetime import date

from config.wording import (
    HEADINGS,
    LEASES_INCLUDED,
    checks_in_words,
    days_in_words,
    end_in_words,
    in_words,
    message_in_words,
    roles_in_words,
    suits_in_words,
    worst_in_words,
)
from config.worst_cases import WorstCase, worst_cases
from domain.messages import Situation, sms
from domain.names import Anchor, Template
from domain.policy import Policy


def explain(policy: Policy, *, from_day: date | None = None) -> str:
    """Explain a linted policy to somebody who is to sign it.

    Args:
        policy: a policy without mistakes.
        from_day: the day from which set times are held against clock changes; None is today (UTC).
    """
    parts = [_title(policy), _checks(policy, worst_cases(policy, from_day=from_day))]
    parts.extend(_ladder(policy, anchor) for anchor in Anchor if policy.rungs(anchor))
    parts.extend((_end(policy), _delivery(policy), _texts(policy)))
    return "\n\n".join(parts) + "\n"


def _title(policy: Policy) -> str:
    lines = [policy.title, f"{policy.id}, version {policy.version}, local times in {policy.timezone}"]
    if policy.suits:
        lines.append(f"Written for: {suits_in_words(policy)}.")
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
        overdue = f"overdue {in_words(row.grace)} after due"
        lines.append(f"  {days_in_words(row, only=len(cases) == 1)}: {checks_in_words(row)}; {overdue}.")
        if row.remind_before:
            lines.append(f"    The home's screen prompts {in_words(row.remind_before)} before.")
        lines.append(f'    Worst case from leaving to "call the police": {worst_in_words(case)}.')
    return "\n".join([*lines, f"  {LEASES_INCLUDED}"])


def _ladder(policy: Policy, anchor: Anchor) -> str:
    rungs = [rung for _, rung in policy.rungs(anchor)]
    offsets = [f"+{in_words(rung.after)}" for rung in rungs]
    width = max(map(len, offsets))
    stages = max(len(rung.stage) for rung in rungs)
    lines = [HEADINGS[anchor]]
    for offset, rung in zip(offsets, rungs, strict=True):
        who = f"{roles_in_words(rung.roles)}: {message_in_words(rung)}"
        lines.append(f"  {offset:>{width}}  {rung.stage:<{stages}}  {who}")
    return "\n".join(lines)


def _end(policy: Policy) -> str:
    lease = policy.lease
    return f"""At the end of the ladder, for as long as nobody knows that the child is safe
  {end_in_words(policy)}

"I have it"
  holds the ladder back for {in_words(lease.first)}, and can be extended {lease.extensions} times with a reason;
  then what was held back goes out at once."""


def _delivery(policy: Policy) -> str:
    within = in_words(policy.delivery.confirmed_within)
    return f"""What does not arrive
  moves to the person's next channel at once, and so does a text or a call of which nothing is heard for {within};
  when nobody of a rung can be reached, the next one goes out at once."""


def _texts(policy: Policy) -> str:
    """The SMS of each message in the policy, as it would read for a child called Heron-42 who was due at 21:30."""
    used = {rung.template for rung in policy.rung} | {Template.STILL_OPEN}
    said = [
        f'  "{template.replace("_", " ")}"\n    {sms(Situation(template=template, reference="HERON-42", at="21:30"))}'
        for template in Template
        if template in used
    ]
    return "\n".join(["What they read, by SMS (the name and the hour are examples)", *said])
