"""Files that would take all memory, or never end: refused in a sentence (64), within bounds, and without a call."""

from __future__ import annotations

import os
import struct
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from etl.errors import UsageError
from etl.push.review.decisions import read_decisions
from etl.tables.read_table import LARGEST, MOST_COLUMNS, read_table
from tests.support.memory import peak_rss_of
from tests.support.scripted import Answer, Server
from tests.support.workplace import BIKES, ETL, Project

MB = 1 << 20
MOST = 500 * MB
"""What a command may take of memory until it has refused a file."""
Maker = Callable[[Path], None]


def workbook(file: Path, *cells: tuple[int, int, str]) -> None:
    with xlsxwriter.Workbook(str(file)) as book:
        sheet = book.add_worksheet()
        for row, column, value in ((0, 0, "name"), (1, 0, "Jansen"), *cells):
            sheet.write(row, column, value)


def far_cell(file: Path) -> None:
    """XFD1048576: the last cell that a sheet can have."""
    workbook(file, (1_048_575, 16_383, "x"))


def with_sheet(file: Path, sheet: Iterator[bytes]) -> None:
    """A workbook whose sheet is replaced."""
    whole = file.with_suffix(".whole")
    workbook(whole)
    with zipfile.ZipFile(whole) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as new:
        for part in old.namelist():
            if part != "xl/worksheets/sheet1.xml":
                new.writestr(part, old.read(part))
        with new.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as opened:
            for piece in sheet:
                opened.write(piece)


def zip_bomb(file: Path) -> None:
    """A sheet that unfolds to 300 MB."""

    def sheet() -> Iterator[bytes]:
        yield b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        yield from [b" " * MB] * 300
        yield b"</sheetData></worksheet>"

    with_sheet(file, sheet())


def lying_zip_bomb(file: Path) -> None:
    """Rows without an end, and a directory that says that they are few bytes."""

    def sheet() -> Iterator[bytes]:
        yield b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        yield from [b"<row>" + b"<c><v>1</v></c>" * 1000 + b"</row>"] * 12_000
        yield b"</sheetData></worksheet>"

    with_sheet(file, sheet())
    data = bytearray(file.read_bytes())
    at = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, at + 24, 1000)  # the size of the last part when it has unfolded
    file.write_bytes(data)


def rows_of_nothing(file: Path) -> None:
    """A Parquet file of a few kilobytes with sixty million rows, all the same."""
    table = pa.table({"name": pa.DictionaryArray.from_arrays(pa.array(bytes(1 << 20), pa.int8()), ["x"])})
    with pq.ParquetWriter(file, table.schema) as writer:
        for _ in range(60):
            writer.write_table(table)


def long_field(file: Path) -> None:
    """A field of 300 MB, in a file that has holes."""
    with file.open("wb") as opened:
        opened.write(b'name;city\n"')
        opened.seek(300 * MB)
        opened.write(b'";x\n')


def many_columns(file: Path) -> None:
    file.write_text(";".join(f"c{n}" for n in range(50_000)) + "\nx\n")


def large(file: Path) -> None:
    with file.open("wb") as opened:
        opened.truncate(LARGEST + 1)


BAD: dict[str, tuple[str, Maker, str]] = {
    "a workbook that unfolds": ("a.xlsx", zip_bomb, "unfolds to far more than its size"),
    "a workbook whose directory lies": ("a.xlsx", lying_zip_bomb, ""),
    "a cell at XFD1048576": ("a.xlsx", far_cell, "Ctrl+End"),
    "a Parquet file of rows of nothing": ("a.parquet", rows_of_nothing, "unfolds to far more than its size"),
    "a field of 300 MB": ("a.csv", long_field, "row 2 is longer than 4 MB"),
    "50,000 columns": ("a.csv", many_columns, "has 50,000 columns"),
    "a table of 2 GB": ("a.csv", large, "is larger than 2 GB"),
    "/dev/zero": ("a.csv", lambda file: file.symlink_to("/dev/zero"), "is a device, not a file"),
    "a pipe": ("a.csv", os.mkfifo, "is a pipe, not a file"),
    "a folder": ("a.csv", Path.mkdir, "is a folder, not a file"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_file_without_bounds_is_refused_in_a_sentence_and_within_bounds(case: str, project: Project) -> None:
    name, make, says = BAD[case]
    file = project.folder / name
    make(file)
    ran, peak = peak_rss_of([str(ETL), "normalise", name, "--out", "out.csv"], project)
    assert (ran.code, says in ran.err, len(ran.err.splitlines())) == (64, True, 1), ran.err
    assert peak < MOST
    assert not (project.folder / "out.csv").exists()


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet"])
@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda file: file.symlink_to("/dev/zero"), "is a device"),
        (os.mkfifo, "is a pipe"),
        (Path.mkdir, "is a folder"),
    ],
    ids=["device", "pipe", "folder"],
)
def test_what_is_no_file_is_refused_whatever_it_is_called(suffix: str, make: Maker, says: str, tmp_path: Path) -> None:
    file = tmp_path / f"a{suffix}"
    make(file)
    with pytest.raises(UsageError, match=says):
        read_table(file)
    with pytest.raises(UsageError, match=says):
        read_decisions(file, {})


@pytest.mark.parametrize("option", ["FILE", "--with", "--map"])
@pytest.mark.parametrize("kind", ["device", "pipe", "large"])
def test_a_push_refuses_a_file_without_an_end_before_any_call(option: str, kind: str, project: Project) -> None:
    good, bad = project.folder / "good.csv", project.folder / ("bad.toml" if option == "--map" else "bad.csv")
    good.write_text("source_id,last_name\n1,Jansen\n")
    makers: dict[str, Maker] = {"device": lambda file: file.symlink_to("/dev/zero"), "pipe": os.mkfifo, "large": large}
    makers[kind](bad)
    given = {
        "FILE": [str(bad)],
        "--with": [str(good), "--with", f"phone_numbers={bad}"],
        "--map": [str(good), "--map", str(bad)],
    }[option]
    with Server([Answer([])]) as server:
        project.configure(BIKES, server.base_url)
        ran = project.cli("push", *given, "--to", "bikes.customers", "--yes", "--out", "out")
    assert (ran.code, server.seen) == (64, []), ran.err
    assert ("device" in ran.err, "pipe" in ran.err, "larger" in ran.err).count(True) == 1


def test_a_map_that_is_nested_without_end_is_refused(project: Project) -> None:
    good, bad = project.folder / "good.csv", project.folder / "bad.toml"
    good.write_text("source_id,last_name\n1,Jansen\n")
    bad.write_text("columns = " + "[" * 100_000)
    ran = project.configure(BIKES).cli("push", "good.csv", "--map", "bad.toml", "--to", "bikes.customers", "--yes")
    assert (ran.code, "no map that can be read" in ran.err) == (64, True), ran.err


@pytest.mark.parametrize("form", ["csv", "parquet", "xlsx"])
def test_a_table_is_as_wide_as_it_may_be_and_no_wider(form: str, tmp_path: Path) -> None:
    file = tmp_path / f"a.{form}"
    for width in (MOST_COLUMNS, MOST_COLUMNS + 1):
        frame = pl.DataFrame({f"c{n}": ["x"] for n in range(width)})
        if form == "csv":
            frame.write_csv(file)
        elif form == "xlsx":
            frame.write_excel(file)
        else:
            frame.write_parquet(file)
        if width > MOST_COLUMNS:
            with pytest.raises(UsageError, match="at most 2,000 are read"):
                read_table(file)
        else:
            assert read_table(file).width == width


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_rows_and_quoted_texts_of_a_megabyte_are_read(encoding: str, tmp_path: Path) -> None:
    file, note = tmp_path / "a.csv", "één, \n" * 150_000
    file.write_bytes(f'name;note\nJansen;"{note}"\nBakker;"{note}"\n'.encode(encoding))
    assert read_table(file).rows() == [("Jansen", note), ("Bakker", note)]


def test_a_large_parquet_file_is_read_apart_as_it_would_be_here(tmp_path: Path) -> None:
    file = tmp_path / "a.parquet"
    frame = pl.DataFrame({"source_id": pl.int_range(600_000, eager=True), "name": "Jansen", "note": None}).with_columns(
        note=pl.lit(None, pl.String), ids=pl.lit(["a", "b"]), at=pl.lit("2026-01-01").str.to_datetime(time_zone="UTC")
    )
    frame.write_parquet(file)
    assert read_table(file).equals(frame)


def test_a_panic_of_native_code_is_a_sentence(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def panic(*_: object, **__: object) -> None:
        raise pl.exceptions.PanicException("index 3 out of bounds: Jansen")

    (project.folder / "a.csv").write_text("name\nJansen\n")
    monkeypatch.setattr(pl, "read_csv", panic)
    ran = project.cli("normalise", "a.csv", "--out", "out.csv")
    assert (ran.code, "a.csv cannot be read" in ran.err, "Jansen" in ran.err) == (64, True, False)
    monkeypatch.undo()
    monkeypatch.setattr(pl, "concat", panic)
    monkeypatch.setattr("etl.tables.normalise_file.normalise_own", panic)
    ran = project.cli("normalise", "a.csv", "--out", "out.csv")
    assert (ran.code, "A bug of ours: PanicException" in ran.err, "Jansen" in ran.err) == (70, True, False)
