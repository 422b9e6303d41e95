"""CSV for a Dutch spreadsheet opens right there, and is read back here as what was written."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from etl.push.input.rows import ADDED
from etl.simulator import Simulator
from etl.tables.dialect import EXCEL_NL, REJECTS, dialect_of
from etl.tables.read_table import read_table
from etl.tables.write import write_frame
from tests.support.accounts import Accounts, make_accounts
from tests.support.workplace import Project

RUN = ("=", "+", "-", "@", "\t", "\r", "＝")  # a wide one
FORMULAS = ["=1+1", "+31612345678", "-1+1", "@SUM(A1)", "\t=1", " =1", "＝1", "=cmd|' /C calc'!A0", "--", "-a"]
PLAIN_TEXTS = ["-1", "-12,50", "-1.5", "-", "'t Hooft", "'s-Gravenhage", "12-3", "a=b", "007", "", "O'Neil", "''"]
MARKED = ["'=1", "''=1", "'+31", "'-1", "'-", "' =1"]


def cells(path: Path) -> list[list[str]]:
    """What a spreadsheet that takes semicolons reads of a file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=";"))


def is_dutch(path: Path) -> bool:
    data = path.read_bytes()
    return data.startswith(b"\xef\xbb\xbf") and data.count(b"\n") == data.count(b"\r\n") > 0 and b";" in data


def back(texts: list[str], folder: Path, name: str = "a") -> list[str | None]:
    frame = pl.DataFrame({name: texts, "b": ["x"] * len(texts)})
    write_frame(frame, folder / "a.csv", "a", dialect=EXCEL_NL)
    return list(read_table(folder / "a.csv")[name])


def test_nothing_in_it_is_run_and_all_of_it_comes_back(tmp_path: Path) -> None:
    every = [*FORMULAS, *PLAIN_TEXTS, *MARKED]
    assert back(every, tmp_path) == [text if text.strip() else None for text in every]
    written = [row[0] for row in cells(tmp_path / "a.csv")[1:]]
    assert [text for text in written if text.strip(" ").startswith(RUN)] == ["-1", "-12,50", "-1.5", "-"]
    assert [text for text, was in zip(written, every, strict=True) if text != was] == [
        f"'{text}" for text in (*FORMULAS, *MARKED)
    ]


@settings(max_examples=60)
@given(st.lists(st.text("'=+-@ \t1,.;\"aé\n", min_size=1, max_size=6), min_size=1, max_size=6))
@example(["'", "'="])
def test_any_text_comes_back(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    found = back(texts, tmp_path_factory.mktemp("texts"))
    assert found == [text if text.strip() else None for text in texts]


def test_a_header_is_no_formula_either(tmp_path: Path) -> None:
    assert back(["x"], tmp_path, "=1+1") == ["x"]
    assert cells(tmp_path / "a.csv")[0] == ["'=1+1", "b"]


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (b"a;b\n1;2\n", (";", True, "\n")),
        (b"a;b\r\n1;2\r\n", (";", True, "\r\n")),
        (b"a,b\n1,2\n", (",", False, "\n")),
        (b"\xef\xbb\xbfa,b\r\n1,2\r\n", (",", True, "\r\n")),
        ("a\tb\r\nZoë\t2\r\n".encode("utf-16"), ("\t", True, "\r\n")),
        ("a,b\r\nZoë,2\r\n".encode("cp1252"), (",", True, "\r\n")),
        (b"sep=|\na|b\n1|2\n", ("|", False, "\n")),
        (gzip.compress(b"a;b\r\n1;2\r\n", mtime=0), (";", True, "\r\n")),
    ],
)
def test_what_goes_back_is_as_what_came(content: bytes, wanted: tuple[str, bool, str], tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(content)
    found = dialect_of(tmp_path / "in.csv")
    assert (found.separator, found.mark, found.line_end) == wanted
    assert found.inert and not found.decimal_comma


def test_a_rejects_file_is_told_by_columns_that_it_has() -> None:
    assert set(ADDED) >= REJECTS


OWN = (
    "name;address_line;postcode;city;country;phone;latitude;discount_percentage;note\r\n"
    "Joëlle Vos;Dijk 3;8011 AA;Zwolle;NL;038-4211999;52,5;12,50;=1+1\r\n"
    "'t Hooft;Dijk 12 34;8011 AA;Zwolle;NL;+31612345678;-0,25;5,00;-3\r\n"
)


def test_normalise_writes_it_and_reads_it_back_the_same(project: Project) -> None:
    (project.folder / "in.csv").write_bytes(OWN.encode("cp1252"))
    for source, target, more in (
        ("in.csv", "one.csv", ("--dialect", "excel-nl")),
        ("one.csv", "two.csv", ("--dialect", "excel-nl")),
        ("one.csv", "two.parquet", ()),
        ("in.csv", "one.parquet", ()),
    ):
        ran = project.cli("normalise", source, "--out", target, *more)
        assert ran.code == 0, ran.err
    one = project.folder / "one.csv"
    assert is_dutch(one)
    assert one.read_bytes() == (project.folder / "two.csv").read_bytes()
    kept = pl.read_parquet(project.folder / "one.parquet")
    assert pl.read_parquet(project.folder / "two.parquet").select(kept.columns).equals(kept)
    first, second = (dict(zip(cells(one)[0], row, strict=True)) for row in cells(one)[1:])
    assert (first["latitude"], first["discount_percentage"], first["note"]) == ("52,5", "12,50", "'=1+1")
    assert (second["latitude"], second["mobile"], second["name"]) == ("-0,25", "'+31612345678", "'t Hooft")


def test_rejects_of_normalise_are_as_its_source_or_as_it_is_told(project: Project) -> None:
    (project.folder / "in.csv").write_bytes(OWN.encode("cp1252"))
    for more, dutch in (((), True), (("--dialect", "plain"), False)):
        ran = project.cli("normalise", "in.csv", "--out", "out.csv", "--policy", "reject", *more)
        assert ran.code == 65, ran.err
        assert is_dutch(project.folder / "out.rejects.csv") is dutch
    assert project.cli("normalise", "in.csv", "--out", "out.csv", "--dialect", "excel-fr").code == 64


def test_a_dialect_where_no_csv_is_written_is_refused(project: Project) -> None:
    (project.folder / "in.csv").write_text("name\nAns\n", "utf-8")
    ran = project.cli("normalise", "in.csv", "--out", "out.xlsx", "--dialect", "excel-nl")
    assert (ran.code, "--dialect excel-nl is for CSV" in ran.err) == (64, True), ran.err
    assert not (project.folder / "out.xlsx").exists()


def pushes(accounts: Accounts, file: Path, target: str, *more: str) -> tuple[str, ...]:
    return ("push", str(file), "--to", target, "--out", str(accounts.folder / "pushed"), "--yes", *more)


@pytest.mark.parametrize(("source", "target"), [("bikes.customers", "er.klanten"), ("park.producten", "er.producten")])
async def test_an_export_in_it_is_pushed_as_the_parquet_is(source: str, target: str, tmp_path: Path) -> None:
    async with Simulator(rows=25, products=25, seed=7, per_minute=None, per_day=None) as server:
        accounts = make_accounts(tmp_path, server.base_url)
        done = await accounts.etl(
            "export",
            source,
            "--format",
            "csv",
            "--format",
            "parquet",
            "--dialect",
            "excel-nl",
            "--out",
            str(accounts.out),
        )
        assert done.code == 0, done.told
        again = await accounts.etl(
            "replay", source, "--format", "csv", "--dialect", "excel-nl", "--out", str(tmp_path / "again")
        )
        assert again.code == 0, again.told
    (file,) = (file for file in accounts.out.glob(f"*/{source}.csv") if file.parent.name in ("contacts", "products"))
    for written in accounts.out.glob(f"*/{source}.csv"):
        assert is_dutch(written)
        assert written.read_bytes() == (tmp_path / "again" / written.relative_to(accounts.out)).read_bytes()
    assert any("," in cell for row in cells(file)[1:] for cell in row if cell.replace(",", "").isdigit())
    bodies: list[list[Any]] = []
    for suffix in ("parquet", "csv"):
        async with Simulator(rows=0, products=0, per_minute=None, per_day=None) as fresh:
            shop = make_accounts(tmp_path / suffix, fresh.base_url)
            config = shop.config.read_text("utf-8").replace("accounts.park", "accounts.er")
            shop.config.write_text(f"{config}[accounts.er.defaults]\nsupplier_id = 3\n", "utf-8")
            ended = await shop.etl(*pushes(shop, file.with_suffix(f".{suffix}"), target))
            assert ended.code in (0, 65), ended.told
            made = [entry["body"] for entry in fresh.log if entry["outcome"] == "created"]
            bodies.append(sorted(made, key=str))
    assert bodies[0] and bodies[0] == bodies[1]
