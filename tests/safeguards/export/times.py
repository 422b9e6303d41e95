"""Time is not believed: neither the server's nor ours."""

from __future__ import annotations

from tests.safeguards.declare import Safeguard


def clocks(*tests: str) -> tuple[str, ...]:
    return tuple(f"runs/test_wrong_clocks.py::test_{test}" for test in tests)


def boots(*tests: str) -> tuple[str, ...]:
    return tuple(f"budget/test_wrong_boots.py::test_{test}" for test in tests)


TIMES = (
    Safeguard(
        "a clock that is ahead when a machine starts gives no second day",
        "etl/budget/day.py",
        "before = day.resumed() if unsure else None",
        "before = None",
        boots("a_clock_that_is_ahead_gives_no_second_day"),
        quick=True,
    ),
    Safeguard(
        "a clock that is behind when a machine starts goes on from the last call",
        "etl/budget/sqlite_store.py",
        "now = max(now, (seen or 0.0) - self._ticks())",
        "pass",
        boots("a_clock_that_is_behind_goes_on_from_the_last_call"),
    ),
    Safeguard(
        "what an absurd Date says ends no day",
        "etl/budget/feedback.py",
        "if date is None or abs(date - facts.skew.server(answer.received)) <= WIDEST_S:",
        "if True:",
        boots("a_date_that_cannot_be_right_gives_no_second_day_either"),
    ),
    Safeguard(
        "a Date that is far from our clock becomes no cursor",
        "etl/http/answer.py",
        "return abs((date - received_at).total_seconds()) <= WIDEST_S",
        "return True",
        clocks("a_date_that_is_far_from_our_clock_becomes_no_cursor"),
        quick=True,
    ),
    Safeguard(
        "a time of one's own does not move the cursor past what it does not cover",
        "etl/runs/cursor.py",
        "latest(each.since, timezone) <= cursor:",
        "latest(each.since, timezone) != cursor:",
        clocks("a_time_of_ones_own_leaves_the_cursor_unless_it_covers_it"),
    ),
    Safeguard(
        "runs are ordered by their number",
        "etl/state/journal.py",
        "ORDER BY e.id DESC, r.number DESC LIMIT 1",
        "ORDER BY e.id DESC, r.started_at DESC LIMIT 1",
        clocks("a_run_that_went_on_under_a_wrong_clock_is_not_the_newest_for_ever"),
    ),
    Safeguard(
        "what was begun in the future is not gone on with",
        "etl/state/journal.py",
        "if started is None or now < started - FRESH:",
        "if started is None:",
        clocks("a_kill_under_a_wrong_clock_leaves_nothing_that_later_runs_take_for_theirs"),
    ),
    Safeguard(
        "an hour that comes twice is asked for whole",
        "etl/paginate/request.py",
        "local = local.replace(minute=0, second=0, tzinfo=None) - timedelta(hours=1)",
        "local = local.replace(tzinfo=None)",
        clocks("an_hour_that_comes_twice_is_asked_for_whole"),
    ),
    Safeguard(
        "the round at the end goes by the earlier of two clocks that disagree",
        "etl/extract/closing_round.py",
        "began = min(began, page.date)",
        "pass",
        clocks("the_round_at_the_end_is_asked_for_since_a_day_before_the_earlier_of_both_clocks"),
    ),
    Safeguard(
        "a later page of a run makes the time of the round at the end no later",
        "etl/extract/closing_round.py",
        "self._since = min(self._since or told, told)",
        "self._since = told",
        clocks("a_first_page_without_a_date_takes_none_of_a_later_one"),
        quick=True,
    ),
    Safeguard(
        "only the first page of an extraction tells the time of its cursor",
        "etl/state/journal.py",
        "if all(page.position for page in pages):",
        "if False:",
        clocks("a_date_of_a_later_page_is_no_time_of_the_extraction"),
        quick=True,
    ),
    Safeguard(
        "an export that goes on knows since when it asks at its end",
        "etl/extract/commit.py",
        "since = extraction.changes_from or extraction.server_date or (began - UNSURE if has_landed else None)",
        "since = extraction.server_date or (began - UNSURE if has_landed else None)",
        clocks("a_first_date_that_is_far_behind_is_kept_until_the_export_goes_on"),
    ),
    Safeguard(
        "a first page that another release fetched tells no time",
        "etl/extract/commit.py",
        "(began - UNSURE if has_landed else None)",
        "None",
        clocks("a_page_that_another_release_fetched_tells_no_time"),
    ),
)
