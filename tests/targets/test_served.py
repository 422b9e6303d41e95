"""What the targets make is taken by the servers: golden rows created, changed and deleted, and read back."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from etl.simulator import Simulator
from etl.systems.declare import Drafting, Row, Target
from tests.support.moving import DEFAULTS, Post
from tests.support.update import changes_of_update
from tests.targets.rows import (
    COMPLETE,
    CONTACTEN,
    CONTACTS,
    CUSTOMERS,
    KLANTEN,
    PRODUCTEN,
    SHOPPERS,
    called,
    drafted,
    golden,
    row,
    with_cells,
)

PAGES = ("cyclesoftware/customers-list", "recras/contacten", "invoicing/contacts", "woocommerce/customers")
NEW = Drafting("R-1", DEFAULTS)
STAMPS = {"modified", "date_modified", "date_modified_gmt"}
"""Fields that a server changes by itself."""
PRODUCT = row({"name": "Tandem", "purchase_price": 7, "minimum_quantity": 1, "supplier_id": 3, "duration_iso": "PT1H"})


@pytest.fixture
async def server() -> AsyncIterator[Post]:
    async with Simulator(rows=5, seed=4) as simulator, aiohttp.ClientSession() as session:
        yield Post(simulator.base_url, session)


def path_of(target: Target, record_id: str) -> str:
    path = target.update.path if target.update else ""
    return path.replace("{id}", record_id).replace("{contacts_path}", "/contacts")


@pytest.mark.parametrize("page", PAGES)
async def test_golden_rows_are_taken_and_shown_as_they_were_sent(page: str, server: Post) -> None:
    for target in (CUSTOMERS, CONTACTEN, KLANTEN, CONTACTS, SHOPPERS):
        taken = [made for given in golden(page) if not isinstance(made := target.draft(given, NEW), list)]
        assert taken
        for made in taken:
            record_id = await server.create(target, made)
            path = path_of(target, record_id).replace("contacten", "klanten" if target is KLANTEN else "contacten")
            shown = target.record(await server.get(path))
            assert target.same(shown, made.body)


async def test_klanten_merges_what_has_one_key_and_says_whom(server: Post) -> None:
    one = drafted(KLANTEN, COMPLETE)
    first = await server.create(KLANTEN, one)
    status, location, answer = await server.send(KLANTEN.create, one.body)
    assert (status, KLANTEN.created(status, location, answer)) == (200, first)


@pytest.mark.parametrize(
    ("target", "given", "changed"),
    [
        (CUSTOMERS, COMPLETE, with_cells(COMPLETE, city="Ede", mobile="+31612345678")),
        (KLANTEN, COMPLETE, with_cells(COMPLETE, city="Ede", website="https://example.nl")),
        (CONTACTEN, COMPLETE, with_cells(COMPLETE, city="Ede", email="new@example.nl")),
        (CONTACTS, COMPLETE, with_cells(COMPLETE, city="Ede", fax="+31201234567")),
        (PRODUCTEN, PRODUCT, with_cells(PRODUCT, duration_iso="PT2H", purchase_price="7.5")),
        (SHOPPERS, COMPLETE, with_cells(COMPLETE, city="Ede", company_name="De Ketting BV")),
    ],
    ids=lambda one: called(one) if isinstance(one, Target) else "",
)
async def test_an_update_changes_what_changed_and_nothing_else(
    target: Target, given: Row, changed: Row, server: Post
) -> None:
    record_id = await server.create(target, drafted(target, given, NEW))
    path = path_of(target, record_id)
    before = target.record(await server.get(path))
    body = target.merge(before, drafted(target, changed, NEW))
    planned = changes_of_update(target, before, body)
    assert 2 <= len(planned) <= 3, planned
    assert target.update is not None
    status, _, _ = await server.send(target.update, target.wrap(body), record_id)
    assert status == 200
    after = target.record(await server.get(path))
    assert changes_of_update(target, after, body) == []
    other = {name for name in before if before[name] != after[name]}
    assert other <= {name.partition("[")[0] for name, _, _ in planned} | STAMPS


@pytest.mark.parametrize(
    ("target", "given"),
    [(CONTACTS, COMPLETE), (PRODUCTEN, PRODUCT), (SHOPPERS, COMPLETE)],
    ids=["contacts", "producten", "shoppers"],
)
async def test_what_was_created_can_be_deleted_where_the_api_deletes(target: Target, given: Row, server: Post) -> None:
    record_id = await server.create(target, drafted(target, given, NEW))
    assert target.delete is not None
    status, _, _ = await server.send(target.delete, None, record_id)
    assert status == 200


async def test_the_golden_products_go_back_to_their_own_account(server: Post) -> None:
    for given in golden("recras/producten", local=True):
        made = drafted(PRODUCTEN, given, NEW)
        record_id = await server.create(PRODUCTEN, made)
        shown = await server.get(path_of(PRODUCTEN, record_id))
        assert changes_of_update(PRODUCTEN, shown, made.body) == []
        assert PRODUCTEN.same(shown, made.body)
