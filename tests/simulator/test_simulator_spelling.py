"""Targets that respell what they store, that keep references unique, and people who work in them."""

from __future__ import annotations

import pytest

from etl.simulator import Simulator
from etl.simulator.engine.respelling import Respelling
from tests.support.colleague import Colleague

from .conftest import Start

BASE = "/api/v1/customers"


@pytest.mark.parametrize(
    ("form", "sent", "kept"),
    [
        ("upper", "Jan", "JAN"), ("upper", None, None), ("cut:2", "Jansen", "Ja"), ("drop", "x", ""), ("drop", 3, None),
        ("html", "A&B <c>", "A&amp;B &lt;c&gt;"), ("html", "A&amp;B", "A&amp;B"), ("digits", "+31 6", "316"),
        ("decimals", 7.5, "7.50"), ("decimals", "8", "8.00"), ("decimals", "x", "x"),
        ("duration", "PT1H", "PT1H00M00S"), ("duration", "PT90M", "PT0H90M00S"), ("duration", "P1D", "P1D"),
    ],
)  # fmt: skip
def test_each_form_spells_as_it_says(form: str, sent: object, kept: object) -> None:
    assert Respelling({"field": form})({"field": sent, "other": sent}) == {"field": kept, "other": sent}


def test_a_form_or_a_store_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="uper"):
        Simulator(respell={"cyclesoftware.customers": {"name": "uper"}})
    with pytest.raises(ValueError, match=r"cyclesoftware\.customers"):
        Simulator(respell={"customers": {"name": "upper"}})


async def test_what_is_stored_is_what_is_echoed_listed_and_read(start: Start) -> None:
    respell = {"cyclesoftware.customers": {"name": "upper", "customer_reference": "cut:3"}}
    async with start(rows=2, respell=respell) as call:
        made = (await call("POST", f"{BASE}.json", json={"name": "Hulst", "customer_reference": "abcdef"})).json
        read = (await call("GET", f"{BASE}/{made['customer_id']}.json")).json
        listed = (await call("GET", f"{BASE}/list.json")).json["customers"]
        assert (made["name"], made["customer_reference"]) == ("HULST", "abc")
        assert made == read == listed[-1]
        assert not any(one["name"].isupper() for one in listed[:-1])
        put = (await call("PUT", f"{BASE}/1001.json", json={"name": "Dam"})).json
        assert put["name"] == "DAM"


async def test_persons_and_debtors_are_respelled_too(start: Start) -> None:
    respell = {
        "recras.contacten": {"naam": "html", "contactpersonen.email1": "upper"},
        "invoicing.contacts": {"client_reference": "drop"},
        "recras.producten": {"duur": "duration"},
    }
    async with start(rows=0, products=0, respell=respell) as call:
        body = {"naam": "A & B", "contactpersonen": [{"hoofdcontact": True, "email1": "a@example.nl"}]}
        made = (await call("POST", "/api2/contacten", json={**body, "type": "klant"})).json
        assert (made["naam"], made["contactpersonen"][0]["email1"]) == ("A &amp; B", "A@EXAMPLE.NL")
        fields = (
            "client_reference", "group", "name", "location_address", "location_city", "invoice_address",
            "invoice_postal", "invoice_city", "phone", "email",
        )  # fmt: skip
        form = {**dict.fromkeys(fields, "x"), "payment_term": "14"}
        debtor = (await call("POST", "/contacts", data=form)).json["response"]["data"]
        assert (debtor["Contact"]["client_reference"], debtor["Contact"]["name"]) == ("", "x")
        product = {"naam": "x", "inkoop": 1, "leverancier_id": 1, "minimum_aantal": 1, "duur": "PT1H"}
        place = (await call("POST", "/api2/producten", json=product)).headers["Location"]
        assert (await call("GET", place)).json["duur"] == "PT1H00M00S"


async def test_a_reference_in_use_is_a_conflict_where_references_are_unique(start: Start) -> None:
    async with start(rows=5, unique_references=True) as call:
        record = call.simulator.stores["cyclesoftware.customers"].get(1001)
        assert record is not None
        taken = record["customer_reference"]
        statuses = [
            (await call("POST", f"{BASE}.json", json={"name": "Hulst", "customer_reference": reference})).status
            for reference in (taken, "new", "new", "", "")
        ]
        assert statuses == [409, 200, 409, 200, 200]
        own = {"name": "Dam", "customer_reference": taken}
        assert (await call("PUT", f"{BASE}/1001.json", json=own)).status == 200
        assert (await call("PUT", f"{BASE}/1002.json", json=own)).status == 409
        assert len(call.simulator.log) == 4


@pytest.mark.parametrize("target", ["customers", "contacten", "contacts"])
async def test_a_colleagues_work_shows_in_the_api_but_not_in_its_log(start: Start, target: str) -> None:
    async with start(rows=3) as call:
        colleague = Colleague(call.simulator, target)
        name = "name" if target != "contacten" else "naam"
        key = colleague.create(**{name: "Hulst"})
        colleague.edit(key, **{name: "Dam"})
        if target == "customers":
            colleague.add_phone(key, "0201234567")
        else:
            colleague.add_person(key, "Jan", "Dam")
        assert colleague.fields(key)[name] == "Dam"
        assert len(colleague.everything()) == 4
        colleague.delete(key)
        assert colleague.sees(key) is None
        assert call.simulator.log == []


async def test_a_colleagues_edit_is_seen_as_a_change(start: Start) -> None:
    async with start(rows=3) as call:
        since = call.simulator.clock.local()
        Colleague(call.simulator, "customers").edit(1002, city="Ede")
        changed = (await call("GET", f"{BASE}/list.json", params={"modified_since": since})).json["customers"]
        assert [(one["customer_id"], one["city"]) for one in changed] == [(1002, "Ede")]


async def test_a_person_that_a_colleague_added_can_be_sent_back(start: Start) -> None:
    async with start(rows=3) as call:
        colleague = Colleague(call.simulator, "contacten")
        key = colleague.create(naam="Hulst", contactpersonen=[{"voornaam": "Jan"}])
        colleague.add_person(key, "Ada", "Dam", "ada@example.nl")
        colleague.edit_person(key, 0, email1="jan@example.nl")
        read = (await call("GET", f"/api2/klanten/{key}")).json
        assert [one["email1"] for one in read["contactpersonen"]] == ["jan@example.nl", "ada@example.nl"]
        assert (await call("PUT", f"/api2/klanten/{key}", json=read)).status == 200
