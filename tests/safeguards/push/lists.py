"""A list that moves, or is not what it says, makes nobody look absent."""

from __future__ import annotations

from tests.safeguards.declare import Safeguard, pushes

LISTS = (
    Safeguard(
        "a page that lacks the row before it is not believed",
        "etl/paginate/offset.py",
        "return not _is_proven(page, known, min(SURE, anchors, page.received))",
        "return False",
        pushes("walks", "rows_that_slid_past_are_read_again_a_page_before"),
    ),
    Safeguard(
        "a look reaches back to the last row that was shown",
        "etl/paginate/offset.py",
        " + self.unshown, half)",
        ", half)",
        pushes("walks", "pages_that_show_fewer_rows_than_they_have_offsets_hide_nobody"),
    ),
    Safeguard(
        "pages of two rows overlap too",
        "etl/paginate/offset.py",
        "return min(max(1, min(ANCHORS, self.stride // 16))",
        "return min(min(ANCHORS, self.stride // 16)",
        ("paginate/test_pagers.py::test_pages_overlap_by_as_many_rows_as_they_have_room_for",),
    ),
    Safeguard(
        "an empty page with a next one is no end",
        "etl/paginate/offset.py",
        "if page.received == 0:",
        "if False:",
        pushes("walks", "a_list_that_cannot_be_right_ends_a_push_before_it_writes"),
        only="empty",
    ),
    Safeguard(
        "a page holds as many rows as it says",
        "etl/paginate/check.py",
        "if said is not None and str(said) != str(received):",
        "if False:",
        pushes("walks", "a_list_that_cannot_be_right_ends_a_push_before_it_writes"),
        only="fewer",
    ),
)
