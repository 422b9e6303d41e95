"""The manifests tell what the journal knows, whatever was done to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from etl.state.database import Database
from etl.state.journal import Extraction, Journal, LandedPage
from etl.state.journal_file import open_journal
from etl.state.journal_rebuild import Rebuilt, rebuild
from etl.state.landing import Landing
from etl.state.landing_retention import LandingRetention
from etl.state.manifests import Manifests
from etl.state.tenants import Tenants
from etl.state.vanished import Vanished, VanishedRecords

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
TABLES = ("extractions", "pages", "run_extractions", "vanished", "same_shops")


@dataclass
class Folder:
    """A state folder at work."""

    path: Path
    database: Database

    def __post_init__(self) -> None:
        self.landing = Landing(self.path / "landing")
        self.manifests = Manifests(self.database, self.path / "landing")
        self.journal = Journal(self.database, self.manifests)

    def begin(self, since: str | None = None, tenant: str = "t") -> Extraction:
        run = self.journal.begin_run("export", "{}", NOW)
        given = {"tenant": tenant, "origin": "https://x", "arguments": "{}", "first": {"offset": "0"}}
        return self.journal.begin_extraction(run, "bikes", "customers", since=since, now=NOW, **given)  # type: ignore[arg-type]

    def land(self, extraction: Extraction, position: int, following: dict[str, str] | None) -> None:
        landed = self.landing.write("bikes", "customers", f"[{extraction.id}, {position}]".encode(), "identity")
        page = LandedPage(position, {"offset": str(position)}, landed.file, landed.size, 1, NOW)
        self.journal.land(extraction.id, [page], following=following, server_date=NOW, overlap=position > 1)

    def complete(self, since: str | None = None, tenant: str = "t") -> Extraction:
        extraction = self.begin(since, tenant)
        self.land(extraction, 0, None)
        self.journal.complete(extraction.id, NOW)
        return extraction


def known(database: Database) -> dict[str, list[dict[str, Any]]]:
    return {table: [dict(row) for row in database.read(f"SELECT * FROM {table} ORDER BY 1, 2")] for table in TABLES}


def again(folder: Folder) -> Rebuilt:
    """Make the journal anew, as if the one at hand were gone."""
    folder.database.close()
    (folder.path / "state.db").write_bytes(b"")
    return rebuild(folder.path, NOW, lambda run_id, arguments: None, lambda *_: None)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    with closing(open_journal(tmp_path)) as database:
        yield Folder(tmp_path, database)


def unfinished(folder: Folder) -> None:
    extraction = folder.begin()
    folder.land(extraction, 0, {"offset": "1"})
    folder.land(extraction, 1, {"offset": "2"})
    folder.land(extraction, 2, {"offset": "3"})


def parked_and_taken_up(folder: Folder) -> None:
    for taken_up in (False, True):
        extraction = folder.begin()
        folder.land(extraction, 0, {"offset": "1"})
        folder.journal.park([extraction.id], NOW + timedelta(days=1))
        if taken_up:
            folder.journal.adopt(folder.journal.begin_run("export", "{}", NOW), extraction)


def changes_upon_changes(folder: Folder) -> None:
    folder.complete()
    folder.complete("a")
    folder.complete("b")
    folder.journal.disbelieve(folder.complete("c").id)


def begun_anew(folder: Folder) -> None:
    folder.complete()
    folder.journal.drop_unfinished("bikes", "customers", tenant="t")
    folder.complete()


def vanished_and_back(folder: Folder) -> None:
    folder.complete()
    records = VanishedRecords(folder.database, folder.manifests)
    gone = [Vanished(key, NOW, NOW, "{}") for key in "abc"]
    records.change("bikes", "customers", "t", gone=gone, back=[])
    records.change("bikes", "customers", "t", gone=[], back=["b"])


def joined(folder: Folder) -> None:
    folder.complete(tenant="s https://x a")
    folder.complete(tenant="s https://x b")
    tenants = Tenants(folder.database, folder.manifests)
    tenants.join("bikes", later="s https://x b", earlier="s https://x a", now=NOW)


def of_an_older_release(folder: Folder) -> None:
    changes_upon_changes(folder)
    for path in (folder.path / "landing").rglob("*.pages"):
        path.unlink()
    folder.manifests.make_missing("bikes", "customers")


@pytest.mark.parametrize(
    "story",
    [unfinished, parked_and_taken_up, changes_upon_changes, begun_anew, vanished_and_back, joined, of_an_older_release],
    ids=lambda story: story.__name__,
)
def test_a_journal_that_was_made_again_knows_the_same(story: Any, folder: Folder) -> None:
    story(folder)
    before = known(folder.database)
    again(folder)
    with closing(open_journal(folder.path)) as database:
        assert known(database) == before


def test_what_was_purged_is_not_known_again(folder: Folder) -> None:
    folder.complete()
    folder.complete()
    LandingRetention(folder.database, folder.landing, folder.manifests).purge("bikes.customers", before=None)
    told = again(folder)
    assert [(each.complete, each.unfinished) for each in told.streams] == [(1, 0)]
    assert (told.pages, told.lost, told.unnamed) == (1, 0, 0)


@pytest.mark.parametrize("left", range(0, 300, 29))
def test_a_line_that_a_kill_tore_is_no_page_and_the_next_one_stands_in_its_place(left: int, folder: Folder) -> None:
    extraction = folder.begin()
    folder.land(extraction, 0, {"offset": "1"})
    (manifest,) = (folder.path / "landing").rglob("*.pages")
    whole = manifest.read_bytes()
    manifest.write_bytes(whole + whole[:left])
    folder.land(extraction, 1, None)
    before = known(folder.database)
    again(folder)
    with closing(open_journal(folder.path)) as database:
        assert known(database) == before


def test_pages_that_the_journal_did_not_come_to_know_are_landed_again(folder: Folder) -> None:
    extraction = folder.begin()
    folder.land(extraction, 0, {"offset": "1"})
    page = {**folder.database.read("SELECT * FROM pages")[0], "position": 1, "file": "bikes/customers/other"}
    folder.manifests.land(extraction.id, [page], next='{"offset": "2"}')
    folder.land(extraction, 1, None)
    before = known(folder.database)
    again(folder)
    with closing(open_journal(folder.path)) as database:
        assert known(database) == before
