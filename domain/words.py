"""The sentences of each message, for `domain.messages` to put together. Written to be read at 03:00 by a stranger.

Only a time, an outcome, a role and a channel are put into them (`domain.messages.Situation`).
"""

from dataclasses import dataclass

from domain.names import Channel, Ending, Stage, Template


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
