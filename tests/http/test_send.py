"""What is known after one writing attempt."""

from __future__ import annotations

import pytest

from etl.http.client import Client
from etl.http.send import Outcome, Sending, SendVerdict, send
from tests.support.clock import QuickClock
from tests.support.scripted import Answer, Raw, RawServer, Server, http

from .conftest import Opened

HTML = b"<html><body>Welcome</body></html>"
KINDS = ["application/json", "Application/JSON; charset=utf-8", "application/problem+json", "text/json"]


async def put(client: Client, clock: QuickClock) -> Outcome:
    async def ready() -> None:
        pass

    return await send(client, Sending("PUT", "/api/1", {"name": "Jansen"}), ready=ready, clock=clock)


async def outcome_of(client_of: Opened, answer: Answer) -> Outcome:
    clock = QuickClock()
    with Server([answer]) as server:
        async with client_of(server.base_url, clock=clock) as client:
            return await put(client, clock)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("asked", "wait_s"), [("37", 37), ("Tue, 10 Mar 2026 12:02:00 GMT", 120), ("soon", None), (None, None)]
)
async def test_a_refused_write_tells_what_wait_the_server_asks_for(
    client_of: Opened, status: int, asked: str | None, wait_s: int | None
) -> None:
    headers = {"Date": "Tue, 10 Mar 2026 12:00:00 GMT", **({"Retry-After": asked} if asked else {})}
    outcome = await outcome_of(client_of, Answer({"error": "busy"}, status, headers))
    assert outcome.verdict is (SendVerdict.NOTHING if status == 429 else SendVerdict.UNKNOWN)
    assert outcome.wait_s == wait_s


@pytest.mark.parametrize("status", [429, 503])
async def test_a_refused_write_stops_every_call_of_the_account_for_as_long(client_of: Opened, status: int) -> None:
    clock = QuickClock()
    with Server([Answer(b"", status, {"Retry-After": "37"}), Answer({"id": 1})]) as server:
        async with client_of(server.base_url, clock=clock) as client:
            began = clock.monotonic()
            await put(client, clock)
            await put(client, clock)
            assert 37 <= clock.monotonic() - began < 39


async def test_a_write_on_a_dead_kept_connection_is_not_repeated_behind_our_back(client_of: Opened) -> None:
    clock = QuickClock()
    with RawServer(Raw([http(b"{}")], close=False), Raw([]), Raw([http(b"{}")], close=False)) as server:
        async with client_of(server.base_url, clock=clock) as client:
            assert (await put(client, clock)).verdict is SendVerdict.TAKEN
            assert (await put(client, clock)).verdict is SendVerdict.UNKNOWN
            assert len(server.requests) == 2


@pytest.mark.parametrize("status", [200, 400])
async def test_an_answer_in_an_encoding_that_nobody_asked_for_leaves_a_write_in_doubt(
    client_of: Opened, status: int
) -> None:
    outcome = await outcome_of(client_of, Answer(b"\x1f\x9d\x90", status, {"Content-Encoding": "compress"}))
    assert outcome.verdict is (SendVerdict.TAKEN if status == 200 else SendVerdict.EXISTS)
    assert (outcome.parsed, outcome.empty, outcome.body) == (False, False, None)


@pytest.mark.parametrize("kind", KINDS)
async def test_json_is_known_by_its_type_and_its_text(client_of: Opened, kind: str) -> None:
    outcome = await outcome_of(client_of, Answer({"id": 1}, 200, {"Content-Type": kind}))
    assert (outcome.verdict, outcome.body, outcome.parsed, outcome.empty) == (SendVerdict.TAKEN, {"id": 1}, True, False)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(HTML, 200, {"Content-Type": "text/html"}),
        Answer(HTML, 200),
        Answer({"id": 1}, 200, {"Content-Type": "text/html; charset=utf-8"}),
        Answer({"id": 1}, 200, {"Content-Type": "application/jsonp"}),
        Answer(b'{"id": 1', 200),
        Answer(b" ", 200),
    ],
)
async def test_an_answer_that_is_no_json_is_told_from_one_that_is(client_of: Opened, answer: Answer) -> None:
    outcome = await outcome_of(client_of, answer)
    assert (outcome.verdict, outcome.parsed, outcome.empty) == (SendVerdict.TAKEN, False, False)


@pytest.mark.parametrize("status", [200, 204])
async def test_an_empty_answer_is_told_from_one_that_broke_off(client_of: Opened, status: int) -> None:
    outcome = await outcome_of(client_of, Answer(b"", status))
    assert (outcome.verdict, outcome.parsed, outcome.empty) == (SendVerdict.TAKEN, False, True)
    broken = http(b"", "Content-Type: application/json", length=40)
    with RawServer(Raw([broken])) as server:
        async with client_of(server.base_url) as client:
            outcome = await put(client, QuickClock())
    assert (outcome.verdict, outcome.parsed, outcome.empty) == (SendVerdict.TAKEN, False, False)


async def test_json_null_is_an_answer(client_of: Opened) -> None:
    outcome = await outcome_of(client_of, Answer(b"null"))
    assert (outcome.body, outcome.parsed, outcome.empty) == (None, True, False)
