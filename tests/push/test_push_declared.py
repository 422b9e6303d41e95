"""What a target declares holds for a push by the command: how forms name their fields, which ids a map gives
anew, what cannot be changed."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from etl.simulator import Simulator
from tests.support.accounts import Accounts, Finished, make_accounts

ROW = {
    "nr": "1", "last_name": "Jansen", "email": "jan@example.nl", "phone": "0201234567", "country": "NL",
    "address_line": "Dorpsstraat 12", "postcode": "1337XD", "city": "Utrecht", "payment_term_days": "14",
}  # fmt: skip


async def push(accounts: Accounts, to: str, row: dict[str, str], *more: str) -> Finished:
    """One row, as a table of its own columns, pushed by the command."""
    file = accounts.folder / "rows.csv"
    file.write_text(f"{','.join(row)}\n{','.join(row.values())}\n", "utf-8")
    asked = ("push", str(file), "--to", to, "--key", "nr", "--out", str(accounts.out), "--yes")
    return await accounts.etl(*asked, *more)


def outcomes(finished: Finished) -> dict[str, int]:
    return {name: count for name, count in finished.summary["outcomes"].items() if count}


@pytest.mark.parametrize(
    ("prefix", "made", "changed"),
    [("", "created", "updated"), ("Contact", "created", "updated"), ("Debtor", "rejected", "rejected")],
)
async def test_form_fields_go_out_under_the_prefix_of_the_account(
    prefix: str, made: str, changed: str, tmp_path: Path
) -> None:
    """The server here knows the fields by their plain names and inside of Contact[…], and no other way."""
    async with Simulator(rows=0, per_minute=None, per_day=None) as server:
        accounts = make_accounts(tmp_path, server.base_url)
        plain = accounts.config.read_text("utf-8")
        more = f'form_prefix = "{prefix}"\nsettle_s = 1'
        accounts.config.write_text(plain.replace("[accounts.books]", f"[accounts.books]\n{more}"))
        first = await push(accounts, "books.contacts", ROW)
        assert outcomes(first) == {made: 1}, first.told
        second = await push(accounts, "books.contacts", {**ROW, "city": "Ede"})
        assert outcomes(second) == {changed: 1}, second.told
        assert [entry["body"]["location_city"] for entry in server.log] == ["Utrecht", "Ede"][: len(server.log)]


@pytest.mark.parametrize("mapped", [True, False])
async def test_an_id_that_a_map_gives_goes_along_wherever_the_row_is_from(mapped: bool, tmp_path: Path) -> None:
    async with Simulator(rows=0, per_minute=None, per_day=None) as server:
        accounts = make_accounts(tmp_path, server.base_url)
        mapping = tmp_path / "map.toml"
        names = ["system", *(name for name in ROW if name != "nr")]
        columns = [f'{name} = "{name}"' for name in names] + (['company_id = { value = "3" }'] if mapped else [])
        mapping.write_text("[columns]\n" + "\n".join(columns), "utf-8")
        row = {**ROW, "system": "recras", "company_id": "2"}
        pushed = await push(accounts, "park.klanten", row, "--map", str(mapping), "--ignore", "company_id")
        assert outcomes(pushed) == {"created": 1}, pushed.told
        assert server.log[0]["body"].get("bedrijf_id") == (3 if mapped else None)
        assert "contacts.company_id" not in pushed.summary["lost"]


async def test_a_change_of_what_the_api_never_changes_is_told(tmp_path: Path) -> None:
    async with Simulator(rows=0, per_minute=None, per_day=None) as server:
        accounts = make_accounts(tmp_path, server.base_url)
        told = []
        for change in ({"kind": "customer"}, {"kind": "supplier"}, {"kind": "supplier", "city": "Ede"}):
            pushed = await push(accounts, "books.contacts", {**ROW, **change})
            results = pl.read_parquet(accounts.out / "results" / f"{pushed.summary['run_id']}.parquet")
            told.append((outcomes(pushed), results["message"][0]))
        stays = "Other here, and the API cannot change it: kind."
        assert told == [({"created": 1}, None), ({"unchanged": 1}, stays), ({"updated": 1}, None)]
        assert server.log[-1]["body"].keys().isdisjoint({"type", "group", "client_reference"})
