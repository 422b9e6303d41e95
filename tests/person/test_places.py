"""No file that the program writes is nobody's: else a person may stay in it."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from etl.person.places.places import PLACES
from etl.push.push import Setting, held
from etl.push.push_order import destination_of
from etl.push.review.review import ReviewRow, write_sheet
from etl.push.verify import verify
from etl.runs.person import export_person, open_places
from etl.runs.workspace import open_state
from etl.state.entries import Line, Source
from tests.person.world import ASKED, EMAIL, NAME, World, found_in, row, their_row


async def everything(world: World) -> None:
    """Run whatever writes files: into the state folder, and into the output folder."""
    for forms in (("parquet", "csv", "xlsx"), ("parquet",)):
        await world.export(forms=forms)
    report = await world.push(row(1), their_row(2), {**their_row(3), "country": "Nergensland"})
    loaded = world.project.settings()
    destination = destination_of(loaded, "er.contacts")
    store = world.simulator.stores["invoicing.contacts"]
    for key in store.ids():
        store.put(key, {**(store.get(key) or {}), "website": "https://anders.example.nl"})
    with held(loaded, destination):
        await verify(Setting(loaded, destination, world.project.out, clock=world.clock), report.run_id)
    line = Line(report.run_id, 1, Source("", "", "2"), "review", "9", message=f"It may be {EMAIL}.")
    write_sheet([ReviewRow(line, {"name": NAME}, None, None, ())], report.run_id, world.project.out)
    export_person(loaded, ASKED, [world.project.out], clock=world.clock)


async def test_every_file_in_the_state_folder_and_the_outputs_belongs_to_a_place(world: World) -> None:
    await everything(world)
    (world.project.out / "contacts" / ".tmp-999999999-00000000-a.csv.part").write_text(EMAIL)
    (world.project.state / "ledger.db.before-20260101T000000Z").write_text(NAME + EMAIL)
    world.erase()
    assert found_in(world.folder) == []
    await world.export(forms=("parquet", "csv", "xlsx"))
    await everything(world)
    with open_state(world.project.settings()) as state:
        places = open_places(world.project.settings(), state, [world.project.out])
        unclaimed = [
            path
            for folder in (world.project.state, world.project.out)
            for path in files_of(folder)
            if not any(place.claims(path) for place in places)
        ]
    assert unclaimed == [], "add a place in etl/person/places, and to the list in places.py"


async def test_the_rows_that_a_push_keeps_of_its_rejects_lose_the_person_and_no_other(world: World) -> None:
    report = await world.push({**their_row(1), "country": "Nergensland"}, {**row(2), "country": "Nergensland"})
    (kept,) = (world.project.state / "rejects").iterdir()
    assert kept.stem == report.run_id and kept.stat().st_mode & 0o777 == 0o600
    world.erase()
    left = pl.read_parquet(kept)
    assert left["etl_line"].to_list() == [1] and found_in(world.project.state / "rejects") == []


def files_of(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


async def test_a_page_about_a_person_shows_all_of_it_and_only_its_owner_may_read_it(world: World) -> None:
    await everything(world)
    (page, reading) = sorted((world.project.out / "persons").iterdir(), reverse=True)
    assert {path.suffix for path in (page, reading)} == {".json", ".html"}
    assert {path.stat().st_mode & 0o777 for path in (page, reading)} == {0o600}
    for path in (page, reading):
        text = path.read_text("utf-8")
        assert "Bakker" not in text, "who else is in a record of a company is nobody's business"
        assert all(part in text for part in (NAME, "06-12349876", "0031612349876", "bikes.customers", "ledger.db"))


async def test_the_status_lists_what_is_kept_of_people_where_and_how_long(world: World) -> None:
    await everything(world)
    kept = {one["kind"]: one for one in world.project.cli("status", "--privacy", "--json").summary["kept"]}
    assert list(kept) == [place.name for place in PLACES]
    assert (kept["landing"]["kept"], kept["landing"]["people"]) == (
        "90 days once a newer export has replaced it",
        "yes",
    )
    assert kept["tables"]["files"] == len(list(world.project.out.glob("[cp]*_*/*.*"))) + 3 * 3
    assert world.project.cli("status", "--privacy").code == 0
