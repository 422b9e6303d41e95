"""The simulated Moneybird does what its document says, and answers as assumed where that is silent."""

from __future__ import annotations

from typing import Any

import pytest

from etl.simulator.moneybird.drawn_contacts import FIRST_ID, STEP

from .conftest import Caller, Reply, Schema, Start

LIST = "/api/v2/123/contacts.json"
NEW = {"contact": {"company_name": "Test B.V."}}


def one(number: int) -> str:
    return f"/api/v2/123/contacts/{FIRST_ID + number * STEP}.json"


async def made(call: Caller, **fields: Any) -> dict[str, Any]:
    reply = await call("POST", LIST, json={"contact": {"company_name": "Test B.V.", **fields}})
    assert reply.status == 201
    return dict(reply.json)


async def test_pages_are_numbered_and_link_to_those_beside_them(start: Start) -> None:
    async with start(rows=120) as call:
        pages = [await call("GET", f"{LIST}?include_archived=true&per_page=50&page={n}") for n in (1, 2, 3, 4)]
        assert [len(page.json) for page in pages] == [50, 50, 20, 0]
        assert [page.headers["X-Total-Count"] for page in pages] == ["120"] * 4
        named = [sorted(part.rpartition("=")[2] for part in page.headers["Link"].split(", ")) for page in pages]
        assert named == [['"next"'], ['"next"', '"prev"'], ['"prev"'], ['"prev"']]
        assert len((await call("GET", f"{LIST}?include_archived=true")).json) == 50


@pytest.mark.parametrize("query", ["page=0", "per_page=0", "per_page=101", "per_page=many"])
async def test_a_page_that_cannot_be_is_refused(query: str, call: Caller, schema: Schema) -> None:
    reply = await call("GET", f"{LIST}?{query}")
    assert (reply.status, "does not have a valid value" in reply.json["error"]) == (400, True)
    schema("moneybird.error").validate(reply.json)


async def test_archived_contacts_are_listed_when_asked_for(call: Caller) -> None:
    assert (await call("PATCH", one(2).replace(".json", "/archive.json"))).status == 204
    assert (await call("PATCH", one(2).replace(".json", "/archive.json"))).status == 400
    listed = [len((await call("GET", f"{LIST}{more}")).json) for more in ("", "?include_archived=true")]
    assert listed[0] < listed[1] == 20
    assert (await call("GET", one(2))).json["archived"] is True


async def test_a_contact_without_a_customer_id_gets_the_next_number(call: Caller) -> None:
    first, second = await made(call), await made(call, customer_id="")
    assert (first["customer_id"], second["customer_id"], first["country"]) == ("21", "22", "NL")
    assert (await made(call, customer_id="23", country="BE"))["country"] == "BE"
    assert (await made(call))["customer_id"] == "24"


async def test_a_customer_id_is_nobody_elses(call: Caller, schema: Schema) -> None:
    reply = await call("POST", LIST, json={"contact": {**NEW["contact"], "customer_id": "3"}})
    assert (reply.status, reply.json["details"]) == (422, {"customer_id": [{"error": "taken"}]})
    schema("moneybird.error").validate(reply.json)
    assert (await call("PATCH", one(4), json={"contact": {"customer_id": "3"}})).status == 422
    assert (await call("PATCH", one(2), json={"contact": {"customer_id": "3"}})).status == 200


async def test_a_patch_changes_what_it_names_and_an_empty_text_empties(call: Caller) -> None:
    before = await made(call, city="Ede", phone="0201234567", send_invoices_to_email="a@example.nl")
    reply = await call("PATCH", f"/api/v2/123/contacts/{before['id']}.json", json={"contact": {"phone": ""}})
    after = reply.json
    assert (after["phone"], after["city"], after["email"]) == ("", "Ede", "a@example.nl")
    assert {name for name in after if after[name] != before[name]} <= {"phone", "updated_at", "version", "events"}


@pytest.mark.parametrize(
    ("contact", "status"),
    [
        (None, 400),
        ({}, 422),
        ({"company_name": " "}, 422),
        ({"company_name": "X", "is_trusted": True}, 400),
        ({"company_name": "X", "nobody_knows": "1"}, 400),
        ({"company_name": "X", "country": "Nederland"}, 400),
        ({"company_name": None}, 400),
        ({"company_name": "X", "delivery_method": "Pigeon"}, 400),
    ],
)
async def test_a_body_that_cannot_be_is_refused(contact: Any, status: int, call: Caller, schema: Schema) -> None:
    reply = await call("POST", LIST, json={} if contact is None else {"contact": contact})
    assert reply.status == status
    schema("moneybird.error").validate(reply.json)
    assert call.simulator.log == []


async def test_a_name_that_a_firm_gets_makes_a_contact_person_each_time(call: Caller, schema: Schema) -> None:
    contact = await made(call, firstname="Jan", lastname="Pot")
    path = f"/api/v2/123/contacts/{contact['id']}.json"
    again = (await call("PATCH", path, json={"contact": {"lastname": "Pot"}})).json
    other = (await call("PATCH", path, json={"contact": {"city": "Ede"}})).json
    assert [len(one["contact_people"]) for one in (contact, again, other)] == [1, 2, 2]
    schema("moneybird.contact").validate(other)


async def test_a_contact_is_found_by_its_customer_id_and_gone_when_deleted(call: Caller, schema: Schema) -> None:
    found = (await call("GET", "/api/v2/123/contacts/customer_id/3.json")).json
    path = f"/api/v2/123/contacts/{found['id']}.json"
    assert (found["customer_id"], (await call("DELETE", path)).status) == ("3", 204)
    for gone in (path, "/api/v2/123/contacts/customer_id/3.json", "/api/v2/123/contacts/x.json"):
        reply: Reply = await call("GET", gone)
        assert (reply.status, reply.json["error"]) == (404, "record not found")
        schema("moneybird.error").validate(reply.json)


async def test_150_calls_go_through_in_five_minutes_and_the_next_is_told_when_to_come_back(start: Start) -> None:
    now = 1_790_000_000.0
    async with start(rows=1, now=lambda: now) as call:
        replies = [await call("GET", one(0)) for _ in range(151)]
        assert [reply.status for reply in replies[149:]] == [200, 429]
        left = [reply.headers["RateLimit-RequestsRemaining"] for reply in (replies[0], replies[149])]
        assert (left, replies[0].headers["RateLimit-Limit"]) == (["149", "0"], "150")
        assert replies[0].headers["RateLimit-Remaining"] == "300", "seconds"
        assert (replies[150].body, replies[150].headers["Retry-After"]) == (b"Retry later", str(int(now) + 300))
        now += 300
        assert (await call("GET", one(0))).status == 200
