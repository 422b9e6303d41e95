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
)
