"""What the paper says: titles, what to say on the telephone and what to ask. No child's name can get in here."""

from domain.names import Anchor, Template

MARKING = "OFFICIAL-SENSITIVE"
HELPLINE = "116 000"
"""Missing People: free, day and night, by call or text (practice notes 6.6)."""

TITLES = {
    Anchor.DUE: "A check is missed: nobody has seen the child",
    Anchor.DECLARED: "The child is not here: you have looked",
    Anchor.OPENED: "While the child is missing",
    Anchor.RETURNED: "When the child is back",
}
COUNTED = {
    Anchor.DUE: "Minutes count from when the check was due. It was due at",
    Anchor.DECLARED: "Minutes count from when you knew that the child is not here. That was at",
    Anchor.OPENED: "Counted from when the child was first known to be missing. That was at",
    Anchor.RETURNED: "Counted from the child's return. That was at",
}

SAY = {
    Template.CHECK_NOT_RECORDED: (
        "“The check that was due at … has not been made. Golden Hour is down. I need you to help me find the child.”",
        "Ask: have you seen them? Who is looking now?",
    ),
    Template.UNACCOUNTED: (
        "“Nobody here can say where the child is. The check was due at …”",
        "Ask: do you know where they are? What will you do now? What is your number?",
    ),
    Template.REPORTED_NOT_HERE: (
        "“The child is not here. We have looked. Last seen at …, by …”",
        "Ask: do you know where they are? Who will tell whom? What is your number?",
    ),
    Template.CALL_THE_POLICE: (
        (
            "RING THE POLICE: 999 if in danger, else 101. “A child in our care is missing and at high risk.” Have the "
            "child's pack and photo in your hand, and give them all of it."
        ),
        "Ask for the reference, and write it below. Without it the police do not count as told: ring again.",
    ),
    Template.POLICE_ALERT: (
        "This desk is warned as well. It does not replace 999 or 101.",
        "Ask: has our report reached you, under which reference?",
    ),
    Template.AUTHORITY_ALERT: (
        "“A child placed by you, or in your area, is not accounted for since … Police reference: …”",
        "Ask them to open their procedure. Whom will they tell? Their name and number.",
    ),
    Template.NEIGHBOUR_ALERT: (
        (
            "“We are looking for a young person who may be in your area, since … Police reference: … If seen, do not "
            "approach: ring 999.”"
        ),
        "Never say where the home is. A name or photo only if your manager or the police agree.",
    ),
    Template.NEIGHBOUR_DECISION: (
        "“Are the neighbouring areas to be told? Who rings their duty desks?”",
        "A manager, the duty team or the police decides. Write down who, and when.",
    ),
    Template.MISSING_REVIEW: ("Review: what is known, what has been done, what is done next, by whom.", ""),
    Template.RETURN_TASKS: (
        (
            "First what the child needs: food, rest, a welcome, no questions. Then a wellbeing check, and a return "
            "interview within 72 hours by somebody independent."
        ),
        "",
    ),
    Template.STILL_OPEN: ("“The child is still not found.”", "Ask: who has this in hand now?"),
}
"""What to say, and what to ask, for each message that a rung sends."""

FIRST = (
    ("See every child with your own eyes, now.", "Write the times on the last page. Go on as often as said below."),
    ("A check is missed?", "Go to “A check is missed” of that child's ladder, and ring in order, at the times given."),
    (
        "You have looked, and the child is not here?",
        "Don't wait. Go to “The child is not here”: the police are the first call.",
    ),
    ("You don't know a child's ladder?", "Use ladder 1: it is the quickest."),
    (
        "Somebody says “I have it”?",
        "Good; and if there is no outcome after 10 minutes, ring the next one. The police are never put off.",
    ),
    ("Nobody answers?", "Try their other number once, then ring the next one at once. Come back to them later."),
    (
        "The child is found?",
        "Ring everybody you rang, in the same order, and the police. Two people confirm that it is the child.",
    ),
    (
        "Golden Hour answers again?",
        "Enter what is written here: every check, every call, the police reference with its time.",
    ),
)
"""What to do on a night without machines, as a tired person can take it in."""

NEVER = (
    "Tell nobody who rings that a child lives here, or where. Ring back, on a number from this paper.",
    "Don't write a child's name on this paper. Use the child's reference, such as Heron-42.",
    "Don't ring parents or friends from this paper: the social worker decides that.",
)
