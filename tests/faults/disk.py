"""What goes wrong on the disk, with processes, and with what they kept."""

from __future__ import annotations

from .declare import Fault, of

DISK = (
    Fault(
        "kill -9 at any write, fsync or rename",
        "old or new whole; the next run ends like an undisturbed one",
        of("crash/test_crash", "killed_at_any_call_the_next_run_ends_like_an_undisturbed_one"),
    ),
    Fault(
        "power that fails",
        "nothing is lost that was said to be durable",
        of("crash/test_crash", "without_power_nothing_is_lost_that_was_said_to_be_durable"),
    ),
    Fault(
        "kill -9 at random moments, again and again",
        "no page is fetched twice that was durable",
        of("crash/test_crash", "killed_at_any_moment_and_again_the_last_run_ends_like_an_undisturbed_one"),
    ),
    Fault(
        "kill -9 between two pages",
        "the same command fetches only what is missing",
        of("test_faults", "after_kill_9_the_same_command_fetches_only_what_is_missing"),
    ),
    Fault(
        "a full disk under pages, tables or the journal",
        "74, old files and the cursor stay",
        of("test_faults", "a_full_disk_is_74_and_the_old_file_and_the_cursor_stay")
        + of("crash/test_crash", "a_disk_that_fails_is_told_with_73_or_74_and_mended_by_the_next_run"),
    ),
    Fault(
        "a full disk under the ledger",
        "74, and nothing goes without its intent",
        of("push/test_push_command", "a_full_disk_under_the_ledger_ends_with_74_and_nothing_goes_without_its_intent"),
    ),
    Fault(
        "an error on the last step of a file",
        "74, the old one stays",
        of("test_faults", "a_file_that_cannot_be_finished_is_74_and_the_old_one_stays"),
    ),
    Fault(
        "a disk that may not be written to",
        "73, nothing half made",
        of(
            "test_faults",
            "a_disk_that_may_not_be_written_to_is_73_and_the_old_file_stays",
            "an_output_folder_that_cannot_be_made_is_73",
        ),
    ),
    Fault(
        "something else in the place of an output",
        "73, and it stays",
        of("crash/test_crash", "something_else_in_the_place_of_an_output_is_73_and_stays")
        + of("test_faults", "a_folder_in_the_place_of_a_file_is_73"),
    ),
    Fault(
        "an exception while a table is written",
        "nothing under the final name nor beside it",
        of("test_write", "an_exception_on_the_way_leaves_nothing_under_the_final_name_nor_beside_it"),
    ),
    Fault(
        "a reader while a table is replaced",
        "sees the old file until the new one is whole",
        of("test_write", "a_reader_sees_the_old_file_until_the_new_one_is_whole"),
    ),
    Fault(
        "temporaries and half landed pages of dead runs",
        "ignored, and swept",
        of("test_faults", "stale_temporaries_and_half_landed_pages_are_ignored")
        + of("test_write", "half_made_files_of_dead_runs_are_swept_and_those_of_others_are_not"),
    ),
    Fault(
        "a landed page that was damaged",
        "74 with its name, `--full` mends it",
        of("test_faults", "a_damaged_landed_page_is_named_with_74_and_full_mends_it"),
    ),
    Fault(
        "a state that was damaged, or is a newer release's",
        "78 before any call",
        of("test_faults", "a_damaged_state_is_78_before_any_call")
        + of("state/test_state", "a_database_of_a_newer_release_is_not_touched"),
    ),
    Fault(
        "a migration of the state that fails half way",
        "changes nothing",
        of("state/test_state", "a_migration_that_fails_half_way_changes_nothing"),
    ),
    Fault(
        "names of accounts that are paths or without end",
        "78",
        of("test_settings", "an_account_name_is_never_a_path"),
    ),
    Fault(
        "cells that a spreadsheet runs as a formula",
        "flagged, inert in XLSX",
        of("test_write", "text_in_a_workbook_stays_text_and_does_nothing"),
    ),
    Fault(
        "files that others could read",
        "0600, folders 0700",
        of("test_faults", "what_is_written_is_for_its_owner_only"),
    ),
    Fault(
        "two runs of one account at once",
        "the second is 75 without waiting",
        of("test_faults", "a_second_run_at_the_same_time_ends_with_75_without_waiting"),
    ),
    Fault(
        "a ledger on a network file system",
        "78",
        of("push/test_push_command", "a_ledger_on_a_network_file_system_is_refused"),
    ),
    Fault(
        "a journal that is gone, empty or damaged beside landed pages",
        "78; `etl state rebuild` makes it again, and calls nothing complete that was not",
        of(
            "test_lost_state",
            "a_journal_that_was_lost_beside_landed_pages_ends_with_what_to_do",
            "it_is_made_again_with_the_same_tables_cursor_and_vanished_rows",
            "one_whose_end_is_not_proven_is_not_complete",
        ),
    ),
    Fault(
        "a journal from a backup, or begun anew before the landed pages were put back",
        "78; `etl state rebuild` makes it again of both, and nothing that landed is fetched twice",
        of(
            "test_lost_state",
            "a_journal_from_a_backup_is_noticed_and_what_landed_since_is_not_fetched_again",
            "a_journal_begun_anew_before_the_pages_were_put_back_is_noticed_and_made_again",
        ),
    ),
    Fault(
        "budgets that were lost during a day",
        "what the journal knows of the day counts as made, and that is said",
        of("test_lost_budget", "lost_budgets_count_what_is_known_of_today_and_say_so"),
    ),
    Fault(
        "a kill while the clock was days ahead",
        "later runs take nothing of it for theirs",
        of(
            "runs/test_wrong_clocks",
            "a_kill_under_a_wrong_clock_leaves_nothing_that_later_runs_take_for_theirs",
            "a_run_that_went_on_under_a_wrong_clock_is_not_the_newest_for_ever",
        ),
    ),
    Fault(
        "a replay while another run writes the stream",
        "75",
        of("runs/test_replay", "a_replay_while_another_run_is_busy_with_the_stream_ends_with_75"),
    ),
    Fault(
        "an erasure that is killed at any step",
        "the same command ends it, with nothing left",
        of("person/test_kills", "killed_again_and_again_it_ends_with_nothing_left_and_all_of_it_certified"),
    ),
)
