"""`etl map` and `--map`: which column of a user's own table is what."""

from __future__ import annotations

import tomllib
from pathlib import Path

import polars as pl
import xlsxwriter

from etl import propose_map
from tests.support.workplace import PARK, Project

HEADER = "Lidnr;Naam;Adres;PC;Woonplaats;Telefoon;Tel. 2;Wie te mailen;Waar vandaan;Bijzonderheden;{los}"
ROWS = [
    f"00{n};Jan Jansen{n};Dorpsstraat {n}a;123{n} AB;Utrecht;06-1234567{n};;jan{n}@example.nl;{land};vaste klant;"
    for n, land in enumerate(("Nederland", "België", "Duitsland", "Frankrijk"), 1)
]


def table(project: Project, *, header: str = HEADER, rows: list[str] | None = None) -> Path:
    project.configure(PARK)
    path = project.folder / "leden.csv"
    path.write_text("\n".join([header, *(ROWS if rows is None else rows)]) + "\n", "utf-8")
    return path


def test_headers_and_values_propose_a_map_that_can_be_used_as_it_is(project: Project) -> None:
    file = table(project)
    ran = project.cli("map", "leden.csv", "--to", "park.contacten", "--json")
    assert ran.code == 0
    told = {one["column"]: (one["is"], one["basis"]) for one in ran.summary["columns"]}
    assert told["Telefoon"] == ("phone", "its header (Dutch), and 100% of its values")
    assert told["Wie te mailen"] == ("email", "100% of its values look like that")
    assert told["Waar vandaan"] == ("country", "100% of its values look like that")
    assert told["Bijzonderheden"] == (None, "nothing is like it")
    assert told["Tel. 2"] == (None, "it is empty")
    assert ran.summary["key"] == "Lidnr"
    proposed = tomllib.loads((project.folder / "map.toml").read_text("utf-8"))
    assert proposed == {
        "ignore": [],
        "columns": {
            "name": "Naam", "address_line": "Adres", "postcode": "PC", "city": "Woonplaats", "phone": "Telefoon",
            "email": "Wie te mailen", "country": "Waar vandaan",
        },
    }  # fmt: skip
    ran = project.cli("normalise", str(file), "--map", "map.toml", "--out", "klanten.parquet", "--json")
    assert (ran.code, ran.summary["not_recognised"]) == (0, ["Lidnr", "Tel. 2", "Bijzonderheden", "{los}"])
    made = pl.read_parquet(project.folder / "klanten.parquet")
    assert made["country_code"].to_list() == ["NL", "BE", "DE", "FR"]
    assert (made["house_number"].to_list(), made["email"][0]) == ([1, 2, 3, 4], "jan1@example.nl")
    ran = project.cli("plan", "push", "leden.csv", "--to", "park.contacten", "--map", "map.toml", "--key", "Lidnr")
    assert ran.code == 0


def test_what_is_shown_names_the_reason_and_the_command_that_comes_next(project: Project) -> None:
    table(project)
    ran = project.cli("map", "leden.csv", "--to", "park.contacten")
    assert "etl push leden.csv --to park.contacten --map map.toml --key Lidnr --dry-run" in ran.err + ran.out
    assert "its header (Dutch)" in ran.out


def test_a_second_column_of_the_same_kind_is_named_and_not_taken(project: Project) -> None:
    rows = ["1;a@example.nl;b@example.nl;c@example.nl", "2;d@example.nl;e@example.nl;f@example.nl"]
    rows.append("3;g@example.nl;h@example.nl;i@example.nl")
    table(project, header="id;e-mail;mail;anders", rows=rows)
    ran = project.cli("map", "leden.csv", "--to", "park.contacten", "--json")
    found = [(one["column"], one["is"], one["also"]) for one in ran.summary["columns"]]
    assert found == [("id", None, None), ("e-mail", "email", None), ("mail", None, "email"), ("anders", None, "email")]
    assert '# email = "mail"' in (project.folder / "map.toml").read_text("utf-8")


def test_few_values_and_values_of_all_kinds_prove_nothing(project: Project) -> None:
    table(project, header="a;b", rows=["x@example.nl;0612345678", "y@example.nl;vraag", "z;?", "w;-", "v;a@b.nl"])
    ran = project.cli("map", "leden.csv", "--to", "park.contacten", "--json")
    assert [one["is"] for one in ran.summary["columns"]] == [None, None]


def test_a_map_that_is_there_is_not_written_over(project: Project) -> None:
    table(project)
    (project.folder / "map.toml").write_text("mine", "utf-8")
    ran = project.cli("map", "leden.csv", "--to", "park.contacten")
    assert (ran.code, "--out" in ran.err) == (64, True)
    assert (project.folder / "map.toml").read_text("utf-8") == "mine"


def test_odd_headers_make_a_map_that_is_read_back(project: Project) -> None:
    header = 'id;"e""mail";"Tel\\nr";"{Naam}";"k\x7f"'
    table(project, header=header, rows=[f"{n};a{n}@example.nl;061234567{n};Jan {n};België" for n in range(4)])
    ran = project.cli("map", "leden.csv", "--to", "park.contacten", "--json")
    assert ran.code == 0
    ran = project.cli("normalise", "leden.csv", "--map", "map.toml", "--out", "k.parquet", "--json")
    assert (ran.code, pl.read_parquet(project.folder / "k.parquet")["email"].to_list()[0]) == (0, "a0@example.nl")


def test_a_column_that_the_map_does_not_read_keeps_its_values_beside_ours(project: Project) -> None:
    table(project, header="Nr;Plaats;city;Notes;Mijn", rows=["1;Utrecht;de mijne;weg;blijft"])
    (project.folder / "map.toml").write_text('ignore = ["Notes"]\n[columns]\ncity = "Plaats"\nname = {value = "X"}\n')
    ran = project.cli("normalise", "leden.csv", "--map", "map.toml", "--out", "k.parquet", "--json")
    made = pl.read_parquet(project.folder / "k.parquet")
    assert (made["city"].item(), made["city (own)"].item(), made["Mijn"].item()) == ("Utrecht", "de mijne", "blijft")
    assert "Notes" not in made.columns
    assert ran.summary["notes"] == [
        "map.toml leaves out: Notes.",
        "map.toml does not read city: it stays as city (own).",
    ]


def test_a_map_that_does_not_fit_the_table_is_refused_by_its_key(project: Project) -> None:
    table(project)
    (project.folder / "map.toml").write_text('[columns]\nname = "Namen"\n')
    ran = project.cli("normalise", "leden.csv", "--map", "map.toml", "--out", "k.parquet")
    assert (ran.code, "columns.name" in ran.err, "Naam" in ran.err) == (64, True, True)


def test_a_map_is_proposed_of_the_sheet_that_is_named(project: Project) -> None:
    project.configure(PARK)
    with xlsxwriter.Workbook(str(project.folder / "leden.xlsx")) as book:
        book.add_worksheet("Uitleg").write_column(0, 0, ["Toelichting", "zie blad 2"])
        book.add_worksheet("Leden 2026").write_column(0, 0, ["Lidnr", "1", "2"])
        book.get_worksheet_by_name("Leden 2026").write_column(0, 1, ["Naam", "Ans", "Wim"])
    ran = project.cli("map", "leden.xlsx", "--to", "park.klanten", "--sheet", "leden 2026", "--json")
    assert [(one["column"], one["is"]) for one in ran.summary["columns"]] == [("Lidnr", None), ("Naam", "name")]
    assert ran.summary["notes"] == ["not read: the sheets Uitleg. The sheet leden 2026 is."]
    (project.folder / "map.toml").unlink()
    shown = project.cli("map", "leden.xlsx", "--to", "park.klanten", "--sheet", "leden 2026")
    assert "--map map.toml --key Lidnr --sheet 'leden 2026' --dry-run" in shown.err + shown.out
    absent = project.cli("map", "leden.xlsx", "--to", "park.klanten", "--sheet", "Oud", "--out", "b.toml")
    assert (absent.code, "has no sheet 'Oud'" in absent.err) == (64, True)
    assert not (project.folder / "b.toml").exists()


def test_a_map_is_proposed_of_a_sheet_by_a_call(project: Project) -> None:
    project.configure(PARK)
    with xlsxwriter.Workbook(str(project.folder / "leden.xlsx")) as book:
        for name in ("Uitleg", "Leden"):
            book.add_worksheet(name).write_column(0, 0, [name, "x"])
    told = propose_map(
        project.folder / "etl.toml",
        project.folder / "leden.xlsx",
        "park.klanten",
        project.folder / "m.toml",
        sheet="Leden",
    )
    assert [one["column"] for one in told["columns"]] == ["Leden"]
