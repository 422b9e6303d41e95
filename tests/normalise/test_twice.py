"""Normalising a file again changes nothing in it, and nothing that a file holds is lost: in every format."""

from __future__ import annotations

import json
import os
import re
import unicodedata
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import polars as pl
import pytest

from etl.tables.normalise_file import normalise_file
from etl.tables.read_table import read_table
from tests.support.odd_rows import odd_rows

SEEDS = [int(seed) for seed in os.environ.get("TWICE_SEEDS", "8").split()]
"""Of the odd rows; `make test-twice` tries many."""
SUFFIXES = (".parquet", ".csv", ".xlsx")
OWN = [
    {"street": "Kerkstraat", "house_number": "12", "box": "3", "country": "BE"},
    {"street": "Rue Haute", "house_number": "12", "house_number_postfix": "A", "box": "RDC", "country": "BE"},
    {"address_line": "Kerkstraat 12", "address_extra": "c/o De Wit", "country": "NL"},
    {"address_line": "Kerkstraat 12, 2e etage", "address_extra": "c/o De Wit", "country": "NL"},
    {"address_line": "Kerkstraat 12", "issues": "belt niet terug", "country": "NL"},
    {"address_line": "Kerkstraat 12", "issues": "[1]", "suggestions": "bel na zessen", "country": "NL"},
    {"address_line": "Kerkstraat 12", "address_rule": "achterom", "address_alternative": "zijdeur", "country": "NL"},
    {"address_line": "Kerkstraat 12", "originals": "ligt in de kluis", "extra": "let op de hond", "country": "NL"},
    {"address_line": "Kerkstraat 12", "street": "Dorpsstraat", "house_number": "5", "country": "NL"},
    {"address_line": "Kade 3", "street": "Kade", "house_number": "3", "house_number_postfix": "B", "country": "NL"},
    {"address_line": "Kade 3 bus 2", "street": "Kade", "house_number": "3", "box": "4", "country": "BE"},
    {"address_line": "Villa Zonneschijn", "street": "Kade", "house_number": "3", "country": "NL"},
    {"invoice_address_line": "Kade 3", "invoice_street": "Dorpsstraat", "invoice_country": "NL"},
    {"country": "Nederlnd", "country_code": "NL", "postcode": "1000"},
    {"country": "", "country_code": "BE", "phone": "0475123456"},
    {"country": "Nederland", "country_code": "BE"},
    {"province": "Foo", "province_code": "NL-UT", "country": "NL"},
    {"fax": "020-1234567 (alleen bestellingen)", "email": "Jan Jansen <jan@voorbeeld.nl>", "country": "NL"},
    {"phone": "tst 12", "mobile": "020-1234567", "country": "NL"},
    {"coc_number": "KvK Amsterdam 12345678", "phone": "0612345678; 0201234567", "country": "NL"},
    {"address_line": "Sint Jansstraat 4,6,8", "box": "4", "country": "BE"},
    {"street": "#N/A", "house_number": "12-mrt", "house_number_postfix": "-", "city": "n.v.t.", "country": "NL"},
]
# Rows that once came out otherwise when they were normalised again.
FOUND = [
    {"address_line": "\\A", "house_number": "a,", "address_extra": "Lindelaan 12"},
    {"address_line": "bus 3 8011AB", "house_number_postfix": "1e verd., bus 2", "box": "Berg, =1+1"},
    {"address_line": "bus 3", "house_number": "3-5", "box": "1 hoog", "country": "BE"},
    {"address_line": "c/o De Wit #3 , ", "street": "2e etage, c/o De Wit", "box": "0"},
    {"address_line": "Null 3-apr-2026", "house_number": "3-5, 12a, 12 34"},
    {"house_number": "x", "extra": '{"house_number": "12-3"}'},
    {"house_number": "1 hoog 7.0 12a", "extra": '{"house_number": "12-3"}'},
    {"street": "7 bis", "house_number": "12a 7.0 1 hoog", "country": "LU", "extra": '{"house_number": "12-3"}'},
    {"street": "1er", "box": "bus 2, 1 hoog, 3-5", "extra": '{"street": "#N/A"}'},
    {"street": "c/o De Wit", "house_number_postfix": "1e verd. 99999999", "box": "1 hoog", "country_code": "BE",
     "extra": '{"house_number": "12-3"}'},
    {"phone": "+31 6 87654321 613572468.0", "country": "Saba", "extra": '{"phone": "x"}'},
    {"mobile": "020 765 4321 +31 6 87654321 +31 6 87654321", "country_code": "-,", "province": "SW1A 1AA"},
    {"phone": "0612345678\n0201234567", "mobile": "Limburg", "country_code": "Nederland"},
    {"phone": "0612345678\n0201234567", "mobile": "Limburg", "country_code": "NL", "invoice_postcode": "1000.0"},
    {"country": "Saba", "invoice_address_line": "Rue du 11 Novembre", "invoice_country_code": "_",
     "issues": '["country.unknown","text.placeholder"]'},
    {"address_line": "12, Lindelaan 12, hs", "house_number_postfix": "0, bus 2", "address_extra": "bte B",
     "phone": "", "mobile": "", "extra": '{"phone": "x"}'},
    {"house_number": "12", "house_number_postfix": "<é, ", "box": "3-5 99999999 1e verd.", "invoice_country": "1337 XD",
     "invoice_country_code": "NL", "extra": '{"house_number": "12-3"}'},
    {"street": "/", "house_number": "12 34 x 99999999", "house_number_postfix": "7.0", "issues": '["phone.invalid"]'},
    {"house_number_postfix": "12-mrt _x000D_"},
    {"house_number_postfix": "##### _x000D_ _x000D_", "last_name": "##### _x000D_"},
    {"postcode": "false _x000D_"},
    {"department": "a_x000D_\nb _x000D_ CafÃ©", "bank_name": "_x000D_ 45291 FranÃ§oisâ€™"},
    {"street": "2026-03-12 00:00:00 CafÃ©", "country_code": "NL"},
    {"house_number": "3-5 bus 2 1e verd.", "house_number_postfix": "ZoÃ« (leeg) n.v.t.", "box": "12a"},
    {"house_number": "ZoÃ«, 6.12E2", "house_number_postfix": "bus 2", "extra": '{"box": "3"}'},
    {"street": "Rue du 11 Novembre 12-14 hs", "house_number_postfix": "NULL CafÃ© NULL",
     "issues": '["address.ambiguous","address.extra"]'},
    {"address_line": "bus 3", "house_number": "3-5, 12a, 12 34", "box": "12a 3-5", "extra": '{"box": "3"}'},
]  # fmt: skip


def written(rows: list[dict[str, str]], folder: Path) -> Path:
    columns = {name: pl.String for row in rows for name in row}
    pl.DataFrame(rows, schema=columns).write_csv(folder / "own.csv")
    return folder / "own.csv"


def again(source: Path, suffix: str, times: int = 3) -> list[pl.DataFrame]:
    """Normalise the file, what came of it, and so on."""
    tables = []
    for turn in range(times):
        target = source.with_name(f"{turn}{suffix}")
        normalise_file(source, target)
        tables.append(read_table(target))
        source = target
    return tables


def one(row: dict[str, str], folder: Path, suffix: str = ".parquet") -> dict[str, object]:
    normalise_file(written([row], folder), folder / f"done{suffix}")
    return read_table(folder / f"done{suffix}").row(0, named=True)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("row", OWN, ids=" ".join)
def test_every_value_of_ones_own_columns_is_kept_and_stays(row: dict[str, str], suffix: str, tmp_path: Path) -> None:
    first, *later = again(written([row], tmp_path), suffix)
    kept = " ".join(str(value) for value in first.row(0)).replace('\\"', '"')
    for name, value in row.items():
        assert {"Nederland": "NL", "0475123456": "+32475123456"}.get(value, value) in kept, name
    for table in later:
        assert table.select(first.columns).equals(first)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("row", FOUND, ids=" ".join)
def test_a_row_that_once_came_out_otherwise_comes_out_the_same(
    row: dict[str, str], suffix: str, tmp_path: Path
) -> None:
    first, second = again(written([row], tmp_path), suffix, times=2)
    assert second.rows() == first.rows()


def test_a_flag_stays_where_another_cell_of_its_row_was_edited(tmp_path: Path) -> None:
    source = written([{"province": "Foo", "phone": "0201234567", "country": "NL"}], tmp_path)
    normalise_file(source, tmp_path / "once.csv")
    once = pl.read_csv(tmp_path / "once.csv", infer_schema=False)
    once.with_columns(phone=pl.lit("tst 12")).write_csv(tmp_path / "edited.csv")
    normalise_file(tmp_path / "edited.csv", tmp_path / "twice.parquet")
    twice = pl.read_parquet(tmp_path / "twice.parquet")
    assert twice["issues"].to_list() == [["phone.invalid", "province.unknown"]]


def test_a_number_that_was_typed_anew_beside_its_original_is_the_number(tmp_path: Path) -> None:
    source = written([{"fax": "020-1234567 (alleen bestellingen)", "country": "NL"}], tmp_path)
    normalise_file(source, tmp_path / "once.csv")
    once = pl.read_csv(tmp_path / "once.csv", infer_schema=False)
    once.with_columns(fax=pl.lit("06-12345678")).write_csv(tmp_path / "edited.csv")
    normalise_file(tmp_path / "edited.csv", tmp_path / "twice.parquet")
    assert pl.read_parquet(tmp_path / "twice.parquet")["fax"].to_list() == ["+31612345678"]


@pytest.mark.parametrize(
    ("name", "typed"), [("address_rule", "nvt"), ("address_rule", "veel"), ("address_alternative", "code=4711")]
)
def test_a_word_that_no_rule_is_called_is_kept_beside_a_column_of_flags(name: str, typed: str, tmp_path: Path) -> None:
    found = one({"address_line": "Kerkstraat 12", name: typed, "issues": "[]", "country": "NL"}, tmp_path)
    assert json.loads(str(found["extra"])) == {name: typed}
    edited = one(
        {"address_line": "Kade 3 B", name: "range" if "rule" in name else "street=x", "issues": "[]"}, tmp_path
    )
    assert edited["extra"] is None


def test_a_box_beside_the_parts_is_the_box(tmp_path: Path) -> None:
    found = one(OWN[0], tmp_path)
    assert (found["box"], found["address_line"], list(found["issues"])) == ("3", "Kerkstraat 12 bus 3", [])  # type: ignore[call-overload]


def test_a_line_and_parts_that_contradict_it_are_flagged_and_the_parts_kept(tmp_path: Path) -> None:
    found = one(OWN[8], tmp_path)
    assert (found["street"], found["house_number"]) == ("Kerkstraat", 12)
    assert list(found["issues"]) == ["address.parts_mismatch"]  # type: ignore[call-overload]
    assert json.loads(str(found["extra"])) == {"street": "Dorpsstraat", "house_number": "5"}


def test_what_the_line_lacks_comes_from_the_parts(tmp_path: Path) -> None:
    found = one(OWN[9], tmp_path)
    assert (found["house_number_postfix"], list(found["issues"])) == ("B", [])  # type: ignore[call-overload]


def test_a_country_is_read_from_its_code_where_its_name_is_not_known(tmp_path: Path) -> None:
    assert one(OWN[13], tmp_path)["country_code"] == "NL"
    assert one(OWN[14], tmp_path)["country_code"] == "BE"
    both = one(OWN[15], tmp_path)
    assert both["country_code"] == "NL"
    assert json.loads(str(both["extra"]))["country_code"] == "BE"


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    "typed", ["2023-01-03 12:30:44", "2023-07-01 12:00:00", "2023-10-29 02:30:00", "2023-07-01 12:00:00.123456"]
)
def test_a_time_stays_the_same_instant(typed: str, suffix: str, tmp_path: Path) -> None:
    source = written([{"created_at": typed, "modified_at": typed}], tmp_path)
    again(source, suffix)
    for turn in range(3):
        normalise_file(tmp_path / f"{turn}{suffix}", tmp_path / f"shown{turn}.parquet")
    shown = [pl.read_parquet(tmp_path / f"shown{turn}.parquet")["modified_at"].item() for turn in range(3)]
    normalise_file(source, tmp_path / "once.parquet")
    assert shown == [pl.read_parquet(tmp_path / "once.parquet")["created_at"].item()] * 3


def test_a_workbook_of_somebody_else_has_local_times(tmp_path: Path) -> None:
    import xlsxwriter

    with xlsxwriter.Workbook(str(tmp_path / "own.xlsx")) as book:
        sheet = book.add_worksheet()
        sheet.write_string(0, 0, "created_at")
        sheet.write_datetime(1, 0, datetime(2023, 7, 1, 12), book.add_format({"num_format": "dd-mm-yyyy hh:mm"}))
    normalise_file(tmp_path / "own.xlsx", tmp_path / "done.parquet")
    assert pl.read_parquet(tmp_path / "done.parquet")["created_at"].item() == datetime(2023, 7, 1, 10, tzinfo=UTC)


def test_a_mended_cell_loses_its_flag(tmp_path: Path) -> None:
    normalise_file(written([{"phone": "tst 12", "country": "NL"}], tmp_path), tmp_path / "once.csv")
    once = pl.read_csv(tmp_path / "once.csv", infer_schema=False)
    assert json.loads(once["issues"].item()) == ["phone.invalid"]
    once.with_columns(phone=pl.lit("020-1234567")).write_csv(tmp_path / "mended.csv")
    normalise_file(tmp_path / "mended.csv", tmp_path / "twice.csv")
    twice = pl.read_csv(tmp_path / "twice.csv", infer_schema=False)
    assert (twice["phone"].item(), twice["issues"].item()) == ("+31201234567", "[]")


def test_an_edited_line_is_read_again(tmp_path: Path) -> None:
    normalise_file(
        written([{"address_line": "Kerkstraat 12, 2e etage", "country": "NL"}], tmp_path), tmp_path / "1.csv"
    )
    once = pl.read_csv(tmp_path / "1.csv", infer_schema=False)
    edited = once.with_columns(address_line=pl.lit("Dorpsstraat 8"), street=None, house_number=None)
    edited.write_csv(tmp_path / "edited.csv")
    normalise_file(tmp_path / "edited.csv", tmp_path / "2.parquet")
    twice = pl.read_parquet(tmp_path / "2.parquet").row(0, named=True)
    assert (twice["street"], twice["house_number"], twice["address_extra"]) == ("Dorpsstraat", 8, None)


@pytest.mark.parametrize("value", ["0001-01-01 00:00:00", "10000-01-01", "1-1-0001"])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_year_that_no_file_takes_is_flagged_and_kept(value: str, suffix: str, tmp_path: Path) -> None:
    found = one({"created_at": value}, tmp_path, suffix)
    assert found["created_at"] is None
    assert "created_at.invalid" in str(list(found["issues"]) if suffix == ".parquet" else found["issues"])  # type: ignore[call-overload]
    assert json.loads(str(found["extra"])) == {"created_at": value}


# Written otherwise where they are read: a country as its code, a number as E.164, a date as an instant.
PLACES = ("country", "country_code", "province", "province_code")
TYPES = ("fax", "created_at", "modified_at", "latitude", "longitude", "invoice_latitude", "invoice_longitude")
FIGURES = ("payment_term_days", "discount_percentage", "gender", "coc_number", "house_number")
REWRITTEN = {
    **{name: (f"{name.removesuffix('_code')}_code",) for name in PLACES},
    **dict.fromkeys(("invoice_country", "invoice_country_code"), ("invoice_country_code",)),
    **dict.fromkeys(("phone", "mobile"), ("phone", "mobile")),
    **{name: (name,) for name in (*TYPES, *FIGURES)},
}


def bare(value: object) -> str:
    text = unescape(unescape(str(value))).replace("\u200b", "")
    return "".join(letter for letter in unicodedata.normalize("NFC", text).casefold() if letter.isalnum())


def words(value: object) -> list[str]:
    text = unescape(unescape(str(value))).replace("\u200b", "").replace("_x000D_", "\r")
    return [word for word in re.split(r"[\W_]+", unicodedata.normalize("NFC", text).casefold()) if word]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("suffix", "rows"), [(".parquet", 10_000), (".csv", 10_000), (".xlsx", 2_000)])
def test_ten_thousand_odd_rows_come_out_the_same_again(suffix: str, rows: int, seed: int, tmp_path: Path) -> None:
    odd_rows(rows, seed=seed).write_csv(tmp_path / "own.csv")
    first, second = again(tmp_path / "own.csv", suffix, times=2)
    assert second.columns == first.columns
    assert [pair for pair in zip(first.rows(), second.rows(), strict=True) if pair[0] != pair[1]] == []


@pytest.mark.parametrize("seed", SEEDS)
def test_every_word_of_ten_thousand_odd_rows_stands_in_its_column_or_in_extra(seed: int, tmp_path: Path) -> None:
    source = odd_rows(10_000, seed=seed)
    source.write_csv(tmp_path / "own.csv")
    normalise_file(tmp_path / "own.csv", tmp_path / "done.parquet")
    lost = []
    for given, became in zip(
        source.rows(named=True), pl.read_parquet(tmp_path / "done.parquet").rows(named=True), strict=True
    ):
        kept = [bare(value) for value in became.values() if value is not None]
        for name, typed in given.items():
            # A spreadsheet's decimals, and its powers of ten.
            figures = unescape(typed or "").replace("_x000D_", " ").strip()
            value = {"6.12E2": "612"}.get(figures, re.sub(r"^([0-9]+)[.,]0+$", r"\1", figures)) or None
            # Such a text cannot be told from what an earlier normalisation wrote.
            ours = name in ("issues", "suggestions") and str(value).startswith(("[", "{"))
            if value is None or ours or any(became[column] is not None for column in REWRITTEN.get(name, ())):
                continue
            lost += [(name, word, value) for word in words(value) if not any(word in cell for cell in kept)]
    assert lost == []
