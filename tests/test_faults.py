"""What goes wrong between a server and our files, and what comes of it: nothing lost, nothing twice, the right code."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import os
import resource
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.runs.report import TablesReport
from tests.support.clock import NOON, QuickClock
from tests.support.scripted import (
    CHANGES,
    Answer,
    Raw,
    RawServer,
    Script,
    Seen,
    Server,
    customer,
    http,
    is_closing,
    offsets,
    page,
    shop,
    shop_of,
    unchanged,
)
from tests.support.workplace import BIKES, BOOKS, PARK, Project, ended

Recorded = Callable[[Seen], Answer]


async def exported(
    project: Project, script: Script, *streams: str, config: str = BIKES, **how: Any
) -> tuple[TablesReport, Server]:
    """An export against a server that plays a script."""
    with Server(script) as server:
        project.configure(config, server.base_url)
        return await project.export(*streams, **how), server


def failing(script: Recorded, at: Mapping[str, list[Answer]]) -> Recorded:
    """The script, with other answers to some offsets first."""
    left = {offset: list(answers) for offset, answers in at.items()}

    def answer(seen: Seen) -> Answer:
        waiting = left.get(seen.query.get("offset", "0"), [])
        return waiting.pop(0) if waiting else script(seen)

    return answer


AWAY = [Answer(b"", 503)] * 5


# -- what stands behind the records --------------------------------------------------------------------


async def test_a_page_that_tells_of_errors_behind_its_records_is_not_used(project: Project) -> None:
    """The document knows `error` and `error_message` alone: what else is said of errors may mean that rows lack."""
    report, server = await exported(project, [Answer(page([customer(1)], errors=["row 2 cannot be shown"]))])
    assert (report.exit_code, len(server.seen)) == (76, 1), "it is not asked for again: it is whole JSON"
    assert "errors beside its records" in str(report.errors[0])
    assert "row 2" not in str(report.errors[0])


@pytest.mark.parametrize("more", [{"links": ["a"]}, {"hints": [{"a": [1]}]}, {"errors": []}])
async def test_a_list_behind_the_records_is_no_part_of_them(more: dict[str, Any], project: Project) -> None:
    report, _ = await exported(project, unchanged(Answer(page([customer(1), customer(2)], **more))))
    assert (report.exit_code, project.ids()) == (0, ["1", "2"])


# -- answers that are none ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answer", "code", "says"),
    [
        (
            Answer(b"<!DOCTYPE html><p>Mevrouw De Vries, log in</p>", 200, {"Content-Type": "text/html"}),
            75,
            "a web page",
        ),
        (Answer(b"  <html>Mevrouw De Vries</html>"), 75, "a web page"),
        (Answer({"error": True, "error_message": "Unknown parameter"}), 69, "Unknown parameter"),
        (Answer({**page([customer(1)]), "error": True, "error_message": "Half done"}), 69, "Half done"),
        (Answer(b""), 76, "is empty"),
        (Answer({}), 76, "not the list"),
        (Answer([]), 76, "not the list"),
        (Answer(b"null"), 76, "not JSON"),
        (Answer({"customers": []}), 76, "not the list"),
        (Answer({"customers": None, "pagination": {"count": 0, "next_offset": None}}), 76, "not the list"),
        (Answer(json.dumps(page([customer(1)])).encode()[:-30]), 76, ""),
        (Answer({**page([customer(1)]), "pagination": {"count": 2, "next_offset": None}}), 76, "says 2 records"),
        (Answer(page([customer(1)]), 201), 76, "not a list"),
        (Answer(b"", 204), 76, "not a list"),
        (Answer({}, 404), 69, "refuses (404)"),
        (Answer({}, 401), 77, "credentials"),
        (Answer({}, 302, {"Location": "/login"}), 76, "redirects"),
    ],
)
async def test_an_answer_that_is_no_page_is_never_no_rows_and_done(
    answer: Answer, code: int, says: str, project: Project, capfd: pytest.CaptureFixture[str]
) -> None:
    report, _ = await exported(project, [answer])
    told = json.dumps(report.as_dict())
    assert (report.exit_code, report.status) == (code, "failed"), told
    assert says in told
    assert "De Vries" not in told + "".join(capfd.readouterr())
    assert not (project.out / "contacts" / "bikes.customers.parquet").exists()


@pytest.mark.parametrize("body", [b"{}", b'{"error": "no such key"}', b"", b'{"contacten": []}', b'[{"id": 1}'])
async def test_an_answer_of_a_bare_list_that_is_none_is_never_no_rows_and_done(body: bytes, project: Project) -> None:
    report, _ = await exported(project, [Answer(body)], "park.contacten", config=PARK)
    assert report.exit_code in (69, 76)


async def test_an_empty_list_is_no_rows_and_done(project: Project) -> None:
    report, _ = await exported(project, [Answer(page([]))])
    assert (report.exit_code, report.status, project.ids()) == (0, "complete", [])


async def test_a_page_that_was_cut_is_fetched_again_and_whole_then(project: Project) -> None:
    cut = Answer(json.dumps(page([customer(1)])).encode()[:-30])
    report, server = await exported(project, unchanged(cut, Answer(page([customer(1)]))))
    assert (report.exit_code, project.ids(), offsets(server)) == (0, ["1"], ["0", "0", CHANGES])


@pytest.mark.parametrize(
    "first",
    [
        Raw([http(gzip.compress(json.dumps(page([customer(1)])).encode())[:-9], "Content-Encoding: gzip")]),
        Raw([http(b'{"customers": [', length=9_999)]),
        Raw([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{"]),
        Raw([]),
    ],
)
async def test_an_attempt_that_breaks_off_leaves_nothing_of_it_in_the_tables(first: Raw, project: Project) -> None:
    whole = Raw([http(json.dumps(page([customer(1)])).encode())])
    with RawServer(first, whole) as server:
        report = await project.configure(BIKES, server.base_url).export()
    assert (report.exit_code, project.ids()) == (0, ["1"])


# -- rotten records -----------------------------------------------------------------------------------


async def test_one_rotten_record_among_500_is_set_aside_and_the_other_499_are_written(project: Project) -> None:
    records = [json.dumps(customer(n)) for n in range(500)]
    records[250] = records[250].replace("Utrecht", "\\ud800")
    body = f'{{"error":false,"customers":[{",".join(records)}],"pagination":{{"count":500,"next_offset":null}}}}'
    report, _ = await exported(project, unchanged(Answer(body.encode())), forms=("parquet", "csv"))
    summary = report.as_dict()
    assert (summary["exit_code"], summary["status"]) == (65, "complete")
    assert [summary[name] for name in ("received", "written", "rejected", "duplicates")] == [500, 499, 1, 0]
    assert project.ids() == [str(n) for n in range(500) if n != 250]
    rejects = (project.out / "rejects" / "bikes.customers.jsonl").read_text().splitlines()
    (reject,) = map(json.loads, rejects)
    assert reject["raw"] == records[250]
    assert (reject["page"], reject["position"], reject["field"]) == (0, 250, "city")


async def test_the_rejects_of_an_earlier_export_do_not_outlive_a_clean_one(project: Project) -> None:
    rotten = Answer(page([customer(1), {"customer_id": None}]))
    report, _ = await exported(project, [rotten])
    assert report.exit_code == 65
    report, _ = await exported(project, [Answer(page([customer(1)]))])
    assert report.exit_code == 0
    assert not (project.out / "rejects" / "bikes.customers.jsonl").exists()


# -- paging -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("following", "says"),
    [
        (10, "does not advance"),
        (5, "does not advance"),
        (0, "does not advance"),
        ("soon", "not a number"),
        (-1, "not a number"),
        (1.5, "not a number"),
        (True, "not a number"),
    ],
)
async def test_a_next_offset_that_cannot_be_right_is_76_and_the_cursor_stays(
    following: Any, says: str, project: Project
) -> None:
    bad = [Answer(page([customer(n) for n in range(10, 20)], following))] * 9
    report, server = await exported(project, failing(shop(30), {"9": bad, "10": bad}))
    assert (report.exit_code, set(offsets(server)) - {"10"}) == (76, {"0", "9"})
    assert says in str(report.errors[0])
    assert not (project.out / "contacts" / "bikes.customers.parquet").exists()
    report, server = await exported(Project(project.folder), shop(30))
    assert report.exit_code == 0
    assert len(project.ids()) == 30


async def test_after_a_broken_cursor_the_same_command_asks_that_page_again(project: Project) -> None:
    bad = Answer(page([customer(10), customer(11)], "soon"))
    with Server(failing(shop(30), {"9": [bad]})) as server:
        project.configure(BIKES, server.base_url)
        assert (await project.export()).exit_code == 76
        assert (await project.export()).exit_code == 0
        assert offsets(server) == ["0", "9", "9", "18", "27", CHANGES]
    assert project.ids() == [str(n) for n in range(1, 31)]


async def test_a_cursor_that_goes_in_a_circle_is_76_and_no_page_is_kept_twice(project: Project) -> None:
    """Every page names the same next one: none of them can be told from a new one by its records."""

    def answer(seen: Seen) -> Answer:
        at = int(seen.query.get("offset", "0"))
        return Answer(page([customer(n) for n in range(at, at + 10)], 10))

    report, server = await exported(project, answer)
    assert (report.exit_code, offsets(server)) == (76, ["0", "9", "10"])
    assert "does not advance" in str(report.errors[0])


async def test_an_empty_page_with_a_next_one_is_76(project: Project) -> None:
    bad = [Answer(page([], 20))] * 9
    report, server = await exported(project, failing(shop(30), {"9": bad, "10": bad}))
    assert (report.exit_code, offsets(server)[-1]) == (76, "10")
    assert "empty" in str(report.errors[0])


async def test_pages_of_odd_sizes_and_an_empty_last_one_end(project: Project) -> None:
    """Each page names a next one, but the empty one at the end; the sizes come in turn."""
    sizes = iter([3, 1, 7, 5, 4])

    def answer(seen: Seen) -> Answer:
        if is_closing(seen):
            return Answer(page([]))
        start = int(seen.query.get("offset", "0"))
        end = min(start + next(sizes, 3), 20)
        return Answer(page([customer(n) for n in range(start, end)], end if end > start else None))

    report, _ = await exported(project, answer)
    assert (report.exit_code, report.errors) == (0, [])
    assert project.ids() == [str(n) for n in range(20)]


async def test_a_page_of_which_nothing_can_be_read_is_not_the_last_one(project: Project) -> None:
    """Records that cannot be read have ids all the same: the list goes on behind them."""

    def answer(seen: Seen) -> Answer:
        after = int(seen.query.get("id>", "0"))
        spoilt = {"naam": {"x": 1}}
        return Answer([{**klant(n), **(spoilt if 10 < n <= 20 else {})} for n in range(after + 1, 31)][:10])

    report, _ = await exported(project, answer, "park.klanten", config=PARK)
    assert (report.exit_code, report.rejected) == (65, 10)
    assert {int(number) for number in project.ids("park.klanten")} == {*range(1, 11), *range(21, 31)}


def klant(number: int) -> dict[str, Any]:
    return {"id": number, "type": "klant", "displaynaam": f"Klant {number}", "naam": f"Klant {number}"}


def klanten(rows: int, size: int, bound: str) -> Recorded:
    """A server that reads `id>` as it pleases."""

    def answer(seen: Seen) -> Answer:
        after = int(seen.query.get("id>", "0"))
        start = {"exclusive": after + 1, "inclusive": max(after, 1), "ignored": 1}[bound]
        end = rows if bound == "ignored" else min(start + size - 1, rows)
        return Answer([klant(n) for n in range(start, end + 1)])

    return answer


@pytest.mark.parametrize("bound", ["inclusive", "exclusive", "ignored"])
@pytest.mark.parametrize("rows", [0, 1, 4, 5, 23])
async def test_every_klant_comes_once_however_the_server_reads_its_bound(
    bound: str, rows: int, project: Project
) -> None:
    report, server = await exported(project, klanten(rows, 4, bound), "park.klanten", config=PARK)
    assert report.exit_code == 0
    assert sorted(project.ids("park.klanten"), key=int) == [str(n) for n in range(1, rows + 1)]
    built = report.streams[0].built
    assert built is not None and built.received == built.written + built.duplicates
    assert len(server.seen) <= rows / 3 + 2


async def test_a_row_that_came_twice_counts_once_and_as_it_came_last(project: Project) -> None:
    first = page([customer(1, city="Edam"), customer(2)], 2)
    second = page([customer(2), customer(1, city="Urk"), customer(3)])
    report, _ = await exported(
        project,
        lambda seen: Answer(page([]) if is_closing(seen) else second if seen.query.get("offset") else first),
        forms=("parquet", "csv", "xlsx"),
    )
    summary = report.as_dict()
    assert [summary[name] for name in ("received", "written", "duplicates")] == [5, 3, 2]
    table = project.table().sort("source_id")
    assert table.select("source_id", "city").rows() == [("1", "Urk"), ("2", "Utrecht"), ("3", "Utrecht")]
    assert project.table("phone_numbers").height == 3
    assert pl.read_csv(project.out / "contacts" / "bikes.customers.csv", infer_schema=False).height == 3
    assert temporaries(project.out) == []


# -- going on where it stopped ------------------------------------------------------------------------


def temporaries(folder: Path) -> list[str]:
    return [str(path) for path in folder.rglob("*") if path.name.startswith(".tmp-")]


def contents(out: Path) -> dict[str, pl.DataFrame]:
    """The tables, but for when their pages came."""
    return {
        str(path.relative_to(out)): pl.read_parquet(path).drop("extracted_at", strict=False)
        for path in sorted(out.rglob("*.parquet"))
    }


def same(one: Path, other: Path) -> bool:
    left, right = contents(one), contents(other)
    return left.keys() == right.keys() and all(left[name].equals(right[name]) for name in left) and bool(left)


async def test_after_an_outage_the_same_command_goes_on_from_there(project: Project) -> None:
    with Server(failing(shop(37), {"18": AWAY})) as server:
        project.configure(BIKES, server.base_url)
        report = await project.export()
        assert (report.exit_code, report.status) == (75, "failed")
        assert report.resume_at is not None
        before = len(server.seen)
        report = await project.export()
        assert (report.exit_code, offsets(server)[before:]) == (0, ["18", "27", CHANGES])
    assert project.ids() == [str(n) for n in range(1, 38)]


async def test_after_an_outage_of_one_stream_the_others_are_not_fetched_again(project: Project) -> None:
    away = [True]

    def answer(seen: Seen) -> Answer:
        if seen.path.endswith("producten"):
            return Answer(b"", 503) if away[0] else Answer([{"id": 1, "naam": "Kano"}])
        return Answer([klant(1)])

    with Server(answer) as server:
        project.configure(PARK, server.base_url)
        report = await project.export()
        assert (report.exit_code, report.status) == (75, "partial")
        away[0] = False
        before = len(server.seen)
        report = await project.export()
        assert report.exit_code == 0
        assert [seen.path for seen in server.seen[before:]] == ["/api2/producten"]
    assert project.ids("park.contacten") == ["1"]


async def test_a_finished_export_starts_anew(project: Project) -> None:
    with Server(shop(20)) as server:
        project.configure(BIKES, server.base_url)
        for _ in range(2):
            assert (await project.export()).exit_code == 0
    assert offsets(server)[:4] == ["0", "9", "18", CHANGES]
    assert sorted(offsets(server)[4:]) == ["0", "18", "9", CHANGES]


@pytest.mark.parametrize(("hours", "again"), [(11, ["18", "27", CHANGES]), (13, ["0", "9", "18", "27", CHANGES])])
async def test_an_unfinished_export_goes_on_for_twelve_hours(hours: int, again: list[str], project: Project) -> None:
    with Server(failing(shop(37), {"18": AWAY})) as server:
        project.configure(BIKES, server.base_url)
        await project.export()
        before = len(server.seen)
        report = await project.export(clock=QuickClock(NOON + timedelta(hours=hours)))
        assert (report.exit_code, offsets(server)[before:]) == (0, again)
    assert len(project.ids()) == 37


async def test_full_discards_what_is_unfinished(project: Project) -> None:
    with Server(failing(shop(37), {"18": AWAY})) as server:
        project.configure(BIKES, server.base_url)
        await project.export()
        before = len(server.seen)
        assert (await project.export(full=True)).exit_code == 0
        assert offsets(server)[before:] == ["0", "9", "18", "27", CHANGES]


async def test_other_arguments_do_not_go_on_with_an_unfinished_export(project: Project) -> None:
    with Server(failing(shop(37), {"18": AWAY})) as server:
        project.configure(BIKES, server.base_url)
        await project.export()
        before = len(server.seen)
        assert (await project.export(forms=("csv",))).exit_code == 0
        assert len(server.seen) - before == 5


async def test_another_server_under_the_same_name_does_not_go_on_with_an_unfinished_export(project: Project) -> None:
    await exported(project, failing(shop(37), {"18": AWAY}))
    report, server = await exported(project, shop(37))
    assert (report.exit_code, len(server.seen)) == (0, 5)


async def test_a_day_spent_on_the_way_parks_and_the_next_day_goes_on(project: Project) -> None:
    config = BIKES + "[accounts.bikes.budget]\nper_day = 3\n"
    midnight = NOON + timedelta(hours=11)
    with Server(shop(30)) as server:
        project.configure(config, server.base_url)
        report = await project.export()
        summary = report.as_dict()
        assert (summary["exit_code"], summary["status"], summary["resume_at"]) == (75, "parked", "2026-03-10T23:00:00Z")
        assert not project.out.joinpath("contacts/bikes.customers.parquet").exists()
        report = await project.export(clock=QuickClock(midnight + timedelta(minutes=1)))
        assert (report.exit_code, report.status) == (0, "complete")
        assert offsets(server) == ["0", "9", "18", "27", CHANGES]
    assert len(project.ids()) == 30


async def test_with_wait_a_spent_day_is_waited_for(project: Project) -> None:
    config = BIKES + "[accounts.bikes.budget]\nper_day = 2\n"
    clock = QuickClock()
    with Server(shop(37)) as server:
        report = await project.configure(config, server.base_url).export(clock=clock, wait=True)
    assert (report.exit_code, len(project.ids()), len(server.seen)) == (0, 37, 5)
    assert clock.now() >= NOON + timedelta(hours=35)


async def test_a_reserve_is_left_to_others(project: Project) -> None:
    config = BIKES + "[accounts.bikes.budget]\nper_day = 10\nreserve_per_day = 8\n"
    report, server = await exported(project, shop(50), config=config)
    assert (report.status, len(server.seen)) == ("parked", 2)


# -- signals and other processes ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output of an export of 60 customers that nothing disturbed."""
    calm = Project(tmp_path_factory.mktemp("calm"))
    with Server(shop(60)) as server:
        report = asyncio.run(calm.configure(BIKES, server.base_url).export())
    assert report.exit_code == 0
    return calm.out


def stopped(project: Project, server: Server, after: int, number: int) -> subprocess.Popen[str]:
    process = project.start("export", "--out", "out", "--json")
    server.wait_for(after)
    process.send_signal(number)
    return process


@pytest.mark.parametrize("after", [1, 3, 6])
def test_after_kill_9_the_same_command_fetches_only_what_is_missing(
    after: int, project: Project, undisturbed: Path
) -> None:
    with Server(shop(60, wait_s=0.05)) as server:
        project.configure(BIKES, server.base_url)
        ended(stopped(project, server, after, signal.SIGKILL))
        asked, kept = offsets(server), landed(project)
        assert len(asked) - len(kept) <= 8
        ran = project.etl("export", "--out", "out", "--json")
        assert (ran.code, ran.summary["status"]) == (0, "complete")
        again = offsets(server)[len(asked) :]
        missing = [offset for offset in [*SIXTY, CHANGES] if offset not in kept]
        assert [offset for offset in sorted(again, key=position) if position(offset) < 60] == missing[:-1]
        assert again.count(CHANGES) == 1
        past_the_end = [offset for offset in again if position(offset) >= 60 and offset != CHANGES]
        assert len(past_the_end) <= ran.summary["calls"]["over_fetched"] <= 1
    assert same(project.out, undisturbed)


SIXTY = [str(offset) for offset in range(0, 60, 9)]
"""The offsets at which the pages of sixty customers begin."""


def position(offset: str) -> int:
    return 1_000_000 if offset == CHANGES else int(offset)


def landed(project: Project) -> list[str]:
    """The offsets of the pages that are journalled."""
    path = project.state / "state.db"
    if not path.exists():
        return []
    with contextlib.closing(sqlite3.connect(path)) as database:
        rows = database.execute("SELECT parameters FROM pages ORDER BY extraction, position").fetchall()
    return [json.loads(row[0]).get("offset", "0") for row in rows]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_saves_what_came_and_the_same_command_goes_on(
    number: signal.Signals, code: int, project: Project, undisturbed: Path
) -> None:
    told = shop(60)

    def answer(seen: Seen) -> Answer:
        return replace(told(seen), wait_s=60 if seen.query.get("offset") == "18" else 0)

    with Server(answer) as server:
        project.configure(BIKES, server.base_url)
        ran = ended(stopped(project, server, 3, number))
        assert (server.busy, len(server.seen)) == (1, 3), "it waited for an answer"
        assert (ran.code, ran.summary["exit_code"]) == (code, code)
        assert "Traceback" not in ran.err
        assert not (project.out / "contacts" / "bikes.customers.parquet").exists()
        assert temporaries(project.out) == []
        asked, server.script = len(server.seen), told
        ran = project.etl("export", "--out", "out", "--json")
        assert ran.code == 0
        assert position(offsets(server)[asked]) >= 9
    assert same(project.out, undisturbed)


def test_a_signal_ends_every_command_that_calls_with_its_code(project: Project) -> None:
    with Server([Answer([], wait_s=300)]) as server:
        project.configure(BIKES, server.base_url)
        for arguments in (["check"], ["get", "bikes.customers", "1"]):
            asked = len(server.seen)
            process = project.start(*arguments, "--json")
            server.wait_for(asked + 1)
            process.send_signal(signal.SIGTERM)
            ran = ended(process)
            assert server.busy == asked + 1, "it waited for an answer"
            assert (ran.code, ran.summary["exit_code"]) == (143, 143)
            assert "Traceback" not in ran.err


def test_a_second_run_at_the_same_time_ends_with_75_without_waiting(project: Project) -> None:
    with Server([Answer(page([]), wait_s=120)]) as server:
        project.configure(BIKES, server.base_url)
        first = project.start("export", "--out", "out")
        server.wait_for(1)
        starts_s, refusals_s = [], []
        for _ in range(3):
            began = time.monotonic()
            assert project.etl("status").code == 0
            starts_s.append(time.monotonic() - began)
            began = time.monotonic()
            ran = project.etl("export", "--out", "elsewhere", "--json")
            refusals_s.append(time.monotonic() - began)
            assert (ran.code, ran.summary["exit_code"]) == (75, 75)
        assert min(refusals_s) < 3 * min(starts_s), "it waits longer than the command takes to start"
        assert "bikes.customers" in ran.err
        assert len(server.seen) == 1
        first.kill()
        ended(first)
        server.script = shop(3)
        assert project.etl("export", "--out", "out").code == 0, "the lock frees itself"


# -- disks --------------------------------------------------------------------------------------------


async def test_a_damaged_landed_page_is_named_with_74_and_full_mends_it(project: Project) -> None:
    with Server(failing(shop(37), {"18": AWAY})) as server:
        project.configure(BIKES, server.base_url)
        await project.export()
        damaged = sorted((project.state / "landing").rglob("*.json.zst"))[0]
        whole = damaged.read_bytes()
        damaged.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        report = await project.export()
        assert report.exit_code == 74
        assert damaged.name in str(report.errors[0])
        report = await project.export(full=True)
        assert (report.exit_code, damaged.read_bytes()) == (0, whole)
    assert len(project.ids()) == 37


@pytest.mark.parametrize(
    "content", [b"no database, but long enough to be looked at" * 80, b"SQLite format 3\x00" + b"\xff" * 5000]
)
def test_a_damaged_state_is_78_before_any_call(content: bytes, project: Project) -> None:
    with Server(shop(3)) as server:
        project.configure(BIKES, server.base_url)
        project.state.mkdir(mode=0o700)
        (project.state / "state.db").write_bytes(content)
        ran = project.etl("export", "--out", "out", "--json")
        assert (ran.code, ran.summary["exit_code"]) == (78, 78)
        assert "state.db" in ran.err
        assert server.seen == []


async def first_export(project: Project) -> bytes:
    """Three customers exported; the Parquet file as it stands then."""
    report, _ = await exported(project, shop(3))
    assert report.exit_code == 0
    return (project.out / "contacts" / "bikes.customers.parquet").read_bytes()


async def test_a_folder_in_the_place_of_a_file_is_73(project: Project) -> None:
    (project.out / "contacts" / "bikes.customers.parquet" / "x").mkdir(parents=True)
    report, _ = await exported(project, shop(3))
    assert report.exit_code == 73
    assert temporaries(project.out) == []


async def test_a_file_in_the_place_of_a_tables_folder_is_73_and_leaves_nothing_behind(project: Project) -> None:
    project.out.mkdir()
    (project.out / "phone_numbers").write_text("mine")
    report, server = await exported(project, shop(3))
    assert (report.exit_code, server.seen) == (73, [])
    assert (project.out / "phone_numbers").read_text() == "mine"
    assert temporaries(project.out) == []


def test_an_output_folder_that_cannot_be_made_is_73(project: Project) -> None:
    with Server(shop(3)) as server:
        project.configure(BIKES, server.base_url)
        (project.folder / "out").write_text("mine")
        ran = project.cli("export", "--out", "out/deeper", "--json")
        assert (ran.code, ran.summary["exit_code"], server.seen) == (73, 73, [])
    assert (project.folder / "out").read_text() == "mine"


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


async def test_a_disk_that_may_not_be_written_to_is_73_and_the_old_file_stays(
    project: Project, tiny_disk: Path
) -> None:
    project.out.symlink_to(tiny_disk)
    old = await first_export(project)
    subprocess.run(["mount", "-o", "remount,ro", str(tiny_disk)], check=True)
    with Server(shop(5)) as server:
        ran = project.configure(BIKES, server.base_url).etl("export", "--out", "out", "--json")
    assert (ran.code, ran.summary["exit_code"]) == (73, 73), ran.err
    assert (project.out / "contacts" / "bikes.customers.parquet").read_bytes() == old


def noise(rows: int) -> list[dict[str, Any]]:
    """Customers of a kilobyte each that no compression makes much smaller."""
    return [customer(n, name=os.urandom(450).hex()) for n in range(rows)]


@pytest.mark.parametrize("full", ["out", ".etl"])
async def test_a_full_disk_is_74_and_the_old_file_and_the_cursor_stay(
    full: str, project: Project, tiny_disk: Path
) -> None:
    project.folder.joinpath(full).symlink_to(tiny_disk)
    with Server(shop(3)) as server:
        project.configure(BIKES, server.base_url)
        assert (await project.export()).exit_code == 0
        old = (project.out / "contacts" / "bikes.customers.parquet").read_bytes()
        server.script = [Answer(page(noise(3000)))]
        ran = project.etl("export", "--out", "out", "--json")
        assert (ran.code, (project.out / "contacts" / "bikes.customers.parquet").read_bytes()) == (74, old), ran.err
        assert "full" in ran.err and "Traceback" not in ran.err
        server.script = shop(4)
        report = await project.export(full=True)
        assert (report.exit_code, len(project.ids())) == (0, 4), report.errors
    assert temporaries(project.out) == []


def small_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))


@pytest.mark.parametrize("form", ["parquet", "csv", "xlsx"])
async def test_a_file_that_cannot_be_finished_is_74_and_the_old_one_stays(form: str, project: Project) -> None:
    """No file may grow past a bound: the write fails as on a full disk, while pages and state still fit."""
    with Server(shop(3)) as server:
        project.configure(BIKES, server.base_url)
        assert (await project.export(forms=(form,))).exit_code == 0
        target = project.out / "contacts" / f"bikes.customers.{form}"
        old = target.read_bytes()
        server.script = shop_of(noise(1000), 100)
        ran = project.etl("export", "--out", "out", "--format", form, "--json", preexec_fn=small_files)
    assert (ran.code, ran.summary["exit_code"]) == (74, 74), ran
    assert f"bikes.customers.{form}" in ran.err
    assert "Traceback" not in ran.err and "Exception ignored" not in ran.err
    assert target.read_bytes() == old
    assert temporaries(project.out) == []


def test_what_is_written_is_for_its_owner_only(project: Project) -> None:
    rotten = Answer(page([customer(1), {"customer_id": None}]))
    with Server([rotten]) as server:
        project.configure(BIKES, server.base_url)
        ran = project.etl(
            "export", "--out", "out", "--format", "parquet", "--format", "csv", "--format", "xlsx", umask=0
        )
    assert ran.code == 65
    made = [path for root in (project.out, project.state) for path in (root, *root.rglob("*"))]
    modes = {str(path.relative_to(project.folder)): oct(path.stat().st_mode & 0o777) for path in made}
    assert set(modes.values()) == {"0o600", "0o700"}, modes
    assert all((mode == "0o700") == (project.folder / name).is_dir() for name, mode in modes.items())


async def test_stale_temporaries_and_half_landed_pages_are_ignored(project: Project) -> None:
    await first_export(project)
    for folder in {path.parent for path in [*project.out.rglob("*.parquet"), *project.state.rglob("*.zst")]}:
        (folder / ".tmp-1-dead-bikes.customers.parquet").write_bytes(b"half")
    report, _ = await exported(project, shop(5))
    assert (report.exit_code, len(project.ids())) == (0, 5)


# -- the same bytes -----------------------------------------------------------------------------------


def test_neither_locale_nor_time_zone_changes_a_byte(project: Project) -> None:
    fixed = {"Date": "Tue, 10 Mar 2026 12:00:00 GMT"}
    record = customer(1, name="Zoë Müller-Ñ", city="’s-Gravenhage", datetime_created="2023-07-03 00:30:44")
    written = []
    with Server([Answer(page([record]), headers=fixed)]) as server:
        project.configure(BIKES, server.base_url)
        for env in (
            {"LC_ALL": "C", "TZ": "Pacific/Apia", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
            {"LC_ALL": "C.UTF-8", "TZ": "America/St_Johns"},
        ):
            ran = project.etl("export", "--out", "out", "--format", "csv", "--format", "parquet", env=env)
            assert ran.code == 0, ran.err
            table = project.table().drop("extracted_at")
            csv = (project.out / "contacts" / "bikes.customers.csv").read_bytes().rsplit(b",", 1)[0]
            written.append((table.to_dicts(), csv))
    assert written[0] == written[1]
    assert "Zoë Müller-Ñ".encode() in written[0][1]
    assert b"2023-07-02T22:30:44" in written[0][1]


def test_a_record_is_told_in_utf_8_whatever_the_locale(project: Project) -> None:
    with Server([Answer(customer(1, name="Zoë ’t Hart"))]) as server:
        project.configure(BIKES, server.base_url)
        env = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
        ran = project.etl("get", "bikes.customers", "1", "--raw", "--json", env=env)
    assert (ran.code, ran.summary["records"][0]["name"]) == (0, "Zoë ’t Hart"), ran.err


def test_a_replay_gives_the_same_tables_without_a_call(project: Project) -> None:
    with Server(shop(25)) as server:
        assert project.configure(BIKES, server.base_url).cli("export", "--out", "out").code == 0
        asked = len(server.seen)
    ran = project.cli("replay", "--out", "again", "--json")
    assert (ran.code, asked) == (0, 4)
    again = pl.read_parquet(project.folder / "again" / "contacts" / "bikes.customers.parquet")
    assert again.equals(project.table())


def test_a_replay_of_what_never_was_exported_is_64(project: Project) -> None:
    ran = project.configure(BIKES).cli("replay", "--out", "again", "--json")
    assert ran.code == 64
    assert "etl export" in ran.err


async def test_an_incremental_export_asks_from_the_servers_time_with_a_look_back(project: Project) -> None:
    changed: list[dict[str, Any]] = []

    def answer(seen: Seen) -> Answer:
        records = changed if is_closing(seen) else [customer(1), customer(2)]
        return Answer(page(records), headers={"Date": "Tue, 10 Mar 2026 11:50:00 GMT"})  # ten minutes before ours

    with Server(answer) as server:
        project.configure(BIKES, server.base_url)
        await project.export()
        changed += [customer(1, city="Urk"), customer(3)]
        report = await project.export(since="last")
    first, _, incremental = server.seen  # and no round at the end of the incremental one
    assert "modified_since" not in first.query
    assert incremental.query["modified_since"] == "2026-03-10 12:40:00"  # 12:50 in Amsterdam, ten minutes back
    assert report.exit_code == 0
    assert project.table().sort("source_id").select("source_id", "city").rows() == [
        ("1", "Urk"), ("2", "Utrecht"), ("3", "Utrecht")
    ]  # fmt: skip


async def test_contacts_not_found_is_an_empty_collection_and_any_other_404_is_not(project: Project) -> None:
    none = {"response": {"code": 404, "message": "Contacts not found.", "data": []}}
    report, _ = await exported(project, [Answer(none, 404)], config=BOOKS)
    assert (report.exit_code, project.ids("books.contacts")) == (0, [])
    report, _ = await exported(project, [Answer(b"<html>no such page</html>", 404)], config=BOOKS)
    assert report.exit_code == 69


def test_check_does_not_take_a_wrong_path_for_an_answer(project: Project) -> None:
    with Server([Answer(b"<html>no such page</html>", 404)]) as server:
        ran = project.configure(BOOKS, server.base_url).cli("check", "--json")
    assert ran.code == 69
