"""What a complete run no longer holds: kept, marked as gone, forgotten when it is back, and not believed too easily."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.runs.report import TablesReport
from tests.support.clock import NOON, QuickClock
from tests.support.scripted import Answer, Seen, Server, customer, is_closing, page
from tests.support.workplace import BIKES, BOOKS, PARK, Project
from tests.test_faults import temporaries

DAY = timedelta(days=1)
Records = Mapping[int, str]
"""The names of what there is, by id."""


def customers(records: Records, seen: Seen) -> Answer:
    told = {} if is_closing(seen) else records
    body = page([customer(number, name=name) for number, name in told.items()])
    return Answer(body, headers={"Date": format_datetime(NOON, usegmt=True)})


def relations(records: Records, seen: Seen) -> Answer:
    after = int(seen.query.get("id>", "0"))
    listed: list[dict[str, Any]] = [
        {"id": n, "type": "klant", "naam": records[n], "displaynaam": records[n]} for n in sorted(records)
    ]
    return Answer([each for each in listed if each["id"] > after][:10] if seen.path.endswith("klanten") else listed)


def products(records: Records, _: Seen) -> Answer:
    extra = {"x": 1}
    return Answer([{"id": n, "naam": name, "weergavenaam": name, "extra": extra} for n, name in records.items()])


def debtors(records: Records, _: Seen) -> Answer:
    contacts = [{"Contact": {"id": n, "name": name}, "SubContact": []} for n, name in records.items()]
    data = {"Contacts": contacts, "count": len(contacts)}
    return Answer({"response": {"code": 200, "message": "", "exception": [], "data": data}})


KINDS: dict[str, tuple[str, str, Callable[[Records, Seen], Answer]]] = {
    "bikes.customers": (BIKES, "contacts", customers),
    "park.contacten": (PARK, "contacts", relations),
    "park.klanten": (PARK, "contacts", relations),
    "park.producten": (PARK, "products", products),
    "books.contacts": (BOOKS, "contacts", debtors),
}


class Place:
    """A project beside a server whose records are `records`."""

    def __init__(self, project: Project, server: Server, name: str) -> None:
        config, self.table_name, tell = KINDS[name]
        self.project, self.server, self.name = project.configure(config, server.base_url), server, name
        self.records: dict[int, str] = {number: f"Naam {number}" for number in range(1, 31)}
        self.days = 0
        server.script = lambda seen: tell(self.records, seen)

    async def export(self, **how: Any) -> TablesReport:
        """A run, each a day after the one before."""
        self.days += 1
        return await self.project.export(self.name, clock=QuickClock(NOON + self.days * DAY), **how)

    @property
    def table(self) -> pl.DataFrame:
        return self.project.table(self.table_name, self.name)

    def gone(self, table: pl.DataFrame | None = None) -> dict[str, datetime]:
        """Who is marked as gone, and since when."""
        rows = self.table if table is None else table
        if self.table_name == "products":
            marked = rows.filter("is_deleted")
            return {row["source_id"]: when(json.loads(row["extra"])["deleted_at"]) for row in marked.to_dicts()}
        assert rows.filter(pl.col("active") != pl.col("deleted_at").is_null()).is_empty()
        return dict(rows.filter(~pl.col("active")).select("source_id", "deleted_at").rows())

    def without(self, numbers: Iterable[int]) -> None:
        self.records = {number: name for number, name in self.records.items() if number not in set(numbers)}


def when(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def vanished(report: TablesReport) -> tuple[int, Any]:
    (account,) = report.as_dict()["accounts"].values()
    (stream,) = account["streams"].values()
    return stream["vanished"], stream["changes"]


@pytest.fixture(params=KINDS)
def place(request: pytest.FixtureRequest, project: Project) -> Any:
    with Server([]) as server:
        yield Place(project, server, request.param)


@pytest.fixture
def bikes(project: Project) -> Any:
    with Server([]) as server:
        yield Place(project, server, "bikes.customers")


async def test_a_row_that_vanished_stays_and_is_marked_with_when_it_was_first_missed(place: Place) -> None:
    first = await place.export()
    assert (first.exit_code, vanished(first)) == (0, (0, None))
    before = {row["source_id"]: row for row in place.table.to_dicts()}
    place.without([3, 30])
    place.records |= {4: "Anders", 31: "Nieuw"}
    second = await place.export()
    assert (second.exit_code, vanished(second)) == (0, (2, {"new": 1, "changed": 1, "vanished": 2}))
    assert place.gone() == dict.fromkeys(["3", "30"], NOON + 2 * DAY)
    after = {row["source_id"]: row for row in place.table.to_dicts()}
    assert set(after) == {str(n) for n in range(1, 32)}
    marks = {"active", "deleted_at", "is_deleted", "extra"}
    for number in ("3", "30"):
        assert {k: v for k, v in after[number].items() if k not in marks} == {
            k: v for k, v in before[number].items() if k not in marks
        }, "as it was last received"
    third = await place.export()
    assert (third.exit_code, vanished(third)) == (0, (2, {"new": 0, "changed": 0, "vanished": 0}))
    assert place.gone() == dict.fromkeys(["3", "30"], NOON + 2 * DAY), "the first time it was missed stays"


async def test_a_row_that_comes_back_is_as_if_it_had_never_been_away(place: Place) -> None:
    await place.export()
    place.without([3, 4])
    await place.export()
    place.records[3] = "Terug"
    report = await place.export()
    assert (report.exit_code, vanished(report)) == (0, (1, {"new": 1, "changed": 0, "vanished": 0}))
    assert set(place.gone()) == {"4"}
    name = "name" if place.name != "bikes.customers" else "last_name"
    assert place.table.filter(source_id="3")[name].to_list() == ["Terug"]
    place.without([3])
    await place.export()
    assert place.gone() == {"4": NOON + 2 * DAY, "3": NOON + 4 * DAY}


async def test_a_replay_shows_what_vanished_without_a_call(place: Place) -> None:
    await place.export()
    place.without([3])
    await place.export()
    asked = len(place.server.seen)
    again = place.project.folder / "again"
    report = await place.project.replay(place.name, out=again)
    assert (report.exit_code, len(place.server.seen)) == (0, asked)
    replayed = pl.read_parquet(again / place.table_name / f"{place.name}.parquet")
    assert replayed.equals(place.table)
    assert set(place.gone(replayed)) == {"3"}
    assert vanished(report) == (1, None)


@pytest.mark.parametrize(("missing", "believed"), [(6, True), (7, False), (30, False)])
async def test_more_than_a_fifth_is_not_believed_and_the_tables_stay(
    missing: int, believed: bool, place: Place
) -> None:
    await place.export()
    old = place.table
    place.without(range(1, missing + 1))
    report = await place.export()
    if believed:
        assert (report.exit_code, len(place.gone())) == (0, missing)
        return
    assert (report.exit_code, report.status) == (76, "failed")
    assert f"{missing} of 30 rows" in str(report.errors[0]) and "--accept-deletions" in str(report.errors[0])
    assert place.table.equals(old)
    assert temporaries(place.project.folder) == []


async def test_a_plain_rerun_fetches_anew_and_one_that_accepts_needs_no_call(place: Place) -> None:
    await place.export()
    place.without(range(1, 11))
    place.days += 1
    clock = QuickClock(NOON + 2 * DAY)
    for _ in range(2):
        asked = len(place.server.seen)
        assert (await place.project.export(place.name, clock=clock)).exit_code == 76
        assert len(place.server.seen) > asked
    asked = len(place.server.seen)
    report = await place.project.export(place.name, clock=clock, accept_deletions=True)
    assert (report.exit_code, len(place.server.seen)) == (0, asked)
    assert vanished(report) == (10, {"new": 0, "changed": 0, "vanished": 10})
    assert set(place.gone()) == {str(n) for n in range(1, 11)}
    assert (await place.export()).exit_code == 0, "now that is what there is"
    assert len(place.gone()) == 10


async def test_a_list_that_is_whole_again_is_written_after_one_that_was_not_believed(place: Place) -> None:
    await place.export()
    whole = dict(place.records)
    place.without(range(1, 21))
    assert (await place.export()).exit_code == 76
    place.records = whole
    report = await place.export()
    assert (report.exit_code, vanished(report)) == (0, (0, {"new": 0, "changed": 0, "vanished": 0}))
    assert place.gone() == {}


def missing(path: Path) -> None:
    path.unlink()


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 4] ^= 8
    path.write_bytes(bytes(data))


def another_table(path: Path) -> None:
    pl.DataFrame({"a": ["1"], "b": [2]}).write_parquet(path)


@pytest.mark.parametrize("harm", [missing, emptied, cut, flipped, another_table], ids=lambda harm: harm.__name__)
async def test_fingerprints_that_are_gone_or_damaged_are_made_again_from_what_landed(
    harm: Callable[[Path], None], place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    await place.export()
    (kept,) = (place.project.state / "fingerprints" / place.name).iterdir()
    harm(kept)
    place.without([3])
    place.records |= {4: "Anders", 31: "Nieuw"}
    report = await place.export()
    assert (report.exit_code, vanished(report)) == (0, (1, {"new": 1, "changed": 1, "vanished": 1}))
    assert set(place.gone()) == {"3"}
    told = [] if harm is missing else [f"{kept} is damaged"]
    assert [record.getMessage().split(";")[0] for record in caplog.records if "damaged" in record.getMessage()] == told


async def test_fingerprints_are_kept_of_the_last_run_alone(place: Place) -> None:
    for _ in range(3):
        assert (await place.export()).exit_code == 0
    (kept,) = (place.project.state / "fingerprints" / place.name).iterdir()
    assert kept.name.startswith("3.polars-")
    assert oct(kept.stat().st_mode & 0o777) == "0o600"


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_what_vanished_stands_in_every_format(form: str, bikes: Place) -> None:
    await bikes.export(forms=("parquet", form))
    bikes.without([3])
    assert (await bikes.export(forms=("parquet", form))).exit_code == 0
    path = bikes.project.out / "contacts" / f"bikes.customers.{form}"
    rows = pl.read_csv(path, infer_schema=False).height if form == "csv" else pl.read_excel(path).height
    assert rows == bikes.table.height == 30


async def test_child_rows_of_what_vanished_stay_with_it(bikes: Place) -> None:
    await bikes.export()
    bikes.without([3])
    await bikes.export()
    phones = bikes.project.table("phone_numbers")
    assert phones.filter(source_id="3")["e164"].to_list() == ["+31612345678"]
    assert phones.height == 30


# -- beside incremental runs --------------------------------------------------------------------------


class Changing(Place):
    """A shop that tells what changed, too."""

    def __init__(self, project: Project, server: Server) -> None:
        super().__init__(project, server, "bikes.customers")
        self.changed: dict[int, str] = {}
        server.script = lambda seen: customers_or_changes(self, seen)


def customers_or_changes(shop: Changing, seen: Seen) -> Answer:
    told = shop.changed if is_closing(seen) else shop.records
    body = page([customer(number, name=name) for number, name in told.items()])
    return Answer(body, headers={"Date": format_datetime(NOON + shop.days * DAY, usegmt=True)})


@pytest.fixture
def changing(project: Project) -> Any:
    with Server([]) as server:
        yield Changing(project, server)


async def test_an_incremental_run_tells_nothing_of_deletions_and_keeps_those_known(changing: Changing) -> None:
    await changing.export()
    changing.without([3])
    await changing.export()
    changing.without([4])
    changing.changed = {5: "Anders", 31: "Nieuw"}
    report = await changing.export(since="last")
    assert (report.exit_code, vanished(report)) == (0, (1, {"new": 1, "changed": 1, "vanished": 0}))
    assert changing.gone() == {"3": NOON + 2 * DAY}
    assert changing.table.height == 31
    changing.changed = {3: "Terug"}
    assert (await changing.export(since="last")).exit_code == 0
    assert changing.gone() == {}
    assert changing.table.filter(source_id="3")["last_name"].to_list() == ["Terug"]
    changing.records |= {31: "Nieuw"}
    changing.changed = {}
    assert (await changing.export()).exit_code == 0
    assert set(changing.gone()) == {"3", "4"}, "only the next complete run tells that they are gone"
    assert changing.table.height == 31


async def test_incremental_runs_build_on_each_other_and_the_newest_counts(changing: Changing) -> None:
    await changing.export()
    for change in ({5: "Eerst", 6: "Zes"}, {5: "Dan", 40: "Veertig"}, {5: "Nu"}):
        changing.changed = change
        assert (await changing.export(since="last")).exit_code == 0
    names = dict(changing.table.select("source_id", "last_name").rows())
    assert (names["5"], names["6"], names["40"], names["7"], len(names)) == ("Nu", "Zes", "Veertig", "Naam 7", 31)
    again = changing.project.folder / "again"
    report = await changing.project.replay("bikes.customers", out=again)
    assert report.exit_code == 0
    assert pl.read_parquet(again / "contacts" / "bikes.customers.parquet").equals(changing.table)
    built = report.streams[0].built
    assert built is not None and (built.received, built.written, built.duplicates) == (35, 31, 4)


def test_the_command_accepts_deletions_when_told(project: Project, tmp_path: Path) -> None:
    with Server([]) as server:
        place = Place(project, server, "bikes.customers")
        assert project.cli("export", "--out", "out").code == 0
        place.without(range(1, 20))
        ran = project.cli("export", "--out", "out", "--json")
        assert (ran.code, ran.summary["exit_code"]) == (76, 76)
        assert "--accept-deletions" in ran.err
        asked = len(server.seen)
        ran = project.cli("export", "--out", "out", "--accept-deletions", "--json")
        assert (ran.code, len(server.seen)) == (0, asked)
        assert ran.summary["accounts"]["bikes"]["streams"]["customers"]["vanished"] == 19


async def test_a_record_that_can_no_longer_be_read_is_set_aside_and_not_taken_for_gone(bikes: Place) -> None:
    await bikes.export()
    tell = bikes.server.script
    assert callable(tell)

    def rotten(seen: Seen) -> Answer:
        answer = tell(seen)
        for record in answer.body["customers"]:
            record.update({"city": ["rotten"]} if record["customer_id"] == 3 else {})
        return answer

    bikes.server.script = rotten
    report = await bikes.export()
    assert (report.exit_code, report.rejected, bikes.gone()) == (65, 1, {})
    (built,) = [stream.built for stream in report.streams]
    assert built is not None and built.changes is not None and built.changes.vanished == []


async def test_another_server_under_the_same_name_begins_anew_and_nothing_vanished(project: Project) -> None:
    for number in (30, 20):
        with Server(()) as server:
            bikes = Place(project, server, "bikes.customers")
            bikes.records = {n: f"Naam {n}" for n in range(1, number + 1)}
            report = await bikes.project.export("bikes.customers", since="last")
        assert (report.exit_code, vanished(report)) == (0, (0, None))
        assert len(bikes.project.ids()) == number


@pytest.mark.parametrize("code", [None, 143])
async def test_a_run_cut_off_behind_its_tables_shows_what_vanished_once_when_it_is_run_again(
    code: int | None, bikes: Place
) -> None:
    await bikes.export()
    del bikes.records[3]
    report = await bikes.export()
    with sqlite3.connect(bikes.project.state / "state.db") as state:  # the cut: the run did not end of itself
        state.execute("UPDATE runs SET ended_at = NULL, exit_code = ? WHERE run_id = ?", (code, report.run_id))
        if code is None:  # and not even its extraction was known to be complete
            state.execute("UPDATE extractions SET complete_at = NULL WHERE id = (SELECT max(id) FROM extractions)")
    state.close()
    gone, asked = bikes.gone(), len(bikes.server.seen)
    bikes.days -= 1
    again = await bikes.export()
    assert (again.exit_code, len(bikes.server.seen)) == (0, asked)
    assert vanished(again)[0] == 1
    assert bikes.gone() == gone
    assert bikes.table["source_id"].n_unique() == bikes.table.height == 30
