"""ODS, XLS and XLSB are read as XLSX is; what of them a spreadsheet does not show is told, or that nobody knows."""

from __future__ import annotations

import polars as pl
import pytest

from tests.support.old_books import BOOKS, Sheets, ods
from tests.support.scripted import Answer, Server
from tests.support.workplace import PARK, Project, Ran

LINES = [["name", "phone"], ["Ans", "038-4211999"], ["Pim", "038-4211998"]]
SHEETS: Sheets = {"Oud": [["name"], ["Wim"]], "Nu": LINES, "Meer": [["name"], ["Lo"]]}
UNTOLD = "whether rows of it are hidden or filtered out cannot be told of such a file; all are read."


def read(project: Project, name: str, content: bytes, *more: str) -> tuple[list[str], Ran]:
    """The names that `etl normalise` reads of a workbook, and how it ended."""
    (project.folder / name).write_bytes(content)
    ran = project.cli("normalise", name, "--out", "out.parquet", "--json", *more)
    assert ran.code == 0, ran.err
    return pl.read_parquet(project.folder / "out.parquet")["name"].to_list(), ran


@pytest.mark.parametrize("form", BOOKS)
def test_hidden_sheets_of_any_workbook_are_named_and_may_be_chosen(form: str, project: Project) -> None:
    content = BOOKS[form](SHEETS, ["Oud"])
    names, ran = read(project, f"in.{form}", content)
    assert names == ["Ans", "Pim"]
    (told,) = [note for note in ran.summary["notes"] if note.startswith("not read: the sheets Oud, Meer. ")]
    assert told.endswith(" Hidden: Oud.")
    assert read(project, f"in.{form}", content, "--sheet", "oud")[0] == ["Wim"]
    with Server([Answer([])] * 9) as server:
        project.configure(PARK, server.base_url)
        pushed = project.cli(
            "push", f"in.{form}", "--to", "park.klanten", "--key", "name", "--dry-run", "--out", "pushed", "--json"
        )
    assert (pushed.summary["received"], told in pushed.summary["notes"]) == (2, True), pushed.err


@pytest.mark.parametrize("form", BOOKS)
def test_a_workbook_whose_name_lies_is_read_as_what_it_is(form: str, project: Project) -> None:
    assert read(project, "in.csv", BOOKS[form]({"Nu": LINES}, []))[0] == ["Ans", "Pim"]


@pytest.mark.parametrize("how", ["filter", "collapse"])
def test_hidden_rows_of_an_ods_are_told_with_their_number(how: str, project: Project) -> None:
    names, ran = read(project, "in.ods", ods(SHEETS, ["Oud"], [1], how))
    assert (names, ran.summary["notes"][1:]) == (
        ["Ans", "Pim"],
        ["1 rows that are hidden or filtered out are read as well."],
    )
    assert read(project, "in.ods", ods({"Nu": LINES}))[1].summary["notes"] == []


def test_rows_of_an_ods_that_are_folded_away_or_repeated_are_told(project: Project) -> None:
    names, ran = read(project, "in.ods", ods({"Nu": LINES}, fold=[2]))
    assert (names, ran.summary["notes"]) == (
        ["Ans", "Pim", "Pim", "Pim"],
        ["3 rows that are hidden or filtered out are read as well."],
    )


@pytest.mark.parametrize("form", ["xls", "xlsb"])
def test_where_hidden_rows_cannot_be_known_that_is_told(form: str, project: Project) -> None:
    _, ran = read(project, f"in.{form}", BOOKS[form]({"Nu": LINES}, []))
    assert [UNTOLD in note for note in ran.summary["notes"]] == [True]
