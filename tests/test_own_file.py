"""`etl normalise`: people's own files, in and out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter

from etl.errors import UsageError
from etl.tables.normalise_file import normalise_file
from etl.tables.read_table import LONGEST_ROW, read_table
from etl.tables.text_of_csv import decode_text, find_separator

ROWS = [
    ["Naam van de klant", "Address line", "Postcode", "country", "phone", "Opmerking"],
    ["José", "Kerkstraat 12 bis", "1234 ab", "nederland", "06-12345678", "vaste klant"],
    ["Anna", "Dorpsstraat 12 34", "5611 AA", "", "040 211 22 33", "x; y"],
    ["", "Postbus 4471", "", "Duitsland", "tst 12", ""],
]


def as_csv(separator: str) -> str:
    def quoted(cell: str) -> str:
        return f'"{cell}"' if separator in cell or ";" in cell else cell

    return "\r\n".join(separator.join(map(quoted, row)) for row in ROWS) + "\r\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_csv_is_read_whatever_its_encoding_and_separator(tmp_path: Path, encoding: str, separator: str) -> None:
    file = tmp_path / "klanten.csv"
    file.write_bytes(as_csv(separator).encode(encoding))
    frame = read_table(file)
    assert frame.columns == ROWS[0]
    assert frame["Naam van de klant"].to_list() == ["José", "Anna", None]
    assert frame["Opmerking"].to_list() == ["vaste klant", "x; y", None]


def test_a_workbook_is_read_as_text(tmp_path: Path) -> None:
    file = tmp_path / "klanten.xlsx"
    with xlsxwriter.Workbook(str(file)) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(ROWS):
            sheet.write_row(number, 0, row)
        sheet.write_row(4, 0, ["Piet", "Kade 1", "1234AB", "NL", 612345678, 3])
    frame = read_table(file)
    assert frame.columns == ROWS[0]
    assert frame["phone"].to_list()[-1] == "612345678"


def test_the_separator_is_the_one_that_makes_even_rows() -> None:
    assert find_separator("name;note\nA;one, two, three\nB;four, five\n") == ";"
    assert find_separator("only\none\ncolumn\n") == ","


def test_windows_text_is_not_mangled() -> None:
    assert decode_text("Café".encode("cp1252")) == "Café"
    assert decode_text("Café".encode()) == "Café"


@pytest.mark.parametrize("beside", [b"", "é€".encode()], ids=["alone", "beside letters of UTF-8"])
def test_each_byte_that_is_no_utf_8_is_what_windows_writes(beside: bytes) -> None:
    odd = b"".join(bytes([byte]) + b";" for byte in range(0x80, 0x100))
    read = "".join(bytes([byte]).decode("cp1252", "replace") + ";" for byte in range(0x80, 0x100))
    assert decode_text(odd + beside) == read + beside.decode()


@pytest.mark.parametrize("size", [0, LONGEST_ROW // 2, LONGEST_ROW - 99, LONGEST_ROW + 1])
def test_a_quoted_text_is_one_as_far_as_a_row_may_go(size: int, tmp_path: Path) -> None:
    line = "een regel van een notitie\n"
    note = line * (size // len(line) + 1)
    (tmp_path / "own.csv").write_text(f'name,note\nJan,"{note}"\n' + "Piet,x\n" * 3, newline="")
    rows = read_table(tmp_path / "own.csv").rows()
    assert rows[1] == (("Piet", "x") if size < LONGEST_ROW else (line.strip(), None))
    assert len(rows) == (4 if size < LONGEST_ROW else 4 + note.count("\n"))


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet"])
def test_known_columns_are_normalised_and_all_others_kept(tmp_path: Path, suffix: str) -> None:
    source, target = tmp_path / "in.csv", tmp_path / f"out{suffix}"
    source.write_text(as_csv(";"))
    done = normalise_file(source, target)
    assert (done.received, done.written, done.rejected) == (3, 3, 0)
    frame = read_table(target)
    first, second, third = frame.iter_rows(named=True)
    assert first["Opmerking"] == "vaste klant"
    assert (first["street"], str(first["house_number"]), first["house_number_postfix"]) == ("Kerkstraat", "12", "bis")
    assert (first["postcode"], first["country_code"], first["province_code"]) == ("1234AB", "NL", "NL-NH")
    assert first["mobile"] == "+31612345678"
    assert first["phone"] is None
    assert "address.ambiguous" in str(second["issues"])
    assert third["phone"] is None
    assert json.loads(third["extra"])["phone"] == "tst 12"
    assert {"box", "address_extra", "address_alternative", "address_rule"} <= set(frame.columns)


def test_normalising_twice_changes_no_value(tmp_path: Path) -> None:
    source, once, twice = tmp_path / "in.csv", tmp_path / "once.parquet", tmp_path / "twice.parquet"
    source.write_text(as_csv(";"))
    normalise_file(source, once)
    normalise_file(once, twice)
    first, second = pl.read_parquet(once), pl.read_parquet(twice)
    assert second.select(first.columns).drop("issues", "extra").equals(first.drop("issues", "extra"))


def test_the_policy_reject_sets_ambiguous_rows_aside_as_they_came(tmp_path: Path) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(as_csv(","))
    done = normalise_file(source, target, policy="reject")
    assert (done.written, done.rejected) == (2, 1)
    rejects = read_table(tmp_path / "out.rejects.csv")
    assert rejects["Address line"].to_list() == ["Dorpsstraat 12 34"]
    assert rejects["reason"].null_count() == 0


def test_a_file_without_a_known_column_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text("kleur,maat\nrood,L\n")
    with pytest.raises(UsageError, match=r"no column that is known.*address_line"):
        normalise_file(source, tmp_path / "out.csv")
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize(
    ("name", "content"), [("in.csv", b""), ("in.xlsx", b"no workbook"), ("in.parquet", b"no parquet"), ("in.doc", b"x")]
)
def test_what_is_no_table_is_refused_in_a_sentence(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    command = [sys.executable, "-m", "etl", "normalise", str(tmp_path / name), "--out", str(tmp_path / "out.csv")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 64
    assert done.stderr.startswith("etl: ")
    assert "Traceback" not in done.stderr


def test_the_summary_counts_flags(tmp_path: Path) -> None:
    source = tmp_path / "in.csv"
    source.write_text(as_csv(";"))
    command = [sys.executable, "-m", "etl", "normalise", str(source), "--out", str(tmp_path / "out.csv"), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    summary = json.loads(done.stdout.splitlines()[-1])
    assert summary["received"] == summary["written"] == 3
    assert summary["issues"]["address.ambiguous"] == 1
    assert summary["issues"]["address.po_box"] == 1
