"""A table of a user's own has bounds before it is given to native code."""

from __future__ import annotations

from tests.safeguards.declare import Safeguard

REFUSED = "test_bad_files.py::test_a_file_without_bounds_is_refused_in_a_sentence_and_within_bounds"

FILES = (
    Safeguard(
        "a row of a table has a length",
        "etl/tables/read_table.py",
        "if line > LONGEST_ROW:",
        "if False:",
        (REFUSED,),
        only="field",
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
    Safeguard(
        "a file without a row is not complete",
        "etl/tables/read_table.py",
        "if not frame.height:",
        "if False:",
        ("test_odd_files.py::test_a_file_that_gives_no_row_is_never_complete",),
        quick=True,
    ),
    Safeguard(
        "a lone CR is a line end or a blank",
        "etl/tables/text_of_csv.py",
        'if text.count("\\r") != text.count("\\r\\n"):',
        "if False:",
        ("test_odd_files.py::test_lines_may_end_as_on_any_machine",),
    ),
    Safeguard(
        "a byte of Windows spoils only itself",
        "etl/tables/text_of_csv.py",
        'return data.decode("utf-8-sig", _BYTES)',
        'return data.decode("cp1252", "replace")',
        ("test_odd_files.py::test_one_byte_of_windows_spoils_only_itself",),
    ),
    Safeguard(
        "a quoted text that never ends is a quote too many",
        "etl/tables/odd_csv.py",
        "delimiter=separator, strict=True",
        "delimiter=separator, strict=False",
        ("test_odd_files.py::test_an_odd_quote_spoils_only_its_own_cell",),
    ),
    Safeguard(
        "bytes are refused by their column",
        "etl/tables/write.py",
        'if target.suffix.lower() != ".parquet":',
        "if False:",
        ("test_odd_files.py::test_bytes_that_are_no_text_are_refused_by_their_column",),
    ),
    Safeguard(
        "a text that is cut is told",
        "etl/tables/xlsx.py",
        "self.cut[self._layout.schema.names[column]] += 1",
        "pass",
        ("test_odd_files.py::test_a_text_that_is_cut_in_a_workbook_is_told",),
    ),
    Safeguard(
        "a hidden sheet is passed over",
        "etl/tables/apart.py",
        'if sheet.visible == "visible":',
        "if True:",
        ("test_odd_files.py::test_the_first_sheet_that_is_seen_is_read_and_others_are_told",),
    ),
    Safeguard(
        "hidden rows are told",
        "etl/tables/apart.py",
        'if b"hidden=" in piece',
        "if False",
        ("test_odd_files.py::test_hidden_rows_are_told_with_their_number",),
    ),
    Safeguard(
        "a known column of any type is text",
        "etl/tables/normalise_file.py",
        "return as_texts(frame, [name for name in (*known.values(), *OURS) if name in frame.columns], source)",
        "return frame",
        ("test_odd_files.py::test_a_known_column_may_have_any_type",),
    ),
)
