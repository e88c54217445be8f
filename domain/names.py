"""The words of DESIGN.md as enumerations: one meaning each, used in code, policies, screens and tests."""

from enum import StrEnum


class Role(StrEnum):
    """What somebody is to a placement. A policy's rung names roles; people hold roles at a home or an authority."""

    SHIFT_LEAD = "shift_lead"
    KEY_WORKER = "key_worker"
    ON_CALL_MANAGER = "on_call_manager"
    REGISTERED_MANAGER = "registered_manager"
    RESPONSIBLE_INDIVIDUAL = "responsible_individual"
    SOCIAL_WORKER = "social_worker"
    EMERGENCY_DUTY_TEAM = "emergency_duty_team"
    PLACING_AUTHORITY = "placing_authority"
    HEAD_OF_SERVICE = "head_of_service"
    HOST_AUTHORITY = "host_authority"
    NEIGHBOURING_AUTHORITY = "neighbouring_authority"
    VOLUNTARY_SECTOR = "voluntary_sector"
    """A voluntary organisation that looks out in an authority's area. It hears what the neighbours hear, no more."""
    POLICE = "police"
    OBSERVER = "observer"
    """At a home, in exercises only: hears what police, neighbours and other authorities would have heard."""
    EVERYONE_ALERTED = "everyone_alerted"
    """Not held by anyone: everybody whom this episode has already alerted."""

    @property
    def label(self) -> str:
        """The role in words, as a text says it."""
        return LABELS[self]


LABELS = {
    Role.SHIFT_LEAD: "shift lead",
    Role.KEY_WORKER: "key worker",
    Role.ON_CALL_MANAGER: "on-call manager",
    Role.REGISTERED_MANAGER: "registered manager",
    Role.RESPONSIBLE_INDIVIDUAL: "responsible individual",
    Role.SOCIAL_WORKER: "social worker",
    Role.EMERGENCY_DUTY_TEAM: "emergency duty team",
    Role.PLACING_AUTHORITY: "placing authority",
    Role.HEAD_OF_SERVICE: "head of service",
    Role.HOST_AUTHORITY: "host authority",
    Role.NEIGHBOURING_AUTHORITY: "neighbouring authority",
    Role.VOLUNTARY_SECTOR: "voluntary sector",
    Role.POLICE: "police",
    Role.OBSERVER: "observer",
    Role.EVERYONE_ALERTED: "everyone alerted",
}


CIRCULATED = (Role.NEIGHBOURING_AUTHORITY, Role.VOLUNTARY_SECTOR)
"""Who is told by a circular (`domain.circulation`), and by nothing else."""


class Channel(StrEnum):
    """A way to reach a person."""

    SMS = "sms"
    VOICE = "voice"
    EMAIL = "email"


class Anchor(StrEnum):
    """The instant from which a rung's offset counts."""

    DUE = "due"
    DECLARED = "declared"
    """Reported not here."""
    OPENED = "opened"
    """The missing episode is open."""
    RETURNED = "returned"


class Stage(StrEnum):
    """How far an episode has gone; the order of the climbing ones is in domain.ladder."""

    OVERDUE = "overdue"
    UNACCOUNTED = "unaccounted"
    AWAY = "away"
    """Away from placement without authorisation: whereabouts known (code A)."""
    MISSING = "missing"
    """Whereabouts not known (code M)."""
    LOCATED = "located"
    RETURNED = "returned"
    CLOSED = "closed"


class Ending(StrEnum):
    """The only ways an episode ends. No count of attempts is among them."""

    SEEN_LATE = "seen_late"
    DECLARED_IN_ERROR = "declared_in_error"
    CLOSED_AFTER_RETURN = "closed_after_return"
    DEATH_RECORDED = "death_recorded"
    ADULT_HANDOVER = "adult_handover"
    EXERCISE_OVER = "exercise_over"
    """Of an exercise only; nobody can choose it."""


class Phase(StrEnum):
    """Where a placement stands. It moves on by sign-off, never by a timer."""

    ARRIVAL = "arrival"
    SETTLING = "settling"
    SETTLED = "settled"


class AgeBand(StrEnum):
    """An age as a circular may say it: never a date of birth."""

    UNDER_10 = "under_10"
    FROM_10_TO_12 = "10_to_12"
    FROM_13_TO_15 = "13_to_15"
    FROM_16_TO_17 = "16_to_17"
    UNKNOWN = "unknown"


class Risk(StrEnum):
    """The home's own grade of risk; the police keep theirs."""

    MEDIUM = "medium"
    HIGH = "high"


class Outcome(StrEnum):
    """What a check-in found."""

    SEEN_WELL = "seen_well"
    SEEN_CONCERN = "seen_concern"
    NOT_HERE_KNOWN_PLACE = "not_here_known_place"
    NOT_HERE = "not_here"


class Method(StrEnum):
    """How the carer knows."""

    SEEN = "seen"
    SPOKE = "spoke"
    PHONE = "phone"
    SCHOOL = "school"


class Response(StrEnum):
    """What a person who was alerted answers."""

    TAKE = "take"
    CANNOT = "cannot"
    EXTEND = "extend"
    HAND_OVER = "hand_over"
    CONFIRM_MISSING = "confirm_missing"
    ESCALATE_NOW = "escalate_now"
    VOUCH = "vouch"
    """Say that somebody whose time ran out with no outcome may take it again: the second person's word."""


class Template(StrEnum):
    """The messages there are; their words are in domain.words."""

    CHECK_NOT_RECORDED = "check_not_recorded"
    UNACCOUNTED = "unaccounted"
    REPORTED_NOT_HERE = "reported_not_here"
    CALL_THE_POLICE = "call_the_police"
    POLICE_ALERT = "police_alert"
    AUTHORITY_ALERT = "authority_alert"
    NEIGHBOUR_ALERT = "neighbour_alert"
    NEIGHBOUR_UPDATE = "neighbour_update"
    NEIGHBOUR_CHASE = "neighbour_chase"
    NEIGHBOUR_CANCELLED = "neighbour_cancelled"
    NEIGHBOUR_EXPIRED = "neighbour_expired"
    NEIGHBOUR_DECISION = "neighbour_decision"
    MISSING_REVIEW = "missing_review"
    RETURN_TASKS = "return_tasks"
    STILL_OPEN = "still_open"
    STAND_DOWN = "stand_down"
    AWAY = "away"
    CONCERN = "concern"
    SYSTEM_WARNING = "system_warning"
    SYSTEM_RECOVERED = "system_recovered"
    REPORT_REFUSED = "report_refused"
    TEXTS_STOPPED = "texts_stopped"
    TEXTS_STARTED = "texts_started"
    OWN_CONTACT_FAILED = "own_contact_failed"
    STAFF_CONTACT_FAILED = "staff_contact_failed"
    HAND_OVER = "hand_over"
