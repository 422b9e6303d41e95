"""Rows come, go, move and change while one pages: nobody is missed for it."""

from __future__ import annotations

from tests.safeguards.declare import Safeguard


def pagers(*tests: str) -> tuple[str, ...]:
    return tuple(f"paginate/test_pagers.py::test_{test}" for test in tests)


def moving(*tests: str) -> tuple[str, ...]:
    return tuple(f"extract/test_moving_data.py::test_{test}" for test in tests)


MOVES = (
    Safeguard(
        "a row that was edited proves no page",
        "etl/paginate/offset.py",
        "sum(content in contents for content in page.contents) < needed:",
        "False:",
        (*pagers("a_page_counts_where_several_rows_stand_in_place_or_are_unchanged"),),
    ),
    Safeguard(
        "a page begins with a row that is known",
        "etl/paginate/offset.py",
        "return page.contents[0] in contents or any(first is not None and first in each.ids for each in self._recent)",
        "return True",
        pagers("a_page_counts_where_several_rows_stand_in_place_or_are_unchanged"),
    ),
    Safeguard(
        "several rows prove a page, where there are several",
        "etl/paginate/offset.py",
        "SURE = 2",
        "SURE = 1",
        pagers("a_page_counts_where_several_rows_stand_in_place_or_are_unchanged"),
        quick=True,
    ),
    Safeguard(
        "a record that cannot be read keeps its place among the others",
        "etl/decode/fast.py",
        "        if not misfits:\n            return ids\n",
        "        return ids\n",
        moving("a_record_that_cannot_be_read_hides_nobody_when_rows_slide_past"),
    ),
    Safeguard(
        "of pages of one row the one before is asked for again",
        "etl/paginate/offset.py",
        "if looks_back is not None:",
        "if False:",
        pagers("of_pages_of_one_row_the_one_before_is_asked_for_after_each"),
    ),
    Safeguard(
        "a short page is no server that rounds",
        "etl/paginate/offset.py",
        "self._bare = self._is_short(asked, page)",
        "self._bare = False",
        pagers("a_page_that_is_shorter_than_the_overlap_is_no_rounding"),
    ),
    Safeguard(
        "a list of an envelope ends no records",
        "etl/decode/envelope.py",
        "if _ends_another(body, found.end(), end + 1):",
        "if False:",
        ("test_envelope.py::test_a_body_is_its_envelope_and_the_bytes_of_its_records",),
    ),
    Safeguard(
        "a page that tells of errors is not used",
        "etl/paginate/check.py",
        'if is_told(pointer(envelope, "errors")):',
        "if False:",
        ("test_faults.py::test_a_page_that_tells_of_errors_behind_its_records_is_not_used",),
    ),
)
