"""What goes wrong between an API and the tables."""

from __future__ import annotations

from .declare import Fault, of

READING = (
    Fault(
        "the answer to a refresh of a rotating token is lost, or a kill before it is stored",
        "75; the next run tries the old token once more, else 77 with what to do",
        of(
            "auth/test_tokens",
            "a_lost_answer_to_a_refresh_is_not_repeated_and_told",
            "a_lost_answer_is_told_to_every_request_of_the_run",
            "where_the_server_takes_the_old_one_for_a_while_nothing_is_lost",
        )
        + of(
            "auth/test_processes",
            "a_kill_before_an_answer_is_stored_is_recognised",
            "a_crash_while_tokens_are_stored_loses_none_without_a_word",
        ),
    ),
    Fault(
        "an access token is refused",
        "another one is fetched, once; else 77",
        of(
            "auth/test_tokens",
            "a_token_that_is_refused_is_renewed_once",
            "a_server_that_refuses_every_token_is_asked_for_two",
        ),
    ),
    Fault(
        "a server shows the key that is sent in the query",
        "taken out of the answer before it lands",
        of("auth/test_keys", "a_key_in_the_query_is_sent_with_every_page_and_stands_nowhere"),
    ),
    Fault(
        "an answer takes too long",
        "tried again, then 75",
        of("http/test_client", "a_byte_now_and_then_meets_the_total_deadline"),
    ),
    Fault(
        "a connection breaks in the middle of a page",
        "the page is dropped whole and fetched again",
        of("test_faults", "an_attempt_that_breaks_off_leaves_nothing_of_it_in_the_tables"),
    ),
    Fault(
        "a Content-Length too short, a chunk cut off",
        "tried again, then 75",
        of(
            "http/test_client",
            "an_answer_that_breaks_off_is_retried_until_75",
            "an_answer_that_breaks_off_once_is_whole_the_second_time",
        ),
    ),
    Fault(
        "a compressed body that is cut and whose framing fits",
        "noticed by its end mark, tried again, then 75",
        of("http/test_client", "a_cut_compressed_body_whose_framing_fits_is_detected_and_retried_until_75")
        + of("extract/test_cutting", "a_body_that_breaks_off_is_noticed_wherever_it_does"),
    ),
    Fault(
        "a body without a length that is cut",
        "never taken for whole",
        of(
            "test_decode",
            "a_body_cut_anywhere_is_never_taken_for_whole",
            "a_bare_list_cut_anywhere_is_never_taken_for_whole",
        ),
    ),
    Fault(
        "a web page with 200, as during maintenance",
        "tried again like a 503, then 75",
        of(
            "test_odd_answers",
            "a_web_page_is_asked_for_again_until_the_list_comes",
            "a_web_page_that_stays_ends_with_75_after_bounded_tries",
            "a_web_page_is_asked_for_again_in_the_time_that_it_asks_for",
        ),
    ),
    Fault(
        "an error or nothing, with 200",
        "76, or what the error says; never no rows and done",
        of(
            "test_faults",
            "an_answer_that_is_no_page_is_never_no_rows_and_done",
            "an_answer_of_a_bare_list_that_is_none_is_never_no_rows_and_done",
        ),
    ),
    Fault(
        "an error in a body with 200",
        "judged by the body",
        of("http/test_judge", "an_answer_is_judged_by_status_and_body_together"),
    ),
    Fault(
        'an `error` of 1, `"true"` or its text, a message alone',
        "an error; the cursor stays",
        of(
            "test_odd_answers",
            "an_error_of_any_truth_is_never_no_rows_and_done",
            "the_cursor_stays_where_it_was_at_an_error_of_any_truth",
        ),
    ),
    Fault(
        'PHP\'s `false`, `"null"`, an empty list for an object, an object for a list',
        "read as what they mean",
        of(
            "test_odd_answers",
            "false_and_null_in_texts_are_nothing",
            "an_object_or_nothing_for_a_list_is_read_as_the_list_that_it_means",
            "what_php_writes_is_read_as_meant_in_every_system",
        ),
    ),
    Fault("an empty list", "no rows, complete", of("test_faults", "an_empty_list_is_no_rows_and_done")),
    Fault(
        "a page that was cut and is still JSON",
        "fetched again by its envelope's count",
        of("test_faults", "a_page_that_was_cut_is_fetched_again_and_whole_then"),
    ),
    Fault(
        "NaN, bad UTF-8, a lone surrogate, NUL in a record",
        "that row set aside with its raw text, 65; the others pass",
        of("test_faults", "one_rotten_record_among_500_is_set_aside_and_the_other_499_are_written")
        + of("test_decode", "a_rotten_record_is_set_aside_with_its_raw_text_and_the_others_pass"),
    ),
    Fault(
        "a byte order mark before a body",
        "read",
        of("test_decode", "a_byte_order_mark_before_the_body_does_no_harm"),
    ),
    Fault("nesting without end", "a bounded error", of("test_decode", "nesting_without_end_is_a_bounded_error")),
    Fault(
        "a number of thousands of digits, ids as floats or texts",
        "the exact text is kept",
        of(
            "test_decode",
            "a_number_of_any_size_keeps_its_text",
            "an_id_keeps_its_exact_text",
            "an_id_that_is_text_stays_as_it_is",
        ),
    ),
    Fault(
        "null, empty and absent",
        "distinct in what is landed, null and empty alike in tables",
        of("test_decode", "null_and_absent_are_null_and_empty_is_empty"),
    ),
    Fault(
        "a column that comes late, an integer and then a decimal",
        "no value changed or lost",
        of("test_decode", "a_key_that_comes_late_is_kept", "an_integer_and_then_a_decimal_are_both_kept_exactly"),
    ),
    Fault(
        "any bytes whatever for a page",
        "rows, rows set aside, or an error of ours",
        of("test_decode", "no_bytes_whatever_make_it_fail_otherwise_than_as_told"),
    ),
    Fault(
        "pages of odd sizes and an empty last one",
        "the list ends",
        of("test_faults", "pages_of_odd_sizes_and_an_empty_last_one_end"),
    ),
    Fault("an empty page that names a next one", "76", of("test_faults", "an_empty_page_with_a_next_one_is_76")),
    Fault(
        "rows inserted, deleted, edited or moved while one pages",
        "each row that was there throughout comes once, as it is now",
        of(
            "extract/test_moving_data",
            "rows_deleted_meanwhile_do_not_hide_others",
            "rows_inserted_meanwhile_move_the_others_and_none_is_missed_or_told_twice",
            "whatever_happens_between_pages_each_row_that_was_there_throughout_comes_once_and_as_it_is_now",
        ),
    ),
    Fault(
        "a list that never stands still",
        "76, what is landed stays",
        of("paginate/test_pagers", "rows_that_move_faster_than_they_are_read_end_the_walk"),
    ),
    Fault(
        "many rows on one bound at the edge of a page",
        "nothing is missing",
        of("test_faults", "every_klant_comes_once_however_the_server_reads_its_bound"),
    ),
    Fault(
        "a row that comes twice",
        "counts once, as it came last",
        of("test_faults", "a_row_that_came_twice_counts_once_and_as_it_came_last"),
    ),
    Fault(
        "a row committed late with an older time",
        "asked for again by a look back",
        of("test_faults", "an_incremental_export_asks_from_the_servers_time_with_a_look_back"),
    ),
    Fault(
        "a next offset that cannot be right, a cursor that repeats",
        "76, the cursor stays, the same command asks again",
        of(
            "test_faults",
            "a_next_offset_that_cannot_be_right_is_76_and_the_cursor_stays",
            "a_cursor_that_goes_in_a_circle_is_76_and_no_page_is_kept_twice",
            "after_a_broken_cursor_the_same_command_asks_that_page_again",
        ),
    ),
    Fault(
        "a redirect that no document names, or to another host",
        "not followed; credentials stay here",
        of(
            "http/test_client",
            "a_redirect_that_no_document_names_is_not_followed",
            "a_declared_redirect_never_leads_to_another_host_nor_do_the_credentials",
            "redirects_in_a_circle_end",
        ),
    ),
    Fault(
        "summer time, and times without a zone",
        "no moment is missed",
        of(
            "paginate/test_request",
            "a_moment_is_written_in_amsterdam_as_a_time_that_is_not_later",
            "however_a_server_reads_it_no_moment_since_is_missed",
        ),
    ),
    Fault(
        "a bomb, an endless body",
        "bounded, 76, not asked for again",
        of("http/test_client", "a_bomb_is_bounded_and_not_asked_for_again", "an_endless_body_is_bounded")
        + of("extract/test_cutting", "a_bomb_is_refused_as_it_unfolds"),
    ),
    Fault(
        "a body or a header that drips",
        "ends at a deadline, 75",
        of("http/test_bounds", "a_body_without_a_length_that_drips_meets_the_deadline")
        + of("http/test_client", "a_header_now_and_then_meets_the_total_deadline"),
    ),
    Fault(
        "no such name, a refused connection, a bad certificate",
        "75, never downgraded",
        of(
            "http/test_client",
            "a_name_that_cannot_be_looked_up_is_75",
            "a_refused_connection_is_75",
            "a_bad_certificate_is_75_and_never_a_reason_to_go_without",
        ),
    ),
    Fault(
        "an encoding that was not asked for",
        "76",
        of("http/test_client", "an_encoding_that_was_not_asked_for_is_the_servers_fault"),
    ),
    Fault(
        "a 404 that may mean an empty collection",
        "believed where the vendor's document says so, else 69",
        of("test_faults", "contacts_not_found_is_an_empty_collection_and_any_other_404_is_not"),
    ),
    Fault(
        "an array that breaks off, or a record without end",
        "dropped whole; bounded memory",
        of("extract/test_lists", "a_list_that_always_breaks_off_leaves_the_old_tables")
        + of("extract/test_cutting", "a_record_that_never_ends_is_refused_and_memory_stays_bounded"),
    ),
    Fault(
        "more than a fifth of the rows vanish",
        "76, the old tables stay, `--accept-deletions` believes it",
        of("test_deletions", "more_than_a_fifth_is_not_believed_and_the_tables_stay"),
    ),
    Fault(
        "an account at another shop, host or key than last time",
        "begins anew; nothing of two shops is mixed",
        of(
            "test_tenants",
            "an_export_that_was_interrupted_as_one_shop_is_not_gone_on_with_as_another",
            "changes_since_the_last_export_of_one_shop_are_not_merged_with_those_of_another",
            "who_vanished_at_one_host_does_not_appear_in_the_table_of_another",
        ),
    ),
    Fault(
        "a sum that does not come out",
        "70, the old tables stay",
        of("runs/test_balance", "an_export_whose_rows_do_not_balance_does_not_succeed"),
    ),
    Fault(
        "more than a fifth of the rows cannot be read, as where a field changes its type",
        "76, the old tables stay, `--accept-rejects` believes it",
        of(
            "runs/test_many_rejected",
            "a_field_that_changes_its_type_keeps_the_table",
            "a_replay_that_reads_less_than_the_export_did_keeps_the_table",
            "changes_of_a_changed_type_do_not_move_the_cursor",
        ),
    ),
    Fault(
        "an unreadable record, or a last row that is edited, while rows slide past",
        "hides nobody: a page is proven by several rows",
        of(
            "extract/test_moving_data",
            "a_record_that_cannot_be_read_hides_nobody_when_rows_slide_past",
            "a_last_row_that_is_edited_and_moves_hides_nobody",
        ),
    ),
    Fault(
        "pages of one to three rows",
        "checked as well; of one row nothing can be proved, and that is told",
        of(
            "extract/test_moving_data",
            "the_smallest_pages_overlap_too_and_of_one_row_the_one_before_is_asked_for_after_it",
            "pages_of_odd_sizes_overlap_as_far_as_they_can",
            "pages_that_nothing_can_check_are_told",
        )
        + of("paginate/test_small_pages", "whatever_happens_no_row_is_missed_or_it_is_told_that_one_may_be"),
    ),
    Fault(
        "rows that move so that a page looks as if the server rounded its offset",
        "its own offset is asked for: where that shows others, the walk steps back",
        of("extract/test_moving_data", "the_same_gap_twice_on_the_last_page_is_no_rounding"),
    ),
    Fault(
        "answers without a Date",
        "the round at the end goes by our clock less a day",
        of("extract/test_moving_data", "without_the_servers_time_the_round_at_the_end_goes_by_our_clock_less_a_day")
        + of("runs/test_wrong_clocks", "where_no_answer_has_a_date_our_clock_is_the_cursor_less_a_day"),
    ),
    Fault(
        "a Date that can be believed only on a later page, or in the run that goes on",
        "is no time of the export: what changed since its first page is asked for, and it is told",
        of(
            "runs/test_wrong_clocks",
            "a_date_of_a_later_page_is_no_time_of_the_extraction",
            "a_first_page_without_a_date_takes_none_of_a_later_one",
            "a_page_that_another_release_fetched_tells_no_time",
        ),
    ),
    Fault(
        "a Date that is far from our clock",
        "becomes no cursor; the cursor stays, and it is told",
        of(
            "runs/test_wrong_clocks",
            "a_date_that_is_far_from_our_clock_becomes_no_cursor",
            "a_whole_export_under_such_a_date_leaves_the_cursor_where_it_was",
        ),
    ),
    Fault(
        "`--since TIMESTAMP` that does not reach the cursor",
        "leaves the cursor where it was",
        of("runs/test_wrong_clocks", "a_time_of_ones_own_leaves_the_cursor_unless_it_covers_it"),
    ),
    Fault(
        "an hour that comes twice",
        "asked for whole",
        of("runs/test_wrong_clocks", "an_hour_that_comes_twice_is_asked_for_whole"),
    ),
    Fault(
        "a list that drips for hours",
        "ends by its rate, tried again, then 75; the lock is free",
        of(
            "http/test_bounds",
            "a_body_that_drips_ends_by_its_rate_and_is_asked_for_again_before_75",
            "a_list_that_drips_ends_its_export_within_minutes_and_frees_its_lock",
        ),
    ),
    Fault(
        "a first byte, or a last one, that comes late",
        "is waited for: only what flows has a rate",
        of("http/test_bounds", "a_slow_first_byte_is_no_slow_body", "a_body_that_is_finished_is_not_too_slow"),
    ),
    Fault(
        "an answer without end to a check",
        "read as far as a bounded piece",
        of(
            "cli/test_check",
            "an_answer_that_unfolds_without_end_is_read_as_far_as_a_bounded_piece",
            "init_reads_no_more_than_check",
        ),
    ),
    Fault(
        "a great many records that are set aside",
        "written as they come, in bounded memory",
        of("tables/test_rejects", "memory_does_not_grow_with_what_is_rejected"),
    ),
)
