"""Where each behaviour case is shown: its id, the situation and our rule in a few words, and the tests.

The cases were gathered from what other escalation and check-in systems prove about themselves (C01 to C103, with gaps)
and from nights of our own domain. A test is named by its file in `PLACES` and its name. What is not shown yet, or not
all of it, stands in `NOT_YET` with what it waits for: that list only grows shorter. `test_index.py` holds all of this.
The cases of checks and ladders are in `alarms.py`, our own nights in `our_nights.py`.
"""

from tests.domain.cases.alarms import CHECK_INS, ESCALATION
from tests.domain.cases.case import case
from tests.domain.cases.our_nights import NIGHTS

NOT_YET = {
    "C90": "rotas, which come after issue 4: until then, who is on call is who holds the role",
    "C91": "rotas",
    "C92": "rotas",
    "C94": "rotas",
    "C101": "how late a message was delivered, and what is pending for a minute (issue 6: reading the record)",
    "three days": "by the real workflows, as a picture and as a pack (issue 6)",
    "Christmas": "rotas",
}
"""Cases of which something is still to be shown, and what that waits for."""

PLACES = {
    "alert": "activities/test_alert.py",
    "breaker": "activities/test_breaker.py",
    "answering": "scenarios/test_answering.py",
    "policies": "cli/test_policies.py",
    "watchdog": "cli/test_watchdog.py",
    "answers": "domain/cases/test_answers.py",
    "check_ins": "domain/cases/test_check_ins.py",
    "delivery": "domain/cases/test_delivery.py",
    "escalation": "domain/cases/test_escalation.py",
    "nights": "domain/cases/test_nights.py",
    "record": "domain/cases/test_record.py",
    "bad_nights": "domain/test_bad_nights.py",
    "modes": "domain/test_modes.py",
    "holding": "domain/test_holding.py",
    "rush": "activities/test_rush.py",
    "throttle": "activities/test_throttle.py",
    "throttles": "scenarios/test_throttles.py",
    "calendar": "domain/test_calendar.py",
    "check_plan": "domain/test_check_plan.py",
    "fail_over": "domain/test_fail_over.py",
    "failures": "domain/test_failures.py",
    "ladder": "domain/test_ladder.py",
    "leases": "domain/test_leases.py",
    "phases": "domain/test_phases.py",
    "rules": "domain/test_rules.py",
    "vigilance": "domain/test_vigilance.py",
    "frozen_worker": "faults/test_frozen_worker.py",
    "killed_in_a_burst": "faults/test_killed_in_a_burst.py",
    "killed_in_an_episode": "faults/test_killed_in_an_episode.py",
    "killed_three_times": "faults/test_killed_three_times.py",
    "lost_answers": "faults/test_lost_answers.py",
    "provider_away": "faults/test_provider_away.py",
    "replay": "replay/test_replay.py",
    "calls_at_night": "scenarios/test_calls.py",
    "circulation": "scenarios/test_circulation.py",
    "first_night": "scenarios/test_first_night.py",
    "providers": "scenarios/test_providers.py",
    "silence": "scenarios/test_silence.py",
    "simulated_phones": "simulator/test_phones.py",
    "verified_by_phone": "scenarios/test_verifications.py",
    "verifications": "store/test_verifications.py",
    "verification_api": "web/api/test_verifications.py",
    "stopped_nights": "scenarios/test_stop_and_start.py",
    "contact_news": "store/test_contact_news.py",
    "links": "web/webhooks/test_links.py",
    "notifications": "store/test_notifications.py",
    "resolution": "store/test_resolution.py",
    "directory_api": "web/api/test_directory.py",
    "episode_api": "web/api/test_episodes.py",
    "plans": "web/api/test_plans.py",
    "episode_pages": "web/pages/test_episodes.py",
    "grammar": "web/webhooks/test_grammar.py",
    "calls": "web/webhooks/test_voice.py",
    "inbound_texts": "web/webhooks/test_inbound_texts.py",
    "receipts": "web/webhooks/test_receipts.py",
    "stop_and_start": "web/webhooks/test_stop_and_start.py",
    "notices": "web/test_notices.py",
}
"""The files of the tests, from `tests/` on."""

ANSWERS = {
    "C40": case(
        "replies as tired people type them; none closes anything",
        "answers::test_a_peers_words_take_at_most_and_never_close",
        "grammar::test_a_reply_means_what_its_author_meant",
    ),
    "C42": case(
        "a code belongs to a phone, and is free again after close",
        "answers::test_a_phone_has_another_code_for_another_child_and_for_another_episode",
        "notifications::test_a_closed_episode_gives_its_codes_back",
        "inbound_texts::test_a_code_belongs_to_its_phone",
    ),
    "C45": case(
        "STOP and START for texts only",
        "simulated_phones::test_stop_ends_texts_to_that_phone_until_start",
        "inbound_texts::test_the_carriers_words_are_left_to_the_carrier",
        "stop_and_start::test_stop_ends_texts_and_start_brings_them_back",
        "stop_and_start::test_calls_to_the_same_number_go_on",
        "contact_news::test_stop_ends_texts_at_once_and_start_brings_them_back",
        "stopped_nights::test_who_has_stopped_texts_is_alerted_by_e_mail_until_they_text_start",
        "stopped_nights::test_a_refusal_because_of_a_stop_says_it_too",
    ),
    "C46": case(
        "keys pressed in a call: take, cannot, a wrong one repeats the menu; none closes anything",
        "calls::test_1_takes_it",
        "calls::test_2_says_that_the_next_is_told",
        "calls::test_any_other_key_brings_the_menu_again",
        "calls_at_night::test_a_manager_who_is_rung_presses_1_and_has_it",
    ),
    "C47": case(
        "one has it: the second hears who; no lease mutes the police rung; the end cancels all",
        "answers::test_a_second_answer_is_recorded_and_changes_nothing",
        "answers::test_taking_the_first_rung_does_not_mute_the_one_that_calls_the_police",
        "answers::test_the_end_of_an_episode_cancels_all_that_was_to_come",
        "leases::test_one_of_two_does_not_hold_the_ladder",
    ),
    "C48": case(
        "taking is a lease: it ends, or is extended for a reason; a stale end does nothing",
        "ladder::test_taking_is_a_lease_and_its_end_lets_the_ladder_climb",
        "answers::test_a_lease_that_was_passed_on_ends_once_and_at_its_own_time",
        "answers::test_more_time_is_given_for_a_reason_and_twice_at_most",
        "leases::test_an_outcome_gives_its_owner_another_lease_once",
        "leases::test_whoever_let_it_lapse_does_not_take_it_again_alone",
    ),
    "C49": case(
        "taking keeps back the rungs to come; nothing pages months later",
        "answers::test_who_takes_it_keeps_back_the_people_who_were_to_be_told_at_once",
        "answers::test_who_takes_it_keeps_back_what_is_being_tried_again_until_the_lease_ends",
        "answers::test_no_lease_keeps_back_what_is_tried_again_of_the_police_rung",
        "answers::test_an_episode_that_somebody_had_taken_pages_nobody_months_after_it_was_closed",
    ),
    "C50": case(
        "an answer to what is unknown or over: no error, no change",
        "answers::test_an_answer_to_an_episode_that_is_not_there_changes_nothing",
        "answers::test_an_answer_after_the_end_is_told_that_it_is_over_and_wakes_nothing",
        "inbound_texts::test_strangers_hear_nothing",
        "inbound_texts::test_whatever_comes_in_is_no_error_and_changes_nothing",
    ),
    "C51": case(
        "a link acts once; altered it is refused; a scanner's look does nothing",
        "links::test_a_mail_scanner_changes_nothing",
        "links::test_used_twice_it_says_what_was_done",
        "links::test_an_altered_link_is_nobodys",
        "answering::test_a_link_in_an_e_mail_acts_once_on_a_press_and_not_on_a_look",
    ),
}

DELIVERY = {
    "C60": case(
        "failed: the next channel at once, with the provider's reason",
        "ladder::test_a_failed_text_goes_to_the_persons_next_channel_at_once",
        "delivery::test_a_text_that_did_not_arrive_is_an_e_mail_in_the_same_second_and_the_record_says_why",
        "providers::test_an_undelivered_text_moves_to_the_persons_next_channel",
    ),
    "C61": case(
        "the next channel fails too: the next people, not a third try and not silence",
        "delivery::test_when_every_channel_of_a_person_has_failed_the_next_people_are_told",
        "bad_nights::test_two_dead_channels_are_not_played_against_each_other",
        "fail_over::test_when_no_channel_is_left_the_next_person_is_told_at_once",
    ),
    "C62": case(
        "reports of every kind, unknown and stale: the right effect each",
        "receipts::test_reports_out_of_order_and_twice_change_nothing",
        "receipts::test_a_failed_message_is_told_to_the_engine_once",
        "receipts::test_an_unknown_message_is_passed_over",
        "receipts::test_a_look_at_the_doors_of_reports_changes_nothing",
        "calls::test_a_call_that_reached_nobody_is_told_to_the_engine_once",
        "calls::test_unknown_calls_change_nothing",
        "delivery::test_a_failure_that_is_reported_when_all_is_over_disturbs_nobody",
        "delivery::test_a_failure_of_an_episode_that_nobody_knows_is_passed_over",
    ),
    "C64": case(
        "forged callbacks change nothing",
        "receipts::test_a_forged_report_changes_nothing_and_is_counted",
        "receipts::test_forged_and_replayed_e_mail_events_change_nothing",
        "inbound_texts::test_a_forged_text_changes_nothing",
    ),
    "C66": case(
        "no texts: e-mail in the same second; nothing at all: it keeps trying",
        "ladder::test_everything_failing_moves_on_and_keeps_trying",
        "delivery::test_with_no_texts_everybody_hears_by_e_mail_in_the_same_second_and_nobody_early",
        "providers::test_with_texts_down_everybody_hears_by_mail_the_record_says_so_and_texts_come_back",
        "modes::test_a_change_of_mode_is_noted_once_each_way_with_its_reason",
    ),
    "C67": case(
        "a number that can't exist is not tried again",
        "providers::test_a_rejected_number_goes_to_e_mail_at_once",
        "notices::test_of_a_number_that_does_not_work_the_owner_is_told_on_another_channel",
        "failures::test_a_code_says_whose_fault_it_is",
        "receipts::test_a_number_that_will_never_work_is_put_out_of_use",
        "silence::test_a_number_that_is_dead_is_marked_and_told_of_once",
        "fail_over::test_a_number_that_will_never_work_is_not_tried_at_a_later_rung",
        "fail_over::test_a_number_that_is_refused_when_it_is_sent_to_is_not_tried_again_either",
    ),
    "C68": case(
        "a cap on texts is reached: what is held back is in the record, and nothing false is said after it",
        "holding::test_a_stand_down_that_is_held_is_heard_a_minute_later_and_counted",
        "holding::test_nobody_hears_that_nobody_has_it_in_hand_when_somebody_has",
        "throttles::test_what_is_said_again_of_three_children_is_one_text_a_minute_later",
    ),
    "C69": case(
        "the provider's answer is lost: no second text; a second e-mail says the same, as nobody can be asked for it",
        "lost_answers::test_of_200_texts_none_is_lost_and_none_doubled_though_one_answer_in_ten_is",
        "lost_answers::test_of_200_mails_none_is_lost_and_each_that_comes_twice_says_the_same",
        "providers::test_a_lost_answer_is_asked_for_and_not_sent_again",
        "bad_nights::test_a_lost_answer_is_asked_for_by_the_same_message_id",
        "bad_nights::test_a_stand_down_whose_answer_was_lost_is_asked_for_by_the_same_id",
    ),
    "C70": case(
        "killed in a burst: none lost, none doubled",
        "killed_in_a_burst::test_a_worker_killed_in_the_middle_of_fifty_alerts_loses_none_and_doubles_none",
        "killed_three_times::test_of_200_alerts_none_is_lost_and_none_doubled_though_a_part_is_killed_three_times",
        "killed_in_an_episode::test_the_ladder_climbs_on_whichever_part_is_killed_between_its_rungs",
        "alert::test_a_retry_after_a_crash_sends_nothing_twice",
    ),
    "C72": case(
        "a contact is verified by a code or a link before it is relied upon; one out of use gets no test",
        "verifications::test_the_code_verifies_the_contact_and_no_other",
        "verifications::test_a_code_expires_and_what_was_never_confirmed_stays_unverified",
        "verifications::test_a_link_works_once_and_a_look_changes_nothing",
        "verifications::test_a_contact_out_of_use_gets_no_test",
        "verification_api::test_a_manager_sends_a_code_and_enters_it",
        "verification_api::test_a_mail_scanners_look_verifies_nothing_and_a_persons_button_does",
        "verified_by_phone::test_a_code_and_a_link_verify_what_reaches_its_owner",
    ),
    "C73": case(
        "numbers from +1 to +852 are accepted",
        "directory_api::test_numbers_of_all_countries_are_taken_and_nonsense_is_not",
        "stop_and_start::test_emoji_other_scripts_and_nothing_at_all_are_no_error",
        "inbound_texts::test_an_answer_from_anywhere_in_the_world_counts",
    ),
}

THROTTLE = {
    "C80": case(
        "how many messages a phone gets in a minute, an hour, three hours",
        "throttle::test_the_nights_that_people_have_borne_are_let_through",
        "throttle::test_no_phone_gets_more_than_so_many_in_a_minute_a_quarter_an_hour_and_three_hours",
    ),
    "C82": case(
        "eight rounds of alarm and answer, 23 minutes apart: eight alarms",
        "delivery::test_eight_rounds_of_alarm_and_answer_are_eight_alarms",
        "throttle::test_eight_rounds_of_alarm_and_stand_down_all_arrive",
    ),
    "C83": case(
        "the first alert about a child is never held back, and goes before what was said before",
        "throttle::test_the_first_message_about_a_child_never_waits",
        "throttles::test_what_is_said_again_of_three_children_is_one_text_a_minute_later",
        "throttles::test_the_engine_itself_hands_out_first_alerts_first",
        "rush::test_a_repeat_gives_way_to_the_first_alerts_that_are_leaving",
    ),
}

ROTA = {
    "C90": case("somebody stands in for somebody, for some days"),
    "C91": case("a daily change of shift over a clock change"),
    "C92": case("two people in turns; a gap leaves nobody out; one leaves"),
    "C94": case("one notice of a change of shift, and none for a change of nothing"),
}

RECORD = {
    "C100": case(
        "the record in its order: told, sent, taken by whom",
        "record::test_the_record_tells_a_short_night_in_its_order",
        "episode_api::test_a_timeline_tells_the_story_in_sentences",
    ),
    "C101": case("late or pending delivery is visible", "episode_pages::test_a_message_shows_what_became_of_it"),
    "C102": case(
        "somebody outside notices when nothing climbs, or the engine falls silent",
        "watchdog::test_an_overdue_check_with_no_ladder_is_noticed",
        "watchdog::test_a_ladder_that_stands_still_is_noticed",
        "watchdog::test_an_engine_that_says_the_ladder_goes_on_is_believed",
        "vigilance::test_a_ladder_stands_still_only_when_it_is_its_turn",
        "watchdog::test_a_canary_three_minutes_old_wakes_people_and_its_return_reassures_them",
    ),
    "C103": case(
        "a limit is lowered: what was given stays, no more is given",
        "answers::test_a_limit_that_is_lowered_takes_nothing_away_that_was_given",
    ),
}

CASES = CHECK_INS | ESCALATION | ANSWERS | DELIVERY | THROTTLE | ROTA | RECORD | NIGHTS
