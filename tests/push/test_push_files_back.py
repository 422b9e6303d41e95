"""What a push gives back opens where its file came from: its separator, a mark, no formula; workbooks for workbooks."""

from __future__ import annotations

import csv
from pathlib import Path

import polars as pl
import pytest

from etl.simulator import Simulator
from etl.tables.read_table import read_table
from tests.support.accounts import Accounts, Finished, make_accounts
from tests.support.workbook import by_name, columns, sheet

LEDEN = (
    "Lidnr;Voornaam;Achternaam;Straat en nr;PC;Woonplaats;Land;Telefoon;Leeg;Opmerking\n"
    "00101;Ans;van der Mol;Dijk 3;8011 AA;Zwolle;Nederland;038-4211999;;belt terug\n"
    "00102;Zoë;Bos;Kade 5;8011 AB;Zwolle;Nederlnd;+31384211998;;=1+1\n"
    "00103;Els;'t Smit;Laan 5;8011 AD;Zwolle;Nederlnd;038-4211996;;-5\n"
)
MAP = """[columns]
first_name = "Voornaam"
last_name = "Achternaam"
address_line = "Straat en nr"
postcode = "PC"
city = "Woonplaats"
country = "Land"
phone = "Telefoon"
"""


async def pushed(accounts: Accounts, file: Path, *more: str) -> Finished:
    (accounts.folder / "map.toml").write_text(MAP, "utf-8")
    mapped = ("--map", str(accounts.folder / "map.toml"), "--key", "Lidnr", "--yes", "--out", str(accounts.out))
    return await accounts.etl("push", str(file), "--to", "bikes.customers", *mapped, *more)


def written(folder: Path, text: str = LEDEN, encoding: str = "utf-8") -> Path:
    (folder / "leden.csv").write_bytes(text.encode(encoding))
    return folder / "leden.csv"


def cells(path: Path, separator: str) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=separator))


def named(ended: Finished, table: str) -> list[Path]:
    return [Path(file) for file in ended.summary["tables"][table]["files"]]


@pytest.mark.parametrize(
    ("separator", "encoding", "end", "mark"),
    [
        (";", "utf-8", "\n", True),
        (";", "cp1252", "\r\n", True),
        (",", "utf-8", "\n", False),
        ("\t", "utf-16", "\r\n", True),
    ],
)
async def test_rejects_open_where_the_file_came_from_and_go_again(
    separator: str, encoding: str, end: str, mark: bool, tmp_path: Path
) -> None:
    file = written(tmp_path, LEDEN.replace(";", separator).replace("\n", end), encoding)
    async with Simulator(rows=0, per_minute=None, per_day=None) as server:
        accounts = make_accounts(tmp_path, server.base_url)
        ended = await pushed(accounts, file)
        assert (ended.code, ended.summary["outcomes"]["rejected"]) == (65, 2), ended.told
        (rejects,) = named(ended, "rejects")
        for back in (rejects, named(ended, "results")[-1]):
            data = back.read_bytes()
            assert back.suffix == ".csv"
            assert data.startswith(b"\xef\xbb\xbf") is mark
            assert (data.count(b"\r\n") == data.count(b"\n") > 0) is (end == "\r\n")
            assert data.decode("utf-8-sig").split("\n")[0].count(separator) > 6
        rows = cells(rejects, separator)
        assert [row["Opmerking"] for row in rows] == ["'=1+1", "-5"]
        assert [row["Telefoon"] for row in rows] == ["'+31384211998", "038-4211996"]
        assert [row["Achternaam"] for row in rows] == ["Bos", "'t Smit"]
        assert read_table(rejects)["Opmerking"].to_list() == ["=1+1", "-5"]
        mended = read_text(rejects).replace("Nederlnd", "Nederland")
        (accounts.out / "rejects" / "mended.csv").write_text(mended, "utf-8")
        again = await pushed(accounts, accounts.out / "rejects" / "mended.csv")
        assert (again.code, again.summary["outcomes"]["created"]) == (0, 2), again.told
        sent = {entry["body"]["phone_numbers"][0]["phone_number"] for entry in server.log}
        assert sent == {"+31384211999", "+31384211998", "+31384211996"}


def read_text(path: Path) -> str:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return file.read()


async def test_the_dialect_may_be_said(tmp_path: Path) -> None:
    file = written(tmp_path, LEDEN.replace(";", ","))
    async with Simulator(rows=0, per_minute=None, per_day=None) as server:
        accounts = make_accounts(tmp_path, server.base_url)
        dutch = await pushed(accounts, file, "--dry-run", "--dialect", "excel-nl")
        assert dutch.code == 65, dutch.told
        data = named(dutch, "rejects")[0].read_bytes()
        assert data.startswith(b"\xef\xbb\xbfLidnr;Voornaam;") and b"\r\n" in data and b";'=1+1;" in data
        plain = await pushed(accounts, file, "--dry-run", "--dialect", "plain")
        data = named(plain, "rejects")[0].read_bytes()
        assert data.startswith(b"Lidnr,Voornaam,") and b"\r\n" not in data and b",=1+1," in data


async def test_of_a_workbook_they_are_workbooks_beside_csv_and_go_again(tmp_path: Path) -> None:
    rows = [line.split(";") for line in LEDEN.splitlines()]
    frame = pl.DataFrame([dict(zip(rows[0], row, strict=True)) for row in rows[1:]])
    frame.write_excel(tmp_path / "leden.xlsx")
    async with Simulator(rows=0, per_minute=None, per_day=None) as server:
        accounts = make_accounts(tmp_path, server.base_url)
        ended = await pushed(accounts, tmp_path / "leden.xlsx")
        assert (ended.code, ended.summary["outcomes"]["rejected"]) == (65, 2), ended.told
        assert [path.suffix for path in named(ended, "rejects")] == [".csv", ".xlsx"]
        assert [path.suffix for path in named(ended, "results")] == [".parquet", ".csv", ".xlsx"]
        book = named(ended, "rejects")[1]
        assert f"set aside in {named(ended, 'rejects')[0]} and {book}." in ended.told
        assert [row["Opmerking"] for row in by_name(book)] == [("inlineStr", "=1+1"), ("inlineStr", "-5")]
        assert by_name(book)[0]["Lidnr"] == ("inlineStr", "00102")
        assert "<autoFilter" in sheet(book) and columns(book)["Leeg"][1] and not columns(book)["Land"][1]
        assert [row["outcome"][1] for row in by_name(named(ended, "results")[2])] == ["created", "rejected", "rejected"]
        assert read_table(book).equals(read_table(named(ended, "rejects")[0]))
        mended = read_table(book).with_columns(Land=pl.lit("Nederland"))
        mended.write_excel(book)
        again = await pushed(accounts, book)
        assert (again.code, again.summary["outcomes"]["created"]) == (0, 2), again.told


async def test_a_column_that_is_to_be_filled_in_is_not_hidden(tmp_path: Path) -> None:
    names = LEDEN.split("\n", maxsplit=1)[0].split(";")
    row = {"Lidnr": "1", "Land": "NL"}
    pl.DataFrame([row], schema=dict.fromkeys(names, pl.String)).write_excel(tmp_path / "leden.xlsx")
    async with Simulator(rows=0, per_minute=None, per_day=None) as server:
        ended = await pushed(make_accounts(tmp_path, server.base_url), tmp_path / "leden.xlsx", "--dry-run")
    assert ended.code == 65, ended.told
    found = columns(named(ended, "rejects")[1])
    assert (found["Achternaam"][1], found["Leeg"][1]) == (False, True)
