"""Products: out of an export with prices, materials and locations, or out of a spreadsheet; changed and deleted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from etl.errors import UsageError
from etl.simulator import Simulator
from tests.support.accounts import Accounts, make_accounts

from .conftest import Opened, Shop

SHEET = [
    {
        "nr": 1, "name": "Klimbos", "purchase_price": "7,50", "minimum_quantity": 4, "supplier_id": 3,
        "duration_iso": "PT2H",
    },
    {
        "nr": 2, "name": "Kanovaart", "purchase_price": "12.25", "minimum_quantity": 1, "supplier_id": 3,
        "duration_iso": "",
    },
]  # fmt: skip
PRICES = "nr,position,vat_percentage,sales_price\n1,2,9,11.50\n1,1,21,12.00\n2,1,21,20\n"
MAP = """
[columns]
name = "Omschrijving"
purchase_price = { column = "Inkoop", strip = "€ ?" }
minimum_quantity = { value = "1" }
supplier_id = { value = "3" }
"""


async def exported(folder: Path, rows: int = 30) -> Accounts:
    async with Simulator(rows=0, products=rows, seed=5, per_minute=None, per_day=None) as source:
        accounts = make_accounts(folder, source.base_url)
        await accounts.export("park.producten")
    return accounts


def shown(shop: Shop) -> list[Any]:
    store = shop.simulator.stores["recras.producten"]
    return [store.get(key) for key in store.ids()]


def trimmed(value: Any) -> Any:
    """Without the blanks around texts: those that were typed there are no loss."""
    if isinstance(value, dict):
        return {name: trimmed(one) for name, one in value.items()}
    if isinstance(value, list):
        return [trimmed(one) for one in value]
    return value.strip() if isinstance(value, str) else value


async def test_a_spreadsheet_of_products_goes_with_its_prices(shop_of: Opened) -> None:
    async with shop_of("producten") as shop:
        prices = shop.folder / "prices.csv"
        prices.write_text(PRICES)
        report = await shop.push(SHEET, children={"product_prices": prices})
        assert (report.exit_code, report.outcomes) == (0, {"created": 2})
        one, two = (entry["body"] for entry in shop.log("created"))
        assert (one["naam"], one["inkoop"], one["minimum_aantal"], one["leverancier_id"]) == ("Klimbos", 7.5, 4, 3)
        assert [price["verkoop"] for price in one["ProductPrice"]] == [12, 11.5]
        assert "duur" not in two
        assert (await shop.push(SHEET, children={"product_prices": prices})).outcomes == {"unchanged": 2}


async def test_a_table_of_products_may_be_mapped(shop_of: Opened) -> None:
    async with shop_of("producten") as shop:
        (shop.folder / "map.toml").write_text(MAP, "utf-8")
        file = shop.folder / "p.csv"
        file.write_text("Nr;Omschrijving;Inkoop\n1;Klimbos;€ 7,50\n2;;€ 1,00\n", "utf-8")
        report = await shop.push(file, key="Nr", mapping=shop.folder / "map.toml")
        assert (report.exit_code, report.outcomes) == (65, {"created": 1, "rejected": 1})
        assert [entry["body"]["inkoop"] for entry in shop.log("created")] == [7.5]
        assert shop.rejects(report)[0]["field"] == "Omschrijving"


async def test_an_export_goes_with_prices_and_says_whose_ids_stay_behind(shop_of: Opened, tmp_path: Path) -> None:
    accounts = await exported(tmp_path / "source")
    file = accounts.out / "products" / "park.producten.parquet"
    async with shop_of("producten") as shop:
        refused = await shop.push(file)
        assert refused.outcomes == {"rejected": 30}
        assert "supplier" in shop.rejects(refused)[0]["reason"]
        shop.configure(more="[accounts.er.defaults]\nsupplier_id = 3\n")
        report = await shop.push(file)
        assert (report.exit_code, report.outcomes) == (0, {"created": 30})
        assert report.filled["leverancier_id"] == 30
        assert {"products.supplier_id", "product_materials.material_id", "product_locations.location_id"} <= set(
            report.lost
        )
        prices = pl.read_parquet(accounts.out / "product_prices" / "park.producten.parquet")
        assert sum(len(entry["body"].get("ProductPrice", ())) for entry in shop.log("created")) == prices.height > 0


async def test_what_goes_back_to_its_own_account_takes_materials_and_locations_along(tmp_path: Path) -> None:
    async with Simulator(rows=0, products=30, seed=5, per_minute=None, per_day=None) as park:
        accounts = make_accounts(tmp_path, park.base_url)
        await accounts.export("park.producten")
        store = park.stores["recras.producten"]
        before = [store.get(key) for key in store.ids()]
        file = accounts.out / "products" / "park.producten.parquet"
        pl.read_parquet(file).with_columns(minimum_quantity=pl.lit(9, pl.Int64)).write_parquet(file)
        ended = await accounts.etl(
            "push", str(file), "--to", "park.producten", "--mode", "update", "--out", str(tmp_path / "o"), "--yes"
        )
        assert (ended.code, ended.summary["outcomes"]["updated"]) == (65, 29), ended.told  # one is deleted there
        after = [store.get(key) for key in store.ids()]
        wanted = [one if one["is_deleted"] else {**one, "minimum_aantal": 9} for one in before if one]
        assert [trimmed(one) for one in wanted] == [trimmed(one) for one in after]
        assert any(one.get("Materialen") for one in before if one)
        assert any(one.get("Locaties") for one in before if one)


async def test_products_are_changed_and_deleted(shop_of: Opened) -> None:
    async with shop_of("producten") as shop:
        first = await shop.push(SHEET)
        changed = await shop.push([{**SHEET[0], "purchase_price": "8"}, SHEET[1]])
        assert changed.outcomes == {"updated": 1, "unchanged": 1}
        assert [one["inkoop"] for one in shown(shop)] == [8, 12.25]
        gone = await shop.push(SHEET[1:], mode="delete")
        assert (first.exit_code, gone.exit_code, gone.outcomes) == (0, 0, {"deleted": 1})
        assert [entry["id"] for entry in shop.log("deleted")] == [shop.log("created")[1]["id"]]


@pytest.mark.parametrize("action", [{"drop_after": True}, {"drop_before": True}])
async def test_a_product_whose_outcome_nobody_knows_is_there_once(action: dict[str, Any], shop_of: Opened) -> None:
    faults = [{"method": "POST", "when": {"nth": [1]}, "action": action}]
    async with shop_of("producten", faults=faults) as shop:
        report = await shop.push(SHEET)
        assert report.outcomes == {"created": 2}
        assert shop.made == ["Klimbos", "Kanovaart"] or shop.made == ["Kanovaart", "Klimbos"]


async def test_contacts_are_no_products(shop_of: Opened) -> None:
    async with shop_of("producten") as shop:
        with pytest.raises(UsageError, match="purchase_price"):
            await shop.push([{"nr": 1, "email": "jan@example.nl"}])
