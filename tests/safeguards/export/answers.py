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
)
