"""The examples printed in the vendors' documents, served as they are over a real socket, come out as the right rows.

Of every example each field, nested ones too, is found in a column of a row or in `extra`.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from etl.errors import ProtocolBroken, RemoteRefused
from etl.runs.lookup import find_records, get_record
from tests.support.accounting import Tables, apart, blank, unaccounted
from tests.support.accounts import Accounts, make_accounts, stream_of
from tests.support.documents import COMMENT, FOLDER, as_json, example, names
from tests.support.served import Answer, Served

Answers = Mapping[str, Answer | Sequence[Answer]]

CUSTOMERS, CUSTOMER = "/api/v1/customers/list.json", "/api/v1/customers/{}.json"
NOT_FOUND = {"response": {"message": "Contacts not found.", "exception": [], "code": 404, "data": []}}
ABRIDGED = Answer(example("invoicing-contacts-list").text.replace('"count": 22', '"count": 2').encode())


def with_id(name: str, number: int) -> dict[str, Any]:
    """An example that was printed without its id, as a list would show it."""
    return {"id": number, **example(name).json}


def contacts_in(body: Any) -> list[dict[str, Any]]:
    return list(body["response"]["data"]["Contacts"])


LISTS: dict[str, tuple[str, Answers, list[dict[str, Any]]]] = {
    "CycleSoftware's list": (
        "bikes.customers",
        {CUSTOMERS: example("cyclesoftware-customers-list").answer},
        example("cyclesoftware-customers-list").json["customers"],
    ),
    "Recras' contacten": (
        "park.contacten",
        {"/api2/contacten": example("recras-contacten-list").answer},
        example("recras-contacten-list").json,
    ),
    "Recras' contacten as created, with extra fields": (
        "park.contacten",
        {"/api2/contacten": as_json([with_id("recras-contacten-create", 99)])},
        [with_id("recras-contacten-create", 99)],
    ),
    "Recras' klanten": (
        "park.klanten",
        {"/api2/klanten": example("recras-klanten-list").answer},
        example("recras-klanten-list").json,
    ),
    "Recras' klanten as created, with extra fields": (
        "park.klanten",
        {"/api2/klanten": as_json([with_id("recras-klanten-create", 83)])},
        [with_id("recras-klanten-create", 83)],
    ),
    "Recras' producten": (
        "park.producten",
        {"/api2/producten": example("recras-producten-list").answer},
        example("recras-producten-list").json,
    ),
    "Recras' producten as created, with materials and locations": (
        "park.producten",
        {"/api2/producten": as_json([with_id("recras-producten-create", 4), with_id("recras-producten-created", 5)])},
        [with_id("recras-producten-create", 4), with_id("recras-producten-created", 5)],
    ),
    "the invoicing collection with the count it shows": (
        "books.contacts",
        {"/contacts": ABRIDGED},
        contacts_in(json.loads(ABRIDGED.body)),
    ),
}

SINGLE: dict[str, tuple[str, str, Answers, dict[str, Any]]] = {
    f"CycleSoftware's {name}": (
        "bikes.customers",
        str(number),
        {CUSTOMER.format(number): example(f"cyclesoftware-customers-{name}").answer},
        example(f"cyclesoftware-customers-{name}").json,
    )
    for name, number in (("get", 1006), ("create", 26196), ("update", 4))
} | {
    "Recras' contact 47": (
        "park.contacten",
        "47",
        {"/api2/contacten/47": example("recras-contacten-get").answer},
        example("recras-contacten-get").json,
    ),
    "Recras' klant 17": (
        "park.klanten",
        "17",
        {"/api2/klanten/17": example("recras-klanten-get").answer},
        example("recras-klanten-get").json,
    ),
    "Recras' klant 83 as created": (
        "park.klanten",
        "83",
        {"/api2/klanten/83": Answer(example("recras-klanten-created").text.encode())},
        example("recras-klanten-created").json,
    ),
    "Recras' product 6": (
        "park.producten",
        "6",
        {"/api2/producten/6": example("recras-producten-get").answer},
        example("recras-producten-get").json,
    ),
    "Recras' product 6 as updated": (
        "park.producten",
        "6",
        {"/api2/producten/6": example("recras-producten-updated").answer},
        example("recras-producten-updated").json,
    ),
    "the invoicing element": (
        "books.contacts",
        "514",
        {"/contacts/514": example("invoicing-contact-get").answer},
        example("invoicing-contact-get").json["response"]["data"],
    ),
}


async def export(folder: Path, name: str, answers: Answers) -> Accounts:
    async with Served(answers) as server:
        project = make_accounts(folder, server.base_url)
        report = await project.export(name)
    assert (report.exit_code, report.errors) == (0, [])
    return project


async def get(folder: Path, name: str, number: str, answers: Answers) -> Tables:
    async with Served(answers) as server:
        found = await get_record(make_accounts(folder, server.base_url).settings(), name, number)
    return apart(stream_of(name), found.records)


@pytest.mark.parametrize("case", LISTS)
async def test_every_field_of_a_printed_list_is_accounted_for(case: str, tmp_path: Path) -> None:
    name, answers, records = LISTS[case]
    tables = (await export(tmp_path, name, answers)).tables(name)
    assert len(tables[stream_of(name).tables[0]]) == len(records)
    assert [unaccounted(stream_of(name), record, tables) for record in records] == [[] for _ in records]


@pytest.mark.parametrize("case", SINGLE)
async def test_every_field_of_a_printed_record_is_accounted_for(case: str, tmp_path: Path) -> None:
    name, number, answers, record = SINGLE[case]
    tables = await get(tmp_path, name, number, answers)
    assert len(tables[stream_of(name).tables[0]]) == 1
    assert unaccounted(stream_of(name), record, tables) == []


async def test_every_field_of_the_printed_find_is_accounted_for(tmp_path: Path) -> None:
    printed = example("cyclesoftware-customers-find")
    async with Served({"/api/v1/customers/find.json": printed.answer}) as server:
        settings = make_accounts(tmp_path, server.base_url).settings()
        found = await find_records(settings, "bikes.customers", {"phone_number": "0733030050"})
    assert server.asked == ["/api/v1/customers/find.json?phone_number=0733030050"]
    assert found.raw == printed.json
    tables = apart(stream_of("bikes.customers"), found.records)
    assert [row["source_id"] for row in tables["contacts"]] == ["8", "11"]
    for record in printed.json:
        assert unaccounted(stream_of("bikes.customers"), record, tables) == []


@pytest.mark.parametrize("name", names())
def test_an_example_is_cleaned_of_nothing_but_comments_and_commas(name: str) -> None:
    printed = (FOLDER / f"{name}.txt").read_text("utf-8")
    assert example(name).json
    assert (
        COMMENT.sub("", printed).replace(",", "").split()
        == (example(name).head.replace(",", "") + example(name).text.replace(",", "")).split()
    )


@pytest.mark.parametrize("case", LISTS)
async def test_the_accounting_notices_every_field_that_is_lost(case: str, tmp_path: Path) -> None:
    """The checker itself: a field that held something else would have been missed from the rows."""
    name, answers, records = LISTS[case]
    tables = (await export(tmp_path, name, answers)).tables(name)
    stream = stream_of(name)
    for record in records:
        for path, changed in _each_leaf_changed(record):
            if path in (f".{stream.key}", ".phone_numbers.customer_id"):
                continue
            assert unaccounted(stream, changed, tables), f"a lost {path} goes unnoticed"


def _each_leaf_changed(record: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for steps in _leaves(record, ()):
        changed = copy.deepcopy(record)
        inside: Any = changed
        for step in steps[:-1]:
            inside = inside[step]
        value = inside[steps[-1]]
        inside[steps[-1]] = not value if isinstance(value, bool) else 98_765 if isinstance(value, int) else "Zzz 98765"
        yield "".join(f".{step}" for step in steps if isinstance(step, str)), changed


def _leaves(value: Any, steps: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, (*steps, name))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _leaves(inner, (*steps, place))
    elif not blank(value):
        yield steps


# -- the values that matter, one by one ------------------------------------------------------------------


def told(row: Mapping[str, Any]) -> dict[str, Any]:
    """What a row says: its columns without those that are empty, the keys every row has, and the time of the page."""
    keys = {"account", "system", "stream", "extracted_at"}
    return {name: value for name, value in row.items() if name not in keys and value is not None and value != []}


async def test_a_printed_customer_comes_out_clean(tmp_path: Path) -> None:
    name, number, answers, _ = SINGLE["CycleSoftware's get"]
    tables = await get(tmp_path, name, number, answers)
    (contact,) = tables["contacts"]
    assert told(contact) == {
        "source_id": "1006",
        "kind": "customer",
        "is_organisation": True,
        "display_name": "Company name",
        "company_name": "Company name",
        "attention": "Name of address",
        "title": "Dhr./Mevr.",
        "gender": "unknown",
        "initials": "T",
        "first_name": "Tim",
        "insertion": "van",
        "last_name": "LastName",
        "email": "name@domain.nl",
        "phone": "+31733030050",
        "mobile": "+31612345678",
        "address_line": "Raadhuisplein 1 c",
        "street": "Raadhuisplein",
        "house_number": 1,
        "house_number_postfix": "c",
        "address_rule": "parts",
        "postcode": "5388GM",
        "city": "Nistelrode",
        "country_code": "NL",
        "province_code": "NL-NB",
        "vat_number": "NL855630693B01",
        "coc_number": "64356582",
        "discount_percentage": Decimal("0.00"),
        "reference": "OwnRef",
        "customer_type": "Klant",
        "active": True,
        "created_at": datetime(2023, 1, 3, 11, 30, 44, tzinfo=UTC),
    }


async def test_a_phone_that_names_another_customer_stays_with_its_parent_and_keeps_that_number(tmp_path: Path) -> None:
    name, number, answers, _ = SINGLE["CycleSoftware's get"]
    mobile, landline = (await get(tmp_path, name, number, answers))["phone_numbers"]
    assert told(mobile) == {
        "source_id": "1006",
        "phone_number_id": "mob",
        "kind": "mobile",
        "raw": "06-12345678",
        "e164": "+31612345678",
        "valid": True,
        "name": "Dhr./Mevr. T UnitTest",
        "extra": '{"customer_id":6}',
    }
    assert (landline["e164"], landline["kind"], landline["extra"]) == ("+31733030050", "landline", '{"customer_id":6}')


async def test_the_serbian_customer_keeps_its_country_and_is_flagged_with_the_likely_one(tmp_path: Path) -> None:
    name, number, answers, _ = SINGLE["CycleSoftware's create"]
    tables = await get(tmp_path, name, number, answers)
    (contact,) = tables["contacts"]
    assert (contact["country_code"], contact["postcode"], contact["mobile"]) == ("SR", "18000", "+381602222222")
    assert "country.phone_mismatch" in contact["issues"]
    assert json.loads(contact["suggestions"])["country_code"] == "RS"
    assert [(p["phone_number_id"], p["e164"], p["valid"]) for p in tables["phone_numbers"]] == [
        ("mob", "+381602222222", True),
        ("tel", None, None),
        ("714253", "+381603333333", True),
    ]


async def test_a_customer_without_company_or_with_a_missing_field_is_read_all_the_same(tmp_path: Path) -> None:
    project = await export(tmp_path, *LISTS["CycleSoftware's list"][:2])
    dutch, belgian = project.rows("contacts", "bikes.customers")
    assert (dutch["insertion"], dutch["last_name"], dutch["is_organisation"]) == ("van", "Name 235238848", False)
    assert (dutch["house_number"], dutch["house_number_postfix"]) == (32, "B")
    # The number under `mob` is a landline, and is told as what it is.
    assert (dutch["phone"], dutch["mobile"]) == ("+31733030050", None)
    assert (belgian["country_code"], belgian["customer_type"], belgian["is_organisation"]) == ("BE", "E-commerce", None)
    assert belgian["display_name"] == "Giel van Wijgergangs"


async def test_supplier_and_customer_of_recras_are_told_apart_and_name_their_main_person(tmp_path: Path) -> None:
    project = await export(tmp_path, *LISTS["Recras' contacten"][:2])
    supplier, customer = project.rows("contacts", "park.contacten")
    assert (supplier["source_id"], supplier["kind"], supplier["status"], supplier["active"]) == (
        "47",
        "supplier",
        "actief",
        True,
    )
    assert (supplier["first_name"], supplier["last_name"], supplier["gender"]) == ("Marthijn", "Wolting", "unknown")
    assert (supplier["country_code"], supplier["province_code"], supplier["company_id"]) == ("NL", "NL-DR", 1)
    assert json.loads(supplier["extra"])["_links"]["self"] == {"href": "/api2/leveranciers/47"}
    assert (customer["kind"], customer["first_name"], customer["gender"]) == ("customer", "Cees", "male")
    persons = project.rows("contact_persons", "park.contacten")
    assert [told(person) for person in persons] == [
        {
            "source_id": "47",
            "person_id": "48",
            "main_contact": True,
            "first_name": "Marthijn",
            "last_name": "Wolting",
            "gender": "unknown",
        },
        {
            "source_id": "42",
            "person_id": "36",
            "main_contact": True,
            "first_name": "Cees",
            "last_name": "Verkade",
            "gender": "male",
        },
    ]
    assert project.rows("phone_numbers", "park.contacten") == []


async def test_extra_fields_and_a_linked_person_of_a_contact_are_kept(tmp_path: Path) -> None:
    project = await export(tmp_path, *LISTS["Recras' contacten as created, with extra fields"][:2])
    (contact,) = project.rows("contacts", "park.contacten")
    assert json.loads(contact["extra_fields"]) == [{"name": "Shoe size", "type": "number", "value": 42}]
    assert (contact["postcode"], contact["street"], contact["house_number"]) == ("1337XD", "Teststraat", 1)
    assert contact["email"] == "test@example.com"
    linked, new = project.rows("contact_persons", "park.contacten")
    assert told(linked) == {"source_id": "99", "person_id": "15", "main_contact": False}
    assert (new["person_id"], new["main_contact"], new["phone_1"], new["phone_1_raw"]) == (
        None,
        True,
        None,
        "0123456789",
    )
    assert "phone.invalid" in new["issues"]


async def test_klanten_have_their_address_split_and_are_complete_after_one_more_question(tmp_path: Path) -> None:
    listed = example("recras-klanten-list")
    async with Served({"/api2/klanten": [listed.answer, as_json(listed.json[:1])]}) as server:
        project = make_accounts(tmp_path, server.base_url)
        report = await project.export("park.klanten")
    assert server.asked == ["/api2/klanten", "/api2/klanten?id%3E=62"]
    summary = report.as_dict()
    assert (summary["received"], summary["written"], summary["duplicates"]) == (3, 2, 1)
    town = next(row for row in project.rows("contacts", "park.klanten") if row["source_id"] == "17")
    assert (town["street"], town["house_number"], town["postcode"], town["city"]) == (
        "Testraat",
        23,
        "8291KS",
        "Assen",
    )
    assert (town["province_code"], town["company_id"], town["country_code"]) == ("NL-DR", 2, "NL")
    assert "country.inferred" in town["issues"]


async def test_a_product_has_its_duration_in_minutes_and_its_money_in_decimals(tmp_path: Path) -> None:
    project = await export(tmp_path, *LISTS["Recras' producten"][:2])
    (product,) = project.rows("products", "park.producten")
    assert (product["duration_iso"], product["duration_minutes"]) == ("PT2H30M00S", 150.0)
    assert (product["purchase_price"], product["sales_price"]) == (Decimal("7.0000"), Decimal("15.0000"))
    assert (product["vat_percentage"], product["minimum_quantity"]) == (Decimal("6.00"), 8)
    assert (product["api_allowed"], product["is_deleted"], product["planning_strategy"]) == (True, False, "drukte")
    assert product["extended_description"].startswith("<p>Waan jezelf Tarzan")
    assert product["image_href"] == "/api2/producten/6/afbeelding"
    (price,) = project.rows("product_prices", "park.producten")
    assert (price["position"], price["vat_percentage"], price["sales_price"]) == (0, Decimal("21.00"), Decimal(15))


async def test_materials_and_locations_of_a_product_are_rows_of_their_own(tmp_path: Path) -> None:
    project = await export(tmp_path, *LISTS["Recras' producten as created, with materials and locations"][:2])
    first, _ = project.rows("products", "park.producten")
    assert json.loads(first["attributes"]) == {"tag": "klimmen"}
    assert (first["duration_minutes"], first["default_attachments"]) == (60.0, "[]")
    (material,) = project.rows("product_materials", "park.producten")
    assert told(material) == {
        "source_id": "4",
        "material_id": 3,
        "quantity": Decimal("1.0000"),
        "per_x_quantity": 1,
        "rounding": "boven",
    }
    forest, parent, *others = project.rows("product_locations", "park.producten")
    assert told(forest) == {
        "source_id": "4",
        "location_id": "27",
        "name": "Klimbos",
        "colour": "#40ed21",
        "display_name": "Klimbos",
        "address_line": "Steenhopenweg 4",
        "street": "Steenhopenweg",
        "house_number": 4,
        "address_rule": "plain",
        "postcode": "9533PN",
        "city": "Drouwen",
        "country_code": "NL",
        "province_code": "NL-DR",
        "latitude": 52.95123,
        "longitude": 6.746721,
        "parent_id": "28",
        "issues": ["country.inferred"],
    }
    assert told(parent) == {"source_id": "4", "location_id": "28"}
    assert [row["source_id"] for row in others] == ["5", "5"]


async def test_a_creditor_of_the_invoicing_collection_is_a_supplier(tmp_path: Path) -> None:
    project = await export(tmp_path, *LISTS["the invoicing collection with the count it shows"][:2])
    staples, makro = project.rows("contacts", "books.contacts")
    assert told(staples) == {
        "source_id": "514",
        "kind": "supplier",
        "name": "Staples Amsterdam",
        "display_name": "Staples Amsterdam",
        "payment_term_days": 14,
        "reference": "2",
        "contact_group": "Algemeen",
        "active": True,
        "created_at": datetime(2013, 2, 19, 13, 26, 25, tzinfo=UTC),
        "modified_at": datetime(2013, 2, 19, 13, 26, 25, tzinfo=UTC),
    }
    assert makro["source_id"] == "515"
    assert project.rows("contact_persons", "books.contacts") == project.rows("phone_numbers", "books.contacts") == []


# -- what is no answer, and what only looks like none ----------------------------------------------------


async def test_the_abridged_collection_as_printed_fails_as_incomplete(tmp_path: Path) -> None:
    async with Served({"/contacts": example("invoicing-contacts-list").answer}) as server:
        project = make_accounts(tmp_path, server.base_url)
        finished = await project.etl("export", "books", "--out", str(project.out))
    assert finished.code == 76, finished.told
    assert finished.summary["exit_code"] == 76
    assert "the answer says 22 records, but holds 2" in finished.summary["error"]
    assert not (project.out / "contacts" / "books.contacts.parquet").exists()


async def test_contacts_not_found_is_no_contacts_and_complete(tmp_path: Path) -> None:
    async with Served({"/contacts": as_json(NOT_FOUND, 404)}) as server:
        project = make_accounts(tmp_path, server.base_url)
        report = await project.export("books")
    assert (report.status, report.exit_code) == ("complete", 0)
    assert project.tables("books.contacts") == {"contacts": [], "contact_persons": [], "phone_numbers": []}


async def test_another_404_of_the_collection_is_no_empty_list(tmp_path: Path) -> None:
    gone = {"response": {**NOT_FOUND["response"], "message": "No such page."}}
    async with Served({"/contacts": as_json(gone, 404)}) as server:
        project = make_accounts(tmp_path, server.base_url)
        finished = await project.etl("export", "books", "--out", str(project.out))
    assert (finished.code, finished.summary["status"]) == (69, "failed")


async def test_a_contact_that_is_not_found_is_refused(tmp_path: Path) -> None:
    missing = {"response": {**NOT_FOUND["response"], "message": "Contact not found."}}
    async with Served({"/contacts/9": as_json(missing, 404)}) as server:
        with pytest.raises(RemoteRefused):
            await get_record(make_accounts(tmp_path, server.base_url).settings(), "books.contacts", "9")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("kind", ["klanten", "leveranciers"])
async def test_a_contact_is_found_where_recras_redirects_to(status: int, kind: str, tmp_path: Path) -> None:
    answers = {
        "/api2/contacten/47": Answer(b"", status, headers={"Location": f"/api2/{kind}/47"}),
        f"/api2/{kind}/47": example("recras-contacten-get").answer,
    }
    tables = await get(tmp_path, "park.contacten", "47", answers)
    assert unaccounted(stream_of("park.contacten"), example("recras-contacten-get").json, tables) == []


@pytest.mark.parametrize("location", ["/api2/producten/47", "http://127.0.0.1:9/api2/klanten/47", "/api2/klanten/4/7"])
async def test_a_redirect_to_anywhere_else_is_not_followed(location: str, tmp_path: Path) -> None:
    answers = {
        "/api2/contacten/47": Answer(b"", 302, headers={"Location": location}),
        location: example("recras-contacten-get").answer,
    }
    with pytest.raises(ProtocolBroken):
        await get(tmp_path, "park.contacten", "47", answers)
