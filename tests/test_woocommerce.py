"""The customers of a WooCommerce shop by the command: all of them, once, or the run says that some are missing."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from etl.simulator import Simulator
from etl.simulator.woocommerce.drawn_customers import FIRST_ID, draw_shopper
from tests.support.accounts import Accounts, Finished, make_accounts
from tests.support.served import Answer, Served

PATH = "/wp-json/wc/v3/customers"
SEED = 7
STREAM = "shop.customers"


async def exported(accounts: Accounts, *more: str) -> Finished:
    return await accounts.etl("export", STREAM, "--out", str(accounts.out), *more)


def asked(simulator: Simulator) -> int:
    return int(simulator.stats["requests"])


def shown(pages: int, headers: Mapping[str, str]) -> list[Answer]:
    """So many pages of a shop, with headers that say what they like."""
    every = [[draw_shopper(page * 100 + row, SEED).wire for row in range(100)] for page in range(pages)]
    return [Answer(json.dumps(page).encode(), headers=headers) for page in every]


async def test_a_shop_of_250_is_read_whole_and_again_from_what_landed(tmp_path: Path) -> None:
    async with Simulator(rows=250, seed=SEED) as simulator:
        accounts = make_accounts(tmp_path, simulator.base_url)
        ran = await exported(accounts)
        calls = asked(simulator)
        replayed = await accounts.etl("replay", STREAM, "--out", str(tmp_path / "again"))
        assert (calls, asked(simulator)) == (3, 3)
    assert (ran.code, ran.summary["tables"]["contacts"]["rows"], ran.told.count("notes")) == (0, 250, 0)
    rows = accounts.rows("contacts", STREAM)
    assert [row["source_id"] for row in rows] == [str(FIRST_ID + n) for n in range(250)]
    again = Accounts(tmp_path).frame("contacts", STREAM)
    assert replayed.code == 0
    assert again.equals(accounts.frame("contacts", STREAM))


async def test_an_interrupted_export_goes_on_where_it_stopped(tmp_path: Path) -> None:
    broken = [{"path": "[?&]page=3", "action": {"status": 400}}]
    async with Simulator(rows=350, seed=SEED, faults=broken) as simulator:
        accounts = make_accounts(tmp_path, simulator.base_url)
        first = await exported(accounts)
        assert first.code == 69
        simulator.set_faults(None)
        before = asked(simulator)
        second = await exported(accounts)
        assert asked(simulator) - before <= 2, "pages 3 and 4, and none of those that landed"
    assert (second.code, second.summary["tables"]["contacts"]["rows"]) == (0, 350)


@pytest.mark.parametrize(
    ("headers", "told"),
    [
        ({"X-WP-Total": "250", "X-WP-TotalPages": "2"}, "says 250 rows, but its pages hold 200"),
        ({"X-WP-TotalPages": "2", "X-WP-Total": "many"}, "the number of rows is not a number"),
        ({"X-WP-TotalPages": "2"}, "does not tell how many pages or rows there are"),
        ({}, "does not tell how many pages or rows there are"),
    ],
)
async def test_fewer_rows_than_the_shop_counts_are_not_all(
    headers: Mapping[str, str], told: str, tmp_path: Path
) -> None:
    async with Served({PATH: shown(2, headers)}) as server:
        accounts = make_accounts(tmp_path, server.base_url)
        ran = await exported(accounts)
    assert (ran.code, told in ran.told) == (76, True), ran.told
    assert not [*(accounts.out / "contacts").glob("*.parquet")]


async def test_only_the_time_of_the_last_run_is_no_way_to_ask_for_less(tmp_path: Path) -> None:
    async with Simulator(rows=30, seed=SEED) as simulator:
        accounts = make_accounts(tmp_path, simulator.base_url)
        await exported(accounts)
        ran = await exported(accounts, "--since", "last")
    assert (ran.code, ran.summary["tables"]["contacts"]["rows"]) == (0, 30), "the whole list, and no part of it"


async def test_one_customer_is_got_and_found_by_the_whole_email_address(tmp_path: Path) -> None:
    async with Simulator(rows=60, seed=SEED) as simulator:
        accounts = make_accounts(tmp_path, simulator.base_url)
        manager = next(row for row in range(60) if draw_shopper(row, SEED).wire["role"] == "shop_manager")
        wire = draw_shopper(manager, SEED).wire
        got = await accounts.etl("get", STREAM, str(wire["id"]))
        found = await accounts.etl("find", STREAM, "--email", wire["email"].upper())
        none = await accounts.etl("find", STREAM, "--email", f"x{wire['email']}")
    assert (got.summary["records"][0]["email"], got.summary["records"][0]["kind"]) == (wire["email"], "staff")
    assert [one["source_id"] for one in found.summary["records"]] == [str(wire["id"])], "whatever the role"
    assert (none.code, none.summary["records"]) == (0, [])


async def test_everything_that_a_customer_holds_is_in_a_column_or_kept(tmp_path: Path) -> None:
    wire = draw_shopper(3, SEED).wire
    mine: dict[str, Any] = {
        **wire, "first_name": "Jo", "last_name": "van Dam", "email": "jo@example.nl", "role": "b2b_member",
        "billing": {**wire["billing"], "first_name": "An", "last_name": "van Dam", "email": "Inkoop@example.nl",
                    "address_1": "Kade 12", "address_2": "bus 4", "country": "BE", "vat_nr": "BE1"},
        "shipping": {**wire["shipping"], "city": "Gent", "country": "BE", "phone": "09 233 44 55"},
        "meta_data": [{"id": 7, "key": "btw", "value": {"nr": 1}}],
    }  # fmt: skip
    answer = Answer(json.dumps([mine]).encode(), headers={"X-WP-Total": "1", "X-WP-TotalPages": "1"})
    async with Served({PATH: answer}) as server:
        accounts = make_accounts(tmp_path, server.base_url)
        assert (await exported(accounts)).code == 0
    (row,) = accounts.rows("contacts", STREAM)
    columns = ("first_name", "insertion", "last_name", "email", "address_line", "street", "house_number", "box")
    values = ("Jo", "van", "Dam", "jo@example.nl", "Kade 12, bus 4", "Kade", 12, "4")
    assert {column: row[column] for column in columns} == dict(zip(columns, values, strict=True))
    assert (row["kind"], row["customer_type"], row["created_at"].isoformat()[:19]) == (
        "other", "b2b_member", wire["date_created_gmt"],
    )  # fmt: skip
    extra = json.loads(row["extra"])
    billed = {"first_name": "An", "address_2": "bus 4", "email": "Inkoop@example.nl", "vat_nr": "BE1"}
    assert extra["billing"] == billed
    assert {"city": "Gent", "country": "BE"}.items() <= extra["shipping"].items()
    assert (extra["meta_data"], extra["username"]) == (mine["meta_data"], wire["username"])
    numbers = {one["phone_number_id"]: one["e164"] for one in accounts.rows("phone_numbers", STREAM)}
    assert numbers["shipping.phone"] == "+3292334455"


async def test_names_stand_in_from_the_billing_address_where_the_account_has_none(tmp_path: Path) -> None:
    wire = draw_shopper(3, SEED).wire
    mine = {**wire, "first_name": " ", "last_name": "", "billing": {**wire["billing"], "first_name": "An"}}
    mine["billing"] |= {"last_name": "Mol"}
    answer = Answer(json.dumps([mine]).encode(), headers={"X-WP-Total": "1", "X-WP-TotalPages": "1"})
    async with Served({PATH: answer}) as server:
        accounts = make_accounts(tmp_path, server.base_url)
        assert (await exported(accounts)).code == 0
    (row,) = accounts.rows("contacts", STREAM)
    assert (row["first_name"], row["last_name"]) == ("An", "Mol")
    assert "first_name" not in json.loads(row["extra"]).get("billing", {})


async def test_keys_never_go_over_plain_http(tmp_path: Path) -> None:
    accounts = make_accounts(tmp_path, "http://winkel.example")
    ran = await exported(accounts)
    assert (ran.code, "use https://" in ran.told) == (78, True), ran.told


async def test_what_nobody_tried_is_told(tmp_path: Path) -> None:
    ran = await make_accounts(tmp_path, "https://winkel.example").etl("sources")
    told = [one["what"] for one in ran.summary["unverified"] if one["system"] == "woocommerce"]
    assert any("e-mail" in one for one in told)
    (stream,) = [one for one in ran.summary["sources"] if one["system"] == "woocommerce"]
    assert "since" not in json.dumps(stream), stream


async def test_who_pushes_is_told_that_new_customers_get_an_email(tmp_path: Path) -> None:
    rows = tmp_path / "rows.csv"
    rows.write_text("nr,last_name,email\n1,Mol,mol@example.nl\n", "utf-8")
    async with Simulator(rows=0) as simulator:
        accounts = make_accounts(tmp_path, simulator.base_url)
        for options, told in ((["--dry-run"], True), (["--dry-run", "--mode", "update"], False)):
            ran = await accounts.etl("push", str(rows), "--to", STREAM, "--key", "nr", *options)
            assert ("e-mail for new accounts" in ran.told) == told, ran.told


LOST = [
    {"method": "POST", "when": {"every": 5}, "action": {"drop_after": True}},
    {"method": "PUT", "when": {"nth": [1]}, "action": {"status": 502, "commit": True}},
    {"method": "GET", "when": {"every": 7}, "action": {"cut_body": 0.6}},
]


async def test_a_run_under_faults_is_verified_and_taken_back(tmp_path: Path) -> None:
    async with Simulator(rows=5, seed=SEED, faults=LOST) as simulator:
        accounts = make_accounts(tmp_path, simulator.base_url)
        text = accounts.config.read_text("utf-8")
        accounts.config.write_text(text.replace('"woocommerce"', '"woocommerce"\nsettle_s = 0.2'), "utf-8")

        async def run(command: str, *arguments: str) -> Finished:
            return await accounts.etl(command, *arguments, "--out", str(accounts.out))

        async def push(city: str) -> Finished:
            lines = [f"{n},Mol {n},m{n}@example.nl,Kade {n},{city}\n" for n in range(1, 13)]
            rows = tmp_path / "rows.csv"
            rows.write_text("nr,last_name,email,address_line,city\n" + "".join(lines), "utf-8")
            return await run("push", str(rows), "--to", STREAM, "--key", "nr", "--yes")

        store = simulator.stores["woocommerce.customers"]

        def users() -> list[dict[str, Any]]:
            found = [store.get(key) for key in store.ids()]
            return [{**user, "date_modified": "", "date_modified_gmt": ""} for user in found if user is not None]

        strangers = users()
        made = await push("Ede")
        before = users()
        changed = await push("Delft")
        verified = await run("verify", changed.summary["run_id"])
        undone = await run("undo", changed.summary["run_id"], "--yes")
        after = users()
        gone = await run("undo", made.summary["run_id"], "--yes")
    assert (made.code, made.summary["outcomes"]["created"], len(before)) == (0, 12, 17), made.told
    assert (changed.code, changed.summary["outcomes"]["updated"]) == (0, 12), changed.told
    assert (verified.code, verified.summary["findings"]["equal"]) == (0, 12), verified.told
    assert (undone.code, undone.summary["outcomes"]["updated"], after) == (0, 12, before), undone.told
    assert (gone.code, gone.summary["outcomes"]["deleted"], users()) == (0, 12, strangers), gone.told
