"""What a person is told about what they asked for: a sentence on the screen, or a text of at most 160 characters."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from domain.exercise import is_exercise
from domain.messages import GSM_7, SMS_LENGTH
from domain.requests import Reply

SOON = timedelta(minutes=10)
"""Times nearer than this are told with their seconds."""

QUEUED = (
    "Kept, but not done yet: the engine does not answer. It will be delivered as soon as it does. "
    "If the child may be in danger, ring now."
)

SENTENCES = {
    "admit": {"": "The child is in care here, and the first check is set."},
    "check_in": {
        "done": "Recorded.",
        "sent_late": "Recorded as sent late: a newer check was recorded already.",
        "seen_late": "Recorded. The alarm is over, and everyone who was alerted is told.",
        "reported_not_here": "Recorded as not here. People are being alerted now.",
        "reported_away": "Recorded as away at a known place. The shift is being told.",
        "alarm_goes_on": "Recorded, but the alarm goes on: this was too long ago to show that the child is here now.",
        "needs_seeing": "Recorded, but the alarm goes on: somebody has to see the child in person.",
        "awaits_second_person": "Recorded. The alarm goes on until a second person confirms that the child is back.",
        "returned": "Recorded. The child is back, and everyone who was alerted is told.",
    },
    "agree_absence": {"agreed": "Agreed. The next check is when the child is to be back."},
    "change_plan": {"changed": "The plan is changed."},
    "end_placement": {"ended": "The placement has ended. An open episode stays open until it is closed."},
    "answer": {
        "taken": "You have it until {until}. Record an outcome or the next person is told.",
        "taken_too": "You have it together with {holder} until {until}. Record an outcome or the next person is told.",
        "taken_more_wanted": "You have it until {until}. Somebody else must take it too: until then others are told.",
        "taken_by_other": "It is already taken by {holder} until {until}.",
        "needs_second_person": (
            "Your time ran out before, with no outcome. Somebody else must take it, hand it to you, or vouch for you."
        ),
        "over": "It is over. Nothing more is needed from you.",
        "noted": "Noted that you cannot. {Holder} has it until {until}.",
        "moved_on_before": "Noted that you cannot. Others have been told since you were.",
        "moved_on": "Noted that you cannot. The next person is being told now.",
        "extended": "You have it until {until}.",
        "offered": "Offered, and they are told. You still have it until they take it.",
        "offered_untold": "Offered, but no way to tell them is known: ring them. You still have it until they take it.",
        "vouched": "Noted: they can take it again.",
        "missing": "Recorded as missing. Call the police if that has not been done.",
        "escalated": "The next people are being told now.",
        "acknowledged": "Acknowledged, thank you. If seen, do not approach alone: call the police.",
    },
    "claim": {
        "claimed": "Noted that the child is here. The alarm goes on until a signed-in person records seeing them.",
        "over": "It is over. Nothing more is needed from you.",
    },
    "police_reported": {"police_told": "The police report is recorded."},
    "sighting": {"noted": "The information is kept. It changes nothing by itself."},
    "circulate": {
        "circulated": "Approved. The neighbouring authorities are being told now.",
        "updated": "Recorded. The neighbouring authorities are being told what is new.",
        "unchanged": "This has been circulated already: nothing is new.",
        "kept": "Kept. It goes out with the circular when its time comes.",
        "awaits_approval": "Kept, and not sent: a manager, the duty team or the police must approve it.",
    },
    "desk_acknowledged": {"acknowledged": "Recorded. This desk is not told again."},
    "found": {
        "awaits_second_person": "Recorded. The alarm goes on until a second person confirms it.",
        "located": "Recorded as located. Everyone who was alerted is told; the alarm returns if the child is not back.",
        "returned": "Recorded. The child is back, and everyone who was alerted is told.",
        "over": "The child's return was recorded before.",
    },
    "close": {
        "closed": "The episode is closed.",
        "awaits_second_person": "Recorded. The episode closes when a second person confirms it.",
    },
    "reopen": {"reopened": "The episode is open again, and people are being alerted now."},
    "return_interview": {"noted": "Recorded."},
}
"""By update and outcome; the outcome `` stands for all."""


@dataclass(frozen=True, slots=True)
class Telling:
    """When and where a person is told."""

    zone: ZoneInfo
    now: datetime


def sentence(update: str, reply: Reply, telling: Telling) -> str:
    """What happened, and when the next check is due."""
    words = SENTENCES.get(update, {})
    said = (words.get(reply.outcome) or words.get("") or "Done.").format(**_particulars(reply, telling))
    if update in {"admit", "check_in", "agree_absence", "change_plan"} and reply.next_due_at is not None:
        said += f" Next check due {clock(reply.next_due_at, telling)}."
    return said


def text(alias: str, said: str) -> str:
    """An answer to a text: with the reference, in one text message; of an exercise, marked as one."""
    opening = "EXERCISE " if is_exercise(alias) else ""
    whole = f"{opening}Ref {alias.upper()}: {said[:1].lower()}{said[1:]}" if alias else said
    plain = "".join(letter if letter in GSM_7 else "?" for letter in whole)
    return plain if len(plain) <= SMS_LENGTH else plain[: SMS_LENGTH - 3].rsplit(" ", 1)[0] + "..."


def clock(at: datetime, telling: Telling) -> str:
    """A local time: 21:45; 21:45:30 if it is near; with its day if that is another one."""
    local, today = at.astimezone(telling.zone), telling.now.astimezone(telling.zone).date()
    near = abs(at - telling.now) < SOON and local.second
    hours = f"{local:%H:%M:%S}" if near else f"{local:%H:%M}"
    return hours if local.date() == today else f"{hours} on {local.day} {local:%B}"


def _particulars(reply: Reply, telling: Telling) -> dict[str, str]:
    role = reply.held_by.role if reply.held_by else None
    holder = role.label if role else "somebody"
    return {
        "until": clock(reply.until, telling) if reply.until else "later",
        "holder": holder,
        "Holder": holder[:1].upper() + holder[1:],
    }
