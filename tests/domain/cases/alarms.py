"""The cases of checks that are due, and of the ladder that climbs: a part of the index (index.py)."""

from tests.domain.cases.case import case

CHECK_INS = {
    "C01": case("due, and within grace: nobody is disturbed", "ladder::test_within_grace_nobody_is_disturbed"),
    "C02": case(
        "a miss is one event, stamped with its deadline",
        "ladder::test_a_missed_check_is_stamped_with_its_deadline",
        "check_ins::test_a_missed_check_is_noted_once_with_its_deadline_and_not_with_the_time_somebody_noticed",
    ),
    "C04": case("no check-in yet: armed by the arrival itself", "ladder::test_a_child_who_arrives_is_expected_at_once"),
    "C05": case(
        "time out moves the deadline and never takes it away",
        "check_ins::test_time_out_moves_the_deadline_and_never_takes_it_away",
    ),
    "C06": case(
        "out with agreement and not back in time counts as missed", "ladder::test_out_with_agreement_and_not_back"
    ),
    "C08": case(
        "a worry, or not here: told at once, without grace",
        "check_ins::test_a_worry_and_a_child_who_is_not_here_are_told_in_the_same_second",
        "ladder::test_not_here_starts_the_other_anchor",
    ),
    "C09": case(
        "hourly checks stay an hour apart when the clocks change",
        "check_ins::test_an_hourly_check_is_still_an_hour_away_when_the_clocks_go_back",
        "check_plan::test_a_night_keeps_its_intervals_whatever_the_clocks_do",
    ),
    "C10": case(
        "set times that have run out: within a day, never never",
        "check_plan::test_set_times_that_have_run_out_are_a_day_away_at_most",
    ),
    "C12": case(
        "found is said once, to those who were alarmed",
        "ladder::test_a_check_in_after_the_miss_stands_down_whoever_was_alerted",
        "check_ins::test_a_check_in_that_was_expected_disturbs_nobody",
    ),
    "C13": case(
        "seen before the next rung: nothing more; and nothing can be muted",
        "check_ins::test_a_child_seen_before_the_next_rung_is_one_alarm_and_one_stand_down",
        "check_ins::test_nothing_that_a_home_can_agree_silences_a_child_for_good",
    ),
    "C14": case(
        "seen, missed, still missed, seen, seen: two messages",
        "check_ins::test_seen_missed_still_missed_seen_and_seen_again_are_two_messages",
    ),
    "C15": case(
        "two who see one deadline make one episode and one message",
        "frozen_worker::test_a_worker_that_stands_still_for_a_minute_and_wakes_up_sends_nothing_twice",
        "check_ins::test_two_who_see_the_same_deadline_make_one_episode_and_one_message",
    ),
}

ESCALATION = {
    "C20": case(
        "unanswered: the next people at their time",
        "ladder::test_the_ladder_climbs_at_its_times_and_nobody_hears_early",
    ),
    "C21": case(
        "everybody on a rung hears",
        "ladder::test_the_ladder_climbs_at_its_times_and_nobody_hears_early",
        "alert::test_two_people_on_one_rung_are_sent_to_at_once",
    ),
    "C22": case(
        "a person on two rungs: each once at its time, on each channel",
        "escalation::test_a_person_on_two_rungs_is_told_at_each_of_their_times_on_each_of_their_channels",
    ),
    "C24": case(
        "taken, then sent on: the lease ends, the next are told",
        "escalation::test_who_has_taken_it_can_send_it_on_and_the_next_people_are_told",
    ),
    "C25": case(
        "a new policy leaves a running ladder alone, unless an explicit act says otherwise",
        "escalation::test_a_new_policy_leaves_the_ladder_that_is_running_alone",
        "escalation::test_a_policy_taken_into_an_episode_counts_from_the_check_that_was_missed",
    ),
    "C27": case(
        "odd data: the others are still told; an empty ladder can't be made",
        "escalation::test_somebody_without_a_telephone_does_not_keep_the_others_on_the_rung_from_hearing",
        "escalation::test_a_ladder_without_rungs_and_a_rung_without_people_can_not_be_made",
        "bad_nights::test_escalating_at_the_end_of_the_ladder_is_loud_at_once",
        "policies::test_an_empty_ladder_is_refused",
    ),
    "C28": case(
        "a rung added in mid-climb, explicitly: not for the past, yes for what comes; next time from 0",
        "escalation::test_a_rung_added_while_it_climbs_fires_if_its_time_is_still_to_come",
    ),
    "C30": case(
        "an episode under way survives an upgrade: later rungs keep their times",
        "escalation::test_a_state_that_is_carried_to_another_process_climbs_on_at_the_same_minutes",
        "escalation::test_a_rung_that_was_called_forward_fires_in_its_minute_though_the_state_was_carried_before_it",
        "replay::test_todays_workflows_replay_what_was_recorded",
    ),
    "C31": case(
        "nobody holds the role: said, and on at once",
        "ladder::test_a_rung_that_reaches_nobody_is_loud_and_moves_on_at_once",
        "escalation::test_that_nobody_holds_a_role_is_in_the_record_in_words",
    ),
    "C32": case(
        "the holders have no address: said, and on at once",
        "escalation::test_a_rung_of_people_without_any_address_counts_as_nobody",
    ),
    "C33": case(
        "there is no maintenance: nothing silences the search",
        "escalation::test_there_is_no_maintenance_in_which_a_child_is_not_looked_for",
    ),
    "C34": case(
        "the end of the ladder is loud and repeats for ever",
        "ladder::test_the_end_of_the_ladder_repeats_for_ever_on_all_channels",
        "rules::test_the_end_of_the_ladder_is_never_silent",
        "escalation::test_the_end_of_the_ladder_comes_round_also_when_no_rung_ever_reached_anybody",
    ),
    "C35": case(
        "who has left is passed over, and that is said",
        "escalation::test_whoever_has_left_is_not_told_and_holds_nobody_up",
    ),
    "C36": case(
        "no rung waits for office hours, across midnight or a clock change",
        "escalation::test_no_rung_waits_for_the_morning",
        "calendar::test_a_bed_time_after_midnight_is_followed_too",
    ),
    "C37": case(
        "a rung does not cancel what the one before still has to say",
        "escalation::test_the_next_rung_does_not_cancel_what_the_one_before_still_has_to_say",
    ),
}
