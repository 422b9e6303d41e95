"""Signals, what must not be told, and settings that cannot be right."""

from __future__ import annotations

from .declare import Fault, of

SIGNALS = (
    Fault(
        "SIGTERM or SIGINT during an export",
        "what came is saved, 143 or 130, the same command goes on",
        of("test_faults", "a_signal_saves_what_came_and_the_same_command_goes_on"),
    ),
    Fault(
        "SIGTERM during a push",
        "drained and saved; the rest goes the next time",
        of("crash_push/test_push_kills", "sigterm_drains_and_saves_and_the_rest_goes_the_next_time"),
    ),
    Fault(
        "a second signal",
        "ends at once with the ledger right",
        of("crash_push/test_push_kills", "a_second_sigterm_ends_it_at_once_with_the_ledger_right"),
    ),
    Fault(
        "a signal to any command that calls",
        "its code, and no traceback",
        of("test_faults", "a_signal_ends_every_command_that_calls_with_its_code"),
    ),
    Fault(
        "a closed or full stdout",
        "ends quietly, or 74",
        of(
            "cli/test_output",
            "a_closed_stdout_ends_a_command_without_a_word",
            "a_full_stdout_is_74_with_a_line_about_it",
            "no_place_for_messages_is_no_reason_to_fail",
        ),
    ),
    Fault(
        "secrets and people in answers, errors and rows",
        "in no message",
        of("cli/test_output", "neither_secrets_nor_customers_are_ever_told")
        + of("push/test_push_command", "neither_secrets_nor_peoples_data_are_told")
        + of("http/test_client", "no_error_tells_the_query_or_the_credentials"),
    ),
    Fault(
        "a bug of ours",
        "70, told without the data it met",
        of("cli/test_output", "a_bug_of_ours_is_told_without_the_data_it_met"),
    ),
    Fault(
        "a wrong configuration, `http://`, a missing variable",
        "78 before any call",
        of(
            "test_settings",
            "a_wrong_configuration_ends_with_78_before_any_call_and_makes_nothing",
            "a_base_url_that_would_give_the_credentials_away_is_refused",
            "a_missing_environment_variable_is_named_with_how_to_set_it",
        ),
    ),
    Fault(
        "a secret where others may read it",
        "78",
        of("test_settings", "a_secret_written_out_where_others_may_read_it_is_refused"),
    ),
    Fault(
        "a proxy of the environment",
        "not used unless the account says so",
        of("http/test_client", "a_proxy_of_the_environment_is_not_used"),
    ),
    Fault(
        "`LC_ALL=C` and an odd time zone",
        "the same bytes",
        of("test_faults", "neither_locale_nor_time_zone_changes_a_byte"),
    ),
    Fault(
        "a file of one's own that is no table",
        "64 in a sentence",
        of("test_own_file", "what_is_no_table_is_refused_in_a_sentence"),
    ),
    Fault(
        "secrets and people planted in every field, header and error body, and in the file names that answers propose",
        "secrets nowhere, people only in the files that are for them",
        of(
            "test_canary",
            "no_secret_is_in_anything_that_was_told",
            "no_secret_is_in_any_file",
            "people_are_told_only_to_who_asked_for_them",
            "people_are_only_in_the_files_that_are_for_them",
            "neither_secrets_nor_people_are_in_the_command_line_of_a_process",
        ),
    ),
    Fault(
        "certificates, key logs, a netrc or a proxy of the environment",
        "not used where it is not trusted",
        of(
            "http/test_surroundings",
            "the_environments_certificates_and_key_log_are_used_where_it_is_trusted_only",
            "neither_a_netrc_nor_a_proxy_of_the_environment_is_used",
        ),
    ),
    Fault(
        "a file of a secret that is large, no regular file, or open to others",
        "78",
        of(
            "test_settings",
            "a_file_of_a_secret_that_others_may_use_is_refused",
            "a_file_of_a_secret_is_a_small_regular_one",
        ),
    ),
    Fault(
        "a state folder that others may use",
        "told, with what to type",
        of("runs/test_rights", "a_state_folder_that_others_may_use_is_told_and_left"),
    ),
    Fault(
        "devices, pipes, bombs, cells in the last corner, rows and columns without end",
        "64 in a sentence, in bounded memory",
        of(
            "test_bad_files",
            "a_file_without_bounds_is_refused_in_a_sentence_and_within_bounds",
            "what_is_no_file_is_refused_whatever_it_is_called",
            "a_push_refuses_a_file_without_an_end_before_any_call",
        ),
    ),
    Fault(
        "native code that gives up",
        "a sentence, not the end of the process",
        of("test_bad_files", "a_panic_of_native_code_is_a_sentence"),
    ),
    Fault(
        "a person who was erased and whom the source still has",
        "left out again, and told",
        of(
            "person/test_erase",
            "a_person_in_three_accounts_and_forty_pages_is_gone_from_every_byte",
            "the_next_export_leaves_them_out_and_says_that_the_source_still_has_them",
            "a_push_of_their_row_is_skipped_with_the_reason",
        ),
    ),
    Fault(
        "a kind of file in which nobody looks for people",
        "a test finds it",
        of("person/test_places", "every_file_in_the_state_folder_and_the_outputs_belongs_to_a_place"),
    ),
)
