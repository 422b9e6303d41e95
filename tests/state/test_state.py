"""What outlives a crash: landed pages, the journal, and the lock."""

from __future__ import annotations

import gzip
import hashlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.errors import CannotCreate, ConfigurationError, InputOutputError, TryLater
from etl.state.database import Database
from etl.state.files import make_folder, write_whole
from etl.state.journal import Journal, LandedPage, Withdrawal
from etl.state.journal_schema import MIGRATIONS
from etl.state.landing import Landing
from etl.state.landing_retention import LandingRetention
from etl.state.lock import hold
from etl.state.manifests import Manifests
from etl.state.vanished import Vanished, VanishedRecords

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "landing")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with closing(Database(tmp_path / "state.db", MIGRATIONS)) as database:
        yield Journal(database, Manifests(database, tmp_path / "landing"))


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


# -- landing ------------------------------------------------------------------------------------------


@settings(max_examples=30)
@given(body=st.binary(max_size=500))
def test_a_landed_body_reads_back_as_it_was(tmp_path_factory: pytest.TempPathFactory, body: bytes) -> None:
    landing = Landing(tmp_path_factory.mktemp("landing"))
    assert landing.read(landing.write("bikes", "customers", body, "identity").file) == body
    assert landing.read(landing.write("bikes", "customers", gzip.compress(body), "gzip").file) == body


def test_a_body_too_large_to_be_staged_in_memory_lands_the_same(landing: Landing, tmp_path: Path) -> None:
    body = os.urandom(3 << 20)
    staged = landing.stage("bikes", "customers", body, "identity")
    assert [path.name.startswith(".tmp-") for path in files(tmp_path / "landing")] == [True]
    landing.keep([staged])
    assert [path.name.startswith(".tmp-") for path in files(tmp_path / "landing")] == [False]
    assert landing.read(staged.landed.file) == body


def test_a_body_that_came_compressed_is_landed_as_it_came_under_the_name_of_its_content(
    landing: Landing, tmp_path: Path
) -> None:
    raw = gzip.compress(b"[]", mtime=5)
    landed = landing.write("bikes", "customers", raw, "gzip")
    path = tmp_path / "landing" / landed.file
    assert (path.read_bytes(), landed.size) == (raw, len(raw))
    assert path.name == f"{hashlib.sha256(raw).hexdigest()}.json.gz"


def test_the_same_page_is_landed_once(landing: Landing, tmp_path: Path) -> None:
    first = landing.write("bikes", "customers", b"[1]", "identity")
    (path,) = files(tmp_path / "landing")
    before = path.stat()
    assert landing.write("bikes", "customers", b"[1]", "identity") == first
    assert (files(tmp_path / "landing"), path.stat().st_ino) == ([path], before.st_ino)


@pytest.mark.parametrize("harm", ["flip", "cut", "empty", "remove"])
def test_a_damaged_page_is_named_and_landing_it_again_mends_it(harm: str, landing: Landing, tmp_path: Path) -> None:
    landed = landing.write("bikes", "customers", b"[1, 2, 3]", "identity")
    path = tmp_path / "landing" / landed.file
    whole = path.read_bytes()
    harms: dict[str, Callable[[], object]] = {
        "flip": lambda: path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1])),
        "cut": lambda: path.write_bytes(whole[:-3]),
        "empty": lambda: path.write_bytes(b""),
        "remove": path.unlink,
    }
    harms[harm]()
    with pytest.raises(InputOutputError) as damaged:
        landing.read(landed.file)
    assert path.name in str(damaged.value)
    assert landing.write("bikes", "customers", b"[1, 2, 3]", "identity") == landed
    assert landing.read(landed.file) == b"[1, 2, 3]"


def test_landed_pages_are_for_their_owner_only(landing: Landing, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        landing.write("bikes", "customers", b"[1]", "identity")
    finally:
        os.umask(before)
    for path in (tmp_path / "landing").rglob("*"):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600)


# -- files --------------------------------------------------------------------------------------------


def test_a_file_in_the_place_of_a_folder_is_told_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    for folder in (tmp_path / "out", tmp_path / "out" / "deeper" / "still"):
        with pytest.raises(CannotCreate, match="out"):
            make_folder(folder)
    assert (tmp_path / "out").read_text() == "mine"


def test_a_file_is_replaced_whole_and_leaves_no_temporary(tmp_path: Path) -> None:
    for data in (b"old", b"new"):
        write_whole(tmp_path / "a.json", data)
    assert [(path.name, path.read_bytes()) for path in files(tmp_path)] == [("a.json", b"new")]


# -- the database -------------------------------------------------------------------------------------


@pytest.mark.parametrize("content", [b"no database, but long enough" * 90, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_file_that_is_no_database_is_a_matter_of_configuration(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(content)
    with pytest.raises(ConfigurationError, match=r"state\.db"):
        Database(tmp_path / "state.db", MIGRATIONS)


def test_a_database_of_a_newer_release_is_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    Database(path, (*MIGRATIONS, "CREATE TABLE later (x)")).close()
    with pytest.raises(ConfigurationError, match="newer"):
        Database(path, MIGRATIONS)


def test_a_database_is_brought_up_to_date_in_steps(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    Database(path, MIGRATIONS[:1]).close()
    database = Database(path, (*MIGRATIONS, "CREATE TABLE later (x)"))
    assert database.read("SELECT count(*) FROM later")[0][0] == 0
    assert database.read("PRAGMA user_version")[0][0] == len(MIGRATIONS) + 1
    database.close()


def test_a_migration_that_fails_half_way_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with pytest.raises(InputOutputError):
        Database(path, ("CREATE TABLE one (x); CREATE TABBLE two (x)",))
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM sqlite_master").fetchone() == (0,)
    connection.close()


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    database = Database(tmp_path / "state.db", ("CREATE TABLE one (x)",))
    with pytest.raises(RuntimeError), database.write() as connection:
        connection.execute("INSERT INTO one VALUES (1)")
        raise RuntimeError
    assert database.read("SELECT * FROM one") == []
    database.close()


# -- the journal --------------------------------------------------------------------------------------


def begun(journal: Journal, now: datetime = NOW, arguments: str = "a"):  # type: ignore[no-untyped-def]
    run_id = journal.begin_run("export", arguments, now)
    return run_id, journal.begin_extraction(
        run_id, "bikes", "customers", tenant="t", origin="o", arguments=arguments, since=None, first={}, now=now
    )


def land(journal: Journal, extraction: int, position: int, following: dict[str, str] | None) -> None:
    page = LandedPage(position, {"offset": str(position)}, f"f{position}", 10, 5, NOW)
    journal.land(extraction, [page], following=following, server_date=NOW + DAY * position)


def end(journal: Journal, run_id: str, exit_code: int, resume_at: str | None = None, status: str = "x") -> None:
    journal.end_run(run_id, {"status": status, "exit_code": exit_code, "resume_at": resume_at}, NOW)


def found(journal: Journal, now: datetime = NOW, arguments: str = "a", tenant: str = "t"):  # type: ignore[no-untyped-def]
    return journal.resumable("bikes", "customers", tenant=tenant, arguments=arguments, now=now)


def test_an_extraction_goes_on_at_the_page_after_its_last_landed_one(journal: Journal) -> None:
    _, extraction = begun(journal)
    land(journal, extraction.id, 0, {"offset": "1"})
    land(journal, extraction.id, 1, {"offset": "2"})
    again = found(journal)
    assert (again.id, again.next) == (extraction.id, {"offset": "2"})
    assert [page.position for page in journal.pages(extraction.id)] == [0, 1]
    assert again.server_date == NOW, "the time of the first page, so that nothing changed since is missed"


def test_a_page_is_journalled_once(journal: Journal) -> None:
    _, extraction = begun(journal)
    land(journal, extraction.id, 0, {"offset": "1"})
    with pytest.raises(ConfigurationError):
        land(journal, extraction.id, 0, None)
    assert found(journal).next == {"offset": "1"}


@pytest.mark.parametrize(
    ("exit_code", "goes_on"), [(0, False), (65, False), (74, False), (75, True), (130, True), (143, True)]
)
def test_a_complete_stream_is_kept_for_a_run_that_is_not_over(exit_code: int, goes_on: bool, journal: Journal) -> None:
    run_id, extraction = begun(journal)
    land(journal, extraction.id, 0, None)
    journal.complete(extraction.id, NOW)
    assert found(journal) is not None, "killed before the run ended"
    end(journal, run_id, exit_code)
    assert (found(journal) is not None) == goes_on


def test_nothing_goes_on_with_other_arguments_or_at_another_tenant_or_after_twelve_hours(journal: Journal) -> None:
    begun(journal)
    assert found(journal, arguments="b") is None
    assert found(journal, tenant="u") is None
    assert found(journal, NOW + timedelta(hours=11, minutes=59)) is not None
    assert found(journal, NOW + timedelta(hours=12, minutes=1)) is None


def test_a_parked_run_goes_on_when_a_daily_schedule_comes_by_after_its_time(journal: Journal) -> None:
    run_id, extraction = begun(journal)
    journal.park([extraction.id], NOW + DAY)
    end(journal, run_id, 75, "2026-03-11T12:00:00Z", status="parked")
    assert found(journal, NOW + DAY + timedelta(hours=24)) is not None
    assert found(journal, NOW + DAY + timedelta(hours=26)) is None


@pytest.mark.parametrize("exit_code", [0, 65, 70, 73, 74, 75, 76, 130])
def test_what_landed_whole_is_not_fetched_again_until_its_tables_are_written(exit_code: int, journal: Journal) -> None:
    run_id, extraction = begun(journal)
    land(journal, extraction.id, 0, None)
    end(journal, run_id, exit_code)
    again = found(journal)
    assert (again.id, again.next) == (extraction.id, None)
    assert journal.latest_complete("bikes", "customers", tenant="t") == []


def test_what_was_not_believed_is_taken_up_only_by_a_run_that_accepts_it(journal: Journal) -> None:
    run_id, extraction = begun(journal)
    land(journal, extraction.id, 0, None)
    journal.disbelieve(extraction.id)
    end(journal, run_id, 76)
    assert found(journal) is None
    accepted = journal.resumable(
        "bikes", "customers", tenant="t", arguments="a", now=NOW + timedelta(hours=1), accepting=True
    )
    assert accepted is not None
    assert (accepted.id, accepted.next) == (extraction.id, None)
    journal.complete(extraction.id, NOW)
    assert [e.id for e in journal.latest_complete("bikes", "customers", tenant="t")] == [extraction.id]


def test_a_group_of_pages_is_journalled_with_the_time_of_the_first_and_the_overlap_of_the_last(
    journal: Journal,
) -> None:
    _, extraction = begun(journal)
    group = [LandedPage(n, {"offset": str(n)}, f"f{n}", 10, 5, NOW) for n in range(3)]
    journal.land(
        extraction.id, group, following={"offset": "3"}, server_date=None, changes_from=NOW - DAY, overlap=False
    )
    assert journal.pages(extraction.id) == group
    assert (found(journal).server_date, found(journal).changes_from, found(journal).overlap) == (None, NOW - DAY, False)
    later = LandedPage(3, {"offset": "3"}, "f3", 10, 5, NOW)
    journal.land(extraction.id, [later], following=None, server_date=NOW + DAY, changes_from=NOW + DAY)
    assert (found(journal).server_date, found(journal).changes_from) == (None, NOW - DAY)


@pytest.mark.parametrize("following", [None, {"offset": "1"}])
def test_what_is_dropped_does_not_go_on_complete_or_not(following: dict[str, str] | None, journal: Journal) -> None:
    _, extraction = begun(journal)
    land(journal, extraction.id, 0, following)
    if following is None:
        journal.complete(extraction.id, NOW)
    journal.drop_unfinished("bikes", "customers", tenant="t")
    assert found(journal) is None
    complete = journal.latest_complete("bikes", "customers", tenant="t")
    assert len(complete) == (following is None), "a replay still has it"


def test_pages_that_were_purged_stay_so_when_a_run_begins_anew(landing: Landing, tmp_path: Path) -> None:
    database = Database(tmp_path / "state.db", MIGRATIONS)
    manifests = Manifests(database, tmp_path / "landing")
    journal = Journal(database, manifests)
    for _ in range(2):
        _, extraction = begun(journal)
        land(journal, extraction.id, 0, None)
        journal.complete(extraction.id, NOW)
    LandingRetention(database, landing, manifests).purge("bikes.customers", before=None)
    journal.drop_unfinished("bikes", "customers", tenant="t")
    found = database.read("SELECT arguments, withdrawn, complete_at FROM extractions ORDER BY id")
    assert [tuple(row) for row in found] == [
        ("a", Withdrawal.PURGED, None),
        ("a", Withdrawal.DROPPED, "2026-03-10T12:00:00Z"),
    ]
    database.close()


def extractions(journal: Journal) -> list[int]:
    """Five of them: whole, changes, whole, changes that are unfinished, changes."""
    numbers = []
    for since, complete in ((None, True), ("x", True), (None, True), ("y", False), ("z", True)):
        run_id = journal.begin_run("export", "a", NOW)
        extraction = journal.begin_extraction(
            run_id, "bikes", "customers", tenant="t", origin="o", arguments="a", since=since, first={}, now=NOW
        )
        land(journal, extraction.id, 0, None if complete else {"offset": "1"})
        if complete:
            journal.complete(extraction.id, NOW)
        numbers.append(extraction.id)
    return numbers


def test_a_replay_takes_the_newest_complete_extraction_and_what_came_since(journal: Journal) -> None:
    numbers = extractions(journal)
    assert [e.id for e in journal.latest_complete("bikes", "customers", tenant="t")] == [numbers[2], numbers[4]]


@pytest.mark.parametrize(("before", "stands_on"), [(0, []), (1, [0]), (2, [0, 1]), (3, [2]), (4, [2])])
def test_an_extraction_is_compared_with_what_stood_before_it(
    before: int, stands_on: list[int], journal: Journal
) -> None:
    numbers = extractions(journal)
    found = journal.latest_complete("bikes", "customers", tenant="t", before=numbers[before])
    assert [e.id for e in found] == [numbers[n] for n in stands_on]


# -- what vanished ------------------------------------------------------------------------------------


def test_vanished_records_are_kept_by_stream_until_they_are_back(tmp_path: Path) -> None:
    database = Database(tmp_path / "state.db", MIGRATIONS)
    kept = VanishedRecords(database, Manifests(database, tmp_path / "landing"))
    one, two = (Vanished(key, NOW, NOW - DAY, f'{{"id": {key}, "city": "Ede\\n"}}') for key in ("1", "2"))
    kept.change("bikes", "customers", "t", gone=[one, two], back=[])
    kept.change("park", "klanten", "t", gone=[one], back=[])
    assert kept.of("bikes", "customers", "t") == [one, two]
    again = Vanished("1", NOW + DAY, NOW, "{}")
    kept.change("bikes", "customers", "t", gone=[again], back=["2"])
    assert kept.of("bikes", "customers", "t") == [one], "the time at which it was first missed stays"
    kept.change("bikes", "customers", "t", gone=[again], back=["1"])
    assert kept.of("bikes", "customers", "t") == [again], "back, and gone once more"
    assert kept.of("park", "klanten", "t") == [one]
    assert kept.of("bikes", "customers", "u") == []
    database.close()


# -- the lock -----------------------------------------------------------------------------------------

HOLDER = """
import sys
from pathlib import Path
from etl.state.lock import hold
from etl.state.manifests import Manifests
with hold(Path(sys.argv[1]), ["bikes.customers"]):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_lock_is_refused_at_once_while_another_process_holds_it_and_free_when_that_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None and holder.stdout.readline() == b"held\n"
        with pytest.raises(TryLater, match=r"bikes\.customers"), hold(tmp_path, ["a", "bikes.customers"]):
            pass
        with hold(tmp_path, ["a"]):
            pass
        holder.kill()
    with hold(tmp_path, ["bikes.customers"]):
        pass
