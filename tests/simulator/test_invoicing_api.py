"""The simulated invoicing API does what its document says, and answers as assumed where that is silent."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import Caller, Start

FORM = {
    "client_reference": "A-1",
    "group": "Algemeen",
    "name": "Tuinen Scholten",
    "location_address": "Noordeinde 9",
    "location_city": "Leiden",
    "invoice_address": "Noordeinde 9",
    "invoice_postal": "2311XS",
    "invoice_city": "Leiden",
    "phone": "071 512 34 56",
    "email": "tuinen@example.nl",
    "payment_term": "14",
}


async def data(call: Caller, path: str) -> Any:
    return (await call("GET", path)).json["response"]["data"]


async def test_the_collection_counts_what_it_holds(call: Caller) -> None:
    listed = await data(call, "/contacts")
    assert listed["count"] == len(listed["Contacts"]) == 20


async def test_depth_decides_whether_subcontacts_show(call: Caller) -> None:
    shown = {depth: (await data(call, f"/contacts?depth={depth}"))["Contacts"] for depth in (0, 1, 2)}
    assert all("SubContact" not in element for element in shown[0])
    assert any(element["SubContact"] for element in shown[1])
    assert shown[1] == shown[2] == (await data(call, "/contacts"))["Contacts"]
    assert "SubContact" not in await data(call, "/contacts/514?depth=0")
    assert (await call("GET", "/contacts?depth=3")).status == 400


async def test_no_contacts_at_all_is_the_documented_404(start: Start) -> None:
    async with start(rows=0) as call:
        reply = await call("GET", "/contacts")
        assert (reply.status, reply.json["response"]["message"]) == (404, "Contacts not found.")


@pytest.mark.parametrize("prefix", ["", "Contact"])
async def test_a_form_with_or_without_prefix_creates_a_contact(call: Caller, prefix: str) -> None:
    form = {f"{prefix}[{name}]" if prefix else name: value for name, value in FORM.items()}
    reply = await call("POST", "/contacts", data=form)
    contact = reply.json["response"]["data"]["Contact"]
    assert (reply.status, contact["id"], contact["type"], contact["trashed"]) == (201, "534", "1", False)
    assert contact | FORM == contact
    assert (await data(call, "/contacts/534"))["Contact"] == contact
    assert (await data(call, "/contacts"))["count"] == 21


@pytest.mark.parametrize("name", list(FORM))
async def test_each_required_field_is_required_at_creation(call: Caller, name: str) -> None:
    for form in ({key: value for key, value in FORM.items() if key != name}, {**FORM, name: " "}):
        reply = await call("POST", "/contacts", data=form)
        assert reply.status == 400
        assert reply.json["response"]["message"] == "Something went wrong while saving the data."
    assert call.simulator.log == []


async def test_json_instead_of_a_form_is_refused(call: Caller) -> None:
    assert (await call("POST", "/contacts", json=FORM)).status == 400


async def test_an_update_changes_the_editable_fields_and_passes_over_the_others(call: Caller) -> None:
    before = (await data(call, "/contacts/515"))["Contact"]
    form = {"name": "Nieuw", "fax": "", "client_reference": "X", "group": "X", "type": "2", "id": "9", "trashed": "1"}
    after = (await call("POST", "/contacts/515", data=form)).json["response"]["data"]["Contact"]
    assert after == {**before, "name": "Nieuw", "fax": "", "modified": after["modified"]}
    assert after["modified"] > before["modified"]


async def test_a_deleted_contact_is_gone(call: Caller) -> None:
    assert (await call("DELETE", "/contacts/515")).status == 200
    assert (await data(call, "/contacts"))["count"] == 19
    for method, form in (("GET", None), ("POST", {"name": "x"}), ("DELETE", None)):
        reply = await call(method, "/contacts/515", data=form)
        assert (reply.status, reply.json["response"]["message"]) == (404, "Contact not found.")
    assert [entry["outcome"] for entry in call.simulator.log] == ["deleted"]
