"""Limits of every kind: declared, configured, told by answers."""

from __future__ import annotations

from tests.safeguards.declare import Safeguard


def windows(test: str) -> tuple[str, ...]:
    return (f"budget/test_any_window.py::test_{test}",)


def told(test: str) -> tuple[str, ...]:
    return (f"budget/test_budget_headers.py::test_{test}",)


LIMITS = (
    Safeguard(
        "calls are left to others in a window that there is, or not at all",
        "etl/config/budget_table.py",
        "if window not in allowed:",
        "if False:",
        windows("a_refused_key_ends_the_command"),
        quick=True,
    ),
    Safeguard(
        "a limit of one's own is a window of its own",
        "etl/budget/limits.py",
        "for name, own in given.limits.items():",
        "for name, own in ():",
        windows("a_limit_of_ones_own_is_a_window_of_its_own"),
    ),
    Safeguard(
        "what is left to others is not touched",
        "etl/budget/limits.py",
        "found[name] = replace(found[name], reserve=reserve)",
        "pass",
        windows("a_reserve_is_left_in_a_window_of_any_length"),
        quick=True,
    ),
    Safeguard(
        "no window is longer than what is remembered",
        "etl/systems/check.py",
        "not 0 < limit.seconds <= LONGEST_S",
        "limit.seconds <= 0",
        windows("a_declaration_that_allows_nothing_or_contradicts_itself_is_refused"),
    ),
    Safeguard(
        "a header of an untold window raises no limit",
        "etl/budget/headers.py",
        "if limit is not None and UNTOLD.fullmatch(prefix):",
        "if False:",
        told("a_name_without_a_window_lowers_a_limit_and_never_raises_it"),
        quick=True,
    ),
    Safeguard(
        "a policy of the drafts raises no limit",
        "etl/budget/headers.py",
        "min([limit, *(term.limit for term in terms if term.window == window)])",
        "limit",
        told("the_first_editions_of_the_draft"),
    ),
    Safeguard(
        "a reset in milliseconds is one",
        "etl/budget/reset.py",
        "number if number < MILLISECONDS else number / 1000",
        "number",
        told("a_reset_is_read_in_every_form"),
    ),
    Safeguard(
        "a time without a zone is no reset",
        "etl/budget/reset.py",
        r"(?:[Zz]|[+-]\d\d:?\d\d)",
        r"(?:[Zz]|[+-]\d\d:?\d\d)?",
        told("the_absurd_is_ignored_and_named"),
    ),
    Safeguard(
        "a day's end that was counted down is the one that is known",
        "etl/budget/feedback.py",
        "ends = None if old else ends + ROUGH_S",
        "pass",
        told("an_end_that_was_counted_down_on_the_way_over_midnight_begins_no_second_day"),
    ),
    Safeguard(
        "a refusal lasts until the window is reset",
        "etl/budget/feedback.py",
        "pause(state, answer.received, findings.full_s)",
        "pass",
        told("a_refusal_pauses_until_the_window_is_reset_unless_that_is_absurd"),
    ),
    Safeguard(
        "a reset beyond the window pauses nothing",
        "etl/budget/headers.py",
        "if 0 < left_s <= width(seconds) + 1:",
        "if 0 < left_s:",
        told("a_refusal_pauses_until_the_window_is_reset_unless_that_is_absurd"),
    ),
)
