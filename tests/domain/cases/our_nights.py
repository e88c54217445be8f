"""The nights of our own domain: a part of the index (index.py)."""

from tests.domain.cases.case import case

NIGHTS = {
    "one member of staff": case(
        "arrival at 02:10 with one staff member",
        "nights::test_at_ten_past_two_with_one_member_of_staff_the_first_check_is_due_half_an_hour_later",
        "nights::test_alone_at_night_a_carer_ends_nothing_and_the_manager_on_the_telephone_is_the_second_person",
    ),
    "no answer at night": case(
        "a half-hourly check missed, and the person on call does not answer",
        "nights::test_a_manager_who_is_told_and_does_not_answer_holds_nobody_up",
    ),
    "no texts": case(
        "the provider of texts is down",
        "delivery::test_with_no_texts_everybody_hears_by_e_mail_in_the_same_second_and_nobody_early",
        "breaker::test_after_three_failures_in_a_row_nobody_waits_for_the_provider",
        "breaker::test_one_message_is_let_through_after_a_pause_and_brings_the_channel_back",
        "providers::test_with_texts_down_everybody_hears_by_mail_the_record_says_so_and_texts_come_back",
        "providers::test_a_provider_that_hangs_at_the_first_rung_delays_neither_the_second_nor_found",
        "provider_away::test_a_minute_without_a_provider",
    ),
    "killed between rungs": case(
        "a process is killed between the second rung and the third",
        "killed_in_an_episode::test_the_ladder_climbs_on_whichever_part_is_killed_between_its_rungs",
        "ladder::test_after_an_outage_each_person_gets_one_message_that_says_how_late_it_is",
    ),
    "check-in meets rung": case(
        "a check-in arrives while a rung is firing",
        "first_night::test_a_check_in_that_arrives_while_a_rung_is_firing_stands_it_down",
        "bad_nights::test_a_message_that_failed_while_the_child_was_found_is_not_followed_up",
    ),
    "the next county": case(
        "found by police in the next county",
        "nights::test_a_child_whom_the_police_find_in_the_next_county_is_located_and_not_yet_back",
    ),
    "A becomes M": case(
        "whereabouts known, then lost",
        "nights::test_whereabouts_that_were_known_and_are_lost_are_code_m_by_the_same_clock",
        "nights::test_a_child_who_is_not_where_they_were_said_to_be_is_missing_in_that_second",
        "ladder::test_a_known_place_is_decided_anew_within_the_hour",
    ),
    "asleep next door": case(
        "a false alarm: asleep in the other room",
        "nights::test_asleep_in_the_other_room_before_anybody_was_sure_is_a_check_that_was_late",
        "nights::test_asleep_in_the_other_room_after_the_report_needs_a_second_pair_of_eyes",
    ),
    "two children": case(
        "two children go together", "nights::test_two_children_who_go_together_are_told_apart_on_every_phone"
    ),
    "phone offline": case(
        "a staff phone is offline for 40 minutes",
        "nights::test_a_phone_that_was_offline_for_forty_minutes_held_nobody_up",
    ),
    "clocks go back": case(
        "a check at 01:30, and the clocks go back", "nights::test_an_hour_after_half_past_one_it_is_half_past_one_again"
    ),
    "two neighbours": case(
        "placed out of area, with two neighbouring authorities",
        "nights::test_a_child_placed_far_from_home_is_known_to_both_neighbours_and_to_both_authorities",
        "circulation::test_two_neighbours_are_told_one_acknowledges_the_other_is_chased_and_both_are_called_back",
        "resolution::test_host_police_and_neighbours_follow_from_where_the_home_stands",
    ),
    "interview declined": case(
        "the return interview is declined", "nights::test_a_child_who_declines_the_return_interview_ends_nothing_by_it"
    ),
    "an uncle rings": case(
        "somebody rings the home and says that he is her uncle",
        "nights::test_what_a_caller_says_is_kept_and_stops_nothing",
    ),
    "three days": case("a manager audits a three-day episode", "record::test_three_days_are_one_story_without_a_gap"),
    "eighteen": case(
        "the 18th birthday, with an episode open",
        "nights::test_the_eighteenth_birthday_ends_nothing_by_itself",
        "plans::test_an_episode_is_not_handed_to_an_adult_service_before_the_18th_birthday",
    ),
    "Christmas": case("a gap on Christmas Day", "nights::test_a_gap_on_christmas_day_is_said_and_not_waited_out"),
    "the wrong child": case(
        "the wrong child is declared missing",
        "nights::test_the_wrong_child_is_taken_back_by_two_people_and_the_right_one_is_looked_for",
        "nights::test_once_the_police_know_the_wrong_child_is_no_error_any_more",
    ),
    "the fourth time": case(
        "the fourth episode in a month pages at the offsets of the first",
        "ladder::test_the_fourth_episode_pages_at_the_same_offsets_as_the_first",
        "phases::test_risk_and_ladder_never_fall_however_often_the_child_goes_missing",
    ),
}
