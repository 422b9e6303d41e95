"""What a row leaves out, and what a record does not show, is left as it is: pushed by the command itself."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from etl.simulator import Simulator
from tests.support.accounts import Accounts, Finished, make_accounts
from tests.support.colleague import Colleague

WHOLE = {
    "nr": "1", "first_name": "Piet", "last_name": "Jansen", "email": "piet@example.nl", "phone": "0201234567",
    "address_line": "Dorpsstraat 12", "postcode": "1337XD", "city": "Utrecht", "country": "NL",
    "vat_number": "NL001234567B01", "payment_term_days": "14",
}  # fmt: skip
PRODUCT = {
    "nr": "1", "name": "Fietstocht", "display_name": "Fietstocht", "purchase_price": "5", "minimum_quantity": "1",
    "duration_iso": "PT1H", "supplier_id": "1", "product_group_id": "1",
}  # fmt: skip
CITY = {
    "bikes.customers": "city", "park.contacten": "plaats", "park.klanten": "plaats", "books.contacts": "location_city",
}  # fmt: skip
UNSEEN = {"landcode": "NL", "btw_nummer": "NL001234567B01"}
"""What Recras shows of a klant in the list of contacten, and not in the record itself."""


def simulator() -> Simulator:
    return Simulator(rows=0, products=0, per_minute=None, per_day=None)


async def push(accounts: Accounts, to: str, row: Mapping[str, str], *more: str) -> Finished:
    """One row, as a table of its own columns, pushed by the command."""
    file = accounts.folder / "rows.csv"
    file.write_text(f"{','.join(row)}\n{','.join(row.values())}\n", "utf-8")
    asked = ("push", str(file), "--to", to, "--key", "nr", "--out", str(accounts.out), "--yes")
    return await accounts.etl(*asked, *more)


def outcomes(finished: Finished) -> dict[str, int]:
    return {name: count for name, count in finished.summary["outcomes"].items() if count}


def fields(server: Simulator, to: str) -> dict[str, Any]:
    """All that the server holds of the only record, persons included, but for the time of its last change."""
    colleague = Colleague(server, to.partition(".")[2])
    (key,) = {entry["id"] for entry in server.log}
    return {name: value for name, value in colleague.fields(key).items() if name != "modified"}


@pytest.mark.parametrize("to", CITY)
async def test_a_table_of_a_key_and_a_city_changes_the_city_and_leaves_the_rest(to: str, tmp_path: Path) -> None:
    async with simulator() as server:
        accounts = make_accounts(tmp_path, server.base_url)
        assert outcomes(await push(accounts, to, WHOLE)) == {"created": 1}
        before = fields(server, to)
        moved = await push(accounts, to, {"nr": "1", "city": "Ede"}, "--mode", "update")
        assert (moved.code, outcomes(moved)) == (0, {"updated": 1}), moved.told
        assert moved.summary["filled"] == {}
        assert filled(fields(server, to)) == filled({**before, CITY[to]: "Ede"})
        assert before[CITY[to]] == "Utrecht"


async def test_a_table_of_a_key_and_a_price_changes_the_price_and_leaves_the_rest(tmp_path: Path) -> None:
    async with simulator() as server:
        accounts = make_accounts(tmp_path, server.base_url)
        made = await push(accounts, "park.producten", PRODUCT)
        assert outcomes(made) == {"created": 1}, made.told
        before = fields(server, "park.producten")
        dearer = await push(accounts, "park.producten", {"nr": "1", "purchase_price": "6.5"}, "--mode", "update")
        assert (dearer.code, outcomes(dearer)) == (0, {"updated": 1}), dearer.told
        assert fields(server, "park.producten") == {**before, "inkoop": 6.5}


@pytest.mark.parametrize("known", [True, False])
async def test_an_upsert_of_an_identical_customer_through_contacten_changes_nothing(
    known: bool, tmp_path: Path
) -> None:
    async with simulator() as server:
        accounts = make_accounts(tmp_path, server.base_url)
        row = {**WHOLE, "kind": "customer"}
        assert outcomes(await push(accounts, "park.contacten", row)) == {"created": 1}
        if not known:  # the record is somebody else's from now on, and is read to see what differs
            shutil.rmtree(tmp_path / ".etl")
            shutil.rmtree(tmp_path / "seals")
        for more in (["--dry-run"], [], []):
            again = await push(accounts, "park.contacten", row, "--mode", "upsert", "--match", "email", *more)
            assert (again.code, outcomes(again)) == (0, {"unchanged": 1}), again.told
        assert [entry["outcome"] for entry in server.log] == ["created"]


async def test_an_update_through_contacten_sends_along_what_only_the_list_shows(tmp_path: Path) -> None:
    async with simulator() as server:
        accounts = make_accounts(tmp_path, server.base_url)
        await push(accounts, "park.contacten", {**WHOLE, "kind": "customer"})
        await push(accounts, "park.contacten", {"nr": "1", "city": "Ede"}, "--mode", "update")
        sent = server.log[-1]["body"]
        assert {"plaats": sent["plaats"], **{name: sent.get(name) for name in UNSEEN}} == {"plaats": "Ede", **UNSEEN}


def filled(record: Mapping[str, Any]) -> dict[str, Any]:
    """What a record holds: in a form, null can only be said as an empty text."""
    return {name: value for name, value in record.items() if value not in (None, "")}


async def test_taking_an_update_back_keeps_and_restores_what_only_the_list_shows(tmp_path: Path) -> None:
    async with simulator() as server:
        accounts = make_accounts(tmp_path, server.base_url)
        await push(accounts, "park.contacten", {**WHOLE, "kind": "customer"})
        before = fields(server, "park.contacten")
        for change in ({"city": "Ede"}, {"country": "BE"}):
            run = await push(accounts, "park.contacten", {"nr": "1", **change}, "--mode", "update")
            assert outcomes(run) == {"updated": 1}, run.told
            assert fields(server, "park.contacten") != before
            undone = await accounts.etl("undo", run.summary["run_id"], "--out", str(accounts.out), "--yes")
            assert (undone.code, outcomes(undone)) == (0, {"updated": 1}), undone.told
            sent = server.log[-1]["body"]
            assert {name: sent.get(name) for name in UNSEEN} == UNSEEN
            assert fields(server, "park.contacten") == before


async def test_what_only_the_list_shows_and_a_colleague_changed_since_is_not_taken_back(tmp_path: Path) -> None:
    async with simulator() as server:
        accounts = make_accounts(tmp_path, server.base_url)
        await push(accounts, "park.contacten", {**WHOLE, "kind": "customer"})
        for change, colleagues in (({"city": "Ede"}, "BE"), ({"country": "FR"}, "DE")):
            run = await push(accounts, "park.contacten", {"nr": "1", **change}, "--mode", "update")
            assert outcomes(run) == {"updated": 1}, run.told
            Colleague(server, "contacten").edit(server.log[0]["id"], landcode=colleagues)
            before = fields(server, "park.contacten")
            undone = await accounts.etl("undo", run.summary["run_id"], "--out", str(accounts.out), "--yes")
            assert (undone.code, outcomes(undone)) == (65, {"skipped": 1}), undone.told
            assert fields(server, "park.contacten") == before
            assert server.log[-1]["outcome"] == "updated" and len(server.log) == 2 + (colleagues == "DE")
