"""What goes wrong between a row and its record."""

from __future__ import annotations

from .declare import Fault, of

PUSHING = (
    Fault(
        "answers that are lost, cut, broken, or errors after the commit",
        "looked up; no row lost, none twice",
        of("crash_push/test_push_kills", "no_row_is_lost_or_doubled_in_any_storm"),
    ),
    Fault(
        "an outcome that nobody knows",
        "looked up, and only what is absent is sent again",
        of("push/test_push_outcomes", "an_outcome_nobody_knows_is_looked_up_and_only_what_is_absent_is_sent_again"),
    ),
    Fault(
        "records that appear seconds after the call",
        "waited for",
        of("crash_push/test_push_kills", "commits_that_come_two_seconds_late_are_waited_for"),
    ),
    Fault(
        "kill -9 at each step and each commit of the ledger",
        "settled by the next run",
        of(
            "crash_push/test_push_kills",
            "killed_before_and_after_every_commit_of_the_ledger",
            "killed_at_each_step_of_a_call",
        ),
    ),
    Fault(
        "kill -9 at random moments of a push",
        "settled by the next run",
        of("crash_push/test_push_kills", "killed_at_random_moments"),
    ),
    Fault(
        "updates, deletions or an undo killed at each commit",
        "go on as what they were",
        of(
            "crash_push/test_intent_kills",
            "updates_killed_at_every_commit_end_as_updates",
            "deletions_killed_at_every_commit_end_as_deletions",
            "an_undo_killed_at_every_commit_goes_on_until_all_is_taken_back",
        ),
    ),
    Fault(
        "an update in doubt",
        "sent again as an update, never as a create",
        of("push/test_faults_intent", "an_update_in_doubt_is_sent_again_as_an_update_and_never_as_a_create"),
    ),
    Fault(
        "a delete in doubt",
        "sent again as a delete",
        of("push/test_faults_intent", "a_delete_in_doubt_is_sent_again_as_a_delete_and_never_as_a_create"),
    ),
    Fault(
        "a row that the server refuses",
        "rejected once with its reason, 65",
        of("push/test_push_outcomes", "a_row_that_the_server_refuses_is_rejected_with_its_reason_and_not_repeated"),
    ),
    Fault(
        "an error in the body of a create with 200",
        "rejected, not repeated",
        of("push/test_push_outcomes", "an_error_in_a_body_with_200_is_a_rejection"),
    ),
    Fault(
        "a conflict over what is there",
        "looked up: done, where it is ours",
        of("push/test_push_outcomes", "a_conflict_over_a_record_of_ours_is_found_to_be_done"),
    ),
    Fault(
        "credentials refused on the way",
        "stops, the rest pending, 77",
        of("push/test_push_outcomes", "refused_credentials_stop_the_run_and_leave_the_rest_pending"),
    ),
    Fault(
        "a 429 or a 503 with Retry-After on a write",
        "waited for, the row goes again",
        of("push/test_push_outcomes", "too_many_calls_are_waited_for_and_the_row_goes_again")
        + of("push/test_faults_proof", "a_write_that_is_told_to_come_back_later_comes_back_no_sooner"),
    ),
    Fault(
        "an outage",
        "a handful of doubts, settled; 75",
        of("push/test_push_outcomes", "an_outage_makes_a_handful_of_doubts_and_ends_with_75"),
    ),
    Fault(
        "200 with HTML, nothing, or an echo of the old record",
        "not done until it was seen",
        of(
            "push/test_faults_proof",
            "an_update_answered_with_no_proof_is_sent_again_until_it_was_seen",
            "a_create_answered_with_no_proof_is_made_once_whether_or_not_it_took_effect",
            "a_delete_answered_with_no_proof_is_not_called_done",
        ),
    ),
    Fault(
        "an update that never takes effect",
        "never called done",
        of("push/test_faults_proof", "an_update_that_never_takes_effect_is_never_called_done"),
    ),
    Fault(
        "an answer about another row",
        "not believed",
        of("push/test_push_outcomes", "an_answer_about_another_row_is_not_believed")
        + of("push/test_faults_intent", "an_id_that_no_answer_proved_hides_no_record_that_is_made_after_it"),
    ),
    Fault(
        "an index that lags behind",
        "looked at twice",
        of("push/test_push_outcomes", "a_list_that_lags_behind_the_first_look_is_looked_at_twice"),
    ),
    Fault(
        "rows that come and go while a list is looked through",
        "hide no others",
        of(
            "push/test_push_lists",
            "rows_that_are_taken_away_while_a_list_is_read_hide_no_others",
            "rows_that_come_meanwhile_hide_none_either",
        ),
    ),
    Fault(
        "a list that goes in circles before a write",
        "76 before it writes",
        of("push/test_push_walks", "a_list_that_cannot_be_right_ends_a_push_before_it_writes"),
    ),
    Fault(
        "two shops on one host, one shop under several addresses",
        "a target is a shop",
        of(
            "push/test_faults_identity",
            "another_shops_own_records_are_never_changed_by_rows_that_went_to_the_first",
            "a_host_is_one_target_however_its_address_is_spelt",
        ),
    ),
    Fault(
        "another table with the same keys",
        "never overwrites what the first one made",
        of("push/test_faults_identity", "another_table_with_the_same_keys_never_overwrites_what_the_first_one_made"),
    ),
    Fault(
        "a reference that a stranger's record has",
        "makes no record ours",
        of("push/test_faults_references", "a_rows_own_reference_never_makes_a_strangers_record_ours"),
    ),
    Fault(
        "a target that cuts, respells or drops references and values",
        "no doubles, no endless updates",
        of(
            "push/test_faults_references",
            "lost_answers_make_nothing_twice_where_the_target_respells_references",
            "values_that_the_target_respells_make_no_doubles_and_no_endless_updates",
        ),
    ),
    Fault(
        "the same person twice in a table",
        "by rule, and told",
        of("push/test_push_bad_input", "the_same_person_under_two_keys_goes_twice_and_is_told")
        + of("push/test_push_ledger", "a_key_that_stands_twice_is_sent_once"),
    ),
    Fault(
        "a row edited between runs",
        "an update, never a second create",
        of("push/test_push_ledger", "a_row_edited_between_runs_becomes_an_update_never_a_second_create"),
    ),
    Fault(
        "a ledger that is gone, old or broken",
        "78 unless it is told to be rebuilt",
        of("push/test_push_ledger", "a_ledger_that_is_gone_old_or_broken_is_refused_with_78_and_says_how_to_go_on"),
    ),
    Fault(
        "a state folder put back or gone, a second machine",
        "nothing is made twice",
        of(
            "push/test_faults_recovery",
            "a_state_folder_put_back_from_a_backup_makes_nothing_twice",
            "a_state_folder_that_is_gone_makes_nothing_twice",
            "a_second_ledger_at_a_target_that_holds_the_rows_makes_nothing_twice",
        ),
    ),
    Fault(
        "a colleague's edit, also while an update waits",
        "survives; what both changed is for review",
        of(
            "push/test_faults_merge",
            "a_colleagues_edit_of_another_field_survives_an_edit_of_ours",
            "colleagues_edits_made_while_updates_wait_for_the_budget_survive",
            "a_field_that_both_changed_goes_by_what_was_chosen",
        ),
    ),
    Fault(
        "a record that was deleted there",
        "told, and made again only when asked",
        of("push/test_faults_merge", "a_record_that_was_deleted_there_is_told_and_not_made_again_unasked"),
    ),
    Fault(
        "klanten that would merge into somebody else's",
        "not sent",
        of("push/test_faults_merge", "klanten_that_would_merge_into_a_customer_that_is_not_ours_are_not_sent"),
    ),
    Fault(
        "an undo after a colleague's work",
        "that record is left, 65",
        of(
            "push/test_faults_undo",
            "a_record_that_a_colleague_completed_is_not_deleted",
            "an_update_is_taken_back_only_where_nothing_was_added_removed_or_changed",
        ),
    ),
    Fault(
        "an undo that breaks off",
        "goes on until everything is taken back",
        of("push/test_faults_undo", "an_undo_that_broke_off_goes_on_until_everything_is_taken_back"),
    ),
    Fault(
        "a column that nobody knows, child rows of nobody",
        "told before any call, 64",
        of("push/test_push_columns", "a_column_that_nobody_knows_stops_a_push_before_any_call")
        + of("push/test_push_children", "persons_of_nobody_are_told_before_the_first_call"),
    ),
    Fault(
        "writing without a terminal",
        "64 without `--yes`",
        of("push/test_push_consent", "a_push_without_a_terminal_does_nothing"),
    ),
    Fault(
        "two pushes to one target",
        "the second is 75 at once; kill -9 frees the lock",
        of(
            "crash_push/test_push_kills",
            "a_second_push_to_the_same_target_ends_with_75_at_once_and_the_lock_frees_itself",
            "a_push_that_is_held_up_keeps_its_lock",
        ),
    ),
    Fault(
        "a row without what a target requires",
        "rejected with its column; mended, it goes",
        of("push/test_push_bad_input", "every_bad_row_says_why_the_others_go_and_mended_they_go_too"),
    ),
    Fault(
        "a connection that is closed as a write goes",
        "at most one doubt, and no repeat behind our back",
        of("http/test_send", "a_write_on_a_dead_kept_connection_is_not_repeated_behind_our_back"),
    ),
)
