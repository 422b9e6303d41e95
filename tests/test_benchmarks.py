"""What the benchmarks of exports and pushes stand on: their servers, the bare loop, and how a run is measured."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import aiohttp
import jsonschema
import pytest
from referencing import Registry, Resource

from benchmarks.export import bare_copy, verify
from benchmarks.export.ceilings import Verdicts
from benchmarks.export.load import load
from benchmarks.export.measure import measure
from benchmarks.export.rendered import FIRST_CONTACT, FIRST_CUSTOMER, FIRST_PERSON, PAGE, Contacten, Customers
from benchmarks.push import cpu
from benchmarks.push.scene import Shop, people, simulator

SCHEMAS = Path(__file__).parent.parent / "schemas" / "api"

FAMILY = """
import subprocess, sys
python = [sys.executable, "-I", "-S", "-c"]
hold = [*python, "held = bytearray(80_000_000); print('ready', flush=True); input()"]
pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
holders = [subprocess.Popen(hold, **pipes) for _ in range(2)]
for each in holders:
    each.stdout.readline()
subprocess.run([*python, "import time\\nwhile time.process_time() < 0.3: pass"])
for each in holders:
    each.communicate(b"\\n")
"""
"""Two children that hold 80 MB each while a third spends 0.3 s of CPU."""


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks that a few rows fill."""
    monkeypatch.setattr(Contacten, "BLOCK", 100)


@pytest.fixture(scope="module")
def rendered() -> Customers:
    return Customers(200_200)


def ids(page: bytes) -> list[int]:
    return [customer["customer_id"] for customer in json.loads(page)["customers"]]


@pytest.mark.parametrize("offset", [0, 499, 500, 99_700, 99_999, 100_000, 200_100, 200_200])
def test_a_page_from_any_offset_holds_the_customers_from_there_on(rendered: Customers, offset: int) -> None:
    page, stop = rendered.page(offset), min(offset + PAGE, rendered.rows)
    assert ids(page) == list(range(FIRST_CUSTOMER + offset, FIRST_CUSTOMER + stop))
    after = stop if stop < rendered.rows else None
    assert json.loads(page)["pagination"] == {"count": stop - offset, "next_offset": after}


def test_the_phone_numbers_of_every_block_name_their_own_customer(rendered: Customers) -> None:
    for customer in json.loads(rendered.page(100_000))["customers"]:
        assert [phone["customer_id"] for phone in customer["phone_numbers"]] == [customer["customer_id"]] * 2


def test_a_page_past_the_end_is_empty(rendered: Customers) -> None:
    assert json.loads(rendered.page(rendered.rows + 7))["customers"] == []
    assert json.loads(Customers(0).page(0))["pagination"] == {"count": 0, "next_offset": None}


def test_what_is_served_is_what_the_documents_describe(rendered: Customers) -> None:
    documents = {path.name: json.loads(path.read_text("utf-8")) for path in SCHEMAS.glob("*.json")}
    registry: Registry[object] = Registry().with_resources(
        (name, Resource.from_contents(document)) for name, document in documents.items()
    )
    for name, body in (
        ("cyclesoftware.customers-page.schema.json", rendered.page(99_900)),
        ("recras.contacten.schema.json", b"".join(Contacten(50_000).pieces())),
    ):
        jsonschema.Draft202012Validator(documents[name], registry=registry).validate(json.loads(body))


@pytest.mark.parametrize("size", [0, 1, 50_000, 300_000, 1_000_000])
def test_the_array_has_the_size_that_it_announces_and_no_id_twice(small_blocks: None, size: int) -> None:
    contacten = Contacten(size)
    body = b"".join(contacten.pieces())
    assert len(body) == contacten.size >= size
    found = json.loads(body)
    persons = [person["id"] for contact in found for person in contact["contactpersonen"]]
    assert len(found) == contacten.rows
    assert len({contact["id"] for contact in found}) == len(found)
    assert len(set(persons)) == len(persons)
    assert all(contact["_links"]["self"]["href"].endswith(f"/{contact['id']}") for contact in found)
    assert not found or (found[0]["id"], persons[0]) == (FIRST_CONTACT, FIRST_PERSON)


def test_the_bare_copy_leaves_every_customer_of_the_load_server(tmp_path: Path) -> None:
    with load(1_234) as server:
        assert asyncio.run(bare_copy.copy(server.base_url, tmp_path)) == 1_234
    verify.customers_of_peer(tmp_path, 1_234)
    with pytest.raises(AssertionError, match="1234 customers of 1235"):
        verify.customers_of_peer(tmp_path, 1_235)


async def test_the_load_server_dates_its_answers_and_knows_of_no_changes() -> None:
    with load(3) as server:
        async with (
            aiohttp.ClientSession(server.base_url) as session,
            session.get("/api/v1/customers/list.json?modified_since=2026-01-01%2000:00:00") as answer,
        ):
            assert "Date" in answer.headers
            assert (await answer.json())["customers"] == []
        async with aiohttp.ClientSession(server.base_url) as session, session.get("/stats") as answer:
            assert (await answer.json())["requests"] == 1


def test_a_run_is_measured_with_its_children_and_without_its_parent(tmp_path: Path) -> None:
    ballast = bytearray(200_000_000)
    alone = measure([sys.executable, "-I", "-S", "-c", "pass"], tmp_path / "log")
    assert alone.peak_mb < 60, f"the {len(ballast)} bytes of this process are not the command's"
    both = measure([sys.executable, "-c", FAMILY], tmp_path / "log")
    assert both.cpu_s >= 0.3
    assert both.wall_s >= 0.3
    assert both.peak_mb > 160


def test_a_command_that_fails_is_no_result(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="ended with 3"):
        measure([sys.executable, "-c", "raise SystemExit(3)"], tmp_path / "log")


def test_a_ceiling_that_does_not_hold_is_said() -> None:
    verdicts = Verdicts()
    verdicts.at_most("peak memory", 340, 350, " MB")
    assert verdicts.held
    verdicts.at_least("faster", 6.5, 7, " times")
    assert not verdicts.held
    assert verdicts.lines == [
        "holds  peak memory: 340.00 MB, at most 350 MB",
        "FAILS  faster: 6.50 times, at least 7 times",
    ]


def test_the_bare_loop_makes_the_calls_of_the_push_that_it_stands_beside(tmp_path: Path) -> None:
    with simulator() as pushed, simulator() as repeated:
        shop = Shop(tmp_path / "shop", "customers", pushed)
        shop.push(people(3))
        created = cpu.writes(pushed)
        shop.push(people(3), wanted="unchanged")
        shop.push(people(3, edited=True), wanted="updated")
        updated = cpu.writes(pushed)[3:]
        assert [one["outcome"] for one in created + updated] == ["created"] * 3 + ["updated"] * 3
        assert cpu.bare_s(tmp_path, repeated, created) > 0
        assert cpu.bare_s(tmp_path, repeated, updated) > 0
        told = [[(one["method"], one["path"], one["body"]) for one in cpu.writes(url)] for url in (pushed, repeated)]
        assert sorted(map(str, told[0])) == sorted(map(str, told[1]))


def test_a_push_that_came_to_something_else_is_no_result(tmp_path: Path) -> None:
    with simulator() as base_url:
        shop = Shop(tmp_path / "shop", "customers", base_url)
        with pytest.raises(RuntimeError, match="2 rows were to be updated"):
            shop.push(people(2), wanted="updated")
