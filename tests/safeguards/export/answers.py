"""An answer has an end: in bytes, in time, and in how often it is asked for."""

from __future__ import annotations

from tests.safeguards.declare import Safeguard

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
)
