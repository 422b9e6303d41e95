"""No file of any kind ends in a bug of ours: files of the awkward kinds cut, doubled, re-encoded and mixed."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from etl.errors import UsageError
from etl.push.input.raw_table import read_own
from etl.tables.normalise_file import normalise_file
from etl.tables.read_table import read_own_table
from tests.support.old_books import BOOKS

SEEDS = (
    "name;address\u00a0line;\u200bpostcode;phone\u200b\r\nFietsen Zuid;Molenpad 4 a;4811 ab;076-5220011\r\n",
    'name;note\r\n"De Spaak" fietsen;28" band\r\nAns;"een\ntwee; drie"\r\n"Jan;26" x\r\n',
    '"sep=;"\r\nname;city\rAns;Ede\r\nWim;Epe;;\r\nPim\r\n',
    "Klantenlijst per 1 maart;;\r\n;;\r\nNaam;Adres;Tel.\r\nAns;Dijk 3;038-4211999\r\n;;\r\nNaam;Adres;Tel.\r\n",
    'nr,naam,plaats\r\n"1,""Mol, A."",Ede"\r\n2,Wim\r\n',
    "name\tcity\tphone\nZoë Daniëls\tLoënen\t06-12345678\n\0;\ud7ff\n",
    "",
    "\n\n;;;\n",
    '"',
    "<html><table><tr><td>name</td></tr></table></html>",
)
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252")
SUFFIXES = (".csv", ".tsv", ".txt", ".csv.gz")
QUIET = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@st.composite
def odd_texts(draw: st.DrawFn) -> bytes:
    """A text of an awkward kind, or two of them, in some encoding, with a piece cut out, doubled or exchanged."""
    texts = [draw(st.sampled_from(SEEDS)).encode(draw(st.sampled_from(ENCODINGS)), "replace") for _ in range(2)]
    data = texts[0] + (texts[1] if draw(st.booleans()) else b"")
    first, last = sorted(draw(st.tuples(*[st.integers(0, len(data))] * 2)))
    piece = draw(
        st.sampled_from([data[first:last], b"", data[first:last] * 2, b"\0", b'"', b"\r", b"\xff", b'";', b"\n"])
    )
    data = data[:first] + piece + data[last:]
    return gzip.compress(data)[: draw(st.sampled_from([None, 20, -3]))] if draw(st.integers(0, 9)) == 0 else data


def outcome(call: Callable[[], object]) -> object:
    """What a call gives, or UsageError in a sentence; any other error is a bug of ours."""
    try:
        return call()
    except UsageError as refused:
        assert str(refused)
        return None


@QUIET
@given(data=odd_texts(), suffix=st.sampled_from(SUFFIXES))
def test_no_text_ends_in_a_bug_of_ours(data: bytes, suffix: str, tmp_path: Path) -> None:
    file = tmp_path / f"in{suffix}"
    file.write_bytes(data)
    outcome(lambda: read_own(file))
    outcome(lambda: normalise_file(file, tmp_path / "out.csv"))


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\ufeff", exclude_categories=("Cc", "Zl")), max_size=6)


@QUIET
@given(rows=st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=5))
def test_what_is_written_as_csv_is_read_as_it_was(rows: list[tuple[str, str, str]], tmp_path: Path) -> None:
    file = tmp_path / "in.csv"
    frame = pl.DataFrame(rows, schema=dict.fromkeys(["name", "city", "note"], pl.String()), orient="row")
    frame.write_csv(file, separator=";", quote_style="always")
    read = read_own_table(file).frame
    told = [tuple(cell if cell.strip() else None for cell in row) for row in rows]
    assert read.rows() == [row for row in told if any(row) and row != ("name", "city", "note")]


def books() -> list[bytes]:
    """A workbook, a Parquet file, and what is left of them."""
    book, parquet = io.BytesIO(), io.BytesIO()
    with xlsxwriter.Workbook(book) as made:
        for name in ("Klanten", "Oud"):
            made.add_worksheet(name).write_row(0, 0, ["name", "city"])
    pl.DataFrame({"name": ["Ans"], "city": ["Ede"]}).write_parquet(parquet)
    return [book.getvalue(), parquet.getvalue()]


@pytest.mark.parametrize("suffix", [".xlsx", ".xls", ".ods", ".parquet", ".csv"])
def test_no_workbook_that_is_cut_ends_in_a_bug_of_ours(suffix: str, tmp_path: Path) -> None:
    file = tmp_path / f"in{suffix}"
    for whole in books():
        for end in (8, len(whole) // 2, len(whole) - 9, len(whole)):
            file.write_bytes(whole[:end])
            outcome(lambda: read_own(file))
            file.write_bytes(whole[: end // 2] + whole[end // 3 : end])
            outcome(lambda: read_own(file))


@pytest.mark.parametrize("form", BOOKS)
def test_no_old_workbook_that_is_cut_ends_in_a_bug_of_ours(form: str, tmp_path: Path) -> None:
    file = tmp_path / f"in.{form}"
    whole = BOOKS[form]({"Klanten": [["name", "city"], ["Ans", "Ede"]], "Oud": [["name"]]}, ["Oud"])
    for end in (len(whole) // 3, len(whole) // 2, len(whole) - 9):
        file.write_bytes(whole[:end])
        outcome(lambda: read_own(file))
        file.write_bytes(whole[: end // 2] + whole[end // 3 : end])
        outcome(lambda: read_own(file))
