"""Identifiers are text: leading zeros and `+` count when a record is compared with what a row says."""

from __future__ import annotations

from typing import Any

import pytest

from etl.config import settings
from etl.push.diff.spelling import Spelling
from etl.push.earlier_runs import destination_of_run
from etl.push.push import Setting, held
from etl.push.verify import verify
from tests.support.colleague import Colleague

from .conftest import Opened, Shop, people


async def verified(shop: Shop, run_id: str) -> dict[str, int]:
    loaded = settings.load(shop.config)
    destination = destination_of_run(loaded, run_id)
    with held(loaded, destination):
        return (await verify(Setting(loaded, destination, shop.out, clock=shop.clock), run_id)).found


def with_number(column: str, value: str) -> list[dict[str, Any]]:
    """A row of an export, whose cells go as they are."""
    own = {"account": "park", "system": "recras", "stream": "contacten", "source_id": "7", "is_organisation": "true"}
    return [{**people(1, company_name="Bedrijf BV", country_code="NL")[0], **own, column: value}]


NUMBERS = pytest.mark.parametrize(
    ("target", "column", "right", "damaged"),
    [
        ("customers", "coc_number", "01036041", "1036041"),
        ("contacts", "coc_number", "01036041", "1036041"),
        ("contacts", "phone", "+31364514982", "31364514982"),
    ],
)


@NUMBERS
async def test_verify_sees_a_number_without_its_zero_or_plus(
    target: str, column: str, right: str, damaged: str, shop_of: Opened
) -> None:
    async with shop_of(target) as shop:
        sent = await shop.push(people(1, company_name="Bedrijf BV", **{column: right}))
        (made,) = shop.log("created")
        record = Colleague(shop.simulator, target)
        fields = {name: damaged for name, value in record.fields(made["id"]).items() if value == right}
        assert fields, "it is sent as text"
        record.edit(made["id"], **fields)
        assert await verified(shop, sent.run_id) == {"differs": 1}


@pytest.mark.parametrize("target", ["customers", "contacts"])
async def test_a_number_that_was_sent_without_its_zero_is_repaired(target: str, shop_of: Opened) -> None:
    async with shop_of(target) as shop:
        rows = with_number("coc_number", "1036041")
        options = {"key": "source_id", "ignore": ("nr", "country")}
        assert (await shop.push(shop.sheet(rows), **options)).outcomes == {"created": 1}
        (made,) = shop.log("created")
        record = Colleague(shop.simulator, target)
        fields = [name for name, value in record.fields(made["id"]).items() if value == "1036041"]
        assert fields, "it is sent as text"
        right = await shop.push(shop.sheet(with_number("coc_number", "01036041")), **options)
        assert right.outcomes == {"updated": 1}
        assert {record.fields(made["id"])[name] for name in fields} == {"01036041"}


@pytest.mark.parametrize(
    ("path", "remote", "ours"),
    [
        ("phone", "31364514982", "+31364514982"),
        ("mobile", "612345678", "+31612345678"),
        ("telefoon1", "612345678", "0612345678"),
        ("coc_number", "1036041", "01036041"),
        ("coc_number", 1036041, "01036041"),
        ("coc_number", 1036041.0, "01036041"),
        ("customer_reference", 102, "00102"),
        ("customer_reference", "102", "00102"),
        ("house_number", 7, "+7"),
    ],
)
def test_a_text_without_its_zero_or_plus_is_another(path: str, remote: Any, ours: str) -> None:
    assert not Spelling().equal(path, remote, ours)
    assert not Spelling().equal(path, ours, remote)


@pytest.mark.parametrize(
    ("path", "remote", "ours"),
    [
        ("phone", "0031 36 451 49 82", "+31364514982"),
        ("phone", "036-4514982", "+31364514982"),
        ("phone", "+31 (0)36 4514982", "+31364514982"),
        ("phone", "+31364514982", "0364514982"),
        ("coc_number", 64356582, "64356582"),
        ("discount_percentage", "5.00", 5),
        ("discount_percentage", 7.25, "7,25"),
        ("credit", "0.50", 0.5),
        ("house_number", 12, "12"),
    ],
)
def test_a_spelling_of_the_same_is_no_difference(path: str, remote: Any, ours: Any) -> None:
    assert Spelling().equal(path, remote, ours)
