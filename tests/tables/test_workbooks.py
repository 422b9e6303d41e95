"""Workbooks are for people: wide enough, filtered, without empty columns, and no value is less than it was."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.simulator import Simulator
from etl.tables.read_table import read_table
from etl.tables.write import write_frame
from etl.tables.xlsx import WIDEST, XlsxSink
from tests.support.accounts import make_accounts
from tests.support.workbook import by_name, columns, sheet
from tests.support.workplace import Project


def normalised(project: Project, *more: str, **values: Any) -> Path:
    """The workbook that `etl normalise` makes of these columns."""
    pl.DataFrame(values).write_parquet(project.folder / "in.parquet")
    ran = project.cli("normalise", "in.parquet", "--out", "out.xlsx", *more)
    assert ran.code == 0, ran.err
    return project.folder / "out.xlsx"


def test_columns_are_as_wide_as_what_is_in_them_within_bounds(project: Project) -> None:
    path = normalised(
        project,
        name=["Ans", "Willemien van der Zwaluwenberg-Hoekstra"],
        city=["Ede", None],
        note=["x" * 500, None],
        a_name_that_is_longer_than_its_values=["x", "y"],
        at=[datetime(2026, 1, 31, 12, tzinfo=UTC), None],
    )
    width = {name: wide for name, (wide, _) in columns(path).items()}
    assert width["name"] >= len("Willemien van der Zwaluwenberg-Hoekstra")
    assert len("city") < width["city"] < 12
    assert WIDEST <= width["note"] < WIDEST + 1
    assert width["a_name_that_is_longer_than_its_values"] > len("a_name_that_is_longer_than_its_values")
    assert width["at"] > len("2026-01-31 12:00:00Z")


def test_a_column_with_nothing_in_it_is_hidden_and_read_all_the_same(project: Project) -> None:
    path = normalised(project, name=["Ans", None], email=["a@example.nl", None], mine=[None, None], blank=["", ""])
    hidden = {name for name, (_, hid) in columns(path).items() if hid}
    assert {"mine", "blank"} <= hidden
    assert not hidden & {"name", "email"}
    assert {"name", "email", "mine", "blank"} <= set(read_table(path).columns)


def test_a_table_without_any_value_hides_nothing(tmp_path: Path) -> None:
    for rows in ([], [None, None]):
        frame = pl.DataFrame({"a": rows, "b": rows}, schema={"a": pl.String, "b": pl.String})
        write_frame(frame, tmp_path / "a.xlsx", "a")
        assert not any(hidden for _, hidden in columns(tmp_path / "a.xlsx").values())


def test_every_sheet_has_a_filter_a_frozen_header_and_the_same_columns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(XlsxSink, "LONGEST_SHEET", 2)
    frame = pl.DataFrame({"a": ["1", "2", "3"], "b": [None, None, "a text of the last row"]})
    write_frame(frame, tmp_path / "a.xlsx", "a")
    for number, rows in ((1, 2), (2, 1)):
        xml = sheet(tmp_path / "a.xlsx", number)
        assert f'<autoFilter ref="A1:B{rows + 1}"/>' in xml
        assert 'ySplit="1"' in xml and 'state="frozen"' in xml
        assert columns(tmp_path / "a.xlsx", number)["b"][0] > len("a text of the last row")
    assert read_table(tmp_path / "a.xlsx")["a"].to_list() == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("x" * 32_767, 0),
        ("x" * 32_768, 1),
        ("x" * 40_000, 1),
        ("\U0001f6b2" * 16_383 + "x", 0),
        ("\U0001f6b2" * 16_384, 1),
        ("\U0001f6b2" * 32_767, 1),
    ],
)
def test_a_long_text_is_cut_where_a_spreadsheet_would_and_told_in_the_file_too(
    text: str, cells: int, project: Project
) -> None:
    pl.DataFrame({"name": ["Ans"], "note": [text]}).write_parquet(project.folder / "in.parquet")
    told = project.cli("normalise", "in.parquet", "--out", "out.xlsx", "--json").summary["notes"]
    path = project.folder / "out.xlsx"
    (row,) = by_name(path)
    assert text.startswith(row["note"][1])
    assert 32_766 <= len(row["note"][1].encode("utf-16-le")) // 2 <= 32_767
    assert [f"{cells} cells of the column note are cut" in one for one in told] == [True] * cells
    assert by_name(path, 2) == [{"column": ("inlineStr", "note"), "cells cut at 32,767": ("n", "1")}] * cells


NUMBERS: dict[str, tuple[Any, Any, tuple[str, str]]] = {
    "16 figures": (1234567890123456, pl.Int64, ("inlineStr", "1234567890123456")),
    "15 figures": (123456789012345, pl.Int64, ("n", "123456789012345")),
    "float of 17": (0.1 + 0.2, pl.Float64, ("inlineStr", "0.30000000000000004")),
    "float of 16": (52.09073739999999, pl.Float64, ("inlineStr", "52.09073739999999")),
    "float": (52.0907374, pl.Float64, ("n", "52.0907374")),
    "large float": (1e22, pl.Float64, ("n", "1E+22")),
    "decimal of 17": (Decimal("123456789012345.67"), pl.Decimal(20, 2), ("inlineStr", "123456789012345.67")),
    "1899": (date(1899, 12, 30), pl.Date, ("inlineStr", "1899-12-30")),
    "year 1": (datetime(1, 1, 1, tzinfo=UTC), pl.Datetime("us", "UTC"), ("inlineStr", "0001-01-01T00:00:00Z")),
    "time of microseconds": (time(12, 30, 0, 5), pl.Time, ("inlineStr", "12:30:00.000005")),
}  # fmt: skip


@pytest.mark.parametrize("case", NUMBERS)
def test_a_number_or_day_that_a_cell_cannot_hold_is_its_text(case: str, project: Project) -> None:
    value, dtype, cell = NUMBERS[case]
    path = normalised(project, name=["Ans"], value=pl.Series([value], dtype=dtype))
    assert by_name(path)[0]["value"] == cell


def test_a_year_beyond_9999_is_its_text(project: Project) -> None:
    path = normalised(project, name=["Ans"], value=pl.Series([4_000_000], dtype=pl.Int32).cast(pl.Date))
    kind, text = by_name(path)[0]["value"]
    assert (kind, bool(re.match(r"\+?\d{5,}-", text))) == ("inlineStr", True)


async def test_exports_and_replays_make_such_workbooks(tmp_path: Path) -> None:
    async with Simulator(rows=8, seed=3, per_minute=None, per_day=None) as server:
        accounts = make_accounts(tmp_path, server.base_url)
        done = await accounts.etl("export", "bikes.customers", "--format", "xlsx", "--out", str(accounts.out))
        assert done.code == 0, done.told
    again = await accounts.etl("replay", "bikes.customers", "--format", "xlsx", "--out", str(tmp_path / "again"))
    assert again.code == 0, again.told
    for out in (accounts.out, tmp_path / "again"):
        path = out / "contacts" / "bikes.customers.xlsx"
        assert '<autoFilter ref="A1:' in sheet(path)
        found, frame = columns(path), read_table(path)
        for name, (width, hidden) in found.items():
            texts = frame[name].cast(pl.String)
            assert hidden is (texts.null_count() == frame.height), name
            assert width > min(texts.str.len_chars().max() or 0, WIDEST) or texts.str.contains(":").any(), name  # type: ignore[operator]
