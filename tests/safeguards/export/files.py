"""A table of a user's own has bounds before it is given to native code."""

from __future__ import annotations

from tests.safeguards.declare import Safeguard

REFUSED = "test_bad_files.py::test_a_file_without_bounds_is_refused_in_a_sentence_and_within_bounds"

FILES = (
    Safeguard(
        "a row of a table has a length",
        "etl/tables/read_table.py",
        "if length > LONGEST_ROW:",
        "if False:",
        (REFUSED,),
        only="quote",
    ),
    Safeguard(
        "a table has a width",
        "etl/tables/read_table.py",
        "if columns > MOST_COLUMNS:",
        "if False:",
        ("test_bad_files.py::test_a_table_is_as_wide_as_it_may_be_and_no_wider",),
        quick=True,
    ),
    Safeguard(
        "a workbook is read in bounded memory",
        "etl/tables/apart.py",
        "_bound(resource.RLIMIT_DATA, int(most_bytes))",
        "_bound(resource.RLIMIT_DATA, 1 << 33)",
        (REFUSED,),
        only="lies",
    ),
    Safeguard(
        "a workbook unfolds within bounds",
        "etl/tables/apart.py",
        "sum(sizes) > UNFOLDED + UNFOLDED_PER_BYTE * Path(path).stat().st_size",
        "False",
        (REFUSED,),
        only="unfolds",
    ),
    Safeguard(
        "a compressed table has as many rows as it may",
        "etl/tables/read_table.py",
        "if about.num_rows > most_rows(path.stat().st_size):",
        "if False:",
        (REFUSED,),
        only="nothing",
    ),
    Safeguard(
        "a panic of native code is a sentence",
        "etl/cli/main.py",
        'if type(error).__name__ != "PanicException":',
        "if True:",
        ("test_bad_files.py::test_a_panic_of_native_code_is_a_sentence",),
    ),
)
