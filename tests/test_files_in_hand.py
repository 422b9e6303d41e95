"""Headers below titles, rows in one cell, sheets, and files whose name lies: read and told, or refused."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from etl.push.input.raw_table import BEYOND, read_own
from etl.tables.read_table import read_own_table
from tests.support.scripted import Answer, Server
from tests.support.workplace import PARK, Project, Ran

from .test_odd_files import ANS, HEADER, WIM

Maker = Callable[[Path], None]


def normalised(project: Project, content: bytes | str, name: str = "in.csv", *more: str) -> tuple[Any, Ran]:
    """The rows that `etl normalise` makes of a file, and how it ended."""
    (project.folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    ran = project.cli("normalise", name, "--out", "out.parquet", "--json", *more)
    assert ran.code == 0, ran.err
    return pl.read_parquet(project.folder / "out.parquet").rows(named=True), ran


def names(rows: Any) -> list[str]:
    return [row["name"] for row in rows]


def dry(project: Project, name: str, *more: str) -> Ran:
    with Server([Answer([])] * 9) as server:
        project.configure(PARK, server.base_url)
        return project.cli("push", name, "--to", "park.klanten", "--dry-run", "--out", "pushed", "--json", *more)


@pytest.mark.parametrize(
    ("above", "line"),
    [
        ("Klantenlijst per 1 maart;;;\r\n;;;\r\n", 3),
        ("Klantenlijst per 1 maart\r\n", 2),
        ("\r\n\r\n", 3),
        (";;;\r\n", 2),
        ("Klant;;Adres;Contact\r\n", 2),
        ("Naam;;Adres;\r\n", 2),
        ("Vereniging De Spaak\r\nKlanten, leden en vrienden\r\n\r\n", 4),
        ('"Titel ""2026""";;\r\n', 2),
        ("sep=;\r\nTitel\r\n", 3),
    ],
)
@pytest.mark.parametrize("header", [HEADER, "Naam;Adres;Woonplaats;Tel."])
def test_a_header_below_the_top_is_found_and_told(above: str, line: int, header: str, project: Project) -> None:
    rows, ran = normalised(project, f"{above}{header}\r\n{ANS}\r\n{WIM}\r\n")
    assert (names(rows), rows[0]["phone"]) == (["Ans Mol", "Wim Bos"], "+31384211999")
    passed = line - 2 if above.startswith("sep") else line - 1
    told = f"the header is on line {line}; {passed} lines above it were passed over."
    assert ran.summary["notes"] == [told]
    assert told in ran.err
    pushed = dry(project, "in.csv", "--key", header.partition(";")[0])
    assert (pushed.summary["notes"], pushed.summary["received"]) == ([told], 2), pushed.err


@pytest.mark.parametrize(
    "text", [f"{HEADER}\nnaam;adres;plaats;tel\n", "eigen;kolom;name;x\nfax;bus;Ans;y\n", f"{HEADER};;\n"]
)
def test_a_first_row_that_names_columns_is_the_header(text: str, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(f"{text}{ANS}\n")
    frame, notes = read_own_table(tmp_path / "in.csv")
    assert frame.columns[:2] == text.split(";")[:2]
    assert not any("header" in note for note in notes)


@pytest.mark.parametrize("suffix", ["xlsx", "xls.csv", "xlsm"])
def test_a_header_below_titles_is_found_in_a_sheet(suffix: str, project: Project) -> None:
    book = io.BytesIO()
    with xlsxwriter.Workbook(book) as made:
        sheet = made.add_worksheet()
        for number, line in enumerate(["Klantenlijst", "", HEADER, ANS, ";;;", WIM, HEADER, ANS]):
            sheet.write_row(number, 0, line.split(";"))
    rows, ran = normalised(project, book.getvalue(), f"in.{suffix}")
    assert names(rows) == ["Ans Mol", "Wim Bos", "Ans Mol"]
    told = " ".join(ran.summary["notes"])
    assert "the header is in row 3; 2 rows above it were passed over." in told
    assert "1 rows repeat the header, and were passed over." in told
    assert ("whatever its name says" in told) == suffix.endswith("csv")


def test_blank_rows_and_repeated_headers_are_passed_over(project: Project) -> None:
    text = f"{HEADER};;\n{ANS};;\n;;;;;\n  ;;;;;\n\n{HEADER};;\n{WIM};;\n;;;;;\n"
    rows, ran = normalised(project, text)
    assert names(rows) == ["Ans Mol", "Wim Bos"]
    told = ["4 blank rows were passed over.", "1 rows repeat the header, and were passed over."]
    assert ran.summary["notes"] == told
    pushed = dry(project, "in.csv", "--key", "name")
    assert (pushed.summary["notes"], pushed.summary["outcomes"]["rejected"]) == (told, 0)


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_blank_rows_are_counted_and_the_end_of_a_file_is_none(suffix: str, project: Project) -> None:
    lines = [HEADER, ANS, ";;;", WIM, "", ";;;", ANS]
    if suffix == "csv":
        (project.folder / "in.csv").write_text("\n".join(lines) + "\n")
    else:
        book_of(project.folder / "in.xlsx", {"Blad": "\n".join(lines)})
    found, notes = read_own_table(project.folder / f"in.{suffix}")
    assert (found.height, notes) == (3, ["3 blank rows were passed over."])
    (project.folder / "few.csv").write_text(f"{HEADER}\n{ANS}\n")
    assert read_own_table(project.folder / "few.csv").notes == []


def test_rows_that_a_spreadsheet_quoted_whole_are_rows(project: Project) -> None:
    rows = [["7", "Mol, Ans", 'zegt "ja"', "Ede"], ["8", "Wim Bos", "", "Epe"], ["9", "Piet", "x", ""]]
    whole = io.StringIO()
    csv.writer(whole).writerows(rows)
    first, second, third = whole.getvalue().splitlines()
    wrapped = [f'"{line.replace(chr(34), chr(34) * 2)}"' for line in (first, second)]
    text = "\r\n".join(["nr,name,note,city", *wrapped, third, ""])
    found, ran = normalised(project, text)
    assert [[row["nr"], row["name"], row["note"] or "", row["city"] or ""] for row in found] == rows
    assert "2 rows stood in one cell, quoted whole, and are read as rows." in ran.summary["notes"]
    header = '"nr,name,note,city"'
    found, _ = normalised(project, "\r\n".join([header, *wrapped, ""]))
    assert [[row["nr"], row["name"], row["note"] or "", row["city"] or ""] for row in found] == rows[:2]


def test_short_rows_are_told_by_their_lines(project: Project) -> None:
    rows, ran = normalised(project, 'name;city;phone\nAns;"Ede;\nOost";x\nWim;Ede\n\nPim\n;;\n')
    assert names(rows) == ["Ans", "Wim", "Pim"]
    told = "2 rows have fewer values than the header, on lines 4, 6; the rest is empty."
    assert ran.summary["notes"] == [told, "2 blank rows were passed over."]
    assert dry(project, "in.csv", "--key", "name").summary["notes"] == ran.summary["notes"]
    _, full = normalised(project, 'name;city;phone\nAns;"Ede; Oost";\nWim;;\n')
    assert full.summary["notes"] == []


def test_an_odd_quote_in_a_large_file_spoils_only_its_line(tmp_path: Path) -> None:
    lines = [f"Ans {n};Ede;gewoon;{n}" for n in range(200_000)]
    lines[7] = 'Jan;Ede;12" tv;7'
    lines[90_000] = '"Jan;Ede;x;8'
    (tmp_path / "in.csv").write_text("\n".join(["name;city;note;nr", *lines, ""]))
    frame, _ = read_own_table(tmp_path / "in.csv")
    assert frame.height == len(lines)
    assert frame.row(7) == ("Jan", "Ede", '12" tv', "7")
    assert frame.row(90_000) == ('"Jan', "Ede", "x", "8")


def test_rows_between_two_odd_quotes_are_rows(tmp_path: Path) -> None:
    text = 'name;city;note\nJan;Ede;"28 inch\nAns;Ede;ja\nPiet;Epe;wiel 26"\nLo;Ede;"een; en\ntwee; x"\n'
    (tmp_path / "in.csv").write_text(text)
    frame = read_own_table(tmp_path / "in.csv").frame
    assert frame["name"].to_list() == ["Jan", "Ans", "Piet", "Lo"]
    assert frame["note"][3] == "een; en\ntwee; x"


def book_of(path: Path, sheets: dict[str, str]) -> None:
    with xlsxwriter.Workbook(str(path)) as book:
        for name, text in sheets.items():
            sheet = book.add_worksheet(name)
            for number, line in enumerate(text.splitlines()):
                sheet.write_row(number, 0, line.split(";"))


PERSONS = "source_id;first_name;last_name\nAns Mol;Bo;Mol\n"


def test_a_sheet_is_chosen_by_its_name(project: Project) -> None:
    sheets = {"Uitleg": "Lees mij", "Klanten": f"{HEADER}\n{ANS}", "Personen": PERSONS}
    book_of(project.folder / "book.xlsx", sheets)
    content = (project.folder / "book.xlsx").read_bytes()
    rows, ran = normalised(project, content, "book.xlsx", "--sheet", "klanten ")
    assert names(rows) == ["Ans Mol"]
    assert "not read: the sheets Uitleg, Personen." in ran.summary["notes"][0]
    given = ("--key", "name", "--with", "contact_persons=book.xlsx")
    chosen = ("--sheet", "Klanten", "--sheet", "contact_persons=Personen")
    pushed = dry(project, "book.xlsx", *given, *chosen)
    assert (pushed.code, pushed.summary["received"], pushed.summary["orphans"]) == (0, 1, {}), pushed.err
    for wrong in (
        dry(project, "book.xlsx", *given, "--sheet", "Leden"),
        dry(project, "book.xlsx", *given, *chosen[:3], "contact_persons=X"),
    ):
        assert (wrong.code, "There is Uitleg, Klanten, Personen." in wrong.err) == (64, True), wrong.err
    plain = project.cli("plan", "push", "book.xlsx", "--to", "park.klanten", "--key", "name", "--sheet", "Klanten")
    assert plain.code == 0, plain.err
    twice = dry(project, "book.xlsx", *given, "--sheet", "a", "--sheet", "b")
    assert (twice.code, "named already" in twice.err) == (64, True)
    (project.folder / "in.csv").write_text(f"{HEADER}\n{ANS}\n")
    none = project.cli("normalise", "in.csv", "--out", "out.csv", "--sheet", "Klanten")
    assert (none.code, "in.csv has no sheets" in none.err) == (64, True)


def test_a_hidden_sheet_is_named_as_hidden_and_may_be_chosen(project: Project) -> None:
    with xlsxwriter.Workbook(str(project.folder / "book.xlsx")) as book:
        for name, line in (("Oud", "name\nWim"), ("Nu", "name\nAns"), ("Meer", "name\nPim")):
            sheet = book.add_worksheet(name)
            sheet.write_column(0, 0, line.split())
            if name != "Nu":
                sheet.hide()
            else:
                sheet.activate()
                sheet.set_first_sheet()
    content = (project.folder / "book.xlsx").read_bytes()
    rows, ran = normalised(project, content, "book.xlsx")
    assert (names(rows), "Hidden: Oud, Meer." in ran.summary["notes"][0]) == (["Ans"], True)
    rows, _ = normalised(project, content, "book.xlsx", "--sheet", "Oud")
    assert names(rows) == ["Wim"]


TEXT = f"{HEADER}\r\n{ANS}\r\n".encode()


def zipped(data: bytes) -> bytes:
    """Without the time of day, so that the same tests have the same names in every process."""
    return gzip.compress(data, mtime=0)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("in.csv.gz", zipped(TEXT)),
        ("in.tsv.gz", zipped(TEXT.replace(b";", b"\t"))),
        ("in.txt.gz", zipped(TEXT.decode().encode("utf-16")) + zipped(b"")),
        ("in.csv", zipped(TEXT)),
        ("in.xlsx", TEXT),
        ("in.xls", TEXT.decode().encode("utf-16")),
        ("in.ods", TEXT.replace(b";", b"\t")),
    ],
)
def test_a_file_is_read_by_its_content(name: str, content: bytes, project: Project) -> None:
    rows, _ = normalised(project, content, name)
    assert [(row["name"], row["phone"]) for row in rows] == [("Ans Mol", "+31384211999")]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("in.csv.gz", zipped(TEXT)[:-12], "is damaged"),
        ("in.csv.gz", zipped(b"\0" * (80 << 20)), "unfolds to far more"),
        ("in.csv.gz", zipped(zipped(TEXT)), "holds no text"),
        ("in.xls", b"<html><table><tr><td>name</td></tr></table></html>", "is a web page"),
        ("in.csv", b"\xef\xbb\xbf <!DOCTYPE html><p>", "is a web page"),
        ("in.xlsx", b'<?xml version="1.0"?><Workbook/>', "is a web page or XML"),
        ("in.csv", b"%PDF-1.7 x", "is a PDF"),
        ("in.csv", b"PK\x03\x04" + b"\0" * 22 + b"\x05\0\0\0a.csvx", "is a ZIP archive"),
        ("in.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "with a password"),
        ("in.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000, "is not an old Excel workbook"),
        ("in.ods", b"PK\x03\x04\0\0", "is not an Excel workbook"),
        ("in.xlsx", b"\x00\x01 no;workbook", "is not an Excel workbook"),
        ("in.gz", zipped(TEXT), "the suffix .gz is not known"),
        ("in.csv", b"\n", "is empty"),
        ("in.csv", b"", "is empty"),
        ("in.csv", b'"\r', "is empty"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_with_what_would_help(
    name: str, content: bytes, says: str, project: Project
) -> None:
    (project.folder / name).write_bytes(content)
    ran = project.cli("normalise", name, "--out", "out.csv")
    assert (ran.code, says in ran.err) == (64, True), ran.err
    assert not (project.folder / "out.csv").exists()


def test_an_export_of_nothing_normalises_to_nothing(project: Project) -> None:
    rows, ran = normalised(project, "account,system,stream,source_id,name,phone\n")
    assert (rows, ran.summary["received"]) == ([], 0)


def test_a_table_of_nobody_is_told_and_not_complete_where_columns_hold_contacts(project: Project) -> None:
    (project.folder / "in.csv").write_text("land;wie;bel\nNL;ans@mol.example.nl;038-4211999\nNL;;\n")
    ran = project.cli("normalise", "in.csv", "--out", "out.csv", "--json")
    assert (ran.code, ran.summary["not_recognised"]) == (65, ["wie", "bel"])
    assert (
        "none of name, address, phone and e-mail is known among its columns: country, wie, bel." in ran.summary["notes"]
    )
    _, numbers = normalised(project, "nr;country;vat_number\n1;NL;NL000099998B57\n")
    assert "none of name" in numbers.summary["notes"][0]


def test_columns_keep_their_order_and_what_is_made_of_one_stands_beside_it(project: Project) -> None:
    (row,), _ = normalised(project, "Opm;Tel;Land;Naam;Adres;nr\nx;038-4211999;NL;Ans;Dijk 3;7\n")
    wanted = ["Opm", "phone", "country_code", "name", "address_line", "street", "house_number", "nr"]
    assert [name for name in row if name in wanted] == wanted


def test_own_columns_that_bear_a_name_of_ours_are_kept_and_told(project: Project) -> None:
    header = "nr;street;house_number;box;postcode;country;issues;suggestions;extra"
    text = f"{header}\n1;Markt;7;3;2000;BE;klaagt;korting;gast\n"
    (row,), ran = normalised(project, text)
    assert (row["street"], row["house_number"], row["box"]) == ("Markt", 7, "3")
    assert row["extra"] == '{"extra": "gast", "issues": "klaagt", "suggestions": "korting"}'
    assert "stand in extra: issues, suggestions, extra." in ran.summary["notes"][0]
    again, ran = normalised(project, (project.folder / "out.parquet").read_bytes(), "again.parquet")
    assert (again, ran.summary["notes"]) == ([row], [])


def test_fields_beyond_the_header_stay_beside_a_header_below_titles(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text(f"Titel\n{HEADER}\n{ANS};x;y\n")
    assert read_own(tmp_path / "in.csv").frame[BEYOND].to_list() == ["x | y"]
