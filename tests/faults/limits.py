"""What goes wrong around the limits of calls."""

from __future__ import annotations

from .declare import Fault, of

LIMITS = (
    Fault(
        "many calls at once under a moving window",
        "never more than the limit in any window, over 98 % used",
        of(
            "budget/test_budget_properties",
            "the_worst_window_never_exceeds_the_limit",
            "utilisation_stays_above_98_percent_of_the_best",
        ),
    ),
    Fault(
        "several processes, some killed",
        "one window",
        of("budget/test_budget_stores", "three_processes_with_kills_keep_one_window"),
    ),
    Fault(
        "a restart in the middle of a day",
        "the day goes on",
        of("budget/test_budget_stores", "a_day_goes_on_in_the_next_process"),
    ),
    Fault(
        "Retry-After as seconds, a date, a time since 1970, a fraction, text, huge or none",
        "waits at least that, bounded",
        of("http/test_client", "a_429_waits_at_least_what_is_asked_whatever_its_form")
        + of("http/test_retry", "any_retry_after_is_read_as_bounded_seconds_or_nothing")
        + of("http/test_retry", "every_form_of_retry_after_is_understood"),
    ),
    Fault(
        "a server that keeps saying 429",
        "left alone after bounded tries, 75",
        of("http/test_client", "a_server_that_keeps_saying_429_is_left_alone_after_bounded_tries"),
    ),
    Fault(
        "fifty calls under way that all get 429",
        "one pause for all, and they come back spread out",
        of(
            "budget/test_budget_waiting",
            "one_pause_stops_every_process",
            "they_come_back_from_a_pause_spread_out",
        ),
    ),
    Fault(
        "a spent day told by the server, believable or not",
        "parked until its reset, at the latest until midnight",
        of(
            "http/test_client",
            "a_spent_day_told_by_the_server_parks_until_its_reset",
            "a_spent_day_with_an_unbelievable_reset_parks_until_midnight",
        ),
    ),
    Fault(
        "a day spent on the way",
        "saved, 75 with `resume_at`; the next day goes on",
        of("test_faults", "a_day_spent_on_the_way_parks_and_the_next_day_goes_on")
        + of("test_spent_days", "a_job_of_a_hundred_and_twenty_two_pages_at_fifty_a_day_takes_three_days"),
    ),
    Fault(
        "midnight elsewhere, days of 23 and 25 hours",
        "no day of the server is overspent",
        of("budget/test_budget_properties", "no_day_of_the_server_is_ever_overspent_and_each_is_used")
        + of("budget/test_budget_waiting", "a_call_under_way_at_midnight_counts_on_both_days"),
    ),
    Fault(
        "a wall clock that is set",
        "frees no slot and holds none",
        of("budget/test_budget_waiting", "setting_the_wall_clock_neither_frees_a_slot_nor_holds_one")
        + of("budget/test_budget_stores", "a_wall_clock_set_back_over_a_restart_bounds_the_wait"),
    ),
    Fault(
        "an outage that lasts",
        "bounded tries, longer and longer apart, 75",
        of(
            "http/test_client",
            "an_outage_ends_after_bounded_tries_with_75",
            "an_outage_is_waited_for_longer_and_longer_between_the_tries",
        ),
    ),
    Fault(
        "a request that the client repeats by itself",
        "counted, and not sent where the budget has no call for it",
        of(
            "http/test_client",
            "the_hidden_repeat_on_a_dead_kept_connection_passes_the_budget_and_is_counted",
            "the_hidden_repeat_is_not_sent_where_the_budget_has_no_call_for_it",
        ),
    ),
    Fault(
        "headers about limits that are absurd",
        "passed over, and told once",
        of("budget/test_budget_headers", "the_absurd_is_ignored_and_named"),
    ),
    Fault(
        "others who use the same limit",
        "theirs is taken off ours; a reserve is left alone",
        of("budget/test_budget_headers", "others_use_lowers_ours_until_it_has_left_the_window")
        + of("test_faults", "a_reserve_is_left_to_others"),
    ),
    Fault(
        "a process that died or stands still with calls under way",
        "they count until they surely left the window",
        of(
            "budget/test_budget_waiting",
            "what_a_dead_process_had_sent_counts_until_its_death_was_noticed_and_a_window_more",
            "what_a_stopped_process_had_sent_counts_as_long_as_it_lives",
        ),
    ),
    Fault(
        "budgets that are damaged, removed under way or on a network file system",
        "78, and what to do",
        of(
            "budget/test_budget_stores",
            "a_file_that_cannot_be_relied_on_ends_with_what_to_do",
            "a_file_removed_under_way_is_noticed",
            "a_state_folder_on_a_network_file_system_is_refused",
        ),
    ),
    Fault(
        "Redis that is away or damaged",
        "75 or 78, and no call without it",
        of(
            "budget/test_budget_stores",
            "without_its_redis_nothing_is_called",
            "redis_remembers_and_refuses_a_damaged_book",
        ),
    ),
    Fault(
        "Redis that was emptied, restarted, put back or made to evict",
        "78, no second budget until the days that were counted have ended",
        of(
            "budget/test_redis_that_forgot",
            "what_was_forgotten_is_no_second_budget_until_the_day_has_ended",
            "another_machine_hears_that_it_was_forgotten",
        ),
    ),
    Fault(
        "Redis that stumbles",
        "asked again, with a bound, then 75",
        of("budget/test_redis_that_forgot", "a_server_that_stumbles_is_asked_again_and_not_for_ever"),
    ),
    Fault(
        "a wrong clock at the first process after boot",
        "gives no second day",
        of(
            "budget/test_wrong_boots",
            "a_clock_that_is_ahead_gives_no_second_day",
            "a_clock_that_is_behind_goes_on_from_the_last_call",
            "a_day_that_has_really_passed_is_a_new_one",
        ),
    ),
)
