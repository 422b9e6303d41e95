"""An answer has an end: in bytes, in time, and in how often it is asked for."""

from __future__ import annotations

from tests.safeguards.declare import Safeguard

_ODD = "test_odd_answers.py::test"

ANSWERS = (
    Safeguard(
        "a body that is read as it comes has a size",
        "etl/http/answer.py",
        "if size > bounds.max_bytes:",
        "if False:",
        ("http/test_bounds.py::test_a_body_that_is_read_as_it_comes_ends_at_its_bound",),
        quick=True,
    ),
    Safeguard(
        "a body without a length has a deadline",
        "etl/http/answer.py",
        "async with asyncio.timeout_at(until):",
        "async with asyncio.timeout_at(None):",
        ("http/test_bounds.py::test_a_body_without_a_length_that_drips_meets_the_deadline",),
        quick=True,
    ),
    Safeguard(
        "a body has a size when it has unfolded",
        "etl/decode/decompress.py",
        "if self._size > self._max_bytes:",
        "if False:",
        ("extract/test_cutting.py::test_a_bomb_is_refused_as_it_unfolds",),
    ),
    Safeguard(
        "a compressed body that breaks off is not whole",
        "etl/decode/decompress.py",
        "if not self._codec.whole:",
        "if False:",
        ("extract/test_cutting.py::test_a_body_that_breaks_off_is_noticed_wherever_it_does",),
    ),
    Safeguard(
        "no redirect is followed that nobody declared",
        "etl/http/client.py",
        "if not declared:",
        "if False:",
        ("http/test_client.py::test_a_declared_redirect_never_leads_to_another_host_nor_do_the_credentials",),
    ),
    Safeguard(
        "refused credentials are not tried again",
        "etl/http/judge.py",
        'if status in (401, 403) or (refusal and refusal.kind == "credentials"):',
        "if False:",
        ("http/test_client.py::test_refused_credentials_are_not_tried_again",),
    ),
    Safeguard(
        "a check reads a bounded piece",
        "etl/runs/check.py",
        "if len(found) > PIECE:",
        "if False:",
        ("cli/test_check.py::test_an_answer_that_unfolds_without_end_is_read_as_far_as_a_bounded_piece",),
    ),
    Safeguard(
        "a body that drips ends by its rate",
        "etl/http/answer.py",
        "if came and self._came < self._bounds.least_bytes:",
        "if False:",
        ("http/test_bounds.py::test_a_body_that_drips_ends_by_its_rate_and_is_asked_for_again_before_75",),
        quick=True,
    ),
    Safeguard(
        "the time that a reader takes is not the server's",
        "etl/http/answer.py",
        "self._waited_s += self._clock.monotonic() - began",
        "self._waited_s += 30",
        ("http/test_bounds.py::test_a_slow_body_that_flows_is_read_to_its_end",),
        quick=True,
    ),
    Safeguard(
        "an error instead of a list has bounds of its own",
        "etl/http/answer.py",
        "raw = await incoming.raw(bounds)",
        "raw = await incoming.raw(Bounds(max_bytes=64 << 30))",
        ("http/test_bounds.py::test_an_error_instead_of_a_list_has_the_bounds_of_a_page",),
    ),
    Safeguard(
        "an error is one in any spelling of truth",
        "etl/systems/shared/told_error.py",
        "return value.strip().casefold() not in NO if isinstance(value, str) else bool(value)",
        "return value is True",
        (
            f"{_ODD}_an_error_of_any_truth_is_never_no_rows_and_done",
            f"{_ODD}_the_cursor_stays_where_it_was_at_an_error_of_any_truth",
        ),
        quick=True,
    ),
    Safeguard(
        "a message without an error is one",
        "etl/systems/shared/told_error.py",
        'is_told(error) or (error in (None, "") and is_told(said))',
        "is_told(error)",
        (f"{_ODD}_the_cursor_stays_where_it_was_at_an_error_of_any_truth",),
        only="alone",
    ),
    Safeguard(
        "a page that is a web page is asked for again",
        "etl/extract/pages.py",
        "refuse_web_page(response.body, where, wait_s=wait_of(response))",
        "pass",
        (f"{_ODD}_a_web_page_that_stays_ends_with_75_after_bounded_tries",),
    ),
    Safeguard(
        "a list that is a web page is asked for again",
        "etl/paginate/listing.py",
        "refuse_web_page(self._beginning, self._check.where)",
        "pass",
        (
            f"{_ODD}_a_web_page_that_stays_ends_with_75_after_bounded_tries",
            f"{_ODD}_a_web_page_in_small_pieces_is_one",
        ),
    ),
    Safeguard(
        "a web page is told by as many of its bytes as it takes",
        "etl/paginate/listing.py",
        "if len(self._beginning) < BEGINNING:",
        "if not self._beginning:",
        (f"{_ODD}_a_web_page_in_small_pieces_is_one",),
    ),
    Safeguard(
        "a single call that meets a web page asks again",
        "etl/http/judge.py",
        "refuse_web_page(response.body, where, wait_s=wait_s)",
        "pass",
        ("http/test_judge.py::test_a_web_page_is_asked_for_again_in_the_time_that_it_asks_for",),
    ),
    Safeguard(
        "PHP's false is no text where records are read with care",
        "etl/decode/meant.py",
        "return value is False or value in NOTHING",
        "return False",
        (f"{_ODD}_what_php_writes_is_read_as_meant_in_every_system",),
    ),
    Safeguard(
        "PHP's false is no text where records are read quickly",
        "etl/decode/meant.py",
        "return any((values == word).any() for word in _words(wire))",
        "return False",
        (
            f"{_ODD}_false_and_null_in_texts_are_nothing",
            f"{_ODD}_false_in_a_text_keeps_a_page_on_the_fast_path",
        ),
        quick=True,
    ),
    Safeguard(
        "a list whose numbers have gaps is one",
        "etl/decode/meant.py",
        "if all(name.isdecimal() for name in value):",
        "if False:",
        (f"{_ODD}_an_object_or_nothing_for_a_list_is_read_as_the_list_that_it_means",),
    ),
    Safeguard(
        "an empty list for an object is nothing",
        "etl/decode/meant.py",
        'return None if value in ([], "") or _is_nothing(value, wire) else value',
        "return value",
        (f"{_ODD}_what_php_writes_is_read_as_meant_in_every_system",),
    ),
)
