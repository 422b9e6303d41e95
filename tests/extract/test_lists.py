"""Lists that come in one answer: staged and parsed while they arrive, dropped whole where they break off."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import pytest

from etl.decode import envelope as cutting
from tests.support.scripted import Answer, Raw, RawServer, Server, http
from tests.support.workplace import BOOKS, PARK, Project
from tests.test_faults import temporaries

SIZE = 600
"""Records in a list: enough for several pieces of the size set below."""


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "PIECE", 1 << 12)


def contact(number: int) -> dict[str, Any]:
    return {"id": number, "type": "klant", "naam": f"Kano }}, {number}", "contactpersonen": [{"id": number, "x": [{}]}]}


def body(numbers: Sequence[int]) -> bytes:
    return json.dumps([contact(number) for number in numbers], separators=(",", ":")).encode()


def debtors(numbers: Sequence[int], count: int | None = None) -> bytes:
    contacts = [{"Contact": {"id": number, "name": f"De Vries, {number}"}, "SubContact": []} for number in numbers]
    data = {"Contacts": contacts, "count": len(contacts) if count is None else count}
    return json.dumps({"response": {"code": 200, "message": "", "exception": [], "data": data}}).encode()


def chunked(packed: bytes, *headers: str, size: int = 3_000, whole: bool = True) -> Raw:
    """A body in chunks, with the last of them or without."""
    lines = "\r\n".join(["HTTP/1.1 200 OK", "Transfer-Encoding: chunked", *headers, "", ""]).encode()
    parts = [packed[start : start + size] for start in range(0, len(packed), size)]
    return Raw([lines, *(f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in parts), b"0\r\n\r\n" * whole])


ALL = list(range(1, SIZE + 1))
PACKED = gzip.compress(body(ALL))
GZIP = "Content-Encoding: gzip"
BREAKS: Mapping[str, Raw] = {
    "a connection that breaks": chunked(body(ALL)[: SIZE * 60], whole=False),
    "a body shorter than it says": Raw([http(body(ALL)[:30_000], length=len(body(ALL)))]),
    "a body cut in a record, of the right length": Raw([http(body(ALL)[:30_001])]),
    "a body cut behind a record": Raw([http(body(ALL[:300])[:-1])]),
    "gzip without its end": chunked(PACKED[:-9], GZIP),
    "gzip cut in the middle": chunked(PACKED[: len(PACKED) // 2], GZIP),
    "gzip that is damaged": chunked(PACKED[:2_000] + b"\x00\xff" * 50 + PACKED[2_100:], GZIP),
    "a server that is away": Raw([http(b"", status="503 Service Unavailable")]),
}


@pytest.mark.parametrize("broken", BREAKS)
@pytest.mark.parametrize("packed", [False, True])
async def test_a_list_that_breaks_off_is_dropped_whole_and_asked_for_again(
    broken: str, packed: bool, project: Project
) -> None:
    whole = chunked(PACKED, GZIP) if packed else chunked(body(ALL))
    with RawServer(BREAKS[broken], whole) as server:
        report = await project.configure(PARK, server.base_url).export("park.contacten")
    built = report.streams[0].built
    assert (report.exit_code, report.errors) == (0, [])
    assert built is not None and (built.received, built.written, built.duplicates) == (SIZE, SIZE, 0)
    assert project.ids("park.contacten") == [str(number) for number in ALL]
    assert project.table("contact_persons", "park.contacten").height == SIZE
    assert temporaries(project.folder) == []
    assert len([*(project.state / "landing").rglob("*.json.*")]) == 1


async def test_a_list_whose_first_part_differs_when_it_comes_again_counts_as_it_came_last(project: Project) -> None:
    broken = chunked(body([*range(5_000, 5_500)])[:-40], whole=False)
    with RawServer(broken, chunked(body(ALL))) as server:
        assert (await project.configure(PARK, server.base_url).export("park.contacten")).exit_code == 0
    assert project.ids("park.contacten") == [str(number) for number in ALL]


@pytest.mark.parametrize("broken", [name for name in BREAKS if "away" not in name])
async def test_a_list_that_always_breaks_off_leaves_the_old_tables(broken: str, project: Project) -> None:
    with RawServer(chunked(body(ALL[:5]))) as server:
        assert (await project.configure(PARK, server.base_url).export("park.contacten")).exit_code == 0
    with RawServer(BREAKS[broken]) as server:
        report = await project.configure(PARK, server.base_url).export("park.contacten")
    assert report.exit_code in (75, 76)
    assert project.ids("park.contacten") == ["1", "2", "3", "4", "5"]
    assert temporaries(project.folder) == []


@pytest.mark.parametrize(
    ("answer", "code", "says"),
    [
        (b"<!DOCTYPE html><p>De Vries</p>" + b"x" * 20_000, 75, "web page"),
        (debtors(ALL, count=SIZE + 1), 76, f"says {SIZE + 1} records, but holds {SIZE}"),
        (debtors(ALL)[:-2], 76, "breaks off"),
        (debtors(ALL) + b"[1]", 76, ""),
        (b'{"response": {"code": 400, "message": "De Vries", "data": []}}', 69, ""),
        (b'{"error": "no"}' + b" " * 20_000, 76, ""),
    ],
)
async def test_a_long_answer_that_is_no_list_is_never_taken_for_one(
    answer: bytes, code: int, says: str, project: Project
) -> None:
    with Server([Answer(answer)]) as server:
        report = await project.configure(BOOKS, server.base_url).export()
    assert report.exit_code in (code, 69)
    assert says in str(report.errors[0])
    assert not (project.out / "contacts" / "books.contacts.parquet").exists()
    assert temporaries(project.folder) == []


async def test_a_list_in_pieces_is_the_same_as_in_one_and_its_replay_too(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    rotten = [json.dumps(contact(number)).encode() for number in ALL]
    rotten[333] = rotten[333].replace(b"Kano", b"\\ud800")
    rotten[444] = b'{"naam": "without an id"}'
    with Server([Answer(b"[" + b",\n".join(rotten) + b"]")]) as server:
        project.configure(PARK, server.base_url)
        report = await project.export("park.contacten")
        assert (report.exit_code, report.rejected) == (65, 2)
        in_pieces, rejects = project.table(of="park.contacten"), said(project)
        monkeypatch.setattr(cutting, "PIECE", 1 << 24)
        assert (await project.export("park.contacten")).exit_code == 65
    assert in_pieces.drop("extracted_at").equals(project.table(of="park.contacten").drop("extracted_at"))
    assert rejects == said(project) == [(333, "naam"), (444, "id")]
    again = project.folder / "again"
    assert (await project.replay("park.contacten", out=again)).exit_code == 65
    replayed = pl.read_parquet(again / "contacts" / "park.contacten.parquet")
    assert replayed.equals(project.table(of="park.contacten"))


def said(project: Project) -> list[tuple[int, str]]:
    lines = (project.out / "rejects" / "park.contacten.jsonl").read_text().splitlines()
    return [(reject["position"], reject["field"]) for reject in map(json.loads, lines)]


async def test_a_row_that_stands_twice_in_a_list_counts_once_and_as_it_stands_last(project: Project) -> None:
    twice = [contact(number) for number in [*ALL, 7, 5, 7]]
    twice[-1]["naam"], twice[-2]["naam"] = "Zeven", "Vijf"
    with Server([Answer(twice)]) as server:
        report = await project.configure(PARK, server.base_url).export("park.contacten")
    built = report.streams[0].built
    assert built is not None and (built.received, built.written, built.duplicates) == (SIZE + 3, SIZE, 3)
    names = dict(project.table(of="park.contacten").select("source_id", "name").rows())
    assert (names["5"], names["7"], len(names)) == ("Vijf", "Zeven", SIZE)


async def test_pages_of_klanten_that_break_off_are_asked_for_again_behind_those_that_landed(project: Project) -> None:
    first, second = chunked(body(ALL[:300])), chunked(body(ALL[300:]))
    broken = chunked(body(ALL[300:])[:-30], whole=False)
    with RawServer(first, broken, broken, second, chunked(b"[]")) as server:
        report = await project.configure(PARK, server.base_url).export("park.klanten")
        asked = [request.split(b" ")[1] for request in server.requests]
    built = report.streams[0].built
    assert built is not None and (built.received, built.written, built.duplicates) == (SIZE, SIZE, 0)
    assert project.ids("park.klanten") == [str(number) for number in ALL]
    assert [target.rpartition(b"=")[2] for target in asked[1:]] == [b"300", b"300", b"300", b"600"]
