"""A person is erased: nothing of them is left in any byte, and nothing else has changed."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import pyarrow.parquet as pq
import pytest

from etl.decode.erased import is_place
from etl.errors import ConfigurationError, TryLater, UsageError
from etl.person.wanted import Asked, Key
from etl.push.input.rows import read_input
from etl.push.push import Setting, held, push
from etl.push.push_order import Order, destination_of
from etl.push.undo import undo
from etl.push.verify import verify
from etl.runs.export_order import ExportOrder
from etl.runs.replay import replay
from etl.runs.tenant import same_shop
from etl.runs.workspace import select
from etl.state.lock import hold
from etl.tables.pseudonyms import Pseudonyms
from tests.person.world import ASKED, EMAIL, NAME, World, found_in, row, snapshot, texts_of, their_row
from tests.support.scripted import customer

FORMS = ("parquet", "csv", "xlsx")


def records(path: Path) -> list[Any]:
    """The records of a landed page."""
    told = orjson.loads(list(texts_of(path))[1])
    if isinstance(told, list):
        return told
    found: list[Any] = told["customers"] if "customers" in told else told["response"]["data"]["Contacts"]
    return found


def pages_of(world: World) -> list[tuple[str, list[Any]]]:
    """All landed pages in the order of the journal, and their records."""
    with closing(sqlite3.connect(world.project.state / "state.db")) as db:
        files = [file for (file,) in db.execute("SELECT file FROM pages ORDER BY extraction, position")]
    return [(file.rpartition("/")[0], records(world.project.state / "landing" / file)) for file in files]


def rows(database: Path, query: str) -> list[Any]:
    with closing(sqlite3.connect(database)) as db:
        return db.execute(query).fetchall()


def is_theirs(record: Any) -> bool:
    return str(record.get("id") or record.get("customer_id") or record.get("Contact", {}).get("id")) in (
        "1",
        "12",
        "13",
        "21",
    )


async def test_a_person_in_three_accounts_and_forty_pages_is_gone_from_every_byte(world: World) -> None:
    """In a ledger, a rejects file, three formats, a former run's folder, and among the vanished as well."""
    for day in range(14):
        await world.export(forms=FORMS if day > 11 else ("parquet",))
    former = world.folder / "former"
    await world.project.replay("bikes", "park.contacten", "books", out=former, forms=("csv",))
    await world.push(row(1), their_row(2), row(3), {**their_row(4), "country": "Nergensland"})
    before, tree = pages_of(world), snapshot(world.folder)
    ledger = "SELECT * FROM entries WHERE key IN ('1', '3') ORDER BY key"
    sent = rows(world.project.state / "ledger.db", ledger)
    assert len([1 for _, page in before if any(is_theirs(record) for record in page)]) >= 40
    assert {path.split("/")[0] for path in found_in(world.folder)} == {".etl", "out", "former"}

    told = world.erase()

    assert told.found.total > 80
    assert found_in(world.folder) == []
    assert rows(world.project.state / "ledger.db", ledger) == sent
    after = pages_of(world)
    assert [(name, len(page)) for name, page in after] == [(name, len(page)) for name, page in before]
    for (name, old), (_, new) in zip(before, after, strict=True):
        for one, other in zip(old, new, strict=True):
            if is_theirs(one):
                assert is_place(other)
            elif name == "park/contacten" and one["id"] == 11:
                assert [person["id"] for person in other["contactpersonen"]] == [7]
                assert {**one, "contactpersonen": 0, "factuur_adressering": None} == {**other, "contactpersonen": 0}
            else:
                assert orjson.dumps(one) == orjson.dumps(other)
    assert_other_rows_stayed(tree, world.folder)


def assert_other_rows_stayed(tree: dict[str, bytes], folder: Path) -> None:
    for name, data in tree.items():
        path = folder / name
        if path.suffix == ".csv":
            old = [line for line in data.splitlines(keepends=True) if not holds(line) and b",11," not in line]
            new = [line for line in path.read_bytes().splitlines(keepends=True) if b",11," not in line]
            assert old == new, name
        if path.suffix == ".jsonl":
            assert path.read_bytes() == b"".join(line for line in data.splitlines(keepends=True) if not holds(line))


def holds(line: bytes) -> bool:
    folded = line.lower()
    ids = (b"bikes,cyclesoftware,customers,1,", b"park,recras,contacten,12,", b"books,invoicing,contacts,21,")
    pushed = line.startswith((b"2,,,2,", b"4,,,4,"))
    return pushed or NAME.lower().encode() in folded or EMAIL.encode() in folded or any(one in line for one in ids)


async def test_parquet_and_xlsx_keep_schema_metadata_and_every_other_value(world: World) -> None:
    await world.export(forms=FORMS)
    tables = sorted(world.project.out.glob("*/*.*"))
    schemas = {path: pq.read_schema(path) for path in tables if path.suffix == ".parquet"}
    frames = {path: read(path) for path in tables if path.suffix in (".parquet", ".xlsx")}
    world.erase()
    for path, schema in schemas.items():
        assert pq.read_schema(path).equals(schema, check_metadata=True), path
    for path, frame in frames.items():
        stays = ~pl.col("source_id").is_in(["1", "12", "13", "21"])
        stays &= ~(pl.col("person_id") == "8").fill_null(False) if "person_id" in frame.columns else True
        kept, now = frame.filter(stays), read(path)
        assert kept.height == now.height, path
        for old, new, key in zip(kept.rows(), now.rows(), kept["source_id"], strict=True):
            assert all(one == other or (key == "11" and other is None) for one, other in zip(old, new, strict=True))


def read(path: Path) -> pl.DataFrame:
    return pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_excel(path, infer_schema_length=0)


async def test_the_next_export_leaves_them_out_and_says_that_the_source_still_has_them(world: World) -> None:
    await world.export()
    world.erase()
    report = await world.export(forms=FORMS)
    summary = report.as_dict()
    counts = {name: summary[name] for name in ("received", "written", "rejected", "erased")}
    assert counts == {"received": 15, "written": 10, "rejected": 1, "erased": 4}
    assert report.returned == {"bikes.customers": 1, "park.contacten": 3, "books.contacts": 1}
    assert found_in(world.folder) == []
    changes = [stream["changes"] for one in summary["accounts"].values() for stream in one["streams"].values()]
    assert [one["vanished"] for one in changes] == [0, 0, 0]
    ran = await asyncio.to_thread(world.project.etl, "export", "bikes", "--out", "out")
    assert (ran.code, "the source still has people who were erased here, in 1 records" in ran.err) == (0, True)
    world.with_person = False
    report = await world.export()
    assert (report.returned, report.as_dict().get("erased", 0), report.as_dict()["accounts"]["bikes"]["status"]) == (
        {},
        0,
        "complete",
    )


async def test_a_changed_address_does_not_bring_the_record_back(world: World) -> None:
    """It is known by its key as well, at its own shop."""
    await world.export()
    world.erase()
    world.with_person = False
    world.more["books"] = [
        {"Contact": {"id": "21", "name": "Onder andere naam", "email": "nieuw@voorbeeld.nl"}, "SubContact": []}
    ]
    report = await world.export()
    assert report.returned == {"books.contacts": 1}
    assert "21" not in world.project.ids("books.contacts")


async def test_a_replay_of_pages_from_a_backup_does_not_bring_them_back(world: World) -> None:
    await world.export()
    shutil.copytree(world.project.state / "landing", world.folder / "copy")
    shutil.copy(world.project.state / "state.db", world.folder / "state.db.copy")
    world.erase()
    shutil.rmtree(world.project.state / "landing")
    shutil.move(world.folder / "copy", world.project.state / "landing")
    shutil.move(world.folder / "state.db.copy", world.project.state / "state.db")
    report = await world.project.replay("bikes", "park.contacten", "books", out=world.project.out)
    assert report.as_dict()["erased"] == 4
    assert found_in(world.folder) == []


async def test_an_interrupted_export_keeps_nothing_of_them(world: World) -> None:
    """Pages that land before an outage are swept as well."""
    await world.export()
    world.erase()
    tell = world.server.script
    assert callable(tell)

    def failing(seen: Any) -> Any:
        if "modified_since" in seen.query:
            return type(tell(seen))(b"", status=401)
        return tell(seen)

    world.server.script = failing
    report = await world.export()
    assert report.exit_code == 77
    assert found_in(world.folder) == []


async def test_a_push_of_their_row_is_skipped_with_the_reason(world: World) -> None:
    await world.push(row(1), their_row(2))
    made = [entry for entry in world.simulator.log if entry["outcome"] == "created"]
    world.erase()
    report = await world.push(row(1), their_row(2), {**row(9), "email": f" {EMAIL.upper()}"}, row(2, nr="2"))
    assert report.outcomes == {"unchanged": 1, "skipped": 2, "rejected": 1} or report.outcomes == {
        "unchanged": 1,
        "skipped": 3,
    }
    assert [entry for entry in world.simulator.log if entry["outcome"] == "created"] == made
    (reason,) = report.skipped
    assert reason.startswith("This person was erased")


async def test_a_row_whose_outcome_is_not_known_stops_an_erasure_before_it_begins(world: World) -> None:
    await world.push(their_row(2))
    with sqlite3.connect(world.project.state / "ledger.db") as db:
        db.execute("UPDATE entries SET state = 'UNKNOWN'")
    db.close()
    before = snapshot(world.project.out)
    with pytest.raises(TryLater, match="nobody knows yet whether they arrived"):
        world.erase()
    assert snapshot(world.project.out) == before


async def test_a_dry_run_and_a_search_change_nothing_and_show_the_same(world: World) -> None:
    await world.export(forms=FORMS)
    await world.push(their_row(2))
    before = snapshot(world.folder)
    found, dry = world.find(), world.erase(dry_run=True)
    assert found.places == dry.places
    assert {name: data for name, data in snapshot(world.folder).items() if ".db" not in name} == {
        name: data for name, data in before.items() if ".db" not in name
    }
    assert not any(needle in str(found.as_dict()).casefold() for needle in (NAME.casefold(), EMAIL))
    done = world.erase()
    assert {(one["place"], one["count"]) for one in done.places} == {
        (one["place"], one["count"]) for one in found.places
    }


async def test_a_dry_run_refuses_what_an_erasure_refuses(world: World) -> None:
    await world.push(their_row(2))
    with sqlite3.connect(world.project.state / "ledger.db") as db:
        db.execute("UPDATE entries SET state = 'UNKNOWN'")
    db.close()
    with pytest.raises(TryLater, match="nobody knows yet whether they arrived"):
        world.erase(dry_run=True)


async def test_a_folder_that_is_gone_is_told_and_stands_in_the_certificate(world: World) -> None:
    await world.export()
    away = world.folder.with_name(f"{world.folder.name}.away")
    world.project.out.rename(away)
    told = world.erase()
    assert (told.gone, told.as_dict()["folders_gone"]) == (["out"], ["out"])
    assert orjson.loads(told.files[0].read_bytes())["folders_gone"] == ["out"]
    ran = world.project.cli("person", "find", "--email", EMAIL)
    assert (ran.code, "Not looked into, as they are not there: out." in ran.err) == (0, True)
    away.rename(world.project.out)
    assert (world.erase().gone, found_in(world.folder)) == ([], [])


async def test_people_who_share_an_address_are_all_meant_and_that_is_said(world: World) -> None:
    await world.export()
    assert not world.find().found.several_names
    world.more["bikes"] = [customer(9, name="Bakker", email=EMAIL)]
    await world.export()
    assert world.find().as_dict()["several_names"] is True
    ran = world.project.cli("person", "erase", "--email", EMAIL, "--dry-run")
    assert (ran.code, "people may share the address or number" in ran.err) == (0, True)
    world.erase(Asked(keys=frozenset({Key("bikes", "customers", "1")})))
    assert set(world.project.ids("bikes.customers")) & {"1", "9"} == {"9"}, "a key takes one of them"


async def test_a_journal_that_a_killed_rebuild_left_is_searched(world: World) -> None:
    left = world.project.state / "state.db.rebuilt"
    await world.export()
    left.write_bytes(EMAIL.encode())
    world.erase()
    assert not left.exists()


async def test_who_was_erased_under_a_later_key_stays_away_when_it_is_said_to_be_the_same_shop(world: World) -> None:
    await world.export()
    config = world.project.config
    config.write_text(config.read_text().replace('"office"', '"frontdesk"'))
    await world.export()
    world.erase(Asked(keys=frozenset({Key("books", "contacts", "21")})))
    loaded = world.project.settings()
    same_shop(loaded, loaded.accounts["books"], clock=world.clock)
    assert (await world.export()).returned == {"books.contacts": 1}
    assert "21" not in world.project.ids("books.contacts")


async def test_the_certificate_says_what_was_done_where_and_not_to_whom(world: World) -> None:
    await world.export()
    told = world.erase()
    (certificate,) = told.files
    text = certificate.read_text("utf-8")
    assert orjson.loads(text)["done"] == list(told.places)
    assert certificate.parent == world.project.state / "erasures"
    assert certificate.stat().st_mode & 0o777 == 0o600
    assert not any(needle in text.casefold() for needle in (NAME.casefold(), EMAIL, "12349876"))
    assert {path.name for path in certificate.parent.iterdir()} == {certificate.name, "key", "tombstones.json"}


async def test_a_running_export_keeps_an_erasure_out(world: World) -> None:
    await world.export()
    before = snapshot(world.project.out)
    with hold(world.project.state / "locks", ["books.contacts"]), pytest.raises(TryLater, match="busy"):
        world.erase()
    assert snapshot(world.project.out) == before


async def test_a_person_is_found_by_the_key_of_a_record_alone(world: World) -> None:
    await world.export()
    asked = Asked(keys=frozenset({Key("books", "contacts", "21")}))
    assert world.find(asked).found.records == 1
    world.erase(asked)
    assert "21" not in world.project.ids("books.contacts")
    assert "1" in world.project.ids("bikes.customers")
    report = await world.export()
    assert report.returned == {"books.contacts": 1}


@pytest.mark.parametrize("asked", [Asked(frozenset({EMAIL})), ASKED])
async def test_a_company_stays_when_a_contact_person_of_it_goes(world: World, asked: Asked) -> None:
    await world.export()
    world.erase(asked)
    table = world.project.table("contacts", "park.contacten").filter(source_id="11")
    assert table.select("name", "first_name", "last_name", "email", "invoice_attention").rows() == [
        ("Acme BV", None, None, None, None)
    ]
    persons = world.project.table("contact_persons", "park.contacten").filter(source_id="11")
    assert persons["first_name"].to_list() == ["Piet"]
    await world.project.replay("park.contacten", out=world.project.out)
    again = world.project.table("contacts", "park.contacten").filter(source_id="11")
    assert again["first_name"].to_list() == ["Piet"], "made of the page, it shows who is left"


def test_whom_it_is_about_must_be_said_and_make_sense() -> None:
    for emails, phones, keys in (((), (), ()), (("nobody",), (), ()), ((), ("12",), ()), ((), (), ("bikes",))):
        with pytest.raises(UsageError):
            Asked.of(emails, phones, keys, countries=["NL"])
    asked = Asked.of([" Z.Quaak@Voorbeeld.NL "], ["06 12 34 98 76"], ["bikes.customers:1"], countries=["NL"])
    assert asked == Asked(ASKED.emails, ASKED.phones, frozenset({Key("bikes", "customers", "1")}))


async def test_without_a_terminal_an_erasure_needs_yes(world: World) -> None:
    await world.export()
    ran = world.project.cli("person", "erase", "--email", EMAIL, "--json")
    assert (ran.code, "Nothing was done" in ran.err) == (64, True)
    ran = world.project.cli("person", "erase", "--email", EMAIL.upper(), "--phone", "0612349876", "--yes", "--json")
    assert (ran.code, ran.summary["command"], ran.summary["records"]) == (0, "person erase", 4)
    assert found_in(world.folder) == []
    ran = world.project.cli("person", "find", "--email", EMAIL, "--json")
    assert (ran.code, ran.summary["found"]) == (0, 0)


async def test_a_search_names_files_below_the_project_and_shows_no_value(world: World) -> None:
    await world.export()
    ran = world.project.cli("person", "find", "--email", EMAIL)
    assert (ran.code, str(world.folder) in ran.out + ran.err, "4 records of the person's own" in ran.err) == (
        0,
        False,
        True,
    )
    assert not any(value in ran.out + ran.err for value in (NAME, EMAIL, "12349876", "Bakker"))


async def test_what_was_pushed_of_them_is_neither_compared_nor_taken_back_any_more(world: World) -> None:
    """To compare would bring the record at the target into a file; to undo, what was sent must be known."""
    sent = await world.push(row(1), their_row(2))
    world.erase()
    loaded = world.project.settings()
    destination = destination_of(loaded, "er.contacts")
    setting = Setting(loaded, destination, world.project.out, clock=world.clock)
    with held(loaded, destination):
        verified = await verify(setting, sent.run_id)
        undone = await undo(setting, sent.run_id)
    assert verified.found == {"equal": 1, "erased": 1}
    assert undone.outcomes == {"deleted": 1, "skipped": 1}
    assert found_in(world.folder) == []


async def test_a_contact_person_in_a_file_to_push_is_known_again(world: World) -> None:
    await world.export()
    world.erase()
    out = world.folder / "mine"
    for table, values in (
        ("contacts", [{"source_id": "1", "name": "Acme BV", "display_name": "Acme BV"}]),
        ("contact_persons", [{"source_id": "1", "person_id": "1", "last_name": "Iemand", "email_1": EMAIL.upper()}]),
    ):
        (out / table).mkdir(parents=True)
        named = [{"account": "elders", "system": "recras", "stream": "klanten", **one} for one in values]
        pl.DataFrame(named).write_csv(out / table / "elders.klanten.csv")
    loaded = world.project.settings()
    destination = destination_of(loaded, "er.contacts")
    order = Order(files=[out / "contacts" / "elders.klanten.csv"], out=world.project.out)
    with held(loaded, destination):
        report = await push(
            Setting(loaded, destination, world.project.out, clock=world.clock), order, read_input(order, destination)
        )
    (reason,) = report.skipped
    assert reason.startswith("A contact person of it was erased")


async def test_a_database_that_is_being_read_is_told_and_the_same_command_goes_on(world: World) -> None:
    """Its log keeps what was erased until the reader is gone."""
    await world.export()
    await world.push(their_row(2))
    reader = sqlite3.connect(world.project.state / "ledger.db")
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM entries").fetchall()
    with pytest.raises(TryLater, match="being read by another process"):
        world.erase()
    reader.close()
    world.erase()
    assert found_in(world.folder) == []
    assert not list((world.project.state / "erasures").glob("*.plan.json"))


async def test_damaged_tombstones_stop_every_run_before_a_call(world: World) -> None:
    """Without them erased people would come back, and nobody would notice."""
    await world.export()
    world.erase()
    (world.project.state / "erasures" / "key").unlink()
    asked = len(world.server.seen)
    for run in (world.export(), world.push(row(1))):
        with pytest.raises(ConfigurationError, match="who was erased"):
            await run
    assert (len(world.server.seen), list(world.simulator.log)) == (asked, [])
    report = await world.project.replay("books", out=world.folder / "again")
    assert report.exit_code == 78


async def test_a_person_nobody_knows_stays_away_as_well(world: World) -> None:
    """Where nothing was ever exported or pushed."""
    told = world.erase()
    assert (told.found.total, len(told.files)) == (0, 1)
    report = await world.export()
    assert report.returned == {"bikes.customers": 1, "park.contacten": 3, "books.contacts": 1}
    assert found_in(world.folder) == []


async def test_rejects_without_raw_records_and_files_of_others_are_left_alone(world: World) -> None:
    key = world.folder / "key"
    key.write_bytes(b"k" * 32)
    key.chmod(0o600)
    loaded = world.project.settings()
    await world.export()
    order = ExportOrder(select(loaded, ["park"]), world.folder / "made", pseudonyms=Pseudonyms.read(key))
    await replay(loaded, order)
    theirs = [world.project.out / "contacts" / name for name in (".tmp-1", ".tmp-99999999-notes", "mine.txt")]
    for path in theirs:
        path.write_text(EMAIL)
    world.erase()
    assert [path.read_text() for path in theirs] == [EMAIL] * 3
    assert "12" not in pl.read_parquet(world.folder / "made" / "contacts" / "park.contacten.parquet")["source_id"]


@pytest.mark.parametrize("alone", [False, True])
async def test_a_person_in_an_object_for_a_list_is_erased_whole_and_the_others_stay(world: World, alone: bool) -> None:
    them = {"id": 8, "voornaam": "Zebedeus", "achternaam": NAME, "email1": EMAIL}
    piet = {"id": 7, "voornaam": "Piet", "achternaam": "Bakker", "email1": "piet@acme.nl"}
    persons = them if alone else {"1": piet, "4": them}
    world.more["park"] = [{"id": 31, "type": "klant", "naam": "Acme", "contactpersonen": persons}]
    await world.export()
    world.erase(Asked(frozenset({EMAIL})))
    await world.project.replay("park.contacten", out=world.project.out)
    left = world.project.table("contact_persons", "park.contacten").filter(source_id="31")
    assert left["first_name"].to_list() == ([] if alone else ["Piet"])
    assert world.project.table("contacts", "park.contacten").filter(source_id="31")["name"].to_list() == ["Acme"]


async def test_a_person_in_what_an_export_refused_to_set_aside_is_found_and_erased(world: World) -> None:
    await world.export()
    people = {number: (f"Naam {number}", "iemand@voorbeeld.nl") for number in range(31, 51)} | {31: (NAME, EMAIL)}
    world.more["bikes"] = [
        {**customer(number, name=name, email=email), "city": ["Utrecht"]} for number, (name, email) in people.items()
    ]
    assert (await world.export()).exit_code == 76
    (refused,) = (world.project.out / "rejects").glob("*.refused.jsonl")
    lines = refused.read_bytes().splitlines()
    told = world.erase()
    assert [one["count"] for one in told.places if one["file"] == str(refused.relative_to(world.folder))] == [1]
    assert refused.read_bytes().splitlines() == [line for line in lines if EMAIL.encode() not in line]


async def test_a_rejected_record_of_a_company_stays_without_the_person(world: World) -> None:
    them = {"id": 8, "voornaam": "Zebedeus", "achternaam": NAME, "email1": EMAIL}
    piet = {"id": 7, "voornaam": "Piet", "achternaam": "Bakker", "email1": "piet@acme.nl"}
    world.more["park"] = [
        {"id": 31, "type": "klant", "naam": "Acme", "website": {"x": 1}, "contactpersonen": [piet, them]}
    ]
    await world.export()
    rejects = world.project.out / "rejects" / "park.contacten.jsonl"
    assert [orjson.loads(line)["position"] for line in rejects.read_bytes().splitlines()] == [2, 4, 5]
    world.erase()
    left = [orjson.loads(line) for line in rejects.read_bytes().splitlines()]
    assert [line["position"] for line in left] == [4, 5]
    assert orjson.loads(left[1]["raw"])["contactpersonen"] == [piet]
    assert found_in(world.folder) == []
