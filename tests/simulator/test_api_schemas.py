"""Samples, simulator and the hand-written schemas of the APIs agree with each other."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from .conftest import Caller, Schema, Start

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "samples" / "pages"
SCHEMA_OF = {
    "cyclesoftware/customers-list.json": "cyclesoftware.customers-page",
    "cyclesoftware/customers-empty.json": "cyclesoftware.customers-page",
    "cyclesoftware/customer.json": "cyclesoftware.customer",
    "recras/contacten.json": "recras.contacten",
    "recras/klanten.json": "recras.klanten",
    "recras/klant.json": "recras.klant",
    "recras/producten.json": "recras.producten",
    "invoicing/contacts.json": "invoicing.contacts",
    "invoicing/contacts-none.json": "invoicing.error",
    "invoicing/contact.json": "invoicing.contact",
    "woocommerce/customers.json": "woocommerce.customers",
    "woocommerce/customer.json": "woocommerce.customer",
    "moneybird/contacts.json": "moneybird.contacts",
    "moneybird/contact.json": "moneybird.contact",
}
GETS = {
    "/api/v1/customers/list.json": "cyclesoftware.customers-page",
    "/api/v1/customers/list.json?offset=500": "cyclesoftware.customers-page",
    "/api/v1/customers/list.json?modified_since=2024-06-01%2012:00:00": "cyclesoftware.customers-page",
    "/api/v1/customers/1001.json": "cyclesoftware.customer",
    "/api/v1/customers/find.json?country_code=NL": "cyclesoftware.customers-found",
    "/api2/contacten": "recras.contacten",
    "/api2/klanten": "recras.klanten",
    "/api2/klanten?id%3E=100": "recras.klanten",
    "/api2/producten": "recras.producten",
    "/api2/producten/1": "recras.product",
    "/contacts": "invoicing.contacts",
    "/contacts?depth=0": "invoicing.contacts",
    "/contacts?depth=2": "invoicing.contacts",
    "/contacts/514": "invoicing.contact",
    "/wp-json/wc/v3/customers?role=all&per_page=100": "woocommerce.customers",
    "/wp-json/wc/v3/customers/25": "woocommerce.customer",
    "/api/v2/123/contacts.json?include_archived=true&per_page=100&page=2": "moneybird.contacts",
    "/api/v2/123/contacts.json?query=example": "moneybird.contacts",
    "/api/v2/123/contacts/433546112000000123.json": "moneybird.contact",
    "/api/v2/123/contacts/customer_id/12.json": "moneybird.contact",
}


def flaws(validator: Draft202012Validator, document: object) -> list[str]:
    return [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(document)]


@pytest.mark.parametrize("path", sorted((ROOT / "schemas" / "api").glob("*.json")), ids=lambda path: path.name)
def test_each_schema_is_itself_valid_and_named_as_its_file(path: Path) -> None:
    raw = json.loads(path.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(raw)
    assert raw["$id"] == path.name


def test_every_sample_page_has_a_schema() -> None:
    assert {path.relative_to(PAGES).as_posix() for path in PAGES.rglob("*.json")} == SCHEMA_OF.keys()


@pytest.mark.parametrize(("page", "name"), SCHEMA_OF.items())
def test_sample_pages_follow_their_schema(page: str, name: str, schema: Schema) -> None:
    assert flaws(schema(name), json.loads((PAGES / page).read_text(encoding="utf-8"))) == []


def test_sample_envelopes_count_what_they_hold() -> None:
    listed = json.loads((PAGES / "cyclesoftware/customers-list.json").read_text(encoding="utf-8"))
    assert listed["pagination"]["count"] == len(listed["customers"])
    data = json.loads((PAGES / "invoicing/contacts.json").read_text(encoding="utf-8"))["response"]["data"]
    assert data["count"] == len(data["Contacts"])


async def test_the_simulator_follows_the_schemas_in_everything_it_reads_out(start: Start, schema: Schema) -> None:
    async with start(rows=700, per_minute=None) as call:
        for path, name in GETS.items():
            reply = await call("GET", path)
            assert reply.status == 200, path
            assert flaws(schema(name), reply.json) == [], path


async def test_each_type_of_contact_follows_the_schema_when_got_by_itself(start: Start, schema: Schema) -> None:
    async with start(rows=60) as call:
        contacts = (await call("GET", "/api2/contacten")).json
        collection = {"klant": "klanten", "leverancier": "leveranciers"}
        for kind in ("klant", "leverancier", "personeel", "overig"):
            key = next(contact["id"] for contact in contacts if contact["type"] == kind)
            reply = await call("GET", f"/api2/{collection.get(kind, 'contacten')}/{key}")
            assert flaws(schema("recras.klant" if kind == "klant" else "recras.contact"), reply.json) == []


async def test_refusals_follow_the_schemas_of_errors(call: Caller, schema: Schema) -> None:
    for path, status in (("/api/v1/customers/1.json", 404), ("/api/v1/customers/find.json", 400)):
        reply = await call("GET", path)
        assert (reply.status, flaws(schema("cyclesoftware.error"), reply.json)) == (status, [])
    for path, status in (("/wp-json/wc/v3/customers/1", 404), ("/wp-json/wc/v3/customers?page=x", 400)):
        reply = await call("GET", path)
        assert (reply.status, flaws(schema("woocommerce.error"), reply.json)) == (status, [])
    reply = await call("GET", "/contacts/1")
    assert (reply.status, flaws(schema("invoicing.error"), reply.json)) == (404, [])


@pytest.mark.parametrize(
    ("page", "name", "spoil"),
    [
        ("cyclesoftware/customer.json", "cyclesoftware.customer", {"customer_id": "2005"}),
        ("cyclesoftware/customer.json", "cyclesoftware.customer", {"postcode": None}),
        ("cyclesoftware/customer.json", "cyclesoftware.customer", {"datetime_created": "2022-10-30T11:00:00Z"}),
        ("recras/klant.json", "recras.klant", {"type": "leverancier"}),
        ("recras/klant.json", "recras.klant", {"contactpersonen": []}),
        ("invoicing/contact.json", "invoicing.contact", {"response": {"message": "success"}}),
        ("woocommerce/customer.json", "woocommerce.customer", {"id": "31"}),
        ("woocommerce/customer.json", "woocommerce.customer", {"date_created_gmt": "2021-07-01T12:00:00Z"}),
        ("woocommerce/customer.json", "woocommerce.customer", {"billing": {"city": "Ede"}}),
    ],
)
def test_schemas_are_strict_enough_to_catch_a_wrong_answer(
    page: str, name: str, spoil: dict[str, Any], schema: Schema
) -> None:
    document = json.loads((PAGES / page).read_text(encoding="utf-8"))
    assert flaws(schema(name), copy.deepcopy(document) | spoil) != []


PERSON = {"voornaam": "Test", "geslacht": "man", "email1": "test@example.com", "hoofdcontact": True}
PRODUCT = {"naam": "Tandem", "inkoop": 0, "leverancier_id": 3, "minimum_aantal": 1}
FORM_FIELDS = (
    "client_reference", "group", "name", "location_address", "location_city", "invoice_address", "invoice_postal",
    "invoice_city", "phone", "email", "payment_term",
)  # fmt: skip
FORM = dict.fromkeys(FORM_FIELDS, "14")
SHOP = "/wp-json/wc/v3/customers"
BODIES = [
    (
        "POST",
        "/api/v1/customers.json",
        "cyclesoftware.customer-body",
        {"name": "Hulst", "discount_percentage": "12.50"},
    ),
    ("POST", "/api/v1/customers.json", "cyclesoftware.customer-body", {"phone_numbers": [{"phone_number": "06"}]}),
    ("POST", "/api/v1/customers.json", "cyclesoftware.customer-body", {"name": 5}),
    ("POST", "/api/v1/customers.json", "cyclesoftware.customer-body", {"discount_percentage": 101}),
    ("PUT", "/api/v1/customers/1001.json", "cyclesoftware.customer-body", {"customer_id": 1001, "name": "Hulst"}),
    ("POST", "/api2/contacten", "recras.contact-body", {"landcode": "NL", "contactpersonen": [PERSON]}),
    ("POST", "/api2/contacten", "recras.contact-body", {"landcode": "Nederland", "contactpersonen": [PERSON]}),
    ("POST", "/api2/contacten", "recras.contact-body", {"type": "klanten", "contactpersonen": [PERSON]}),
    ("POST", "/api2/contacten", "recras.contact-body", {"contactpersonen": [PERSON, PERSON]}),
    ("POST", "/api2/klanten", "recras.klant-body", {"naam": "X", "contactpersonen": [PERSON]}),
    ("POST", "/api2/klanten", "recras.klant-body", {"naam": "X"}),
    ("POST", "/api2/klanten", "recras.klant-body", {"provinciecode": "Drenthe", "contactpersonen": [PERSON]}),
    ("POST", "/api2/producten", "recras.product-body", PRODUCT),
    ("POST", "/api2/producten", "recras.product-body", {**PRODUCT, "naam": None}),
    ("POST", "/api2/producten", "recras.product-body", {"naam": "Tandem"}),
    ("POST", "/api2/producten", "recras.product-body", {**PRODUCT, "Materialen": [{"id": 2}]}),
    ("PUT", "/api2/producten/1", "recras.product-change", {"duur": "PT2H00M00S"}),
    ("PUT", "/api2/producten/1", "recras.product-change", {"Locaties": [{"naam": "Bos"}]}),
    ("POST", "/contacts", "invoicing.contact-form", FORM),
    ("POST", "/contacts", "invoicing.contact-form", {**FORM, "email": " "}),
    ("POST", "/contacts", "invoicing.contact-form", {**FORM, "type": "3"}),
    ("POST", "/contacts", "invoicing.contact-form", {**FORM, "payment_term": "soon"}),
    ("POST", "/contacts/514", "invoicing.contact-change", {"name": "Hulst"}),
    ("POST", "/contacts/514", "invoicing.contact-change", {"payment_term": "soon"}),
    ("POST", SHOP, "woocommerce.customer-body", {"email": "new@example.nl", "billing": {"city": None}}),
    ("POST", SHOP, "woocommerce.customer-body", {"first_name": "Jo"}),
    ("POST", SHOP, "woocommerce.customer-body", {"email": "nobody"}),
    ("POST", SHOP, "woocommerce.customer-body", {"email": "new@example.nl", "billing": {"email": ""}}),
    ("PUT", f"{SHOP}/25", "woocommerce.customer-change", {"shipping": {"city": "Ede", "phone": ""}}),
    ("PUT", f"{SHOP}/25", "woocommerce.customer-change", {"first_name": 7}),
    ("PUT", f"{SHOP}/25", "woocommerce.customer-change", {"billing": []}),
]


@pytest.mark.parametrize(("method", "path", "name", "body"), BODIES)
async def test_the_simulator_takes_what_the_schemas_allow_and_nothing_else(
    call: Caller, schema: Schema, method: str, path: str, name: str, body: dict[str, Any]
) -> None:
    sent: dict[str, Any] = {"data" if path.startswith("/contacts") else "json": body}
    reply = await call(method, path, **sent)
    assert (reply.status < 300) == (flaws(schema(name), body) == [])
    assert reply.status in {200, 201, 400, 406}


async def test_answers_to_writes_follow_the_schemas(call: Caller, schema: Schema) -> None:
    for method, path, name, body in (
        ("POST", "/api/v1/customers.json", "cyclesoftware.customer", {"name": "Hulst"}),
        ("PUT", "/api/v1/customers/1001.json", "cyclesoftware.customer", {"name": "Hulst"}),
        ("POST", "/api2/contacten", "recras.contact", {"type": "leverancier", "contactpersonen": [PERSON]}),
        ("POST", "/api2/klanten", "recras.klant", {"naam": "X", "contactpersonen": [PERSON]}),
        ("PUT", "/api2/contacten/17", "recras.contact", {"naam": "X"}),
        ("PUT", "/api2/producten/1", "recras.product", {"naam": "X"}),
        ("POST", "/api2/producten", "recras.product-body", PRODUCT),
        ("POST", SHOP, "woocommerce.customer", {"email": "new@example.nl"}),
        ("PUT", f"{SHOP}/25", "woocommerce.customer", {"billing": {"city": "Ede"}}),
    ):
        assert flaws(schema(name), (await call(method, path, json=body)).json) == [], path
    for path, form in (("/contacts", FORM), ("/contacts/514", {"name": "X"})):
        assert flaws(schema("invoicing.contact"), (await call("POST", path, data=form)).json) == []
    for path, name in (("/api2/contacten", "recras.contacten"), ("/api2/producten", "recras.producten")):
        assert flaws(schema(name), (await call("GET", path)).json) == []
