"""Limits of every kind: declared, configured, told by answers."""

from __future__ import annotations

from tests.safeguards.declare import Safeguard


def windows(test: str) -> tuple[str, ...]:
    return (f"budget/test_any_window.py::test_{test}",)


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
)
