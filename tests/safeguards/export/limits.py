"""Limits of every kind: declared, configured, told by answers."""

from __future__ import annotations

from tests.safeguards.declare import Safeguard


def windows(test: str) -> tuple[str, ...]:
    return (f"budget/test_any_window.py::test_{test}",)


def apart(test: str) -> tuple[str, ...]:
    return (f"budget/test_weights_and_endpoints.py::test_{test}",)


def places(test: str) -> tuple[str, ...]:
    return (f"http/test_places.py::test_{test}",)


def at_once(test: str) -> tuple[str, ...]:
    return (f"budget/test_at_once.py::test_{test}",)


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
        "names of the drafts that a vendor uses otherwise are not read",
        "etl/budget/headers.py",
        '(term.headers or "").lower().startswith("ratelimit-")',
        '(term.headers or "").lower() == "ratelimit-"',
        told("names_of_the_drafts_that_a_vendor_uses_otherwise_are_not_read"),
        quick=True,
    ),
    Safeguard(
        "a name of requests raises no limit",
        "etl/budget/headers.py",
        "rate-?limit-?(?:requests-?)?",
        "rate-?limit-?",
        told("a_name_of_requests_tells_no_window_and_raises_no_limit"),
    ),
    Safeguard(
        "a Retry-After since 1970 is no wait of a week",
        "etl/http/retry.py",
        "moment = since_1970(seconds)",
        "moment = None",
        ("http/test_retry.py::test_every_form_of_retry_after_is_understood",),
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
        "etl/http/date.py",
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
    Safeguard(
        "a call counts by its weight",
        "etl/budget/decision.py",
        "for _ in range(cost.weight)",
        "for _ in range(1)",
        apart("no_window_of_account_or_endpoint_is_ever_exceeded"),
        quick=True,
    ),
    Safeguard(
        "a call to an endpoint counts there",
        "etl/budget/account_state.py",
        "(self.log, self.log_of(endpoint)) if endpoint else (self.log,)",
        "(self.log,)",
        apart("no_window_of_account_or_endpoint_is_ever_exceeded"),
        quick=True,
    ),
    Safeguard(
        "a stream's calls fall under the limits of its path",
        "etl/systems/declare/reading.py",
        'path if any(limit.endpoint == path for limit in self.limits) else ""',
        '""',
        apart("a_paged_stream_of_weighty_calls_is_exported_within_the_limit_of_its_path"),
    ),
    Safeguard(
        "who waits for an endpoint has a queue of its own",
        "etl/budget/budget.py",
        'name = " ".join(sorted({cost.endpoint for cost in costs if cost.endpoint}))',
        'name = ""',
        apart("who_waits_for_an_endpoint_keeps_nobody_else_waiting_and_all_of_the_account_is_used"),
    ),
    Safeguard(
        "a day of an endpoint counts its calls alone",
        "etl/budget/account_state.py",
        'if endpoint_of(name) in ("", own)',
        'if endpoint_of(name) == ""',
        apart("an_endpoints_day_is_its_own"),
    ),
    Safeguard(
        "what can never go out is refused",
        "etl/budget/decision.py",
        "            if not requester.costs:",
        "            if False:",
        apart("a_call_that_counts_as_more_than_is_ever_allowed_is_refused"),
    ),
    Safeguard(
        "names that an endpoint has are not the account's in its answers",
        "etl/budget/headers.py",
        "replace(term, headers=None) if term.headers in names else term",
        "term",
        apart("what_an_endpoint_tells_of_itself_lowers_nobody_else"),
    ),
    Safeguard(
        "a limit is of a path that there is",
        "etl/systems/check.py",
        'if limit.endpoint and (limit.endpoint[0] != "/"',
        'if False and (limit.endpoint[0] != "/"',
        apart("a_weight_or_an_endpoint_that_cannot_be_is_refused"),
    ),
    Safeguard(
        "no more calls are under way than may be",
        "etl/budget/decision.py",
        "if len(state.facts.flights) >= requester.at_once:",
        "if False:",
        at_once("two_stores_share_the_places"),
        quick=True,
    ),
    Safeguard(
        "the places of the dead come free",
        "etl/budget/dead_processes.py",
        "            state.land(int(first))",
        "            pass",
        at_once("no_more_are_ever_under_way_whoever_dies_and_the_places_of_the_dead_come_free"),
    ),
    Safeguard(
        "what the dead sent may still be on its way",
        "etl/budget/dead_processes.py",
        "flight.ends, state.dirty = now + LATE_S, True",
        "flight.ends, state.dirty = now - 1, True",
        at_once("a_place_of_the_dead_is_kept_while_what_they_sent_is_on_its_way"),
    ),
    Safeguard(
        "a call holds its place until its body has come",
        "etl/http/counted_request.py",
        "if answer.status not in STOPS:",
        "if False:",
        places("a_call_holds_its_place_until_its_body_has_come"),
        quick=True,
    ),
    Safeguard(
        "the budget of an account knows how many may be under way",
        "etl/budget/open.py",
        "            at_once=member.declaration.at_once,\n",
        "",
        at_once("an_export_keeps_to_it"),
    ),
)
