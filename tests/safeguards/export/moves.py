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
        "return page.contents[0] in contents or any(first is not None and first in each.ids for each in known)",
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
        "rows that move are no server that rounds",
        "etl/paginate/offset.py",
        "if not self._is_same(page, shown):",
        "if False:",
        (
            *pagers("the_same_gap_a_second_time_is_no_rounding_where_the_servers_own_offset_shows_other_rows"),
            *moving("the_same_gap_twice_on_the_last_page_is_no_rounding"),
        ),
        quick=True,
    ),
    Safeguard(
        "a server that answers for our offsets does not round",
        "etl/paginate/offset.py",
        "self._honours |= self._is_as_asked(asked, page)",
        "pass",
        pagers("a_server_that_answered_for_an_offset_of_ours_does_not_round"),
    ),
    Safeguard(
        "the row that is looked back from is no proof of its own place",
        "etl/paginate/offset.py",
        "known = self._recent[:-1] if looks_back else self._recent",
        "known = self._recent",
        pagers("a_row_that_is_looked_back_from_proves_nothing"),
    ),
    Safeguard(
        "a page that nothing proved proves nothing",
        "etl/paginate/offset.py",
        "del self._recent[-1]\n            return",
        "pass\n            return",
        pagers("a_page_before_which_rows_may_be_missing_proves_none_behind_it"),
    ),
    Safeguard(
        "what a look back shows behind its row is used",
        "etl/paginate/offset.py",
        "if beyond is not None and page.received == 1:",
        "if beyond is not None:",
        pagers("the_walk_goes_on_with_a_look_back_that_shows_more_than_its_row"),
    ),
    Safeguard(
        "pages that nothing can check are told",
        "etl/runs/stream.py",
        "is_checked = now.overlap and not unchecked(paging, pages)",
        "is_checked = True",
        (
            *moving("pages_that_nothing_can_check_are_told"),
            *moving("a_server_that_refuses_or_rounds_such_offsets_is_asked_for_its_own"),
        ),
        quick=True,
    ),
    Safeguard(
        "a plan counts the calls for the row before each page",
        "etl/plan/plan.py",
        "return len(pages), look_backs(paging, pages)",
        "return len(pages), 0",
        ("test_plan.py::test_of_pages_of_one_row_the_calls_for_the_row_before_each_are_planned",),
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
