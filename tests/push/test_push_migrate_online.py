"""A web shop's customers move into a bookkeeping, by the command, while the sample's faults happen."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

from etl.simulator import Simulator
from tests.support.accounts import Accounts

ROOT = Path(__file__).parents[2]
ROWS = 500
CONFIG = """
[accounts.woo]
system = "woocommerce"
base_url = "{url}"
username = "demo"
password = "demo"
budget = {{ per_minute = 100000 }}

[accounts.moneybird]
system = "moneybird"
base_url = "{new}"
administration_id = "123"
api_key = "demo"
settle_s = 1
budget = {{ windows = {{ "300" = 100000 }} }}

[state]
dir = ".etl"
budgets = "budgets.db"
"""


async def test_every_customer_arrives_once_and_reads_back_as_the_pair_table_says(tmp_path: Path) -> None:
    faults = ROOT / "samples" / "faults.toml"
    shop = Simulator(rows=ROWS, faults=faults)
    books = Simulator(rows=0, faults=faults, moneybird_per_5_minutes=None)
    async with shop, books:
        accounts = Accounts(tmp_path)
        accounts.config.touch(mode=0o600)
        accounts.config.write_text(CONFIG.format(url=shop.base_url, new=books.base_url), "utf-8")
        out = ("--out", str(accounts.out))
        order = ("migrate", "woo", "--to", "moneybird.contacts", "--kind", "all", *out, "--yes")
        ended = await accounts.etl(*order)
        outcomes = ended.summary["outcomes"]
        assert (ended.code, outcomes["created"], sum(outcomes.values())) == (0, ROWS, ROWS), ended.told
        assert len(books.stores["moneybird.contacts"].ids()) == ROWS
        again = await accounts.etl(*order)
        assert (again.code, again.summary["outcomes"]["unchanged"]) == (0, ROWS), again.told
        verified = await accounts.etl("verify", ended.summary["run_id"], *out)
        findings = verified.summary["findings"]
        assert (verified.code, findings["equal"], sum(findings.values())) == (0, ROWS, ROWS), verified.told
        assert (await accounts.etl("export", "moneybird", *out)).code == 0
    survives = json.loads((ROOT / "schemas/pairs/woocommerce-moneybird.json").read_text("utf-8"))
    columns = survives["tables"]["contacts"]["survives"]
    sent = pl.read_parquet(accounts.out / "export" / "contacts" / "woo.customers.parquet").sort("email")
    came = accounts.frame("contacts", "moneybird.contacts").sort("email")
    assert came["email"].to_list() == sent["email"].to_list()
    # Moneybird gives a contact without a country its own
    told = sent.with_columns(pl.col("country_code").fill_null("NL"))
    assert came.select(columns).equals(told.select(columns))
