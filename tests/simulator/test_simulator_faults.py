"""Faults strike when told, do what they are told, and leave the log true."""

from __future__ import annotations

import asyncio
import json
import time
import zlib
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from etl.simulator.engine.faults import FaultPlan
from tests.support.colleague import address_book

from .conftest import Caller, Reply, Start

BASE = "/api/v1/customers"


def rule(action: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    return [{"action": action, **more}]


async def post(call: Caller, **more: Any) -> Reply:
    return await call("POST", f"{BASE}.json", json={"name": "Hulst"}, **more)


def struck(plan: FaultPlan, times: int, method: str = "GET", path: str = "/x") -> list[int]:
    return [count for count in range(1, times + 1) if plan.strike(method, path)]


def test_rules_fire_on_named_requests_on_every_so_many_or_on_a_share() -> None:
    action = {"status": 500}
    assert struck(FaultPlan(rule(action, when={"nth": [1, 4]})), 6) == [1, 4]
    assert struck(FaultPlan(rule(action, when={"nth": 2})), 6) == [2]
    assert struck(FaultPlan(rule(action, when={"every": 3})), 9) == [3, 6, 9]
    assert struck(FaultPlan(rule(action)), 3) == [1, 2, 3]
    share = {"share": 0.2, "seed": 5}
    once, again = [struck(FaultPlan(rule(action, when=share)), 1000) for _ in range(2)]
    assert once == again
    assert 150 < len(once) < 250


def test_rules_count_only_what_they_match_and_the_first_that_fires_acts() -> None:
    plan = FaultPlan(
        [
            {"method": "post", "when": {"nth": 2}, "action": {"status": 500}},
            {"path": "^/api", "action": {"status": 503}},
        ]
    )
    told = [
        plan.strike(method, path) for method, path in (("POST", "/x"), ("GET", "/x"), ("GET", "/api"), ("POST", "/api"))
    ]
    assert [action and action.status for action in told] == [None, None, 503, 500]


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ([{"action": {"statsu": 500}}], "'status'"),
        ([{"mehtod": "GET", "action": {"html": True}}], "'method'"),
        ([{"action": {"html": True}, "when": {"evry": 2}}], "'every'"),
        ([{"action": {"redirect": {"status": 302, "ot": "/"}}}], "'to'"),
        ([{"action": {"html": "yes"}}], "html"),
        ([{"action": {"cut_body": 1.5}}], "cut_body"),
        ([{"action": {"broken_json": "much"}}], "broken_json"),
        ([{"path": "(", "action": {"html": True}}], "path"),
        ([{"path": "/"}], "no action"),
        ([{"action": {"html": True}, "when": {"nth": 1, "every": 2}}], "one of"),
        (["html"], "table"),
    ],
)
def test_rules_that_make_no_sense_are_refused_with_the_reason(rules: list[Any], said: str) -> None:
    with pytest.raises(ValueError, match=r"Fault rule 1") as error:
        FaultPlan(rules)
    assert said in str(error.value)


def test_rules_come_from_toml_and_json_files(tmp_path: Path) -> None:
    toml, plain = tmp_path / "faults.toml", tmp_path / "faults.json"
    toml.write_text('[[rules]]\nmethod = "GET"\nwhen = { every = 2 }\naction = { status = 503 }\n', encoding="utf-8")
    plain.write_text(json.dumps([{"method": "GET", "when": {"every": 2}, "action": {"status": 503}}]), encoding="utf-8")
    assert struck(FaultPlan(toml), 4) == struck(FaultPlan(plain), 4) == [2, 4]
    toml.write_text("[[ruels]]\n", encoding="utf-8")
    with pytest.raises(ValueError, match="'rules'"):
        FaultPlan(toml)


@pytest.mark.parametrize(("action", "rows"), [({"drop_before": True}, 0), ({"drop_after": True}, 1)])
async def test_a_dropped_request_took_effect_or_not_as_told(start: Start, action: dict[str, Any], rows: int) -> None:
    async with start(faults=rule(action)) as call:
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await post(call)
        assert [entry["answered"] for entry in call.simulator.log] == ["dropped"] * rows


@pytest.mark.parametrize(
    ("action", "rows"),
    [({"status": 500}, 0), ({"status": 500, "commit": True}, 1), ({"status": 408, "commit": True}, 1)],
)
async def test_an_error_comes_before_or_after_the_write_as_told(
    start: Start, action: dict[str, Any], rows: int
) -> None:
    async with start(faults=rule(action)) as call:
        reply = await post(call)
        assert (reply.status, reply.json["error"]) == (action["status"], True)
        assert [entry["answered"] for entry in call.simulator.log] == [str(action["status"])] * rows


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
async def test_a_cut_body_ends_too_early(start: Start, encoding: str) -> None:
    async with start(faults=rule({"cut_body": 0.5})) as call:
        with pytest.raises(aiohttp.ClientPayloadError):
            await post(call, headers={"Accept-Encoding": encoding})
        assert [entry["answered"] for entry in call.simulator.log] == ["spoilt"]


async def test_a_cut_body_whose_framing_fits_shows_only_in_its_content(start: Start) -> None:
    async with start(faults=rule({"cut_body": 0.5, "fits": True})) as call:
        url, headers = (
            f"{call.simulator.base_url}{BASE}/list.json",
            {"Accept-Encoding": "gzip", "Authorization": "Basic YTpi"},
        )
        async with aiohttp.ClientSession(auto_decompress=False) as raw, raw.get(url, headers=headers) as response:
            body = await response.read()
        assert (response.status, int(response.headers["Content-Length"])) == (200, len(body))
        opened = zlib.decompressobj(16 + zlib.MAX_WBITS)
        assert opened.decompress(body).startswith(b'{"error":false')
        assert not opened.eof


@pytest.mark.parametrize(
    ("action", "starts"),
    [
        ({"html": True}, b"<!doctype html>"),
        ({"error_true": True}, b'{"error":true'),
        ({"status": 200, "body": "{}"}, b"{}"),
        ({"empty": True}, b""),
        ({"broken_json": "bom"}, b"\xef\xbb\xbf{"),
    ],
)
async def test_a_good_status_can_carry_nonsense(start: Start, action: dict[str, Any], starts: bytes) -> None:
    async with start(faults=rule(action)) as call:
        reply = await call("GET", f"{BASE}/list.json")
        assert reply.status == 200
        assert reply.body.startswith(starts)
        assert (reply.body == b"") == (starts == b"")


@pytest.mark.parametrize("how", [True, "cut", "nan", "utf8"])
async def test_broken_json_cannot_be_read(start: Start, how: bool | str) -> None:
    async with start(faults=rule({"broken_json": how})) as call:
        body = (await call("GET", f"{BASE}/1001.json")).body
        with pytest.raises(ValueError):
            json.loads(body, parse_constant=int)


@pytest.mark.parametrize("text", ["120", "Wed, 21 Oct 2026 07:28:00 GMT", "-5", "soon", "99999999999"])
async def test_retry_after_says_anything_it_is_told_to(start: Start, text: str) -> None:
    async with start(faults=rule({"status": 503, "retry_after": text})) as call:
        reply = await call("GET", f"{BASE}/list.json")
        assert (reply.status, reply.headers["Retry-After"]) == (503, text)
    async with start(faults=rule({"retry_after": text})) as call:
        assert (await call("GET", f"{BASE}/list.json")).status == 429


async def test_a_redirect_goes_wherever_it_is_told(start: Start) -> None:
    async with start(faults=rule({"redirect": {"status": 307, "to": "https://elsewhere.example/"}})) as call:
        reply = await post(call)
        assert (reply.status, reply.headers["Location"]) == (307, "https://elsewhere.example/")
        assert call.simulator.log == []


async def test_slow_answers_and_delays_take_their_time(start: Start) -> None:
    async with start(faults=rule({"slow": 5000}, when={"nth": 1}) + rule({"delay_s": 0.1}, when={"nth": 2})) as call:
        for least in (0.09, 0.09, 0.0):
            began = time.monotonic()
            reply = await call("GET", f"{BASE}/1001.json", headers={"Accept-Encoding": "identity"})
            assert reply.json["customer_id"] == 1001
            assert time.monotonic() - began >= least


async def test_a_late_commit_shows_only_after_its_time(start: Start) -> None:
    async with start(faults=rule({"late_commit_s": 0.1, "drop_after": True}, method="POST")) as call:
        began = call.simulator.clock.now()
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await post(call)
        looks: list[tuple[int, Any]] = []
        while not looks or looks[-1][0] == 404:
            await asyncio.sleep(0.01)  # the limit of calls a minute is not to be met
            status = (await call("GET", f"{BASE}/1021.json")).status
            looks.append((status, call.simulator.clock.now()))
        (entry,) = call.simulator.log
        assert entry["answered"] == "dropped"
        assert entry["at"] >= began + 0.1
        assert [status for status, at in looks if at < entry["at"]] == [404] * (len(looks) - 1)
        assert looks[-1][0] == 200


async def test_a_late_commit_happens_though_the_caller_hung_up(start: Start) -> None:
    async with start(faults=rule({"late_commit_s": 0.1}, method="POST")) as call:
        posting = asyncio.create_task(post(call))
        while not call.simulator.stats["systems"].get("cyclesoftware", {"faulted": 0})["faulted"]:
            await asyncio.sleep(0)
        posting.cancel()
        assert call.simulator.log == []
        with pytest.raises(asyncio.CancelledError):
            await posting
        while not call.simulator.log:
            await asyncio.sleep(0)
        assert len(call.simulator.log) == 1


async def test_late_commits_are_carried_out_before_a_simulator_ends(start: Start) -> None:
    async with start(faults=rule({"late_commit_s": 0.1, "status": 504})) as call:
        assert (await post(call)).status == 504
    assert [entry["answered"] for entry in call.simulator.log] == ["504"]


async def test_find_and_lists_can_lag_behind(start: Start) -> None:
    async with start() as call:
        await post(call)
        call.simulator.set_faults(rule({"find_lag_s": 60}, when={"nth": [1, 2]}))
        found = [len((await call("GET", f"{BASE}/find.json?query=Hulst")).json) for _ in range(3)]
        assert found[0] == found[1] == found[2] - 1


async def test_requests_refused_for_the_limit_are_not_spoilt_nor_counted_by_the_rules(start: Start) -> None:
    async with start(per_minute=1, faults=rule({"status": 500}, when={"nth": 2})) as call:
        assert [(await call("GET", f"{BASE}/list.json")).status for _ in range(3)] == [200, 429, 429]
        assert call.simulator.stats["systems"]["cyclesoftware"]["faulted"] == 0


UPDATES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "customers": ("PUT", f"{BASE}/1001.json", {"json": {"name": "Nieuw"}}),
    "klanten": ("PUT", "/api2/klanten/{klant}", {"json": {"naam": "Nieuw"}}),
    "contacten": ("PUT", "/api2/contacten/{klant}", {"json": {"naam": "Nieuw"}}),
    "producten": ("PUT", "/api2/producten/{product}", {"json": {"naam": "Nieuw"}}),
    "contacts": ("POST", "/contacts/514", {"data": {"name": "Nieuw"}}),
    "delete": ("DELETE", "/contacts/514", {}),
}


async def update(call: Caller, which: str) -> Reply:
    method, path, more = UPDATES[which]
    book = address_book(call.simulator)
    klant = next(key for key in book.contacts.ids() if book.type_of(key) == "klant")
    product = call.simulator.stores["recras.producten"].ids()[0]
    return await call(method, path.format(klant=klant, product=product), **more)


@pytest.mark.parametrize("which", UPDATES)
@pytest.mark.parametrize("commit", [False, True])
async def test_a_stale_echo_shows_the_record_as_it_was_whether_or_not_it_was_changed(
    start: Start, which: str, commit: bool
) -> None:
    async with start(faults=rule({"stale_echo": True, "commit": commit}, when={"nth": 1})) as call:
        stale = await update(call, which)
        assert stale.status == 200
        assert "Nieuw" not in stale.body.decode()
        assert "naam" in stale.json or '"name":' in stale.body.decode()
        assert [entry["answered"] for entry in call.simulator.log] == ["200"] * commit
        if which != "delete":
            assert "Nieuw" in (await update(call, which)).body.decode()


@pytest.mark.parametrize("which", UPDATES)
async def test_a_web_page_in_place_of_an_answer_comes_without_a_write(start: Start, which: str) -> None:
    async with start(faults=rule({"html": True})) as call:
        reply = await update(call, which)
        assert (reply.status, call.simulator.log) == (200, [])
        assert reply.body.startswith(b"<!doctype html>")


@pytest.mark.parametrize("status", [None, 204])
async def test_no_body_is_a_write_with_nothing_for_an_answer(start: Start, status: int | None) -> None:
    action = {"no_body": True} | ({"status": status} if status else {})
    async with start(faults=rule(action)) as call:
        reply = await call("POST", "/api2/klanten", json={"naam": "x", "contactpersonen": [{"hoofdcontact": True}]})
        assert (reply.status, reply.body) == (status or 200, b"")
        assert "Location" not in reply.headers
        assert [entry["outcome"] for entry in call.simulator.log] == ["created"]


async def test_no_id_is_a_write_whose_answer_names_no_record(start: Start) -> None:
    async with start(faults=rule({"no_id": True})) as call:
        one = await post(call)
        two = await call("POST", "/api2/klanten", json={"naam": "x", "contactpersonen": [{"hoofdcontact": True}]})
        assert (one.json["name"], two.json["naam"]) == ("Hulst", "x")
        assert not {"id", "customer_id"} & {*one.json, *two.json, *one.json["phone_numbers"][0]}
        assert "Location" not in two.headers
        assert len(call.simulator.log) == 2
