"""What makes a ladder a bad one: who is told, in what order, by what, and that it reaches the police."""

from datetime import timedelta
from itertools import pairwise

from config.mistake import Mistake, Mistakes, Path, Rule
from config.wording import in_words
from domain.ladder import PACE
from domain.names import CIRCULATED, Anchor, Channel, Role, Stage, Template
from domain.policy import Policy, Rung

BELOW_THE_MANAGER = frozenset(
    {Role.SHIFT_LEAD, Role.KEY_WORKER, Role.ON_CALL_MANAGER, Role.EVERYONE_ALERTED, Role.OBSERVER}
)

STAGES = {
    Anchor.DUE: (Stage.OVERDUE, Stage.UNACCOUNTED, Stage.MISSING),
    Anchor.DECLARED: (Stage.UNACCOUNTED, Stage.MISSING),
    Anchor.OPENED: (Stage.MISSING,),
    Anchor.RETURNED: (Stage.RETURNED,),
}
"""The stages a timer may say, in the order they are climbed. All others are for a person to say."""

OWN_WORDS = {Role.POLICE: Template.POLICE_ALERT, Role.NEIGHBOURING_AUTHORITY: Template.NEIGHBOUR_ALERT}
"""Those outside who get their own message and no other: they may not learn what the home's own people may."""


ALARMS = frozenset(
    {
        Template.CHECK_NOT_RECORDED,
        Template.UNACCOUNTED,
        Template.REPORTED_NOT_HERE,
        Template.CALL_THE_POLICE,
        Template.POLICE_ALERT,
        Template.AUTHORITY_ALERT,
        Template.NEIGHBOUR_ALERT,
        Template.NEIGHBOUR_DECISION,
        Template.MISSING_REVIEW,
        Template.STILL_OPEN,
    }
)
"""What a rung may say while nobody knows where the child is. Whatever sounds like the end is the engine's to say."""

LONGEST_CLIMB = timedelta(days=1)
LONGEST_REVIEW = timedelta(days=366)
"""What is longer is a slip of the pen; and an instant beyond the calendar would stop the engine."""

SELDOMEST = timedelta(hours=1)
"""How far apart the calls to ring the police may be at most."""


def _named(rung: Rung) -> str:
    return f"{rung.anchor} + {in_words(rung.after)}"


def _offsets_rise(policy: Policy) -> Mistakes:
    """The rungs of an anchor stand in the order in which they fire, so that the file reads as the night would go."""
    for anchor in Anchor:
        in_file = [(number, rung) for number, rung in enumerate(policy.rung) if rung.anchor is anchor]
        for (_, before), (number, rung) in pairwise(in_file):
            if rung.after < before.after:
                detail = f"{_named(rung)} stands after {_named(before)}: offsets rise within an anchor"
                yield Mistake(("rung", number, "after"), detail)


def _stages_never_fall(policy: Policy) -> Mistakes:
    """A timer says how long nobody has known; it never says that a child is safe, and never takes back a stage."""
    for anchor, allowed in STAGES.items():
        highest = 0
        for number, rung in policy.rungs(anchor):
            path: Path = ("rung", number, "stage")
            if rung.stage not in allowed:
                words = " or ".join(f'"{stage}"' for stage in allowed)
                yield Mistake(path, f'a rung on "{anchor}" can only be {words}; "{rung.stage}" is for a person to say')
            elif allowed.index(rung.stage) < highest:
                yield Mistake(path, f'the stage falls from "{allowed[highest]}" to "{rung.stage}"; it never falls')
            else:
                highest = allowed.index(rung.stage)


def _first_due_rung_waits_for_grace(policy: Policy) -> Mistakes:
    """Before the grace is over a check is not overdue, and nobody is alarmed."""
    due = policy.rungs(Anchor.DUE)
    grace = max(row.grace for row in policy.check_plan)
    if due and due[0][1].after < grace:
        detail = f"the first rung on due is at {in_words(due[0][1].after)}, before the longest grace, {in_words(grace)}"
        yield Mistake(("rung", due[0][0], "after"), detail)


def _everyone_alerted_is_someone(policy: Policy) -> Mistakes:
    """`everyone_alerted` is nobody until an earlier rung has alerted somebody. After a return, somebody has been."""
    for anchor in (Anchor.DUE, Anchor.DECLARED, Anchor.OPENED):
        rungs = policy.rungs(anchor)
        named = [rung.after for _, rung in rungs if set(rung.roles) != {Role.EVERYONE_ALERTED}]
        for number, rung in rungs:
            if set(rung.roles) == {Role.EVERYONE_ALERTED} and not any(after < rung.after for after in named):
                detail = f"{_named(rung)} reaches nobody: no earlier rung on {anchor} has alerted anyone yet"
                yield Mistake(("rung", number, "roles"), detail)


def roles_are_held(policy: Policy, roles_held: set[Role]) -> Mistakes:
    """A role that nobody holds is a rung that reaches nobody."""
    named = [(("rung", number, "roles"), rung.roles) for number, rung in enumerate(policy.rung)]
    for path, roles in [*named, (("repeat", "roles"), policy.repeat.roles)]:
        for role in roles:
            if role is not Role.EVERYONE_ALERTED and role not in roles_held:
                yield Mistake(path, f"nobody holds the role {role}: it can reach no one")


def _observers_are_for_exercises(policy: Policy) -> Mistakes:
    """An exercise puts observers into the ladder by itself; for a child they would be a rung that reaches nobody."""
    named = [(("rung", number, "roles"), rung.roles) for number, rung in enumerate(policy.rung)]
    for path, roles in [*named, (("repeat", "roles"), policy.repeat.roles)]:
        if Role.OBSERVER in roles:
            yield Mistake(path, "observer is heard in exercises only: a child's ladder would reach nobody there")


def _ladders_reach_the_police(policy: Policy) -> Mistakes:
    """A missed check, and a child reported not here, each climb to "call the police", again and again until done.

    A policy without a ladder for "declared" runs the one for "due" from the instant of the report.
    """
    for anchor in (Anchor.DUE, Anchor.DECLARED):
        rungs = [rung for _, rung in policy.rungs(anchor)]
        if not rungs and anchor is Anchor.DECLARED:
            continue
        if not rungs:
            yield Mistake(("rung",), f'there is no ladder for "{anchor}": at least one rung must have that anchor')
        elif not any(rung.is_police for rung in rungs):
            detail = f'the ladder for "{anchor}" never reaches the police: one rung needs until = "police_reference"'
            yield Mistake(("rung",), detail)


def _police_rungs_repeat(policy: Policy) -> Mistakes:
    """A rung that waits for the police's reference is repeated until then, and says to call them."""
    for number, rung in enumerate(policy.rung):
        if rung.until is not None and rung.every is None:
            yield Mistake(("rung", number, "until"), "until needs every: how often the rung is repeated until then")
        if rung.is_police and rung.template is not Template.CALL_THE_POLICE:
            detail = f"a rung that waits for a police reference must say so: template = {Template.CALL_THE_POLICE}"
            yield Mistake(("rung", number, "template"), detail)


def _reviews_come_again_in_days(policy: Policy) -> Mistakes:
    """`every` without `until` is a review that comes again for as long as the child is missing: on `opened`, in days.

    The climb itself is repeated by the police rung and by `[repeat]`; a task after a return has an end.
    """
    shortest = timedelta(minutes=1) if policy.demonstration else timedelta(days=1)
    for number, rung in enumerate(policy.rung):
        path: Path = ("rung", number, "every")
        if rung.is_review and rung.anchor is not Anchor.OPENED:
            detail = f'every needs until on "{rung.anchor}": only a review on "{Anchor.OPENED}" comes again without it'
            yield Mistake(path, detail)
        elif rung.is_review and rung.every is not None and rung.every < shortest:
            yield Mistake(path, f"a review comes again after {in_words(shortest)} at the soonest")


def _two_channels_from_the_manager_up(policy: Policy) -> Mistakes:
    """From the first rung that reaches a registered manager or anyone beyond, one provider's failure is no silence."""
    for anchor in Anchor:
        reached = False
        for number, rung in policy.rungs(anchor):
            reached = reached or not BELOW_THE_MANAGER.issuperset(rung.roles)
            if reached and len(set(rung.channels)) < len((Channel.SMS, Channel.EMAIL)):
                detail = f"{_named(rung)} is at or beyond the manager's rung and needs two different channels"
                yield Mistake(("rung", number, "channels"), detail)


def _outsiders_have_their_own_words(policy: Policy) -> Mistakes:
    """The police and the neighbours get the message written for them, alone, and nobody else gets it."""
    for number, rung in enumerate(policy.rung):
        for role, template in OWN_WORDS.items():
            if role in rung.roles and (set(rung.roles) != {role} or rung.template is not template):
                detail = f'{role} needs a rung of its own with template = "{template}": other words are not for them'
                yield Mistake(("rung", number, "roles"), detail)
            elif rung.template is template and role not in rung.roles:
                yield Mistake(("rung", number, "template"), f'"{template}" is written for {role} only')


def _circulars_go_by_rungs_of_the_neighbours(policy: Policy) -> Mistakes:
    """Who hears by circular hears nothing else: the voluntary sector with the neighbours, both never at the end."""
    named = [(("rung", number, "roles"), rung.roles) for number, rung in enumerate(policy.rung)]
    for path, roles in named:
        if Role.VOLUNTARY_SECTOR in roles:
            detail = f"{Role.VOLUNTARY_SECTOR} is told by the same circular as the neighbours: leave it out"
            yield Mistake(path, detail)
    for role in CIRCULATED:
        if role in policy.repeat.roles:
            yield Mistake(("repeat", "roles"), f"{role} is told by circulars, which repeat themselves: leave it out")


def _the_end_is_for_everyone(policy: Policy) -> Mistakes:
    """The end of the ladder is loud: whoever has been alerted hears it. To name fewer would be an off switch."""
    if Role.EVERYONE_ALERTED not in policy.repeat.roles:
        detail = f"the end of the ladder is for everyone who was alerted: {Role.EVERYONE_ALERTED} is missing"
        yield Mistake(("repeat", "roles"), detail)


def _words_fit_the_moment(policy: Policy) -> Mistakes:
    """While the child is gone a rung raises the alarm; after a return it names tasks. Neither says that it is over."""
    for number, rung in enumerate(policy.rung):
        allowed = {Template.RETURN_TASKS} if rung.anchor is Anchor.RETURNED else ALARMS
        if rung.template not in allowed:
            words = ", ".join(sorted(allowed))
            detail = f'"{rung.template}" would mislead on "{rung.anchor}": expected one of {words}'
            yield Mistake(("rung", number, "template"), detail)


def _times_are_of_this_world(policy: Policy) -> Mistakes:
    """A climb is over within a day, a review comes within a year, and a call to ring the police is repeated soon."""
    for number, rung in enumerate(policy.rung):
        longest = LONGEST_CLIMB if rung.anchor in (Anchor.DUE, Anchor.DECLARED) else LONGEST_REVIEW
        if rung.after > longest:
            yield Mistake(("rung", number, "after"), f'on "{rung.anchor}" at most {in_words(longest)}')
        if rung.answer_within is not None and rung.answer_within > LONGEST_CLIMB:
            yield Mistake(("rung", number, "answer_within"), f"at most {in_words(LONGEST_CLIMB)}")
        if rung.is_review and rung.every is not None and rung.every > LONGEST_REVIEW:
            yield Mistake(("rung", number, "every"), f"a review comes again after {in_words(LONGEST_REVIEW)} at most")
        if not rung.is_police or rung.every is None:
            continue
        if rung.every > SELDOMEST or (rung.every < PACE and not policy.demonstration):
            detail = f"the call to ring the police is repeated every {in_words(PACE)} to {in_words(SELDOMEST)}"
            yield Mistake(("rung", number, "every"), detail)


def _answers_take_time(policy: Policy) -> Mistakes:
    """A person who is asked is given time to answer."""
    for number, rung in enumerate(policy.rung):
        if rung.answer_within is not None and rung.answer_within <= timedelta(0):
            yield Mistake(("rung", number, "answer_within"), "must be longer than nothing")


LADDER_RULES: tuple[Rule, ...] = (
    _offsets_rise,
    _stages_never_fall,
    _first_due_rung_waits_for_grace,
    _everyone_alerted_is_someone,
    _observers_are_for_exercises,
    _ladders_reach_the_police,
    _police_rungs_repeat,
    _reviews_come_again_in_days,
    _two_channels_from_the_manager_up,
    _outsiders_have_their_own_words,
    _circulars_go_by_rungs_of_the_neighbours,
    _the_end_is_for_everyone,
    _words_fit_the_moment,
    _times_are_of_this_world,
    _answers_take_time,
)
"""All rules of ladders but the one that needs to know the people."""
