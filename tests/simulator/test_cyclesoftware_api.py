"""The simulated CycleSoftware does what its document says."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from .conftest import Caller, Start

BASE = "/api/v1/customers"
BODY = {
    "customer_type_name": "Zakelijk",
    "postcode": "18000",
    "house_number": "1",
    "name": "Hulst",
    "first_name": "Noor",
    "country_code_iso_3166": "NL",
    "email": "noor@example.com",
    "discount_percentage": 10,
    "datetime_created": None,
    "phone_numbers": [
        {"phone_number_id": "mob", "phone_number": "06-12345678", "name": "Noor"},
        {"phone_number_id": "714253", "customer_id": 9, "phone_number": "073 303 0050", "name": "Extra 1"},
    ],
}


async def test_pages_follow_next_offset_to_the_end_and_hold_every_customer_once(start: Start) -> None:
    async with start(rows=1203) as call:
        seen, sizes, offset = [], [], 0
        while offset is not None:
            page = (await call("GET", f"{BASE}/list.json?offset={offset}")).json
            assert page["pagination"]["count"] == len(page["customers"])
            sizes.append(len(page["customers"]))
            seen += [customer["customer_id"] for customer in page["customers"]]
            offset = page["pagination"]["next_offset"]
        assert sizes == [500, 500, 203]
        assert seen == list(range(1001, 2204))


async def test_a_full_last_page_ends_the_list(start: Start) -> None:
    async with start(rows=500) as call:
        assert (await call("GET", f"{BASE}/list.json")).json["pagination"] == {"count": 500, "next_offset": None}


async def test_an_offset_past_the_end_gives_an_empty_page(call: Caller) -> None:
    page = (await call("GET", f"{BASE}/list.json?offset=900")).json
    assert (page["customers"], page["pagination"]) == ([], {"count": 0, "next_offset": None})


@pytest.mark.parametrize("query", ["offset=-1", "offset=x", "modified_since=yesterday"])
async def test_a_list_asked_for_wrongly_is_refused(call: Caller, query: str) -> None:
    reply = await call("GET", f"{BASE}/list.json?{query}")
    assert (reply.status, reply.json["error"]) == (400, True)


async def test_rows_removed_while_paging_shift_the_offsets_as_they_do_in_reality(start: Start) -> None:
    async with start(rows=6, page_size=3) as call:
        first = (await call("GET", f"{BASE}/list.json")).json
        call.simulator.stores["cyclesoftware.customers"].remove(1001)
        second = (await call("GET", f"{BASE}/list.json?offset={first['pagination']['next_offset']}")).json
        assert [customer["customer_id"] for customer in second["customers"]] == [1005, 1006]


async def test_created_customers_come_back_whole_and_can_be_read(call: Caller) -> None:
    created = await call("POST", f"{BASE}.json", json=BODY)
    assert created.status == 200
    customer = created.json
    assert customer["customer_id"] == 1021
    assert customer | {"discount_percentage": 10, "email": "noor@example.com", "city": ""} == customer
    assert [phone["phone_number_id"] for phone in customer["phone_numbers"]] == ["mob", "714253", "tel"]
    assert {phone["customer_id"] for phone in customer["phone_numbers"]} == {1021}
    assert (await call("GET", f"{BASE}/1021.json")).json == customer
    assert [(entry["outcome"], entry["id"], entry["body"]) for entry in call.simulator.log] == [
        ("created", "1021", BODY)
    ]


async def test_an_update_replaces_the_customer_and_keeps_what_is_read_only(call: Caller) -> None:
    before = (await call("GET", f"{BASE}/1003.json")).json
    after = (await call("PUT", f"{BASE}/1003.json", json={"customer_id": 1003, "name": "Anders"})).json
    assert (after["name"], after["street"], after["discount_percentage"]) == ("Anders", "", 0)
    assert after["datetime_created"] == before.get("datetime_created")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b'{"name": 5}',
        b'{"discount_percentage": "much"}',
        b'{"discount_percentage": 101}',
        b'{"phone_numbers": ["06"]}',
        b'{"phone_numbers": [{"phone_number_id": "mob"}, {"phone_number_id": "mob"}]}',
    ],
)
async def test_a_body_that_does_not_fit_is_refused_and_leaves_no_trace(call: Caller, body: bytes) -> None:
    reply = await call("POST", f"{BASE}.json", data=body, headers={"Content-Type": "application/json"})
    assert (reply.status, reply.json["error"]) == (400, True)
    assert call.simulator.log == []


async def test_the_id_of_a_customer_cannot_be_changed(call: Caller) -> None:
    assert (await call("PUT", f"{BASE}/1003.json", json={"customer_id": 4})).status == 400


async def test_modified_since_sees_writes_by_the_servers_own_local_clock(start: Start) -> None:
    summer = datetime(2026, 7, 1, 12, 0, tzinfo=ZoneInfo("UTC")).timestamp()  # two in the afternoon in Amsterdam
    async with start(now=lambda: summer) as call:
        await call("PUT", f"{BASE}/1004.json", json={"name": "Nieuw"})
        await call("POST", f"{BASE}.json", json={"name": "Nieuwer"})
        for since, expected in (("14:00:00", [1004, 1021]), ("14:00:01", [])):
            page = (await call("GET", f"{BASE}/list.json?modified_since=2026-07-01 {since}")).json
            assert [customer["customer_id"] for customer in page["customers"]] == expected


async def test_many_customers_were_last_modified_in_one_second(start: Start) -> None:
    async with start(rows=500) as call:

        async def since(moment: str) -> int:
            return int((await call("GET", f"{BASE}/list.json?modified_since={moment}")).json["pagination"]["count"])

        assert await since("2024-03-30 12:00:00") - await since("2024-03-30 12:00:01") > 50
        assert await since("2024-01-01 00:00:00") == 500


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("email", "NOOR@example.com"),
        ("phone_number", "0733030050"),
        ("phone_number", "+31612345678"),
        ("postal_code", "180 00"),
        ("query", "noor hulst"),
    ],
)
async def test_find_meets_people_however_their_data_are_typed(call: Caller, parameter: str, value: str) -> None:
    await call("POST", f"{BASE}.json", json=BODY)
    found = (await call("GET", f"{BASE}/find.json", params={parameter: value})).json
    assert [customer["customer_id"] for customer in found] == [1021]


async def test_find_wants_everything_that_is_asked_for_at_once(call: Caller) -> None:
    await call("POST", f"{BASE}.json", json={**BODY, "house_number_postfix": "a"})
    wanted = {"postal_code": "18000", "housenumber": "1", "country_code": "nl", "customer_type_id": "2"}
    for postfix, expected in (("A", 1), ("b", 0)):
        reply = await call("GET", f"{BASE}/find.json", params={**wanted, "housenumber_postfix": postfix})
        assert len(reply.json) == expected


async def test_find_forgets_what_a_customer_no_longer_has(call: Caller) -> None:
    await call("POST", f"{BASE}.json", json=BODY)
    await call("PUT", f"{BASE}/1021.json", json={**BODY, "email": "other@example.com"})
    assert (await call("GET", f"{BASE}/find.json?email=noor@example.com")).json == []
    assert len((await call("GET", f"{BASE}/find.json?email=other@example.com")).json) == 1


async def test_find_meets_every_drawn_customer_by_e_mail_and_telephone(start: Start) -> None:
    async with start(rows=40) as call:
        for customer in (await call("GET", f"{BASE}/list.json")).json["customers"]:
            numbers = [phone["phone_number"] for phone in customer["phone_numbers"] if phone["phone_number"]]
            for parameter, value in (("email", customer["email"].strip()), *(("phone_number", n) for n in numbers)):
                if value:
                    found = (await call("GET", f"{BASE}/find.json", params={parameter: value})).json
                    assert customer in found


async def test_compressed_and_plain_answers_hold_the_same(call: Caller) -> None:
    plain = await call("GET", f"{BASE}/list.json", headers={"Accept-Encoding": "identity"})
    packed = await call("GET", f"{BASE}/list.json", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert plain.body == packed.body
