"""Files that people have in their hands: what is odd in them spoils only itself, and no file ends in a bug of ours."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import xlsxwriter

from etl.push.input.raw_table import BEYOND, read_own
from etl.tables.read_table import read_table
from etl.tables.text_of_csv import as_csv_text
from etl.tables.write import write_frame
from etl.tables.xlsx import XlsxSink
from tests.support.effort import effort_s
from tests.support.scripted import Answer, Server
from tests.support.workplace import PARK, Project, Ran

HEADER = "name;address_line;city;phone"
ANS, WIM = "Ans Mol;Dijk 3;Zwolle;+31384211999", "Wim Bos;Dijk 5;Zwolle;+31384211998"


def normalised(project: Project, content: bytes | str, name: str = "klanten.csv") -> list[dict[str, Any]]:
    """The rows that `etl normalise` makes of a file."""
    (project.folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    ran = project.cli("normalise", name, "--out", "out.parquet")
    assert ran.code == 0, ran.err
    return pl.read_parquet(project.folder / "out.parquet").rows(named=True)


def columns(rows: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in names) for row in rows]


def refused(project: Project, content: bytes | str, name: str = "klanten.csv") -> tuple[str, str]:
    """What `etl normalise` and `etl push` say of a file that they refuse, without a call."""
    (project.folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    plain = project.cli("normalise", name, "--out", "out.csv")
    with Server([Answer([])]) as server:
        pushed = dry(project, server, name)
    assert (plain.code, pushed.code, server.seen) == (64, 64, []), (plain.err, pushed.err)
    assert not (project.folder / "out.csv").exists()
    return plain.err, pushed.err


def dry(project: Project, server: Server, name: str, key: str = "name") -> Ran:
    project.configure(PARK, server.base_url)
    return project.cli("push", name, "--to", "park.klanten", "--key", key, "--dry-run", "--out", "pushed")


def test_a_lone_cr_in_a_cell_is_a_blank_and_a_long_row_is_named(project: Project) -> None:
    odd = "name;city;phone\r\nAns\rMol;Zwolle;+31384211999\r\n"
    assert columns(normalised(project, odd), "name", "phone") == [("Ans Mol", "+31384211999")]
    (project.folder / "long.csv").write_bytes(f"{odd}Wim;Zwolle;+31384211998;x\r\n".encode())
    ran = project.cli("normalise", "long.csv", "--out", "out.csv")
    assert (ran.code, "long.csv: line 3 has more fields than the header" in ran.err) == (64, True), ran.err


@pytest.mark.parametrize("header", ["phone;phone ", "phone; PHONE", "phone;phone", "phone;\u200bphone\u00a0"])
def test_a_header_that_names_a_column_twice_is_refused_by_its_name(header: str, project: Project) -> None:
    for said in refused(project, f"name;{header};city\nAns Mol;+31384211999;06-12345678;Zwolle\n"):
        assert "has the column phone twice" in said


def test_a_users_own_column_that_is_named_twice_is_kept_twice(project: Project) -> None:
    (row,) = normalised(project, "name;note;note ; ;\nAns;a;b;c;d\n")
    assert [value for value in row.values() if value in ("a", "b", "c", "d")] == ["a", "b", "c", "d"]


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
@pytest.mark.parametrize("last", [True, False])
def test_lines_may_end_as_on_any_machine(end: str, last: bool, project: Project) -> None:
    quoted = 'Pim;"Dijk 7\nachter";Zwolle;'
    text = end.join([HEADER, ANS, quoted, WIM]) + end * last
    rows = normalised(project, text)
    assert columns(rows, "name", "phone")[::2] == [("Ans Mol", "+31384211999"), ("Wim Bos", "+31384211998")]
    assert (rows[1]["name"], rows[1]["city"]) == ("Pim", "Zwolle")


def test_lines_of_two_files_may_end_in_two_ways(project: Project) -> None:
    rows = normalised(project, f"{HEADER}\r\n{ANS}\r{WIM}\r\n{ANS}\r\n")
    assert [row["name"] for row in rows] == ["Ans Mol", "Wim Bos", "Ans Mol"]


def test_many_lines_that_end_in_cr_are_lines_and_no_long_row(project: Project) -> None:
    assert len(normalised(project, "\r".join(["name", *["Jansen" * 100] * 8000]))) == 8000


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "parquet"])
def test_a_file_that_gives_no_row_is_never_complete(suffix: str, project: Project) -> None:
    empty = pl.DataFrame(schema={"name": pl.String, "city": pl.String})
    file = project.folder / f"klanten.{suffix}"
    write: dict[str, Any] = {"csv": empty.write_csv, "xlsx": empty.write_excel, "parquet": empty.write_parquet}
    write[suffix](file)
    for said in refused(project, file.read_bytes(), file.name):
        assert f"{file.name} has a header and no row: name, city." in said


def test_one_byte_of_windows_spoils_only_itself(project: Project) -> None:
    good = "Zoë Daniëls;Kerkweg 1;Loënen;\r\n".encode()
    bad = "René Bår;Rijnkade 1;Arnhem;\r\n".encode("cp1252")
    rows = normalised(project, HEADER.encode() + b"\r\n" + good + bad + good)
    assert columns(rows, "name", "city") == [
        ("Zoë Daniëls", "Loënen"),
        ("René Bår", "Arnhem"),
        ("Zoë Daniëls", "Loënen"),
    ]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "cp1252", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\r", "\r\n"])
def test_an_encoding_needs_no_mark(encoding: str, end: str, project: Project) -> None:
    text = end.join([HEADER, "Joëlle Vos;Veldweg 9;Epe;", ""])
    assert columns(normalised(project, text.encode(encoding)), "name", "city") == [("Joëlle Vos", "Epe")]


@pytest.mark.parametrize(
    "header",
    [
        "name;address\u00a0line;\u200bpostcode;CITY\u00a0;phone\u200b",
        "Nàme;ADDRESS-LINE;\u2060Postcode;cïty;phone\u00ad",
    ],
)
def test_what_is_not_seen_in_a_header_does_not_count(header: str, project: Project) -> None:
    text = f"{header}\nFietsen Zuid;Molenpad 4 a;4811 ab;Breda;076-5220011\n"
    (row,) = normalised(project, text)
    assert (row["house_number"], row["postcode"], row["city"]) == (4, "4811AB", "Breda")
    assert row["phone"] == "+31765220011"
    with Server([Answer([])] * 9) as server:
        ran = dry(project, server, "klanten.csv", header.split(";", maxsplit=1)[0].strip())
    assert ran.code == 0, ran.err


def test_a_surplus_separator_with_nothing_behind_it_is_read(project: Project) -> None:
    assert [row["name"] for row in normalised(project, f"{HEADER}\r\n{ANS};;\r\n{WIM};\r\n")] == ["Ans Mol", "Wim Bos"]


@pytest.mark.parametrize(
    ("line", "name", "note"),
    [
        ('"De Spaak" fietsen;Ede;ja', '"De Spaak" fietsen', "ja"),
        ('Jan;Ede;28" band', "Jan", '28" band'),
        ('Jan;Ede;"28 inch', "Jan", '"28 inch'),
        ('"Jan ""de"" B.";Ede;5" x', 'Jan "de" B.', '5" x'),
        ('"Jan ""de"" B.";"Ede" Oost;ja', 'Jan "de" B.', "ja"),
    ],
)
def test_an_odd_quote_spoils_only_its_own_cell(line: str, name: str, note: str, project: Project) -> None:
    rows = normalised(project, f'name;city;note\r\n{line}\r\nAns;Ede;"een\ntwee"\r\nPiet;Epe;"x;y"\r\n')
    assert columns(rows, "name", "note") == [(name, note), ("Ans", "een\ntwee"), ("Piet", "x;y")]


@pytest.mark.parametrize("declared", ['"sep=;"', "sep=;", "sep=;;;;", "\ufeffsep=;", "sep=,", '"sep=;",,,'])
def test_a_declared_separator_is_believed_where_the_header_has_it(declared: str, project: Project) -> None:
    assert [row["name"] for row in normalised(project, f"{declared}\r\n{HEADER}\r\n{ANS}\r\n")] == ["Ans Mol"]


ELSEWHERE = pl.Datetime("us", "Asia/Tokyo")
ODD_TYPES: dict[str, tuple[Any, pl.DataType | type[pl.DataType], str]] = {
    "struct": ({"at": "Dijk", "no": 3}, pl.Struct({"at": pl.String, "no": pl.Int64}), '{"at":"Dijk","no":3}'),
    "list": ([1, 2], pl.List(pl.Int64), "[1,2]"),
    "list of struct": ([{"a": 1}], pl.List(pl.Struct({"a": pl.Int64})), '[{"a":1}]'),
    "array": ([1, 2], pl.Array(pl.Int64, 2), "[1,2]"),
    "text as bytes": ("één".encode(), pl.Binary, "één"),
    "duration": (timedelta(days=1, seconds=3), pl.Duration, "P1DT3S"),
    "not a number": (float("nan"), pl.Float64, "NaN"),
    "infinite": (float("inf"), pl.Float64, "inf"),
    "naive time": (datetime(2023, 7, 1, 0, 30), pl.Datetime, "2023-07-01T00:30:00"),  # that is the case
    "time elsewhere": (datetime(2023, 7, 1, 0, 30, tzinfo=UTC), ELSEWHERE, "2023-07-01T00:30:00Z"),
    "old day": (date(1850, 1, 2), pl.Date, "1850-01-02"),
    "old time": (datetime(1, 1, 1, tzinfo=UTC), pl.Datetime("us", "UTC"), "0001-01-01T00:00:00Z"),
    "long number": (1234567890123456789, pl.Int64, "1234567890123456789"),
    "long decimal": (Decimal("1234567890123456.78"), pl.Decimal(20, 2), "1234567890123456.78"),
}  # fmt: skip


TIMES = {"naive time", "time elsewhere"}


@pytest.mark.parametrize("case", ODD_TYPES)
@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_a_type_that_a_format_cannot_take_is_written_as_text(case: str, suffix: str, project: Project) -> None:
    value, dtype, text = ODD_TYPES[case]
    frame = pl.DataFrame({"name": ["Ans", "Wim"], "odd": pl.Series([value, None], dtype=dtype)})
    frame.write_parquet(project.folder / "in.parquet")
    ran = project.cli("normalise", "in.parquet", "--out", f"out.{suffix}")
    assert ran.code == 0, ran.err
    found = read_table(project.folder / f"out.{suffix}")["odd"].to_list()
    shown = text.replace("T", " ").rstrip("Z") if case in TIMES and suffix == "xlsx" else text  # a cell has a format
    assert found == [shown, None]


@pytest.mark.parametrize("value", [b"\xff\xfe", [b"x"], {"a": b"x"}], ids=["bytes", "list", "struct"])
def test_bytes_that_are_no_text_are_refused_by_their_column(value: Any, project: Project) -> None:
    pl.DataFrame({"name": ["Ans"], "picture": [value]}).write_parquet(project.folder / "in.parquet")
    for suffix in ("csv", "xlsx"):
        ran = project.cli("normalise", "in.parquet", "--out", f"out.{suffix}")
        assert (ran.code, "the column picture has bytes that are no text" in ran.err) == (64, True), ran.err
    assert project.cli("normalise", "in.parquet", "--out", "out.parquet").code == 0


def test_a_text_that_is_cut_in_a_workbook_is_told(project: Project) -> None:
    pl.DataFrame({"name": ["Ans", "Wim"], "note": ["x" * 40_000, "y"]}).write_csv(project.folder / "in.csv")
    ran = project.cli("normalise", "in.csv", "--out", "out.xlsx", "--json")
    assert [
        "out.xlsx: 1 cells of the column note are cut at 32,767 characters" in one for one in ran.summary["notes"]
    ] == [True]
    assert project.cli("normalise", "in.csv", "--out", "out.csv", "--json").summary["notes"] == []


@pytest.mark.parametrize(
    "name", ["phone", "postcode", "house_number", "payment_term_days", "latitude", "issues", "extra"]
)
def test_a_known_column_may_have_any_type(name: str, project: Project) -> None:
    kinds = [*ODD_TYPES.values(), (True, pl.Boolean, ""), ("x", pl.Categorical, ""), (None, pl.Null, "")]
    for value, dtype, _ in kinds:
        frame = pl.DataFrame({"name": ["Ans"], name: pl.Series([value], dtype=dtype)})
        frame.write_parquet(project.folder / "in.parquet")
        ran = project.cli("normalise", "in.parquet", "--out", "any.csv")
        assert ran.code == 0, (dtype, ran.err)
    pl.DataFrame({"name": ["Ans"], name: [b"\xff"]}).write_parquet(project.folder / "in.parquet")
    for said in refused(project, (project.folder / "in.parquet").read_bytes(), "in.parquet"):
        assert f"in.parquet: the column {name} has bytes that are no text" in said


def test_a_push_takes_a_column_of_any_type(project: Project) -> None:
    with Server([Answer([])]) as server:
        for value, dtype, _ in ODD_TYPES.values():
            frame = pl.DataFrame({"name": ["Ans"], "city": pl.Series([value], dtype=dtype), "country": ["NL"]})
            frame.write_parquet(project.folder / "in.parquet")
            ran = dry(project, server, "in.parquet")
            assert ran.code in {0, 65}, (dtype, ran.err)


def workbook(file: Path, *, hidden_sheet: bool = False, hidden_rows: tuple[int, ...] = (), more: bool = False) -> None:
    with xlsxwriter.Workbook(str(file)) as book:
        if hidden_sheet:
            lists = book.add_worksheet("Lijsten")
            lists.write_row(0, 0, ["city", "country"])
            lists.write_row(1, 0, ["Ede", "NL"])
            lists.hide()
        sheet = book.add_worksheet("Klanten & co")
        sheet.activate()
        sheet.set_first_sheet()
        for number, line in enumerate([HEADER, ANS, WIM]):
            sheet.write_row(number, 0, line.split(";"))
        for number in hidden_rows:
            sheet.set_row(number, None, None, {"hidden": True})
        if more:
            book.add_worksheet("Oud").write_row(0, 0, ["name"])


def test_the_first_sheet_that_is_seen_is_read_and_others_are_told(project: Project) -> None:
    workbook(project.folder / "klanten.xlsx", hidden_sheet=True, more=True)
    told = project.cli("normalise", "klanten.xlsx", "--out", "out.parquet")
    assert pl.read_parquet(project.folder / "out.parquet")["name"].to_list() == ["Ans Mol", "Wim Bos"]
    with Server([Answer([])]) as server:
        pushed = dry(project, server, "klanten.xlsx")
    for ran in (told, pushed):
        assert "klanten.xlsx: not read: the sheets Lijsten, Oud." in ran.err


def test_hidden_rows_are_told_with_their_number(project: Project) -> None:
    workbook(project.folder / "klanten.xlsx", hidden_rows=(2, 9, 10))  # two of them are empty
    told = project.cli("normalise", "klanten.xlsx", "--out", "out.parquet")
    with Server([Answer([])]) as server:
        pushed = dry(project, server, "klanten.xlsx")
    for ran in (told, pushed):
        assert "klanten.xlsx: 1 rows that are hidden or filtered out are read as well." in ran.err
    workbook(project.folder / "klanten.xlsx")
    assert "klanten.xlsx:" not in project.cli("normalise", "klanten.xlsx", "--out", "out.parquet").err


def test_a_table_that_goes_on_on_further_sheets_is_read_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(XlsxSink, "LONGEST_SHEET", 3)
    frame = pl.DataFrame({"name": [f"Ans {n}" for n in range(8)], "city": ["Zwolle"] * 8})
    write_frame(frame, tmp_path / "long.xlsx", "contacts")
    assert read_table(tmp_path / "long.xlsx").equals(frame)
    assert caplog.messages == []


def test_a_sheet_that_is_another_table_is_not_joined(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with xlsxwriter.Workbook(str(tmp_path / "two.xlsx")) as book:
        for name, header in (("rows", "name"), ("rows 2", "city"), ("rows 3", "name")):
            sheet = book.add_worksheet(name)
            sheet.write_column(0, 0, [header, "x"])
    assert read_table(tmp_path / "two.xlsx").rows() == [("x",)]
    assert "not read: the sheets rows 2, rows 3." in caplog.text


def test_a_long_line_takes_no_longer_for_a_lone_cr_in_another() -> None:
    """Four times as long a line takes about four times as long, where each of its places was begun at again."""

    def took(size: int) -> float:
        data = f"name;city\r\nAns\rMol;Ede\r\n{'x' * size};Ede\r\n".encode()
        return effort_s(lambda: as_csv_text(data))

    assert took(4_000_000) < 16 * took(1_000_000)


@pytest.mark.parametrize("form", ["csv", "parquet", "xlsx"])
def test_control_characters_in_a_header_do_not_count(form: str, project: Project) -> None:
    frame = pl.DataFrame({"na\0me": ["Ans Mol"], "ci\x1bty": ["Zwolle"], "own\x07": ["x"]})
    getattr(frame, "write_excel" if form == "xlsx" else f"write_{form}")(project.folder / f"in.{form}")
    ran = project.cli("normalise", f"in.{form}", "--out", "out.parquet")
    assert ran.code == 0, ran.err
    assert pl.read_parquet(project.folder / "out.parquet").select("name", "city", "own").rows() == [
        ("Ans Mol", "Zwolle", "x")
    ]


def test_an_odd_quote_before_a_long_row_spoils_only_its_own_line(project: Project) -> None:
    """A push sets the long row aside, and knows the others by their lines."""
    (project.folder / "odd.csv").write_text(f'{HEADER}\n"Ans;Dijk 3;Zwolle;1\n{WIM};too much\n{ANS}\n')
    own = read_own(project.folder / "odd.csv").frame
    assert own["name"].to_list() == ['"Ans', "Wim Bos", "Ans Mol"]
    assert own[BEYOND].to_list() == [None, "too much", None]
    with Server([Answer([])]) as server:
        ran = dry(project, server, "odd.csv")
    (rejects,) = (project.folder / "pushed" / "rejects").glob("*.csv")
    aside = [line for line in rejects.read_text("utf-8").splitlines() if "Wim Bos" in line]
    assert (ran.code, len(aside), "fields than the header" in aside[0]) == (65, 1, True), aside


def test_rejects_never_go_over_the_file_that_is_read(project: Project) -> None:
    content = "address_line;country\nPlein 1945 3;NL\nArchipel 34 12;NL\n"
    (project.folder / "k.rejects.csv").write_text(content)
    ran = project.cli("normalise", "k.rejects.csv", "--out", "k.csv", "--policy", "reject")
    assert (ran.code, "is the file that is read" in ran.err) == (64, True), ran.err
    assert (project.folder / "k.rejects.csv").read_text() == content
