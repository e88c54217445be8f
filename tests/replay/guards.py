"""What each golden history guards.

A file that does not walk its branch guards nothing, and nobody would notice: so each is held against this table, both
when it is recorded and in every run of the tests.
"""

from tests.replay.guard import Guard, hold
from tests.replay.walked import Walked

LAPSE = ("check_overdue", "episode_opened: overdue", "rung_fired: due", "message_accepted: rungs")
GONE = ("episode_opened: unaccounted", "reported_not_here", "rung_fired: declared", "stage_changed: missing")
BACK = ("awaits_second_person: returned", "returned", "stage_changed: returned", "rung_fired: returned")

GUARDS = {
    # ── days ────────────────────────────────────────────────────────────────────────────────────────────────────────
    "quiet-day": Guard(
        "check-ins in time, one with a worry, one sent late, and the end; what was refused has left no trace",
        steps=(
            "update admit",
            "update check_in: done",
            "update check_in: sent_late",
            "update end_placement",
            "completed",
        ),
        facts=("placement_started", "checked_in_late", "checked_in: seen_concern", "message_accepted: concern"),
        never=("check_overdue",),
        counts=(("update check_in", 6),),
    ),
    "absences": Guard(
        "an agreed absence, heard of meanwhile, ended by being seen; and one that is missed",
        steps=("update agree_absence", "update check_in: done", "update agree_absence", "update check_in: seen_late"),
        facts=("absence_agreed", "checked_in", "absence_ended", "absence_agreed", *LAPSE, "episode_ended: seen_late"),
    ),
    "changes-of-plan": Guard(
        "a plan that changes, also for the running episode, which goes on by its new policy",
        steps=("update change_plan", "update change_plan", "activity alert", "update change_plan", "activity alert"),
        facts=("plan_changed", "plan_changed", *LAPSE, "plan_changed", "stage_changed: unaccounted", *BACK),
        counts=(("update change_plan", 3),),
    ),
    "phases": Guard(
        "arrival, settling, settled, each signed for by two; gone and back: arrival begins again, by its own policy",
        steps=("update change_plan", "update change_plan", "update found: returned", "activity renew_calendar"),
        facts=("plan_changed: settling", "plan_changed: settled", *GONE, "returned", "plan_changed: arrival"),
        counts=(("update change_plan", 2),),
    ),
    "two-months-missing-1": Guard(
        "weeks of an open episode: the ladder's end repeats, local times are renewed, the run gives way to the next",
        steps=("update police_reported", "activity renew_calendar", "activity renew_calendar", "continued as new"),
        facts=(*GONE, "police_reported", "ladder_repeated", "message_accepted: repeat", "rung_fired: opened"),
    ),
    "two-months-missing-2": Guard(
        "a review that comes round again, in the second month, in a later run",
        steps=("continues", "activity export_history", "activity renew_calendar", "update found: returned"),
        facts=("ladder_repeated", "rung_fired: again", *BACK),
    ),
    "continues-as-new-in-an-episode-1": Guard(
        "a run that gives way to the next one in the middle of an episode",
        steps=("update sighting", "activity alert", "continued as new"),
        facts=(*LAPSE, "sighting", "rung_fired: due"),
        never=("episode_ended", "returned"),
    ),
    "continues-as-new-in-an-episode-2": Guard(
        "the next run: it climbs on where the first stopped, keeps that one's history, and does nothing twice",
        steps=(
            "continues",
            "activity export_history",
            "activity alert",
            "update sighting: noted",
            "update found: returned",
        ),
        facts=("rung_fired: due", "stage_changed: missing", *BACK),
        never=("sighting", "episode_opened", "placement_started"),
    ),
    # ── episodes ────────────────────────────────────────────────────────────────────────────────────────────────────
    "climbs-to-the-police": Guard(
        "a lapse climbed to the police, who are called for again, and told; the ladder's end, which repeats",
        steps=("activity alert", "activity alert", "activity alert", "update police_reported", "activity alert"),
        facts=(
            *LAPSE,
            *("stage_changed: unaccounted", "stage_changed: missing", "rung_fired: again", "police_reported"),
            *("ladder_repeated", "message_accepted: repeat"),
        ),
    ),
    "after-a-return": Guard(
        "tasks at once and an hour after a return, the interview, check-ins meanwhile, and the end",
        steps=("update return_interview", "update check_in: done", "update return_interview", "update close: closed"),
        facts=(
            *(*GONE, *BACK, "return_interview: offered", "checked_in", "rung_fired: returned", "checked_in"),
            *("return_interview: held", "episode_ended: closed_after_return"),
        ),
    ),
    "seen-late": Guard(
        "a missed check that is made up for: the one who was told is stood down",
        steps=("activity alert", "update check_in: seen_late", "activity alert", "update check_in: done"),
        facts=(*LAPSE, "episode_ended: seen_late", "message_accepted: stand_down", "stood_down", "checked_in"),
    ),
    "reported-not-here": Guard(
        "not here: the police at once; said again, confirmed missing, seen somewhere, back",
        steps=("update check_in: reported_not_here", "activity alert", "update answer: missing", "update sighting"),
        facts=(*GONE, "reported_not_here", "confirmed_missing", "sighting", "rung_fired: again", *BACK),
    ),
    "away-and-not-back": Guard(
        "away at a known place and not back: missing, loud from the first rung",
        steps=("update check_in: reported_away", "activity alert", "activity alert", "update found: returned"),
        facts=("episode_opened: away", "reported_away", "not_back_when_expected", "stage_changed: missing", *BACK),
    ),
    "located-and-lost-again": Guard(
        "located by two people until a time, lost again: the ladder starts anew",
        steps=(
            "update found: awaits_second_person",
            "update found: located",
            "activity alert",
            "update found: returned",
        ),
        facts=(*GONE, "located", "stood_down", "not_back_when_expected", "rung_fired: declared", *BACK),
    ),
    "cancelled-by-two": Guard(
        "declared in error: one person says so, another agrees; what was refused has left no trace",
        steps=("update close: awaits_second_person", "update close: closed", "update check_in: done"),
        facts=(*GONE, "awaits_second_person: cancel", "episode_ended: declared_in_error", "stood_down"),
        never=("update reopen",),
    ),
    "reopened": Guard(
        "a closed episode starts again, loud from its first rung",
        steps=("update close: closed", "update reopen: reopened", "activity alert", "update found: returned"),
        facts=(*GONE, *BACK, "episode_ended", "reopened", "stage_changed: unaccounted", "rung_fired: declared", *BACK),
    ),
    "placement-ends-with-an-open-episode": Guard(
        "a placement that ends while the child is missing: the ladder goes on, the run ends only when that is closed",
        steps=("update end_placement", "activity alert", "update found: returned", "update close", "completed"),
        facts=(*GONE, "placement_ended", "rung_fired: again", *BACK, "episode_ended: closed_after_return"),
    ),
    "death-recorded": Guard(
        "two people record a death: everything ends",
        steps=("update close: awaits_second_person", "update close: closed", "activity alert", "completed"),
        facts=(*GONE, "awaits_second_person: death", "episode_ended: death_recorded", "placement_ended", "stood_down"),
    ),
    "adult-handover": Guard(
        "handed over to an adult service at eighteen, by two people",
        steps=("update close: awaits_second_person", "update close: closed", "activity alert", "completed"),
        facts=(*GONE, "awaits_second_person: adult", "episode_ended: adult_handover", "placement_ended"),
    ),
    "exercise": Guard(
        "an exercise: its alerts have an activity of their own, and it ends by itself with a stand-down",
        steps=("activity alert_exercise", "activity alert_exercise", "completed"),
        facts=(
            "placement_started",
            "exercise_started",
            "episode_opened: unaccounted",
            "rung_fired: declared",
            "episode_ended: exercise_over",
            "exercise_ended",
        ),
        never=("activity alert",),
    ),
    # ── answers ─────────────────────────────────────────────────────────────────────────────────────────────────────
    "lease-taken-extended-and-ended": Guard(
        "a lease: taken, not by two, extended; its end, and the climb goes on; what was refused has left no trace",
        steps=("update answer: taken", "update answer: taken_by_other", "update answer: extended", "activity alert"),
        facts=(*LAPSE, "taken", "take_refused", "extended", "lease_ended", "rung_fired: due"),
        counts=(("update answer", 3),),
    ),
    "seen-by-two": Guard(
        "unaccounted for, then two people's check-ins",
        steps=("update check_in: awaits_second_person", "update check_in: returned", "activity alert"),
        facts=(*LAPSE, "stage_changed: unaccounted", "checked_in", "awaits_second_person: returned", "returned"),
    ),
    "handed-over": Guard(
        "offered to another person, who hears so on all their channels, takes it, and then wakes the next one",
        steps=(
            *("update answer: taken", "update answer: offered", "activity alert"),
            *("update answer: taken", "update answer: escalated"),
        ),
        facts=(
            *("taken", "hand_over_offered", "message_accepted: concern", "message_accepted: concern"),
            *("handed_over", "escalated_now"),
            *("rung_fired: due", *BACK),
        ),
    ),
    "lapsed-and-vouched-for": Guard(
        "whoever let it lapse takes it again only with a second person's word",
        steps=("update answer: taken", "update answer: needs_second_person", "update answer: vouched", "update answer"),
        facts=("taken", "lease_ended", "take_refused", "vouched", "taken", *BACK),
    ),
    "cannot": Guard(
        "somebody who can't: the next one at once",
        steps=("activity alert", "update answer: moved_on", "activity alert"),
        facts=(*LAPSE, "cannot", "rung_fired: due", "stage_changed: unaccounted", *BACK),
    ),
    "claimed-by-text": Guard(
        "a text that says the child is here: kept, and the ladder goes on",
        steps=("update claim: claimed", "activity alert", "update found: returned"),
        facts=(*LAPSE, "claimed_here", "rung_fired: due", *BACK),
    ),
    # ── trouble ─────────────────────────────────────────────────────────────────────────────────────────────────────
    "undelivered-text": Guard(
        "accepted and not delivered, to a dead number: the next channel; that too: the next rung at once; the same "
        "report twice counts once",
        steps=("signal message_failed", "activity follow_up", "signal message_failed", "signal message_failed"),
        facts=(
            *(*LAPSE, "message_failed: undelivered", "contact_put_out_of_use", "message_accepted: follow_up"),
            *("message_failed: undelivered", "message_given_up", "rung_reached_nobody", "rung_fired: due"),
        ),
        counts=(("message_failed", 2), ("message_given_up", 1), ("rung_reached_nobody", 1)),
    ),
    "texts-out": Guard(
        "a provider that takes no text from anybody: all by mail, the channel is out; the next text brings it back",
        steps=("activity follow_up", "activity follow_up", "activity follow_up", "activity alert"),
        facts=("message_failed: unavailable", "message_accepted: follow_up", "channel_out", "channel_back"),
        counts=(("channel_out", 1), ("channel_back", 1)),
    ),
    "nobody-reached": Guard(
        "nobody can be reached on any channel: the next rung now",
        steps=("activity alert", "activity follow_up", "activity alert"),
        facts=("message_failed: undeliverable", "rung_reached_nobody", "rung_fired: due", "stage_changed: unaccounted"),
    ),
    "provider-away": Guard(
        "a provider that is away: followed up, again and again, until it takes the message",
        steps=("activity alert", "activity follow_up", "activity follow_up", "activity follow_up"),
        facts=("message_failed", "rung_reached_nobody", "message_accepted: follow_up"),
    ),
    "alert-lost": Guard(
        "an alert that ends without an answer: decided anew",
        steps=("activity alert", "activity failed", "activity alert"),
        facts=LAPSE,
    ),
    "store-silent": Guard(
        "a store that does not say who they are: the people last resolved",
        steps=("activity alert",),
        facts=("rung_fired: due", "used_carried_people", "message_accepted: rungs"),
    ),
    "held-for-a-queued-check-in": Guard(
        "an alarm that is held while a check-in waits to be delivered",
        steps=("activity alert", "activity alert"),
        facts=("rung_fired: due", "rung_held_for_queued_check_in", "message_accepted: rungs"),
    ),
    # ── circulars ───────────────────────────────────────────────────────────────────────────────────────────────────
    "circular-chased-1": Guard(
        "a circular that the ladder sends: one desk acknowledges by text, the other, told again, by telephone",
        steps=(
            *("activity circulate", "signal circulation_reported"),
            *("update answer: acknowledged", "activity circulate", "signal circulation_reported"),
            *("update desk_acknowledged: acknowledged", "activity circulate"),
        ),
        facts=(
            *("rung_fired: declared", "message_accepted: circular", "circulated"),
            *("circulation_acknowledged", "circulation_not_acknowledged", "circulation_acknowledged"),
        ),
        never=("circulation_approved", "lease_ended", "taken"),
    ),
    "circular-chased-2": Guard(
        "its broadcast: two desks looked up and told, an order that one has acknowledged, the other told again",
        steps=("signal ordered", "activity look_up_desks", "activity alert", "signal ordered", "activity alert"),
        workflow="BroadcastWorkflow",
        counts=(("activity look_up_desks", 1),),
    ),
    "circular-cancelled-1": Guard(
        "what a circular tells changes: sent again; the child is back: it is called back",
        steps=(
            *("activity circulate", "update circulate: updated", "activity circulate", "update found: returned"),
            *("activity circulate", "signal circulation_reported"),
        ),
        facts=("circulated", "circulation_described", "circulation_updated", "returned", "circulation_cancelled"),
    ),
    "circular-cancelled-2": Guard(
        "its broadcast: an update, and the cancellation to everybody who was told; then it is complete",
        steps=("signal ordered", "activity alert", "signal ordered", "activity alert", "signal ordered", "completed"),
        workflow="BroadcastWorkflow",
    ),
    "circular-expires-1": Guard(
        "a circular that a manager approves; no desk is known at first; it expires",
        steps=(
            *("update circulate: awaits_approval", "update circulate: circulated", "activity circulate"),
            *("signal circulation_reported", "signal circulation_reported", "update answer: acknowledged"),
        ),
        facts=(
            *("circulation_described", "circulation_approved", "circulated", "circulated"),
            *("circulation_acknowledged", "circulation_expired"),
        ),
    ),
    "circular-expires-2": Guard(
        "its broadcast: desks looked up again after a while; after three days those who were told hear that it expires",
        steps=("activity look_up_desks", "activity look_up_desks", "activity alert", "activity alert", "completed"),
        workflow="BroadcastWorkflow",
        counts=(("activity look_up_desks", 2),),
    ),
    # ── the other workflows ─────────────────────────────────────────────────────────────────────────────────────────
    "store-away": Guard(
        "facts that a store can't take: tried until it can, and no event for a failed try",
        steps=("activity record", "completed"),
        workflow="RecordWorkflow",
    ),
    "notice": Guard(
        "a message that belongs to no episode: refused on one channel, taken on the next",
        steps=("activity alert", "activity alert", "completed"),
        workflow="NoticeWorkflow",
    ),
    "contact-verified": Guard(
        "a code on its way to a number that is verified",
        steps=("activity send_verification", "completed"),
        workflow="VerificationWorkflow",
    ),
    "unverified-contacts": Guard(
        "a rung that rests on contacts nobody has ever tried: the next one fires now",
        steps=("activity alert", "activity alert", "update found: returned"),
        facts=("rung_fired: due", "rung_reached_unverified", "rung_fired: due"),
    ),
    "canary-1": Guard(
        "a flight with a round that fails, until the next run",
        steps=("activity canary", "activity failed", "activity canary", "continued as new"),
        workflow="CanaryWorkflow",
        counts=(("activity canary", 120),),
    ),
    "canary-2": Guard("the next flight", steps=("continues", "activity canary"), workflow="CanaryWorkflow"),
}


def check(stem: str, walked: Walked) -> None:
    """Hold a history against its guard.

    Raises:
        NotWalked: it has none, or did not walk there; says what is missing.
    """
    hold(stem, GUARDS.get(stem), walked)
