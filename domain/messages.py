"""The words that leave the house: what happened, what it means, what to do now.

A message is made from a `Situation`, whose type holds a reference, times and roles, and nothing else: no name, address,
date of birth, home or nationality can reach a text, because there is no field to hold it (practice notes 6.6).
Every SMS fits 160 characters of GSM-7, so that it arrives as one.
"""

from dataclasses import dataclass

from domain.names import Channel, Ending, Role, Stage, Template
from domain.words import CHANNELS, OUTCOMES, WORDS

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
