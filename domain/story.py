"""What happened, in plain English: one sentence for each fact, for people who were not there.

A sentence may hold what people wrote, so it is for signed-in readers only; nothing in here reaches a message.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Protocol, TypeVar
from zoneinfo import ZoneInfo

from domain.facts import Actor, FactKind, type_of_value
from domain.names import Channel, Ending, Method, Outcome, Phase, Risk, Role, Stage

LONDON = ZoneInfo("Europe/London")

NEAR = timedelta(minutes=10)
"""Times nearer to each other than this are told with their seconds."""

Word = TypeVar("Word", bound=str)

STAGES = {
    Stage.OVERDUE: "check overdue",
    Stage.UNACCOUNTED: "unaccounted for",
    Stage.AWAY: "away without agreement, at a known place",
    Stage.MISSING: "missing",
    Stage.LOCATED: "located",
    Stage.RETURNED: "back",
    Stage.CLOSED: "closed",
}
ENDINGS = {
    Ending.SEEN_LATE: "the child was seen; the check was late",
    Ending.DECLARED_IN_ERROR: "it was an error",
    Ending.CLOSED_AFTER_RETURN: "closed after the return",
    Ending.DEATH_RECORDED: "the child's death was recorded",
    Ending.ADULT_HANDOVER: "handed over to an adult service",
    Ending.EXERCISE_OVER: "the exercise ended",
}
OUTCOMES = {
    Outcome.SEEN_WELL: "seen and well",
    Outcome.SEEN_CONCERN: "seen, and the carer is worried",
    Outcome.NOT_HERE_KNOWN_PLACE: "not here, at a known place",
    Outcome.NOT_HERE: "not here",
}
METHODS = {
    Method.SEEN: "in person",
    Method.SPOKE: "by speaking with the child",
    Method.PHONE: "by telephone",
    Method.SCHOOL: "by the school",
}
PHASES = {Phase.ARRIVAL: "arrival", Phase.SETTLING: "settling in", Phase.SETTLED: "settled"}
CLOSER = " The child is watched more closely than others: under 12, or dependent on medicine or care."
RISKS = {Risk.MEDIUM: "medium risk", Risk.HIGH: "high risk"}
SENT = {Channel.SMS: "was texted", Channel.VOICE: "was rung", Channel.EMAIL: "was e-mailed"}
CHANNELS = {Channel.SMS: "text", Channel.VOICE: "call", Channel.EMAIL: "e-mail"}
ADDRESSES = {
    Channel.SMS: "number for texts",
    Channel.VOICE: "number for calls",
    Channel.EMAIL: "e-mail address",
}
FAILURES = {
    "undeliverable": "can never arrive: the address does not work",
    "unavailable": "did not go out: the provider did not take it",
    "unknown": "may not have gone out: the provider's answer was lost",
    "no_channel": "could not be sent: no address is known",
    "undelivered": "did not arrive",
    "busy": "was not taken: the line was busy",
    "no-answer": "was not answered",
    "machine": "was taken by an answering machine",
    "unheard": "ended before a word was heard",
    "unconfirmed": "is not confirmed: the provider has not said that it arrived",
}
KINDS = {Channel.SMS: "texts", Channel.VOICE: "calls", Channel.EMAIL: "e-mails"}
PURPOSES = {
    "circular": " the circular",
    "stand_down": " that it is over",
    "concern": " about a concern",
    "repeat": " again: nobody has this in hand",
    "follow_up": ", as an earlier message did not get through",
}
CONFIRMATIONS = {
    "returned": "the child is back",
    "located": "it is known where the child is",
    "cancel": "this was an error",
    "death": "the child has died",
}
INTERVIEWS = {
    "offered": "was offered",
    "accepted": "was accepted",
    "declined": "was declined by the child",
    "held": "was held",
}
ASKED = {
    "admit": "admit the child",
    "check_in": "record a check",
    "agree_absence": "agree time out",
    "change_plan": "change the plan",
    "end_placement": "end the placement",
    "answer": "answer the alert",
    "claim": "say by text that the child is here",
    "police_reported": "enter the police report",
    "sighting": "record a sighting",
    "found": "record that the child is found",
    "close": "close the episode",
    "reopen": "open the episode again",
    "return_interview": "record the return interview",
    "circulate": "describe the child for a circular, or approve it",
    "desk_acknowledged": "record that a desk has seen the circular",
}


class Happening(Protocol):
    """A fact, as the engine made it or as the ledger has it."""

    @property
    def kind(self) -> FactKind:
        """What happened."""

    @property
    def at(self) -> datetime:
        """When (UTC)."""

    @property
    def episode(self) -> int | None:
        """In which episode; None: in none."""

    @property
    def actor(self) -> Actor:
        """Who did it."""

    @property
    def data(self) -> Mapping[str, type_of_value]:
        """The particulars."""


def sentence(fact: Happening, name_of: Callable[[str], str], *, zone: tzinfo = LONDON) -> str:
    """Say what happened, without its own time, which stands beside it.

    Args:
        fact: what happened.
        name_of: what a person is called, by id, such as "Sam Reed, shift lead".
        zone: where the reader lives: times inside the sentence are local.
    """
    words = _SENTENCES[fact.kind](_Telling(fact, name_of, zone))
    return words[:1].upper() + words[1:]


def clock(at: datetime, zone: tzinfo = LONDON, *, beside: datetime | None = None) -> str:
    """A local time such as 21:45: with its date unless `beside` is on that day, with its seconds if that is near."""
    local = at.astimezone(zone)
    near = beside is not None and abs(at - beside) < NEAR and local.second
    hours = f"{local:%H:%M:%S}" if near else f"{local:%H:%M}"
    if beside is not None and beside.astimezone(zone).date() == local.date():
        return hours
    return f"{hours} on {local.day} {local:%B %Y}"


def in_words(roles: list[str]) -> str:
    """Roles as a person says them: "key worker and on-call manager"."""
    known = [Role(role).label if role in set(Role) else role.replace("_", " ") for role in roles]
    return known[0] if len(known) == 1 else f"{', '.join(known[:-1])} and {known[-1]}" if known else "nobody"


@dataclass(frozen=True, slots=True)
class _Telling:
    """A fact with the means of saying it. Every part may be missing: an old fact is told as well as it can be."""

    fact: Happening
    name_of: Callable[[str], str]
    zone: tzinfo

    @property
    def who(self) -> str:
        """Who did it, by name, else by role."""
        actor = self.fact.actor
        if actor.person_id:
            return self.name_of(actor.person_id)
        return f"the {actor.role.label}" if actor.role else "the engine" if actor.via == "engine" else "somebody"

    def text(self, key: str, default: str = "") -> str:
        value = self.fact.data.get(key)
        return default if value is None or isinstance(value, list) else str(value)

    def person(self, key: str = "person") -> str:
        person_id = self.text(key)
        return self.name_of(person_id) if person_id else "somebody"

    def time(self, key: str) -> str:
        try:
            return clock(datetime.fromisoformat(self.text(key)), self.zone, beside=self.fact.at)
        except ValueError:
            return "a time that was not given"

    def roles(self) -> str:
        value = self.fact.data.get("roles")
        return in_words(value) if isinstance(value, list) else "the same people"

    def ending(self, key: str, opening: str) -> str:
        """An addition in somebody's own words, if there are any."""
        words = self.text(key).strip()
        return f"{opening}{words}{'' if words.endswith(('.', '?', '!')) else '.'}" if words else "."

    def is_false(self, key: str) -> bool:
        return self.fact.data.get(key) is False

    def closer(self) -> str:
        """That the child is watched more closely than others, if so."""
        return CLOSER if self.fact.data.get("closer_watch") is True else ""

    def one_of(self, words: Mapping[Word, str], key: str) -> str:
        value = self.text(key)
        return {str(name): word for name, word in words.items()}.get(value, value.replace("_", " "))


def _checked(telling: _Telling) -> str:
    found = telling.text("outcome", "seen")
    how = METHODS.get(Method(telling.text("method")), "") if telling.text("method") in set(Method) else ""
    outcome = OUTCOMES[Outcome(found)] if found in set(Outcome) else found.replace("_", " ")
    told = f"{telling.who} recorded the child {outcome}" + (f", {how}" if how else "")
    waited = " It had waited for the engine." if telling.fact.data.get("queued") else ""
    return told + telling.ending("note", ": ") + waited


def _checked_late(telling: _Telling) -> str:
    return f"{_checked(telling)} This was sent late, after a later check, and changed nothing."


def _started(telling: _Telling) -> str:
    risk = RISKS[Risk(telling.text("risk"))] if telling.text("risk") in set(Risk) else "risk not given"
    age = " The age is not known: treated as a child." if telling.is_false("age_known") else ""
    plan = f"The checks follow the plan “{telling.text('policy', 'not named')}”."
    return f"the child arrived: {risk}. {plan}{age}{telling.closer()}"


def _exercise_started(telling: _Telling) -> str:
    how = "a check is due that nobody records" if telling.text("scenario") == "missed_check" else "a child is not here"
    ends = f"It ends at {telling.time('until')} at the latest."
    return f"{telling.who} began an exercise: {how}. No child is missing. {ends}"


def _plan_changed(telling: _Telling) -> str:
    parts = [
        RISKS[Risk(telling.text("risk"))] if telling.text("risk") in set(Risk) else "",
        f"phase {PHASES[Phase(telling.text('phase'))]}" if telling.text("phase") in set(Phase) else "",
        f"plan “{telling.text('policy')}”" if telling.text("policy") else "",
    ]
    signed = f" {telling.person('second_person')} signed as well." if telling.text("second_person") else ""
    now = ", ".join(part for part in parts if part) or "not named"
    return (
        f"{telling.who} changed the plan. Now: {now}{telling.ending('reason', '. Reason: ')}{telling.closer()}{signed}"
    )


def _fired(telling: _Telling) -> str:
    again = telling.text("again")
    if again:
        return f"the same people are told again, time {again}: this goes on until it is answered."
    return f"time to tell: {telling.roles()}."


def _accepted(telling: _Telling) -> str:
    how = telling.one_of(SENT, "channel") or "was told"
    return f"{telling.person()} {how}{PURPOSES.get(telling.text('message'), '')}."


def _failed(telling: _Telling) -> str:
    what = telling.one_of(CHANNELS, "channel") or "message"
    why = FAILURES.get(telling.text("status"), "did not arrive")
    code = f" (code {telling.text('code')})" if telling.text("code") else ""
    return f"the {what} to {telling.person()} {why}{code}. The next way to reach them is used."


def _held(telling: _Telling) -> str:
    what = telling.one_of(CHANNELS, "channel") or "message"
    about = {
        "stand_down": " that it is over",
        "concern": " about a concern",
        "circular": " that a circular is not acknowledged",
    }
    said = about.get(telling.text("message"), ", who has been told before,")
    return (
        f"the {what} to {telling.person()}{said} is held back until {telling.time('until')}: "
        "their phone has had as many as it may have. What is true by then is said then."
    )


def _channel_out(telling: _Telling) -> str:
    code = telling.text("code")
    why = f"refused several in a row (code {code})" if code else "did not answer several times in a row"
    kind = telling.one_of(KINDS, "channel") or "messages"
    return f"{kind} do not go out: their provider {why}. Until it takes them again, people are told in their next way."


def _out_of_use(telling: _Telling) -> str:
    what = telling.one_of(ADDRESSES, "channel") or "address"
    if telling.text("why") == "stopped":
        return f"{telling.person()} wants no texts: none is sent to that number until they text START."
    code = f" (code {telling.text('code')})" if telling.text("code") else ""
    return f"the {what} of {telling.person()} does not work{code}: it is not used until somebody has put it right."


def _lease_ended(telling: _Telling) -> str:
    who = telling.person() if telling.text("person") else f"the {in_words([telling.text('role', 'owner')])}"
    if telling.text("outcome"):
        return f"{who} had this, and the time held is over: the ladder climbs again."
    return f"{who} recorded no outcome within the time held: the ladder climbs again."


def _stood_down(telling: _Telling) -> str:
    people, messages = telling.text("people", "0"), telling.text("messages", "0")
    return f"told that it is over: people {people}, messages {messages}."


def _desks(telling: _Telling, key: str = "authorities") -> str:
    """Names of authorities: "Saltby and Wickmoor", or "nobody"."""
    value = telling.fact.data.get(key)
    names = value if isinstance(value, list) else []
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0] if names else "nobody"


def _not_reached(telling: _Telling) -> str:
    return f" Not reached: {_desks(telling, 'unreached')}." if telling.fact.data.get("unreached") else ""


def _circular_said(telling: _Telling, what: str) -> str:
    count = telling.text("messages", "0")
    more = f", {telling.text('to_come')} more to come" if telling.text("to_come") else ""
    return f"{what}: {_desks(telling)}; messages {count}{more}.{_not_reached(telling)}"


def _acknowledged(telling: _Telling) -> str:
    where = f" for {telling.text('authority')}" if telling.text("authority") else ""
    return f"{telling.who} acknowledged the circular{where}."


def _found(telling: _Telling) -> str:
    return f"{telling.who} recorded that the child is back{telling.ending('how_known', '. How this is known: ')}"


def _located(telling: _Telling) -> str:
    how = telling.ending("how_known", ". How this is known: ")
    return f"{telling.who} recorded where the child is; they are to be back by {telling.time('back_by')}{how}"


def _refused(telling: _Telling) -> str:
    asked = ASKED.get(telling.text("asked"), "do something")
    return f"{telling.who} tried to {asked}. It was refused{telling.ending('why', ': ')}"


_SENTENCES: dict[FactKind, Callable[[_Telling], str]] = {
    FactKind.PLACEMENT_STARTED: _started,
    FactKind.PLACEMENT_ENDED: lambda it: f"the placement ended{it.ending('reason', ': ')}",
    FactKind.PLAN_CHANGED: _plan_changed,
    FactKind.CHECKED_IN: _checked,
    FactKind.CHECKED_IN_LATE: _checked_late,
    FactKind.ABSENCE_AGREED: lambda it: (
        f"{it.who} agreed time out until {it.time('back_by')}"
        f"{it.ending('where', '. Where: ')}{it.ending('with_whom', ' With: ') if it.text('with_whom') else ''}"
    ),
    FactKind.ABSENCE_ENDED: lambda it: f"{it.who} saw the child back from agreed time out.",
    FactKind.CHECK_OVERDUE: lambda it: f"check due {it.time('due_at')} was not recorded.",
    FactKind.EPISODE_OPENED: lambda it: (
        f"an episode began: {it.one_of(STAGES, 'stage')}. It follows the plan “{it.text('policy', 'not named')}”."
    ),
    FactKind.REPORTED_NOT_HERE: lambda it: f"{it.who} reported the child not here{it.ending('note', ': ')}",
    FactKind.REPORTED_AWAY: lambda it: (
        f"{it.who} reported the child at a known place without agreement, to be back by {it.time('back_by')}"
        f"{it.ending('note', '. ')}"
    ),
    FactKind.STAGE_CHANGED: lambda it: f"the child now counts as {it.one_of(STAGES, 'stage')}.",
    FactKind.RUNG_FIRED: _fired,
    FactKind.LADDER_REPEATED: lambda it: (
        f"the end of the ladder repeats, time {it.text('again', '1')}: everyone alerted so far is told again."
    ),
    FactKind.RUNG_HELD_FOR_QUEUED_CHECK_IN: lambda _: (
        "a check was waiting to be delivered, so nobody was alarmed before it was looked at."
    ),
    FactKind.RUNG_REACHED_UNVERIFIED: lambda it: (
        f"{'told as ' + it.roles() if it.fact.data.get('roles') else 'told'} only on contacts never verified: "
        "the next people are told at once."
    ),
    FactKind.RUNG_REACHED_NOBODY: lambda it: (
        f"nobody was reached as {it.roles()}: the next people are told at once."
        if it.fact.data.get("roles")
        else "nobody was reached: the next people are told at once."
    ),
    FactKind.MESSAGE_ACCEPTED: _accepted,
    FactKind.MESSAGE_FAILED: _failed,
    FactKind.MESSAGE_GIVEN_UP: lambda it: f"{it.person()} could not be reached in any way known.",
    FactKind.CONTACT_PUT_OUT_OF_USE: _out_of_use,
    FactKind.USED_CARRIED_PEOPLE: lambda _: "the list of people did not answer: those last known were told.",
    FactKind.MESSAGE_HELD: _held,
    FactKind.CHANNEL_OUT: _channel_out,
    FactKind.CHANNEL_BACK: lambda it: f"{it.one_of(KINDS, 'channel') or 'messages'} go out again.",
    FactKind.TAKEN: lambda it: (
        f"{it.who} took this; held until {it.time('until')}."
        if not it.text("wanted")
        else f"{it.who} took this; more people are wanted: {it.text('wanted')}. Until then the ladder goes on."
    ),
    FactKind.TAKE_REFUSED: lambda it: (
        f"{it.who} wanted to take this; somebody else has it."
        if not it.text("why")
        else f"{it.who} wanted to take this again; their time had run out, so a second person is needed."
    ),
    FactKind.CANNOT: lambda it: f"{it.who} cannot take this{it.ending('reason', ': ')}",
    FactKind.EXTENDED: lambda it: f"{it.who} needs longer; held until {it.time('until')}{it.ending('reason', ': ')}",
    FactKind.HAND_OVER_OFFERED: lambda it: f"{it.who} asked {it.person('to')} to take over.",
    FactKind.HANDED_OVER: lambda it: f"{it.who} took over from {it.person('before')}; held until {it.time('until')}.",
    FactKind.VOUCHED: lambda it: f"{it.who} said that {it.person('to')} may take this again{it.ending('reason', ': ')}",
    FactKind.LEASE_ENDED: _lease_ended,
    FactKind.ESCALATED_NOW: lambda it: f"{it.who} asked for the next people to be told now{it.ending('reason', ': ')}",
    FactKind.CONFIRMED_MISSING: lambda it: f"{it.who} confirmed that the child is missing{it.ending('reason', ': ')}",
    FactKind.CLAIMED_HERE: lambda it: (
        f"{it.who} answered by text that the child is here. It counts once somebody signed in records it."
    ),
    FactKind.POLICE_REPORTED: lambda it: (
        f"police told by {it.who}: reference {it.text('reference', 'not given')}, "
        f"force {it.text('force', 'not given')}."
    ),
    FactKind.SIGHTING: lambda it: (
        f"information recorded by {it.who}{it.ending('text', ': ')}"
        f"{it.ending('source', ' Source: ') if it.text('source') else ''}"
        f"{it.ending('source_contact', ' Reached by: ') if it.text('source_contact') else ''}"
    ),
    FactKind.AWAITS_SECOND_PERSON: lambda it: (
        f"{it.who} said that {it.one_of(CONFIRMATIONS, 'what')}"
        f"{it.ending('how_known', '. How this is known: ')} A second person must confirm it."
    ),
    FactKind.LOCATED: _located,
    FactKind.NOT_BACK_WHEN_EXPECTED: lambda _: "the child was not back when expected: the alarm is on again.",
    FactKind.RETURNED: _found,
    FactKind.RETURN_INTERVIEW: lambda it: (
        f"the return interview {it.one_of(INTERVIEWS, 'state_of')}{it.ending('how_known', ': ')}"
    ),
    FactKind.CIRCULATION_DESCRIBED: lambda it: (
        f"{it.who} described the child for a circular{it.ending('description', ': ')}"
    ),
    FactKind.CIRCULATION_APPROVED: lambda it: f"{it.who} approved a circular to the neighbouring authorities.",
    FactKind.CIRCULATED: lambda it: _circular_said(it, "a circular went to"),
    FactKind.CIRCULATION_UPDATED: lambda it: _circular_said(it, "the circular was sent again with what is new, to"),
    FactKind.CIRCULATION_ACKNOWLEDGED: _acknowledged,
    FactKind.CIRCULATION_NOT_ACKNOWLEDGED: lambda it: (
        f"the circular is not acknowledged by {_desks(it)}: they are told again."
    ),
    FactKind.CIRCULATION_CANCELLED: lambda it: _circular_said(it, "the circular was cancelled at"),
    FactKind.CIRCULATION_EXPIRED: lambda it: (
        f"{_circular_said(it, 'the circular expired after 72 hours, said to')} To send a new one, approve it again."
    ),
    FactKind.STOOD_DOWN: _stood_down,
    FactKind.EPISODE_ENDED: lambda it: (
        f"the episode is over: {it.one_of(ENDINGS, 'ending')}{it.ending('reason', '. Reason: ')}"
    ),
    FactKind.REOPENED: lambda it: f"{it.who} opened the episode again{it.ending('reason', ': ')}",
    FactKind.TEXTS_STOPPED: lambda it: f"{it.who} texted STOP: texts to that phone end, calls and e-mail go on.",
    FactKind.TEXTS_STARTED: lambda it: f"{it.who} texted START: that phone gets texts again.",
    FactKind.EXERCISE_STARTED: _exercise_started,
    FactKind.EXERCISE_ENDED: lambda it: f"the exercise ended{it.ending('reason', ': ')}",
    FactKind.REFUSED: _refused,
}
