"""The other modes: update and upsert by ledger or by a match, delete, and a dry run that writes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from etl.errors import UsageError
from etl.push.push_order import Order, check, destination_of

from .conftest import Opened, Shop, people

TARGETS = ("customers", "contacten", "klanten", "contacts")


def moved(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{**row, "city": "Ede", **more} for row in people(count)]


@pytest.mark.parametrize("target", TARGETS)
async def test_what_changed_becomes_an_update_of_the_whole_record(target: str, shop_of: Opened) -> None:
    async with shop_of(target) as shop:
        await shop.push(people(3))
        report = await shop.push(moved(3), mode="update")
        assert (report.exit_code, report.outcomes) == (0, {"updated": 3})
        assert len(shop.log("updated")) == 3
        assert (await shop.push(moved(3), mode="upsert")).outcomes == {"unchanged": 3}


@pytest.mark.parametrize("action", [{"drop_after": True}, {"drop_before": True}, {"status": 500, "commit": True}])
async def test_an_update_in_doubt_is_settled_by_reading_the_record(action: dict[str, Any], shop_of: Opened) -> None:
    faults = [{"method": "PUT", "when": {"nth": [2]}, "action": action}]
    async with shop_of("customers", faults=faults) as shop:
        await shop.push(people(3))
        report = await shop.push(moved(3))
        assert (report.exit_code, report.outcomes) == (0, {"updated": 3})
        assert len(shop.log("updated")) == 3


async def test_an_update_of_what_nobody_knows_is_rejected_and_an_upsert_creates_it(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        assert (await shop.push(people(2), mode="update")).outcomes == {"rejected": 2}
        assert (await shop.push(people(2), mode="upsert")).outcomes == {"created": 2}


@pytest.mark.parametrize(
    ("match", "changes"),
    [
        ("email", {"last_name": "Anders"}),
        ("reference", {"last_name": "Anders", "email": "ander@example.nl"}),
        ("postcode+number", {"last_name": "Anders", "email": "ander@example.nl"}),
    ],
)
async def test_an_upsert_finds_its_record_by_what_was_told(
    match: Any, changes: dict[str, str], shop_of: Opened
) -> None:
    rows = [{**row, "reference": f"R{row['nr']}", "address_line": f"Dorpsstraat {row['nr']}"} for row in people(3)]
    async with shop_of("customers") as shop:
        await shop.push(rows)
        others = [{**row, **changes, "nr": f"other-{row['nr']}"} for row in rows[:2]]
        assert (await shop.push(others, mode="upsert", match=match)).outcomes == {"review": 2}  # known as other rows
        shop.forget()
        report = await shop.push(others, mode="upsert", match=match)
        assert report.outcomes == {"updated": 2}
        assert len(shop.made) == 3


async def test_several_that_match_go_to_review(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        await shop.push([{**row, "email": "same@example.nl"} for row in people(2)])
        third = [{**people(3)[2], "email": "same@example.nl"}]
        report = await shop.push(third, mode="upsert", match="email")
        assert (report.exit_code, report.outcomes) == (65, {"review": 1})
        assert "1001, 1002" in shop.rejects(report)[0]["reason"]


async def test_delete_takes_away_what_was_made_and_no_more(shop_of: Opened) -> None:
    async with shop_of("contacts") as shop:
        await shop.push(people(3))
        report = await shop.push(people(2), mode="delete")
        assert (report.exit_code, report.outcomes) == (0, {"deleted": 2})
        assert [entry["id"] for entry in shop.log("deleted")] == [entry["id"] for entry in shop.log("created")[:2]]
        assert (await shop.push(people(3))).outcomes == {"created": 2, "unchanged": 1}


@pytest.mark.parametrize("action", [{"drop_after": True}, {"drop_before": True}])
async def test_a_delete_in_doubt_is_settled_by_looking(action: dict[str, Any], shop_of: Opened) -> None:
    faults = [{"method": "DELETE", "when": {"nth": [1]}, "action": action}]
    async with shop_of("contacts", faults=faults) as shop:
        await shop.push(people(3))
        report = await shop.push(people(3), mode="delete")
        assert report.outcomes == {"deleted": 3}
        assert len(shop.log("deleted")) == 3


async def test_what_an_api_cannot_do_is_refused_before_anything(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        from etl.config import settings

        destination = destination_of(settings.load(shop.config), "er.customers")
        with pytest.raises(UsageError, match="no way to delete"):
            check(Order([], shop.out, mode="delete"), destination)
        with pytest.raises(UsageError, match="upsert"):
            check(Order([], shop.out, match="email"), destination)


async def dry(shop: Shop, rows: list[dict[str, Any]], **options: Any) -> dict[str, Any]:
    before = len(shop.simulator.log)
    report = await shop.push(rows, dry_run=True, **options)
    assert len(shop.simulator.log) == before
    assert (
        shop.simulator.stats["systems"].get("cyclesoftware", {"operations": {}})["operations"].get("POST", 0) == before
    )
    return {**report.as_dict(), "results": shop.results(report)}


async def test_a_dry_run_tells_what_would_be_done_field_by_field_and_how_long_it_takes(shop_of: Opened) -> None:
    async with shop_of("customers") as shop:
        await shop.push(people(2))
        rows = people(4)
        rows[1]["city"] = "Ede"
        rows[3] |= {"last_name": "", "country": "Verweggistan"}
        told = await dry(shop, rows)
        assert told["outcomes"] | {"x": 0} == {**dict.fromkeys(told["outcomes"], 0), "x": 0,
                                               "unchanged": 1, "updated": 1, "created": 1, "rejected": 1}  # fmt: skip
        assert told["results"][1]["message"] == "city: Utrecht -> Ede"
        assert told["forecast"]["calls"] == 4  # the list first, two for the update, one for the new one
        assert (await shop.push(rows)).outcomes == {"unchanged": 1, "updated": 1, "created": 1, "rejected": 1}
