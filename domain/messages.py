"""The words that leave the house: what happened, what it means, what to do now.

A message is made from a `Situation`, whose type holds a reference, times and roles, and nothing else: no name, address,
date of birth, home or nationality can reach a text, because there is no field to hold it (practice notes 6.6).
Every SMS fits 160 characters of GSM-7, so that it arrives as one.
"""

from dataclasses import dataclass

from domain.names import Channel, Ending, Role, Stage, Template

SMS_LENGTH = 160

GSM_7 = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
"""The basic alphabet of a text message (3GPP TS 23.038); one other character and it holds only 70."""

MARKING = "OFFICIAL-SENSITIVE"

SENDER = "Golden Hour"
"""How a message opens that is about no child."""


@dataclass(frozen=True, slots=True)
class Situation:
    """All that a message may know."""

    template: Template
    reference: str
    """The placement's alias in capitals, such as HERON-42; empty: it is about no child."""
    at: str
    """Local time of what it is about, such as 21:30."""
    tag: str = ""
    """Three letters that no other message to the same phone has."""
    code: str | None = None
    """The reply code of this phone for this episode."""
    exercise: bool = False
    late_minutes: int = 0
    """How late an outage made it; 0: in time."""
    lapsed_role: Role | None = None
    lapsed_minutes: int = 0
    next_role: Role | None = None
    next_at: str | None = None
    stage: Stage | None = None
    ending: Ending | None = None
    link: str | None = None
    """Where a signed-in person can answer; for e-mail only."""
    answer_link: str | None = None
    """Where whoever got this message can take it or say that they cannot, without signing in."""
    about_role: Role | None = None
    """For a notice: what the person is whom it is about. Who they are is for those who sign in."""
    about_channel: Channel | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """A template's sentences: what happened, what to do now, and whether it can be taken by an answer."""

    happened: str
    do: str
    means: str = ""
    """For an e-mail, which has the room: what it means for the child."""
    answerable: bool = True
    answer: str = "take this"
    """What an answer does."""
    in_exercise: str = ""
    """What to do instead where it is an exercise: nobody rings the police or another authority for one."""


CIRCULAR_TO_DO = "See your secure mail. Without it ring 101 with this ref."
"""An SMS to a duty phone says no more (rule 8); the rest is in the e-mail (`domain.circulation`)."""

WORDS: dict[Template, Words] = {
    Template.CHECK_NOT_RECORDED: Words(
        "{at} welfare check not recorded.",
        "Record it now or tap Not here.",
        "Nobody has recorded seeing the child since before this time. They may be safe and the record late, or gone.",
    ),
    Template.UNACCOUNTED: Words(
        "{at} check still not recorded, unaccounted for.",
        "Ring the home, then take this.",
        "Nobody at the home has been able to say that the child is there.",
    ),
    Template.REPORTED_NOT_HERE: Words(
        "reported not here at {at}.",
        "Ring the home now and take this.",
        "The home has looked and the child is not there. The first hour matters most.",
    ),
    Template.AWAY: Words(
        "at a known place without agreement, {at}.",
        "Ring the home and agree the way back.",
        "Where the child is, is known; they are not where they should be. If that is lost, or they are not back in "
        "time, the alarm is raised.",
    ),
    Template.CALL_THE_POLICE: Words(
        "not found since {at}.",
        "Ring police now: 999 if in danger, else 101. Enter their ref.",
        "The police count as told only when you have entered their reference, the force and the time.",
        in_exercise="Do NOT ring the police: say whom you would ring. Enter ref EXERCISE.",
    ),
    Template.POLICE_ALERT: Words(
        "a report by phone is due from a care home, about {at}.",
        "If none has come, ring the home.",
        "The engine cannot report for the home: a person must ring you.",
        answerable=False,
        in_exercise="You play the police: ring nobody, tell nobody.",
    ),
    Template.AUTHORITY_ALERT: Words(
        "not accounted for since {at}.",
        "Ring the home's manager, open your procedure.",
        "A child placed by you, or in your area, is not accounted for.",
        in_exercise="Ring the home's manager; open no case, tell no others.",
    ),
    Template.NEIGHBOUR_ALERT: Words(
        "next area asks you to look out.",
        CIRCULAR_TO_DO,
        "A neighbouring authority is looking for a young person who may be in your area.",
        in_exercise="You play next area: ring nobody.",
        answer="acknowledge",
    ),
    Template.NEIGHBOUR_UPDATE: Words(
        "new details on your circular.",
        CIRCULAR_TO_DO,
        "This takes the place of what you were sent before.",
        in_exercise="You play next area: ring nobody.",
        answer="acknowledge",
    ),
    Template.NEIGHBOUR_CHASE: Words(
        "circular not acknowledged yet.",
        CIRCULAR_TO_DO,
        "Nobody at your desk has said that this circular was seen. It is sent again until somebody does.",
        in_exercise="You play next area: ring nobody.",
        answer="acknowledge",
    ),
    Template.NEIGHBOUR_CANCELLED: Words(
        "circular cancelled.",
        "Stop looking, and destroy what you were sent. Thank you.",
        "The circular under this reference no longer stands.",
        answerable=False,
    ),
    Template.NEIGHBOUR_EXPIRED: Words(
        "circular expired after three days.",
        "Destroy what you were sent. If you are still needed you get a new one.",
        "The circular under this reference no longer stands.",
        answerable=False,
    ),
    Template.NEIGHBOUR_DECISION: Words(
        "not found since {at}.",
        "Decide if next areas are told: sign in and approve it.",
        "At this risk nothing goes to neighbouring authorities before a manager, the duty team or the police has "
        "approved it. On the episode's page, enter a description and approve; the engine then tells and chases them.",
        in_exercise="Say who would decide. Ring NO other authority.",
    ),
    Template.MISSING_REVIEW: Words(
        "still open since {at}, review due.",
        "Sign in and record the review.",
        "The child has not been found. A review is due under the partnership's procedure.",
    ),
    Template.RETURN_TASKS: Words(
        "back home, return tasks due.",
        "Sign in and record what has been done.",
        "After a return: a wellbeing check, the return interview within 72 hours, and an updated plan.",
        answerable=False,
    ),
    Template.STILL_OPEN: Words(
        "still open since {at}, no one has it in hand.",
        "Ring the home now.",
        "The ladder has reached its end and repeats until somebody has this in hand.",
    ),
    Template.STAND_DOWN: Words(
        "stand down. {outcome}", "Nothing more is needed from you. Thank you.", answerable=False
    ),
    Template.CONCERN: Words(
        "seen at {at}, the carer is worried.",
        "Ring the home.",
        "The child is there. The carer who saw them has a concern and wants you to know.",
        answerable=False,
    ),
    Template.SYSTEM_WARNING: Words(
        "Golden Hour may not be working since {at}.",
        "Check on every child by hand now.",
        "Until you hear that it works again, use the paper ladder.",
        answerable=False,
    ),
    Template.SYSTEM_RECOVERED: Words(
        "Golden Hour works again since {at}.",
        "Record checks as usual.",
        "Look at each open episode once: what was due meanwhile has been told late.",
        answerable=False,
    ),
    Template.HAND_OVER: Words(
        "you are asked to take this over, open since {at}.",
        "Ring the home, then take it.",
        "Somebody has this in hand and asks you to take over. They keep it until you take it.",
    ),
    Template.REPORT_REFUSED: Words(
        "what you recorded at {at} could not be kept.",
        "Sign in and record it again.",
        "It had waited for the engine, and when it was delivered it did not fit what was known by then.",
        answerable=False,
    ),
    Template.TEXTS_STOPPED: Words(
        "{who} texted STOP at {at}.",
        "Our calls and e-mails go on. Ask them to text START. Sign in to see who.",
        "No text reaches that phone until START is sent from it. Whoever has no other contact can't be alerted.",
        answerable=False,
    ),
    Template.TEXTS_STARTED: Words(
        "{who} gets our texts again since {at}.",
        "Nothing is needed from you.",
        "START was sent from the phone from which STOP had come.",
        answerable=False,
    ),
    Template.OWN_CONTACT_FAILED: Words(
        "you can't be reached by {channel}: what we have does not work.",
        "Tell your manager the right one today.",
        "An alert about a child would not reach you that way. Until it is put right your other contacts are used.",
        answerable=False,
    ),
    Template.STAFF_CONTACT_FAILED: Words(
        "{who} can't be reached by {channel} any more.",
        "Other contacts are used, if any. Sign in and correct it.",
        "The provider says that this number or mailbox does not work, and will not by itself.",
        answerable=False,
    ),
}

CHANNELS = {Channel.SMS: "text", Channel.VOICE: "call", Channel.EMAIL: "e-mail"}

OUTCOMES = {
    Stage.LOCATED: "Whereabouts are known.",
    Stage.RETURNED: "They are back.",
    Ending.SEEN_LATE: "They have been seen.",
    Ending.CLOSED_AFTER_RETURN: "They are back.",
    Ending.DECLARED_IN_ERROR: "It was an error.",
    Ending.EXERCISE_OVER: "The exercise is over.",
}
"""What a stand-down may say; of every other ending only that it is over."""


def what_to_do(situation: Situation) -> str:
    """What the reader is asked to do now."""
    words = WORDS[situation.template]
    return (situation.exercise and words.in_exercise) or words.do


def sms(situation: Situation) -> str:
    """One text of at most 160 GSM-7 characters: what must be said, then as much of the rest as fits."""
    text = " ".join([_opening(situation), *_sentences(situation)])
    mark = f" #{situation.tag}" if situation.tag else ""
    for addition in (_late(situation), _lapsed(situation), _next(situation), _or_press(situation)):
        if addition and len(text) + 1 + len(addition) + len(mark) <= SMS_LENGTH:
            text = f"{text} {addition}"
    return text + mark


def subject(situation: Situation) -> str:
    """An e-mail's subject: the protective marking, the reference, and what happened."""
    marking = f"EXERCISE {MARKING}" if situation.exercise else MARKING
    about = f"ref {situation.reference}" if situation.reference else SENDER
    return f"{marking} {about}: {happened(situation).rstrip('.')}"


def email(situation: Situation) -> str:
    """An e-mail's plain text."""
    words = WORDS[situation.template]
    drill = "EXERCISE. This is a drill. " if situation.exercise else ""
    paragraphs = [
        f"{drill}{_about(situation)}: {happened(situation)}",
        words.means,
        _late(situation),
        _lapsed(situation),
        f"What to do now: {what_to_do(situation)}",
        _to_answer(situation),
        _next(situation),
        f"You get this because of your role{' for this reference' if situation.reference else ''}. Do not forward it.",
        MARKING,
    ]
    return "\n\n".join(part for part in paragraphs if part) + "\n"


def _or_press(situation: Situation) -> str:
    """The link, in a text: for who would rather press a button than type."""
    link = situation.answer_link
    usable = link and WORDS[situation.template].answerable and GSM_7.issuperset(link)
    return f"Or {link}" if usable else ""


def _to_answer(situation: Situation) -> str:
    """How an e-mail is answered. Opening the link does nothing yet: a mail scanner opens links too."""
    if not WORDS[situation.template].answerable or not situation.link:
        return ""
    if not situation.answer_link:
        return f"To {WORDS[situation.template].answer}, sign in: {situation.link}"
    return (
        f"To take this, or to say that you cannot, open this page and press a button: {situation.answer_link}\n"
        f"To see and record everything else, sign in: {situation.link}"
    )


def fits_sms(text: str) -> bool:
    """Whether a text arrives as one message."""
    return len(text) <= SMS_LENGTH and GSM_7.issuperset(text)


def longest_sms(template: Template) -> int:
    """How long this template's text can get with the longest reference and times, before anything optional."""
    return len(
        sms(
            Situation(
                template=template, reference="W" * 12 + "-9999", at="23:59", tag="WWW", code="9999", exercise=True
            )
        )
    )


def _opening(situation: Situation) -> str:
    return f"{'EXERCISE ' if situation.exercise else ''}{_about(situation)}:"


def _about(situation: Situation) -> str:
    return f"Ref {situation.reference}" if situation.reference else SENDER


def happened(situation: Situation) -> str:
    """The sentence that says what happened, without what it is about."""
    outcome = OUTCOMES.get(situation.ending) if situation.ending else OUTCOMES.get(situation.stage or Stage.OVERDUE)
    return WORDS[situation.template].happened.format(
        at=situation.at,
        outcome=outcome or "It is over.",
        who=_somebody(situation.about_role),
        channel=CHANNELS[situation.about_channel] if situation.about_channel else "this contact",
    )


def _somebody(role: Role | None) -> str:
    """`an on-call manager`: the role, and no name."""
    if role is None:
        return "somebody"
    return f"{'an' if role.label[0] in 'aeiou' else 'a'} {role.label}{' desk' if role is Role.POLICE else ''}"


def _sentences(situation: Situation) -> list[str]:
    words = WORDS[situation.template]
    answer = [f"Reply Y {situation.code} to take this."] if words.answerable and situation.code else []
    return [happened(situation), what_to_do(situation), *answer]


def _late(situation: Situation) -> str:
    return f"This message is {situation.late_minutes} min late." if situation.late_minutes else ""


def _lapsed(situation: Situation) -> str:
    if situation.lapsed_role is None or not WORDS[situation.template].answerable:
        return ""
    return f"Taken by {situation.lapsed_role.label} {situation.lapsed_minutes} min ago, no outcome."


def _next(situation: Situation) -> str:
    if situation.next_role is None or situation.next_at is None or not WORDS[situation.template].answerable:
        return ""
    return f"Next: {situation.next_role.label} {situation.next_at}."
