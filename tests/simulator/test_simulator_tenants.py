"""Several shops on one host: each user and each key sees and changes records of its own alone."""

from __future__ import annotations

import base64

import pytest

from etl.simulator import Simulator

from .conftest import Start

BASE = "/api/v1/customers"


def as_user(name: str) -> dict[str, str]:
    return {"Authorization": f"Basic {base64.b64encode(f'{name}:secret'.encode()).decode()}"}


async def test_each_user_has_customers_of_its_own_from_the_same_seed(start: Start) -> None:
    async with start(tenants=True, rows=3) as call:
        before = [await call("GET", f"{BASE}/list.json", headers=as_user(name)) for name in ("north", "south")]
        assert before[0].body == before[1].body
        made = await call("POST", f"{BASE}.json", json={"name": "Hulst"}, headers=as_user("south"))
        north, south = [await call("GET", f"{BASE}/list.json", headers=as_user(name)) for name in ("north", "south")]
        assert (len(north.json["customers"]), len(south.json["customers"])) == (3, 4)
        simulator = call.simulator
        assert made.json["customer_id"] in simulator.stores_of("south")["cyclesoftware.customers"]
        assert made.json["customer_id"] not in simulator.stores_of("north")["cyclesoftware.customers"]
        assert [(entry["tenant"], entry["id"]) for entry in simulator.log] == [("south", str(made.json["customer_id"]))]


async def test_lists_of_the_same_age_are_not_mixed_up(start: Start) -> None:
    async with start(tenants=True, rows=0) as call:
        for name in ("north", "south"):
            await call("POST", f"{BASE}.json", json={"name": name}, headers=as_user(name))
        for name in ("north", "south"):
            customers = (await call("GET", f"{BASE}/list.json", headers=as_user(name))).json["customers"]
            assert [one["name"] for one in customers] == [name]


async def test_each_key_has_contacts_of_its_own(start: Start) -> None:
    async with start(tenants=True, rows=0) as call:
        body = {"naam": "Hulst", "contactpersonen": [{"hoofdcontact": True}]}
        for key in ("one", "two", "two"):
            await call("POST", "/api2/klanten", json=body, headers={"Authorization": f"Bearer {key}"})
        assert [len(call.simulator.stores_of(key)["recras.contacten"].ids()) for key in ("one", "two")] == [1, 2]


async def test_without_tenants_all_callers_share_one_shop_and_the_log_names_none(start: Start) -> None:
    async with start(rows=0) as call:
        for name in ("north", "south"):
            await call("POST", f"{BASE}.json", json={"name": name}, headers=as_user(name))
        assert len(call.simulator.stores["cyclesoftware.customers"].ids()) == 2
        assert "tenant" not in call.simulator.log[0]
        with pytest.raises(ValueError, match="tenants"):
            call.simulator.stores_of("north")
    with pytest.raises(ValueError, match="tenants"):
        _ = Simulator(tenants=True).stores
