"""The field table of each pair of systems, and that moving rows between them keeps to it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from etl.simulator import Simulator
from etl.systems import SYSTEMS
from etl.systems.cyclesoftware import write as cyclesoftware
from etl.systems.declare import Draft, Stream, System, Target
from etl.systems.invoicing import write as invoicing
from etl.systems.recras import write_contacts as recras_contacts
from etl.systems.round_trips import name, owner, pairs, surviving_columns
from etl.systems.woocommerce import write as woocommerce
from tests.support.accounts import ACCOUNTS, Accounts, make_accounts
from tests.support.moving import Post, Tables, drafting, rows_of

ROWS, SEED = 250, 11
HOLDS = {
    "cyclesoftware": cyclesoftware.HOLDS, "recras": recras_contacts.HOLDS, "invoicing": invoicing.HOLDS,
    "woocommerce": {
        *(f"contacts.{column}" for column in (*woocommerce.COLUMNS.values(), *woocommerce.PLAIN.secondary_columns)),
        "phone_numbers.e164", "phone_numbers.valid",
    },
}  # fmt: skip
"""The columns that the target of each system has a place for."""
ACCOUNT = {system: account for account, system in ACCOUNTS.items()}
PAIRS = {name(system, target): (system, stream, target) for system, stream, target in pairs()}


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Tables]:
    """The tables of each system's contacts."""
    names = {system: f"{account}.{PAIRS[f'{system}-{system}'][1].name}" for account, system in ACCOUNTS.items()}
    folder = tmp_path_factory.mktemp("source")

    async def export() -> Accounts:
        async with Simulator(
            rows=ROWS, seed=SEED, per_minute=None, per_day=None, moneybird_per_5_minutes=None
        ) as simulator:
            accounts = make_accounts(folder, simulator.base_url)
            await accounts.export(*names.values())
            return accounts

    accounts = asyncio.run(export())
    return {system: accounts.tables(stream) for system, stream in names.items()}


@pytest.fixture
async def empty() -> AsyncIterator[Post]:
    async with (
        Simulator(rows=0, per_minute=None, per_day=None, moneybird_per_5_minutes=None) as simulator,
        aiohttp.ClientSession() as session,
    ):
        yield Post(simulator.base_url, session)


def test_every_system_has_a_pair_with_each() -> None:
    assert {*PAIRS} == {f"{one}-{other}" for one in SYSTEMS for other in SYSTEMS}


@pytest.mark.parametrize("pair", PAIRS)
def test_a_target_promises_no_column_that_it_does_not_hold(pair: str) -> None:
    _, _, target = PAIRS[pair]
    columns = {*target.columns.values(), *target.secondary_columns}
    holds = HOLDS.get(owner(target), frozenset(f"contacts.{column}" for column in columns))
    assert target.keeps | target.keeps_own <= holds | {"contacts.display_name", "contacts.active"}


@pytest.mark.parametrize("pair", PAIRS)
async def test_rows_read_back_as_their_field_table_says(
    pair: str, exported: Mapping[str, Tables], empty: Post, tmp_path: Path
) -> None:
    system, stream, target = PAIRS[pair]
    source = exported[system.id]
    sent = await _moved(target, source, empty)
    assert len(sent) >= ROWS * 0.7, "most rows have what the target requires"
    accounts = make_accounts(tmp_path, empty.base_url)
    stream_name = f"{ACCOUNT[owner(target)]}.{target.stream}"
    await accounts.export(stream_name)
    back = accounts.tables(stream_name)
    assert len(back["contacts"]) == len(sent)
    assert list(_broken(system, stream, target, source, back, sent)) == []


async def _moved(target: Target, source: Tables, post: Post) -> dict[str, tuple[str, Draft]]:
    """Source id to the new id and what was drafted, of the rows that could go. A shop takes an e-mail address once."""
    sent, taken = {}, set[str]()
    for row in rows_of(source):
        drafted = target.draft(row, drafting(target, row))
        if isinstance(drafted, Draft):
            key = target.natural_key(drafted.body) if owner(target) == "woocommerce" else None
            if key in taken:
                continue
            taken |= {key} if key else set()
            sent[row.values["source_id"]] = (await post.create(target, drafted), drafted)
    return sent


def _broken(
    system: System,
    stream: Stream,
    target: Target,
    source: Tables,
    back: Tables,
    sent: Mapping[str, tuple[str, Draft]],
) -> list[Any]:
    """The rows whose promised values are in no row that came back, unless the draft said so."""
    found = []
    for table, columns in surviving_columns(system, stream, target).items():
        arrived = _by_contact(back.get(table, ()))
        for row in source[table] if columns else ():
            new_id, drafted = sent.get(row["source_id"], (None, None))
            if drafted is None or row.get("raw", "") is None:  # a number that is none has nothing to arrive
                continue
            promised = {
                column: row[column]
                for column in columns
                if row[column] not in (None, []) and f"{table}.{column}" not in drafted.dropped
            }
            if not any(promised.items() <= {**one}.items() for one in map(_hashable, arrived.get(new_id, ()))):
                found.append((table, promised, arrived.get(new_id, ())))
    return found


def _hashable(row: Mapping[str, Any]) -> dict[str, Any]:
    return {column: value for column, value in row.items() if not isinstance(value, list)}


def _by_contact(rows: Sequence[Mapping[str, Any]]) -> dict[Any, list[Mapping[str, Any]]]:
    found: dict[Any, list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["source_id"], []).append(row)
    return found
