"""Export, push into an empty system, export again: equal tables, for every field that both systems can hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from etl.config.settings import Settings
from etl.push.input.rows import read_input
from etl.push.push import Setting, held, push
from etl.push.push_order import Order, destination_of
from etl.simulator import Simulator
from etl.systems import SYSTEMS
from etl.systems.declare import Draft, Stream, Target
from etl.systems.round_trips import name, owner, pairs, surviving_columns
from tests.support.accounts import ACCOUNTS, Accounts, make_accounts
from tests.support.moving import DEFAULTS, Tables, drafting, rows_of

ROWS, SEED = 120, 11
ACCOUNT = {system: account for account, system in ACCOUNTS.items()}
PAIRS = {name(system, target): (system, stream, target) for system, stream, target in pairs()}
FILLED = {
    "cyclesoftware": {"reference", "customer_type", "company_name", "last_name"},
    "recras": {"gender", "kind", "mobile"},
    "invoicing": {"reference", "email", "phone", "payment_term_days", "contact_group", "invoice_"},
    "moneybird": {"reference", "country_code"},
    "woocommerce": {"customer_type"},
}
"""What a target fills in where a row has nothing: nothing may come back changed, but this may come back filled."""
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def source(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Accounts]:
    async with Simulator(rows=ROWS, seed=SEED, per_minute=None, per_day=None) as full:
        accounts = make_accounts(tmp_path_factory.mktemp("source"), full.base_url)
        await accounts.export(*(f"{ACCOUNT[system.id]}.{stream.name}" for system, stream, _ in PAIRS.values()))
    yield accounts


async def moved(source: Accounts, to: Accounts, loaded: Settings, pair: str) -> tuple[Tables, dict[str, str]]:
    """The tables of the target after everything was pushed, and the new id of each source id."""
    system, stream, target = PAIRS[pair]
    account = f"new-{ACCOUNT[owner(target)]}"
    destination = destination_of(loaded, f"{account}.{target.name}")
    file = source.out / "contacts" / f"{ACCOUNT[system.id]}.{stream.name}.parquet"
    order = Order([file], to.out)
    with held(loaded, destination):
        report = await push(Setting(loaded, destination, to.out), order, read_input(order, destination))
    assert report.count("created") + report.count("rejected") == report.received == ROWS
    assert report.count("created") >= ROWS * 0.7, "most rows have what the target requires"
    results = to.rows("results", report.run_id)
    ids = {row["key"]: row["remote_id"] for row in results if row["outcome"] == "created"}
    from etl.runs.export import export
    from etl.runs.export_order import ExportOrder
    from etl.runs.workspace import select

    await export(loaded, ExportOrder(select(loaded, [f"{account}.{target.stream}"]), to.out))
    return {table: to.rows(table, f"{account}.{target.stream}") for table in stream_of(target).tables}, ids


def stream_of(target: Target) -> Stream:
    return SYSTEMS[owner(target)].stream(target.stream)


@pytest.mark.parametrize("pair", PAIRS)
async def test_what_both_systems_hold_comes_back_equal(pair: str, source: Accounts, tmp_path: Path) -> None:
    system, stream, target = PAIRS[pair]
    async with Simulator(rows=0, products=0, per_minute=None, per_day=None) as empty:
        to = make_accounts(tmp_path, empty.base_url)
        text = to.config.read_text("utf-8").replace("[accounts.", "[accounts.new-")
        defaults = f"[accounts.new-books.defaults]\npayment_term_days = {DEFAULTS['payment_term_days']}\n[state]"
        to.config.write_text(text.replace("[state]", defaults), "utf-8")
        back, ids = await moved(source, to, to.settings(), pair)
    given = source.tables(f"{ACCOUNT[system.id]}.{stream.name}")
    assert {row["source_id"] for row in back["contacts"]} == set(ids.values())
    drafts = {
        key: target.draft(row, drafting(target, row))
        for row in rows_of(given)
        if (key := row.values["source_id"]) in ids
    }
    for table, columns in surviving_columns(system, stream, target).items():
        if table == "contacts":
            assert list(unequal(given[table], back[table], columns, ids, drafts, target)) == []
        elif columns:
            assert list(missing(given[table], back[table], table, columns, ids, drafts)) == []


def unequal(
    given: Any, back: Any, columns: list[str], ids: Mapping[str, str], drafts: Mapping[str, Any], target: Target
) -> Iterator[Any]:
    """The cells that came back as something else, but for what was told before the first call: filled in, or lost."""
    arrived = {row["source_id"]: row for row in back}
    for row in given:
        if row["source_id"] not in ids:
            continue
        theirs, draft = arrived[ids[row["source_id"]]], drafts[row["source_id"]]
        assert isinstance(draft, Draft)
        lost = {one.partition(".")[2] for one in draft.dropped}
        address = {"street", "house_number", "house_number_postfix", "box", "address_extra"}
        lost |= address if lost & address else set()  # a line that reads otherwise moves its parts
        for column in columns:
            one, other = row[column], theirs[column]
            filled = one is None and any(column.startswith(name) for name in FILLED[owner(target)])
            if one != other and not filled and column not in lost:
                yield row["source_id"], column, one, other


def missing(
    given: Any, back: Any, table: str, columns: list[str], ids: Mapping[str, str], drafts: Mapping[str, Any]
) -> Iterator[Any]:
    """The child rows that did not come back just so, each as often as it was given."""

    # Recras says of everybody that it does not know
    def told(row: Mapping[str, Any], whose: str) -> tuple[Any, ...]:
        said = ("unknown" if column == "gender" and row[column] is None else row[column] for column in columns)
        return (whose, *map(str, said))

    wanted = Counter(
        told(row, ids[row["source_id"]])
        for row in given
        if row["source_id"] in ids
        and row.get("raw", "") is not None
        and not any(f"{table}.{column}" in drafts[row["source_id"]].dropped for column in columns)
    )
    assert wanted, "there is something to compare"
    yield from (wanted - Counter(told(row, row["source_id"]) for row in back)).items()
