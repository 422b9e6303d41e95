"""`etl check`: a small call, and a bounded piece of whatever answers it."""

from __future__ import annotations

import asyncio
import gzip
import json
from pathlib import Path

import pytest

from tests.support.memory import peak_rss_of
from tests.support.scripted import Answer, Raw, RawServer, Server, customer, http, page
from tests.support.workplace import BIKES, ETL, PARK, Project

MB = 1 << 20


def bomb(unit: bytes, head: bytes = b"") -> bytes:
    """A gzip body of a quarter of a megabyte that unfolds to 256 MB: one member after another."""
    return gzip.compress(head) + 256 * gzip.compress(unit * (MB // len(unit)))


@pytest.mark.parametrize(
    ("unit", "head", "code", "says"),
    [
        (b" ", b"[", 76, "not JSON: more than 1 MB of"),
        (b'{"id":1},', b"[", 0, "the first 1 MB of a longer answer"),
        (b"<p>x</p>", b"<!DOCTYPE html>", 75, "a web page where JSON was asked for"),
    ],
    ids=["spaces", "a list", "a web page"],
)
def test_an_answer_that_unfolds_without_end_is_read_as_far_as_a_bounded_piece(
    unit: bytes, head: bytes, code: int, says: str, project: Project
) -> None:
    """Compared with what a short answer takes."""
    body = bomb(unit, head)
    with RawServer(Raw([http(body, "Content-Encoding: gzip", "Content-Type: application/json")])) as server:
        project.configure(PARK, server.base_url)
        ran, peak = peak_rss_of([str(ETL), "check", "--json"], project)
    with Server([Answer([])]) as server:
        project.configure(PARK, server.base_url)
        small, usual = peak_rss_of([str(ETL), "check", "--json"], project)
    assert (ran.code, small.code) == (code, 0), ran.err
    assert says in ran.out
    assert peak - usual < 64 * MB


PAGE, GZIP = json.dumps(page([customer(1)])).encode(), {"Content-Encoding": "gzip"}


@pytest.mark.parametrize(
    ("config", "answer", "says"),
    [
        (BIKES, Answer(PAGE), f"{len(PAGE)} bytes of JSON"),
        (BIKES, Answer(gzip.compress(PAGE), headers=GZIP), f"{len(PAGE)} bytes of JSON"),
        (BIKES, Answer(b"\xef\xbb\xbf" + PAGE), f"{3 + len(PAGE)} bytes of JSON"),
        (PARK, Answer(b"[]"), "2 bytes of JSON"),
        (PARK, Answer(b"\xef\xbb\xbf[]"), "5 bytes of JSON"),
    ],
    ids=["a page", "compressed", "a page with a BOM", "a list", "a list with a BOM"],
)
def test_what_came_is_told(config: str, answer: Answer, says: str, project: Project) -> None:
    with Server([answer]) as server:
        ran = project.configure(config, server.base_url).cli("check", "--json")
    assert ran.code == 0, ran.err
    (told,) = ran.summary["accounts"].values()
    assert told["came"] == says


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b'"hello"', "the answer is JSON, but no list: 7 bytes of application/json."),
        (b"5", "the answer is JSON, but no list: 1 bytes of application/json."),
        (b"null", "the answer is JSON, but no list: 4 bytes of application/json."),
        (b'{"error": false}', "the answer is JSON, but not the list that the document describes: 16 bytes of"),
        (b"{}", "the answer is JSON, but not the list that the document describes: 2 bytes of"),
        (PAGE[:-9], "the response is not whole JSON: it breaks off or is malformed at character"),
        (b"", "the response is empty: 0 bytes of application/json."),
        (b'\xef\xbb\xbf{"error": true, "error_message": "closed"}', "the server refuses (200): closed"),
    ],
)
def test_an_answer_that_an_export_would_not_take_is_not_ok(body: bytes, says: str, project: Project) -> None:
    with Server([Answer(body, headers={"Content-Type": "application/json"})]) as server:
        ran = project.configure(BIKES, server.base_url).cli("check", "--json")
        export = asyncio.run(project.export())
    assert (ran.code, ran.code) == (export.exit_code, ran.summary["exit_code"])
    assert f"bikes: {says}" in ran.summary["accounts"]["bikes"]["error"]


def test_an_answer_that_is_no_json_is_told_by_its_kind_and_not_by_its_text(project: Project) -> None:
    with Server([Answer(b"Jansen, Dorpsstraat 12", headers={"Content-Type": "text/plain; charset=utf-8"})]) as server:
        ran = project.configure(BIKES, server.base_url).cli("check")
    assert (ran.code, "not JSON: 22 bytes of text/plain" in ran.err, "Jansen" in ran.err) == (76, True, False)


def test_a_long_answer_of_refusal_is_judged_by_its_status(project: Project) -> None:
    with Server([Answer(b"no " * MB, 401)]) as server:
        ran = project.configure(BIKES, server.base_url).cli("check")
    assert (ran.code, len(server.seen)) == (77, 1)


def test_init_reads_no_more_than_check(project: Project) -> None:
    body = bomb(b" ", b"[")
    with RawServer(Raw([http(body, "Content-Encoding: gzip")])) as server:
        arguments = ["init", "--account", "park", "--system", "recras", "--base-url", server.base_url]
        ran, peak = peak_rss_of([str(ETL), *arguments, "--api-key", "${KEY}", "--json"], project, {"KEY": "s3cr3t-key"})
    assert (ran.code, "not JSON" in ran.err) == (76, True)
    assert peak < 256 * MB
    assert Path(project.config).is_file()
