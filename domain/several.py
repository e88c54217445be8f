"""One text about several children: messages that were due together for one phone."""

from collections.abc import Sequence

from domain.messages import SMS_LENGTH, Situation
from domain.names import Template
from domain.words import WORDS

TOGETHER: dict[Template, tuple[str, str]] = {
    Template.STAND_DOWN: ("stand down for each.", "Nothing more is needed from you. Thank you."),
    Template.STILL_OPEN: ("still open, no one has them in hand.", "Ring the homes now."),
    Template.CALL_THE_POLICE: ("not found.", "Ring police now: 999 if in danger, else 101. Enter each ref."),
    Template.MISSING_REVIEW: ("still open, reviews due.", "Sign in and record each."),
    Template.CONCERN: ("seen, the carer is worried about each.", "Ring the homes."),
    Template.AWAY: ("at known places without agreement.", "Ring the homes and agree the way back."),
}
"""What is said of several children in one text: what happened, and what to do now."""


def can_be_told_together(template: Template) -> bool:
    """Whether there are words for several children at once."""
    return template in TOGETHER


def sms(situation: Situation, references: Sequence[str]) -> str:
    """One text about several children: as many references as fit, and how many more."""
    words = " ".join(TOGETHER[situation.template])
    answer = " Answer each with its own code." if WORDS[situation.template].answerable else ""
    drill = "EXERCISE " if situation.exercise else ""
    text = ""
    for named in range(len(references), 0, -1):
        more = f" and {len(references) - named} more" if named < len(references) else ""
        text = f"{drill}Refs {', '.join(references[:named])}{more}: {words}{answer} #{situation.tag}"
        if len(text) <= SMS_LENGTH:
            break
    return text
