"""Lists in pages of every declared way: read whole, no page twice, and none taken for whole that is not."""

from __future__ import annotations

from tests.safeguards.declare import Safeguard


def ways(*tests: str) -> tuple[str, ...]:
    return tuple(f"extract/test_ways_of_paging.py::test_{test}" for test in tests)


def windows(*tests: str) -> tuple[str, ...]:
    return tuple(f"extract/test_date_windows.py::test_{test}" for test in tests)


PAGES = (
    Safeguard(
        "a first page that is shorter than asked for does not end the list",
        "etl/paginate/number.py",
        "(paging.size is not None and page.received < self._full)",
        "(paging.size is not None and page.received < paging.size.rows)",
        ways("a_server_that_shows_fewer_rows_than_it_is_asked_for_is_read_whole"),
    ),
    Safeguard(
        "nor one by offset",
        "etl/paginate/limit_offset.py",
        "page.received >= (full or 0)",
        "page.received >= self._size",
        ways("a_server_that_shows_fewer_rows_than_it_is_asked_for_is_read_whole"),
    ),
    Safeguard(
        "a page that comes again is no other one",
        "etl/paginate/told.py",
        "if shown in self._seen:",
        "if False:",
        ways("a_server_that_shows_the_same_page_for_ever_is_76"),
        only="number",
        quick=True,
    ),
    Safeguard(
        "nor one by offset that comes again",
        "etl/paginate/limit_offset.py",
        "return page.ids[0] is not None and page.ids[0] == tail.page.ids[0]",
        "return False",
        ways("a_server_that_shows_the_same_page_for_ever_is_76"),
        only="offset",
    ),
    Safeguard(
        "pages that name each other go in a circle",
        "etl/paginate/named.py",
        "if frozenset(following.items()) in self._asked:",
        "if following == asked:",
        ways("pages_that_go_in_a_circle_are_76_also_where_a_run_goes_on"),
        quick=True,
    ),
    Safeguard(
        "what landed is part of the circle",
        "etl/paginate/named.py",
        "{frozenset(page.parameters.items()) for page in start.earlier}",
        "set[frozenset[tuple[str, str]]]()",
        ways("pages_that_go_in_a_circle_are_76_also_where_a_run_goes_on"),
    ),
    Safeguard(
        "an empty page that names a next one is refused",
        "etl/paginate/named.py",
        "if not page.received:\n                raise InvalidPaging(EMPTY)",
        "pass",
        ways("an_empty_page_in_a_list_that_says_it_goes_on_is_76"),
        only="token or address or Link",
    ),
    Safeguard(
        "an empty page among numbered ones is refused",
        "etl/paginate/number.py",
        "if not page.received:\n            raise InvalidPaging(EMPTY)",
        "pass",
        ways("an_empty_page_in_a_list_that_says_it_goes_on_is_76"),
        only="body",
    ),
    Safeguard(
        "a list holds as many rows as it says",
        "etl/paginate/told.py",
        "if held < said:",
        "if False:",
        ways("a_list_that_holds_fewer_rows_than_it_says_is_76"),
        quick=True,
    ),
    Safeguard(
        "a number that is declared is told",
        "etl/paginate/number.py",
        "if page.received and ((paging.pages and pages is None) or (paging.rows and self._rows is None)):",
        "if False:",
        ways("a_number_of_rows_that_is_declared_must_be_told"),
        only="number",
    ),
    Safeguard(
        "numbered pages are read again where rows were deleted",
        "etl/paginate/number.py",
        "if fallen and number > self._paging.first:",
        "if False:",
        ways("rows_deleted_meanwhile_hide_no_others"),
        quick=True,
    ),
    Safeguard(
        "an address on another server is not followed",
        "etl/paginate/named.py",
        "if where[:-1] != own[:-1]:",
        "if False:",
        ways("an_address_that_leads_elsewhere_is_76_and_not_followed"),
        quick=True,
    ),
    Safeguard(
        "an address of another list is not followed",
        "etl/paginate/named.py",
        "if where != own:",
        "if False:",
        ways("an_address_that_leads_elsewhere_is_76_and_not_followed"),
    ),
    Safeguard(
        "an address that says something twice is not guessed at",
        "etl/paginate/named.py",
        "if len(dict(query)) < len(query):",
        "if False:",
        ways("an_address_that_leads_elsewhere_is_76_and_not_followed"),
    ),
    Safeguard(
        "a Link header that cannot be read ends no list",
        "etl/paginate/link.py",
        'if link is None:\n            raise ValueError("not a Link header")',
        "if link is None:\n            return []",
        ways("a_link_header_that_is_not_one_ends_no_list"),
    ),
    Safeguard(
        "a short page that names a next one ends no list",
        "etl/paginate/number.py",
        "if paging.more is not None and next_link(page, paging.more) is not None:",
        "if False:",
        ways("a_short_page_that_names_a_next_one_is_not_the_end"),
    ),
    Safeguard(
        "numbered pages that nothing checks are told",
        "etl/runs/stream.py",
        "notes.append(UNSHARED)",
        "pass",
        ways("pages_that_nothing_can_check_are_told"),
    ),
    Safeguard(
        "a page that says there are more names them",
        "etl/paginate/named.py",
        "if more is not None:\n                raise",
        "if False:\n                raise",
        ways("a_page_that_does_not_say_whether_there_are_more_is_76"),
    ),
    Safeguard(
        "the name of a field may have dots",
        "etl/decode/envelope.py",
        "if path in envelope:\n            return envelope[path]",
        "if '.' not in path and path in envelope:\n            return envelope[path]",
        ways("the_name_of_a_field_may_have_dots"),
    ),
    Safeguard(
        "a window that may hold more is asked for by halves",
        "etl/paginate/windows.py",
        "if self._rows >= self._paging.most:",
        "if False:",
        windows(
            "a_window_that_may_hold_more_is_asked_for_by_halves", "a_day_that_may_hold_more_than_the_server_shows_is_76"
        ),
    ),
    Safeguard(
        "windows go on until today is over everywhere",
        "etl/paginate/windows.py",
        "return end - DAY > self._start.today",
        "return end > date(2026, 1, 1)",
        windows("every_row_from_the_first_day_to_today_comes_once"),
    ),
    Safeguard(
        "of a window only its own pages are gone on with",
        "etl/paginate/windows.py",
        "if self._window(page.parameters) == own]",
        "]",
        windows("a_run_that_was_cut_off_goes_on_in_its_window"),
    ),
    Safeguard(
        "a path of paging is in the envelope",
        "etl/systems/declare/reading.py",
        "if not self.envelope.records:",
        "if False:",
        ways("a_stream_that_does_not_fit_its_paging_is_refused_by_its_field"),
    ),
)
